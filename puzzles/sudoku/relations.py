"""What a network is told of a Sudoku's rules: for each cell the groups that it is in.

Five relations come first: row, column and region, then what a region shares with a row and with a
column. Layers of further groups follow, at least `FURTHER` of them, empty ones where the rules have
none, so that a model with heads for them takes any puzzle. One without such heads hears them as it
hears regions: `sudoku-mini`, trained on 9×9 boxes alone, solved 13 of 16 X-Sudokus of 30 clues so
in one pass of 8 segments, and none where it heard nothing of the diagonals.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from puzzles.contract.relations import Relations
from puzzles.contract.tokens import NO_GROUP, RulesArray
from puzzles.errors import PuzzleError
from puzzles.sudoku.rules import Rules, box_shape, usual

REGION = 2
"""The relation whose weights serve further groups, too: they are as many cells, and no lines."""

FURTHER = 3
"""The layers of the rules x and windoku together."""


def rules_array(rules: Sequence[Rules]) -> RulesArray | None:
    """(n, 1 + layers, cells) for rules of one size: the number of each cell's region, then of its
    group in each layer, `NO_GROUP` where it is in none; None where all are the usual boxes."""
    if all(_is_usual(one) for one in rules):
        return None
    layers = max(len(one.layers) for one in rules)
    numbers = np.full((len(rules), 1 + layers, rules[0].cells), NO_GROUP, np.uint8)
    for array, one in zip(numbers, rules, strict=True):
        if one.regions:
            array[0] = one.regions
        for row, layer in zip(array[1:], one.layers, strict=False):
            for number, group in enumerate(layer):
                row[list(group.cells)] = number
    return numbers


def _is_usual(rules: Rules) -> bool:
    return box_shape(rules.size) is not None and rules == usual(rules.size)


@lru_cache(32)
def usual_relations(size: int) -> Relations:
    """Of the usual boxes, for one canvas; of a size that has none, no regions."""
    regions = usual(size).regions if box_shape(size) else (NO_GROUP,) * size**2
    return related(np.array([[regions]], np.uint8), size)


def related(rules: RulesArray, size: int) -> Relations:
    """For (n, 1 + layers, cells) as `rules_array` gives them, with the first cell of every group as
    the member that stands for it.

    A grid without regions is given its rows as regions: a network that was trained on regions
    solves no Latin square without them, and easy ones with them.
    """
    count, _, cells = rules.shape
    if cells != size * size:
        raise PuzzleError(f"rules for {cells} cells do not fit a {size}×{size} grid")
    at = np.arange(cells)
    without = (rules[:, :1] == NO_GROUP).all(2, keepdims=True)
    numbered = np.where(without, (at // size).astype(np.uint8), rules[:, :1])
    rules = np.concatenate([numbered, rules[:, 1:]], 1)
    regions = rules[:, 0].reshape(count, size, size)
    in_row = at[::size, None] + _first_alike(regions)
    in_column = at[:size, None] + size * _first_alike(regions.transpose(0, 2, 1))
    groups = np.full((count, 5 + max(FURTHER, rules.shape[1] - 1), cells), -1, np.int64)
    groups[:, 0], groups[:, 1] = at // size * size, at % size
    groups[:, 3] = in_row.reshape(count, cells)
    groups[:, 4] = in_column.transpose(0, 2, 1).reshape(count, cells)
    groups[:, 3:5][np.broadcast_to((rules[:, :1] == NO_GROUP), (count, 2, cells))] = -1
    for slot, numbers in zip(
        (2, *range(5, groups.shape[1])), rules.transpose(1, 0, 2), strict=False
    ):
        groups[:, slot] = _firsts(numbers)
    return Relations(
        np.zeros((1, 0, cells), np.int64).repeat(count, 0),
        groups,
        np.zeros((count, cells, 0), np.float32),
        symbols=size,
        shared=REGION,
    )


def _first_alike(lines: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(n, lines, size): the first place in each line that has the same number."""
    first: NDArray[np.int64] = (lines[..., :, None] == lines[..., None, :]).argmax(-1)
    return first


def _firsts(numbers: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(n, cells): the first cell with the same number, -1 for `NO_GROUP`."""
    firsts = np.full(numbers.shape, -1, np.int64)
    for number in np.unique(numbers[numbers != NO_GROUP]).tolist():
        inside = numbers == number
        firsts = np.where(inside, inside.argmax(1)[:, None], firsts)
    return firsts
