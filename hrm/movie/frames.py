"""A movie before it is written to a file: frames of coloured glyphs on a theme's background.

All formats start from it: the pictures draw the glyphs, the cast writes them as a terminal would
get them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import get_character_cell_size
from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.style import Style
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, MONOKAI, TerminalTheme
from rich.text import Text

from hrm.movie.scenes import Scene
from hrm.movie.stage import Stage
from hrm.styles import Palette, shade
from hrm.terminal import clean_line

MARGIN = (2, 1)
"""Columns and lines around what is drawn."""

_DIM = 0.6
"""Brightness of dim text, from 0 (the background) to 1 (its own colour)."""


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of the background (`paper`), of plain text (`ink`), and of what a terminal knows
    by name."""

    name: str
    paper: ColorTriplet
    ink: ColorTriplet
    palette: Palette
    named: TerminalTheme


def theme(name: str) -> Theme:
    """The theme with this name; `THEMES` lists the names."""
    light = name == "light"
    palette = Palette.shaded(light=light)
    assert palette.paper is not None
    ink = ColorTriplet(27, 31, 39) if light else ColorTriplet(230, 232, 238)
    named = DEFAULT_TERMINAL_THEME if light else MONOKAI
    return Theme(name, palette.paper, ink, palette, named)


THEMES = ("dark", "light")


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character and its style; `paper` is None where the movie's background shows."""

    text: str
    ink: ColorTriplet
    paper: ColorTriplet | None = None
    bold: bool = False
    italic: bool = False

    @property
    def columns(self) -> int:
        return max(1, get_character_cell_size(self.text))


Place = tuple[int, int]
"""(line, column), both from 0."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The glyphs that are shown for `seconds`; blank places have none."""

    glyphs: dict[Place, Glyph]
    seconds: float


@dataclass(frozen=True, slots=True)
class Movie:
    """At least one frame, all of `columns` × `rows` characters."""

    title: str
    columns: int
    rows: int
    theme: Theme
    frames: tuple[Frame, ...]

    @property
    def seconds(self) -> float:
        return sum(frame.seconds for frame in self.frames)

    @property
    def starts(self) -> tuple[float, ...]:
        """The time at which each frame begins, in seconds."""
        times, now = [], 0.0
        for frame in self.frames:
            times.append(now)
            now += frame.seconds
        return tuple(times)

    def at(self, seconds: float) -> Frame:
        """The frame that is shown at a time, the last one after the end."""
        begun = [n for n, start in enumerate(self.starts) if start <= seconds]
        return self.frames[begun[-1] if begun else 0]


def make_movie(title: str, scenes: Iterable[Scene], size: tuple[int, int], look: Theme) -> Movie:
    """A movie of the scenes, laid out within `size` (columns, lines) and cut to what is drawn and a
    margin. Equal frames in a row become one."""
    stage = Stage(*size, look.palette)
    frames: list[Frame] = []
    for scene in scenes:
        frame = Frame(glyphs_of(stage.lines(title, scene), look), scene.seconds)
        if frames and frames[-1].glyphs == frame.glyphs:
            frames[-1] = replace(frame, seconds=frames[-1].seconds + frame.seconds)
        else:
            frames.append(frame)
    return _cut(clean_line(title), frames, look)


def _cut(title: str, frames: Sequence[Frame], look: Theme) -> Movie:
    """Cut off the columns and lines that are empty in all frames."""
    places = [place for frame in frames for place in frame.glyphs]
    lines, columns = [line for line, _ in places], [column for _, column in places]
    top, left = min(lines, default=0) - MARGIN[1], min(columns, default=0) - MARGIN[0]
    moved = tuple(
        replace(
            frame,
            glyphs={(line - top, column - left): g for (line, column), g in frame.glyphs.items()},
        )
        for frame in frames
    )
    return Movie(
        title,
        max(columns, default=0) - left + MARGIN[0] + 1,
        max(lines, default=0) - top + MARGIN[1] + 1,
        look,
        moved,
    )


def glyphs_of(lines: Sequence[Text], look: Theme) -> dict[Place, Glyph]:
    """The glyphs of all characters, except blanks on the plain background."""
    found: dict[Place, Glyph] = {}
    for number, line in enumerate(lines):
        column = 0
        for character, style in _characters(line):
            if not get_character_cell_size(character):
                continue  # a combining character
            glyph = _glyph(character, style, look)
            if glyph.paper is not None or character.strip():
                found[number, column] = glyph
            column += glyph.columns
    return found


def _characters(line: Text) -> Iterator[tuple[str, Style]]:
    """Each character with its style; where spans overlap, the later one wins."""
    base = Style.parse(line.style) if isinstance(line.style, str) else line.style
    styles = [base] * len(line.plain)
    for start, end, style in line.spans:
        own = Style.parse(style) if isinstance(style, str) else style
        for place in range(start, min(end, len(styles))):
            styles[place] = styles[place] + own
    return zip(line.plain, styles, strict=True)


def _glyph(character: str, style: Style, look: Theme) -> Glyph:
    ink = _triplet(style.color, look) or look.ink
    paper = _triplet(style.bgcolor, look)
    if style.reverse:
        ink, paper = paper or look.paper, ink
    if style.dim:
        ink = shade(ink, paper or look.paper, _DIM)
    return Glyph(character, ink, paper, bool(style.bold), bool(style.italic))


def _triplet(colour: Color | None, look: Theme) -> ColorTriplet | None:
    if colour is None or colour.type is ColorType.DEFAULT:
        return None
    return colour.get_truecolor(look.named)
