"""Pictures put together: beside each other, under a title, or taken apart again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from puzzles.base import AnyDomain, Cell, Picture, Room

GAP = "   "
"""Between pictures beside each other."""


def beside(pictures: Sequence[Picture]) -> Picture:
    """One picture of several, their first rows in one line."""
    rows = []
    for line in range(max((len(picture.rows) for picture in pictures), default=0)):
        row: list[Cell] = []
        for number, picture in enumerate(pictures):
            cells = picture.rows[line] if line < len(picture.rows) else ()
            missing = picture.width - sum(len(cell.text) for cell in cells)
            row += [Cell(GAP if number else "", "blank"), *cells, Cell(" " * missing, "blank")]
        rows.append(tuple(row))
    return Picture(tuple(rows))


def titled(title: str, picture: Picture) -> Picture:
    """The title is a row of its own."""
    return Picture(((Cell(title, "label"),), *picture.rows))


def blocks(picture: Picture) -> list[Picture]:
    """The parts of a picture that empty rows separate."""
    parts: list[list[tuple[Cell, ...]]] = [[]]
    for row in picture.rows:
        if row:
            parts[-1].append(row)
        else:
            parts.append([])
    return [Picture(tuple(rows)) for rows in parts if rows]


def demonstrations(kind: AnyDomain, puzzle: Any, room: Room | None = None) -> Picture:
    """The demonstration pairs of an ARC task beside each other, within `room` if they can be."""
    pairs = blocks(kind.render(puzzle))[:-1]
    if room is not None:
        each = replace(room, columns=max(1, room.columns // len(pairs) - len(GAP)))
        pairs = blocks(kind.render(puzzle, room=each))[:-1]
    return beside(pairs)
