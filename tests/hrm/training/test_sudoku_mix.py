"""Training on Sudokus of several sizes and rules: rows, steps, exact resume, evaluation by kind."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scripted import Shell

from hrm.data.rows import Source
from hrm.data.sources import sources
from hrm.errors import UserError
from hrm.training.config import TrainConfig, require_fit
from hrm.training.presets import preset
from hrm.training.run import Run
from puzzles.contract.tokens import NO_GROUP
from puzzles.sudoku.domain import Sudoku, SudokuDomain
from puzzles.sudoku.reading.rule_text import read_rules
from puzzles.sudoku.rules import tables, usual
from puzzles.sudoku.solver import solve

DOMAIN = SudokuDomain()
FILE = 'size = 6\nsymbols = "RGBYPO"\nrules = ["x"]\n'
KINDS = ("4", "6", "8", "9", "12", "jigsaw", "x", "windoku", "6+x", "5+jigsaw", FILE)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puzzles that are made ahead of a training; no test takes as many."""
    monkeypatch.setattr("hrm.training.trainer.CHUNK", 8)


def config(mix: dict[str, float], **settings: object) -> TrainConfig:
    small = {"hidden": 8, "heads": 1, "intermediate": 16, "batch_cells": 324, "max_segments": 2}
    chosen = {**small, "steps": 6, "evaluate_count": 2, "warmup": 2, **settings}
    return preset("mini", "sudoku", mix=mix, **chosen)


def made(mix: dict[str, float], count: int = 6) -> list[tuple[Source, object]]:
    return [(s, s.make(np.random.default_rng(1), count)) for s in sources("sudoku", mix)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_has_one_answer_under_the_rules_that_go_with_it(kind: str) -> None:
    ((source, rows),) = made({kind: 1.0})
    again = source.make(np.random.default_rng(1), 6)
    assert np.array_equal(rows.tokens, again.tokens)
    size = source.shape[0]
    name = FILE if kind is FILE else ",".join(p for p in kind.split("+") if not p.isdecimal())
    usual_boxes = kind.isdecimal()
    assert (rows.rules is None) == usual_boxes
    for number in range(6):
        regions = () if rows.rules is None or "jigsaw" not in kind else rows.rules[number, 0]
        rules = read_rules(name, size, tuple(regions))
        givens = tuple((rows.tokens[number] - 1).tolist())
        answer = tuple((rows.targets[number] - 1).tolist())
        assert solve(givens, 2, tables(rules)) == [answer]
        if rows.rules is not None:
            groups = DOMAIN.rules([Sudoku(givens, rules=rules)])
            assert groups is not None
            assert (groups[0, 0] != NO_GROUP).all()
            assert np.array_equal(_alike(groups[0]), _alike(rows.rules[number]))


def _alike(numbers: np.ndarray) -> np.ndarray:
    """Which cells are in one group, whatever its number."""
    return (numbers[:, :, None] == numbers[:, None]) & (numbers[:, :, None] != NO_GROUP)


def test_nine_by_nine_kinds_give_the_rows_they_always_gave() -> None:
    mix = {"eased": 0.6, "minimal": 0.4}
    ((alone, rows),) = made(mix)
    (beside, same), *_ = made({**mix, "6": 0.5, "jigsaw": 0.5})
    assert (alone.share, beside.share) == (1.0, 1.0)
    assert np.array_equal(rows.tokens, same.tokens)
    assert np.array_equal(rows.targets, same.targets)
    assert rows.rules is same.rules is None


def test_a_run_on_a_mix_resumes_to_the_bit(tmp_path: Path) -> None:
    mix = {"minimal": 0.4, "4": 0.2, "jigsaw": 0.2, "x": 0.1, "5+jigsaw": 0.1}
    whole = Run.create(tmp_path / "whole", config(mix))
    for _ in range(6):
        whole.trainer.train_step()
    half = Run.create(tmp_path / "half", config(mix))
    for _ in range(3):
        half.trainer.train_step()
    half.save(half.trainer)
    rest = Run.resume(tmp_path / "half")
    for _ in range(3):
        rest.trainer.train_step()
    one, two = whole.trainer.weights(), rest.trainer.weights()
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert {batch.cells for batch in rest.trainer.batches} == {81, 16, 25}


def test_an_evaluation_counts_by_kind(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", config({"minimal": 1.0, "4": 1.0, "x": 1.0},
                                              evaluate_count=6))  # fmt: skip
    puzzles = run.held_out()
    assert [puzzle.name for puzzle in puzzles] == ["9", "9", "4", "4", "x", "x"]
    assert puzzles == run.held_out()
    assert [len(DOMAIN.solve(puzzle)) for puzzle in puzzles] == [1] * 6
    event = run.evaluator(puzzles, 1)(run.trainer.model.eval(), 1.0)
    assert {kind: count for kind, _, count in event.groups} == {"9": 2, "4": 2, "x": 2}
    assert sum(found for _, found, _ in event.groups) == event.solved
    plain = Run.create(tmp_path / "plain", config({"minimal": 1.0}))
    assert {puzzle.rules for puzzle in plain.held_out()} == {usual(9)}
    measured = plain.evaluator(plain.held_out(), 1)(run.trainer.model, 1.0)
    assert all("guess" in name for name, _, _ in measured.groups)


@pytest.mark.parametrize(
    ("mix", "words"),
    [
        ({"18": 1.0}, "18×18"), ({"3": 1.0}, "4 to 25 rows"), ({"diagonal": 1.0}, "unknown kind"),
        ({"25": 1.0}, "25×25 are not made"), ({"6+windoku": 1.0}, "needs square boxes"),
        ({"minimal": 0.0}, "no positive weight"),
    ],
)  # fmt: skip
def test_a_kind_that_cannot_be_made_is_named(mix: dict[str, float], words: str) -> None:
    with pytest.raises(UserError, match=words):
        sources("sudoku", mix)


@pytest.mark.parametrize("kind", ["6", "jigsaw"])
def test_a_model_of_digits_that_differ_refuses_other_kinds(kind: str) -> None:
    mix = {"minimal": 1.0, kind: 1.0}
    run = preset("transformer", "sudoku", mix=mix, steps=1)
    plain = replace(run.model, positions="none")
    for model in (run.model, plain):
        with pytest.raises(UserError, match=r"only a model|knows 9x9"):
            require_fit(replace(run, model=model), sources("sudoku", mix))


def test_a_rules_file_is_trained_on_and_kept_in_the_run(shell: Shell) -> None:
    Path("mine.toml").write_text(FILE)
    trained = shell(
        "train", "--task", "sudoku", "--rules", "mine.toml", "--steps", 2, "--out", "run",
        "--threads", 1, "--set", "hidden=8", "--set", "heads=1", "--set", "intermediate=16",
        "--set", "batch_cells=72", "--set", "evaluate_count=2",
    )  # fmt: skip
    assert trained.code == 0, trained.err
    Path("mine.toml").unlink()
    assert shell("train", "--resume", "run", "--steps", 3, "--threads", 1).code == 0
    assert json.loads(Path("run/config.json").read_text())["mix"] == {FILE: 1.0}
    refused = shell("train", "--task", "maze", "--rules", "x", "--steps", 1)
    assert "maze puzzles have no rules to choose" in refused.err
    both = shell("train", "--task", "sudoku", "--size", 6, "--set", "mix=x:1", "--steps", 1)
    assert "--rules and --size apply to generated puzzles" in both.err
