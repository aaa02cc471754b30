"""The animated SVG: read back by a slow player, and drawn by a browser where there is one."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path
from xml.etree import ElementTree

import pytest
from chromium import chromium, picture_of
from hypothesis import given
from movies import movies, real_solve
from PIL import Image, ImageChops
from svg_player import Seen, keyframes, seconds_of, seen_at

from hrm.movie.frames import Frame, Movie, make_movie, theme
from hrm.movie.glyphs import block, strokes
from hrm.movie.scenes import scenes
from hrm.movie.stage import Stage
from hrm.movie.svg import HEAVY, HEIGHT, LINE, WIDTH, write_svg
from puzzles import domain

LARGEST = 400_000
"""Bytes of a hard Sudoku's picture."""


def wanted(frame: Frame) -> Seen:
    """What a viewer must see of a frame, glyph by glyph."""
    seen = Seen()
    for (line, column), glyph in frame.glyphs.items():
        if glyph.paper is not None:
            _fill(seen, line, column, (0, 0, 1, 1), glyph.paper.hex)
    for (line, column), glyph in frame.glyphs.items():
        shape, sides = block(glyph.text), strokes(glyph.text)
        if shape is not None:
            _fill(seen, line, column, shape, glyph.ink.hex)
        elif sides is not None:
            x, y = WIDTH * column, HEIGHT * line
            starts = (x + 4, y), (x + 4, y + 8), (x + 4, y + 8), (x, y + 8)
            for weight, way, start in zip(sides, "vhvh", starts, strict=True):
                if weight:
                    seen.strokes.add((glyph.ink.hex, (LINE, HEAVY)[weight - 1], way, *start))
        elif glyph.text.strip():
            letter = line, column, glyph.text, glyph.ink.hex, glyph.bold, glyph.italic
            seen.letters.add(letter)
    return seen


def _fill(
    seen: Seen, line: int, column: int, shape: tuple[float, float, float, float], ink: str
) -> None:
    left, top, wide, high = shape
    rows = range(round(HEIGHT * (line + top)), round(HEIGHT * (line + top + high)))
    columns = range(round(WIDTH * (column + left)), round(WIDTH * (column + left + wide)))
    seen.filled.update(dict.fromkeys(product(rows, columns), ink))


@given(movies)
def test_every_frame_is_seen_in_its_time(movie: Movie) -> None:
    svg = write_svg(movie)
    for start, frame in zip(movie.starts, movie.frames, strict=True):
        for time in (start + 0.01, start + frame.seconds - 0.01):
            assert seen_at(svg, time) == wanted(frame)
    assert seen_at(svg, None) == wanted(movie.frames[-1])


@pytest.fixture(scope="module")
def hard() -> Movie:
    puzzle, events = real_solve()
    kind, look, size = domain("sudoku"), theme("dark"), (80, 42)
    shown = scenes(kind, puzzle, events, Stage(*size, look.palette).room)
    return make_movie("sudoku", shown, size, look)


def test_a_hard_sudoku_is_small_and_has_a_frame_for_every_cycle(hard: Movie) -> None:
    svg = write_svg(hard)
    assert len(svg) < LARGEST
    assert len(hard.frames) >= 12
    boards = [seen_at(svg, start + 0.01) for start in hard.starts]
    assert all(before != after for before, after in pairwise(boards))
    assert len(keyframes(svg)) >= len(hard.frames)
    assert seconds_of(svg) == pytest.approx(hard.seconds, abs=0.001)
    assert min(hard.frames[0].seconds, hard.frames[-1].seconds) >= 1.0


def test_it_needs_nothing_but_itself(hard: Movie) -> None:
    svg = write_svg(hard)
    names = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
    assert names == {"svg", "title", "style", "rect", "g", "path", "text"}
    assert svg.count("http") == 1  # the name space
    assert "url(" not in svg
    assert "@import" not in svg


def test_the_same_movie_is_the_same_file(hard: Movie) -> None:
    assert write_svg(hard) == write_svg(hard)


def _pictures(hard: Movie, folder: Path, times: list[float]) -> list[Image.Image]:
    """By a browser, or where there is none by the slow player."""
    svg, program = write_svg(hard), chromium()
    size = hard.columns * WIDTH, hard.rows * HEIGHT
    if program is None:
        return [_plain_picture(seen_at(svg, time), size) for time in times]
    found = []
    for number, time in enumerate(times):
        page = folder / f"page{number}.html"
        moment = f"a => {{ a.pause(); a.currentTime = {1000 * time} }}"
        script = f"document.getAnimations().forEach({moment})"
        page.write_text(f"<body style='margin:0'>{svg}<script>{script}</script></body>", "utf-8")
        found.append(Image.open(picture_of(program, page, size, folder)).convert("RGB"))
    return found


def _plain_picture(seen: Seen, size: tuple[int, int]) -> Image.Image:
    """Letters as single points, which is enough to tell boards apart."""
    image = Image.new("RGB", size)
    for line, column, letter, ink, *_ in seen.letters:
        at = WIDTH * column + ord(letter) % WIDTH, HEIGHT * line + ord(letter) % HEIGHT
        image.putpixel(at, tuple(bytes.fromhex(ink[1:])))
    return image


def test_three_times_show_three_different_boards(hard: Movie, tmp_path: Path) -> None:
    """In a browser the animation alone decides what is seen: no script is in the file."""
    begin, middle, end = 0.5, hard.seconds / 2, hard.seconds - 0.5
    pictures = _pictures(hard, tmp_path, [begin, middle, end, begin + hard.seconds])
    board = (0, 3 * HEIGHT, hard.columns * WIDTH, (hard.rows - 7) * HEIGHT)  # without the words
    first, second, third, again = (picture.crop(board) for picture in pictures)
    for one, other in ((first, second), (second, third), (first, third)):
        assert ImageChops.difference(one, other).getbbox() is not None
    assert ImageChops.difference(first, again).getbbox() is None  # it begins again
