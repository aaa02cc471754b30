"""The engine of the app with real models: what comes along, loaded once, asked for more."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from tiny import SUDOKU, build

from hrm.bundled import bundled_model
from hrm.errors import ModelError
from hrm.events import Adapted, Finished, Segment, Started, Update
from hrm.model.checkpoint import save_model
from hrm.solving.policy import Policy
from hrm.store.registry import set_default
from hrm_tui.engine import TorchEngine
from hrm_tui.sources import first_of
from puzzles import domain

SINGLE = Policy(segments=2, attempts=0)


@pytest.fixture(scope="module")
def engine() -> TorchEngine:
    return TorchEngine(threads=1)


def test_the_place_is_known_when_it_is_loaded(engine: TorchEngine) -> None:
    assert TorchEngine().place == ""
    engine.load()
    engine.load()
    assert engine.place == "cpu · 1 thread"


@pytest.mark.parametrize("task", ["sudoku", "maze", "arc"])
def test_the_usual_model_comes_first(
    engine: TorchEngine, task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HRM_HOME", str(tmp_path))
    (first, *_) = engine.models(task)
    assert first.name == f"{task}-mini"
    assert "parameters" in first.description


def test_a_bundled_model_solves_reports_and_thinks_on(engine: TorchEngine) -> None:
    updates: list[Update] = []
    (puzzle,) = domain("sudoku").find("minimal") or []
    session = engine.session("sudoku", puzzle, report=updates.append)
    started, first, second, end = session.start(SINGLE)
    assert isinstance(started, Started)
    assert started.model == "sudoku-mini"
    assert isinstance(first, Segment)
    assert isinstance(second, Segment)
    assert isinstance(end, Finished)
    assert end.solved is False
    assert len(updates) == 2 * (len(first.low_residuals) + len(first.high_residuals))
    (*more, last) = session.think_on(Policy(segments=32, attempts=0))
    assert isinstance(last, Finished)
    assert last.solved
    assert last.segments == 2 + len(more)


def test_all_models_of_a_task_can_be_chosen_its_default_first(
    engine: TorchEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HRM_HOME", str(tmp_path / ".hrm"))
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "runs" / "mine"
    run.mkdir(parents=True)
    (run / "config.json").write_text('{"task": "sudoku"}')
    shutil.copy(bundled_model("sudoku"), run / "model.safetensors")
    assert [model.name for model in engine.models("sudoku")] == ["sudoku-mini", "runs/mine"]
    assert re.match(
        r"0\.17 M parameters, bundled, \d+\.\d % of 500", engine.models("sudoku")[0].description
    )
    set_default("sudoku", str(run))
    assert [model.name for model in engine.models("sudoku")] == ["runs/mine", "sudoku-mini"]


def test_a_model_that_a_training_has_written_anew_is_loaded_anew(
    engine: TorchEngine, tmp_path: Path
) -> None:
    (puzzle,) = domain("sudoku").find("easy") or []
    path = tmp_path / "model.safetensors"

    def answered(seed: int) -> list[int]:
        model = build(SUDOKU, seed)
        save_model(path, model.config, model.state_dict(), {"domain": "sudoku"})
        os.utime(path, (seed, seed))
        *_, last = engine.solve("sudoku", puzzle, SINGLE, str(path))
        assert isinstance(last, Finished)
        return [int(digit) for digit in last.candidates[0].answer.flat]

    assert answered(1) != answered(2)
    assert answered(1) == answered(1)


def test_a_model_that_there_is_not_is_named(engine: TorchEngine, tmp_path: Path) -> None:
    (puzzle,) = domain("sudoku").find("easy") or []
    with pytest.raises(ModelError, match="no model 'nobody'"):
        engine.session("sudoku", puzzle, "nobody")
    with pytest.raises(ModelError):
        list(engine.solve("sudoku", puzzle, SINGLE, "maze-mini"))


def test_an_arc_task_is_adapted_to_and_more_time_starts_anew(engine: TorchEngine) -> None:
    (puzzle, *_) = domain("arc").find("mirror") or []
    session = engine.session("arc", puzzle)
    policy = Policy(segments=1, attempts=1, budget=0.1)
    for start, budget in ((session.start, 0.1), (session.think_on, 0.2)):
        first, *progress, last = start(policy)
        assert isinstance(first, Started)
        assert {event.budget for event in progress if isinstance(event, Adapted)} == {budget}
        assert isinstance(last, Finished)


def test_the_first_puzzle_gives_the_usual_model_something_to_think_about(
    engine: TorchEngine,
) -> None:
    task, puzzle, _ = first_of("sudoku").at(0)
    events = engine.solve(task, puzzle, Policy(attempts=0))
    (*segments, end) = [event for event in events if not isinstance(event, Started)]
    assert isinstance(end, Finished)
    assert end.solved
    assert len(segments) >= 6


def test_the_first_puzzle_is_one_that_begins_without_a_question() -> None:
    """The example for ARC has two tests; nobody named it, so nobody is asked which one."""
    assert {len(first_of(task).puzzles) for task in ("sudoku", "maze", "arc")} == {1}
