"""Interchangeable symbols: what is done to a puzzle is done to its answer, on grids of any size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tiny
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from passes import require_same_as_plain
from torch import Tensor

from hrm.model import kernels
from hrm.model.config import HRMConfig
from hrm.model.flops import work
from hrm.model.geometry import Geometry, number_groups, sharpness_of
from hrm.model.hrm import RULED_OUT
from hrm.model.symbols import SymbolLayer, kinds
from hrm.training.objective import segment_loss
from hrm.training.optim import optimizers
from hrm.training.presets import preset
from puzzles.contract.relations import Relations
from puzzles.sudoku.bulk import random_symmetries
from puzzles.sudoku.domain import SudokuDomain

SUDOKU = SudokuDomain()
CONFIG = replace(
    tiny.SUDOKU,
    heads=2,
    high_cycles=2,
    relation_heads=5,
    relation_mix="mean",
    symbols=9,
    gradient="last_cycle",
)


def boxes(height: int, width: int) -> Relations:
    """Of a Sudoku whose boxes have this size, by rows, columns, boxes and what those share."""
    side = height * width
    row, column = np.divmod(np.arange(side * side), side)
    box = row // height * height + column // width
    groups = np.stack((row, column, box, row * side + box, column * side + box))
    nothing = np.zeros((1, 0, side * side), np.int64)
    features = np.zeros((1, side * side, 0), np.float32)
    return Relations(nothing, groups[None], features, symbols=side)


def givens(count: int, side: int = 9) -> NDArray[np.uint8]:
    """Tokens (count, cells): a third of the cells are given, by any symbol."""
    rng = np.random.default_rng(5)
    tokens = rng.integers(2, side + 2, (count, side * side))
    return np.where(rng.random(tokens.shape) < 0.3, tokens, 1).astype(np.uint8)


def answer(tokens: NDArray[Any], relations: Relations | None = None, shape: int = 9) -> Tensor:
    """Logits (B, L, S + 2) after two segments of a random model."""
    model = tiny.build(CONFIG)
    board = torch.from_numpy(tokens.astype(np.int64))
    geometry = model.geometry((shape, shape), relations or SUDOKU.relations(np.zeros((1, 9, 9))))
    carry = model.initial_carry(board.shape, geometry)
    out = model.segment(carry, board, geometry=geometry)
    return model.segment(out.carry, board, geometry=geometry).logits


def layer_and_geometry() -> tuple[SymbolLayer, Geometry]:
    """A layer of two relations, the second one with a cell that is in no group of it."""
    groups = np.array(
        [[[0, 0, 2, 2, 2, 5], [0, 1, 0, 1, -1, 1]], [[0, 1, 1, 3, 3, 3], [0, 0, 0, 3, 3, -1]]]
    )
    members, counts = number_groups(groups)
    layer = SymbolLayer(16, 2, 3, 24, eps=1e-5, generator=torch.Generator().manual_seed(3))
    return layer, Geometry(members=torch.from_numpy(members), counts=counts, symbols=4)


@pytest.mark.parametrize("rows", [slice(0, 2), slice(1, 2)])
def test_the_written_out_passes_agree_with_autograd(rows: slice) -> None:
    layer, geometry = layer_and_geometry()
    geometry = geometry.take(rows)
    count = rows.stop - rows.start
    generator = torch.Generator().manual_seed(4)
    state = torch.randn(count, 24, 16, generator=generator)
    pull = torch.randn(count, 24, 16, generator=generator)
    require_same_as_plain(layer, geometry, state, pull)


def test_a_batch_in_parts_is_the_same_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, geometry = layer_and_geometry()
    x = torch.randn(7, 24, 16, generator=torch.Generator().manual_seed(6))
    alone = geometry.take(slice(0, 1))
    whole = layer(x, alone)
    monkeypatch.setattr("hrm.model.symbol_passes.IN_CACHE", 3 * 24 * 24)
    torch.testing.assert_close(layer(x, alone), whole, rtol=1e-5, atol=1e-6)
    with torch.inference_mode():
        torch.testing.assert_close(layer(x, alone), whole, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(layer(x[:1], alone), whole[:1], rtol=1e-4, atol=1e-5)


def test_a_large_puzzle_alone_is_worth_the_compiled_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, geometry = layer_and_geometry()
    x = torch.randn(1, 24, 16, generator=torch.Generator().manual_seed(6))
    geometry = geometry.take(slice(0, 1))
    with torch.inference_mode():
        slow = layer(x, geometry)
        assert torch.equal(slow, layer.plain(x, geometry))
        monkeypatch.setattr("hrm.model.layers.LARGE", 24)
        monkeypatch.delattr(SymbolLayer, "plain")
        torch.testing.assert_close(layer(x, geometry), slow, rtol=1e-4, atol=1e-5)


def test_the_kernels_know_silu_and_the_exponential_function() -> None:
    wide = np.linspace(-80, 80, 6400, dtype=np.float32).reshape(100, 64)
    ones, out = np.ones_like(wide), np.empty_like(wide)
    kernels.gate_up(wide, ones, out)
    np.testing.assert_allclose(out, F.silu(torch.from_numpy(wide)).numpy(), rtol=1e-5, atol=1e-6)
    scores = np.linspace(-20, 20, 640, dtype=np.float32).reshape(10, 64)
    expected = np.exp(scores.clip(-15, 15).astype(np.float64))
    kernels.exponential(scores, 15.0)
    np.testing.assert_allclose(scores, expected, rtol=1e-5)


def test_relabelled_symbols_and_moved_cells_move_the_answer_along() -> None:
    tokens = givens(2)
    (relabel,), (source,) = random_symmetries(np.random.default_rng(8), 1)
    # a transposition makes rows of columns, which have weights of their own
    if source.reshape(9, 9)[0, 1] // 9 != source[0] // 9:
        source = source.reshape(9, 9).T.ravel()
    moved = np.where(tokens > 1, relabel[tokens - 1] + 1, 1)[:, source]
    before, after = answer(tokens), answer(moved)
    expected = torch.empty_like(before)
    expected[..., :2] = before[..., :2]
    for digit in range(1, 10):
        expected[..., relabel[digit] + 1] = before[..., digit + 1]
    torch.testing.assert_close(after, expected[:, source], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("height", "width"), [(2, 2), (2, 3), (4, 4), (5, 5)])
def test_the_same_weights_serve_grids_of_other_sizes(height: int, width: int) -> None:
    side = height * width
    logits = answer(givens(2, side), boxes(height, width), side)
    assert logits.shape == (2, side * side, side + 2)
    assert bool((logits[..., :2] == RULED_OUT).all())
    assert bool(logits[..., 2:].isfinite().all())


def test_cells_are_told_what_is_given() -> None:
    flags = kinds(torch.tensor([[1, 3, 0]]), 3, 2).view(1, 3, 3, 3)
    blank, here, other = (1, 0, 0), (0, 1, 0), (0, 0, 1)
    assert flags.int().tolist() == [[[[*blank]] * 3, [[*other], [*here], [*other]], [[*blank]] * 3]]


def test_groups_are_numbered_one_relation_after_the_other() -> None:
    members, counts = number_groups(np.array([[[2, 2, 1], [0, -1, 0]], [[0, 1, 2], [1, 1, 1]]]))
    assert counts == (3, 1)
    assert members.tolist() == [[[1, 1, 0], [3, -1, 3]], [[0, 1, 2], [3, 3, 3]]]


def test_what_is_no_symbol_costs_nothing_and_is_never_said() -> None:
    model = tiny.build(CONFIG).requires_grad_()
    tokens = torch.from_numpy(givens(2).astype(np.int64))
    geometry = model.geometry((9, 9), SUDOKU.relations(np.zeros((1, 9, 9))))
    out = model.segment(model.initial_carry(tokens.shape), tokens, geometry=geometry)
    assert bool((out.logits.argmax(-1) >= 2).all())
    for loss in ("softmax", "stablemax"):
        labels = torch.full((2, 81), 4)
        total = segment_loss(out, labels, loss=loss).total  # type: ignore[arg-type]
        (grad,) = torch.autograd.grad(total, model.lm_head.weight, retain_graph=True)
        assert bool(grad.isfinite().all())
        assert 0 < total.item() < 100


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"positions": "rope2d", "hidden": 16}, "positions must be none"),
        ({"relation_mix": "attention"}, "relation_mix must be mean"),
        ({"halt_reads": "first"}, "halt_reads must be mean"),
        ({"puzzle_ids": 2, "puzzle_width": 16}, "puzzle_ids must be 0"),
        ({"symbols": 11}, "symbols 11 must be fewer than the vocabulary 11"),
    ],
)
def test_what_symbols_do_not_go_with_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        HRMConfig(**{**_fields(CONFIG), **change})


def _fields(config: HRMConfig) -> dict[str, Any]:
    return {name: getattr(config, name) for name in config.__dataclass_fields__}


def test_scores_are_not_moved_as_a_matrix() -> None:
    model = tiny.build(CONFIG).requires_grad_()
    muon, adam = optimizers(model, preset("mini", "sudoku", steps=1))
    of_adam = {id(p) for group in adam.param_groups for p in group["params"]}
    assert all(id(p) in of_adam for name, p in model.named_parameters() if "scores" in name)
    assert all(p.ndim == 2 for group in muon.param_groups for p in group["params"])


def test_operations_are_counted() -> None:
    """By hand: a layer of width 16 and inner width 24 on 729 states, three relations of 9 groups
    and two of 27, two heads."""
    states, places = 729, 81 * 9 + 81
    layer = 2 * 16 * (2 * 6 * states * 2 + places * 2 * 16) + 6 * states * 16 * 24
    cycles = 2 * 2 * layer
    assert work(CONFIG, SUDOKU, (9, 9)).forward == cycles + 2 * states * 16


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 5), st.integers(1, 12))
def test_groups_are_numbered_as_a_loop_would(seed: int, count: int, kinds: int, cells: int) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(-1, cells, (count, kinds, cells))
    members, counts = number_groups(groups)
    first = 0
    for relation in range(kinds):
        most = 0
        for row in range(count):
            names = sorted(set(groups[row, relation].tolist()) - {-1})
            numbers = {name: first + i for i, name in enumerate(names)} | {-1: -1}
            expected = [numbers[name] for name in groups[row, relation].tolist()]
            assert members[row, relation].tolist() == expected
            most = max(most, len(names))
        assert counts[relation] == most
        first += most


def test_further_groups_are_heard_with_the_weights_of_the_regions() -> None:
    """A diagonal in place of a region is the same to the model as one beside it that has no cell of
    any region."""
    side = 4
    usual = boxes(2, 2)
    empty = np.full((1, 1, side * side), -1, np.int64)
    diagonal = empty.copy()
    diagonal[0, 0, [0, 5, 10, 15]] = 0
    beside = replace(usual, groups=np.concatenate((usual.groups, diagonal), 1), shared=2)
    tokens = givens(1, side)
    assert not torch.equal(answer(tokens, beside, side), answer(tokens, usual, side))
    unheard = replace(beside, shared=-1)
    nobody = replace(beside, groups=np.concatenate((usual.groups, empty), 1))
    for same in (unheard, nobody):
        assert torch.equal(answer(tokens, same, side), answer(tokens, usual, side))
    in_place = usual.groups.copy()
    in_place[0, 2] = diagonal[0, 0]
    without = usual.groups.copy()
    without[0, 2] = -1
    moved = Relations(
        usual.pointers, np.concatenate((without, diagonal), 1), usual.features, side, 2
    )
    there = replace(usual, groups=in_place)
    torch.testing.assert_close(answer(tokens, moved, side), answer(tokens, there, side))


def test_the_passes_agree_with_autograd_where_weights_are_shared() -> None:
    layer, geometry = layer_and_geometry()
    assert geometry.members is not None
    members = torch.cat((geometry.members, geometry.members[:, :1] + sum(geometry.counts)), 1)
    counts = (*geometry.counts, geometry.counts[0])
    geometry = replace(geometry, members=members, counts=counts, slots=(0, 1, 1))
    state = torch.randn(2, 24, 16, generator=torch.Generator().manual_seed(4))
    found = []
    for forward in (layer.forward, layer.plain):
        layer.zero_grad()
        forward(state, geometry).square().sum().backward()
        found.append([p.grad for p in layer.parameters()])
    for fast, slow in zip(*found, strict=True):
        torch.testing.assert_close(fast, slow, rtol=2e-3, atol=2e-4)


def test_scores_are_sharper_where_groups_are_larger() -> None:
    assert sharpness_of(9, 9) == sharpness_of(4, 9) == sharpness_of(0, 9) == 1.0
    assert sharpness_of(25, 5) == pytest.approx(2.0)
    layer, geometry = layer_and_geometry()
    state = torch.randn(2, 24, 16, generator=torch.Generator().manual_seed(4))
    sharp = replace(geometry, sharpness=1.5)
    for forward in (layer.forward, layer.plain):
        found = forward(state, sharp)
        assert not torch.allclose(found, forward(state, geometry))
        with torch.no_grad():
            layer.scores.mul_(1.5)
        torch.testing.assert_close(forward(state, geometry), found)
        with torch.no_grad():
            layer.scores.div_(1.5)
