"""The symmetries form the dihedral group, and characters keep their place until they are values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puzzles.errors import PuzzleError
from puzzles.text.encoding import MAX_TEXT
from puzzles.text.text_grid import (
    DIHEDRAL,
    Dihedral,
    numbered_lines,
    place,
    read_cells,
    split_blocks,
)

GRID = np.arange(6, dtype=np.uint8).reshape(2, 3)
ALPHABET = {"a": np.uint8(1), "b": np.uint8(2)}


def test_elements_are_distinct_and_named() -> None:
    images = {(element.apply(GRID).shape, element.apply(GRID).tobytes()) for element in DIHEDRAL}
    assert len(images) == len({element.name for element in DIHEDRAL}) == 8


def test_composing_two_elements_gives_an_element() -> None:
    images = [element.apply(GRID).tolist() for element in DIHEDRAL]
    for first in DIHEDRAL:
        for second in DIHEDRAL:
            assert second.apply(first.apply(GRID)).tolist() in images


@pytest.mark.parametrize("element", DIHEDRAL, ids=lambda element: element.name)
@given(height=st.integers(1, 6), width=st.integers(1, 6))
def test_inverse_and_moved_positions(element: Dihedral, height: int, width: int) -> None:
    grid = np.arange(height * width, dtype=np.int64).reshape(height, width)
    image = element.apply(grid)
    assert np.array_equal(element.inverse().apply(image), grid)
    for row in range(height):
        for column in range(width):
            assert image[element.move((row, column), (height, width))] == grid[row, column]


def test_names_say_what_happens() -> None:
    by_name = {element.name: element.apply(GRID).tolist() for element in DIHEDRAL}
    assert by_name["mirror left-right"] == [[2, 1, 0], [5, 4, 3]]
    assert by_name["mirror top-bottom"] == [[3, 4, 5], [0, 1, 2]]
    assert by_name["mirror on the main diagonal"] == [[0, 3], [1, 4], [2, 5]]
    assert by_name["quarter turn"] == [[2, 5], [1, 4], [0, 3]]


def test_place_fills_around_and_refuses_what_does_not_fit() -> None:
    placed = place(GRID, (3, 5), fill=9, at=(1, 2))
    assert placed.dtype == GRID.dtype
    assert placed.tolist() == [[9, 9, 9, 9, 9], [9, 9, 0, 1, 2], [9, 9, 3, 4, 5]]
    with pytest.raises(PuzzleError, match="2x3 grid does not fit on the 3x4"):
        place(GRID, (3, 4), fill=0, at=(1, 2))


def test_lines_end_at_newlines_only() -> None:
    lines = numbered_lines("\ufeffa\r\nb\rc\x0bd\u2028\n")
    assert [(line.number, line.text) for line in lines] == [
        (1, "a"),
        (2, "b"),
        (3, "c\x0bd\u2028"),
        (4, ""),
    ]
    with pytest.raises(PuzzleError, match="more than the limit"):
        numbered_lines("a" * (MAX_TEXT + 1))


def test_blocks_are_never_empty() -> None:
    lines = numbered_lines("\n\na\nb\n\n\nc\n")
    blocks = split_blocks(lines, lambda line: not line.text)
    assert [[line.number for line in block] for block in blocks] == [[3, 4], [7]]
    assert split_blocks(numbered_lines("\n\n"), lambda line: not line.text) == []


def test_stray_characters_are_named_where_they_stand() -> None:
    assert read_cells("abba", ALPHABET, line=1).tolist() == [1, 2, 2, 1]
    with pytest.raises(PuzzleError, match=r"line 7, column 12: stray character '\\x1b'") as caught:
        read_cells("ab\x1b", ALPHABET, line=7, column=10, hint="use a or b")
    assert (caught.value.line, caught.value.column) == (7, 12)
    assert caught.value.hint == "use a or b"
