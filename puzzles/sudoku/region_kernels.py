"""Random regions, and the groups that follow from them, compiled with numba.

Jigsaws by the thousand want new ones each.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.compiled import compiled

Digits: TypeAlias = NDArray[np.uint8]
Table: TypeAlias = NDArray[np.uint16]
Padded: TypeAlias = NDArray[np.int16]
"""Cells of groups, -1 after the last one."""


@compiled
def connected(regions: Digits, size: int, region: int, queue: NDArray[np.int64]) -> bool:
    """Whether the `size` cells of a region hang together; `queue` is (size + 1,) of scratch."""
    begin = 0
    while regions[begin] != region:
        begin += 1
    queue[0] = begin
    reached, at = 1, 0
    while at < reached:
        row, column = queue[at] // size, queue[at] % size
        at += 1
        for turn in range(4):
            r = row + (turn == 0) - (turn == 1)
            c = column + (turn == 2) - (turn == 3)
            if not (0 <= r < size and 0 <= c < size) or regions[r * size + c] != region:
                continue
            near, known = r * size + c, False
            for i in range(reached):
                known |= queue[i] == near
            if not known:
                queue[reached] = near
                reached += 1
    return reached == size


@compiled
def borders(regions: Digits, size: int, cell: int, region: int) -> bool:
    """Whether a cell lies beside a region."""
    row, column = cell // size, cell % size
    return (
        (row > 0 and regions[cell - size] == region)
        or (row < size - 1 and regions[cell + size] == region)
        or (column > 0 and regions[cell - 1] == region)
        or (column < size - 1 and regions[cell + 1] == region)
    )


@compiled
def mix_regions(rng: np.random.Generator, regions: Digits, size: int, swaps: int) -> None:
    """Exchange `swaps` pairs of cells between neighbouring regions, which stay connected."""
    cells = size * size
    queue = np.empty(size + 1, np.int64)
    done = 0
    for _ in range(50 * swaps):
        if done == swaps:
            return
        cell, given = int(rng.integers(0, cells)), int(rng.integers(0, cells))
        mine, other = regions[cell], regions[given]
        if mine == other or not borders(regions, size, cell, other):
            continue
        # any cell of the other region that would lie beside mine, from a random one on
        regions[cell] = other
        for _ in range(cells):
            if given != cell and regions[given] == other and borders(regions, size, given, mine):
                break
            given = (given + 1) % cells
        regions[given] = mine
        if connected(regions, size, mine, queue) and connected(regions, size, other, queue):
            done += 1
        else:
            regions[given] = other
            regions[cell] = mine


@compiled
def let_see(groups: NDArray[Any], sees: NDArray[np.bool_]) -> None:
    """Note that the cells of each group see one another."""
    for group in groups:
        for one in group:
            for two in group:
                if one >= 0 and two >= 0:
                    sees[one, two] = True


@compiled
def fill_tables(
    regions: Digits, size: int, fixed: Padded, short: Padded, peers: Table, units: Table
) -> None:
    """Fill `units` (rows, columns, regions, then `fixed` groups of `size` cells) and `peers`, in
    which `short` groups count, too, as `puzzles.sudoku.kernels.Groups` has them. Without regions
    the numbers of regions are those of the rows."""
    cells = size * size
    filled = np.zeros(size, np.int64)
    for cell in range(cells):
        row, column, region = cell // size, cell % size, regions[cell]
        units[row, column] = cell
        units[size + column, row] = cell
        units[2 * size + region, filled[region]] = cell
        filled[region] += 1
    for i in range(len(fixed)):
        for j in range(size):
            units[3 * size + i, j] = fixed[i, j]
    sees = np.zeros((cells, cells), np.bool_)
    let_see(units, sees)
    let_see(short, sees)
    for cell in range(cells):
        count = 0
        for peer in range(cells):
            if sees[cell, peer] and peer != cell:
                count += 1
                peers[cell, count] = peer
        peers[cell, 0] = count
