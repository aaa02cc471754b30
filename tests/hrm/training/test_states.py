"""The states of a run on disk: none is lost to a kill, a full disk, damage or divergence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from maze_run import CONFIG, save_twice

from hrm.errors import ModelError, UserError
from hrm.training.run import Run
from hrm.training.states import states


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    made = Run.create(tmp_path / "run", CONFIG)
    yield made
    made.trainer.close()


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "missing", "other", "list"])
def test_a_damaged_state_gives_way_to_the_one_before(run: Run, damage: str) -> None:
    save_twice(run)
    state = run.folder / "state.pt"
    whole = state.read_bytes()
    if damage == "missing":
        state.unlink()
    elif damage == "other":
        torch.save({"trainer": {"lanes": [{}]}, "best": 0.0}, state)
    elif damage == "list":
        torch.save([1, 2], state)
    else:
        state.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "text": b"hi"}[damage])
    resumed = Run.resume(run.folder)
    assert resumed.trainer.step == 1
    (warning,) = resumed.warnings
    assert warning.startswith("a state was damaged (state.pt: ")
    assert warning.endswith("so the run resumes from state.1.pt, step 1")


def test_states_that_are_all_damaged_are_an_error(run: Run) -> None:
    save_twice(run)
    for name in ("state.pt", "state.1.pt"):
        (run.folder / name).write_bytes(b"")
    with pytest.raises(ModelError, match=r"no state to resume from \(state.pt: .*state.1.pt") as e:
        Run.resume(run.folder)
    assert "--start" in e.value.hint


def test_as_many_states_are_kept_as_the_settings_say(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", replace(CONFIG, keep=3))
    for _ in range(5):
        run.trainer.train_step()
        run.save(run.trainer)
    kept = states(run.folder)
    assert [path.name for path in kept] == ["state.pt", "state.1.pt", "state.2.pt"]
    assert [torch.load(path)["trainer"]["step"] for path in kept] == [5, 4, 3]
    fewer = Run.resume(run.folder, replace(CONFIG, keep=1))
    fewer.save(fewer.trainer)
    assert [path.name for path in states(run.folder)] == ["state.pt"]
    assert fewer.warnings == []


@pytest.mark.parametrize("renames", range(4))
def test_a_save_cut_short_between_its_renames_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    """A save of three states renames the new file twice and the older ones once each."""
    run = Run.create(tmp_path / "run", replace(CONFIG, keep=3))
    save_twice(run)
    run.trainer.train_step()
    rename = Path.replace
    done: list[Path] = []

    class Killed(BaseException):
        """Nothing in between may catch it."""

    def until_killed(self: Path, target: Path) -> Path:
        if "state" in str(target):
            if len(done) == renames:
                raise Killed
            done.append(target)
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", until_killed)
    with pytest.raises(Killed):
        run.save(run.trainer)
    monkeypatch.undo()
    resumed = Run.resume(run.folder)
    assert resumed.trainer.step == (3 if renames else 2)
    assert resumed.warnings == []
    resumed.save(resumed.trainer)
    assert not (run.folder / "state.new.pt").exists()
    assert states(run.folder)[0] == run.folder / "state.pt"


def test_a_state_never_executes_anything(run: Run, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, tuple[str, str]]:
            return open, (str(tmp_path / "executed"), "w")

    save_twice(run)
    torch.save({"trainer": Trap(), "best": 0.0}, run.folder / "state.pt")
    assert Run.resume(run.folder).trainer.step == 1
    assert not (tmp_path / "executed").exists()


def test_weights_that_are_no_numbers_never_replace_good_ones(run: Run) -> None:
    save_twice(run)
    before = {path.name: path.read_bytes() for path in run.folder.iterdir()}
    assert run.trainer.average is not None
    run.trainer.average.weights["lm_head.weight"].fill_(torch.nan)
    with pytest.raises(UserError, match=r"diverged: after step 2 lm_head\.weight is not finite"):
        run.save(run.trainer)
    assert {path.name: path.read_bytes() for path in run.folder.iterdir()} == before


@pytest.mark.parametrize("call", ["fsync", "write", "rename"])
def test_a_full_disk_is_a_user_error_and_leaves_what_was_saved(
    run: Run, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    save_twice(run)
    run.trainer.train_step()
    before = {path.name: path.read_bytes() for path in run.folder.iterdir()}

    def full(*arguments: object) -> None:
        raise OSError(28, os.strerror(28))

    if call == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    elif call == "rename":
        monkeypatch.setattr(Path, "replace", full)
    else:
        monkeypatch.setattr(Path, "open", full)
    with pytest.raises(UserError, match=r"model\.safetensors cannot be written \(No space left"):
        run.save(run.trainer)
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in run.folder.iterdir()} == before
    assert Run.resume(run.folder).trainer.step == 2


def test_a_disk_that_fills_up_during_the_state_leaves_the_one_before(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_twice(run)
    run.trainer.train_step()
    sync, calls = os.fsync, []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:  # the model was the first
            raise OSError(28, os.strerror(28))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="cannot be written"):
        run.save(run.trainer)
    monkeypatch.undo()
    resumed = Run.resume(run.folder)
    assert (resumed.trainer.step, resumed.warnings) == (2, [])
