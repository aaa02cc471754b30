"""Writes a movie as an asciicast v2, which `asciinema play FILE` shows in a terminal.

The first line is an object with the size of the terminal, every other line is `[time, "o", text]`
(https://docs.asciinema.org/manual/asciicast/v2/). Only what has changed since the last frame is
sent.
"""

from __future__ import annotations

import json
from typing import TypeAlias

from rich.color_triplet import ColorTriplet

from hrm.movie.frames import Frame, Glyph, Movie

_BEGIN = "\x1b[?25l"
_END = "\x1b[0m\x1b[?25h"

_Line: TypeAlias = list[tuple[str, str]]
"""Style and text of each column; the second one of a wide character has neither."""


def write_cast(movie: Movie) -> str:
    """The text of the file."""
    header = {
        "version": 2,
        "width": movie.columns,
        "height": movie.rows,
        "title": movie.title,
        "env": {"TERM": "xterm-256color"},
    }
    lines = [json.dumps(header)]
    before: list[_Line] = [[] for _ in range(movie.rows)]
    for start, frame in zip(movie.starts, movie.frames, strict=True):
        now = [_line(movie, frame, number) for number in range(movie.rows)]
        text = "".join(
            _changes(number, old, new)
            for number, (old, new) in enumerate(zip(before, now, strict=True), start=1)
        )
        lines.append(_event(start, text if start else _BEGIN + text))
        before = now
    lines.append(_event(movie.seconds, f"\x1b[{movie.rows};1H{_END}"))
    return "\n".join(lines) + "\n"


def _event(seconds: float, text: str) -> str:
    return json.dumps([round(seconds, 3), "o", text], ensure_ascii=False)


def _line(movie: Movie, frame: Frame, number: int) -> _Line:
    plain = Glyph(" ", movie.theme.ink)
    line: _Line = []
    while len(line) < movie.columns:
        glyph = frame.glyphs.get((number, len(line)), plain)
        line.append((_style(glyph, movie.theme.paper), glyph.text))
        line += [("", "")] * (glyph.columns - 1)
    return line


def _changes(number: int, old: _Line, new: _Line) -> str:
    """The text that turns the old line into the new one: the columns from the first to the last
    that differ."""
    differ = [column for column, pair in enumerate(new) if not old or old[column] != pair]
    if not differ:
        return ""
    first = differ[0]
    while first and not new[first][1]:  # a wide character is sent whole
        first -= 1
    text, style = f"\x1b[{number};{first + 1}H", ""
    for wanted, character in new[first : differ[-1] + 1]:
        if character and wanted != style:
            text, style = text + wanted, wanted
        text += character
    return text


def _style(glyph: Glyph, paper: ColorTriplet) -> str:
    """The escape sequence of a glyph's style. All colours are written as RGB, the background too,
    because a player has a palette of its own."""
    bold, italic = ";1" if glyph.bold else "", ";3" if glyph.italic else ""
    behind = ";".join(map(str, glyph.paper or paper))
    if not glyph.text.strip():
        return f"\x1b[0;48;2;{behind}m"
    ink = ";".join(map(str, glyph.ink))
    return f"\x1b[0{bold}{italic};38;2;{ink};48;2;{behind}m"
