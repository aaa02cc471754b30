"""The model's promises: shapes, gradient scope, relations, and fast paths equal to slow ones."""

from __future__ import annotations

from dataclasses import asdict, replace
from itertools import product
from typing import Literal, TypeAlias, get_args

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from hrm.model.config import HRMConfig
from hrm.model.geometry import Geometry
from hrm.model.hrm import HRM
from hrm.model.layers import Attention, rotate
from puzzles.contract.relations import Relations

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
    "puzzle on every cell": replace(TINY, puzzle_ids=3, puzzle_width=16),
    "wide heads": replace(TINY, head_width=6, positions="rope"),
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


PARTS = ("mask", "neighbours", "groups", "shares", "features")


Ints: TypeAlias = NDArray[np.int64]


def drawn(rows: int, pointers: int, groups: int) -> Relations:
    """Of six cells, different in each row."""
    rng = np.random.default_rng(4)
    return Relations(
        rng.integers(6, size=(rows, pointers, 6)),
        rng.integers(3, size=(rows, groups, 6)),
        rng.random((rows, 6, 4), dtype=np.float32),
    )


def looking(pointers: Ints, groups: Ints) -> Relations:
    """Without features."""
    return Relations(pointers, groups, np.zeros((1, groups.shape[-1], 0), np.float32))


def seen_by(config: HRMConfig, relations: Relations, row: int, head: int, asking: int) -> list[int]:
    """The positions that a head sees from position `asking`, a prefix before six cells."""
    row = row if len(relations.pointers) > 1 else 0
    prefix, cell = config.prefix, asking - config.prefix
    everything = list(range(prefix + 6))
    if head >= config.relation_heads:
        return everything
    pointers, groups = relations.pointers[row], relations.groups[row]
    if head < len(pointers):
        return [asking if cell < 0 else prefix + int(pointers[head, cell])]
    group = groups[head - len(pointers)]
    if config.relation_mix == "mean":
        alike = [prefix + other for other in range(6) if group[other] == group[cell]]
        return [asking] if cell < 0 else alike
    return [
        there
        for there in everything
        if min(there, asking) < prefix or group[there - prefix] == group[cell]
    ]


def attention_of(model: HRM) -> Attention:
    attention = model.low.layers[0].attention
    assert isinstance(attention, Attention)
    return attention


