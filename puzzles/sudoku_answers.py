"""Answers of many Sudokus at once, by the compiled solver. numba is imported by the first call."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from puzzles.sudoku_bulk import Digits
from puzzles.sudoku_solver import BOXES, COLUMNS, ROWS

_UNITS = np.array(ROWS + COLUMNS + BOXES)


def clashes(grids: Digits) -> NDArray[np.bool_]:
    """(n, 81) digits -> (n,) whether a digit stands twice in a row, column or box; 0 is a blank."""
    inside = grids[:, _UNITS]  # (n, 27, 9)
    found = np.zeros(len(grids), np.bool_)
    for digit in range(1, 10):
        found |= ((inside == digit).sum(axis=2) > 1).any(axis=1)
    return found


def answers_of(givens: Digits) -> tuple[Digits, NDArray[np.int64]]:
    """(n, 81) givens without clashes -> (n, 81) first answers, zero where there is none, and (n,)
    how many there are: 0, 1, or 2 for any more."""
    from puzzles.sudoku_compiled import search, set_up

    stack = np.empty((82, 81), np.int16)
    found = np.zeros((2, 81), np.int16)
    answers = np.zeros_like(givens, np.uint8)
    counts = np.zeros(len(givens), np.int64)
    for index, puzzle in enumerate(np.ascontiguousarray(givens, np.uint8)):
        set_up(stack[0], puzzle)
        counts[index] = search(stack, found)[0]
        if counts[index]:  # a board of an answer holds minus the bit of each digit
            answers[index] = np.log2(-found[0]) + 1
    return answers, counts
