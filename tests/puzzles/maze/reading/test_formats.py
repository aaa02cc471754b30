"""Mazes are read from every format people have them in, and each fault is named where it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puzzles.contract.tokens import Position
from puzzles.errors import PuzzleError
from puzzles.maze.domain import MazeDomain
from puzzles.maze.puzzle import Maze, mask_of
from puzzles.maze.reading.flat import HEADER
from puzzles.maze.reading.formats import draw

DOMAIN = MazeDomain()
SMALL = "S #\n   \n# G\n"
HARD = DOMAIN.generate(np.random.default_rng(3), "hard")


def flat(maze: Maze, answered: bool = False) -> str:
    assert maze.path is not None
    path = mask_of(maze.path, maze.shape) if answered else None
    return draw(maze, path).replace("\n", "")


def test_floor_and_goal_have_two_spellings() -> None:
    for text in ("S.#\n. .\n#.E", "s #\n   \n# g", "A #\n...\n# B", "S.#\n...\n#.e"):
        assert DOMAIN.parse(text) == DOMAIN.parse(SMALL) == [Maze(("S #", "   ", "# G"))]


def test_spaces_behind_a_frame_are_dropped() -> None:
    (maze,) = DOMAIN.parse("#####  \n#S G# \n#####\n")
    assert maze.rows == ("#####", "#S G#", "#####")


FRAMED = "#######\nS     #\n##### #\n#     #\nG ### #\n#######"


@pytest.mark.parametrize("apart", [False, True], ids=["", "apart"])
@pytest.mark.parametrize("indent", [0, 1, 4])
def test_a_framed_maze_may_be_indented_or_have_its_cells_apart(indent: int, apart: bool) -> None:
    rows = [" " * indent + (" ".join(row) if apart else row) for row in FRAMED.split("\n")]
    for behind in ("", "  "):
        (maze,) = DOMAIN.parse("\n".join(row + behind for row in rows))
        assert maze.rows == tuple(FRAMED.split("\n"))
    with pytest.raises(PuzzleError, match="2 cells marked as start S") as caught:
        DOMAIN.parse("\n".join([*rows[:3], rows[3][::-1].replace("#", "S", 1)[::-1], *rows[4:]]))
    assert (caught.value.line, caught.value.column) == (4, len(rows[3]))


@pytest.mark.parametrize("between", ["", " "])
def test_a_row_that_is_too_short_is_reported_also_in_an_indented_frame(between: str) -> None:
    rows = [f"    {between.join(row)}" for row in FRAMED.split("\n")]
    rows[3] = rows[3][:6] + rows[3][7:]
    with pytest.raises(PuzzleError, match="line 4: this row has"):
        DOMAIN.parse("\n".join(rows))


def test_floor_around_a_maze_that_has_no_frame_is_floor() -> None:
    (maze,) = DOMAIN.parse(".S#.\n. ##\n. G \n")
    assert maze.rows == (" S# ", "  ##", "  G ")


def test_line_ends_and_empty_lines_do_not_matter() -> None:
    text = "\r\n\r\n" + SMALL.replace("\n", "\r\n") + "\r\n\r\n" + SMALL.replace("\n", "\r")
    assert DOMAIN.parse(text) == DOMAIN.parse(SMALL) * 2


def test_a_row_of_spaces_is_a_row() -> None:
    (maze,) = DOMAIN.parse("   \nS G\n   \n")
    assert maze.rows == ("   ", "S G", "   ")


def test_a_drawn_path_is_a_known_answer_if_it_is_right() -> None:
    (maze,) = DOMAIN.parse("S #\noo \n#oG\n")
    assert maze == DOMAIN.parse(SMALL)[0]
    assert maze.path == ((1, 0), (1, 1), (2, 1))
    (maze,) = DOMAIN.parse("S #\no  \n#oG\n")
    assert maze == DOMAIN.parse(SMALL)[0]
    assert maze.path is None


def test_maze_hard_lines_are_read_with_and_without_csv() -> None:
    assert DOMAIN.parse(flat(HARD)) == [HARD]
    assert DOMAIN.parse(f'"question","answer"\n{flat(HARD)},') == [HARD]
    rows = [f"site,{flat(HARD)},{flat(HARD, answered=True)},115", f'x,"{flat(HARD)}",,3']
    for text in ("\n".join([HEADER, *rows]), "\n".join(rows)):
        answered, bare = DOMAIN.parse(text)
        assert answered == bare == HARD
        assert answered.path == HARD.path
        assert bare.path is None


def test_stripped_line_ends_are_understood_without_a_frame() -> None:
    lines = draw(HARD).split("\n")
    stripped = "\n".join(line.rstrip() for line in lines)
    assert stripped != draw(HARD)
    assert all(line.strip() for line in lines[:-1]), "an all-floor row would split the maze"
    assert DOMAIN.parse(stripped) == [HARD]


@pytest.mark.parametrize(
    ("text", "message", "line", "column", "cells"),
    [
        ("", "there is no maze", None, None, ()),
        ("\n\n", "there is no maze", None, None, ()),
        ("S  \n x \n  G", "stray character 'x'", 2, 2, ()),
        ("S  \n\x1b[2J\n  G", "stray character '\\x1b'", 2, 1, ()),
        ("S  \n \u202e \n  G", "stray character '\\u202e'", 2, 2, ()),
        ("S  \n  G", "a maze of 2 rows and 3 columns", 1, None, ()),
        ("S \n  \n G", "a maze of 3 rows and 2 columns", 1, None, ()),
        ("\n" + "S G\n" * 41, "a maze of 41 rows and 3 columns", 2, None, ()),
        ("#" * 41 + "\n##\n##", "a maze of 3 rows and 41 columns", 1, None, ()),
        ("#####\n#S G#\n####\n#####", "has 4 cells, others have 5", 3, None, ()),
        ("#########\nS       #\n# #### #\n#     # #\n#G#######", "has 8 cells", 3, None, ()),
        ("S.....\n.####.\n....G\n.#####", "has 5 cells, others have 6", 3, None, ()),
        ("S  \n   \n  G ", "has 4 cells, others have 3", 3, None, ()),
        ("G  \n   \n   ", "no start S", 1, None, ()),
        (SMALL + "\nS  \n   \n   ", "no goal G", 5, None, ()),
        ("S  \n S \n  G", "2 cells marked as start S", 2, 2, ((0, 0), (1, 1))),
        ("S G\n   \n  E", "2 cells marked as goal G", 3, 3, ((0, 2), (2, 2))),
        ("S# \n## \n  G", "cannot be reached", 3, 3, ((0, 0), (2, 2))),
    ],
)
def test_faults_are_named(
    text: str, message: str, line: int | None, column: int | None, cells: tuple[Position, ...]
) -> None:
    with pytest.raises(PuzzleError) as caught:
        DOMAIN.parse(text)
    assert message in str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.cells == cells


def test_faults_of_maze_hard_lines_are_named() -> None:
    question, answered = flat(HARD), flat(HARD, answered=True)
    goal = question.index("G")
    faults = {
        f"{HEADER}\na,{question[:-1]},b,1": "line 2: no field has 900 characters",
        f"ab,{question[:-1]}?,,1": "line 1, column 903: stray character '?'",
        question.replace("G", "S"): "2 cells marked as start S",
        f"a,{question},{question},1": "the answer is not a shortest path: the path has a gap",
        f"a,{question},{answered.replace('G', '#')},1": f"column {904 + goal}: the answer has",
    }
    for text, message in faults.items():
        with pytest.raises(PuzzleError) as caught:
            DOMAIN.parse(text)
        assert message in str(caught.value)


def test_an_answer_may_be_a_line_like_its_maze() -> None:
    answer = flat(HARD, answered=True)
    for text in (answer, f"{HEADER}\nsite,{flat(HARD)},{answer},115"):
        [found] = DOMAIN.read_answers(text, [HARD])
        assert DOMAIN.check(HARD, found).solved
    with pytest.raises(PuzzleError, match="the answer has another cell here") as caught:
        DOMAIN.read_answers(flat(HARD).replace("S", " "), [HARD])
    assert (caught.value.line, caught.value.column) == (1, flat(HARD).index("S") + 1)


def test_answers_must_fit_their_mazes() -> None:
    mazes = DOMAIN.parse(SMALL)
    assert DOMAIN.read_answers("S #\noo \n#oG", mazes)[0].tolist() == [
        [0, 0, 0],
        [1, 1, 0],
        [0, 1, 0],
    ]
    faults = {
        "": "0 answers for 1 mazes",
        SMALL + "\n" + SMALL: "2 answers for 1 mazes",
        "S #\n## \n#oG": "line 2, column 1: the answer has another cell",
        SMALL + "   ": "line 1: the answer is 4x3, the maze 3x3",
        "S #\n?o \n#oG": "stray character",
    }
    for text, message in faults.items():
        with pytest.raises(PuzzleError) as caught:
            DOMAIN.read_answers(text, mazes)
        assert message in str(caught.value)


def complaint(read: Callable[[], object]) -> str:
    """The message of the only exception that may come out; empty if the text was read."""
    try:
        read()
    except PuzzleError as error:
        return str(error)
    return ""


def check_only_puzzle_errors(text: str) -> None:
    message = complaint(lambda: DOMAIN.parse(text))
    assert message.isprintable()
    if not message:
        mazes = DOMAIN.parse(text)
        assert DOMAIN.parse("\n".join(map(DOMAIN.format, mazes))) == mazes
        written = DOMAIN.write_answers([(maze, DOMAIN.solve(maze)) for maze in mazes])
        assert len(DOMAIN.read_answers(written, mazes)) == len(mazes)
    assert complaint(lambda: DOMAIN.read_answers(text, DOMAIN.parse(SMALL))).isprintable()


BLOCKS = st.text(alphabet="#  ..SGEo", min_size=3, max_size=6)
ANY_TEXT = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="# .SGEo\n\r,x\x1b", max_size=200),
    st.lists(BLOCKS, max_size=12).map("\n".join),
    st.builds(
        lambda text, at, insert: text[:at] + insert + text[at + 1 :],
        st.sampled_from([SMALL, flat(HARD), f"{HEADER}\na,{flat(HARD)},{flat(HARD, True)},1"]),
        st.integers(0, 2000),
        st.text(max_size=3),
    ),
)


def test_marks_with_nothing_behind_them_are_walls() -> None:
    check_only_puzzle_errors("#\r## \r#")


@settings(max_examples=300)
@given(ANY_TEXT)
def test_only_puzzle_errors_come_out(text: str) -> None:
    check_only_puzzle_errors(text)


@pytest.mark.slow
@settings(max_examples=12_000, deadline=None)
@given(ANY_TEXT)
def test_only_puzzle_errors_come_out_of_many_texts(text: str) -> None:
    check_only_puzzle_errors(text)


@pytest.mark.parametrize("piece", ["#", "S", "\n", ",", "S G\n", "###\n", " ", "\x00"])
def test_a_megabyte_is_refused_quickly(piece: str) -> None:
    with pytest.raises(PuzzleError):
        DOMAIN.parse(piece * (1_000_000 // len(piece)))
