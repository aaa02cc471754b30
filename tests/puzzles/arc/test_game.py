"""Answering an ARC test by hand: painting tools, and hints that are right where anybody knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puzzles.arc.game import ArcGame
from puzzles.arc.puzzle import ArcPuzzle, Pair
from puzzles.errors import PuzzleError
from puzzles.game import Forecast

PUZZLE = ArcPuzzle(
    task="mirror",
    demonstrations=(Pair(((1, 2),), ((2, 1),)),),
    input=((0, 0, 3), (0, 3, 3)),
    output=((3, 0, 0), (3, 3, 0)),
)
UNKNOWN = replace(PUZZLE, output=None)
GRIDS = st.integers(1, 6).flatmap(
    lambda width: st.lists(st.tuples(*[st.integers(0, 9)] * width), min_size=1, max_size=6)
)


def forecast(*rows: str, sure: float = 0.998) -> Forecast:
    answer = np.array([[int(colour) for colour in row] for row in rows], np.uint8)
    return Forecast(answer, np.full(answer.shape, sure, np.float32))


def test_painting_tools_change_what_they_say() -> None:
    game = ArcGame(PUZZLE)
    assert game.position == ((0, 0, 0), (0, 0, 0))
    assert game.copy_input()
    assert not game.copy_input()
    assert game.fill((1, 1), 7)
    assert game.position == ((0, 0, 7), (0, 7, 7))
    assert game.fill((0, 0), 5)
    assert game.position == ((5, 5, 7), (5, 7, 7))
    assert game.paint((0, 1), 0)
    assert game.resize(3, 2)
    assert game.answer().tolist() == [[5, 0], [5, 7], [0, 0]]
    assert game.status() == "3×2"
    assert not game.resize(31, 2)
    assert not game.resize(0, 2)
    assert game.clear()
    assert game.answer().tolist() == [[0, 0]] * 3


@given(GRIDS, st.integers(0, 9))
def test_a_fill_is_the_slow_spreading_of_one_colour(
    grid: list[tuple[int, ...]], colour: int
) -> None:
    game = ArcGame(replace(PUZZLE, input=tuple(grid)))
    game.copy_input()
    reached = {(0, 0)}
    for _ in range(40):  # as many rounds as there are cells
        reached |= {
            (row, column)
            for row in range(len(grid))
            for column in range(len(grid[0]))
            if grid[row][column] == grid[0][0]
            and any((row + a, column + b) in reached for a, b in ((0, 1), (1, 0), (0, -1), (-1, 0)))
        }
    game.fill((0, 0), colour)
    for row, line in enumerate(grid):
        for column, old in enumerate(line):
            expected = colour if (row, column) in reached else old
            assert game.position[row][column] == expected
    assert game.decode(game.encode(game.position)) == game.position


def test_hints_lead_to_the_known_answer_even_with_a_model_that_errs() -> None:
    for said in (None, forecast("111", "111"), forecast("12"), forecast("300", "330")):
        game = ArcGame(PUZZLE)
        game.resize(1, 5)
        presses = 0
        while not game.won():
            first = game.ask(said)
            assert first.at is not None
            assert game.ask(said).played
            presses += 1
        assert presses <= 1 + 6
        assert game.check().done
        assert game.ask(said).sentence == "Every cell is right"


def test_a_hint_names_the_cell_before_its_colour() -> None:
    game = ArcGame(PUZZLE)
    assert not game.wants_forecast()
    assert game.ask(forecast("300", "030")).sentence == (
        "Look at r1c1: it has not the right colour, of which the model is sure (99 %)"
    )
    assert game.ask().sentence == "r1c1 is 3"


def test_where_nobody_knows_the_model_is_quoted_as_such() -> None:
    game = ArcGame(UNKNOWN)
    assert game.wants_forecast()
    assert "no model has an opinion" in game.ask().sentence
    assert "the model would change it" in game.ask(forecast("300", "000")).sentence
    assert game.ask(forecast("300", "000")).sentence == "The model says 3"
    assert game.ask(forecast("300", "000")).sentence == "You agree with the model"
    assert game.ask(forecast("3")).sentence.startswith("Look at the size: the model thinks")
    assert game.ask(forecast("3")).sentence == "The size is 1×1"
    assert game.check().sentence.startswith("The answer to this test is not known")


def test_a_check_marks_the_cells_that_differ() -> None:
    game = ArcGame(PUZZLE)
    checked = game.check()
    assert checked.sentence == "Not yet: 3 of 6 cells differ"
    assert checked.broken == ((0, 0), (1, 0), (1, 1))
    game.resize(2, 2)
    assert game.check().sentence == "Not yet: the size differs: got 2x2, wants 2x3"


def test_where_the_model_would_go_next_is_where_it_differs() -> None:
    game = ArcGame(PUZZLE)
    assert set(game.next_cells(forecast("300", "030"))) == {(0, 0), (1, 1)}
    assert game.next_cells(forecast("3")) == ()


@pytest.mark.parametrize(
    "plain", [None, {}, {"grid": "0"}, {"grid": []}, {"grid": ["01", "0"]}, {"grid": ["a"]},
              {"grid": ["0" * 31]}, {"grid": [[0, 11]]}, {"grid": ["٣"]}]
)  # fmt: skip
def test_a_grid_that_is_none_is_refused(plain: object) -> None:
    with pytest.raises(PuzzleError):
        ArcGame(PUZZLE).decode(plain)
