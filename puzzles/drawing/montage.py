"""Pictures put together: beside each other, under a title, or taken apart again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import Parameter, signature
from typing import Any

import numpy as np

from puzzles.contract.protocol import AnyDomain, Draft, Verdict
from puzzles.contract.tokens import Answer, Position
from puzzles.drawing.picture import Cell, Picture, Room

GAP = "   "
"""Between pictures beside each other."""


def _taken(method: Callable[..., Any], seen: dict[str, Any]) -> dict[str, Any]:
    """The keywords that a method of a domain takes; one from outside may know fewer than the
    protocol has."""
    takes = signature(method).parameters
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
    return kind.render(puzzle, answer, verdict, **_taken(kind.render, seen))


def draft_picture(draft: Draft, room: Room) -> Picture:
    """`draft.picture`, as large as there is room if the draft can be."""
    return draft.picture(**_taken(draft.picture, {"room": room}))


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
    """The picture at exactly this size: padded with blanks at the right and below, or cut off
    there."""
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
    """The picture below its title, which is a row of its own."""
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


MOST_LINES = 3
"""Of demonstrations below each other."""


def demonstrations(
    kind: AnyDomain, puzzle: Any, room: Room | None = None, shown: Sequence[Answer] = ()
) -> Picture:
    """The demonstration pairs of an ARC task beside each other, or in two or three lines if that
    fits in `room` and one line does not. With `shown`, the outputs of a model, each of them is
    drawn and its wrong cells are counted; if that is too wide, they are only counted."""
    if room is None:
        return beside(_judged_pairs(kind, puzzle, None, shown, drawn=bool(shown)))
    for lines in range(1, MOST_LINES + 1):
        for drawn in (True, False) if shown else (False,):
            picture = _in_lines(kind, puzzle, room, shown, lines, drawn=drawn)
            if picture.width <= room.columns and (lines == 1 or len(picture.rows) <= room.rows):
                return picture
    return _in_lines(kind, puzzle, room, shown, 1, drawn=False)


def _in_lines(
    kind: AnyDomain, puzzle: Any, room: Room, shown: Sequence[Answer], lines: int, *, drawn: bool
) -> Picture:
    """Every line but the last has the same number of demonstrations."""
    part = replace(room, columns=room.columns * lines, rows=room.rows // lines)
    pairs = _judged_pairs(kind, puzzle, part, shown, drawn=drawn)
    across = -(-len(pairs) // lines)
    rows: list[tuple[Cell, ...]] = []
    for first in range(0, len(pairs), across):
        rows += [()] * bool(rows)
        rows += beside(pairs[first : first + across]).rows
    return Picture(tuple(rows))


def _judged_pairs(
    kind: AnyDomain, puzzle: Any, room: Room | None, shown: Sequence[Answer], *, drawn: bool
) -> list[Picture]:
    """Each pair, with `shown` also how many cells of the model's output are wrong, and that output
    if it is to be `drawn`."""
    pairs = _pairs(kind, puzzle, room, 3 if drawn else 2)
    if not shown:
        return pairs
    judged = [
        (block, _wrong(answer, pair), answer)
        for block, pair, answer in zip(pairs, puzzle.demonstrations, shown, strict=False)
    ]
    if drawn:
        return [_reproduced(kind, puzzle, *each, room) for each in judged]
    return [_marked(block, wrong) for block, wrong, _ in judged]


def _pairs(kind: AnyDomain, puzzle: Any, room: Room | None, parts: int) -> list[Picture]:
    """Each pair under its name, so large that `parts` grids of each fit beside each other."""
    pairs = blocks(render(kind, puzzle))[:-1]
    if room is None:
        return pairs
    columns = room.columns // max(1, len(pairs)) - len(GAP) - (4 if parts > 2 else 0)
    each = replace(room, columns=max(1, 2 * columns // parts))
    return blocks(render(kind, puzzle, room=each))[:-1]


def _wrong(answer: Answer, pair: Any) -> tuple[Position, ...] | None:
    """The cells of an output that are wrong, None where it has another size."""
    output = np.array(pair.output)
    if output.shape != answer.shape:
        return None
    return tuple((int(row), int(column)) for row, column in np.argwhere(output != answer))


def _marked(block: Picture, wrong: tuple[Position, ...] | None) -> Picture:
    """A demonstration whose name says how many cells are wrong."""
    label, *rows = block.rows
    mark = Cell(" ✓", "answer")
    if wrong is None:
        mark = Cell(" wrong size", "broken")
    elif wrong:
        mark = Cell(f" {len(wrong)} wrong", "broken")
    name = "".join(cell.text for cell in label).replace("demonstration ", "")
    return Picture(((Cell(f"{name}:", "label"), mark), *rows))


def _reproduced(
    kind: AnyDomain,
    puzzle: Any,
    block: Picture,
    wrong: tuple[Position, ...] | None,
    answer: Answer,
    room: Room | None,
) -> Picture:
    """A demonstration under its name with the model's output behind it, at about the same scale."""
    label, *rows = _marked(block, wrong).rows
    if room is not None:
        room = replace(room, rows=len(rows), columns=room.columns)
    verdict = Verdict(wrong == (), broken=wrong or ())
    own = render(kind, puzzle, answer, verdict, room=room)
    below = beside([Picture(tuple(rows)), without_places(own)], "  ")
    return Picture((label, *below.rows))


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
