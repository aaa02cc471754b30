"""Cuts a text into mazes: drawings, lists in the notation of programs, lines with a flat maze."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from puzzles.errors import PuzzleError
from puzzles.maze.puzzle import MIN_SIDE
from puzzles.maze.reading.drawings import Drawing, drawings, lines_of
from puzzles.maze.reading.flat import FLAT_FIELD, is_flat, is_header
from puzzles.maze.reading.legends import legend_of
from puzzles.maze.reading.notation import listed, looks_listed
from puzzles.maze.reading.places import LONGEST, places_of, without_places
from puzzles.maze.reading.words import (
    refuse_painted,
    with_classes_as_words,
    with_objects_as_words,
)
from puzzles.text.inner import drawn_in_json, with_strings_as_lines
from puzzles.text.line_marks import with_quoted_lines_alone, without_line_marks
from puzzles.text.markup import has_background, unmarked
from puzzles.text.orders import require_rows
from puzzles.text.printed import with_whole_rows
from puzzles.text.records import with_fields_as_lines
from puzzles.text.surroundings import unescaped
from puzzles.text.text_grid import Line

MAX_MARKED = 1_000_000
"""Longest text, in characters, that may have something written around its mazes."""

_SIDE = r"""["']?\b(?:{})["']?\s*[:=]\s*(\d{{1,2}})\b"""
_WIDTH, _HEIGHT = (
    re.compile(_SIDE.format(names), re.IGNORECASE)
    for names in ("width|w|cols|columns", "height|h|rows")
)

_QUOTED = re.compile(r"^[ \t]*+>(?:[ ]?>)*+(?:[ ]|(?=\n|\Z))", re.MULTILINE)
_QUOTED_TIGHT = re.compile(r"^[ \t]*+>++(?=([^ \n!])?)", re.MULTILINE)
"""A mark that no blank follows; all lines have the same one, and blanks behind it are floor."""

_WORDS = re.compile(r"(?:```|~~~|[^\W\d_]{2,}[ \t:])")
_BLANKS = str.maketrans(dict.fromkeys("\xa0\u2002\u2003\u2007\u2009\u202f", " "))

LEGEND = "a maze is drawn with # wall, space or . floor, S start, G goal, o path"


def pieces_of(text: str) -> Iterator[Drawing | Line]:
    """Drawings, and lines with a flat maze."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MAX_MARKED:
        yield from _pieces(text)
        return
    text = drawn_in_json(text) or unescaped(with_strings_as_lines(text))
    text = _left_aligned(without_line_marks(text.translate(_BLANKS)))
    if has_background(text):
        raise PuzzleError(
            "walls are drawn with colours of a terminal, which a text does not show", hint=LEGEND
        )
    if "<ADJLIST_START>" in text:
        raise PuzzleError(
            "these are the tokens of maze-dataset, not a drawing",
            hint="Write the maze with its as_ascii().",
        )
    text = with_objects_as_words(with_classes_as_words(with_fields_as_lines(text)))
    refuse_painted(text)
    text = with_whole_rows(with_quoted_lines_alone(unmarked(text)))
    text, places = without_places(text)
    places, legend = places or places_of(text), legend_of(text)
    for piece in _pieces(text):
        if isinstance(piece, Drawing):
            yield replace(piece, places=places, legend=legend)
        else:
            yield piece


def _left_aligned(text: str) -> str:
    """Without the marks of a quotation, and without the indentation that all lines have, where it
    is one tab or words have it, too; that of a maze alone may be floor."""
    if len(marks := _QUOTED_TIGHT.findall(text)) >= MIN_SIDE and "</" not in text:
        text = (_QUOTED_TIGHT if any(marks) else _QUOTED).sub("", text)
    lines = [line for line in text.split("\n") if line.strip()]
    if "\t" in text and not any("\t" in line.strip() for line in lines):
        text = re.sub(r"^\t+$", "", text, flags=re.MULTILINE)
    indents = {line[: len(line) - len(line.lstrip())] for line in lines}
    common = min(indents, key=len, default="")
    if not common or not all(line.startswith(common) for line in lines):
        return text
    bare = [line[len(common) :] for line in lines]
    tab = common == "\t" and not any("\t" in line for line in bare)
    if tab or any(_WORDS.match(line) for line in bare):
        return re.sub(rf"^{common}", "", text, flags=re.MULTILINE)
    return text


def _with_sides(drawing: Drawing, text: str) -> Drawing:
    """With its rows apart, where one list has all cells and names say how wide and high it is."""
    row = drawing.rows[0]
    if len(drawing.rows) > 1 or len(text) > LONGEST:
        return drawing
    wide, high = _WIDTH.search(text), _HEIGHT.search(text)
    if not wide or not high:
        return drawing
    width, height = int(wide[1]), int(high[1])
    if min(width, height) < MIN_SIDE or width * height != len(row.text):
        return drawing
    rows = tuple(row.cut(at, at + width) for at in range(0, len(row.text), width))
    return replace(drawing, rows=rows)


def _is_large(drawing: Drawing) -> bool:
    """Whether it has the rows and columns of a maze, which pairs of numbers have not."""
    rows = drawing.rows
    return len(rows) >= MIN_SIDE and max(len(row.text) for row in rows) >= MIN_SIDE


def _pieces(text: str) -> Iterator[Drawing | Line]:
    if looks_listed(text) and FLAT_FIELD.search(text) is None:
        found = [_with_sides(drawing, text) for drawing in listed(text)]
        whole = [drawing for drawing in found if _is_large(drawing)]
        if whole and all(drawing.short for drawing in found if not _is_large(drawing)):
            require_rows(text)
            yield from whole
            return
    for piece in drawings(lines_of(text), is_flat):
        if isinstance(piece, Drawing) or not is_header(piece):
            yield piece
