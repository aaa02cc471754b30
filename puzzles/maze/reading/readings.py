"""Which characters of a drawing are cells: all, or not those that indent it, part its cells or
double them. Where two readings remain, both are named and none is taken, unless a size decides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, zip_longest
from typing import NamedTuple

from puzzles.errors import PuzzleError
from puzzles.maze.puzzle import MAX_SIDE, MIN_SIDE
from puzzles.maze.reading.drawings import ENDS, FRAME, Drawing, Row, Sizes, is_closed

_DRAWN_FLOOR = frozenset(".0123456789_-·,:")
_NUMBERS = {4: "four", 3: "three", 2: "two"}
_COMMENT = re.compile(r" *#{1,3} ")
_PER_OPENING = 6
"""Rows of a frame from which on one of its sides may have an opening."""

_SURE = 8
"""Changes between wall and floor, all at even columns, from which on cells are doubled: if columns
were drawn by chance, one drawing in 256 had so many."""


class Reading(NamedTuple):
    rows: tuple[Row, ...]
    words: str

    @property
    def shape(self) -> Sizes:
        return len(self.rows), max(len(row.text) for row in self.rows)


def cells_of(drawing: Drawing, shape: Sizes | None = None) -> tuple[Row, ...]:
    """Rows of one character a cell; `shape` is what is known of the maze from elsewhere.

    Raises `PuzzleError` where two readings remain, or none has the size that the text says.
    """
    found = [Reading(drawing.rows, "as it is")] if drawing.exact else _readings(drawing)
    line = drawing.rows[0].number
    if shape is not None:
        found = [reading for reading in found if reading.shape == shape] or found[:1]
    elif drawing.sizes is not None:
        fitting = [each for each in found if sorted(each.shape) == sorted(drawing.sizes)]
        if not fitting:
            said, has = (f"{a} x {b}" for a, b in (drawing.sizes, found[0].shape))
            raise PuzzleError(
                f"the line above says {said}, the drawing has {has}",
                hint="correct that line, or leave it out",
                line=line,
            )
        found = fitting[:1]
    elif len(found) > 1:
        found = [each for each in found if _fits(each)] or found[:1]
    if len(found) > 1:
        ways = " or ".join(f"{r.words} as {r.shape[0]} x {r.shape[1]}" for r in found)
        raise PuzzleError(
            f"this drawing can be read in {_NUMBERS.get(len(found), 'several')} ways: {ways}",
            hint="draw floor with '.' and nothing before or behind the cells, or put rows and "
            f"columns above it, such as `{found[0].shape[0]} {found[0].shape[1]}`",
            line=line,
        )
    return found[0].rows


def _fits(reading: Reading) -> bool:
    height, width = reading.shape
    return MIN_SIDE <= height <= MAX_SIDE and MIN_SIDE <= width <= MAX_SIDE


def _readings(drawing: Drawing) -> list[Reading]:
    """The most likely first; more than one only where nothing in the drawing decides."""
    rows = _without_blank_ends(_untabbed(drawing.rows))
    found = _readings_of(rows, blocks=drawing.blocks)
    marks = {match[0] if match else "" for match in (_COMMENT.match(row.text) for row in rows)}
    mark = marks.pop()
    if marks or not mark:
        tight = not drawing.blocks and _may_be_commented(rows)
        mark = "#" if tight and len(found) == 1 else ""
    if not mark or any(map(_is_framed, found)):
        return found
    rest = tuple(row.cut(len(mark)) for row in rows)
    if not any(row.text.strip(" ") for row in rest):
        return found
    bare = _readings_of(rest, blocks=drawing.blocks)
    if all(map(_is_without_blanks, bare)) and not any(map(_is_without_blanks, found)):
        return bare
    words = f"without the {mark.strip()} before each line"
    return [*found, *(reading._replace(words=words) for reading in bare)]


def _may_be_commented(rows: Sequence[Row]) -> bool:
    """Whether the walls on the left may be marks of comments that no blank follows: a frame begins
    beside them, and is as thick as that on no other side."""
    texts = [row.text.rstrip() for row in rows]
    if not all(text.startswith("#") for text in texts):
        return False
    inner = [text[1:] for text in texts]
    if not is_closed(inner):
        return False
    right = "".join(text[-2] for text in inner)
    return {"#"} not in (set(inner[1]), set(inner[-2]), set(right))


def _is_framed(reading: Reading) -> bool:
    """Whether the walls on the left are those of a frame and no marks before a drawing: one further
    side is walls, or all are but two openings, and the cells beside are not nearly all walls."""
    texts = [row.text for row in reading.rows]
    left, beside, *_, right = zip_longest(*texts, fillvalue=" ")
    sides = (texts[0], texts[-1], right)
    gaps = sum(character not in FRAME for side in sides for character in side)
    opened = gaps == 2 and ENDS.isdisjoint("".join(texts))
    walled = opened or any(map(FRAME.issuperset, sides))
    few = len(texts) // _PER_OPENING
    return walled and set(left) == {"#"} and len(texts) - beside.count("#") > few


def _is_without_blanks(reading: Reading) -> bool:
    """Whether floor is drawn, and no cell is a blank."""
    drawn = set("".join(row.text for row in reading.rows))
    return " " not in drawn and bool(drawn & _DRAWN_FLOOR)


def _readings_of(whole: tuple[Row, ...], *, blocks: bool) -> list[Reading]:
    indent = min(len(r.text) - len(r.text.lstrip(" ")) for r in whole if r.text.strip(" "))
    body = tuple(row.cut(indent) for row in whole)
    wide = []
    for step in _NUMBERS:
        reading, sure = _wide(body, step)
        if reading and (sure or (blocks and step == min(_NUMBERS))):
            return _high(reading, step)
        wide += [reading] if reading else []
    apart, sure = _apart(body)
    if apart and sure:
        return [apart]
    found = _single(whole, body, indent)
    return [*found, *([apart] if apart else []), *wide]


def _untabbed(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    tabs = min(len(row.text) - len(row.text.lstrip("\t")) for row in rows)
    return tuple(row.cut(tabs) for row in rows) if tabs else rows


def _without_blank_ends(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Without rows of spaces above and below a frame."""
    drawn = [number for number, row in enumerate(rows) if row.text.strip(" ")]
    if not drawn:
        raise PuzzleError("there is no maze in the text", hint="draw it with # for walls, S and G")
    inner = rows[drawn[0] : drawn[-1] + 1]
    return inner if is_closed([row.text.strip(" ") for row in inner]) else rows


