"""Lines and blocks as geometry, against the tables that draw them."""

from __future__ import annotations

from itertools import product

import pytest

from hrm.movie.glyphs import block, strokes
from puzzles.sudoku.lines import _JOINTS


def test_every_joint_of_a_board_is_drawn_as_it_was_chosen() -> None:
    for character, weights in zip(_JOINTS, product(range(3), repeat=4), strict=True):
        assert strokes(character) == (None if character == " " else weights), character


@pytest.mark.parametrize(
    ("character", "wanted"),
    [("╭", (0, 1, 1, 0)), ("╯", (1, 0, 0, 1)), ("╾", (0, 1, 0, 2)), ("║", None), ("╌", None)],
)
def test_other_lines(character: str, wanted: object) -> None:
    assert strokes(character) == wanted


@pytest.mark.parametrize(
    ("character", "wanted"),
    [
        ("█", (0, 0, 1, 1)),
        ("▀", (0, 0, 1, 0.5)),
        ("▄", (0, 0.5, 1, 0.5)),
        ("▁", (0, 0.875, 1, 0.125)),
        ("▌", (0, 0, 0.5, 1)),
        ("▏", (0, 0, 0.125, 1)),
        ("▐", (0.5, 0, 0.5, 1)),
    ],
)
def test_blocks(character: str, wanted: object) -> None:
    assert block(character) == wanted
    assert strokes(character) is None


@pytest.mark.parametrize("character", ["7", "⁺", " ", "→", "░"])
def test_letters_are_left_to_a_font(character: str) -> None:
    assert strokes(character) is None
    assert block(character) is None
