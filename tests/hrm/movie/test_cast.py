"""The cast, replayed by a terminal."""

from __future__ import annotations

import json

import pyte
from hypothesis import given
from movies import movies

from hrm.movie.cast import write_cast
from hrm.movie.frames import Frame, Movie


def screens(cast: str) -> list[tuple[float, dict[tuple[int, int], tuple[object, ...]]]]:
    """After every event its time, and of every place the character and how it looks."""
    header, *events = map(json.loads, cast.splitlines())
    screen = pyte.Screen(header["width"], header["height"])
    stream = pyte.Stream(screen)
    found = []
    for time, kind, text in events:
        assert kind == "o"
        stream.feed(text)
        shown = {
            (line, column): _look(screen.buffer[line][column])
            for line in range(screen.lines)
            for column in range(screen.columns)
        }
        found.append((time, shown))
    return found


def _look(char: pyte.screens.Char) -> tuple[object, ...]:
    visible = bool(char.data.strip())
    ink = (char.fg, char.bold, char.italics) if visible else ()
    return (char.data, char.bg, *ink)


def wanted(movie: Movie, frame: Frame) -> dict[tuple[int, int], tuple[object, ...]]:
    paper = movie.theme.paper.hex[1:]
    blank = {
        (line, column): (" ", paper)
        for line in range(movie.rows)
        for column in range(movie.columns)
    }
    for place, glyph in frame.glyphs.items():
        behind = glyph.paper.hex[1:] if glyph.paper else paper
        visible = bool(glyph.text.strip())
        ink = (glyph.ink.hex[1:], glyph.bold, glyph.italic) if visible else ()
        blank[place] = (glyph.text, behind, *ink)
    return blank


@given(movies)
def test_a_terminal_shows_every_frame_in_its_time(movie: Movie) -> None:
    replayed = screens(write_cast(movie))
    assert [time for time, _ in replayed] == [*movie.starts, movie.seconds]
    for (_, shown), frame in zip(replayed, movie.frames, strict=False):
        assert shown == wanted(movie, frame)
    assert replayed[-1][1] == replayed[-2][1]  # the last frame is held


def test_wide_characters_take_two_columns() -> None:
    from rich.color_triplet import ColorTriplet

    from hrm.movie.frames import Glyph, theme

    ink = ColorTriplet(1, 2, 3)
    one = Frame({(0, 0): Glyph("数", ink), (0, 2): Glyph("x", ink)}, 1.0)
    other = Frame({(0, 0): Glyph("独", ink), (0, 2): Glyph("x", ink)}, 1.0)
    movie = Movie("wide", 4, 1, theme("dark"), (one, other))
    texts = ["".join(shown[0, n][0] for n in range(4)) for _, shown in screens(write_cast(movie))]  # type: ignore[misc]
    assert texts[:2] == ["数x ", "独x "]
