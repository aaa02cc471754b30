"""A run's folder survives whatever stops the run; the command that trains is stopped in earnest."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny
import torch
from scripted import Shell

from hrm.checkpoint import load_model, read_metadata
from hrm.errors import EXIT_INTERRUPTED, EXIT_MODEL, EXIT_SOLVED, EXIT_USAGE, ModelError, UserError
from hrm.model import HRM
from hrm.runs import Run, read_config
from hrm.trainer import Evaluated, StepDone, train
from hrm.training import TrainConfig
from puzzles.maze import MazeDomain

CONFIG = TrainConfig(
    task="maze",
    model=tiny.MAZE,
    mix={"5": 1.0},
    steps=40,
    batch_cells=100,
    max_segments=2,
    evaluate_count=2,
    warmup=2,
)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    made = Run.create(tmp_path / "run", CONFIG)
    yield made
    made.trainer.close()


def no_evaluation(model: HRM, loss: float) -> Evaluated:
    return Evaluated(step=0, loss=loss, solved=0, count=1, cells=0.0, segments=1.0, seconds=0.0)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_new_run_writes_down_what_it_was_asked(run: Run) -> None:
    assert read_config(run.folder) == CONFIG


def test_a_folder_with_a_run_is_refused(run: Run) -> None:
    before = (run.folder / "config.json").read_bytes()
    with pytest.raises(UserError, match="already holds a run") as caught:
        Run.create(run.folder, replace(CONFIG, seed=1))
    assert f"--resume {run.folder}" in caught.value.hint
    assert (run.folder / "config.json").read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot be written"):
        Run.create(tmp_path / "file" / "run", CONFIG)


def test_a_saved_model_says_where_it_comes_from(run: Run) -> None:
    for _ in range(3):
        run.trainer.train_step()
    assert run.save(run.trainer) == str(run.folder / "model.safetensors")
    model = load_model(run.folder / "model.safetensors")
    for name, tensor in run.trainer.weights().items():
        assert torch.equal(model.state_dict()[name], tensor)
    config, metadata = read_metadata(run.folder / "model.safetensors")
    assert config == CONFIG.model
    assert (metadata["domain"], metadata["step"], metadata["seed"]) == ("maze", 3, 0)
    assert metadata["data"] == {"5": 1.0}
    assert not list(run.folder.glob(".*"))


def test_resuming_goes_on_where_the_run_was_saved(run: Run) -> None:
    for _ in range(3):
        run.trainer.train_step()
    run.best = 1.5
    run.save(run.trainer)
    resumed = Run.resume(run.folder)
    assert (resumed.trainer.step, resumed.best) == (3, 1.5)
    want, got = run.trainer.train_step(), resumed.trainer.train_step()
    assert (got.step, got.loss) == (want.step, want.loss)


def test_a_resumed_run_may_be_given_another_end(run: Run) -> None:
    run.save(run.trainer)
    resumed = Run.resume(run.folder, replace(run.config, steps=80, minutes=3.0))
    assert (resumed.config.steps, resumed.config.minutes) == (80, 3.0)
    assert resumed.config == replace(CONFIG, steps=80, minutes=3.0)


def save_twice(run: Run) -> None:
    for _ in range(2):
        run.trainer.train_step()
        run.save(run.trainer)


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "missing", "other", "list"])
def test_a_damaged_state_gives_way_to_the_one_before(run: Run, damage: str) -> None:
    save_twice(run)
    state = run.folder / "state.pt"
    whole = state.read_bytes()
    if damage == "missing":  # stopped between the two renames of a save
        state.unlink()
    elif damage == "other":
        torch.save({"trainer": {"lanes": [{}]}, "best": 0.0}, state)
    elif damage == "list":
        torch.save([1, 2], state)
    else:
        state.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "text": b"hi"}[damage])
    assert Run.resume(run.folder).trainer.step == 1


def test_states_that_are_both_damaged_are_an_error(run: Run) -> None:
    save_twice(run)
    for name in ("state.pt", "state.previous.pt"):
        (run.folder / name).write_bytes(b"")
    with pytest.raises(ModelError, match=r"no state to resume from \(state.pt: .*previous") as e:
        Run.resume(run.folder)
    assert "--start" in e.value.hint


def test_a_state_never_executes_anything(run: Run, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, tuple[str, str]]:
            return open, (str(tmp_path / "executed"), "w")

    save_twice(run)
    torch.save({"trainer": Trap(), "best": 0.0}, run.folder / "state.pt")
    assert Run.resume(run.folder).trainer.step == 1
    assert not (tmp_path / "executed").exists()


def test_a_run_that_never_saved_begins(run: Run) -> None:
    resumed = Run.resume(run.folder)
    assert resumed.trainer.step == 0
    assert resumed.trainer.train_step().loss == run.trainer.train_step().loss


@pytest.mark.parametrize(
    "text", ["", "3", "[]", "{}", "[" * 100_000, '{"model": 3}', '{"model": {"vocabulary": 6}}']
)
def test_a_bad_configuration_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(UserError, match="cannot be read"):
        Run.resume(tmp_path)


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no run"):
        Run.resume(tmp_path)


def test_every_record_has_a_step_and_a_loss(run: Run) -> None:
    for event in train(run.trainer, save=run.save, evaluate=no_evaluation):
        if isinstance(event, StepDone | Evaluated):
            run.record(event)
    records = lines(run.folder / "metrics.jsonl")
    assert [record["kind"] for record in records] == ["step"] * 4 + ["evaluation"]
    assert [record["step"] for record in records[:4]] == [10, 20, 30, 40]
    assert all(record["loss"] > 0 for record in records)


def test_a_full_disk_is_a_user_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.save(run.trainer)

    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"model\.safetensors cannot be written"):
        run.save(run.trainer)
    assert Run.resume(run.folder).trainer.step == 0


def test_the_best_weights_are_kept(run: Run) -> None:
    kind = MazeDomain()
    puzzles = run.held_out(kind)
    assert len(puzzles) == 2
    assert puzzles == run.held_out(kind)
    evaluate = run.evaluator(kind, puzzles, 2)
    first = evaluate(tiny.build(tiny.MAZE), 0.5)
    assert (first.count, first.loss) == (2, 0.5)
    best = run.folder / "best.safetensors"
    kept = best.read_bytes()
    _, metadata = read_metadata(best)
    assert (metadata["valid"], metadata["count"]) == (first.solved, 2)
    run.best = 10.0
    evaluate(tiny.build(tiny.MAZE, seed=2), 0.5)
    assert best.read_bytes() == kept
    run.best = -1.0
    evaluate(tiny.build(tiny.MAZE, seed=2), 0.5)
    assert best.read_bytes() != kept


SETTINGS = ("hidden=16", "intermediate=24", "high_layers=1", "low_layers=1", "high_cycles=1")
TINY = [
    *("--task", "maze", "--threads", "1", "--set", "mix=5:1", "--set", "batch_cells=100"),
    *(part for setting in SETTINGS for part in ("--set", setting)),
    *("--set", "evaluate_count=2", "--set", "evaluate_every=0"),
]


def test_show_prints_the_configuration_and_stops(shell: Shell, tmp_path: Path) -> None:
    ran = shell("train", *TINY, "--steps", "4", "--out", tmp_path / "run", "--show")
    assert ran.code == EXIT_SOLVED
    shown = TrainConfig.from_json(json.loads(ran.out))
    assert (shown.model.hidden, shown.steps, shown.mix) == (16, 4, {"5": 1.0})
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no task is given"),
        (["--task", "chess"], "there is no preset 'mini' for 'chess'"),
        (["--task", "maze", "--preset", "huge"], "there is no preset 'huge' for 'maze'"),
        (["--task", "maze", "--set", "speed=3"], "unknown setting 'speed'"),
        (["--task", "maze", "--set", "speed"], "--set 'speed' is not key=value"),
        (["--task", "maze", "--set", "hidden=15"], "hidden 15 is not a multiple of heads 4"),
        (["--task", "maze", "--set", "mix=9:nan"], "mix of 9 must be a number"),
        (["--task", "maze", "--set", "mix=99:1"], "'99' is not a maze size"),
        (["--task", "maze", "--steps", "-1"], "steps must be a whole number from 0"),
        (["--task", "maze", "--minutes", "nan"], "minutes must be a number from 0"),
        (["--resume", "nowhere"], "nowhere holds no run"),
        (["--resume", "nowhere", "--set", "seed=3"], "goes on with the run's own settings"),
    ],
)
def test_wrong_usage_is_said_in_a_line(shell: Shell, arguments: list[str], message: str) -> None:
    ran = (
        shell("train", "--out", "run", *arguments)
        if "--resume" not in arguments
        else shell("train", *arguments)
    )
    assert ran.code == EXIT_USAGE
    assert ran.err.startswith("error: ")
    assert message in ran.err


def test_a_run_starts_from_weights_of_its_own_architecture_only(shell: Shell, run: Run) -> None:
    run.save(run.trainer)
    same = [*TINY, "--set", "low_cycles=1", "--set", "gradient=one_step", "--steps", "1"]
    assert shell("train", *same, "--out", "a", "--start", run.folder).code == EXIT_SOLVED
    other = shell("train", *same, "--set", "hidden=20", "--out", "b", "--start", run.folder)
    assert other.code == EXIT_USAGE
    assert "has another architecture" in other.err
    assert shell("train", *same, "--out", "c", "--start", "nowhere").code == EXIT_MODEL


@contextmanager
def started(folder: Path, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """`hrm train` in a process of its own, which does not outlive the test."""
    environment = {**os.environ, "HRM_HOME": str(folder / ".hrm"), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "hrm", "train", *map(str, arguments)],
        cwd=Path(__file__).parents[1],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def stop_midway(folder: Path, number: signal.Signals) -> tuple[int, str]:
    """Start a long run, signal it after its first step, and return its exit code and stderr."""
    out = folder / "my run"
    with started(folder, *TINY, "--steps", "100000", "--json", "--out", out) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert (first["schema"], first["event"], first["step"]) == (1, "StepDone", 1)
        process.send_signal(number)
        _, errors = process.communicate(timeout=120)
    return process.returncode, errors


def test_ctrl_c_saves_and_the_run_goes_on_to_its_end(shell: Shell, tmp_path: Path) -> None:
    code, errors = stop_midway(tmp_path, signal.SIGINT)
    out = tmp_path / "my run"
    assert code == EXIT_INTERRUPTED
    assert f"hrm train --resume '{out}'" in errors
    assert "Traceback" not in errors
    step = read_metadata(out / "model.safetensors")[1]["step"]
    assert step >= 1
    end = step + 4
    ran = shell("train", "--resume", out, "--steps", end, "--json")
    assert ran.code == EXIT_SOLVED, ran.err
    told = [json.loads(line) for line in ran.out.splitlines()]
    assert [event["event"] for event in told] == ["StepDone"] * 4 + ["Evaluated", "Saved"]
    assert [event["step"] for event in told] == [*range(step + 1, end + 1), end, end]
    assert told[-1]["final"] is True
    assert f"--model '{out}'" in ran.err
    model = load_model(out / "model.safetensors")
    assert model.config.hidden == 16
    assert lines(out / "metrics.jsonl")[-1]["kind"] == "evaluation"


@pytest.mark.slow
def test_sigterm_saves_too(tmp_path: Path) -> None:
    code, errors = stop_midway(tmp_path, signal.SIGTERM)
    assert code == 128 + signal.SIGTERM
    assert "Stopped and saved" in errors
    assert Run.resume(tmp_path / "my run").trainer.step >= 1


@pytest.mark.slow
def test_a_killed_run_resumes_from_its_last_save(tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = [*TINY, "--steps", "100000", "--set", "save_every=0", "--json", "--out", out]
    with started(tmp_path, *options) as process:
        assert process.stdout is not None
        for _ in range(8):
            json.loads(process.stdout.readline())
        process.kill()
    resumed = Run.resume(out)
    assert resumed.trainer.step >= 3
    assert load_model(out / "model.safetensors").config == resumed.config.model


def test_a_short_run_leaves_a_model_and_talks_to_stderr_only(shell: Shell, tmp_path: Path) -> None:
    ran = shell("train", *TINY, "--steps", "4", "--out", tmp_path / "run")
    assert ran.code == EXIT_SOLVED, ran.err
    assert ran.out == ""
    assert "held out: solved" in ran.err
    assert "Done. Solve with: hrm solve maze PUZZLE --model" in ran.err
    assert load_model(tmp_path / "run" / "model.safetensors").config.hidden == 16
