"""Pictures put together: beside each other, under a title, or taken apart again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from inspect import Parameter, signature
from typing import Any

import numpy as np

from puzzles.contract.protocol import AnyDomain, Verdict
from puzzles.contract.tokens import Answer, Position
from puzzles.drawing.picture import Cell, Picture, Room

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


def demonstrations(
    kind: AnyDomain, puzzle: Any, room: Room | None = None, shown: Sequence[Answer] = ()
) -> Picture:
    """The demonstration pairs of an ARC task beside each other, within `room` if they can be; with
    what a model has `shown` for each, if it has, and how many of its cells are wrong."""
    pairs = blocks(render(kind, puzzle))[:-1]
    if room is not None:
        parts = 3 if shown else 2
        columns = room.columns // max(1, len(pairs)) - len(GAP) - (4 if shown else 0)
        each = replace(room, columns=max(1, 2 * columns // parts))
        pairs = blocks(render(kind, puzzle, room=each))[:-1]
    if shown:
        told = zip(pairs, puzzle.demonstrations, shown, strict=False)
        pairs = [_reproduced(kind, puzzle, *each, room) for each in told]
    return beside(pairs)


def _reproduced(
    kind: AnyDomain, puzzle: Any, block: Picture, pair: Any, answer: Answer, room: Room | None
) -> Picture:
    """A demonstration under its name with the model's output behind it, at about the same scale."""
    label, *rows = block.rows
    output = np.array(pair.output)
    wrong: tuple[Position, ...] = ()
    mark = Cell(" another size", "broken")
    if output.shape == answer.shape:
        wrong = tuple((int(row), int(column)) for row, column in np.argwhere(output != answer))
        mark = Cell(f" {len(wrong)} wrong", "broken") if wrong else Cell(" ✓", "answer")
    if room is not None:
        room = replace(room, rows=len(rows), columns=room.columns)
    own = render(kind, puzzle, answer, Verdict(not wrong, broken=wrong), room=room)
    name = "".join(cell.text for cell in label).replace("demonstration ", "")
    below = beside([Picture(tuple(rows)), without_places(own)], "  ")
    return Picture(((Cell(f"{name}:", "label"), mark), *below.rows))


def without_places(picture: Picture) -> Picture:
    """A picture whose cells cannot be pointed at, as another one has the cursor."""
    return Picture(
        tuple(
            tuple(
                replace(c, at=None, ground=None if c.ground is None else replace(c.ground, at=None))
                for c in row
            )
            for row in picture.rows
        )
    )
