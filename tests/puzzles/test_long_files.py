"""Puzzles from long files: whatever is wrong, the file and the line are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scripted import SUDOKU, SUDOKU_ANSWER

from puzzles.contract.tokens import Tokens
from puzzles.errors import PuzzleError
from puzzles.maze.bulk import tree_mazes
from puzzles.maze.domain import MazeDomain
from puzzles.maze.puzzle import PATH, Maze, rows_of
from puzzles.maze.training import read_maze_file
from puzzles.sudoku.bulk import Digits, answers_of, clashes, minimal_puzzles
from puzzles.sudoku.reading.files import sudoku_blocks, sudoku_lines
from puzzles.sudoku.solver import solve

HEADER = "source,question,answer,rating"


def file(tmp_path: Path, *lines: str, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


def digits(text: str) -> list[int]:
    return [0 if character == "." else int(character) for character in text]


@pytest.mark.parametrize(
    "lines",
    [
        (f"{SUDOKU},{SUDOKU_ANSWER}",),
        ("puzzle,solution", f"{SUDOKU},{SUDOKU_ANSWER}"),
        ("solution,puzzle", f"{SUDOKU_ANSWER},{SUDOKU}"),
        (HEADER, f"kaggle,{SUDOKU},{SUDOKU_ANSWER},0"),
        ("puzzle", SUDOKU),
        (SUDOKU,),
        ("puzzle,solution", f"{SUDOKU.replace('.', '0')},"),
        ("\ufeffquizzes,solutions", "", f'"{SUDOKU}","{SUDOKU_ANSWER}"'),
    ],
)
def test_every_form_holds_the_same_puzzle(tmp_path: Path, lines: tuple[str, ...]) -> None:
    ((givens, solutions),) = sudoku_blocks(file(tmp_path, *lines))
    assert givens.tolist() == [digits(SUDOKU)]
    assert solutions.tolist() == [digits(SUDOKU_ANSWER)]


TWICE = "11" + SUDOKU[2:]
OTHER = "6" + SUDOKU_ANSWER[1:]
BARE = "." * 81


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"{SUDOKU[:-1]},{SUDOKU_ANSWER}", "80 cells"),
        (f"{SUDOKU[:-1]}x,{SUDOKU_ANSWER}", "line 3, column 81: stray character 'x'"),
        (f"{SUDOKU},{SUDOKU_ANSWER[:-1]}.", "line 3, column 163: the stored solution has no"),
        (f"{TWICE},{SUDOKU_ANSWER}", "line 3, column 2: 1 stands twice in row 1"),
        (f"{SUDOKU},{OTHER}", "line 3.*stored solution"),
        (f'{SUDOKU},{OTHER},"book #1"', "line 3.*stored solution"),
        (f"{BARE},{SUDOKU_ANSWER[:9] * 9}", "line 3.*stands 9 times|line 3.*twice"),
        (BARE + ",", "line 3: the puzzle has more than one solution"),
        ("12345678." + ".........9"[1:] + "." * 63 + ",", "line 3: the puzzle has no solution"),
        ("5" * 4000, "line 3: the line is too long"),
        ("123456789", "line 3: this line is one row"),
        ("hello", "line 3"),
    ],
)
def test_the_line_of_an_error_is_named(tmp_path: Path, line: str, words: str) -> None:
    path = file(tmp_path, "puzzle,solution", f"{SUDOKU},{SUDOKU_ANSWER}", line)
    with pytest.raises(PuzzleError, match=words):
        list(sudoku_blocks(path))


def test_lines_are_chosen_by_number_and_rating(tmp_path: Path) -> None:
    givens, _ = minimal_puzzles(np.random.default_rng(0), 6)
    texts = ["".join(map(str, row)) for row in givens]
    path = file(tmp_path, HEADER, *(f"x,{text},,{i}" for i, text in enumerate(texts)))
    assert sudoku_lines(path).tolist() == [2, 3, 4, 5, 6, 7]
    rated = sudoku_lines(path, 3)
    assert rated.tolist() == [5, 6, 7]
    wanted = np.zeros(7, np.bool_)
    wanted[[2, 5]] = True
    ((chosen, _),) = sudoku_blocks(path, wanted)
    assert chosen.tolist() == givens[[0, 3]].tolist()
    unrated = file(tmp_path, SUDOKU, name="b.csv")
    with pytest.raises(PuzzleError, match="line 1: this record has no rating"):
        sudoku_lines(unrated, 1)


def test_the_line_that_an_error_names_has_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    many, none = "1" + "." * 80, "12345678." + "." * 17 + "9" + "." * 54
    path.write_text(f"{many}\n{none}\n")
    with pytest.raises(PuzzleError, match="line 1: the puzzle has more than one solution"):
        list(sudoku_blocks(path))
    path.write_text(f"{none}\n{many}\n")
    with pytest.raises(PuzzleError, match="line 1: the puzzle has no solution"):
        list(sudoku_blocks(path))


def test_answers_are_those_of_the_plain_solver() -> None:
    givens, _ = minimal_puzzles(np.random.default_rng(1), 5)
    some = givens.copy()
    some[1] = 0  # any number of answers
    some[2, :9], some[2, 9:] = [1, 2, 3, 4, 5, 6, 7, 8, 0], 0
    some[2, 17] = 9  # none
    answers, counts = answers_of(some)
    for puzzle, answer, count in zip(some, answers, counts, strict=True):
        found = solve(puzzle.tolist())
        assert len(found) == count
        assert tuple(answer.tolist()) == (found[0] if found else (0,) * 81)


def test_clashes_are_found() -> None:
    grids: Digits = np.zeros((4, 81), np.uint8)
    grids[1, [0, 8]] = 5
    grids[2, [4, 76]] = 5
    grids[3, [30, 50]] = 5
    assert clashes(grids).tolist() == [False, True, True, True]


def maze_line(tokens: Tokens, targets: Tokens) -> str:
    question = "".join(rows_of(tokens))
    answer = "".join(rows_of(np.where(targets == PATH, targets, tokens)))
    return f"x,{question},{answer},110"


def test_maze_hard_is_read_beyond_the_limit_of_a_text(tmp_path: Path) -> None:
    tokens, targets = tree_mazes(np.random.default_rng(0), 6, 30, 30, 0.1)
    lines = [maze_line(*pair) for pair in zip(tokens, targets, strict=True)]
    path = file(tmp_path, HEADER, *lines * 100)
    assert path.stat().st_size > 1_000_000
    mazes = read_maze_file(path)
    assert mazes == [Maze(rows_of(each)) for each in tokens] * 100
    drawn = MazeDomain().target(mazes[1], "native")
    assert np.array_equal(drawn == PATH, targets[1] == PATH)


def test_maze_errors_name_the_line(tmp_path: Path) -> None:
    tokens, targets = tree_mazes(np.random.default_rng(0), 1, 30, 30, 0.1)
    good = maze_line(tokens[0], targets[0])
    for bad, words in (
        (good.replace("S", "#"), "line 3: the maze has no start"),
        (good.replace("#", "x", 1), "line 3, column 3: stray"),
        ("short", "line 3: this line has fewer"),
    ):
        with pytest.raises(PuzzleError, match=words):
            read_maze_file(file(tmp_path, HEADER, good, bad))
    with pytest.raises(PuzzleError, match="no maze of 900"):
        read_maze_file(file(tmp_path, HEADER))


def test_drawings_are_mazes_too(tmp_path: Path) -> None:
    path = file(tmp_path, "S #", "  #", "# G", "", "S  ", "###", "G  ", name="a.txt")
    with pytest.raises(PuzzleError, match="cannot be reached"):
        read_maze_file(path)
    path.write_text("S #\n  #\n  G\n\nS  \n## \nG  \n")
    assert [maze.shape for maze in read_maze_file(path)] == [(3, 3), (3, 3)]