def _single(whole: tuple[Row, ...], body: tuple[Row, ...], indent: int) -> list[Reading]:
    """Every character a cell, without the indentation and the spaces at the ends of lines where
    they are not floor."""
    texts = [row.text.rstrip(" ") for row in body]
    bare = Reading(tuple(r.cut(0, len(t)) for r, t in zip(body, texts, strict=True)), "unindented")
    drawn = set("".join(texts))
    if (drawn & _DRAWN_FLOOR and " " not in drawn) or is_closed(texts):
        return [bare]
    sides = {text[:1] for text in texts} | {text[-1:] for text in texts}
    if not indent:
        even = len({len(text) for text in texts}) == 1
        if even and sides == {"#"} and len(texts[0]) >= MIN_SIDE:
            return [bare]
        found = [Reading(whole, "every character a cell")]
        width = max(map(len, texts))
        if all(len(row.text) == len(whole[0].text) > width + 1 for row in whole):
            cut = tuple(row.cut(0, width) for row in whole)
            found.append(Reading(cut, "without the spaces behind the lines"))
        return found
    inner = Reading(body, "without the indentation")
    if all(text[:1] in FRAME for text in texts):
        return [inner]
    return [inner, Reading(whole, "with the spaces on the left as floor")]


def _apart(body: tuple[Row, ...]) -> tuple[Reading | None, bool]:
    """Cells with as many spaces after each, and whether that is sure."""
    steps = [
        step
        for step in range(6, 1, -1)
        if not any(row.text[at::step].strip(" ") for row in body for at in range(1, step))
    ]
    if not steps:
        return None, False
    texts = [row.text[:: steps[0]].rstrip(" ") for row in body]
    width = max(map(len, texts))
    rows = tuple(row.cut(0, None, steps[0]).cut(0, width) for row in body)
    if width < MIN_SIDE or len(rows) < MIN_SIDE:
        return None, False
    drawn = set("".join(texts))
    full = " " not in drawn and all(len(text) == width for text in texts)
    sure = bool(full and drawn & _DRAWN_FLOOR)
    sure = sure or (is_closed(texts) and min(width, len(rows)) > MIN_SIDE)
    spaces = "a space" if steps[0] == 2 else f"{steps[0] - 1} spaces"
    return Reading(rows, f"with {spaces} after each cell"), sure


