"""A grown model answers as the small one did, and its new weights learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch

from hrm.model.config import HRMConfig
from hrm.model.grow import can_grow, grow
from hrm.model.hrm import HRM, SegmentOutput
from puzzles import domain

POINTERS = replace(tiny.MAZE, relation_heads=4)
MIXED = replace(tiny.MAZE, heads=8, head_width=4, relation_heads=3)
CASES = {
    "relation heads": (POINTERS, replace(POINTERS, heads=8, head_width=4, relation_heads=8)),
    "features": (POINTERS, replace(POINTERS, cell_features=4)),
    "further features": (
        replace(POINTERS, cell_features=1),
        replace(POINTERS, heads=6, head_width=4, relation_heads=6, cell_features=3),
    ),
    "before heads that see all cells": (MIXED, replace(MIXED, heads=10, relation_heads=5)),
    "that see all cells": (MIXED, replace(MIXED, heads=10)),
}
MAZE = domain("maze")
TOKENS = np.random.default_rng(0).integers(1, 5, (2, 5, 6), dtype=np.uint8)


def answered(model: HRM) -> SegmentOutput:
    tokens = torch.from_numpy(TOKENS.reshape(2, -1)).long()
    geometry = model.geometry((5, 6), MAZE.relations(TOKENS))
    return model.segment(model.initial_carry(tokens.shape, geometry), tokens, geometry=geometry)


@pytest.mark.parametrize(("small", "large"), CASES.values(), ids=CASES)
def test_a_grown_model_answers_as_before(small: HRMConfig, large: HRMConfig) -> None:
    assert can_grow(small, large)
    model = tiny.build(small)
    grown = grow(model, large, seed=3)
    assert grown.config == large
    before, after = answered(model), answered(grown)
    torch.testing.assert_close(after.logits, before.logits)
    torch.testing.assert_close(after.q_halt, before.q_halt)


@pytest.mark.parametrize(("small", "large"), CASES.values(), ids=CASES)
def test_what_is_new_learns(small: HRMConfig, large: HRMConfig) -> None:
    grown = grow(tiny.build(small), large, seed=3).train().requires_grad_(True)
    answered(grown).logits.square().sum().backward()  # type: ignore[no-untyped-call]
    if large.cell_features > small.cell_features:
        assert grown.embed_features.grad is not None
        assert grown.embed_features.grad[small.cell_features :].any(1).all()
    added = large.heads - small.heads
    for name, parameter in grown.named_parameters():
        if name.endswith("attention.out.weight"):
            new = ~parameter.any(0)
            assert new.sum() == added * large.per_head
            assert parameter.grad is not None
            assert parameter.grad[:, new].any(0).all()


def test_the_seed_draws_what_new_heads_read() -> None:
    small, large = CASES["relation heads"]
    first, same, other = (
        grow(tiny.build(small), large, seed=seed).state_dict() for seed in (3, 3, 4)
    )
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert [name for name in first if not torch.equal(first[name], other[name])] == [
        "high.layers.0.attention.qkv.weight",
        "low.layers.0.attention.qkv.weight",
    ]


@pytest.mark.parametrize(
    "large",
    [
        replace(POINTERS, heads=8, relation_heads=8),  # of half the width
        replace(POINTERS, heads=3, head_width=4, relation_heads=3),
        replace(POINTERS, relation_heads=3),
        replace(POINTERS, heads=8, head_width=4, relation_heads=8, hidden=32),
        replace(POINTERS, heads=8, head_width=4, relation_heads=8, low_cycles=2),
        tiny.CHOICES,
    ],
)
def test_other_architectures_are_not_grown_into(large: HRMConfig) -> None:
    assert not can_grow(POINTERS, large)


def test_fewer_features_are_not_grown_into() -> None:
    assert not can_grow(replace(POINTERS, cell_features=4), replace(POINTERS, cell_features=3))
