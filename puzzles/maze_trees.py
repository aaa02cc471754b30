"""Compiled spanning trees of corridors, the kind of maze that people draw; `maze_bulk` puts the
start and the goal in.

A tree lives on a lattice of cells with walls between them, and a lattice cell is carved when it
joins the tree. Importing this module loads numba.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from puzzles.base import Tokens
from puzzles.compiled import compiled
from puzzles.maze_board import FLOOR, WALL


@compiled
def carve_tree(rng: np.random.Generator, grid: Tokens, share: float) -> None:
    """Fill `grid` with walls and floor: a tree, then every wall between two neighbouring lattice
    cells opened with probability `share`. A quarter are uniform spanning trees."""
    grid[:] = WALL
    rows, columns = _lattice(rng, grid.shape[0]), _lattice(rng, grid.shape[1])
    if rng.random() < 0.25:
        _wilson(rng, grid, rows, columns)
    else:
        _grow(rng, grid, rows, columns)
    _open_walls(rng, grid, rows, columns, share)


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
            cell = int(leaves_to[cell])
        end, cell = cell, begin
        while cell != end:
            after = leaves_to[cell]
            here, there = (cell // width, cell % width), (after // width, after % width)
            _carve(grid, rows, columns, here, there)
            cell = int(after)


@compiled
def _lattice_step(rng: np.random.Generator, cell: int, height: int, width: int) -> int:
    """A uniformly random neighbour of `cell`, both numbered row by row."""
    while True:
        direction = int(rng.integers(0, 4))
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
