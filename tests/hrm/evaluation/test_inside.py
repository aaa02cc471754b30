"""The measures of `hrm analyze` against cases whose answers are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch

from hrm.evaluation.inside import Moments, look_inside, main_components
from puzzles.contract.tokens import IGNORE
from puzzles.maze.domain import MazeDomain
from puzzles.sudoku.domain import SudokuDomain
from puzzles.sudoku.puzzle import Sudoku


def sudokus(count: int) -> list[Sudoku]:
    rng = np.random.default_rng(4)
    return [SudokuDomain().generate(rng, "easy") for _ in range(count)]


@pytest.mark.parametrize("dimensions", [1, 3, 8])
def test_states_that_vary_alike_in_k_directions_have_ratio_k(dimensions: int) -> None:
    generator = torch.Generator().manual_seed(0)
    states = torch.zeros(40_000, 8, dtype=torch.float64)
    states[:, :dimensions] = torch.randn(40_000, dimensions, generator=generator).double()
    halves = Moments.of(states[:9]) + Moments.of(states[9:] + 0.0)
    assert halves.participation_ratio() == pytest.approx(dimensions, rel=0.01)
    moved = Moments.of(states + 7.0)  # where the middle lies does not matter
    assert moved.participation_ratio() == pytest.approx(dimensions, rel=0.01)


def test_components_find_the_direction_of_a_path() -> None:
    along = torch.tensor([3.0, 4.0, 0.0], dtype=torch.float64) / 5
    steps = torch.arange(5, dtype=torch.float64)
    path, (first, second) = main_components(steps[None, :, None] * along)
    assert first == pytest.approx(1.0)
    assert second == pytest.approx(0.0, abs=1e-12)
    assert np.abs(np.diff(path[:, 0])) == pytest.approx(1.0)


def test_every_update_of_every_segment_is_there() -> None:
    config = replace(tiny.SUDOKU, high_cycles=2, low_cycles=3)
    inside = look_inside(tiny.build(config), SudokuDomain(), sudokus(3), 4, batch=2)
    assert (len(inside.low), len(inside.high)) == (4 * 6, 4 * 2)
    assert inside.dimensions["low"].shape == (4,)
    assert inside.paths["high"].shape == (4, 2)
    assert all(1 <= ratio <= 16 for ratio in inside.dimensions["high"])


def test_the_batch_does_not_change_the_means() -> None:
    model = tiny.build(tiny.SUDOKU)
    one, many = (look_inside(model, SudokuDomain(), sudokus(5), 3, batch=size) for size in (5, 2))
    assert one.low == pytest.approx(many.low, rel=1e-5)
    assert one.dimensions["high"] == pytest.approx(many.dimensions["high"], rel=1e-5)
    assert np.abs(one.paths["low"]) == pytest.approx(np.abs(many.paths["low"]), abs=1e-5)


def test_cells_are_decided_when_they_change_no_more() -> None:
    puzzles = sudokus(2)
    board = SudokuDomain().encode(puzzles[1], "native")
    oracle = tiny.Oracle("sudoku", right_from=3, blind=lambda seen: np.array_equal(seen, board))
    inside = look_inside(oracle.model(), SudokuDomain(), puzzles, 4)
    assert (inside.n, inside.right) == (2, 1)
    solved, unsolved = inside.decided[True], inside.decided[False]
    assert solved is not None
    assert unsolved is not None
    assert solved.tolist() == pytest.approx([36 / 81, 36 / 81, 1.0, 1.0])
    assert unsolved.tolist() == [1.0] * 4  # it never changed its mind


def test_the_walls_of_a_maze_are_no_answer() -> None:
    domain = MazeDomain()
    maze = domain.generate(np.random.default_rng(1), "small")
    oracle = tiny.Oracle("maze", right_from=3)
    decided = look_inside(oracle.model(), domain, [maze], 4).decided[True]
    assert decided is not None
    target = domain.target(maze, "native")
    assert target is not None
    scored = target != IGNORE
    changed = (target != domain.encode(maze, "native")) & scored
    assert decided.tolist() == pytest.approx([1 - changed.sum() / scored.sum()] * 2 + [1.0] * 2)


def test_how_sure_it_is_does_not_depend_on_when_it_halts() -> None:
    strict = replace(tiny.SUDOKU, halt_threshold=2.0, halt_agreement=1.0)
    one, other = (
        look_inside(tiny.build(config), SudokuDomain(), sudokus(2), 3)
        for config in (tiny.SUDOKU, strict)
    )
    assert np.array_equal(one.sure, other.sure)


def test_how_sure_it_is_stands_beside_how_often_it_is_right() -> None:
    oracle = tiny.Oracle("sudoku", right_from=3, halts_from=2)
    inside = look_inside(oracle.model(), SudokuDomain(), sudokus(3), 4, batch=2)
    assert inside.correct.tolist() == [0, 0, 1, 1]
    assert inside.sure[0] < 0.5 < inside.sure[1]
    assert inside.sure[1:] == pytest.approx(inside.sure[1])


def test_only_puzzles_of_the_most_frequent_canvas_are_compared() -> None:
    domain = MazeDomain()
    rng = np.random.default_rng(1)
    mazes = [domain.generate(rng, level) for level in ("small", "medium", "small")]
    inside = look_inside(tiny.build(tiny.MAZE), domain, mazes, 2)
    assert inside.n == 2
