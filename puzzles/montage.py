"""Pictures put together: beside each other, under a title, or taken apart again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from inspect import Parameter, signature
from typing import Any

from puzzles.base import Answer, AnyDomain, Cell, Picture, Room, Verdict

GAP = "   "
"""Between pictures beside each other."""


def _taken(kind: AnyDomain, seen: dict[str, Any]) -> dict[str, Any]:
    """Those keywords that a domain's `render` takes; one from outside may know fewer than the
    protocol has."""
    takes = signature(kind.render).parameters
    if any(one.kind is Parameter.VAR_KEYWORD for one in takes.values()):
        return seen
    return {name: value for name, value in seen.items() if name in takes}


def render(
    kind: AnyDomain,
    puzzle: Any,
    answer: Answer | None = None,
    verdict: Verdict | None = None,
    **seen: Any,
) -> Picture:
    """`kind.render` with those of its keywords that it takes."""
    return kind.render(puzzle, answer, verdict, **_taken(kind, seen))


def beside(pictures: Sequence[Picture], gap: str = GAP) -> Picture:
    """One picture of several, their first rows in one line."""
    rows = []
    for line in range(max((len(picture.rows) for picture in pictures), default=0)):
        row: list[Cell] = []
        for number, picture in enumerate(pictures):
            cells = picture.rows[line] if line < len(picture.rows) else ()
            missing = picture.width - sum(len(cell.text) for cell in cells)
            row += [Cell(gap if number else "", "blank"), *cells, Cell(" " * missing, "blank")]
        rows.append(tuple(row))
    return Picture(tuple(rows))


def fitted(picture: Picture, width: int, height: int) -> Picture:
    """Exactly so large: blank at the right and below, or cut off there."""
    rows = []
    for row in [*picture.rows, *[()] * height][:height]:
        cells: list[Cell] = []
        left = width
        for cell in row:
            if left and cell.text:
                cells.append(replace(cell, text=cell.text[:left]))
                left -= len(cells[-1].text)
        rows.append((*cells, Cell(" " * left, "blank")) if left else tuple(cells))
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
    pairs = blocks(render(kind, puzzle))[:-1]
    if room is not None:
        each = replace(room, columns=max(1, room.columns // len(pairs) - len(GAP)))
        pairs = blocks(render(kind, puzzle, room=each))[:-1]
    return beside(pairs)
