"""Puzzles while they are being typed cell by cell, and so may break every rule for a while.

A draft is immutable: typing gives a new one. No widget is known here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

from puzzles.arc.picture import draw_answer
from puzzles.arc.puzzle import ArcPuzzle, Grid, as_answer
from puzzles.base import Picture, Position, PuzzleError, Verdict
from puzzles.maze.domain import MazeDomain
from puzzles.maze.puzzle import Maze
from puzzles.sudoku.picture import draw
from puzzles.sudoku.puzzle import Sudoku, position, repeats
from puzzles.sudoku.solver import Grid as Digits

_BLANK_KEYS = frozenset("0. _")


class Draft(Protocol):
    """`legend` tells which keys `put` understands."""

    @property
    def legend(self) -> str: ...

    def put(self, at: Position, key: str) -> Draft | None:
        """The draft after typing a character into a cell, None if it means nothing there."""
        ...

    def clicked(self, at: Position) -> Draft:
        """The draft after a click on a cell."""
        ...

    def emptied(self) -> Draft:
        """A draft of the same size with nothing in it."""
        ...

    def picture(self) -> Picture:
        """What is there; cells that break a rule are marked."""
        ...

    def finished(self) -> Any:
        """The puzzle; raises PuzzleError while it is none."""
        ...


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


@dataclass(frozen=True, slots=True)
class MazeDraft:
    """Rows of `#`, space, S and G; there may be no start or goal yet, but never two."""

    rows: tuple[str, ...]
    legend: str = "# wall · space floor · s start · g goal · click wall or floor"

    def put(self, at: Position, key: str) -> MazeDraft | None:
        symbol = " " if key == "." else key.upper()
        if symbol not in ("#", " ", "S", "G"):
            return None
        rows = self.rows
        if symbol in "SG":
            rows = tuple(row.replace(symbol, " ") for row in rows)
        row = rows[at[0]][: at[1]] + symbol + rows[at[0]][at[1] + 1 :]
        return replace(self, rows=(*rows[: at[0]], row, *rows[at[0] + 1 :]))

    def clicked(self, at: Position) -> MazeDraft:
        symbol = self.rows[at[0]][at[1]]
        if symbol in "SG":
            return self
        return self.put(at, " " if symbol == "#" else "#") or self

    def emptied(self) -> MazeDraft:
        return replace(self, rows=tuple(" " * len(row) for row in self.rows))

    def picture(self) -> Picture:
        return MazeDomain().render(Maze(self.rows))

    def finished(self) -> Maze:
        drawn = "\n".join(row.replace(" ", ".") for row in self.rows)
        return replace(MazeDomain().parse(drawn)[0], name="drawn")


@dataclass(frozen=True, slots=True)
class ArcDraft:
    """The test input of a task; its demonstrations, which define the task, stay as they are."""

    task: ArcPuzzle
    grid: Grid
    legend: str = "0-9 colour"

    def put(self, at: Position, key: str) -> ArcDraft | None:
        if key not in "0123456789":
            return None
        row, column = at
        line = (*self.grid[row][:column], int(key), *self.grid[row][column + 1 :])
        return replace(self, grid=(*self.grid[:row], line, *self.grid[row + 1 :]))

    def clicked(self, at: Position) -> ArcDraft:
        return self

    def emptied(self) -> ArcDraft:
        return replace(self, grid=tuple((0,) * len(row) for row in self.grid))

    def picture(self) -> Picture:
        return draw_answer(as_answer(self.grid), None, None, None)

    def finished(self) -> ArcPuzzle:
        """Another input has another output, which nobody knows."""
        if self.grid == self.task.input:
            return self.task
        return replace(self.task, input=self.grid, output=None)


def draft_of(puzzle: Any) -> Draft:
    """A draft that begins with a puzzle of any domain."""
    if isinstance(puzzle, Sudoku):
        return SudokuDraft(puzzle.givens)
    if isinstance(puzzle, Maze):
        return MazeDraft(puzzle.rows)
    if isinstance(puzzle, ArcPuzzle):
        return ArcDraft(puzzle, puzzle.input)
    raise TypeError(f"no puzzle that can be edited: {type(puzzle).__name__}")
