"""What a Sudoku is: givens without a clash, and the rule that no group repeats a symbol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter

from puzzles.contract.tokens import Position
from puzzles.errors import PuzzleError
from puzzles.sudoku.rules import CLASSIC, Group, Rules, tables
from puzzles.sudoku.solver import Grid

SYMBOLS = "123456789ABCDEFGHIJKLMNOP"
"""How digits above 9 are written: 10 is A, 25 is P."""

HEXADECIMAL = "0123456789ABCDEF"
"""The same for 16×16 where 1 is written as 0."""


@dataclass(frozen=True, slots=True)
class Notation:
    """How a puzzle was written: `symbols` for 1, 2, … (or each number as it is, where empty), as
    one line or in rows."""

    symbols: str = SYMBOLS
    rows: bool = False

    def write(self, grid: Sequence[int], size: int, blank: str = ".") -> str:
        """A grid as text without a last line end."""
        if self.symbols:
            cells = [self.symbols[digit - 1] if digit else blank for digit in grid]
        else:
            width = len(str(size))
            cells = [(str(digit) if digit else blank).rjust(width) for digit in grid]
        between = "" if self.symbols else " "
        if not self.rows:
            return between.join(cells).strip()
        return "\n".join(between.join(cells[i : i + size]) for i in range(0, len(cells), size))

    def name(self, digit: int) -> str:
        """How a digit of the puzzle is called: as it was written."""
        return self.symbols[digit - 1] if 0 < digit <= len(self.symbols) else str(digit)

    def of(self, size: int) -> str:
        """A character for each digit."""
        return (self.symbols or SYMBOLS)[:size]

    def read(self, key: str, size: int) -> int:
        """The digit that a typed character means, 0 if it means none."""
        return self.of(size).upper().find(key.upper()) + 1 if len(key) == 1 else 0


def span(symbols: str) -> str:
    """In few characters, such as 1-9 and A-G."""
    runs: list[str] = []
    for symbol in symbols:
        if runs and ord(symbol) == ord(runs[-1][-1]) + 1:
            runs[-1] += symbol
        else:
            runs.append(symbol)
    if len(runs) > 2:
        return symbols
    return " and ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else run for run in runs)


LINE = Notation()


@dataclass(frozen=True, slots=True)
class Sudoku:
    """Puzzles are equal when givens and rules are; the rest is what is known about them.

    `givens` and `solution` are digits of all cells, row after row, 0 for a blank. `rating` is the
    difficulty that came with the puzzle, for generated ones the guesses of our solver. Raises
    `PuzzleError` for givens that clash or a solution that is not one of these givens.
    """

    givens: Grid
    solution: Grid | None = field(default=None, compare=False)
    name: str = field(default="", compare=False)
    rating: float | None = field(default=None, compare=False)
    rules: Rules = CLASSIC
    notation: Notation = field(default=LINE, compare=False)

    def __post_init__(self) -> None:
        rules = self.rules
        _require_digits(self.givens, rules, lowest=0, what="puzzle")
        _require_no_repeat(self.givens, self, "")
        if self.solution is not None:
            _require_digits(self.solution, rules, lowest=1, what="stored solution")
            _require_no_repeat(self.solution, self, " of the stored solution")
            _require_match(self.givens, self.solution, rules.size)

    @property
    def size(self) -> int:
        return self.rules.size


def unchecked(
    givens: Grid,
    solution: Grid | None,
    name: str,
    rating: float | None,
    rules: Rules = CLASSIC,
    notation: Notation = LINE,
) -> Sudoku:
    """A puzzle of which it is known that neither givens nor solution break a rule."""
    puzzle = object.__new__(Sudoku)
    for field_name, value in zip(
        Sudoku.__slots__, (givens, solution, name, rating, rules, notation), strict=True
    ):
        object.__setattr__(puzzle, field_name, value)
    return puzzle


@dataclass(frozen=True, slots=True)
class Repeat:
    """A digit that stands in several cells of one group."""

    digit: int
    unit: str
    cells: tuple[int, ...]

    def __str__(self) -> str:
        return self.worded(str(self.digit))

    def worded(self, written: str) -> str:
        """In words; the digit is shown as it is `written`."""
        times = "twice" if len(self.cells) == 2 else f"{len(self.cells)} times"
        return f"{written} stands {times} in {self.unit}"


@lru_cache(256)
def _readers(rules: Rules) -> tuple[tuple[Group, Callable[[Sequence[int]], tuple[int, ...]]], ...]:
    return tuple((group, itemgetter(*group.cells)) for group in tables(rules).groups)


def repeats(grid: Sequence[int], rules: Rules = CLASSIC) -> Iterator[Repeat]:
    """Broken rules of a grid, group by group: rows, columns, regions, further groups."""
    for group, digits_of in _readers(rules):
        digits = digits_of(grid)
        blanks = digits.count(0)
        if len(set(digits)) + blanks - (blanks > 0) == len(digits):
            continue
        for digit in range(1, rules.size + 1):
            if digits.count(digit) > 1:
                cells = tuple(cell for cell in group.cells if grid[cell] == digit)
                yield Repeat(digit, group.name, cells)


def position(cell: int, size: int = 9) -> Position:
    return divmod(cell, size)


def cell_name(cell: int, size: int = 9) -> str:
    """As Sudoku players write it: r1c1 is the first cell."""
    return f"r{cell // size + 1}c{cell % size + 1}"


def _require_digits(grid: Sequence[int], rules: Rules, *, lowest: int, what: str) -> None:
    if len(grid) != rules.cells:
        kind = "a Sudoku" if rules.size == 9 else f"a {rules.size}×{rules.size} Sudoku"
        raise PuzzleError(f"the {what} has {len(grid)} cells, {kind} has {rules.cells}")
    if lowest <= min(grid) and max(grid) <= rules.size:
        return
    for cell, digit in enumerate(grid):
        if not lowest <= digit <= rules.size:
            name = cell_name(cell, rules.size)
            wrong = f"{digit} in {name}" if digit else f"no digit in {name}"
            raise PuzzleError(f"the {what} has {wrong}", cells=[position(cell, rules.size)])


def _require_no_repeat(grid: Sequence[int], puzzle: Sudoku, whose: str) -> None:
    repeat = next(repeats(grid, puzzle.rules), None)
    if repeat is not None:
        raise PuzzleError(
            repeat.worded(puzzle.notation.name(repeat.digit)) + whose,
            hint="Givens must not clash: compare the puzzle and its rules with their source.",
            cells=[position(cell, puzzle.size) for cell in repeat.cells],
        )


def _require_match(givens: Grid, solution: Grid, size: int) -> None:
    for cell, (given, digit) in enumerate(zip(givens, solution, strict=True)):
        if given not in (0, digit):
            name = cell_name(cell, size)
            raise PuzzleError(
                f"the stored solution has {digit} in {name}, the puzzle gives {given}",
                cells=[position(cell, size)],
            )
