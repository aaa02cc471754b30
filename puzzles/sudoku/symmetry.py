"""Random symmetric copies of puzzles of any size and rule: symbols change their names everywhere,
and cells move so that groups stay groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from puzzles.sudoku.rules import Rules, box_of
from puzzles.text.text_grid import DIHEDRAL


def random_symmetry(
    rng: np.random.Generator, rules: Rules
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """(size + 1,) new digits for old ones, and (cells,) the old cell that each new one shows.

    Grids of boxes alone, or without regions, have their lines moved inside the bands; of others
    only lines that cross the same groups are exchanged, and the rules turn and mirror with them.
    """
    size, shape = rules.size, box_of(rules)
    relabel = np.zeros(size + 1, np.uint8)
    relabel[1:] = rng.permutation(size) + 1
    cells = np.arange(rules.cells).reshape(size, size)
    if rules.layers or (rules.regions and shape is None):
        turned = DIHEDRAL[rng.integers(len(DIHEDRAL))].apply(_among_alike(rng, cells, rules))
        return relabel, turned.ravel()
    height, width = shape or (size, size)
    moved = cells[_lines(rng, size, height)][:, _lines(rng, size, width)]
    if height == width and rng.random() < 0.5:
        moved = moved.T
    return relabel, moved.ravel()


def _among_alike(
    rng: np.random.Generator, cells: NDArray[np.int64], rules: Rules
) -> NDArray[np.int64]:
    """Cells whose rows, then columns, change places with others that lie in the same groups."""
    own = [[*rules.regions], *([-1] * rules.cells for _ in rules.layers)]
    for numbers, layer in zip(own[1:], rules.layers, strict=True):
        for number, group in enumerate(layer):
            for cell in group.cells:
                numbers[cell] = number
    inside = np.array([numbers for numbers in own if numbers]).reshape(-1, *cells.shape)
    for axis in (1, 2):
        lines = np.moveaxis(inside, axis, 0).reshape(len(cells), -1)
        _, kind = np.unique(lines, axis=0, return_inverse=True)
        order = np.arange(len(cells))
        for number in np.flatnonzero(np.bincount(kind.ravel()) > 1).tolist():
            alike = kind.ravel() == number
            order[alike] = rng.permutation(order[alike])
        cells = cells.take(order, axis - 1)
    return cells


def _lines(rng: np.random.Generator, size: int, band: int) -> NDArray[np.int64]:
    """A random order of lines that keeps those of a band together."""
    return np.concatenate(
        [at * band + rng.permutation(band) for at in rng.permutation(size // band)]
    )
