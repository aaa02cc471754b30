"""Sudokus of other sizes and rules by the thousand, as arrays, for training.

Arrays are (n, cells) uint8, 0 for a blank. The same seed gives the same arrays; numba is imported
by the first call that needs it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.contract.tokens import NO_GROUP, RulesArray
from puzzles.errors import PuzzleError
from puzzles.sudoku.reading.rule_text import RuleText, read_rule_text
from puzzles.sudoku.rules import Rules, box_regions, box_shape, no_grid

Digits: TypeAlias = NDArray[np.uint8]

LARGEST_BULK = 16
NEED_GUESSES = 40
"""Guesses after which a clue counts as needed above 9×9, where proofs get long; the puzzle then has
one answer still, but may have a clue to spare."""

_TRIES = 8
"""Searches for a grid before regions are drawn anew."""

_AGAIN = 50
"""Times `_TRIES` after which it is given up."""

_SWAPS = 2
"""Exchanged pairs of cells for each cell of a grid of random regions."""


def ruled_puzzles(
    rng: np.random.Generator,
    count: int,
    size: int,
    rules: str = "",
    clues: int = 0,
    *,
    most: int = 0,
) -> tuple[Digits, Digits, RulesArray]:
    """Givens and solutions (n, cells), and (n, 1 + layers, cells) what a canvas does not show, as
    `Domain.rules` has it, of puzzles with one answer: as few clues as it takes, but not under
    `clues`. A clue counts as needed after `most` guesses, without end up to 9×9 if that is 0.

    `rules` are as `puzzles.sudoku.reading.rule_text` reads them; each jigsaw has regions of its
    own. Raises `PuzzleError` as `require_bulk` does, and where no grid is found.
    """
    from puzzles.sudoku import kernels, region_kernels

    rule_text, known = require_bulk(size, rules)
    fixed = [group.cells for group in known.further if len(group.cells) == size]
    short = [
        group.cells + (-1,) * (size - len(group.cells))
        for group in known.further
        if len(group.cells) < size
    ]
    drawn = known.regions or tuple(cell // size for cell in range(known.cells))
    regions = np.tile(np.array(drawn, np.uint8), (count, 1))
    givens, solutions = np.zeros_like(regions), np.zeros_like(regions)
    full, few = (np.array(cells, np.int16).reshape(-1, size) for cells in (fixed, short))
    groups = kernels.Groups(
        (1 << size) - 1,
        np.zeros((known.cells, 1 + min(known.cells, (3 + len(known.further)) * size)), np.uint16),
        np.zeros((3 * size + len(full), size), np.uint16),
    )
    stack = kernels.scratch(known.cells)
    most = most or (NEED_GUESSES if size > 9 else kernels.NO_LIMIT)
    for puzzle, solution, own in zip(givens, solutions, regions, strict=True):
        begin = own.copy()
        for left in reversed(range(_AGAIN)):  # some regions cannot be filled
            if rule_text.wants_regions:
                own[:] = begin
                region_kernels.mix_regions(rng, own, size, _SWAPS * size * size)
            region_kernels.fill_tables(own, size, full, few, groups.peers, groups.units)
            if kernels.make_one(rng, puzzle, solution, stack, groups, clues, most, _TRIES):
                break
            if not left:
                raise no_grid(size)
    return givens, solutions, _array(regions, known)


def require_bulk(size: int, rules: str) -> tuple[RuleText, Rules]:
    """What `rules` say for puzzles of a size; raises `PuzzleError` above `LARGEST_BULK`."""
    rule_text = read_rule_text(rules)
    begin = box_regions(size) if box_shape(size) else tuple(c // size for c in range(size * size))
    known = rule_text.rules(size, begin if rule_text.wants_regions else ())
    if size > LARGEST_BULK:
        raise PuzzleError(
            f"puzzles of {size}×{size} are not made by the thousand: each takes too long",
            hint=f"Those of {LARGEST_BULK}×{LARGEST_BULK} and smaller are; a trained model takes "
            "the larger ones all the same. `hrm generate` makes some.",
        )
    return rule_text, known


def _array(regions: Digits, rules: Rules) -> RulesArray:
    shown = np.full((len(regions), 1 + len(rules.layers), rules.cells), NO_GROUP, np.uint8)
    if rules.regions:
        shown[:, 0] = regions
    for row, layer in enumerate(rules.layers, start=1):
        for number, group in enumerate(layer):
            shown[:, row, list(group.cells)] = number
    return shown
