"""The maze domain keeps its contract: symmetries, canvases, rules and pictures agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puzzles.contract.tokens import Answer, FloatGrid, Layout, Position
from puzzles.errors import PuzzleError
from puzzles.maze.domain import MazeDomain
from puzzles.maze.generator import place_ends
from puzzles.maze.puzzle import FLOOR, PATH, WALL, Maze, mask_of, rows_of, shortest_paths
from puzzles.maze.reading.formats import read_mazes

DOMAIN = MazeDomain()
LAYOUTS: tuple[Layout, ...] = ("official", "native")

OPEN = Maze(("S  ", "   ", "  G"))
RING = Maze(
    (
        "S    ",
        " ### ",
        " ### ",
        "G    ",
    )
)


def answer(*rows: str) -> Answer:
    return np.array([[symbol == "o" for symbol in row] for row in rows], dtype=np.uint8)


@st.composite
def mazes(draw: st.DrawFn, largest: int = 30) -> Maze:
    """Solvable mazes of any shape, with or without their path attached."""
    height, width = draw(st.integers(3, largest)), draw(st.integers(3, largest))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    while True:
        walls = rng.random((height, width)) < 0.3
        tokens = np.where(walls, WALL, FLOOR).astype(np.uint8)
        if place_ends(rng, tokens, min_path=1):
            path = shortest_paths(tokens)[0] if draw(st.booleans()) else None
            return Maze(rows_of(tokens), path)


@given(mazes(), st.integers(0, 2**32))
def test_augmenting_is_undone(maze: Maze, seed: int) -> None:
    image, undo = DOMAIN.augment(maze, np.random.default_rng(seed))
    (found, *_) = DOMAIN.solve(image)
    assert DOMAIN.check(maze, undo(found)).solved
    assert sorted("".join(image.rows)) == sorted("".join(maze.rows))
    if maze.path is not None:
        assert image.path is not None
        moved = mask_of(image.path, image.shape)
        assert np.array_equal(undo(moved), mask_of(maze.path, maze.shape))


def test_augmenting_reaches_all_eight_symmetries() -> None:
    maze = Maze(("S# ", "   ", " #G", "   "))
    rng = np.random.default_rng(0)
    assert len({DOMAIN.augment(maze, rng)[0].rows for _ in range(100)}) == 8


@given(mazes())
def test_targets_decode_to_a_right_answer(maze: Maze) -> None:
    for layout in LAYOUTS:
        target = DOMAIN.target(maze, layout)
        assert target is not None
        decoded = DOMAIN.decode(target, maze, layout)
        assert DOMAIN.check(maze, decoded).solved
        assert np.array_equal(decoded, DOMAIN.solve(maze)[0])
        assert target.shape == DOMAIN.encode(maze, layout).shape


@given(mazes())
def test_targets_differ_from_inputs_on_the_path_only(maze: Maze) -> None:
    official, native = DOMAIN.target(maze, "official"), DOMAIN.target(maze, "native")
    assert official is not None
    assert native is not None
    tokens = DOMAIN.encode(maze, "official")
    assert set(tokens[official != tokens].tolist()) <= {FLOOR}
    assert set(official[official != tokens].tolist()) <= {5}
    tokens = DOMAIN.encode(maze, "native")
    assert np.array_equal(native == 0, tokens == WALL)


@given(mazes(largest=40))
def test_written_text_is_read_back(maze: Maze) -> None:
    assert DOMAIN.parse(DOMAIN.format(maze)) == [maze]
    found = DOMAIN.solve(maze)
    text = DOMAIN.write_answers([(maze, found), (maze, []), (maze, found[-1:])])
    read = DOMAIN.read_answers(text, [maze] * 3)
    assert np.array_equal(read[0], found[0])
    assert not read[1].any()
    assert np.array_equal(read[2], found[-1])


@st.composite
def framed_mazes(draw: st.DrawFn) -> Maze:
    """Mazes with a frame and floor around it, or between all of its cells."""
    inner = draw(mazes(largest=5)).tokens()
    framed = np.pad(inner, 1, constant_values=WALL)
    if draw(st.booleans()):
        framed = np.insert(framed, range(1, framed.shape[1]), FLOOR, axis=1)
    around = [draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in range(2)]
    return Maze(rows_of(np.pad(framed, around, constant_values=FLOOR)))


@given(framed_mazes())
def test_floor_around_and_within_a_frame_is_read_back(maze: Maze) -> None:
    assert DOMAIN.parse(DOMAIN.format(maze)) == [maze]


@given(mazes(largest=9), st.data())
def test_an_answer_is_right_exactly_if_it_is_a_shortest_path(
    maze: Maze, data: st.DataObject
) -> None:
    right = {found.tobytes() for found in DOMAIN.solve(maze)}
    guess = DOMAIN.solve(maze)[0].copy()
    cell = data.draw(st.tuples(*(st.integers(0, side - 1) for side in maze.shape)))
    guess[cell] ^= 1
    verdict = DOMAIN.check(maze, guess)
    if maze.rows[cell[0]][cell[1]] in "SG":
        assert verdict.solved
    else:
        assert verdict.solved is (guess.tobytes() in right)
        assert verdict.broken
        assert verdict.reasons


def test_a_maze_has_at_most_two_answers_and_both_are_right() -> None:
    assert len(DOMAIN.solve(OPEN)) == 2
    for found in DOMAIN.solve(OPEN):
        assert DOMAIN.check(OPEN, found).solved
    assert len(DOMAIN.solve(RING)) == 1
    assert DOMAIN.solve(Maze(("S##", "###", "##G"))) == []


def test_the_canonical_path_prefers_up_down_left_right() -> None:
    assert shortest_paths(OPEN.tokens())[0] == ((1, 0), (2, 0), (2, 1))
    mirrored = Maze(("G  ", "   ", "  S"))
    assert shortest_paths(mirrored.tokens())[0] == ((1, 2), (0, 2), (0, 1))


@pytest.mark.parametrize(
    ("marks", "reasons", "broken"),
    [
        (("     ", "     ", "     ", "     "), ("the path has a gap between start and goal",),
         ((0, 0), (3, 0))),
        (("     ", "o    ", "     ", "     "), ("the path has a gap between start and goal",),
         ((1, 0), (3, 0))),
        ((" oooo", "    o", "    o", " oooo"),
         ("the path has 11 steps, 8 more than the shortest",), ((0, 1), (0, 2), (0, 3), (0, 4))),
        ((" oo  ", "o    ", "o    ", "     "),
         ("1 dead end", "the path branches at 1 cell"), ((0, 0), (0, 2))),
        (("     ", "o    ", "o    ", "   o "), ("1 path cell apart from the path",), ((3, 3),)),
        (("     ", "oo   ", "o    ", "     "), ("1 path cell on walls",), ((1, 1),)),
    ],
)  # fmt: skip
def test_a_broken_answer_says_what_breaks_it(
    marks: tuple[str, ...], reasons: tuple[str, ...], broken: tuple[Position, ...]
) -> None:
    verdict = DOMAIN.check(RING, answer(*marks))
    assert verdict.solved is False
    assert verdict.reasons == reasons
    assert verdict.broken == broken


def test_answers_that_cannot_be_right_are_judged_too() -> None:
    verdict = DOMAIN.check(RING, answer("oo", "oo"))
    assert verdict.reasons == ("the answer is 2 x 2, the maze 4 x 5",)
    closed = Maze(("S##", "###", "##G"))
    verdict = DOMAIN.check(closed, answer("   ", "   ", "   "))
    assert (verdict.solved, verdict.reasons) == (False, ("the goal cannot be reached",))
    assert DOMAIN.target(closed, "native") is None


def test_decoding_takes_path_on_floor_only() -> None:
    for layout in LAYOUTS:
        everything = np.full(DOMAIN.encode(RING, layout).shape, 5, dtype=np.uint8)
        assert DOMAIN.decode(everything, RING, layout).sum() == 12
        assert not DOMAIN.decode(everything - 1, RING, layout).any()


def test_official_canvas_walls_small_mazes_in_and_refuses_large_ones() -> None:
    canvas = DOMAIN.encode(RING, "official")
    assert canvas.shape == DOMAIN.spec.official == (30, 30)
    assert (canvas[4:] == WALL).all()
    assert (canvas[:, 5:] == WALL).all()
    large = Maze(("S" + " " * 30, "G" + " " * 30, " " * 31))
    assert DOMAIN.encode(large, "native").shape == (3, 31)
    with pytest.raises(PuzzleError, match="3x31 grid does not fit"):
        DOMAIN.encode(large, "official")


def test_pictures_show_every_role_by_its_text() -> None:
    maze = Maze(("S    ", "#### ", "G    "))
    marks = answer(" oooo", "    o", "  ooo")
    changed, confidence = np.zeros((3, 5), dtype=bool), np.ones((3, 5), dtype=np.float32)
    changed[0, 1] = True
    confidence[0, 1:3] = 0.4
    verdict = DOMAIN.check(maze, marks)
    picture = DOMAIN.render(maze, marks, verdict, changed=changed, confidence=confidence)
    assert picture.plain() == "S ◦◦··••••\n████████••\nG!  !!••••"
    assert DOMAIN.render(maze, marks).plain() == "S ••••••••\n████████••\nG   ••••••"
    cells = [cell for row in picture.rows for cell in row]
    assert [cell.at for cell in cells] == [(row, column) for row in range(3) for column in range(5)]
    assert {len(cell.text) for cell in cells} == {2}
    assert DOMAIN.render(maze).rows[2][0].role == "goal"
    assert {"start", "new", "unsure", "path", "broken", "wall", "floor"} == {
        cell.role for cell in cells
    }
    assert DOMAIN.render(maze).plain() == "S\n████████\nG"


@pytest.mark.parametrize("level", ["small", "medium", "large", "hard", "tree"])
def test_levels_give_solved_mazes_from_their_seed(level: str) -> None:
    maze = DOMAIN.generate(np.random.default_rng(7), level)
    assert DOMAIN.generate(np.random.default_rng(7), level) == maze
    assert maze.path is not None
    assert DOMAIN.check(maze, mask_of(maze.path, maze.shape)).solved
    assert DOMAIN.parse(DOMAIN.format(maze)) == [maze]
    if level in ("hard", "tree"):
        assert maze.shape == (30, 30)
        assert len(maze.path) + 1 >= 111


def test_unknown_levels_are_named() -> None:
    with pytest.raises(PuzzleError, match="unknown level 'huge'") as caught:
        DOMAIN.generate(np.random.default_rng(0), "huge")
    assert "small, medium, large, hard, tree" in caught.value.hint


def test_examples_are_found_by_name_and_solvable() -> None:
    assert set(DOMAIN.levels) <= set(DOMAIN.examples())
    for name in DOMAIN.examples():
        found = DOMAIN.find(name)
        assert found
        assert all(maze.name == name and DOMAIN.solve(maze) for maze in found)
    assert DOMAIN.find("../maze/small") is None


@settings(max_examples=20)
@given(mazes(largest=12))
def test_equality_is_that_of_the_cells(maze: Maze) -> None:
    assert Maze(maze.rows, None, "other name") == maze
    assert hash(Maze(maze.rows, None, "other name")) == hash(maze)


def _blocked(maze: Maze, likely: FloatGrid) -> list[tuple[int, int]]:
    """The cells that the hypotheses make walls; each changes one floor cell and names it."""
    probabilities = np.zeros((*maze.shape, DOMAIN.spec.size), np.float32)
    probabilities[..., PATH] = likely
    blocked = []
    for one in DOMAIN.hypotheses(maze, probabilities, "native"):
        ((row, column),) = np.argwhere(one.puzzle.tokens() != maze.tokens()).tolist()
        assert maze.tokens()[row, column] == FLOOR
        assert one.puzzle.tokens()[row, column] == WALL
        assert one.text == f"r{row + 1}c{column + 1} is a wall"
        blocked.append((row, column))
    return blocked


def test_hypotheses_block_cells_along_the_path_and_cells_in_doubt_by_turns() -> None:
    rng = np.random.default_rng(3)
    maze = DOMAIN.generate(rng, "hard")
    likely = rng.random(maze.shape, np.float32) / np.float32(2)
    path = DOMAIN.solve(maze)[0] == 1
    likely[path] = 1
    blocked = _blocked(maze, likely)
    on_path = [cell for cell in blocked if path[cell]]
    in_doubt = [cell for cell in blocked if not path[cell]]
    assert blocked[:6:2] == on_path[:3]
    assert blocked[1:6:2] == in_doubt[:3]
    steps = [
        min(abs(row - r) + abs(column - c) for r, c in on_path[:i])
        for i, (row, column) in enumerate(on_path)
        if i
    ]
    assert min(steps) > 1  # no two of them are neighbours
    assert steps[0] > 2 * steps[-1]  # the first ones lie far apart
    for i, (row, column) in enumerate(in_doubt):
        assert all(max(abs(row - r), abs(column - c)) > 1 for r, c in in_doubt[:i])
    doubt = [float(likely[cell]) for cell in in_doubt]
    assert len(doubt) > 16
    assert doubt == sorted(doubt, reverse=True)


def test_no_hypothesis_cuts_off_the_goal() -> None:
    [one_way] = read_mazes("########\n#S.#..G#\n##.#.###\n##...###\n########")
    assert _blocked(one_way, np.full(one_way.shape, 0.6, np.float32)) == []
    [two_ways] = read_mazes("#######\n#S...G#\n#.###.#\n#.....#\n#######")
    assert len(_blocked(two_ways, np.full(two_ways.shape, 0.6, np.float32))) > 3


def test_nothing_is_in_doubt_for_a_model_that_is_sure_of_walls_alone() -> None:
    maze = DOMAIN.generate(np.random.default_rng(3), "medium")
    assert _blocked(maze, np.full(maze.shape, 0.001, np.float32)) == []
