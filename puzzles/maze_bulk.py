"""Compiled mazes by the hundred thousand, because training reads more than plain Python can write.

Importing this module loads numba, so callers do it inside the function that needs it. Both
generators draw everything from the generator they are given, and one maze after another: the same
seed gives the same mazes. The interpreter lock is released while they run, so every thread needs a
generator of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from puzzles.base import PuzzleError, Tokens

WALL, FLOOR, START, GOAL, PATH = 1, 2, 3, 4, 5
"""Token ids of the maze vocabulary; 0 is padding, and `IGNORE` in targets."""

MAX_TRIES = 100_000
"""Grids drawn for one maze before its wanted path length counts as out of reach."""

UNREACHED = -1

Distances: TypeAlias = NDArray[np.int32]
Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """`numba.njit`, with the types that its untyped decorator would hide."""
    return cast(Function, numba.njit(cache=True, nogil=True)(function))


def tree_mazes(
    rng: np.random.Generator,
    count: int,
    height: int,
    width: int,
    openings: float,
    min_path: int | None = None,
) -> tuple[Tokens, Tokens]:
    """Corridors one cell wide: a spanning tree of a lattice, then some of its walls opened.

    Every maze opens its own share of the walls between neighbouring lattice cells, uniform in
    0...`openings`; 0 leaves a tree. The tree mixes depth-first search, Prim's algorithm and Wilson's
    uniform spanning trees. Returns tokens and targets, each (count, height, width). Raises
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

    Densities that rarely allow `min_path` (Maze-Hard: 30x30, 111 steps) are redrawn with the grid.
    Returns tokens and targets, each (count, height, width). Raises `PuzzleError` if `min_path` steps
    from start to goal are out of reach.
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
            if 0 <= y < height and 0 <= x < width:
                if distances[y, x] == distances[row, column] - 1:
                    row, column = y, x
                    break
        target[row, column] = PATH


