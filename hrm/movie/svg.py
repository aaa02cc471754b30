"""Writes an animated SVG with style sheets only and no script, so that it plays in browsers and on
code hosts.

What stays the same for several frames is drawn once. All that appears with one frame and disappears
with another is a group, whose keyframes show it for that time. Where nothing is animated, or a
person asked for reduced motion, the last frame is seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from xml.sax.saxutils import escape

from rich.color_triplet import ColorTriplet

from hrm.movie.frames import Glyph, Movie, Place
from hrm.movie.glyphs import Block, block, strokes

WIDTH, HEIGHT = 8, 16
"""Size of a character, in the picture's units."""

LINE, HEAVY = 1.0, 2.4
"""Widths of light and heavy lines."""

FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
_FONT_SIZE = 13
_BASELINE = 12

Span: TypeAlias = tuple[int, int]
"""The first frame that shows something and the first one after it that does not."""


@dataclass(frozen=True, slots=True)
class _Paper:
    """The background of a character."""

    ink: ColorTriplet


@dataclass(frozen=True, slots=True)
class _Box:
    """A filled rectangle, in shares of a cell."""

    shape: Block
    ink: ColorTriplet


@dataclass(frozen=True, slots=True)
class _Lines:
    """Strokes of one weight from the middle of a cell to its sides."""

    sides: tuple[bool, ...]
    width: float
    ink: ColorTriplet


@dataclass(frozen=True, slots=True)
class _Letter:
    text: str
    ink: ColorTriplet
    bold: bool
    italic: bool


_Item: TypeAlias = _Paper | _Box | _Lines | _Letter
_Seen: TypeAlias = dict[_Item, list[Place]]

_LAYERS = (_Paper, _Box, _Lines, _Letter)
"""From the back to the front."""


def write_svg(movie: Movie) -> str:
    """The text of the file."""
    spans = _spans(movie)
    total = len(movie.frames)
    moving = sorted(span for span in spans if span != (0, total))
    names = {span: f"s{number}" for number, span in enumerate(moving)}
    width, height = movie.columns * WIDTH, movie.rows * HEIGHT
    paper, title = movie.theme.paper.hex, escape(movie.title)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" font-family="{FONT}" '
        f'font-size="{_FONT_SIZE}" text-anchor="middle" stroke="none">',
        f"<title>{title}</title>",
        f"<style>{''.join(_style(movie, names))}</style>",
        f'<rect width="{width}" height="{height}" rx="6" fill="{paper}"/>',
    ]
    for layer in _LAYERS:
        for span in ((0, total), *moving):
            here = {i: places for i, places in spans.get(span, {}).items() if isinstance(i, layer)}
            drawn = "".join(_DRAW[layer](here))
            if drawn:
                parts.append(f'<g class="{names[span]}">{drawn}</g>' if span in names else drawn)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _style(movie: Movie, names: Mapping[Span, str]) -> Iterator[str]:
    """The rules of the groups: each is shown for its time; without animation, those of the last
    frame are."""
    if not names:
        return
    total, ends = movie.seconds, [*movie.starts, movie.seconds]
    times = [f"{100 * end / total:.3f}".rstrip("0").rstrip(".") for end in ends]
    yield f"g{{animation:{total:.3f}s step-end infinite}}"
    last = len(movie.frames)
    early = [f".{name}" for (_, end), name in names.items() if end != last]
    if early:
        yield ",".join(early) + "{visibility:hidden}"
    for (start, end), name in names.items():
        yield f".{name}{{animation-name:{name}}}@keyframes {name}{{"
        if start:
            yield "0%{visibility:hidden}"
        yield times[start] + "%{visibility:visible}"
        yield times[end] + "%{visibility:hidden}" if end != last else "to{visibility:visible}"
        yield "}"
    yield "@media (prefers-reduced-motion:reduce){g{animation:none}}"


def _spans(movie: Movie) -> dict[Span, _Seen]:
    """By the span of frames in which they are seen: the items, and their places."""
    found: dict[Span, _Seen] = defaultdict(lambda: defaultdict(list))
    since: dict[tuple[Place, _Item], int] = {}
    for number, frame in enumerate(movie.frames):
        seen = dict.fromkeys((at, i) for at, glyph in frame.glyphs.items() for i in _items(glyph))
        for gone in [key for key in since if key not in seen]:
            found[since.pop(gone), number][gone[1]].append(gone[0])
        for key in seen:
            since.setdefault(key, number)
    for (place, item), start in since.items():
        found[start, len(movie.frames)][item].append(place)
    return found


