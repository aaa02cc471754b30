"""Walking a maze by hand: walls stop, walking back erases, and hints lead along a shortest way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puzzles.contract.tokens import Position
from puzzles.errors import PuzzleError
from puzzles.game import Forecast
from puzzles.maze.game import MazeGame
from puzzles.maze.puzzle import STEPS, Maze

UP, DOWN, LEFT, RIGHT = STEPS
RING = Maze(
    (
        "S    ",
        " ### ",
        " ### ",
        "G    ",
    )
)
ROOM = Maze(("S   ", "    ", "   G"))


@st.composite
def mazes(draw: st.DrawFn) -> Maze:
    """Any walls, and a way around two sides so that the goal can be reached."""
    height, width = draw(st.integers(3, 8)), draw(st.integers(3, 8))
    walls = draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    cells = [["#" if walls[width * row + column] else " " for column in range(width)]
             for row in range(height)]  # fmt: skip
    cells[0] = [" "] * width
    for row in cells:
        row[-1] = " "
    cells[0][0], cells[-1][-1] = "S", "G"
    return Maze(tuple("".join(row) for row in cells))


@given(mazes(), st.lists(st.sampled_from(STEPS), max_size=40))
def test_walks_stay_paths_and_undo_is_exact(maze: Maze, steps: list[Position]) -> None:
    game = MazeGame(maze)
    start = game.position
    for step in steps:
        game.go(step)
        assert game.decode(game.encode(game.position)) == game.position
        assert int(game.answer().sum()) == len(set(game.position) - {start[0], game.goal})
    end = game.position
    while game.undo():
        pass
    assert game.position == start
    while game.redo():
        pass
    assert game.position == end


@given(mazes(), st.lists(st.sampled_from(STEPS), max_size=12))
@settings(deadline=None)
def test_hints_lead_to_a_shortest_way(maze: Maze, steps: list[Position]) -> None:
    game = MazeGame(maze)
    for step in steps:
        game.go(step)
    for _ in range(100):
        place = game.ask()
        if place.at is None:
            break
        value = game.ask()
        assert value.played
        assert value.at == place.at
    assert game.won()
    assert game.domain.check(maze, game.answer()).solved
    assert game.check().sentence.endswith("and no way is shorter")


def test_walls_edges_and_the_goal_stop_and_walking_back_erases() -> None:
    game = MazeGame(RING)
    assert not game.go(UP)
    assert game.go(RIGHT)
    assert not game.go(DOWN)
    assert game.go(LEFT)
    assert game.position == ((0, 0),)
    for _ in range(3):
        assert game.go(DOWN)
    assert game.won()
    assert not game.go(RIGHT), "the path ends at the goal"
    assert game.check().sentence == "You are through in 3 steps, and no way is shorter"


def test_walking_into_ones_own_path_cuts_the_loop() -> None:
    game = MazeGame(ROOM)
    for step in (RIGHT, RIGHT, DOWN, LEFT, UP):
        assert game.go(step)
    assert game.position == ((0, 0), (0, 1))


def test_a_click_walks_straight_and_not_through_walls() -> None:
    game = MazeGame(RING)
    assert game.reach((0, 4))
    assert game.status() == "4 steps · at r1c5"
    assert not game.reach((0, 4))
    assert not game.reach((3, 2)), "not in a line"
    assert game.reach((0, 2))
    assert not game.reach((3, 2)), "a wall is between"
    assert len(game.position) == 3


def test_a_detour_is_seen_and_can_be_taken_back() -> None:
    game = MazeGame(RING)
    game.go(RIGHT)
    checked = game.check()
    assert checked.sentence == "After r1c1 this is no longer a shortest way"
    assert checked.broken == ((0, 1),)
    for at in ((0, 4), (3, 4), (3, 0)):
        assert game.reach(at)
    assert game.won()
    assert game.check().done
    assert game.check().sentence == "You are through in 11 steps; the shortest way has 3"
    assert game.ask().sentence == "Look at r1c1: every shortest way leaves your path there"
    assert game.ask().sentence == "Back at r1c1"
    assert game.ask().sentence == "Look at r1c1: 2 ways go on from there"
    assert game.ask().sentence == "From r1c1 go down"
    assert game.won()


def test_nothing_leads_to_a_goal_behind_walls() -> None:
    game = MazeGame(Maze(("S #", "# #", "##G")))
    assert game.ask().sentence == "The goal cannot be reached"
    game.go(RIGHT)
    assert game.check().sentence == "The goal cannot be reached"


def test_the_models_way_is_followed_from_the_end_of_the_path() -> None:
    game = MazeGame(RING)
    answer = np.zeros((4, 5), np.uint8)
    answer[1:3, 0] = 1
    forecast = Forecast(answer, np.ones((4, 5), np.float32))
    assert game.next_cells(forecast) == ((1, 0), (2, 0))
    game.reach((0, 4))
    assert set(game.next_cells(forecast)) == {(1, 0), (2, 0)}, "elsewhere, where it is surest"
    picture = game.picture(marked=((1, 0),))
    assert [cell.role for row in picture.rows for cell in row if cell.at == (1, 0)] == ["new"]


@pytest.mark.parametrize(
    "plain", [None, {}, *({"path": path} for path in (3, "u", "x", "rd", "rl", "d" * 2000))]
)
def test_a_path_that_cannot_be_walked_is_refused(plain: object) -> None:
    with pytest.raises(PuzzleError):
        MazeGame(RING).decode(plain)
