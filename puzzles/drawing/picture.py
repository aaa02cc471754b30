"""A picture of a puzzle without colours or a screen: lines of text, each piece with its meaning,
that the command line and the app draw in their own styles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from puzzles.contract.tokens import Position

Role: TypeAlias = str
"""What a piece of a picture means; a front end maps it to a style.

Shared: given, answer, candidate, new, broken, unsure, supposed, blank, line, label, mark, shade,
special.
Maze: wall, floor, path, start, goal. ARC: color0 … color9 for text on a colour, fill0 … fill9 for
the colour alone.
"""


@dataclass(frozen=True, slots=True)
class Room:
    """What a front end has for a picture. `tones`: it can show a colour at any brightness, so that
    a cell needs no character; `digits` wants ARC's colours written out all the same. `sketch`: the
    picture is one of many and too small to read, so that only its colours count."""

    columns: int
    rows: int
    tones: bool = True
    digits: bool = False
    sketch: bool = False

    def fits(self, columns: int, rows: int) -> bool:
        return columns <= self.columns and rows <= self.rows


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies behind a text; behind the half block ▀ one sees it as the lower half."""

    role: Role
    level: float = 1.0
    at: Position | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A run of text with one meaning. `at` is the (row, column) in the puzzle that it shows.

    `level` is a probability, which the front end shows as brightness.
    """

    text: str
    role: Role
    at: Position | None = None
    level: float = 1.0
    ground: Ground | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A puzzle or answer as lines of cells; roles differ in their text, not only in colour."""

    rows: tuple[tuple[Cell, ...], ...]

    @property
    def width(self) -> int:
        return max((sum(len(cell.text) for cell in row) for row in self.rows), default=0)

    def plain(self) -> str:
        return "\n".join("".join(cell.text for cell in row).rstrip() for row in self.rows)


Legend: TypeAlias = tuple[tuple[str, Role, str], ...]
"""Marks on a board: each as it is drawn, its role, what it means."""
