"""What goes wrong with a puzzle, said with its place, so that a front end can point at it."""

from __future__ import annotations

from collections.abc import Sequence

from puzzles.contract.tokens import Position


class PuzzleError(ValueError):
    """A puzzle that cannot be read or breaks its own rules.

    `line` and `column` count from 1; `cells` are the offending (row, column) positions from 0.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        line: int | None = None,
        column: int | None = None,
        cells: Sequence[Position] = (),
    ) -> None:
        where = "" if line is None else f"line {line}: "
        if line is not None and column is not None:
            where = f"line {line}, column {column}: "
        super().__init__(where + message)
        self.hint = hint
        self.line = line
        self.column = column
        self.cells = tuple(cells)


class NoHintError(Exception):
    """There is no hint to give; the message is the sentence that says why."""


class TooHardError(PuzzleError):
    """An exact search was given up: how many answers there are is not known."""
