"""How hard a puzzle is, as one short word: what an evaluation groups its counts by."""

from __future__ import annotations

from typing import Any

import numpy as np

from puzzles.base import AnyDomain

_GUESSES = ((0, "no guess"), (2, "1-2 guesses"), (9, "3-9 guesses"), (19, "10-19 guesses"))
_SIDES = (10, 20, 30)


def difficulty(domain: AnyDomain, puzzle: Any) -> str:
    """Sudoku: guesses that our solver needs. Maze: its size. ARC: the larger side of the input."""
    if domain.name == "sudoku":
        from puzzles.sudoku_solver import rate

        guesses = rate(puzzle.givens).guesses
        return next((word for most, word in _GUESSES if guesses <= most), "20+ guesses")
    height, width = domain.encode(puzzle, "native").shape
    if domain.name == "maze":
        return f"{height}x{width}"
    rows, columns = np.shape(puzzle.input)
    return f"up to {next(side for side in _SIDES if max(rows, columns) <= side)}"
