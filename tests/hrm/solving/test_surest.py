"""With `halt_patience` the answer counts of which the model was surest, in a batch and alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import SUDOKU, Oracle
from torch import Tensor

from hrm.evaluation.scaling import curve, passes
from hrm.events import Finished, Segment
from hrm.model.config import HRMConfig
from hrm.model.hrm import SegmentOutput
from hrm.solving.accuracy import outcomes
from hrm.solving.attempts import select_many
from hrm.solving.batch import solve_many
from hrm.solving.policy import Policy
from hrm.solving.session import solve
from puzzles.contract.protocol import Verdict
from puzzles.contract.tokens import Answer
from puzzles.sudoku.domain import SudokuDomain
from puzzles.sudoku.puzzle import Sudoku

RIGHT = 2
"""The only segment with the right answer, of which the model is surest, though it never halts."""


class Fading(Oracle):
    def __init__(self, patience: int) -> None:
        super().__init__("sudoku", right_from=RIGHT)
        self.patience = patience

    @property
    def config(self) -> HRMConfig:
        return replace(SUDOKU, halt_patience=self.patience)

    def changed(self, out: SegmentOutput, tokens: Tensor, count: Tensor) -> SegmentOutput:
        right = count == RIGHT
        asked = 20.0 * torch.nn.functional.one_hot(tokens, self.config.vocabulary)
        logits = torch.where(right[:, None, None], out.logits, asked)
        q_halt = torch.where(right, -1.0, -3.0)
        return replace(out, logits=logits, q_halt=q_halt, q_continue=-q_halt)


class Unchecked(SudokuDomain):
    """Nobody can know whether an answer is right."""

    checkable = False

    def check(self, puzzle: Sudoku, answer: Answer) -> Verdict:
        return Verdict(solved=None)


PUZZLES = SudokuDomain().find("hard") or []


@pytest.mark.parametrize(
    ("patience", "right", "halted", "segments"),
    [(0, False, False, 8), (2, True, True, 4), (3, True, True, 5), (7, True, False, 8)],
)
def test_the_surest_answer_counts(patience: int, right: bool, halted: bool, segments: int) -> None:
    [one] = outcomes(Fading(patience).model(), SudokuDomain(), PUZZLES, 8)
    assert (one.score.right, one.halted, one.segments) == (right, halted, segments)
    assert [wants for _, wants, _ in one.halting] == [False] * segments
    point = curve(list(passes(Fading(patience).model(), SudokuDomain(), PUZZLES, 8)))[-1]
    assert (point.halting, point.used) == (right, segments)

    *_, last, end = solve(Fading(patience).model(), Unchecked(), PUZZLES[0], Policy(segments=8))
    assert isinstance(last, Segment)
    assert isinstance(end, Finished)
    assert (last.number, end.segments) == (segments, segments)
    assert end.reason == ("halted" if halted else "limit")
    assert SudokuDomain().check(PUZZLES[0], end.candidates[0].answer).solved is right
    assert (f"answer of segment {RIGHT}" in end.note) is right

    *_, other, same = solve_many(
        Fading(patience).model(), Unchecked(), PUZZLES * 2, Policy(segments=8)
    )
    assert isinstance(other, Finished)
    assert isinstance(same, Finished)
    for ended in (other, same):
        assert (ended.segments, ended.reason, ended.note) == (segments, end.reason, end.note)
        assert np.array_equal(ended.candidates[0].answer, end.candidates[0].answer)


def test_what_breaks_a_rule_is_never_final() -> None:
    policy = Policy(segments=8, min_segments=3, attempts=0)
    *_, end = solve(Fading(2).model(), SudokuDomain(), PUZZLES[0], policy)
    assert isinstance(end, Finished)
    assert (end.solved, end.segments, end.reason) == (False, 8, "limit")


@pytest.mark.parametrize(("patience", "right", "segments"), [(0, False, 8), (2, True, 4)])
def test_attempts_without_rules_wait_as_long(patience: int, right: bool, segments: int) -> None:
    policy = Policy(segments=8, attempts=2, select="vote")
    events = select_many(Fading(patience).model(), SudokuDomain(), {0: PUZZLES[0]}, policy)
    *_, end = events
    assert isinstance(end, Finished)
    assert (end.solved, end.segments) == (right, segments)
