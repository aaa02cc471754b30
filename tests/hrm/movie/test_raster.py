"""GIF and PNG, read back by Pillow."""

from __future__ import annotations

import sys
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from movies import movies
from PIL import Image
from rich.color_triplet import ColorTriplet

from hrm.errors import UserError
from hrm.movie.frames import Frame, Glyph, Movie, theme
from hrm.movie.raster import HEIGHT, WIDTH, draw, require_pillow, write_gif, write_png

BLUE = ColorTriplet(86, 180, 233)


def movie_of(*frames: str) -> Movie:
    """A line of blocks and letters each."""
    made = tuple(
        Frame({(0, n): Glyph(c, BLUE) for n, c in enumerate(text) if c != " "}, 0.5)
        for text in frames
    )
    return Movie("blocks", max(map(len, frames)), 1, theme("dark"), made)


def frames_of(data: bytes) -> list[tuple[Image.Image, int]]:
    """Whole frames, and for how many milliseconds each is shown."""
    image = Image.open(BytesIO(data))
    found = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        found.append((image.convert("RGB"), image.info.get("duration", 0)))
    return found


@settings(max_examples=25)
@given(movies)
def test_a_gif_has_the_frames(movie: Movie) -> None:
    drawn = [np.asarray(draw(movie, frame)).astype(int) for frame in movie.frames]
    # make_movie makes one frame of two that are alike
    assume(not any(np.array_equal(before, now) for before, now in pairwise(drawn)))
    found = frames_of(write_gif(movie))
    assert len(found) == len(drawn)
    for (image, time), pixels, frame in zip(found, drawn, movie.frames, strict=True):
        assert np.abs(np.asarray(image).astype(int) - pixels).max() <= 40
        assert time == 1000 * frame.seconds or len(drawn) == 1


def test_a_gif_plays_for_ever() -> None:
    assert Image.open(BytesIO(write_gif(movie_of("█ ", " █")))).info["loop"] == 0


def test_a_png_shows_the_last_frame_or_that_of_a_time() -> None:
    movie = movie_of("█  ", " █ ", "  █")
    middle = (HEIGHT // 2, WIDTH // 2)

    def lit(seconds: float | None) -> list[bool]:
        image = Image.open(BytesIO(write_png(movie, seconds)))
        pixels = [image.getpixel((middle[1] + n * WIDTH, middle[0])) for n in range(3)]
        return [pixel == tuple(BLUE) for pixel in pixels]

    assert lit(None) == [False, False, True]
    assert lit(0.0) == [True, False, False]
    assert lit(0.6) == [False, True, False]
    assert lit(99.0) == [False, False, True]


def test_lines_join_from_cell_to_cell() -> None:
    movie = movie_of("├─┼━┫")
    pixels = np.asarray(draw(movie, movie.frames[0]))
    row = pixels[HEIGHT // 2, WIDTH // 2 : -(WIDTH // 2) - 1]
    assert (row == tuple(BLUE)).all()


def test_without_pillow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(UserError, match="need Pillow") as caught:
        require_pillow()
    assert "hrm-tui[images]" in caught.value.hint
