"""A state for each token that an answer may have: permuting colours permutes the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch
from hypothesis import given
from hypothesis import strategies as st
from passes import require_same_as_plain
from torch import Tensor

from hrm.model.choices import ChoiceLayer
from hrm.model.geometry import Geometry
from hrm.model.hrm import HRM, RULED_OUT
from hrm.training.objective import segment_loss
from hrm.training.optim import Muon, optimizers
from hrm.training.presets import preset
from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import COLOURS, END, FIRST_COLOUR, PAD, grid_tokens
from puzzles.contract.tokens import Tokens

ARC = ArcDomain()
CONFIG = replace(
    tiny.CHOICES,
    high_cycles=2,
    low_cycles=2,
    gradient="last_cycle",
    puzzle_ids=2,
    puzzle_width=16 * 12,
)
GRID = ((0, 3, 3, 0), (0, 3, 5, 0), (5, 5, 0, 8))
CANVAS = (5, 5)


def build() -> HRM:
    """A random model whose puzzle embedding says something of the first puzzle."""
    model = tiny.build(CONFIG)
    with torch.no_grad():
        model.puzzle_embedding[0, :16].normal_(generator=torch.Generator().manual_seed(1))
    return model


def answers(model: HRM, tokens: Tokens, choices: tuple[int, ...]) -> Tensor:
    """Logits (1, L, V) of two segments on one canvas."""
    rules = np.array(choices, np.uint8)[None, None]
    geometry = model.geometry(CANVAS, ARC.relations(tokens[None], rules))
    flat = torch.from_numpy(tokens.reshape(1, -1).astype(np.int64))
    ids, carry = torch.zeros(1, dtype=torch.int64), model.initial_carry(flat.shape, geometry)
    out = model.segment(carry, flat, ids, geometry)
    return model.segment(out.carry, flat, ids, geometry).logits


def layer_and_geometry() -> tuple[ChoiceLayer, Geometry]:
    """A layer of two pointers and one group, two rows of six cells with three choices."""
    generator = torch.Generator().manual_seed(3)
    near = torch.randint(6, (2, 2, 6), generator=generator)
    groups = torch.tensor([[[0, 0, 2, 2, 2, 5]], [[0, 1, 1, 1, 1, 0]]])
    shares = torch.tensor([[2.0, 2, 3, 3, 3, 1], [2, 4, 4, 4, 4, 2]]).reciprocal()[:, None]
    geometry = Geometry(neighbours=near, groups=groups, shares=shares, symbols=3)
    return ChoiceLayer(16, 4, 4, 24, eps=1e-5, generator=generator), geometry


@pytest.mark.parametrize("rows", [slice(0, 2), slice(1, 2)])
def test_the_written_out_passes_agree_with_autograd(
    rows: slice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hrm.model.choice_passes.IN_CACHE", 18 * 16)  # a row at a time
    layer, geometry = layer_and_geometry()
    geometry = geometry.take(rows)
    generator = torch.Generator().manual_seed(4)
    state, pull = torch.randn(2, 2, 18, 16, generator=generator)
    require_same_as_plain(layer, geometry, state, pull)


def test_a_layer_without_pointers_or_groups_hears_its_cell_only() -> None:
    layer = ChoiceLayer(16, 1, 4, 24, eps=1e-5, generator=torch.Generator().manual_seed(3))
    x = torch.randn(2, 18, 16, generator=torch.Generator().manual_seed(6))
    alone = Geometry(symbols=3)
    with torch.inference_mode():
        out = layer(x, alone)
        torch.testing.assert_close(out, layer.plain(x, alone), rtol=1e-4, atol=1e-5)
        x[:, 9:] = 0
        torch.testing.assert_close(layer(x, alone)[:, :9], out[:, :9], rtol=1e-4, atol=1e-5)


def test_heads_of_another_width_take_the_plain_way() -> None:
    layer = ChoiceLayer(16, 4, 8, 24, eps=1e-5, generator=torch.Generator().manual_seed(3))
    _, geometry = layer_and_geometry()
    x = torch.randn(2, 18, 16, generator=torch.Generator().manual_seed(6))
    assert torch.equal(layer(x, geometry), layer.plain(x, geometry))


@given(st.permutations(range(1, COLOURS)))
def test_exchanging_colours_exchanges_the_answer(order: list[int]) -> None:
    model, to = build(), np.array([PAD, END, FIRST_COLOUR, *(c + FIRST_COLOUR for c in order)])
    tokens = grid_tokens(GRID, CANVAS)
    choices = (1, 2, 5, 7, 10)
    logits = answers(model, tokens, choices)
    drawn = to[tokens].astype(np.uint8)
    moved = answers(model, drawn, tuple(to[list(choices)].tolist()))
    torch.testing.assert_close(moved[..., torch.from_numpy(to)], logits, rtol=1e-4, atol=1e-4)


def test_the_order_of_the_choices_does_not_matter() -> None:
    model, tokens = build(), grid_tokens(GRID, CANVAS)
    one, two = (answers(model, tokens, some) for some in ((1, 2, 5, 7, 10), (7, 1, 10, 5, 2)))
    torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-4)


def test_only_choices_are_answers_and_padding_counts_as_an_end_mark() -> None:
    model, tokens = build(), grid_tokens(GRID, CANVAS)
    logits = answers(model, tokens, (1, 2, 5, 7, 10))
    ruled_out = logits[0, 0] == RULED_OUT
    assert ruled_out.nonzero().flatten().tolist() == [0, 3, 4, 6, 8, 9, 11]
    padded = np.where(tokens == END, PAD, tokens).astype(np.uint8)
    assert torch.equal(answers(model, padded, (1, 2, 5, 7, 10)), logits)


def test_a_puzzle_can_name_a_colour() -> None:
    model, tokens = build(), grid_tokens(GRID, CANVAS)
    before = answers(model, tokens, (1, 2, 5, 7, 10))
    with torch.no_grad():  # the vector of colour 1, which is no choice, and of colour 3
        model.puzzle_embedding[0, 16 * 3 : 16 * 4] += 1
        torch.testing.assert_close(answers(model, tokens, (1, 2, 5, 7, 10)), before)
        model.puzzle_embedding[0, 16 * 5 : 16 * 6] += 1
    assert not torch.allclose(answers(model, tokens, (1, 2, 5, 7, 10)), before, atol=1e-2)


def test_without_rules_every_colour_is_a_choice() -> None:
    model = build()
    geometry = model.geometry(CANVAS, ARC.relations(grid_tokens(GRID, CANVAS)[None]))
    assert geometry.choices is not None
    assert geometry.choices.tolist() == [[1, *range(2, 12)]]
    assert geometry.symbols == CONFIG.states == 11
    assert model.initial_carry((1, 25), geometry).high.shape == (1, 25 * 11, 16)
    assert model.initial_carry((1, 25)).high.shape == (1, 25 * 11, 16)


def test_all_weights_of_the_stacks_are_for_muon_and_every_weight_gets_a_gradient() -> None:
    config = preset("mini", "arc", steps=1, puzzle_ids=2)
    model = HRM(config.model)
    muon = optimizers(model, config)[0]
    assert isinstance(muon, Muon)
    stacks = sum(p.numel() for p in (*model.high.parameters(), *model.low.parameters()))
    assert sum(p.numel() for group in muon.param_groups for p in group["params"]) == stacks
    tokens = grid_tokens(GRID, CANVAS)
    flat = torch.from_numpy(tokens.reshape(1, -1).astype(np.int64))
    geometry = model.geometry(CANVAS, ARC.relations(tokens[None]))
    carry = model.initial_carry(flat.shape, geometry)
    out = model.segment(carry, flat, torch.zeros(1, dtype=torch.int64), geometry)
    labels = torch.where(flat == PAD, -100, flat)
    segment_loss(out, labels, loss="softmax", halting_weight=1.0).total.sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"symbols": 0}, "choices need symbols"),
        ({"puzzle_width": 16}, "puzzle_width must be 192 here, not 16"),
        ({"relation_mix": "attention"}, "relation_mix must be mean"),
    ],
)
def test_settings_that_do_not_fit_are_named(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(CONFIG, **change)  # type: ignore[arg-type]
