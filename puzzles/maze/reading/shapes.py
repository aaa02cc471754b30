"""Mazes whose rows stand in one line, and cells that brackets are drawn around or stand for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from puzzles.errors import PuzzleError
from puzzles.maze.puzzle import MIN_SIDE
from puzzles.maze.reading.drawings import BARE, Drawing, Row, is_closed

_MARKS = (" / ", " | ", "/", "|", "\\", ", ", ",", "; ", ";", " ")
_BOXED = re.compile(r"\s*(?:\[.\]|\(.\))+\s*")
_QUOTED = re.compile(r"\s*(?:'[^']'[ ,]+)*'[^']'\s*,?\s*")
_LISTED = re.compile(r"\s*\[[^\[\],]( *, ?[^\[\],])+\][,;]?\s*")
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


def _chosen(row: Row, places: Sequence[int]) -> Row:
    columns = tuple(row.columns[at] for at in places)
    return Row(row.number, "".join(row.text[at] for at in places), columns)


def with_wide_cells(drawing: Drawing) -> Drawing:
    """With one character a cell where some characters are as wide as two, such as emoji, and others
    stand in pairs with a space: where that makes all rows equally long, and they are not."""
    texts = [row.text for row in drawing.rows]
    wide = {c for text in texts for c in set(text) if unicodedata.east_asian_width(c) in "WF"}
    if not wide or len({*map(len, texts)}) == 1:
        return drawing
    rows = []
    for row in drawing.rows:
        places, at = [], 0
        while at < len(row.text):
            pair = row.text[at : at + 2]
            if pair[0] in wide:
                places.append(at)
                at += 1
            elif len(pair) == 2 and " " in pair and pair[1] not in wide:
                places.append(at + (pair[0] == " "))
                at += 2
            else:
                return drawing
        rows.append(_chosen(row, places))
    if len({len(row.text) for row in rows}) > 1:
        return drawing
    return replace(drawing, rows=tuple(rows))


def with_first_line_aligned(drawing: Drawing) -> Drawing:
    """With the indentation of the other lines taken off, where the first has lost its own, as
    copied text often has, or that of the first where others have none. Raises `PuzzleError` where
    it may be floor."""
    first, *others = drawing.rows
    indents = [len(row.text) - len(row.text.lstrip()) for row in drawing.rows]
    heads = len(list(takewhile(lambda row: BARE.fullmatch(row.text.strip()), drawing.rows)))
    below = indents[heads + 1 :]
    if heads and len(below) >= MIN_SIDE and min(below) > 1:
        raise PuzzleError(
            "the first line may be a heading or a row of walls",
            hint="Leave it out, or indent all lines alike.",
            line=first.number,
        )
    before, begin = indents[0], min(indents[1:], default=0)
    if len(others) < MIN_SIDE - 1 or bool(begin) == bool(before):
        return drawing
    rows = (first.cut(before), *(row.cut(begin) for row in others))
    widths = {len(row.text.rstrip()) for row in rows}
    if is_closed([row.text.rstrip() for row in rows]):
        return replace(drawing, rows=rows)
    if len(widths) == 1 and len({len(row.text) for row in drawing.rows}) > 1:
        raise PuzzleError(
            "the first line is not indented as the others are, which may be floor",
            hint="Indent all lines alike, and draw floor with '.'.",
            line=first.number,
        )
    return drawing


def with_brackets(drawing: Drawing) -> Drawing:
    """With the one character between brackets where every cell has them, as `[#][ ][S]`; or with
    `##` for a pair of brackets that is a wall."""
    rows = drawing.rows
    if all(_QUOTED.fullmatch(row.text) for row in rows):
        places = [[m.start() + 1 for m in re.finditer("'.'", row.text)] for row in rows]
        return replace(drawing, rows=tuple(map(_chosen, rows, places)), exact=True)
    if len(rows) >= MIN_SIDE and all(_LISTED.fullmatch(row.text) for row in rows):
        begins = [row.text.index("[") + 1 for row in rows]
        ends = [row.text.rindex("]") for row in rows]
        return replace(drawing, rows=tuple(map(Row.cut, rows, begins, ends)))
    if all(_BOXED.fullmatch(row.text) for row in rows):
        inner = [
            row.cut(len(row.text) - len(row.text.lstrip()) + 1, len(row.text.rstrip()), 3)
            for row in rows
        ]
        return replace(drawing, rows=tuple(inner), exact=True)
    drawn = "".join(row.text for row in rows)
    for pair in _PAIRS:
        pairs = drawn.count(pair)
        if "#" not in drawn and pairs > len(rows) and {drawn.count(c) for c in pair} == {pairs}:
            walls = [row._replace(text=row.text.replace(pair, "##")) for row in rows]
            return replace(drawing, rows=tuple(walls))
    return drawing