@compiled
def _place_ends(
    rng: np.random.Generator,
    tokens: Tokens,
    target: Tokens,
    distances: Distances,
    min_path: int,
) -> bool:
    """Put a start and a goal at least `min_path` (and two) steps apart, and mark the target.

    The goal is a random floor cell or, when nothing is far enough from it, the farthest cell. The
    start is the farthest of one, two or four far enough cells drawn at random, so lengths vary and
    lean to long. False, with nothing written, if this floor has no such pair.
    """
    height, width = tokens.shape
    least = max(min_path, 2)
    floor = np.flatnonzero(tokens == FLOOR)
    if floor.size <= least:
        return False
    goal = floor[rng.integers(0, floor.size)]
    far = np.empty(floor.size, dtype=np.int32)
    found = 0
    for _ in range(3):
        if distances_to(tokens, goal // width, goal % width, distances) <= least:
            return False
        farthest = goal
        for cell in floor:
            steps = distances[cell // width, cell % width]
            if steps >= least:
                far[found] = cell
                found += 1
            if steps > distances[farthest // width, farthest % width]:
                farthest = cell
        if found > 0:
            break
        goal = farthest
    if found == 0:
        return False
    start = far[rng.integers(0, found)]
    for _ in range((1 << rng.integers(0, 3)) - 1):
        other = far[rng.integers(0, found)]
        if distances[other // width, other % width] > distances[start // width, start % width]:
            start = other
    tokens[start // width, start % width] = START
    tokens[goal // width, goal % width] = GOAL
    for r in range(height):
        for c in range(width):
            target[r, c] = 0 if tokens[r, c] == WALL else tokens[r, c]
    mark_path(target, distances, start // width, start % width)
    return True


@compiled
def _fill_random(rng: np.random.Generator, tokens: Tokens, targets: Tokens, min_path: int) -> int:
    """Write one maze a slice; returns how many before one failed `MAX_TRIES` times."""
    count, height, width = tokens.shape
    distances = np.empty((height, width), dtype=np.int32)
    for index in range(count):
        grid = tokens[index]
        for _ in range(MAX_TRIES):
            density = 0.30 + 0.12 * rng.random()
            for r in range(height):
                for c in range(width):
                    grid[r, c] = WALL if rng.random() < density else FLOOR
            if _place_ends(rng, grid, targets[index], distances, min_path):
                break
        else:
            return index
    return int(count)


@compiled
def _fill_trees(
    rng: np.random.Generator, tokens: Tokens, targets: Tokens, openings: float, min_path: int
) -> int:
    """Write one maze a slice; returns how many before one failed `MAX_TRIES` times."""
    count, height, width = tokens.shape
    distances = np.empty((height, width), dtype=np.int32)
    for index in range(count):
        grid = tokens[index]
        for _ in range(MAX_TRIES):
            grid[:] = WALL
            rows, columns = _lattice(rng, height), _lattice(rng, width)
            if rng.random() < 0.25:
                _wilson(rng, grid, rows, columns)
            else:
                _grow(rng, grid, rows, columns)
            _open_walls(rng, grid, rows, columns, openings * rng.random())
            if _place_ends(rng, grid, targets[index], distances, min_path):
                break
        else:
            return index
    return int(count)


@compiled
def _lattice(rng: np.random.Generator, length: int) -> NDArray[np.int64]:
    """Coordinates of the lattice along one side: every second cell, from 0 or 1 to the far edge or
    the cell before it. Where the parity does not fit, one gap is a cell wider."""
    first = rng.integers(0, 2)
    last = length - 1 - rng.integers(0, 2)
    nodes = (last - first) // 2 + 1
    wider = rng.integers(1, nodes) if (last - first) % 2 == 1 else nodes
    coordinates = np.empty(nodes, dtype=np.int64)
    for i in range(nodes):
        coordinates[i] = first + 2 * i + (1 if i >= wider else 0)
    return coordinates


@compiled
def _carve(
    grid: Tokens,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    here: tuple[int, int],
    there: tuple[int, int],
) -> None:
    """Make floor of two neighbouring lattice cells and what lies between them."""
    top, bottom = min(here[0], there[0]), max(here[0], there[0])
    left, right = min(here[1], there[1]), max(here[1], there[1])
    grid[rows[top] : rows[bottom] + 1, columns[left] : columns[right] + 1] = FLOOR


@compiled
def _grow(
    rng: np.random.Generator,
    grid: Tokens,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> None:
    """Growing tree: extend the newest cell (depth-first, long corridors) or a random one (Prim).

    Half of the trees are purely depth-first; the others draw how often the newest cell is taken.
    """
    height, width = rows.size, columns.size
    newest = 1.0 if rng.random() < 0.5 else rng.random()
    active = np.empty(height * width, dtype=np.int64)
    active[0] = rng.integers(0, height * width)
    grid[rows[active[0] // width], columns[active[0] % width]] = FLOOR
    size = 1
    choices = np.empty((4, 2), dtype=np.int64)
    while size > 0:
        pick = size - 1 if rng.random() < newest else rng.integers(0, size)
        r, c = active[pick] // width, active[pick] % width
        free = 0
        for step_r, step_c in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            y, x = r + step_r, c + step_c
            if 0 <= y < height and 0 <= x < width and grid[rows[y], columns[x]] == WALL:
                choices[free, 0], choices[free, 1] = y, x
                free += 1
        if free == 0:
            # keeps the order of age, which depth-first search needs
            active[pick : size - 1] = active[pick + 1 : size].copy()
            size -= 1
            continue
        y, x = choices[rng.integers(0, free)]
        _carve(grid, rows, columns, (r, c), (y, x))
        active[size] = y * width + x
        size += 1


@compiled
def _wilson(
    rng: np.random.Generator,
    grid: Tokens,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> None:
    """Uniform spanning tree by loop-erased random walks (Wilson 1996)."""
    height, width = rows.size, columns.size
    root = rng.integers(0, height * width)
    grid[rows[root // width], columns[root % width]] = FLOOR
    leaves_to = np.empty(height * width, dtype=np.int64)
    for begin in range(height * width):
        cell = begin
        while grid[rows[cell // width], columns[cell % width]] == WALL:
            leaves_to[cell] = _lattice_step(rng, cell, height, width)
            cell = leaves_to[cell]
        end, cell = cell, begin
        while cell != end:
            after = leaves_to[cell]
            here, there = (cell // width, cell % width), (after // width, after % width)
            _carve(grid, rows, columns, here, there)
            cell = after


@compiled
def _lattice_step(rng: np.random.Generator, cell: int, height: int, width: int) -> int:
    """A uniformly random neighbour of `cell`, both numbered row by row."""
    while True:
        direction = rng.integers(0, 4)
        r, c = cell // width, cell % width
        if direction < 2:
            r += 2 * direction - 1
        else:
            c += 2 * direction - 5
        if 0 <= r < height and 0 <= c < width:
            return int(r * width + c)


@compiled
def _open_walls(
    rng: np.random.Generator,
    grid: Tokens,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    share: float,
) -> None:
    """Open each wall between neighbouring lattice cells with probability `share`."""
    for i in range(rows.size):
        for j in range(columns.size):
            if i + 1 < rows.size and rng.random() < share:
                _carve(grid, rows, columns, (i, j), (i + 1, j))
            if j + 1 < columns.size and rng.random() < share:
                _carve(grid, rows, columns, (i, j), (i, j + 1))
