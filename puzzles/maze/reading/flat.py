"""Mazes of one line: the 900 characters of a 30x30 maze of Maze-Hard, alone or in its CSV."""

from __future__ import annotations

import re

from puzzles.errors import PuzzleError
from puzzles.maze.reading.drawings import Row
from puzzles.text.text_grid import Line

FLAT_SIDE = 30
FLAT = FLAT_SIDE**2
"""Length of a whole Maze-Hard maze on one line."""

HEADER = "source,question,answer,rating"

FLAT_FIELD = re.compile(rf'(?<![^,"])[^,"\n]{{{FLAT}}}(?![^,"\n])')


def is_flat(line: Line) -> bool:
    return len(line.text) >= FLAT or is_header(line)


def is_header(line: Line) -> bool:
    if len(line.text) > 2 * len(HEADER):
        return False
    names = line.text.strip().lower().replace('"', "").split(",")
    return "question" in names and set(names) <= set(HEADER.split(","))


def flat_fields(line: Line) -> list[int]:
    """Offsets of the fields with a maze's length, quotes around them left out; at least one, else
    `PuzzleError`."""
    starts = [match.start() for match in FLAT_FIELD.finditer(line.text)]
    if not starts:
        raise PuzzleError(
            f"no field has {FLAT} characters", hint=f"expected {HEADER}", line=line.number
        )
    return starts


def flat_rows(line: Line, begin: int) -> tuple[Row, ...]:
    """30 rows of the 900 characters from offset `begin`."""
    whole = Row(line.number, line.text, range(1, len(line.text) + 1))
    begins = range(begin, begin + FLAT, FLAT_SIDE)
    return tuple(whole.cut(first, first + FLAT_SIDE) for first in begins)
