"""Neighbours and corridors, against walking through the maze cell by cell."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from puzzles.contract.tokens import Tokens
from puzzles.maze.puzzle import FLOOR, GOAL, START, STEPS, WALL, Maze
from puzzles.maze.relations import maze_relations
from puzzles.text.text_grid import DIHEDRAL, Dihedral


def free(grid: Tokens, row: int, column: int) -> bool:
    height, width = grid.shape
    return 0 <= row < height and 0 <= column < width and grid[row, column] != WALL


def walk(grid: Tokens, row: int, column: int, way: int) -> tuple[int, int, int]:
    """Number of the corridor's last cell, the length, and the direction of the last step, by
    walking; a ring leads nowhere."""
    here = row * grid.shape[1] + column
    length, last = 0, way
    while grid[row, column] != WALL or not length:
        down, right = STEPS[way]
        if grid[row, column] == WALL or not free(grid, row + down, column + right):
            break
        row, column, length, last = row + down, column + right, length + 1, way
        exits = [
            out
            for out, (y, x) in enumerate(STEPS)
            if out != way ^ 1 and free(grid, row + y, column + x)
        ]
        if grid[row, column] in (START, GOAL) or len(exits) != 1:
            break
        way = exits[0]
        if length > 4 * grid.size:
            return here, 0, last
    return row * grid.shape[1] + column, length, last


@st.composite
def grids(draw: st.DrawFn) -> Tokens:
    height, width = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    cells = draw(
        st.lists(
            st.sampled_from([WALL, WALL, FLOOR]), min_size=height * width, max_size=height * width
        )
    )
    for token in (START, GOAL):
        cells[draw(st.integers(0, height * width - 1))] = token
    return np.array(cells, np.uint8).reshape(height, width)


@given(grids())
def test_corridors_end_where_a_walk_ends(grid: Tokens) -> None:
    height, width = grid.shape
    related = maze_relations(grid[None])
    assert related.pointers.shape == (1, 8, grid.size)
    for row in range(height):
        for column in range(width):
            cell = row * width + column
            for way, (down, right) in enumerate(STEPS):
                inside = 0 <= row + down < height and 0 <= column + right < width
                assert related.pointers[0, way, cell] == (
                    cell + down * width + right if inside else cell
                )
                end, length, _ = walk(grid, row, column, way)
                assert related.pointers[0, 4 + way, cell] == end
                assert related.features[0, cell, way] == np.float32(np.log2(1.0 + length) / 3.0)


@given(grids())
def test_ways_lead_back_from_where_a_walk_ends(grid: Tokens) -> None:
    width = grid.shape[1]
    ways = maze_relations(grid[None]).ways
    assert ways is not None
    back, far = ways.back[0], ways.far[0]
    for (row, column), token in np.ndenumerate(grid):
        cell = row * width + column
        leads = [free(grid, row + y, column + x) and token != WALL for y, x in STEPS]
        for way, (down, right) in enumerate(STEPS):
            if not leads[way]:
                alone = token != WALL and not any(leads) and way == 0
                assert back[cell, way] == far[cell, way] == (4 * cell if alone else -1)
                continue
            assert back[cell, way] == 4 * (cell + down * width + right) + (way ^ 1)
            end, length, last = walk(grid, row, column, way)
            assert far[cell, way] == (4 * end + (last ^ 1) if length else back[cell, way])


@given(grids(), st.sampled_from(DIHEDRAL))
def test_a_turned_maze_has_turned_corridors(grid: Tokens, symmetry: Dihedral) -> None:
    """The lengths out of a cell move with it, whichever way the maze is turned."""
    turned = symmetry.apply(grid)
    places = symmetry.apply(np.arange(grid.size).reshape(grid.shape)).ravel()
    lengths = maze_relations(grid[None]).features[0]
    again = maze_relations(np.ascontiguousarray(turned)[None]).features[0]
    np.testing.assert_array_equal(np.sort(again, axis=1), np.sort(lengths[places], axis=1))


def test_rows_of_a_batch_do_not_mix() -> None:
    rng = np.random.default_rng(3)
    batch = rng.choice(np.array([WALL, FLOOR, FLOOR], np.uint8), (6, 5, 4))
    together = maze_relations(batch)
    for number, grid in enumerate(batch):
        alone = maze_relations(grid[None])
        np.testing.assert_array_equal(together.pointers[number], alone.pointers[0])
        np.testing.assert_array_equal(together.features[number], alone.features[0])


def test_a_path_of_bends_is_one_step() -> None:
    maze = Maze(("S  #", "## #", "G  #"))
    related = maze_relations(maze.tokens()[None])
    right = 3
    assert related.pointers[0, 4 + right, 0] == 8  # from S round two bends to G
    assert related.features[0, 0, right] == np.float32(np.log2(7.0) / 3.0)
