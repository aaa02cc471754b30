"""The plain solver against facts known without it, and the levels of the plain generator."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puzzles.sudoku.generator import LEVELS, carve, make, random_grid
from puzzles.sudoku.puzzle import repeats
from puzzles.sudoku.solver import BOXES, COLUMNS, PEERS, ROWS, Rating, rate, solve

WIKIPEDIA = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"
WIKIPEDIA_ANSWER = (
    "534678912672195348198342567859761423426853791713924856961537284287419635345286179"
)
# By Peter Norvig: two columns leave too few places for 1, 5 and 6, which singles see very late.
SLOW_AND_IMPOSSIBLE = (
    "000005080000601043000000000010500000000106000300000005530000061000000004000000000"
)


def digits(text: str) -> tuple[int, ...]:
    return tuple(map(int, text))


def answers_by_trying(givens: list[int], limit: int) -> list[tuple[int, ...]]:
    """Slow reference: every digit in every blank, in order, with no thought at all."""
    if 0 not in givens:
        return [tuple(givens)]
    cell = givens.index(0)
    found: list[tuple[int, ...]] = []
    for digit in range(1, 10):
        if len(found) < limit and all(givens[peer] != digit for peer in PEERS[cell]):
            tried = [*givens[:cell], digit, *givens[cell + 1 :]]
            found += answers_by_trying(tried, limit - len(found))
    return found


def test_units_are_the_rows_columns_and_boxes() -> None:
    assert ROWS[1] == tuple(range(9, 18))
    assert COLUMNS[2][:3] == (2, 11, 20)
    assert BOXES[4] == (30, 31, 32, 39, 40, 41, 48, 49, 50)
    assert all(len(peers) == 20 for peers in PEERS)
    assert all(cell in PEERS[peer] for cell in range(81) for peer in PEERS[cell])


def test_the_only_answer() -> None:
    assert solve(digits(WIKIPEDIA)) == [digits(WIKIPEDIA_ANSWER)]
    assert rate(digits(WIKIPEDIA)) == Rating(guesses=0, singles_suffice=True)


def test_a_full_grid_is_its_own_answer() -> None:
    assert solve(digits(WIKIPEDIA_ANSWER)) == [digits(WIKIPEDIA_ANSWER)]


def test_no_answer() -> None:
    blocked = (1, 2, 3, 4, 5, 6, 7, 8, *[0] * 18, 9, *[0] * 54)  # nothing is left for r1c9
    assert solve(blocked) == []


def test_an_unsolvable_puzzle_that_defeats_searching_by_cells_alone() -> None:
    assert solve(digits(SLOW_AND_IMPOSSIBLE)) == []
    assert rate(digits(SLOW_AND_IMPOSSIBLE)).guesses < 5000


def test_two_answers_where_a_rectangle_can_be_swapped() -> None:
    grid = list(digits(WIKIPEDIA_ANSWER))
    swaps = [
        (a, b, c, d)
        for a in range(81)
        for b in ROWS[a // 9]
        for c in COLUMNS[a % 9]
        for d in ROWS[c // 9]
        if a < b and a < c and d % 9 == b % 9 and grid[a] == grid[d] and grid[b] == grid[c]
    ]
    a, b, c, d = next(s for s in swaps if len({cell // 27 * 3 + cell % 9 // 3 for cell in s}) == 2)
    blanked = [0 if cell in (a, b, c, d) else digit for cell, digit in enumerate(grid)]
    other = grid.copy()
    other[a], other[b], other[c], other[d] = grid[b], grid[a], grid[d], grid[c]
    assert set(solve(blanked)) == {tuple(grid), tuple(other)}


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_limit_bounds_the_answers_of_an_empty_grid(limit: int) -> None:
    found = solve([0] * 81, limit)
    assert len(set(found)) == limit
    assert all(0 not in grid and not list(repeats(grid)) for grid in found)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), blanks=st.integers(0, 34))
def test_same_answers_as_trying_everything(seed: int, blanks: int) -> None:
    rng = np.random.default_rng(seed)
    givens = list(random_grid(rng))
    for cell in rng.permutation(81)[:blanks].tolist():
        givens[cell] = 0
    assert set(solve(givens, limit=50)) == set(answers_by_trying(givens, limit=50))


@pytest.mark.parametrize("level", ["easy", "newspaper", "medium", "hard", "minimal"])
def test_levels_have_their_clues_guesses_and_one_answer(level: str) -> None:
    for seed in range(4):
        givens, solution, guesses = make(np.random.default_rng(seed), LEVELS[level])
        assert solve(givens) == [solution]
        assert rate(givens).guesses == guesses
        clues = 81 - givens.count(0)
        assert clues == LEVELS[level].clues or (level == "minimal" and 17 <= clues <= 30)
        assert LEVELS[level].least_guesses <= guesses <= LEVELS[level].most_guesses


def test_minimal_means_that_every_clue_is_needed() -> None:
    rng = np.random.default_rng(0)
    givens = carve(rng, random_grid(rng), clues=0)
    for cell in np.flatnonzero(givens).tolist():
        assert len(solve([*givens[:cell], 0, *givens[cell + 1 :]])) == 2


def test_reading_and_solving_one_puzzle_does_not_load_numba() -> None:
    program = (
        "import sys; from puzzles.sudoku.domain import SudokuDomain; d = SudokuDomain();"
        f"assert len(d.solve(d.parse('{WIKIPEDIA}')[0])) == 1; assert 'numba' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
