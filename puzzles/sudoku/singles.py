"""The Sudoku steps that a person finds first, each with words that explain it: the last blank of a
unit, a digit with one place in a box, a cell with one digit, a digit with one place in a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from puzzles.sudoku.puzzle import UNIT_NAMES
from puzzles.sudoku.solver import UNITS, board_of, places

_NAMED_UNITS = tuple(zip(UNIT_NAMES, UNITS, strict=True))
_LINES, _BOXES = _NAMED_UNITS[:18], _NAMED_UNITS[18:]


@dataclass(frozen=True, slots=True)
class Single:
    """A digit (1 to 9) that must stand in a cell (0 to 80). `why` does not give the digit away,
    `proof` may."""

    cell: int
    digit: int
    why: str
    proof: str


def candidates(digits: Sequence[int]) -> list[int]:
    """For each of 81 cells the set of digits that no row, column or box forbids, bit d - 1 for
    digit d; 0 for a filled cell."""
    return [max(mask, 0) for mask in board_of(digits)]


def find_single(digits: Sequence[int]) -> Single | None:
    """The easiest single of 81 digits that do not clash, easiest as people see them."""
    return (
        _last_blank(digits) or _hidden(digits, _BOXES) or _naked(digits) or _hidden(digits, _LINES)
    )


def _last_blank(digits: Sequence[int]) -> Single | None:
    for name, unit in _NAMED_UNITS:
        blanks = [cell for cell in unit if not digits[cell]]
        if len(blanks) == 1:
            digit = 45 - sum(digits[cell] for cell in unit)
            why = f"it is the last blank cell of {name}"
            return Single(blanks[0], digit, why, f"{name} has every other digit")
    return None


def _naked(digits: Sequence[int]) -> Single | None:
    for cell, mask in enumerate(candidates(digits)):
        if mask.bit_count() == 1:
            why = "its row, column and box leave only one digit"
            return Single(cell, mask.bit_length(), why, "it sees all the others")
    return None


def _hidden(digits: Sequence[int], units: Sequence[tuple[str, tuple[int, ...]]]) -> Single | None:
    board = board_of(digits)
    for name, unit in units:
        once, _ = places(board, unit)
        if once > 0:
            bit = once & -once
            cell = next(cell for cell in unit if board[cell] > 0 and board[cell] & bit)
            digit = bit.bit_length()
            why = f"one digit fits nowhere else in {name}"
            return Single(cell, digit, why, f"{digit} fits nowhere else in {name}")
    return None
