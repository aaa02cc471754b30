"""The model's promises: shapes, gradient scope, relations, and fast paths equal to slow ones."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
import torch

from hrm.config import HRMConfig
from hrm.layers import Geometry
from hrm.model import HRM

TINY = HRMConfig(
    vocabulary=7, hidden=16, heads=4, intermediate=32, high_layers=1, low_layers=1, positions="none"
)


def build(config: HRMConfig) -> HRM:
    return HRM(config, torch.Generator().manual_seed(1))


def tokens(batch: int, cells: int, vocabulary: int = 7) -> torch.Tensor:
    return torch.randint(vocabulary, (batch, cells), generator=torch.Generator().manual_seed(2))


VARIANTS = {
    "hrm": TINY,
    "rope": replace(TINY, positions="rope"),
    "rope2d": replace(TINY, positions="rope2d"),
    "learned": replace(TINY, positions="learned", cells=6),
    "shared levels": replace(TINY, high_layers=0, gradient="last_cycle"),
    "token mixing": replace(
        TINY, high_layers=0, token_intermediate=24, cells=6, prefix=2, puzzle_ids=3, puzzle_width=20
    ),
    "transformer": replace(TINY, high_layers=3, low_layers=0, high_cycles=1),
    "puzzle prefix": replace(TINY, prefix=2, puzzle_ids=3, puzzle_width=32),
    "halts on the mean": replace(TINY, halt_reads="mean", halting="halt_only"),
}


@pytest.mark.parametrize("config", VARIANTS.values(), ids=VARIANTS.keys())
def test_every_variant_thinks_and_learns(config: HRMConfig) -> None:
    model = build(config)
    ids = torch.tensor([0, 2]) if config.puzzle_ids else None
    geometry = model.geometry((2, 3))
    carry = model.initial_carry((2, 6))
    out = model.segment(carry, tokens(2, 6), ids, geometry)
    assert out.logits.shape == (2, 6, 7)
    assert out.q_halt.shape == out.q_continue.shape == (2,)
    assert out.carry.high.shape == (2, 6 + config.prefix, 16)
    assert not out.carry.high.requires_grad
    assert not out.carry.low.requires_grad
    (out.logits.square().sum() + out.q_halt.sum() + out.q_continue.sum()).backward()
    moved = [name for name, p in model.named_parameters() if p.grad is not None]
    assert len(moved) == len(list(model.parameters()))


def test_gradient_scope_is_as_configured() -> None:
    """last_cycle lets gradient through one more low-level update than one_step, for two cycles of
    two: what reaches the low level differs, what it computes does not."""
    one, last = build(TINY), build(replace(TINY, gradient="last_cycle"))
    outs = []
    for model in (one, last):
        out = model.segment(model.initial_carry((2, 6)), tokens(2, 6))
        out.logits.square().sum().backward()
        outs.append(out.logits)
    torch.testing.assert_close(outs[0], outs[1], rtol=0, atol=0)
    grads = [model.low.layers[0].mlp.down.weight.grad for model in (one, last)]
    assert grads[0] is not None
    assert grads[1] is not None
    assert not torch.allclose(grads[0], grads[1])
    high = [model.high.layers[0].mlp.down.weight.grad for model in (one, last)]
    assert torch.equal(high[0], high[1])


def shifted(cells: int) -> torch.Tensor:
    """Two relations on a ring: the cell before, the cell after."""
    eye = torch.eye(cells, dtype=torch.bool)
    return torch.stack((eye.roll(1, 0), eye.roll(-1, 0)))


@pytest.mark.parametrize("heads", [1, 2])
def test_single_neighbours_equal_masked_attention(heads: int) -> None:
    config = replace(TINY, heads=2, relation_heads=heads)
    model = build(config)
    fast = model.geometry((1, 6), shifted(6))
    assert fast.neighbours is not None
    mask = torch.zeros(1, 2, 6, 6)
    mask[0, :heads].masked_fill_(~shifted(6)[:heads], -torch.inf)
    slow = Geometry(mask=mask)
    x = torch.randn(3, 6, 16, generator=torch.Generator().manual_seed(5))
    attention = model.low.layers[0].attention
    assert attention is not None
    torch.testing.assert_close(attention(x, fast), attention(x, slow))


def test_relation_heads_are_blind_elsewhere() -> None:
    """With every head confined to its own block, a change outside the block changes nothing."""
    blocks = torch.block_diag(torch.ones(3, 3), torch.ones(3, 3)).bool()[None].repeat(4, 1, 1)
    model = build(replace(TINY, relation_heads=4))
    geometry = model.geometry((2, 3), blocks)
    here, there = tokens(1, 6), tokens(1, 6)
    there[0, 3:] = (there[0, 3:] + 1) % 7
    with torch.inference_mode():
        outs = [
            model.segment(model.initial_carry((1, 6)), t, geometry=geometry) for t in (here, there)
        ]
    torch.testing.assert_close(outs[0].logits[:, :3], outs[1].logits[:, :3])
    assert not torch.allclose(outs[0].logits[:, 3:], outs[1].logits[:, 3:])


def test_missing_relations_are_named() -> None:
    with pytest.raises(ValueError, match="needs 3 relations"):
        build(replace(TINY, relation_heads=3)).geometry((2, 3), shifted(6))


def test_observer_sees_every_update() -> None:
    seen: list[str] = []
    model = build(replace(TINY, high_cycles=3, low_cycles=2))
    with torch.inference_mode():
        model.segment(
            model.initial_carry((1, 6)),
            tokens(1, 6),
            observer=lambda level, before, after: seen.append(level),
        )
    assert seen == ["low", "low", "high"] * 3


def test_memory_of_a_segment_is_in_its_carry() -> None:
    """Two segments from one carry agree: nothing is kept in the model."""
    model = build(TINY)
    carry = model.initial_carry((2, 6))
    with torch.inference_mode():
        first = model.segment(carry, tokens(2, 6))
        again = model.segment(carry, tokens(2, 6))
    assert torch.equal(first.logits, again.logits)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("hidden", 15, "hidden 15 is not a multiple of heads 4"),
        ("heads", 0, "heads must be at least 1"),
        ("relation_heads", 9, "relation_heads 9 exceeds heads 4"),
        ("positions", "circular", "positions must be one of"),
        ("low_cycles", 0, "low_cycles must be at least 1"),
        ("vocabulary", True, "vocabulary must be a whole number"),
        ("norm_eps", -1.0, "norm_eps must be a positive number"),
        ("puzzle_width", 3, "does not fit a prefix"),
    ],
)
def test_impossible_configurations_are_refused_by_name(
    field: str, value: object, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        HRMConfig.from_mapping({**asdict(TINY), field: value})


def test_unknown_fields_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unknown configuration field 'depth'"):
        HRMConfig.from_mapping({**asdict(TINY), "depth": 3})
