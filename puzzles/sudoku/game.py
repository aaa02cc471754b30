"""A Sudoku played by hand: digits, pencil marks, and hints that a person could have found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from puzzles.base import Answer, BoolGrid, Picture, Position, PuzzleError, Room, Verdict
from puzzles.game import SHOWN_NEXT, Checked, Forecast, Game, Hint, NoHintError, percent, surest
from puzzles.json_text import field_of
from puzzles.sudoku.picture import draw
from puzzles.sudoku.puzzle import Sudoku, cell_name, position, repeats
from puzzles.sudoku.singles import candidates, find_single
from puzzles.sudoku.solver import PEERS, Grid, solve
from puzzles.text_grid import counted

Marks = tuple[int, ...]
"""A set of digits for each of 81 cells, bit d - 1 for digit d."""

_NO_MARKS: Marks = (0,) * 81
_DIGITS = re.compile("[0-9]{81}")
_MARKED = re.compile("[1-9]{1,9}")
_CELL_KEYS = frozenset(map(str, range(81)))


@dataclass(frozen=True, slots=True)
class SudokuPosition:
    """`digits` with the givens in them; `marks` are the player's own pencil marks, `struck` what
    they crossed out of the automatic ones."""

    digits: Grid
    marks: Marks = _NO_MARKS
    struck: Marks = _NO_MARKS


class SudokuGame(Game[SudokuPosition]):
    """`automatic` chooses which pencil marks show: every digit that still fits, or the player's."""

    task = "sudoku"
    keys = frozenset({"pencil", "automatic"})

    def __init__(self, puzzle: Sudoku) -> None:
        super().__init__(puzzle, SudokuPosition(puzzle.givens))
        self.automatic = False

    @cached_property
    def _answers(self) -> list[Grid]:
        """At most two; no more are needed to know whether there is exactly one."""
        return solve(self.puzzle.givens)

    def answer(self) -> Answer:
        return np.array(self.position.digits, np.uint8).reshape(9, 9)

    def status(self) -> str:
        return f"{self.position.digits.count(0)} left"

    def put(self, at: Position, digit: int) -> bool:
        """Write 1 to 9, or 0 to erase; a given stays."""
        cell = _cell(at)
        if self.puzzle.givens[cell]:
            return False
        return self.history.commit(_written(self.position, cell, digit))

    def write(self, at: Position, digit: int, *, pencil: bool = False) -> bool:
        return self.mark(at, digit) if pencil and digit else self.put(at, digit)

    def first_cell(self) -> Position:
        """The first empty one, else the first."""
        digits = self.position.digits
        return position(digits.index(0) if 0 in digits else 0)

    def toggle_marks(self) -> None:
        self.automatic = not self.automatic

    def remark(self) -> str:
        conflicts = len(self.conflicts())
        return {0: "no conflicts", 1: "1 conflict"}.get(conflicts, f"{conflicts} conflicts")

    def mark(self, at: Position, digit: int) -> bool:
        """Add or rub out one pencil mark of an empty cell, in the set of marks that shows; of the
        automatic ones only those that fit."""
        cell = _cell(at)
        now = self.position
        if now.digits[cell]:
            return False
        if self.automatic:
            if not candidates(now.digits)[cell] & _bit(digit):
                return False
            return self.history.commit(replace(now, struck=_flip(now.struck, cell, digit)))
        return self.history.commit(replace(now, marks=_flip(now.marks, cell, digit)))

    def marks(self) -> Mapping[Position, str]:
        """The digits pencilled into each cell that has any, such as `139`."""
        now = self.position
        masks: Sequence[int] = now.marks
        if self.automatic:
            fits = candidates(now.digits)
            masks = [mask & ~struck for mask, struck in zip(fits, now.struck, strict=True)]
        return {
            position(cell): _digits(mask)
            for cell, mask in enumerate(masks)
            if mask and not now.digits[cell]
        }

    def peers(self, at: Position) -> frozenset[Position]:
        return frozenset(map(position, PEERS[_cell(at)]))

    def alike(self, at: Position) -> frozenset[Position]:
        digits = self.position.digits
        wanted = digits[_cell(at)]
        same = (position(cell) for cell, digit in enumerate(digits) if digit == wanted != 0)
        return frozenset(same) - {at}

    def drawn(
        self, answer: Answer, verdict: Verdict, changed: BoolGrid, room: Room | None
    ) -> Picture:
        marks = np.zeros((9, 9, 9), np.bool_)
        for at, pencilled in self.marks().items():
            marks[at][[int(digit) - 1 for digit in pencilled]] = True
        return draw(self.puzzle.givens, answer, verdict, changed, None, room=room, marks=marks)

    def conflicts(self) -> tuple[Position, ...]:
        """Digits of the player that repeat in a row, column or box; a given is never at fault."""
        givens = self.puzzle.givens
        found = {
            cell
            for repeat in repeats(self.position.digits)
            for cell in repeat.cells
            if givens[cell] != repeat.digit
        }
        return tuple(map(position, sorted(found)))

    def won(self) -> bool:
        return bool(self.domain.check(self.puzzle, self.answer()).solved)

    def check(self) -> Checked:
        digits, givens = self.position.digits, self.puzzle.givens
        if self.won():
            return Checked(True, "Solved: every rule holds")
        mine = sum(digits[cell] != givens[cell] for cell in range(81))
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
                tuple(map(position, wrong)),
            )
        return Checked(False, f"Nothing wrong so far; {counted(left, 'cell')} left")

    def wants_forecast(self) -> bool:
        """Where reasoning from singles ends and nothing is wrong yet."""
        digits = self.position.digits
        if not self._answers or 0 not in digits or _differing(digits, self._truth()):
            return False
        return find_single(digits) is None

    def find_hint(self, forecast: Forecast | None) -> Hint[SudokuPosition]:
        """A wrong digit first, then singles, then where the model is surest and right."""
        digits, truth = self.position.digits, self._truth()
        wrong = _differing(digits, truth)
        if wrong:
            return self._correction(wrong[0])
        if 0 not in digits:
            raise NoHintError("Every cell is filled, and rightly so")
        single = find_single(digits)
        if single is not None:
            return _filling(single.cell, single.digit, single.why, f": {single.proof}")
        if forecast is not None:
            said = forecast.answer.ravel().tolist()
            right = [position(c) for c in range(81) if not digits[c] and said[c] == truth[c]]
            for at in surest(forecast, right)[:1]:
                sure = percent(float(forecast.confidence[at]))
                why = f"no single is left, and here the model is surest ({sure})"
                return _filling(_cell(at), truth[_cell(at)], why)
        sizes = {c: mask.bit_count() for c, mask in enumerate(candidates(digits)) if mask}
        cell = min(sizes, key=sizes.__getitem__)
        why = f"no single is left, and here only {sizes[cell]} digits fit"
        return _filling(cell, truth[cell], why)

    def _same_board(self, position: SudokuPosition) -> bool:
        """Pencil marks do not change what a hint says."""
        return position.digits == self.position.digits

    def _truth(self) -> Grid:
        """The answer that hints follow: the only one, or one that holds the player's digits.

        Raises `NoHintError` for a puzzle without an answer.
        """
        if not self._answers:
            raise NoHintError("This puzzle has no solution")
        if len(self._answers) > 1 and not any(repeats(self.position.digits)):
            completed = solve(self.position.digits, limit=1)
            if completed:
                return completed[0]
        return self._answers[0]

    def _correction(self, cell: int) -> Hint[SudokuPosition]:
        name = cell_name(cell)
        why = "the digit there is wrong"
        if len(self._answers) > 1:  # then only all of them together are known to be wrong
            why = "your digits fit no solution together, and that one can be changed"
        return Hint(
            position(cell),
            f"Look at {name}: {why}",
            f"{name} is empty again",
            lambda now: _written(now, cell, 0),
        )

    def next_cells(self, forecast: Forecast) -> tuple[Position, ...]:
        """The empty cells of which the model is surest."""
        digits = self.position.digits
        blanks = [position(cell) for cell in range(81) if not digits[cell]]
        return tuple(surest(forecast, blanks)[:SHOWN_NEXT])

    def encode(self, position: SudokuPosition) -> dict[str, Any]:
        """Marks only of the cells that have any, by cell number."""
        return {
            "digits": "".join(map(str, position.digits)),
            "marks": {str(c): _digits(mask) for c, mask in enumerate(position.marks) if mask},
            "struck": {str(c): _digits(mask) for c, mask in enumerate(position.struck) if mask},
        }

    def decode(self, plain: object) -> SudokuPosition:
        text = field_of(plain, "digits", "position")
        if not isinstance(text, str) or not _DIGITS.fullmatch(text):
            raise PuzzleError("position: digits is not a text of 81 digits")
        digits = tuple(map(int, text))
        givens = self.puzzle.givens
        if any(given not in (0, digit) for given, digit in zip(givens, digits, strict=True)):
            raise PuzzleError("position: it has other givens than the puzzle")
        marks, struck = (
            _read_marks(field_of(plain, key, "position")) for key in ("marks", "struck")
        )
        return SudokuPosition(digits, marks, struck)


