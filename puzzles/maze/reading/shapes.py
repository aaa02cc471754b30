"""Mazes whose rows stand in one line, and cells that brackets are drawn around or stand for."""

from __future__ import annotations

import re
from dataclasses import replace

from puzzles.maze.puzzle import MIN_SIDE
from puzzles.maze.reading.drawings import Drawing

_MARKS = (" / ", " | ", "/", "|", "\\", ", ", ",", "; ", ";", " ")
_BOXED = re.compile(r"\s*(?:\[.\]|\(.\))+\s*")
_PAIRS = ("[]", "()", "<>", "{}")
_LONGEST = 5_000
"""Characters of a line that may be a whole maze."""


def with_rows_apart(drawing: Drawing) -> Drawing:
    """A line of at least three parts of one length with a mark between them as the rows of a maze;
    any other drawing as it is."""
    if len(drawing.rows) != 1 or len(drawing.rows[0].text) > _LONGEST:
        return drawing
    row = drawing.rows[0]
    whole = row.cut(len(row.text) - len(row.text.lstrip()), len(row.text.rstrip()))
    for mark in _MARKS:
        parts = whole.text.split(mark)
        width = len(parts[0])
        if len(parts) >= MIN_SIDE <= width and {len(part) for part in parts} == {width}:
            step = width + len(mark)
            rows = [whole.cut(at, at + width) for at in range(0, len(whole.text), step)]
            return replace(drawing, rows=tuple(rows))
    return drawing


def with_brackets(drawing: Drawing) -> Drawing:
    """With the one character between brackets where every cell has them, as `[#][ ][S]`; or with
    `##` for a pair of brackets that is a wall."""
    rows = drawing.rows
    if all(_BOXED.fullmatch(row.text) for row in rows):
        inner = [row.cut(len(row.text) - len(row.text.lstrip()) + 1, None, 3) for row in rows]
        return replace(drawing, rows=tuple(inner), exact=True)
    drawn = "".join(row.text for row in rows)
    for pair in _PAIRS:
        pairs = drawn.count(pair)
        if "#" not in drawn and pairs > len(rows) and {drawn.count(c) for c in pair} == {pairs}:
            walls = [row._replace(text=row.text.replace(pair, "##")) for row in rows]
            return replace(drawing, rows=tuple(walls))
    return drawing