def _items(glyph: Glyph) -> Iterator[_Item]:
    if glyph.paper is not None:
        yield _Paper(glyph.paper)
    if not glyph.text.strip():
        return
    shape, sides = block(glyph.text), strokes(glyph.text)
    if shape is not None:
        yield _Box(shape, glyph.ink)
    elif sides is not None:
        for weight, width in ((1, LINE), (2, HEAVY)):
            if weight in sides:
                yield _Lines(tuple(side == weight for side in sides), width, glyph.ink)
    else:
        yield _Letter(glyph.text, glyph.ink, glyph.bold, glyph.italic)


def _draw_boxes(seen: _Seen) -> Iterator[str]:
    """A path for each colour; neighbours in a line become one rectangle."""
    paths: dict[ColorTriplet, list[str]] = defaultdict(list)
    for item, places in seen.items():
        assert isinstance(item, _Paper | _Box)
        left, top, width, height = item.shape if isinstance(item, _Box) else (0, 0, 1, 1)
        for line, first, last in _runs(places) if width == 1 else _alone(places):
            x, y = WIDTH * (first + left), HEIGHT * (line + top)
            wide, high = WIDTH * (last - first + width), HEIGHT * height
            paths[item.ink].append(f"M{x:g} {y:g}h{wide:g}v{high:g}h{-wide:g}z")
    for ink, path in paths.items():
        yield f'<path shape-rendering="crispEdges" fill="{ink.hex}" d="{"".join(path)}"/>'


def _draw_lines(seen: _Seen) -> Iterator[str]:
    """A path for each colour and weight; strokes that continue one another become one."""
    paths: dict[tuple[ColorTriplet, float], list[str]] = defaultdict(list)
    across: dict[tuple[ColorTriplet, float], list[Place]] = defaultdict(list)
    down: dict[tuple[ColorTriplet, float], list[Place]] = defaultdict(list)
    for item, places in seen.items():
        assert isinstance(item, _Lines)
        up, right, low, left = item.sides
        for line, column in places:  # in half cells, of which a stroke is one
            key = item.ink, item.width
            across[key] += [(line, 2 * column + part) for part, on in ((0, left), (1, right)) if on]
            down[key] += [(column, 2 * line + part) for part, on in ((0, up), (1, low)) if on]
    for key, halves in across.items():
        for line, first, last in _runs(halves):
            x, y = WIDTH * first / 2, HEIGHT * (line + 0.5)
            paths[key].append(f"M{x:g} {y:g}h{WIDTH * (last + 1 - first) / 2:g}")
    for key, halves in down.items():
        for column, first, last in _runs(halves):
            x, y = WIDTH * (column + 0.5), HEIGHT * first / 2
            paths[key].append(f"M{x:g} {y:g}v{HEIGHT * (last + 1 - first) / 2:g}")
    for (ink, width), path in paths.items():
        yield (
            f'<path fill="none" stroke="{ink.hex}" stroke-width="{width:g}" '
            f'stroke-linecap="square" d="{"".join(path)}"/>'
        )


def _draw_letters(seen: _Seen) -> Iterator[str]:
    """A text element for each style, with the place of each character."""
    texts: dict[tuple[ColorTriplet, bool, bool], list[tuple[Place, str]]] = defaultdict(list)
    for item, places in seen.items():
        assert isinstance(item, _Letter)
        texts[item.ink, item.bold, item.italic] += [(place, item.text) for place in places]
    for (ink, bold, italic), letters in texts.items():
        letters.sort()
        x = " ".join(f"{WIDTH * column + WIDTH // 2}" for (_, column), _ in letters)
        lines = [HEIGHT * line + _BASELINE for (line, _), _ in letters]
        y = " ".join(map(str, lines[:1] if len(set(lines)) == 1 else lines))
        weight = ' font-weight="700"' if bold else ""
        slant = ' font-style="italic"' if italic else ""
        text = escape("".join(text for _, text in letters))
        yield f'<text fill="{ink.hex}"{weight}{slant} x="{x}" y="{y}">{text}</text>'


_DRAW: Mapping[type, Callable[[_Seen], Iterator[str]]] = {
    _Paper: _draw_boxes,
    _Box: _draw_boxes,
    _Lines: _draw_lines,
    _Letter: _draw_letters,
}


def _runs(places: Iterable[Place]) -> Iterator[tuple[int, int, int]]:
    """Line, first and last column of each run of neighbours."""
    run: tuple[int, int, int] | None = None
    for line, column in sorted(places):
        if run is not None and (line, column) == (run[0], run[2] + 1):
            run = line, run[1], column
            continue
        if run is not None:
            yield run
        run = line, column, column
    if run is not None:
        yield run


def _alone(places: Iterable[Place]) -> Iterator[tuple[int, int, int]]:
    for line, column in sorted(places):
        yield line, column, column
