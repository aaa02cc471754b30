"""Compiled mazes by the hundred thousand, because training reads more than plain Python can write.

Importing this module loads numba, so callers do it inside the function that needs it. Both
generators draw everything from the generator they are given, and one maze after another: the same
seed gives the same mazes. The interpreter lock is released while they run, so every thread needs a
generator of its own.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.base import IGNORE, PuzzleError, Tokens
from puzzles.compiled import compiled
from puzzles.maze_board import FLOOR, GOAL, PATH, START, UNREACHED, WALL, Distances
from puzzles.maze_trees import carve_tree

MAX_TRIES = 100_000
"""Grids drawn for one maze before its wanted path length counts as out of reach."""

PATIENCE = 200
"""Redrawn rectangles before a random grid is given up for a new one."""

Cells: TypeAlias = NDArray[np.int64]


def tree_mazes(
    rng: np.random.Generator,
    count: int,
    height: int,
    width: int,
    openings: float,
    *,
    min_path: int | None = None,
) -> tuple[Tokens, Tokens]:
    """Corridors one cell wide: a spanning tree of a lattice, then some of its walls opened.

    Every maze opens its own share of the walls between neighbouring lattice cells, uniform in
    0...`openings`; 0 leaves a tree. Returns tokens and targets, each (count, height, width). Raises
    `PuzzleError` if `min_path` steps from start to goal are out of reach.
    """
    tokens, targets = _empty(count, height, width)
    made = _fill_trees(rng, tokens, targets, openings, min_path or 0)
    _require(made, count, height, width, min_path)
    return tokens, targets


def random_mazes(
    rng: np.random.Generator, count: int, height: int, width: int, min_path: int | None = None
) -> tuple[Tokens, Tokens]:
    """Independent walls with a density uniform in 0.30...0.42, around the percolation threshold of
    the square lattice (0.407 walls), where shortest paths wind most.

    A density is redrawn with its grid where `min_path` (Maze-Hard: 30x30, 111 steps) does not fit.
    Returns tokens and targets, each (count, height, width). Raises `PuzzleError` if `min_path`
    steps from start to goal are out of reach.
    """
    tokens, targets = _empty(count, height, width)
    made = _fill_random(rng, tokens, targets, min_path or 0)
    _require(made, count, height, width, min_path)
    return tokens, targets


def _empty(count: int, height: int, width: int) -> tuple[Tokens, Tokens]:
    shape = (count, height, width)
    return np.empty(shape, dtype=np.uint8), np.empty(shape, dtype=np.uint8)


def _require(made: int, count: int, height: int, width: int, min_path: int | None) -> None:
    if made < count:
        raise PuzzleError(
            f"none of {MAX_TRIES} {height}x{width} grids had a shortest path of "
            f"at least {min_path} steps",
            hint="ask for a shorter path or a larger maze",
        )


@compiled
def distances_to(tokens: Tokens, row: int, column: int, distances: Distances) -> int:
    """Breadth-first steps to (row, column) for every cell, `UNREACHED` behind walls.

    Writes (height, width) `distances` and returns the number of cells reached.
    """
    height, width = tokens.shape
    distances[:] = UNREACHED
    queue = np.empty(height * width, dtype=np.int32)
    queue[0] = row * width + column
    distances[row, column] = 0
    first, last = 0, 1
    while first < last:
        r, c = divmod(queue[first], width)
        first += 1
        for step_r, step_c in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            y, x = r + step_r, c + step_c
            if not (0 <= y < height and 0 <= x < width):
                continue
            if tokens[y, x] != WALL and distances[y, x] == UNREACHED:
                distances[y, x] = distances[r, c] + 1
                queue[last] = y * width + x
                last += 1
    return last


@compiled
def mark_path(target: Tokens, distances: Distances, row: int, column: int) -> None:
    """Walk the canonical shortest path from (row, column) and mark the cells before the goal.

    It takes the first of up, down, left, right that is one step nearer to the goal.
    """
    height, width = target.shape
    while distances[row, column] > 1:
        for step_r, step_c in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            y, x = row + step_r, column + step_c
            inside = 0 <= y < height and 0 <= x < width
            if inside and distances[y, x] == distances[row, column] - 1:
                row, column = y, x
                break
        target[row, column] = PATH


@compiled
def _far_cells(
    rng: np.random.Generator, tokens: Tokens, distances: Distances, least: int, far: Cells
) -> tuple[int, int]:
    """Look for a goal with cells at least `least` steps away: a random floor cell, else the cell
    farthest from it, else the cell farthest from that.

    Writes those cells to `far`, numbered row by row, and the goal as its last entry. Returns how
    many there are, and the longest shortest path that was seen.
    """
    width = tokens.shape[1]
    floor = np.flatnonzero(tokens != WALL)
    longest, found = 0, 0
    if floor.size <= least:
        return found, longest
    goal = floor[rng.integers(0, floor.size)]
    for _ in range(3):
        if distances_to(tokens, goal // width, goal % width, distances) <= least:
            break
        farthest = goal
        for cell in floor:
            steps = distances[cell // width, cell % width]
            if steps >= least:
                far[found] = cell
                found += 1
            if steps > distances[farthest // width, farthest % width]:
                farthest = cell
        longest = max(longest, distances[farthest // width, farthest % width])
        if found > 0:
            break
        goal = farthest
    far[-1] = goal
    return found, longest


@compiled
def _place_ends(
    rng: np.random.Generator, tokens: Tokens, target: Tokens, distances: Distances, least: int
) -> int:
    """Put a start and a goal at least `least` steps apart on the floor, and mark the target.

    The start is the farthest of one, two or four far enough cells drawn at random, so lengths vary
    and lean to long. Returns the longest shortest path that was seen; below `least`, nothing was
    written but `distances`.
    """
    height, width = tokens.shape
    far = np.empty(height * width + 1, dtype=np.int64)
    found, longest = _far_cells(rng, tokens, distances, least, far)
    if found == 0:
        return longest
    start, goal = far[rng.integers(0, found)], far[-1]
    for _ in range((1 << rng.integers(0, 3)) - 1):
        other = far[rng.integers(0, found)]
        if distances[other // width, other % width] > distances[start // width, start % width]:
            start = other
    tokens[start // width, start % width] = START
    tokens[goal // width, goal % width] = GOAL
    for r in range(height):
        for c in range(width):
            target[r, c] = IGNORE if tokens[r, c] == WALL else tokens[r, c]
    mark_path(target, distances, start // width, start % width)
    return longest


@compiled
def _fill_random(rng: np.random.Generator, tokens: Tokens, targets: Tokens, min_path: int) -> int:
    """Write one maze a slice; returns how many before one failed `MAX_TRIES` times.

    One grid in 200 has a path of 111 steps at 30x30. A grid that falls short is therefore not
    thrown away: a rectangle of it is redrawn at the same density, and the new grid kept if its
    longest path is no shorter. After `PATIENCE` rectangles a new grid and density are drawn.
    """
    count, height, width = tokens.shape
    distances = np.empty((height, width), dtype=np.int32)
    trial = np.empty((height, width), dtype=np.uint8)
    least = max(min_path, 2)
    for index in range(count):
        longest, density = 0, 0.0
        for attempt in range(MAX_TRIES):
            trial[:] = tokens[index]
            if attempt % PATIENCE == 0:
                longest, density = 0, 0.30 + 0.12 * rng.random()
                _draw_walls(rng, trial, density)
            else:
                top, left = rng.integers(0, height), rng.integers(0, width)
                patch = trial[top : top + height // 4, left : left + width // 4]
                _draw_walls(rng, patch, density)
            reached = _place_ends(rng, trial, targets[index], distances, least)
            if reached >= longest:
                longest = reached
                tokens[index] = trial
            if reached >= least:
                break
        else:
            return index
    return int(count)


@compiled
def _draw_walls(rng: np.random.Generator, grid: Tokens, density: float) -> None:
    for r in range(grid.shape[0]):
        for c in range(grid.shape[1]):
            grid[r, c] = WALL if rng.random() < density else FLOOR


@compiled
def _fill_trees(
    rng: np.random.Generator, tokens: Tokens, targets: Tokens, openings: float, min_path: int
) -> int:
    """Write one maze a slice; returns how many before one failed `MAX_TRIES` times."""
    count, height, width = tokens.shape
    distances = np.empty((height, width), dtype=np.int32)
    least = max(min_path, 2)
    for index in range(count):
        for _ in range(MAX_TRIES):
            carve_tree(rng, tokens[index], openings * rng.random())
            if _place_ends(rng, tokens[index], targets[index], distances, least) >= least:
                break
        else:
            return index
    return int(count)