def _wide(body: tuple[Row, ...], step: int) -> tuple[Reading | None, bool]:
    """Cells of `step` equal characters, start and goal also of one and blanks, and whether that is
    sure."""
    width = max(len(row.text.rstrip(" ")) for row in body)
    width += -width % step
    changes = walls = 0
    rows = []
    for row in body:
        text = row.text[:width].ljust(width)
        cells = [text[at : at + step] for at in range(0, width, step)]
        marks = [_mark_of(cell) for cell in cells]
        if not all(marks):
            return None, False
        walls += marks.count("#")
        changes += sum((a == "#") != (b == "#") for a, b in pairwise(marks))
        at = [c.index(mark) for c, mark in zip(cells, marks, strict=True)]
        rows.append(_chosen(row, [step * i + begin for i, begin in enumerate(at)]))
    if not walls or width < step * MIN_SIDE or len(body) < MIN_SIDE:
        return None, False
    return Reading(tuple(rows), f"with {_NUMBERS[step]} characters a cell"), changes >= _SURE


def _mark_of(cell: str) -> str:
    """The character of a cell that is written several times, or once among blanks; empty where
    there are several."""
    if len(set(cell)) == 1:
        return cell[0]
    inner = cell.strip(" .")
    return inner if len(inner) == 1 and inner in ENDS else ""


def _chosen(row: Row, places: Sequence[int]) -> Row:
    """The characters at these indices, blanks for those that were stripped from the end."""
    last = row.columns[-1] if row.text else 0
    text = "".join(row.text[at] if at < len(row.text) else " " for at in places)
    columns = [
        row.columns[at] if at < len(row.text) else last + 1 + at - len(row.text) for at in places
    ]
    return Row(row.number, text, tuple(columns))


def _high(wide: Reading, step: int) -> list[Reading]:
    """The readings of a drawing whose cells are so many characters wide, which may be as many lines
    high, as those of an enlarged picture are; or half as many."""
    for high in {step, step // 2} - {1}:
        rows = _tall(wide.rows, high)
        if rows:
            tall = Reading(rows, f"with {_NUMBERS[step]} x {_NUMBERS[high]} characters a cell")
            sure = sum(a.text != b.text for a, b in pairwise(rows)) >= _SURE
            return [tall] if sure else [tall, wide]
    return [wide]


def _tall(rows: Sequence[Row], high: int) -> tuple[Row, ...] | None:
    """One row of each `high` that are equal but for start and goal, None where they are not."""
    if len(rows) % high or len(rows) < high * MIN_SIDE:
        return None
    found = []
    for at in range(0, len(rows), high):
        block = rows[at : at + high]
        cells = [_mark_of("".join(cell)) for cell in zip(*(r.text for r in block), strict=True)]
        if not all(cells):
            return None
        found.append(block[0]._replace(text="".join(cells)))
    return tuple(found)
