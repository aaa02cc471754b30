"""Cuts a text into mazes: drawings, lists in the notation of programs, lines with a flat maze."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from puzzles.errors import PuzzleError
from puzzles.maze.puzzle import MIN_SIDE
from puzzles.maze.reading.drawings import Drawing, drawings, lines_of
from puzzles.maze.reading.flat import FLAT_FIELD, is_flat, is_header
from puzzles.maze.reading.notation import listed, looks_listed
from puzzles.maze.reading.places import places_of, without_places
from puzzles.text.markup import has_background, unmarked
from puzzles.text.records import with_fields_as_lines
from puzzles.text.surroundings import unescaped
from puzzles.text.text_grid import Line

MAX_MARKED = 1_000_000
"""Longest text, in characters, that may have something written around its mazes."""

LEGEND = "a maze is drawn with # wall, space or . floor, S start, G goal, o path"


def pieces_of(text: str) -> Iterator[Drawing | Line]:
    """Drawings, and lines with a flat maze."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MAX_MARKED:
        yield from _pieces(text)
        return
    text = unescaped(text)
    if has_background(text):
        raise PuzzleError(
            "walls are drawn with colours of a terminal, which a text does not show", hint=LEGEND
        )
    if "<ADJLIST_START>" in text:
        raise PuzzleError(
            "these are the tokens of maze-dataset, not a drawing",
            hint="Write the maze with its as_ascii().",
        )
    text = unmarked(with_fields_as_lines(text))
    text, places = without_places(text)
    places = places or places_of(text)
    for piece in _pieces(text):
        yield replace(piece, places=places) if isinstance(piece, Drawing) else piece


def _pieces(text: str) -> Iterator[Drawing | Line]:
    if looks_listed(text) and FLAT_FIELD.search(text) is None:
        found = listed(text)
        whole = [drawing for drawing in found if len(drawing.rows) >= MIN_SIDE]
        if whole and all(each.short for each in found if len(each.rows) < MIN_SIDE):
            yield from whole
            return
    for piece in drawings(lines_of(text), is_flat):
        if isinstance(piece, Drawing) or not is_header(piece):
            yield piece
