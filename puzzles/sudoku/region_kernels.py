"""Random regions, compiled with numba: jigsaws by the thousand want new ones each."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.compiled import compiled

Digits: TypeAlias = NDArray[np.uint8]


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
