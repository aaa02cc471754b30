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

    Grids of boxes alone, or without regions, have their lines moved inside the bands; the rules of
    all others turn and mirror with them.
    """
    size, shape = rules.size, box_of(rules)
    relabel = np.zeros(size + 1, np.uint8)
    relabel[1:] = rng.permutation(size) + 1
    cells = np.arange(rules.cells).reshape(size, size)
    if rules.layers or (rules.regions and shape is None):
        turned = DIHEDRAL[rng.integers(len(DIHEDRAL))].apply(cells)
        return relabel, turned.ravel()
    height, width = shape or (size, size)
    moved = cells[_lines(rng, size, height)][:, _lines(rng, size, width)]
    if height == width and rng.random() < 0.5:
        moved = moved.T
    return relabel, moved.ravel()


def _lines(rng: np.random.Generator, size: int, band: int) -> NDArray[np.int64]:
    """A random order of lines that keeps those of a band together."""
    return np.concatenate(
        [at * band + rng.permutation(band) for at in rng.permutation(size // band)]
    )