def slowly(model: HRM, x: Tensor, geometry: Geometry, relations: Relations) -> Tensor:
    """Attention query by query; of `geometry` only the rotary tables count."""
    attention, heads = attention_of(model), model.config.heads
    projected = F.linear(x, attention.qkv.weight).chunk(3, dim=-1)
    q, k, v = (t.view(len(x), -1, heads, t.shape[-1] // heads).transpose(1, 2) for t in projected)
    if geometry.cos is not None and geometry.sin is not None:
        q, k = (rotate(t, geometry.cos, geometry.sin) for t in (q, k))
    mixed = torch.zeros_like(q)
    for row, head, asking in product(*map(range, q.shape[:3])):
        seen = seen_by(model.config, relations, row, head, asking)
        scores = k[row, head, seen] @ q[row, head, asking] / q.shape[-1] ** 0.5
        if head < model.config.relation_heads and model.config.relation_mix == "mean":
            scores = torch.zeros_like(scores)
        mixed[row, head, asking] = scores.softmax(0) @ v[row, head, seen]
    return F.linear(mixed.transpose(1, 2).flatten(2), attention.out.weight)


def states(rows: int, positions: int) -> Tensor:
    return torch.randn(rows, positions, 16, generator=torch.Generator().manual_seed(5))


Mix: TypeAlias = Literal["attention", "mean"]
PREFIX = replace(TINY, prefix=2, puzzle_ids=1, puzzle_width=32)


@pytest.mark.parametrize("rows", [1, 3], ids=["alike", "different"])
@pytest.mark.parametrize("mix", ["attention", "mean"])
@pytest.mark.parametrize(
    "config",
    [
        TINY,
        replace(TINY, positions="rope"),
        replace(PREFIX, heads=8),
        replace(TINY, positions="rope", heads=5, head_width=6),
    ],
)
@pytest.mark.parametrize(
    ("pointers", "groups", "heads"),
    [(2, 0, 1), (2, 0, 2), (4, 0, 4), (0, 3, 3), (0, 4, 4), (2, 1, 3), (2, 2, 4), (2, 2, 3)],
)
def test_relation_heads_see_what_they_are_told(
    pointers: int, groups: int, heads: int, config: HRMConfig, mix: Mix, rows: int
) -> None:
    model = build(replace(config, relation_heads=heads, relation_mix=mix))
    relations = drawn(rows, pointers, groups)
    geometry = model.geometry((2, 3), relations)
    x = states(3, config.prefix + 6)
    wanted = slowly(model, x, geometry, relations)
    torch.testing.assert_close(attention_of(model)(x, geometry), wanted)


@pytest.mark.parametrize(
    "rows", [slice(1, 3), torch.tensor([True, False, True]), torch.tensor([2, 0])]
)
@pytest.mark.parametrize("mix", ["attention", "mean"])
def test_rows_of_a_batch_take_their_geometry_along(mix: Mix, rows: slice | Tensor) -> None:
    model = build(replace(PREFIX, positions="rope", relation_heads=3, relation_mix=mix))
    attention, x = attention_of(model), states(3, 8)
    apart, alike = (model.geometry((2, 3), drawn(n, 1, 2)) for n in (3, 1))
    for geometry in (apart, alike):
        wanted = attention(x, geometry)[rows]
        torch.testing.assert_close(attention(x[rows], geometry.take(rows)), wanted)
    few = alike.take(rows)
    assert all(getattr(few, name) is getattr(alike, name) for name in PARTS)


def test_a_slice_of_a_geometry_is_no_copy() -> None:
    found = []
    for mix in get_args(Mix):
        model = build(replace(TINY, relation_heads=2, relation_mix=mix, cell_features=4))
        geometry = model.geometry((2, 3), drawn(4, 1, 1))
        half = geometry.take(slice(2, 4))
        for name in PARTS:
            part, whole = getattr(half, name), getattr(geometry, name)
            assert (part is None) == (whole is None)
            if whole is not None:
                found.append(name)
                assert part.data_ptr() == whole[2:].data_ptr()
    assert set(found) == set(PARTS)


@pytest.mark.parametrize("config", [TINY, PREFIX, replace(TINY, relation_heads=2)])
def test_features_are_added_to_the_cells_that_have_them(config: HRMConfig) -> None:
    model = build(replace(config, cell_features=3))
    relations = drawn(2, 1, 1)
    geometry = model.geometry((2, 3), relations)
    assert geometry.features is not None
    assert geometry.features.shape == (2, 6, 3)
    inside = tokens(2, 6), torch.zeros(2, dtype=torch.int64) if config.puzzle_ids else None
    x = model.embed(*inside, replace(geometry, features=None))
    seen: list[Tensor] = []
    state = model.initial_carry((2, 6))
    hook = model.low.register_forward_pre_hook(lambda module, given: seen.append(given[1]))
    model.segment(state, *inside, geometry)
    hook.remove()
    wanted = torch.from_numpy(relations.features[..., :3]) @ model.embed_features
    added = seen[0] - state.high - x
    torch.testing.assert_close(added[:, config.prefix :], wanted)
    assert not added[:, : config.prefix].any()


def test_a_mean_over_many_cells_is_exact_enough_in_half_precision() -> None:
    config = replace(TINY, relation_heads=4, relation_mix="mean")
    everything = looking(np.zeros((1, 0, 900), np.int64), np.zeros((1, 4, 900), np.int64))
    model = build(config)
    geometry = model.geometry((30, 30), everything)
    x = states(2, 900) + 1
    wanted = attention_of(model)(x, geometry)
    got = attention_of(model)(x.bfloat16(), geometry)
    assert got.dtype == torch.bfloat16
    torch.testing.assert_close(got.float(), wanted, rtol=0.02, atol=0.02)


@pytest.mark.parametrize("pointers", [0, 4])
def test_a_gradient_from_many_cells_is_exact_enough_in_half_precision(pointers: int) -> None:
    kinds = (np.zeros((1, count, 900), np.int64) for count in (pointers, 4 - pointers))
    model = build(replace(TINY, relation_heads=4, relation_mix="mean"))
    geometry = model.geometry((30, 30), looking(*kinds))
    found = []
    for dtype in (torch.float32, torch.bfloat16):
        x = (states(1, 900) + 1).to(dtype).requires_grad_()
        attention_of(model)(x, geometry).float().square().sum().backward()
        assert x.grad is not None
        found.append(x.grad.float())
    error = (found[1] - found[0]).norm() / found[0].norm()
    assert error < 0.02


def test_relation_heads_are_blind_elsewhere() -> None:
    """With every head confined to its own block, a change outside the block changes nothing."""
    blocks = np.array([0, 0, 0, 1, 1, 1])
    groups = np.broadcast_to(blocks, (1, 4, 6)).copy()
    model = build(replace(TINY, relation_heads=4))
    geometry = model.geometry((2, 3), looking(np.zeros((1, 0, 6), np.int64), groups))
    here, there = tokens(1, 6), tokens(1, 6)
    there[0, 3:] = (there[0, 3:] + 1) % 7
    with torch.inference_mode():
        outs = [
            model.segment(model.initial_carry((1, 6)), t, geometry=geometry) for t in (here, there)
        ]
    torch.testing.assert_close(outs[0].logits[:, :3], outs[1].logits[:, :3])
    assert not torch.allclose(outs[0].logits[:, 3:], outs[1].logits[:, 3:])


@pytest.mark.parametrize("gradient", ["one_step", "last_cycle"])
def test_without_a_low_level_one_update_has_a_gradient(
    gradient: Literal["one_step", "last_cycle"],
) -> None:
    graded: list[bool] = []
    config = replace(TINY, high_layers=2, low_layers=0, high_cycles=3, gradient=gradient)
    model = build(config)
    tokens = torch.ones(1, 6, dtype=torch.int64)
    model.segment(
        model.initial_carry(tokens.shape),
        tokens,
        observer=lambda level, before, after: graded.append(after.requires_grad),
    )
    assert graded == [False, False, True]


def test_missing_relations_are_named() -> None:
    with pytest.raises(ValueError, match="relation_heads=3, the canvas"):
        build(replace(TINY, relation_heads=3)).geometry((2, 3), drawn(1, 1, 1))


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
        ("norm_eps", -1.0, "norm_eps must be a number"),
        ("puzzle_ids", 3, "puzzle_width must be 16 here, not 0"),
    ],
)
def test_impossible_configurations_are_refused_by_name(
    field: str, value: object, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        HRMConfig.from_mapping({**asdict(TINY), field: value})


def test_a_puzzle_that_does_not_fit_its_prefix_is_refused() -> None:
    with pytest.raises(ValueError, match="puzzle_width 33 does not fit a prefix"):
        replace(PREFIX, puzzle_width=33)


def test_a_prefix_that_no_head_sees_is_refused() -> None:
    with pytest.raises(ValueError, match="relation_mix mean takes no prefix"):
        replace(PREFIX, relation_heads=PREFIX.heads, relation_mix="mean")


def test_unknown_fields_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unknown configuration field 'depth'"):
        HRMConfig.from_mapping({**asdict(TINY), "depth": 3})
