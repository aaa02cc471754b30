"""A Sudoku while it is being typed, and so may break every rule for a while."""

from __future__ import annotations

from dataclasses import dataclass, replace

from puzzles.base import Picture, Position, PuzzleError, Verdict
from puzzles.sudoku.picture import draw
from puzzles.sudoku.puzzle import Sudoku, position, repeats
from puzzles.sudoku.solver import Grid as Digits

_BLANK_KEYS = frozenset("0. _")


@dataclass(frozen=True, slots=True)
class SudokuDraft:
    """81 digits, row after row, 0 for a blank."""

    digits: Digits
    legend: str = "1-9 digit · 0 or space blank"

    def put(self, at: Position, key: str) -> SudokuDraft | None:
        digit = 0 if key in _BLANK_KEYS else int(key) if key in "123456789" else None
        if digit is None:
            return None
        cell = 9 * at[0] + at[1]
        return replace(self, digits=(*self.digits[:cell], digit, *self.digits[cell + 1 :]))

    def clicked(self, at: Position) -> SudokuDraft:
        return self

    def emptied(self) -> SudokuDraft:
        return replace(self, digits=(0,) * 81)

    def picture(self) -> Picture:
        clashing = sorted({cell for repeat in repeats(self.digits) for cell in repeat.cells})
        return draw(self.digits, None, Verdict(None, tuple(map(position, clashing))), None, None)

    def finished(self) -> Sudoku:
        if not any(self.digits):
            raise PuzzleError("the board is empty", hint="Type the digits that are given.")
        return Sudoku(self.digits, name="typed")
