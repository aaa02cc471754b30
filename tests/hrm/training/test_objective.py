"""Losses and halting against formulas written out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import tiny
import torch
from torch import Tensor

from hrm.data.rows import IGNORE_LABEL
from hrm.model.hrm import Carry, SegmentOutput
from hrm.training.objective import (
    LossName,
    add_deferred,
    cell_losses,
    continue_targets,
    log_stablemax,
    minimum_segments,
    segment_loss,
    wants_to_halt,
)

LABELS = torch.tensor([[0, 2, IGNORE_LABEL], [1, IGNORE_LABEL, IGNORE_LABEL]])


def random_logits() -> Tensor:
    return torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0)) * 3


def says(logits: Tensor, q_halt: Tensor, q_continue: Tensor) -> SegmentOutput:
    empty = torch.zeros(len(logits), 3, 1)
    return SegmentOutput(Carry(empty, empty), logits, q_halt, q_continue)


def test_stablemax_is_its_definition() -> None:
    logits = torch.tensor([-3.0, 0.0, 2.0], dtype=torch.float64)
    s = [1 / 4, 1.0, 3.0]
    want = [math.log(value / sum(s)) for value in s]
    assert log_stablemax(logits).tolist() == pytest.approx(want)


def test_stablemax_stays_finite_far_out() -> None:
    logits = torch.tensor([-1e30, 1e30], dtype=torch.float64)
    assert torch.isfinite(log_stablemax(logits)).all()


@pytest.mark.parametrize("loss", ["softmax", "stablemax"])
def test_cell_losses_are_negative_log_likelihoods(loss: LossName) -> None:
    logits = random_logits()
    got = cell_losses(logits, LABELS, loss)
    log_p = logits.log_softmax(-1) if loss == "softmax" else log_stablemax(logits.double())
    for row in range(2):
        for cell in range(3):
            label = int(LABELS[row, cell])
            want = 0.0 if label == IGNORE_LABEL else -float(log_p[row, cell, label])
            assert float(got[row, cell]) == pytest.approx(want, rel=1e-5)


def test_ignored_cells_pull_at_nothing() -> None:
    logits = random_logits().requires_grad_()
    out = says(logits, torch.zeros(2), torch.zeros(2))
    (grad,) = torch.autograd.grad(segment_loss(out, LABELS).total, logits)
    assert (grad[LABELS == IGNORE_LABEL] == 0).all()
    assert (grad[LABELS != IGNORE_LABEL] != 0).any(-1).all()


def test_segment_loss_averages_cells_and_sums_rows() -> None:
    logits = random_logits()
    logits[0, 0, 0] = logits[0, 1, 2] = 20.0  # row 0 right everywhere
    logits[1, 0, 1] = -20.0  # row 1 wrong
    q_halt, q_continue = torch.tensor([1.0, -2.0]), torch.tensor([0.5, 0.25])
    target = torch.tensor([0.25, 0.75])
    got = segment_loss(
        says(logits, q_halt, q_continue), LABELS, halting_weight=0.5, continue_target=target
    )
    cells = cell_losses(logits, LABELS, "stablemax")
    answer = float(cells[0, :2].mean() + cells[1, 0])
    halt = math.log1p(math.exp(-1.0)) + math.log1p(math.exp(-2.0))
    p = torch.sigmoid(q_continue)
    go_on = float(-(target * p.log() + (1 - target) * (1 - p).log()).sum())
    assert float(got.answer) == pytest.approx(answer)
    assert float(got.q_halt) == pytest.approx(halt)
    assert float(got.q_continue) == pytest.approx(go_on, rel=1e-5)
    assert float(got.total) == pytest.approx(answer + 0.5 * (halt + go_on), rel=1e-5)
    assert got.rows.tolist() == pytest.approx([float(cells[0, :2].mean()), float(cells[1, 0])])
    assert got.exact.tolist() == [True, False]
    assert got.cells.tolist() == [1.0, 0.0]


def test_without_a_continue_target_there_is_no_continue_loss() -> None:
    q_continue = torch.tensor([3.0, -3.0], requires_grad=True)
    got = segment_loss(says(random_logits(), torch.zeros(2), q_continue), LABELS)
    assert float(got.q_continue) == 0.0
    assert not got.total.requires_grad


def test_a_row_without_scored_cells_costs_no_answer() -> None:
    labels = torch.full((2, 3), IGNORE_LABEL)
    got = segment_loss(says(random_logits(), torch.zeros(2), torch.zeros(2)), labels)
    assert float(got.answer) == 0.0
    assert torch.isfinite(got.total)


def test_halting_compares_two_values_or_one_with_zero() -> None:
    q_halt, q_continue = torch.tensor([1.0, 1.0, -1.0]), torch.tensor([0.0, 2.0, -2.0])
    assert wants_to_halt(q_halt, q_continue, "q_learning").tolist() == [True, False, True]
    assert wants_to_halt(q_halt, q_continue, "halt_only").tolist() == [True, True, False]


def test_explorers_must_think_for_two_segments_or_more() -> None:
    least = minimum_segments(4000, 5, 0.25, torch.Generator().manual_seed(0))
    assert set(least.tolist()) == {0, 2, 3, 4, 5}
    assert 0.22 < (least > 0).float().mean() < 0.28
    assert (minimum_segments(100, 5, 0.0, torch.Generator()) == 0).all()


def test_one_segment_leaves_nothing_to_explore() -> None:
    assert (minimum_segments(50, 1, 1.0, torch.Generator()) <= 1).all()


def test_going_on_is_worth_the_better_of_both_values_one_segment_later() -> None:
    q_halt, q_continue = torch.tensor([2.0, -1.0, -1.0]), torch.tensor([0.0, 1.0, 1.0])
    last = torch.tensor([False, False, True])
    want = torch.sigmoid(torch.tensor([2.0, 1.0, -1.0]))
    torch.testing.assert_close(continue_targets(q_halt, q_continue, last), want)


@pytest.mark.parametrize("reads", ["first", "mean"])
def test_a_carry_still_says_what_its_segment_said(reads: Any) -> None:
    model = tiny.build(replace(tiny.DRILL, halt_reads=reads))
    tokens = torch.randint(5, (3, 6), generator=torch.Generator().manual_seed(0))
    out = model.segment(model.initial_carry(tokens.shape), tokens)
    q_halt, q_continue = model.halting_values(out.carry.high, model.geometry((1, 6)))
    torch.testing.assert_close(q_halt, out.q_halt)
    torch.testing.assert_close(q_continue, out.q_continue)


def test_deferred_targets_count_for_rows_that_went_on() -> None:
    q_halt = torch.tensor([2.0, -1.0, -1.0, 0.5], requires_grad=True)
    q_continue = torch.tensor([0.0, 1.0, 1.0, 0.0], requires_grad=True)
    out = SegmentOutput(
        Carry(torch.zeros(4, 3, 1), torch.zeros(4, 3, 1)), torch.zeros(4, 3, 4), q_halt, q_continue
    )
    earlier = torch.tensor([0.3, -0.3, 0.7, 9.0], requires_grad=True)
    plain = segment_loss(out, torch.zeros(4, 3, dtype=torch.int64))
    went_on, last = (
        torch.tensor([True, True, True, False]),
        torch.tensor([False, False, True, False]),
    )
    got = add_deferred(plain, earlier, out, went_on, last, halting_weight=0.25)
    late = 0.0
    for value, best in ((0.3, 2.0), (-0.3, 1.0), (0.7, -1.0)):  # q_halt where the limit has come
        target, p = 1 / (1 + math.exp(-best)), 1 / (1 + math.exp(-value))
        late -= target * math.log(p) + (1 - target) * math.log(1 - p)
    assert float(got.q_continue) == pytest.approx(late, rel=1e-5)
    assert got.total.item() == pytest.approx(plain.total.item() + 0.25 * late, rel=1e-5)
    of_earlier, of_now = torch.autograd.grad(got.total - plain.total, (earlier, q_halt))
    assert (of_earlier != 0).tolist() == [True, True, True, False]
    assert (of_now == 0).all()  # a target is not a thing to move
