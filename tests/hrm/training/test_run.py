"""A run's folder: what is in it, and that it survives whatever stops the run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny
import torch
from maze_run import CONFIG, lines, no_evaluation, save_twice

from hrm import __version__
from hrm.errors import UserError
from hrm.model.checkpoint import load_model, read_metadata
from hrm.training.config import require_fit
from hrm.training.events import Measuring, Saved
from hrm.training.run import Run, read_config
from hrm.training.standing import parse
from hrm.training.states import states


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    made = Run.create(tmp_path / "run", CONFIG)
    yield made
    made.trainer.close()


def test_a_new_run_writes_down_what_it_was_asked(run: Run) -> None:
    assert read_config(run.folder) == CONFIG


@pytest.mark.parametrize("name", ["log.jsonl", "model.safetensors", "state.new.pt", "tensorboard"])
def test_a_link_in_a_run_never_decides_where_is_written(run: Run, name: str) -> None:
    outside = run.folder.parent / "outside"
    outside.mkdir() if name == "tensorboard" else outside.write_text("mine")
    (run.folder / name).unlink(missing_ok=True)
    (run.folder / name).symlink_to(outside)
    with pytest.raises(UserError, match="is a link to"):
        Run.resume(run.folder)
    (run.folder / "config.json").unlink()
    with pytest.raises(UserError, match="is a link to"):
        Run.create(run.folder, CONFIG)
    assert outside.is_dir() or outside.read_text() == "mine"


def test_a_run_behind_a_link_is_resumed(run: Run) -> None:
    save_twice(run)
    (run.folder / "data").symlink_to(run.folder.parent)
    run.folder.with_name("link").symlink_to(run.folder)
    again = Run.resume(run.folder.with_name("link"))
    again.trainer.close()


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


def test_weights_of_a_mix_may_be_whole_numbers(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", replace(CONFIG, mix={"5": 1, "7": 2}))
    assert run.trainer.train_step().step == 1
    run.trainer.close()


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


def test_resuming_continues_where_the_run_was_saved(run: Run) -> None:
    for _ in range(3):
        run.trainer.train_step()
    run.best = 1.5
    run.save(run.trainer)
    resumed = Run.resume(run.folder)
    assert (resumed.trainer.step, resumed.best) == (3, 1.5)
    want, got = run.trainer.train_step(), resumed.trainer.train_step()
    assert (got.step, got.loss) == (want.step, want.loss)


def test_a_run_that_began_with_weights_still_has_them_if_it_is_killed_at_once(
    tmp_path: Path,
) -> None:
    start = tiny.build(tiny.MAZE, seed=9).state_dict()
    first = Run.create(tmp_path / "run", CONFIG, start=start)
    resumed = Run.resume(tmp_path / "run")
    for run in (first, resumed):
        assert run.trainer.step == 0
        assert all(torch.equal(run.trainer.model.state_dict()[name], start[name]) for name in start)
    assert first.trainer.train_step().loss == resumed.trainer.train_step().loss
    first.trainer.close()
    resumed.trainer.close()


def test_a_run_whose_weights_cannot_be_saved_does_not_begin_at_random(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise UserError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("hrm.training.run.save_model", full)
        with pytest.raises(UserError, match="disk full"):
            Run.create(tmp_path / "run", CONFIG, start=tiny.build(tiny.MAZE).state_dict())
    with pytest.raises(UserError, match="holds no run"):
        Run.resume(tmp_path / "run")


def test_the_log_tells_a_crash_from_a_stop(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(run.trainer, "train_step", broken)
    with pytest.raises(RuntimeError):
        list(run.train(no_evaluation))
    assert lines(run.folder / "log.jsonl")[-1]["reason"] == "interrupted by RuntimeError"


def test_what_a_killed_save_left_is_cleared_away(run: Run) -> None:
    save_twice(run)
    (run.folder / ".state.new.pt.77.partial").write_bytes(b"half")
    Run.resume(run.folder)
    assert not list(run.folder.glob(".*"))


def test_a_level_to_evaluate_with_is_of_generated_puzzles() -> None:
    with pytest.raises(UserError, match="evaluate_level=medium is of generated puzzles"):
        require_fit(replace(CONFIG, evaluate_level="medium", data="x.txt"), [])


@pytest.mark.parametrize(
    ("settings", "model", "words"),
    [
        ({"evaluate_level": "foo"}, {}, "evaluate_level=foo does not fit: the task has levels"),
        ({}, {"vocabulary": 12}, "vocabulary=12 does not fit: the task has 6 tokens"),
        ({}, {"positions": "learned", "cells": 50}, "cells=50 does not fit"),
        ({}, {"token_intermediate": 16, "cells": 50}, "cells=50 does not fit"),
        ({}, {"heads": 16, "relation_heads": 9}, "relation_heads=9 does not fit"),
        ({}, {"cell_features": 5}, "cell_features=5 does not fit"),
        ({}, {"positions": "rope", "relation_heads": 0}, "5x5, this model knows 30x30 only"),
    ],
)
def test_settings_that_do_not_fit_the_task_are_refused_before_there_is_a_run(
    tmp_path: Path, settings: dict[str, Any], model: dict[str, Any], words: str
) -> None:
    config = replace(CONFIG, model=replace(CONFIG.model, **model), **settings)
    with pytest.raises(UserError, match=words) as caught:
        Run.create(tmp_path / "run", config)
    assert caught.value.hint
    assert not (tmp_path / "run").exists()


def test_better_weights_than_the_newest_state_knows_are_kept(run: Run) -> None:
    puzzles = run.held_out()
    run.save(run.trainer)
    run.evaluator(puzzles, segments=2)(run.trainer.model, 1.0)
    assert Run.resume(run.folder).best == run.best > 0
    for path in states(run.folder):
        path.unlink()
    (run.folder / "model.safetensors").unlink()
    assert Run.resume(run.folder).best == run.best  # as after a kill before the first save
    (run.folder / "best.safetensors").write_bytes(b"damaged")
    assert Run.resume(run.folder).best == -1.0


def test_a_run_that_was_evaluated_can_be_resumed(run: Run) -> None:
    evaluate = run.evaluator(run.held_out(), segments=2)
    evaluate(run.trainer.model, 1.0)
    run.save(run.trainer)
    assert Run.resume(run.folder).best == run.best > 0


def test_an_evaluation_tells_how_far_it_is_and_counts_by_difficulty(run: Run) -> None:
    reports: list[Measuring] = []
    puzzles = run.held_out()
    event = run.evaluator(puzzles, segments=2, report=reports.append)(run.trainer.model, 1.0)
    assert [one.count for one in reports] == [len(puzzles)] * len(reports)
    done = [one.done for one in reports]
    assert done == sorted(done)
    assert done[-1] == len(puzzles)
    assert sum(count for _, _, count in event.groups) == len(puzzles)
    assert sum(solved for _, solved, _ in event.groups) == event.solved
    run.record(event)
    (line,) = (run.folder / "metrics.jsonl").read_text().splitlines()
    assert parse(line) == event
    assert parse(line.replace('"groups"', '"other"')) == replace(event, groups=())
    assert parse(json.dumps({**json.loads(line), "groups": [["x", "3", 2]]})) is None


def test_another_end_holds_for_later_resumes_too(run: Run) -> None:
    run.trainer.train_step()
    run.save(run.trainer)
    Run.resume(run.folder, replace(CONFIG, minutes=7.0))
    assert read_config(run.folder) == replace(CONFIG, minutes=7.0)
    assert Run.resume(run.folder).config.minutes == 7.0


def test_a_resumed_run_may_be_given_another_end(run: Run) -> None:
    run.save(run.trainer)
    resumed = Run.resume(run.folder, replace(run.config, steps=80, minutes=3.0))
    assert (resumed.config.steps, resumed.config.minutes) == (80, 3.0)
    assert resumed.config == replace(CONFIG, steps=80, minutes=3.0)


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
    finish(run)
    records = lines(run.folder / "metrics.jsonl")
    assert [record["kind"] for record in records] == ["step"] * 4 + ["evaluation"]
    assert [record["step"] for record in records[:4]] == [10, 20, 30, 40]
    assert all(record["loss"] > 0 for record in records)


def finish(run: Run) -> None:
    for event in run.train(no_evaluation):
        if not isinstance(event, Saved):
            run.record(event)


def without_times(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    times = ("seconds", "rows_per_second")
    return [{k: v for k, v in record.items() if k not in times} for record in records]


def test_metrics_after_the_state_are_made_again_and_not_twice(run: Run, tmp_path: Path) -> None:
    for step in range(1, 31):
        run.record(run.trainer.train_step())
        if step == 15:
            run.save(run.trainer)
    metrics = run.folder / "metrics.jsonl"
    with metrics.open("a", encoding="utf-8") as file:
        file.write('{"step": "damaged"}\n{"kind": "step", "st')  # and here it was killed
    resumed = Run.resume(run.folder)
    assert [record["step"] for record in lines(metrics)] == [10]
    finish(resumed)
    whole = Run.create(tmp_path / "whole", CONFIG)
    finish(whole)
    assert without_times(lines(metrics)) == without_times(lines(whole.folder / "metrics.jsonl"))


def test_the_log_says_when_on_what_and_why_not_longer(run: Run) -> None:
    run.save(run.trainer)
    finish(Run.resume(run.folder))
    began, went_on, ended = lines(run.folder / "log.jsonl")
    assert [line["event"] for line in (began, went_on, ended)] == ["start", "resume", "stop"]
    assert began["hrm"] == __version__
    assert began["torch"] == torch.__version__
    assert (began["device"], began["processes"], began["step"]) == ("cpu", 1, 0)
    assert began["time"].endswith("+00:00")
    assert len(began["data"]) == 64
    assert went_on["data"] == began["data"]
    assert (ended["step"], ended["reason"]) == (40, "finished")


@pytest.mark.parametrize("how", ["asked", "closed", "diverged"])
def test_the_log_says_why_a_run_stopped(run: Run, how: str) -> None:
    events = run.train(no_evaluation, stop=lambda: how == "asked" and run.trainer.step == 2)
    next(events)
    if how == "closed":
        events.close()  # type: ignore[attr-defined]  # a generator
    elif how == "asked":
        list(events)
    else:
        with torch.no_grad():
            run.trainer.model.embed_tokens.fill_(torch.nan)
        with pytest.raises(UserError, match="diverged"):
            list(events)
    stop = lines(run.folder / "log.jsonl")[-1]
    assert stop["event"] == "stop"
    assert stop["reason"].startswith("training diverged" if how == "diverged" else "stopped")
    assert bool(states(run.folder)) == (how != "diverged")


def test_other_data_than_before_is_reported(run: Run) -> None:
    run.save(run.trainer)
    assert Run.resume(run.folder).warnings == []
    log = run.folder / "log.jsonl"
    log.write_text(re.sub(r'"data": "\w+"', '"data": "0123"', log.read_text()))
    changed = Run.resume(run.folder)
    assert any("the data is not what this run began with" in text for text in changed.warnings)
    with pytest.raises(UserError, match="canvases of 25 cells, this one 36"):
        Run.resume(run.folder, replace(CONFIG, mix={"6": 1.0}, batch_cells=144))


def test_the_best_weights_are_kept(run: Run) -> None:
    puzzles = run.held_out()
    assert len(puzzles) == 2
    assert puzzles == run.held_out()
    evaluate = run.evaluator(puzzles, 2)
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
