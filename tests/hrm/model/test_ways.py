"""A state for each open way out of a cell: turning a maze turns its answer, and rows do not mix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from hypothesis import given
from hypothesis import strategies as st
from passes import require_same_as_plain
from torch import Tensor

from hrm.errors import ModelError
from hrm.model.checkpoint import load_model
from hrm.model.config import HRMConfig
from hrm.model.flops import work
from hrm.model.hrm import HRM
from hrm.model.ways import OpenWays, WayLayer
from hrm.solving.accuracy import outcomes
from hrm.solving.thinking import Rollout
from hrm.training.objective import segment_loss
from hrm.training.optim import optimizers
from hrm.training.presets import preset
from puzzles import domain
from puzzles.contract.tokens import Tokens
from puzzles.maze.puzzle import PATH, STEPS, WALL, Maze
from puzzles.text.text_grid import DIHEDRAL, Dihedral

MAZE = domain("maze")
CONFIG = replace(tiny.MAZE, heads=4, relation_heads=0, ways=4, high_cycles=2, low_cycles=2)
MAZES = (
    Maze(("S   #", "# # #", "#   G", "#####", "#  # ")),
    Maze(("#####", "#S G ", "#####", "  # #", "# #  ")),
    Maze(("G    ", "     ", "     ", "     ", "    S")),
)


def tokens_of(mazes: tuple[Maze, ...] = MAZES) -> Tokens:
    return np.stack([maze.tokens() for maze in mazes])


def thought(model: HRM, tokens: Tokens) -> tuple[Tensor, Tensor]:
    """Logits (B, height, width, V) and q_halt of two segments."""
    geometry = model.geometry(tokens.shape[1:], MAZE.relations(tokens))
    flat = torch.from_numpy(tokens.reshape(len(tokens), -1).astype(np.int64))
    carry = model.initial_carry(flat.shape, geometry)
    carry = model.segment(carry, flat, None, geometry).carry
    out = model.segment(carry, flat, None, geometry)
    return out.logits.view(*tokens.shape, -1), out.q_halt


def open_ways(tokens: Tokens) -> OpenWays:
    geometry = tiny.build(CONFIG).geometry(tokens.shape[1:], MAZE.relations(tokens))
    return OpenWays.of(geometry, len(tokens))


def test_open_ways_lead_back_and_forth() -> None:
    tokens = tokens_of()
    ways = open_ways(tokens)
    height, width = tokens.shape[1:]
    free = (tokens != WALL).reshape(-1)
    number = torch.arange(len(ways.places))
    assert torch.equal(ways.back[ways.back], number)
    assert set(ways.cells.tolist()) == set(np.flatnonzero(free).tolist())
    for way in number.tolist():
        cell, back = int(ways.cells[way]), int(ways.back[way])
        others = {int(other) for other in ways.others[way]}
        together = set(torch.nonzero(ways.cells == cell).flatten().tolist())
        assert int(ways.degree[way]) == len(together)
        assert int(ways.first[way]) == min(together)
        assert others == (together - {way} or {way})
        assert bool(ways.alone[way]) == (len(together) == 1)
        down, right = STEPS[int(ways.ways[way])]
        next_cell = cell if back == way else cell + down * width + right
        assert int(ways.cells[back]) == next_cell
        assert next_cell // (height * width) == cell // (height * width)


def test_states_are_packed_without_those_of_walls() -> None:
    ways = open_ways(tokens_of())
    states = torch.randn(3, 100, 6, generator=torch.Generator().manual_seed(1))
    packed = ways.pack(states)
    again = ways.unpack(packed)
    assert torch.equal(ways.pack(again), packed)
    assert int((again != 0).any(-1).sum()) == len(packed) < 300


@pytest.mark.parametrize("in_cache", [120_000, 1])
def test_the_written_out_passes_agree_with_autograd(
    in_cache: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hrm.model.way_passes.IN_CACHE", in_cache)  # all rows, or one at a time
    monkeypatch.setattr("hrm.model.layers.LARGE", 0)
    layer = WayLayer(16, 4, 24, eps=1e-5, generator=torch.Generator().manual_seed(3))
    ways = open_ways(tokens_of())
    generator = torch.Generator().manual_seed(4)
    state, pull = torch.randn(2, len(ways.places), 16, generator=generator)
    require_same_as_plain(layer, ways, state, pull)


def test_a_way_hears_nothing_of_what_it_said() -> None:
    """What a way says reaches the ways it leads to, and comes back through its own cell only."""
    corridor = Maze(("S       G",))
    ways = open_ways(tokens_of((corridor,)))
    layer = WayLayer(16, 4, 24, eps=1e-5, generator=torch.Generator().manual_seed(3))
    x = torch.randn(len(ways.places), 16, generator=torch.Generator().manual_seed(6))
    with torch.inference_mode():
        before = layer(x, ways)
        x[ways.cells == 4] += 1.0
        changed = (layer(x, ways) - before).abs().amax(1) > 1e-6
    assert set(ways.cells[changed].tolist()) == {3, 4, 5}


@given(st.sampled_from(DIHEDRAL))
def test_turning_a_maze_turns_the_answer(symmetry: Dihedral) -> None:
    model = tiny.build(CONFIG)
    model.embed_ways.way.zero_()
    tokens = tokens_of()
    turned = np.stack([np.ascontiguousarray(symmetry.apply(grid)) for grid in tokens])
    (logits, q_halt), (again, q_again) = thought(model, tokens), thought(model, turned)
    for one, other in zip(logits, again, strict=True):
        for token in range(6):
            moved = symmetry.apply(one[..., token].numpy())
            np.testing.assert_allclose(other[..., token].numpy(), moved, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(q_again, q_halt, rtol=1e-4, atol=1e-4)


def test_the_vector_of_a_way_tells_left_from_right() -> None:
    model = tiny.build(CONFIG)
    model.embed_ways.way.normal_(generator=torch.Generator().manual_seed(1))
    tokens = tokens_of()
    mirrored = tokens[:, :, ::-1].copy()
    assert not torch.allclose(thought(model, tokens)[1], thought(model, mirrored)[1], atol=1e-3)


def test_rows_of_a_batch_do_not_mix() -> None:
    model, tokens = tiny.build(CONFIG), tokens_of()
    logits, q_halt = thought(model, tokens)
    for row in range(len(tokens)):
        alone, q_alone = thought(model, tokens[row : row + 1])
        torch.testing.assert_close(alone[0], logits[row], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(q_alone[0], q_halt[row], rtol=1e-4, atol=1e-5)


def test_a_dropped_row_takes_its_ways_along() -> None:
    model = tiny.build(CONFIG)
    together, apart = (Rollout(model, MAZE, mazes) for mazes in (MAZES, MAZES[1:]))
    together.segment()
    apart.segment()
    together.keep(np.array([False, True, True]))
    one, other = together.segment(), apart.segment()
    np.testing.assert_allclose(one.q_halt, other.q_halt, rtol=1e-4)
    assert np.array_equal(one.tokens, other.tokens)


def test_an_observer_sees_all_states() -> None:
    model, shapes = tiny.build(CONFIG), []

    def see(level: str, before: Tensor, after: Tensor) -> None:
        shapes.append((level, tuple(before.shape), tuple(after.shape)))

    Rollout(model, MAZE, MAZES).segment(see)
    assert len(shapes) == 6
    assert {shape for _, *both in shapes for shape in both} == {(3, 100, 16)}


def test_operations_are_those_of_open_ways() -> None:
    tokens = tokens_of()
    geometry = tiny.build(CONFIG).geometry((5, 5), MAZE.relations(tokens))
    assert geometry.vectors == pytest.approx(len(open_ways(tokens).places) / 75)
    few, all_open = (work(CONFIG, MAZE, (5, 5), states=count) for count in (geometry.vectors, 4))
    assert few.forward < work(CONFIG, MAZE, (5, 5)).forward == all_open.forward


@pytest.mark.parametrize("name", ["relation_heads", "cell_features", "puzzle_ids", "symbols"])
def test_ways_stand_alone(name: str) -> None:
    with pytest.raises(ValueError, match=f"with ways, {name} must be 0, not 1"):
        replace(CONFIG, **{name: 1})


def test_a_puzzle_without_ways_is_refused() -> None:
    sudoku = domain("sudoku")
    model = tiny.build(HRMConfig(**{**_settings(CONFIG), "vocabulary": 11}))
    with pytest.raises(ModelError, match="ways=4, sudoku 0 ways out of each cell"):
        Rollout(model, sudoku, [sudoku.find("hard")[0]])


def _settings(config: HRMConfig) -> dict[str, object]:
    return {name: getattr(config, name) for name in config.__dataclass_fields__}


def test_the_preset_learns_a_maze() -> None:
    """The shortest path round a wall, within seconds."""
    config = preset("mini", "maze", steps=60, warmup=5)
    model = HRM(config.model, torch.Generator().manual_seed(0))
    tokens = tokens_of(MAZES[:2])
    flat = torch.from_numpy(tokens.reshape(2, -1).astype(np.int64))
    labels = flat.clone()
    for row, cells in enumerate(((1, 2, 3, 8, 13), (7,))):
        labels[row, list(cells)] = PATH
    labels[flat == WALL] = -100
    geometry = model.geometry((5, 5), MAZE.relations(tokens))
    steppers = optimizers(model, config)
    carry = model.initial_carry(flat.shape, geometry)
    for _ in range(60):
        out = model.segment(carry, flat, None, geometry)
        loss = segment_loss(out, labels, loss="softmax")
        (loss.total / 2).backward()  # type: ignore[no-untyped-call]
        for stepper in steppers:
            stepper.step()
            stepper.zero_grad()
    assert loss.exact.all()


def test_a_trained_model_still_solves_mazes() -> None:
    """`hrm train --task maze --minutes 45 --threads 1 --seed 1 --set hidden=48 --set heads=3 --set
    intermediate=96 --set max_segments=12 --set mix=11:0.2,15:0.4,21:0.2,30:0.2`, then from it
    `--minutes 100 --seed 2 --set max_segments=16 --set mix=15:0.3,21:0.25,30:0.45`, and `hrm models
    average` of its step 5,046 and, twice, of its end."""
    model = load_model(Path(__file__).with_name("maze-ways.safetensors"))
    rng = np.random.default_rng(11)
    mazes = [MAZE.generate(rng, "medium") for _ in range(30)]
    found = list(outcomes(model, MAZE, mazes, 16, rules=True))
    assert all(one.confirmed for one in found)
    assert sum(one.segments for one in found) < 60
