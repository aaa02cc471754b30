"""Files of version 0.1.0 are still read, though settings and fields have other names now."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from hrm.errors import UserError
from hrm.evaluation.log import Log
from hrm.events import Finished, Segment, Started
from hrm.model.checkpoint import load_model
from hrm.solving.trace import read_trace
from hrm.store.installed import find, verify
from hrm.store.registry import default_model, resolve_model
from hrm.training.events import Evaluated
from hrm.training.run import Run, read_config
from hrm.training.standing import parse, runs_in

OLD = Path(__file__).parents[1] / "support" / "old_files"


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy that may be written to."""
    copied = shutil.copytree(OLD, tmp_path / "old")
    monkeypatch.setenv("HRM_HOME", str(copied / "home"))
    return copied


def test_a_run_with_settings_of_other_names_continues(old: Path) -> None:
    said = json.loads((old / "run" / "config.json").read_text())
    assert {"average", "matrix_rate"} <= said.keys()
    config = read_config(old / "run")
    assert (config.ema_decay, config.muon_lr) == (0.99, 0.02)
    run = Run.resume(old / "run")
    assert run.trainer.step == 4
    assert load_model(resolve_model(str(old / "run"), "maze")).config.hidden == 8


def test_its_lines_are_shown(old: Path) -> None:
    (info,) = runs_in(old)
    assert (info.task, info.step, info.standing.state) == ("maze", 4, "finished")
    line = (old / "run" / "metrics.jsonl").read_text()
    assert isinstance(parse(line), Evaluated)


def test_a_trace_is_replayed(old: Path) -> None:
    with (old / "trace.jsonl").open(encoding="utf-8") as file:
        first, *segments, last = read_trace(file)
    assert isinstance(first, Started)
    assert isinstance(last, Finished)
    assert last.solved
    assert segments
    assert all(isinstance(segment, Segment) for segment in segments)


def test_an_evaluation_resumes(old: Path) -> None:
    header, *lines = (old / "eval.jsonl").read_text().splitlines()
    assert all("wishes" in json.loads(line) for line in lines)
    log = Log(old / "eval.jsonl", json.loads(header))
    log.close()
    assert [one.puzzle for one in log.done] == [0, 1]
    assert all(len(one.halting) == one.segments for one in log.done)


def test_an_evaluation_without_rules_resumes(tmp_path: Path) -> None:
    """Its header once said in `rules` that no rules can check the answers."""
    path, header = tmp_path / "eval.jsonl", {"data": "new.csv", "task": "grid"}
    path.write_text(json.dumps({**header, "rules": "not known"}, sort_keys=True) + "\n")
    with closing(Log(path, {**header, "checkable": False})) as log:
        assert log.done == []
    assert json.loads(path.read_text()) == {**header, "checkable": False}
    with pytest.raises(UserError, match="another evaluation"):
        Log(path, {**header, "rules": "x"})


def test_an_installed_model_and_a_chosen_default_are_found(old: Path) -> None:
    folder = old / "home" / "cache" / "models" / "old"
    shutil.copy(old / "run" / "model.safetensors", folder)
    model = find("old")
    assert model is not None
    assert (model.task, model.embeddings) == ("maze", True)
    assert verify("old").ok
    assert resolve_model("old", "maze") == model.path
    assert default_model("maze") == "maze-mini"
