"""A Sudoku while it is being typed, and so may break every rule for a while."""

from __future__ import annotations

from dataclasses import dataclass, replace

from puzzles.contract.protocol import Verdict
from puzzles.contract.tokens import Position
from puzzles.drawing.picture import Picture, Room
from puzzles.errors import PuzzleError
from puzzles.sudoku.picture import draw, look_of
from puzzles.sudoku.puzzle import LINE, Notation, Sudoku, position, repeats, span
from puzzles.sudoku.rules import CLASSIC, Rules
from puzzles.sudoku.solver import Grid as Digits

_BLANK_KEYS = frozenset("0. _")


@dataclass(frozen=True, slots=True)
class SudokuDraft:
    """Digits row after row, 0 for a blank; the rules stay as they were."""

    digits: Digits
    rules: Rules = CLASSIC
    notation: Notation = LINE

    @property
    def legend(self) -> str:
        symbols = self.notation.of(self.rules.size)
        blank = "space" if "0" in symbols else "0 or space"
        return f"{span(symbols)} digit · {blank} blank"

    def put(self, at: Position, key: str) -> SudokuDraft | None:
        digit = self.notation.read(key, self.rules.size) or (0 if key in _BLANK_KEYS else None)
        if digit is None:
            return None
        cell = self.rules.size * at[0] + at[1]
        return replace(self, digits=(*self.digits[:cell], digit, *self.digits[cell + 1 :]))

    def clicked(self, at: Position) -> SudokuDraft:
        return self

    def emptied(self) -> SudokuDraft:
        return replace(self, digits=(0,) * self.rules.cells)

    def picture(self, *, room: Room | None = None) -> Picture:
        clashing = {cell for repeat in repeats(self.digits, self.rules) for cell in repeat.cells}
        places = tuple(position(cell, self.rules.size) for cell in sorted(clashing))
        look = look_of(self.rules, self.notation.symbols)
        return draw(self.digits, None, Verdict(None, places), None, None, room=room, **look)

    def finished(self) -> Sudoku:
        if not any(self.digits):
            raise PuzzleError("the board is empty", hint="Type the digits that are given.")
        return Sudoku(self.digits, name="typed", rules=self.rules, notation=self.notation)
