"""Accuracy counts what a single pass gives, whatever the canvases and batches."""

from __future__ import annotations

import numpy as np
import pytest
import tiny

from hrm.solving.accuracy import Accuracy, accuracy
from puzzles.maze.domain import MazeDomain
from puzzles.maze.puzzle import Maze
from puzzles.sudoku.domain import SudokuDomain
from puzzles.sudoku.puzzle import Sudoku


def sudokus(count: int) -> list[Sudoku]:
    rng = np.random.default_rng(11)
    return [SudokuDomain().generate(rng, "easy") for _ in range(count)]


def mazes() -> list[Maze]:
    rng = np.random.default_rng(12)
    made = [MazeDomain().generate(rng, "small") for _ in range(4)]
    wide = Maze(rows=("S    ", " ### ", "   #G"))
    tall = Maze(rows=("S  ", " # ", " # ", " # ", "  G"))
    return [made[0], wide, made[1], tall, made[2], made[3]]


def test_an_oracle_is_always_right() -> None:
    oracle = tiny.Oracle("sudoku", right_from=2, halts_from=3)
    got = accuracy(oracle.model(), SudokuDomain(), sudokus(5), 6)
    assert got == Accuracy(count=5, exact=5, valid=5, cells=1.0, segments=3.0)


def test_mazes_of_several_sizes_are_counted_together() -> None:
    oracle = tiny.Oracle("maze")
    got = accuracy(oracle.model(), MazeDomain(), mazes(), 4)
    assert (got.count, got.exact, got.valid, got.segments) == (6, 6, 6, 1.0)


def test_the_answer_counts_that_stands_when_the_model_stops() -> None:
    hasty = tiny.Oracle("sudoku", right_from=3, halts_from=2)
    got = accuracy(hasty.model(), SudokuDomain(), sudokus(3), 6)
    assert (got.exact, got.valid, got.segments) == (0, 0, 2.0)
    assert 0.3 < got.cells < 0.6  # an easy puzzle's clues


def test_the_limit_ends_a_pass() -> None:
    slow = tiny.Oracle("sudoku", right_from=1, halts_from=9)
    got = accuracy(slow.model(), SudokuDomain(), sudokus(2), 4)
    assert (got.exact, got.segments) == (2, 4.0)


def test_only_boards_that_it_can_solve_count() -> None:
    puzzles = sudokus(4)
    boards = [SudokuDomain().encode(puzzle, "native") for puzzle in puzzles[:3]]
    oracle = tiny.Oracle(
        "sudoku", blind=lambda board: any(np.array_equal(board, other) for other in boards)
    )
    got = accuracy(oracle.model(), SudokuDomain(), puzzles, 2)
    assert (got.count, got.exact, got.valid) == (4, 1, 1)


def test_another_shortest_path_is_valid_and_not_exact() -> None:
    """Both ways round are as short; the stored one is not what the oracle says."""
    board = ("S  ", " # ", "  G")
    right_down = ((0, 1), (0, 2), (1, 2))
    down_right = ((1, 0), (2, 0), (2, 1))
    oracle = tiny.Oracle("maze").model()
    got = [
        accuracy(oracle, MazeDomain(), [Maze(rows=board, path=path)], 2)
        for path in (right_down, down_right)
    ]
    assert [result.valid for result in got] == [1, 1]
    assert sum(result.exact for result in got) == 1


@pytest.mark.parametrize("batch", [1, 2, 3, 64])
def test_batches_do_not_change_the_count(batch: int) -> None:
    model = tiny.build(tiny.MAZE)
    want = accuracy(model, MazeDomain(), mazes(), 3)
    got = accuracy(model, MazeDomain(), mazes(), 3, batch=batch)
    assert (got.exact, got.valid) == (want.exact, want.valid)
    assert got.cells == pytest.approx(want.cells)
    assert 0 < got.cells < 1


def test_a_batch_is_as_small_as_asked() -> None:
    oracle = tiny.Oracle("sudoku", halts_from=2)
    accuracy(oracle.model(), SudokuDomain(), sudokus(5), 3, batch=2)
    assert oracle.batches == [2, 2, 2, 2, 1, 1]


def test_no_puzzles_are_no_accuracy() -> None:
    got = accuracy(tiny.Oracle("sudoku").model(), SudokuDomain(), [], 3)
    assert got == Accuracy(count=0, exact=0, valid=0, cells=0.0, segments=0.0)
