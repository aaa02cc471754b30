"""A Sudoku of any size and rule played by hand: digits, pencil marks, and hints that a person could
have found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from puzzles.contract.protocol import Verdict
from puzzles.contract.tokens import Answer, BoolGrid, Position
from puzzles.drawing.picture import Picture, Room
from puzzles.errors import NoHintError, PuzzleError, TooHardError
from puzzles.game import SHOWN_NEXT, Checked, Forecast, Game, Hint, percent, surest
from puzzles.sudoku.picture import draw, look_of
from puzzles.sudoku.puzzle import SYMBOLS, Sudoku, cell_name, position, repeats, span
from puzzles.sudoku.rules import tables
from puzzles.sudoku.singles import candidates, find_single
from puzzles.sudoku.solver import Grid, board_of, search
from puzzles.text.json_text import field_of
from puzzles.text.text_grid import counted

Marks = tuple[int, ...]
"""A set of digits for each cell, bit d - 1 for digit d."""

_PATIENCE = 120_000
"""Cells that a search looks at before a board is too hard to check: about a second."""

_WRITTEN = "0" + SYMBOLS
"""Digits in a saved game."""


@dataclass(frozen=True, slots=True)
class SudokuPosition:
    """`digits` with the givens in them; `marks` are the player's own pencil marks, `struck` what
    they crossed out of the automatic ones."""

    digits: Grid
    marks: Marks
    struck: Marks


class SudokuGame(Game[SudokuPosition]):
    """`automatic` chooses which pencil marks show: every digit that still fits, or the player's."""

    task = "sudoku"
    keys = frozenset({"pencil", "automatic"})

    def __init__(self, puzzle: Sudoku) -> None:
        nothing = (0,) * len(puzzle.givens)
        super().__init__(puzzle, SudokuPosition(puzzle.givens, nothing, nothing))
        self.automatic = False
        self._size, self._rules = puzzle.size, puzzle.rules
        self._tables = tables(puzzle.rules)
        self._symbols = puzzle.notation.of(puzzle.size)

    @cached_property
    def _answers(self) -> list[Grid]:
        """At most two; no more are needed to know whether there is exactly one. Raises
        `NoHintError` where that is not found out in a moment."""
        try:
            return self._solved(self.puzzle.givens, 2)
        except TooHardError:
            if self.puzzle.solution is not None:
                return [self.puzzle.solution]
            raise NoHintError("This puzzle is too hard to be checked here") from None

    def _solved(self, digits: Grid, limit: int) -> list[Grid]:
        return search(board_of(digits, self._tables), limit, self._tables, _PATIENCE)[0]

    def answer(self) -> Answer:
        return np.array(self.position.digits, np.uint8).reshape(self._size, self._size)

    def status(self) -> str:
        return f"{self.position.digits.count(0)} left"

    def digit_of(self, character: str) -> int:
        """Beyond 1-9, capital letters that are symbols of this puzzle."""
        if character.isdigit() and self._symbols.startswith("123"):
            return 0  # the keys of every game
        return self.puzzle.notation.read(character, self._size) if not character.islower() else 0

    def put(self, at: Position, digit: int) -> bool:
        """Write a digit from 1, or 0 to erase; a given stays."""
        cell = self._cell(at)
        if self.puzzle.givens[cell] or digit > self._size:
            return False
        return self.history.commit(self._written(self.position, cell, digit))

    def write(self, at: Position, digit: int, *, pencil: bool = False) -> bool:
        return self.mark(at, digit) if pencil and digit else self.put(at, digit)

    def first_cell(self) -> Position:
        """The first empty one, else the first."""
        digits = self.position.digits
        return self._at(digits.index(0) if 0 in digits else 0)

    def toggle_marks(self) -> None:
        self.automatic = not self.automatic

    def remark(self) -> str:
        conflicts = len(self.conflicts())
        said = {0: "no conflicts", 1: "1 conflict"}.get(conflicts, f"{conflicts} conflicts")
        letters = [symbol for symbol in self._symbols if self.digit_of(symbol)]
        return f"{said} · capitals {span(''.join(letters))} write digits" if letters else said

    def mark(self, at: Position, digit: int) -> bool:
        """Add or rub out one pencil mark of an empty cell, in the set of marks that shows; of the
        automatic ones only those that fit."""
        cell = self._cell(at)
        now = self.position
        if now.digits[cell] or digit > self._size:
            return False
        if self.automatic:
            if not candidates(now.digits, self._rules)[cell] & _bit(digit):
                return False
            return self.history.commit(replace(now, struck=_flip(now.struck, cell, digit)))
        return self.history.commit(replace(now, marks=_flip(now.marks, cell, digit)))

    def marks(self) -> Mapping[Position, str]:
        """The digits pencilled into each cell that has any, such as `139`."""
        return {self._at(cell): self._named(mask) for cell, mask in self._masks().items()}

    def _masks(self) -> dict[int, int]:
        now = self.position
        masks: Sequence[int] = now.marks
        if self.automatic:
            fits = candidates(now.digits, self._rules)
            masks = [mask & ~struck for mask, struck in zip(fits, now.struck, strict=True)]
        return {c: mask for c, mask in enumerate(masks) if mask and not now.digits[c]}

    def _named(self, mask: int) -> str:
        return "".join(symbol for i, symbol in enumerate(self._symbols) if mask >> i & 1)

    def peers(self, at: Position) -> frozenset[Position]:
        return frozenset(map(self._at, self._tables.peers[self._cell(at)]))

    def alike(self, at: Position) -> frozenset[Position]:
        digits = self.position.digits
        wanted = digits[self._cell(at)]
        same = (self._at(cell) for cell, digit in enumerate(digits) if digit == wanted != 0)
        return frozenset(same) - {at}

    def drawn(
        self, answer: Answer, verdict: Verdict, changed: BoolGrid, room: Room | None
    ) -> Picture:
        marks = np.zeros((self._size,) * 3, np.bool_)
        for cell, mask in self._masks().items():
            marks[self._at(cell)] = [mask >> i & 1 for i in range(self._size)]
        look = look_of(self._rules, self.puzzle.notation.symbols)
        givens = self.puzzle.givens
        return draw(givens, answer, verdict, changed, None, room=room, marks=marks, **look)

    def conflicts(self) -> tuple[Position, ...]:
        """Digits of the player that repeat in a group; a given is never at fault."""
        givens = self.puzzle.givens
        found = {
            cell
            for repeat in repeats(self.position.digits, self._rules)
            for cell in repeat.cells
            if givens[cell] != repeat.digit
        }
        return tuple(map(self._at, sorted(found)))

    def check(self) -> Checked:
        digits, givens = self.position.digits, self.puzzle.givens
        if self.won():
            return Checked(True, "Solved: every rule holds")
        mine = sum(map(int.__ne__, digits, givens))
        try:
            wrong = _differing(digits, self._truth())
        except NoHintError as reason:
            return Checked(False, str(reason), self.conflicts())
        left = digits.count(0)
        if wrong and len(self._answers) > 1:  # each may be right, but not all of them together
            return Checked(False, "Your digits fit no solution together", self.conflicts())
        if wrong:
            verb = "is" if len(wrong) == 1 else "are"
            return Checked(
                False,
                f"{len(wrong)} of your {mine} digits {verb} wrong"
                if mine > 1
                else "Your digit is wrong",
                tuple(map(self._at, wrong)),
            )
        return Checked(False, f"Nothing wrong so far; {counted(left, 'cell')} left")

    def wants_forecast(self) -> bool:
        """Where reasoning from singles ends and nothing is wrong yet."""
        digits = self.position.digits
        try:
            if 0 not in digits or _differing(digits, self._truth()):
                return False
        except NoHintError:
            return False
        return find_single(digits, self._rules) is None

    def find_hint(self, forecast: Forecast | None) -> Hint[SudokuPosition]:
        """A wrong digit first, then singles, then where the model is surest and right."""
        digits, truth = self.position.digits, self._truth()
        wrong = _differing(digits, truth)
        if wrong:
            return self._correction(wrong[0])
        if 0 not in digits:
            raise NoHintError("Every cell is filled, and rightly so")
        single = find_single(digits, self._rules, self._symbols)
        if single is not None:
            return self._filling(single.cell, single.digit, single.why, f": {single.proof}")
        if forecast is not None:
            said = forecast.answer.ravel().tolist()
            right = [
                self._at(c) for c, known in enumerate(truth) if not digits[c] and said[c] == known
            ]
            for at in surest(forecast, right)[:1]:
                sure = percent(float(forecast.confidence[at]))
                why = f"no single is left, and here the model is surest ({sure})"
                return self._filling(self._cell(at), truth[self._cell(at)], why)
        sizes = {
            c: mask.bit_count() for c, mask in enumerate(candidates(digits, self._rules)) if mask
        }
        cell = min(sizes, key=sizes.__getitem__)
        why = f"no single is left, and here only {sizes[cell]} digits fit"
        return self._filling(cell, truth[cell], why)

    def _same_board(self, position: SudokuPosition) -> bool:
        """Pencil marks do not change what a hint says."""
        return position.digits == self.position.digits

    def _truth(self) -> Grid:
        """The answer that hints follow: the only one, or one that holds the player's digits.

        Raises `NoHintError` for a puzzle without an answer.
        """
        if not self._answers:
            raise NoHintError("This puzzle has no solution")
        if len(self._answers) > 1 and not any(repeats(self.position.digits, self._rules)):
            with suppress(TooHardError):
                if completed := self._solved(self.position.digits, 1):
                    return completed[0]
        return self._answers[0]

    def _correction(self, cell: int) -> Hint[SudokuPosition]:
        name = cell_name(cell, self._size)
        why = "the digit there is wrong"
        if len(self._answers) > 1:  # then only all of them together are known to be wrong
            why = "your digits fit no solution together, and that one can be changed"
        return Hint(
            self._at(cell),
            f"Look at {name}: {why}",
            f"{name} is empty again",
            lambda now: self._written(now, cell, 0),
        )

    def next_cells(self, forecast: Forecast) -> tuple[Position, ...]:
        """The empty cells of which the model is surest."""
        digits = self.position.digits
        blanks = [self._at(cell) for cell, digit in enumerate(digits) if not digit]
        return tuple(surest(forecast, blanks)[:SHOWN_NEXT])

    def encode(self, position: SudokuPosition) -> dict[str, Any]:
        """Marks only of the cells that have any, by cell number."""
        return {
            "digits": "".join(_WRITTEN[digit] for digit in position.digits),
            "marks": {str(c): _digits(mask) for c, mask in enumerate(position.marks) if mask},
            "struck": {str(c): _digits(mask) for c, mask in enumerate(position.struck) if mask},
        }

    def decode(self, plain: object) -> SudokuPosition:
        text = field_of(plain, "digits", "position")
        cells, allowed = self._rules.cells, _WRITTEN[: self._size + 1]
        if not isinstance(text, str) or len(text) != cells or not set(text) <= set(allowed):
            raise PuzzleError(f"position: digits is not a text of {cells} digits")
        digits = tuple(map(_WRITTEN.index, text))
        givens = self.puzzle.givens
        if any(given not in (0, digit) for given, digit in zip(givens, digits, strict=True)):
            raise PuzzleError("position: it has other givens than the puzzle")
        marks, struck = (
            self._read_marks(field_of(plain, key, "position")) for key in ("marks", "struck")
        )
        return SudokuPosition(digits, marks, struck)

    def _read_marks(self, plain: object) -> Marks:
        marks = [0] * self._rules.cells
        known, allowed = set(map(str, range(len(marks)))), set(_WRITTEN[1 : self._size + 1])
        for key, digits in plain.items() if isinstance(plain, dict) else [("", plain)]:
            if key not in known or not isinstance(digits, str) or not set(digits) <= allowed:
                raise PuzzleError("position: its pencil marks cannot be read")
            for digit in digits:
                marks[int(key)] |= _bit(_WRITTEN.index(digit))
        return tuple(marks)

    def _written(self, now: SudokuPosition, cell: int, digit: int) -> SudokuPosition:
        """With the digit in its cell and out of the pencil marks of the cells that it sees."""
        marks = list(now.marks)
        if digit:
            marks[cell] = 0
            for peer in self._tables.peers[cell]:
                marks[peer] &= ~_bit(digit)
        digits = (*now.digits[:cell], digit, *now.digits[cell + 1 :])
        return replace(now, digits=digits, marks=tuple(marks))

    def _filling(self, cell: int, digit: int, why: str, proof: str = "") -> Hint[SudokuPosition]:
        name = cell_name(cell, self._size)
        return Hint(
            self._at(cell),
            f"Look at {name}: {why}",
            f"{name} is {self._symbols[digit - 1]}{proof}",
            lambda now: self._written(now, cell, digit),
        )

    def _cell(self, at: Position) -> int:
        return self._size * at[0] + at[1]

    def _at(self, cell: int) -> Position:
        return position(cell, self._size)


def _differing(digits: Grid, truth: Grid) -> list[int]:
    return [cell for cell, known in enumerate(truth) if digits[cell] not in (0, known)]


def _bit(digit: int) -> int:
    return 1 << (digit - 1)


def _flip(marks: Marks, cell: int, digit: int) -> Marks:
    return (*marks[:cell], marks[cell] ^ _bit(digit), *marks[cell + 1 :])


def _digits(mask: int) -> str:
    return "".join(symbol for i, symbol in enumerate(SYMBOLS) if mask >> i & 1)
