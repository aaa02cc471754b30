"""How a Sudoku looks in a terminal: two columns a cell, the digit and its mark, and lines between
boxes. The marks say what the colours say: ⁺ new, ! breaks a rule, ? unsure, · blank."""

from __future__ import annotations

from collections.abc import Iterator

from puzzles.base import Answer, BoolGrid, Cell, FloatGrid, Picture, Position, Role, Verdict
from puzzles.sudoku.solver import Grid

UNSURE_BELOW = 0.5
"""A cell is marked unsure when its digit has less than this probability."""

MARKS: dict[Role, str] = {"broken": "!", "new": "⁺", "unsure": "?"}
_RULER = (Cell("──────┼───────┼──────", "line"),)


def draw(
    givens: Grid,
    answer: Answer | None,
    verdict: Verdict | None,
    changed: BoolGrid | None,
    confidence: FloatGrid | None,
) -> Picture:
    """The givens alone, or an (9, 9) answer in which givens are seen to be givens."""
    broken = frozenset(verdict.broken) if verdict is not None else frozenset()

    def role(at: Position, digit: int) -> Role:
        if at in broken:
            return "broken"
        if digit and givens[9 * at[0] + at[1]] == digit:
            return "given"
        if changed is not None and changed[at]:
            return "new"
        if not digit:
            return "blank"
        if confidence is not None and confidence[at] < UNSURE_BELOW:
            return "unsure"
        return "answer"

    def cells(row: int) -> Iterator[Cell]:
        for column in range(9):
            if column in (3, 6):
                yield Cell("│ ", "line")
            at = row, column
            digit = int(givens[9 * row + column] if answer is None else answer[at])
            meaning = role(at, digit)
            yield Cell(f"{digit or '·'}{MARKS.get(meaning, ' ')}", meaning, at)

    rows = [tuple(cells(row)) for row in range(9)]
    return Picture((*rows[:3], _RULER, *rows[3:6], _RULER, *rows[6:]))