def _read_marks(plain: object) -> Marks:
    marks = [0] * 81
    for key, digits in plain.items() if isinstance(plain, dict) else [("", plain)]:
        if key not in _CELL_KEYS or not isinstance(digits, str) or not _MARKED.fullmatch(digits):
            raise PuzzleError("position: its pencil marks cannot be read")
        for digit in digits:
            marks[int(key)] |= _bit(int(digit))
    return tuple(marks)


def _written(now: SudokuPosition, cell: int, digit: int) -> SudokuPosition:
    """With the digit in its cell and out of the pencil marks of the cells that it sees."""
    marks = list(now.marks)
    if digit:
        marks[cell] = 0
        for peer in PEERS[cell]:
            marks[peer] &= ~_bit(digit)
    digits = (*now.digits[:cell], digit, *now.digits[cell + 1 :])
    return replace(now, digits=digits, marks=tuple(marks))


def _filling(cell: int, digit: int, why: str, proof: str = "") -> Hint[SudokuPosition]:
    name = cell_name(cell)
    return Hint(
        position(cell),
        f"Look at {name}: {why}",
        f"{name} is {digit}{proof}",
        lambda now: _written(now, cell, digit),
    )


def _differing(digits: Grid, truth: Grid) -> list[int]:
    return [cell for cell in range(81) if digits[cell] not in (0, truth[cell])]


def _cell(at: Position) -> int:
    return 9 * at[0] + at[1]


def _bit(digit: int) -> int:
    return 1 << (digit - 1)


def _flip(marks: Marks, cell: int, digit: int) -> Marks:
    return (*marks[:cell], marks[cell] ^ _bit(digit), *marks[cell + 1 :])


def _digits(mask: int) -> str:
    return "".join(str(digit) for digit in range(1, 10) if mask & _bit(digit))
