"""What a Sudoku is: 81 givens without a clash, and the rule that no unit repeats a digit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from puzzles.base import Position, PuzzleError
from puzzles.sudoku.solver import UNITS, Grid

UNIT_NAMES = tuple(f"{kind} {i}" for kind in ("row", "column", "box") for i in range(1, 10))
_DIGITS_OF = tuple(itemgetter(*unit) for unit in UNITS)


@dataclass(frozen=True, slots=True)
class Sudoku:
    """Puzzles are equal when their givens are; the rest is what is known about them.

    `givens` and `solution` are 81 digits, row after row, 0 for a blank. `rating` is the difficulty
    that came with the puzzle, for generated ones the guesses of our solver. Raises `PuzzleError`
    for givens that clash or a solution that is not one of these givens.
    """

    givens: Grid
    solution: Grid | None = field(default=None, compare=False)
    name: str = field(default="", compare=False)
    rating: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        _require_digits(self.givens, lowest=0, what="puzzle")
        _require_no_repeat(self.givens, "")
        if self.solution is not None:
            _require_digits(self.solution, lowest=1, what="stored solution")
            _require_no_repeat(self.solution, " of the stored solution")
            _require_match(self.givens, self.solution)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A digit that stands in several cells (0 to 80) of one unit."""

    digit: int
    unit: str
    cells: tuple[int, ...]

    def __str__(self) -> str:
        times = "twice" if len(self.cells) == 2 else f"{len(self.cells)} times"
        return f"{self.digit} stands {times} in {self.unit}"


def repeats(grid: Sequence[int]) -> Iterator[Repeat]:
    """Broken rules of 81 digits, unit by unit: rows, columns, boxes."""
    for name, unit, digits_of in zip(UNIT_NAMES, UNITS, _DIGITS_OF, strict=True):
        digits = digits_of(grid)
        blanks = digits.count(0)
        if len(set(digits)) + blanks - (blanks > 0) == 9:
            continue
        for digit in range(1, 10):
            if digits.count(digit) > 1:
                yield Repeat(digit, name, tuple(cell for cell in unit if grid[cell] == digit))


def position(cell: int) -> Position:
    return divmod(cell, 9)


def cell_name(cell: int) -> str:
    """As Sudoku players write it: r1c1 is the first cell."""
    return f"r{cell // 9 + 1}c{cell % 9 + 1}"


def _require_digits(grid: Sequence[int], *, lowest: int, what: str) -> None:
    if len(grid) != 81:
        raise PuzzleError(f"the {what} has {len(grid)} cells, a Sudoku has 81")
    if lowest <= min(grid) and max(grid) <= 9:
        return
    for cell, digit in enumerate(grid):
        if not lowest <= digit <= 9:
            wrong = f"{digit} in {cell_name(cell)}" if digit else f"no digit in {cell_name(cell)}"
            raise PuzzleError(f"the {what} has {wrong}", cells=[position(cell)])


def _require_no_repeat(grid: Sequence[int], whose: str) -> None:
    repeat = next(repeats(grid), None)
    if repeat is not None:
        raise PuzzleError(
            f"{repeat}{whose}",
            hint="Givens must not clash: compare the puzzle with its source.",
            cells=[position(cell) for cell in repeat.cells],
        )


def _require_match(givens: Grid, solution: Grid) -> None:
    for cell, (given, digit) in enumerate(zip(givens, solution, strict=True)):
        if given not in (0, digit):
            raise PuzzleError(
                f"the stored solution has {digit} in {cell_name(cell)}, the puzzle gives {given}",
                cells=[position(cell)],
            )
