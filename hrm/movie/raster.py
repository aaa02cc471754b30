"""Draws frames as pixels with Pillow: an animated GIF, or one frame as PNG.

Lines and blocks are drawn as geometry; letters need a font. A common monospaced one is looked for
by name. If there is none, Pillow's own font is used, each letter in the middle of its cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rich.color_triplet import ColorTriplet

from hrm.errors import UserError
from hrm.movie.frames import Frame, Glyph, Movie, Place
from hrm.movie.glyphs import Block, Strokes, block, strokes

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font: TypeAlias = FreeTypeFont | ImageFont

WIDTH, HEIGHT = 9, 18
"""Pixels of a character."""

LINES = (0, 1, 3)
"""Pixels of a stroke by its weight."""

_FONT_SIZE = 15
_FONTS = (
    ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf"),
    ("LiberationMono-Regular.ttf", "LiberationMono-Bold.ttf"),
    ("NotoSansMono-Regular.ttf", "NotoSansMono-Bold.ttf"),
    ("Menlo.ttc", "Menlo.ttc"),
    ("consola.ttf", "consolab.ttf"),
)
"""Plain and bold, as Pillow finds them in the system's folders."""

LEAST_SECONDS = 0.02
"""Viewers of GIFs slow down what is faster."""

_UNCHANGED = 255
"""The colour of pixels that show the frame before."""

_SAMPLED = 12
"""Frames that the palette is made of."""


def require_pillow() -> None:
    """Raises `UserError` if Pillow is missing; it is an extra, because only these two formats need
    it."""
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        raise UserError(
            "GIF and PNG need Pillow, which is not installed",
            "Install it with `pip install 'hrm-tui[images]'`, or choose .svg or .cast.",
        ) from None


def write_gif(movie: Movie) -> bytes:
    """All frames, repeated for ever; times are rounded to hundredths of a second, as the format
    requires.

    The frames share a palette. Pixels that do not change are left out, which halves the file.
    """
    frames = _paletted([draw(movie, frame) for frame in movie.frames])
    data = BytesIO()
    frames[0].save(
        data,
        "GIF",
        save_all=True,
        append_images=[_difference(before, now) for before, now in pairwise(frames)],
        duration=[round(100 * max(frame.seconds, LEAST_SECONDS)) * 10 for frame in movie.frames],
        loop=0,
        transparency=_UNCHANGED,
        disposal=1,
        optimize=False,
    )
    return data.getvalue()


def _paletted(images: Sequence[Image]) -> list[Image]:
    """The images with one palette of 255 colours, chosen from a sample of them."""
    from PIL import Image

    some = images[:: -(-len(images) // _SAMPLED)]
    width, height = some[0].size
    stack = Image.new("RGB", (width, height * len(some)))
    for number, image in enumerate(some):
        stack.paste(image, (0, number * height))
    palette = stack.quantize(_UNCHANGED, dither=Image.Dither.NONE)
    return [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]


def _difference(before: Image, now: Image) -> Image:
    from PIL import Image

    pixels: NDArray[np.uint8] = np.array(now)
    pixels[pixels == np.asarray(before)] = _UNCHANGED
    image = Image.fromarray(pixels)
    image.putpalette(now.getpalette() or [])
    return image


def write_png(movie: Movie, seconds: float | None = None) -> bytes:
    """The frame at `seconds`, or the last one, as a PNG."""
    frame = movie.frames[-1] if seconds is None else movie.at(seconds)
    data = BytesIO()
    draw(movie, frame).save(data, "PNG", optimize=True)
    return data.getvalue()


def draw(movie: Movie, frame: Frame) -> Image:
    """A frame as an RGB image."""
    from PIL import Image, ImageDraw

    size = movie.columns * WIDTH, movie.rows * HEIGHT
    image = Image.new("RGB", size, tuple(movie.theme.paper))
    pen = ImageDraw.Draw(image)
    for place, glyph in frame.glyphs.items():
        if glyph.paper is not None:
            _fill(pen, place, (0, 0, 1, 1), glyph.paper)
    for place, glyph in frame.glyphs.items():
        _draw_glyph(pen, place, glyph)
    return image


def _draw_glyph(pen: ImageDraw, place: Place, glyph: Glyph) -> None:
    if not glyph.text.strip():
        return
    shape, lines = block(glyph.text), strokes(glyph.text)
    if shape is not None:
        _fill(pen, place, shape, glyph.ink)
    elif lines is not None:
        _stroke(pen, place, lines, glyph.ink)
    else:
        middle = ((place[1] + 0.5) * WIDTH, place[0] * HEIGHT + HEIGHT - 4)
        font = _font(bold=glyph.bold)
        pen.text(middle, glyph.text, tuple(glyph.ink), font, anchor="ms")


def _fill(pen: ImageDraw, place: Place, shape: Block, ink: ColorTriplet) -> None:
    left, top, width, height = shape
    x, y = round((place[1] + left) * WIDTH), round((place[0] + top) * HEIGHT)
    right, low = round((place[1] + left + width) * WIDTH), round((place[0] + top + height) * HEIGHT)
    pen.rectangle((x, y, right - 1, low - 1), fill=tuple(ink))


def _stroke(pen: ImageDraw, place: Place, lines: Strokes, ink: ColorTriplet) -> None:
    """Draw strokes from the middle of the cell, which belongs to all of them, to its sides."""
    left, top = place[1] * WIDTH, place[0] * HEIGHT
    x, y = left + WIDTH // 2, top + HEIGHT // 2
    up, right, down, before = (LINES[weight] for weight in lines)
    for width, box in (
        (up, (x, top, x, y)),
        (down, (x, y, x, top + HEIGHT - 1)),
        (before, (left, y, x, y)),
        (right, (x, y, left + WIDTH - 1, y)),
    ):
        if width:
            x0, y0, x1, y1 = box
            upright = x0 == x1
            half = width // 2
            wide = (x0 - half * upright, y0 - half * (not upright))
            far = (x1 + half * upright, y1 + half * (not upright))
            pen.rectangle((*wide, *far), fill=tuple(ink))


@cache
def _font(*, bold: bool) -> Font:
    from PIL import ImageFont

    for names in _FONTS:
        try:
            return ImageFont.truetype(names[bold], _FONT_SIZE)
        except OSError:
            continue
    return ImageFont.load_default(_FONT_SIZE)
