"""The compiled generators against the plain solver, which is their slow reference."""

from __future__ import annotations

import numpy as np
import pytest

from puzzles.sudoku import bulk, kernels
from puzzles.sudoku.generator import LEVELS, make
from puzzles.sudoku.puzzle import Sudoku
from puzzles.sudoku.solver import board_of, rate, solve

Pairs = bulk.Pairs


@pytest.fixture(scope="module")
def minimal() -> Pairs:
    return bulk.minimal_puzzles(np.random.default_rng(7), 100)


@pytest.fixture(scope="module")
def extreme() -> Pairs:
    return bulk.extreme_puzzles(np.random.default_rng(7), 12, 15, per_walk=4)


def assert_sound(givens: np.ndarray, solutions: np.ndarray) -> None:
    assert givens.dtype == solutions.dtype == np.uint8
    for puzzle, solution in zip(givens.tolist(), solutions.tolist(), strict=True):
        Sudoku(tuple(puzzle), tuple(solution))  # raises if the solution breaks a rule
        assert solve(puzzle) == [tuple(solution)]


def assert_minimal(givens: np.ndarray) -> None:
    for puzzle in givens:
        for cell in np.flatnonzero(puzzle):
            without = puzzle.copy()
            without[cell] = 0
            assert len(solve(without.tolist())) == 2


def test_minimal_puzzles_have_one_answer_and_no_clue_to_spare(minimal: Pairs) -> None:
    assert_sound(*minimal)
    assert_minimal(minimal[0][:15])
    assert 23 < (minimal[0] > 0).sum(axis=1).mean() < 26


def test_extreme_puzzles_need_the_wanted_guesses(extreme: Pairs) -> None:
    givens, solutions = extreme
    assert_sound(givens, solutions)
    assert_minimal(givens[:3])
    assert min(rate(puzzle).guesses for puzzle in givens.tolist()) >= 15
    assert len(np.unique(solutions, axis=0)) >= 3  # at most four from one walk


def test_sparse_puzzles_have_few_clues_and_one_answer() -> None:
    givens, solutions = bulk.sparse_puzzles(np.random.default_rng(3), 4, 22, per_walk=2)
    assert (givens > 0).sum(1).max() <= 22
    for puzzle, solution in zip(givens.tolist(), solutions.tolist(), strict=True):
        assert solve(tuple(puzzle)) == [tuple(solution)]


def test_guesses_are_those_of_the_plain_solver(minimal: Pairs, extreme: Pairs) -> None:
    givens = np.concatenate((minimal[0], extreme[0]))
    rng = np.random.default_rng(0)
    several = np.where(rng.random(givens.shape) < 0.3, 0, givens)  # more than one answer
    none = givens.copy()
    none[np.arange(len(none)), (none == 0).argmax(axis=1)] = _another_digit(givens)
    for puzzles in (givens, several, none):
        plain = [rate(puzzle).guesses for puzzle in puzzles.tolist()]
        assert [_guesses(puzzle) for puzzle in puzzles] == plain


def _guesses(givens: np.ndarray) -> int:
    """Of the compiled search for two answers."""
    stack, answers = kernels.scratch(81), np.empty((2, 81), np.int32)
    kernels.set_up(stack[0], givens, kernels.NINE)
    return kernels.search(stack, answers, kernels.NINE, kernels.NO_LIMIT, kernels.NOTHING)[1]


def _another_digit(givens: np.ndarray) -> list[int]:
    """For the first blank of each puzzle, a digit that fits at first sight but not in the end."""
    chosen = []
    for puzzle in givens.tolist():
        cell = puzzle.index(0)
        answer = solve(puzzle)[0][cell]
        board = board_of(puzzle)
        fits = [digit for digit in range(1, 10) if board[cell] >> (digit - 1) & 1]
        chosen.append(next((digit for digit in fits if digit != answer), 0))
    return chosen


def test_an_empty_call_gives_empty_arrays() -> None:
    for make_arrays in (bulk.minimal_puzzles, bulk.extreme_puzzles):
        givens, solutions = make_arrays(np.random.default_rng(0), 0)
        assert givens.shape == solutions.shape == (0, 81)


def test_a_seed_gives_the_same_arrays_again(minimal: Pairs, extreme: Pairs) -> None:
    rng = np.random.default_rng(7)
    assert np.array_equal(bulk.minimal_puzzles(rng, 100), minimal)
    assert not np.array_equal(bulk.minimal_puzzles(rng, 100), minimal)
    again = bulk.extreme_puzzles(np.random.default_rng(7), 12, 15, per_walk=4)
    assert np.array_equal(again, extreme)
    copies = [bulk.symmetric_copies(np.random.default_rng(1), *minimal) for _ in range(2)]
    assert np.array_equal(copies[0], copies[1])


def test_symmetric_copies_are_other_puzzles_with_their_own_answers(minimal: Pairs) -> None:
    givens, solutions = bulk.symmetric_copies(np.random.default_rng(3), *minimal)
    assert_sound(givens, solutions)
    assert ((givens > 0).sum(axis=1) == (minimal[0] > 0).sum(axis=1)).all()
    assert (givens != minimal[0]).any(axis=1).all()


def test_symmetries_differ_from_row_to_row(minimal: Pairs) -> None:
    one = np.repeat(minimal[0][:1], 50, axis=0)
    copies, _ = bulk.symmetric_copies(np.random.default_rng(3), one, one)
    assert len(np.unique(copies, axis=0)) == 50


def test_every_cell_can_go_everywhere_and_every_digit_become_any() -> None:
    relabel, source = bulk.random_symmetries(np.random.default_rng(0), 4000)
    assert (np.sort(relabel, axis=1) == np.arange(10)).all()
    assert (np.sort(source, axis=1) == np.arange(81)).all()
    first = np.bincount(source[:, 0], minlength=81)
    assert first.min() > 20  # 49 expected
    assert first.max() < 90
    one = np.bincount(relabel[:, 1], minlength=10)
    assert one[0] == 0
    assert one[1:].min() > 350  # 444 expected


def test_restored_clues_come_from_the_solution(minimal: Pairs) -> None:
    givens, solutions = minimal
    restored = bulk.restore_clues(np.random.default_rng(0), givens, solutions, 2, 5)
    assert (restored[givens > 0] == givens[givens > 0]).all()
    assert ((restored == 0) | (restored == solutions)).all()
    extra = (restored > 0).sum(axis=1) - (givens > 0).sum(axis=1)
    assert set(extra.tolist()) == {2, 3, 4, 5}


def test_more_clues_than_blanks_fill_the_grid(minimal: Pairs) -> None:
    restored = bulk.restore_clues(np.random.default_rng(0), *minimal, 81, 81)
    assert np.array_equal(restored, minimal[1])


def test_the_extreme_level_of_single_puzzles() -> None:
    givens, solution, guesses = make(np.random.default_rng(2), LEVELS["extreme"])
    assert solve(givens) == [solution]
    assert guesses >= LEVELS["extreme"].least_guesses


def test_functions_compile_where_numba_finds_no_place_for_a_cache() -> None:
    source: dict[str, object] = {}
    exec("def double(x):\n    return x + x", source)  # numba caches only what comes from a file
    double = kernels.compiled(source["double"])  # type: ignore[type-var]
    assert double(21) == 42  # type: ignore[operator]
