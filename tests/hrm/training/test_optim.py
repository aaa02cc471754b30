"""Optimisers against slow, obviously right implementations."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from hrm.training.optim import (
    AdamATan2,
    Muon,
    SparseSignSGD,
    WeightAverage,
    learning_rate_factor,
    orthogonalize,
)


def random_parameters(*shapes: tuple[int, ...]) -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(3)
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in shapes]


def give_gradients(params: list[nn.Parameter], seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    for p in params:
        p.grad = torch.randn(p.shape, generator=generator)


def test_muon_follows_torch() -> None:
    """torch's own orthogonalises in bfloat16, so the steps agree to its precision only."""
    shapes = ((12, 4), (4, 12), (12, 4), (8, 8))
    ours, theirs = random_parameters(*shapes), random_parameters(*shapes)
    start = [p.detach().clone() for p in ours]
    mine = Muon(ours, lr=0.02, weight_decay=0.1)
    reference = torch.optim.Muon(theirs, lr=0.02, weight_decay=0.1)
    for seed in range(5):
        give_gradients(ours, seed)
        give_gradients(theirs, seed)
        mine.step()
        reference.step()  # type: ignore[no-untyped-call]
    for p, q, began in zip(ours, theirs, start, strict=True):
        moved = (p - began).norm()
        assert moved > 0.05
        assert (p - q).norm() < 0.02 * moved


def test_orthogonalize_brings_singular_values_near_one() -> None:
    matrices = torch.randn(3, 6, 20, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalize(matrices))
    assert values.min() > 0.6
    assert values.max() < 1.3


def test_adam_atan2_follows_its_formula() -> None:
    (p,) = random_parameters((5,))
    want = p.detach().double()
    mean, square = torch.zeros(5).double(), torch.zeros(5).double()
    optimizer = AdamATan2([p], lr=0.1, betas=(0.9, 0.95), weight_decay=0.3)
    for step in range(1, 6):
        give_gradients([p], step)
        assert p.grad is not None
        g = p.grad.double()
        mean = 0.9 * mean + 0.1 * g
        square = 0.95 * square + 0.05 * g * g
        want = want - 0.1 * 0.3 * want
        want = want - 0.1 * torch.atan2(mean / (1 - 0.9**step), (square / (1 - 0.95**step)).sqrt())
        optimizer.step()
    torch.testing.assert_close(p.detach().double(), want, rtol=1e-5, atol=1e-6)


def test_adam_atan2_is_adam_where_steps_are_small() -> None:
    """atan2(m, √v) ≈ m / √v when |m| ≪ √v: here a large alternating gradient with a small drift."""
    ours, theirs = random_parameters((3,)), random_parameters((3,))
    mine = AdamATan2(ours, lr=1e-2, betas=(0.9, 0.95), weight_decay=0.0)
    adam = torch.optim.Adam(theirs, lr=1e-2, betas=(0.9, 0.95), eps=1e-12)
    warm = 60
    for step in range(100):
        for p in (*ours, *theirs):
            p.grad = torch.full((3,), 0.02 + (-1.0) ** step)
        before = [ours[0].detach().clone(), theirs[0].detach().clone()]
        mine.step()
        adam.step()
        if step >= warm:
            torch.testing.assert_close(
                ours[0] - before[0], theirs[0] - before[1], rtol=1e-2, atol=1e-6
            )


def test_sparse_rows_move_once_however_often_they_occur() -> None:
    table = nn.Parameter(torch.ones(5, 2))
    optimizer = SparseSignSGD([table], lr=0.1, weight_decay=0.5)
    rows = nn.functional.embedding(torch.tensor([1, 3, 3, 3]), table, sparse=True)
    # row 3: two pulls up, one stronger pull down; its sum decides
    weights = torch.tensor([[1.0, -1.0], [1.0, 1.0], [1.0, 1.0], [-5.0, 1.0]])
    (rows * weights).sum().backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    decayed = 1 - 0.1 * 0.5
    want = torch.ones(5, 2)
    want[1] = torch.tensor([decayed - 0.1, decayed + 0.1])
    want[3] = torch.tensor([decayed + 0.1, decayed - 0.1])
    torch.testing.assert_close(table.detach(), want)


def test_sparse_rows_agree_with_a_loop() -> None:
    generator = torch.Generator().manual_seed(5)
    table = nn.Parameter(torch.randn(7, 3, generator=generator))
    want = table.detach().clone()
    rows = torch.randint(7, (40,), generator=generator)
    pulls = torch.randn(40, 3, generator=generator)
    table.grad = torch.sparse_coo_tensor(rows[None], pulls, table.shape, check_invariants=False)
    SparseSignSGD([table], lr=0.1, weight_decay=0.5).step()
    for row in set(rows.tolist()):
        total = sum(
            pull for number, pull in zip(rows.tolist(), pulls, strict=True) if number == row
        )
        want[row] = want[row] * (1 - 0.1 * 0.5) - 0.1 * torch.sign(torch.as_tensor(total))
    torch.testing.assert_close(table.detach(), want)


def test_weight_average_covers_buffers_and_ramps_up() -> None:
    model = nn.Module()
    model.weight = nn.Parameter(torch.zeros(2))
    state = torch.zeros(2)
    model.register_buffer("state", state)
    average = WeightAverage(model, 0.5)
    with torch.no_grad():
        model.weight.fill_(1.0)
        state.fill_(1.0)
    average.update(model)
    first = 1 - 2 / 11  # the ramp's decay after one update is (1 + 1) / (10 + 1)
    assert average.weights["weight"].tolist() == pytest.approx([first] * 2)
    assert average.weights["state"].tolist() == pytest.approx([first] * 2)


def test_learning_rate_warms_up_and_falls_to_its_floor() -> None:
    settings: dict[str, Any] = {"warmup": 10, "floor": 0.1, "schedule": "cosine"}
    assert learning_rate_factor(0.0, 0, **settings) == pytest.approx(0.1)
    assert learning_rate_factor(0.0, 9, **settings) == pytest.approx(1.0)
    assert learning_rate_factor(0.5, 500, **settings) == pytest.approx(0.55)
    assert learning_rate_factor(1.0, 1000, **settings) == pytest.approx(0.1)
    constant = learning_rate_factor(0.9, 1000, warmup=10, floor=0.1, schedule="constant")
    assert math.isclose(constant, 1.0)
