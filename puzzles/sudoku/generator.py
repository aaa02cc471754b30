"""Single Sudoku puzzles of a wanted level in plain Python: one is made in a few hundredths of a
second, before a compiled generator would have loaded. The extreme level needs thousands of solver
runs and takes the compiled one all the same."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from puzzles.sudoku.solver import ALL, DEAD, SOLVED, Grid, board_of, place, rate, search, settle


@dataclass(frozen=True, slots=True)
class Level:
    """Clues to leave, or as few as possible where `clues` is 0, and the allowed guesses."""

    clues: int
    least_guesses: int = 0
    most_guesses: float = inf


LEVELS = {
    "easy": Level(36, most_guesses=0),
    "newspaper": Level(34),
    "medium": Level(32, most_guesses=0),
    "hard": Level(28, least_guesses=1),
    "minimal": Level(0),
    "extreme": Level(0, least_guesses=20),
}


def make(rng: np.random.Generator, level: Level) -> tuple[Grid, Grid, int]:
    """Givens with one answer, that answer, and the guesses our solver needs."""
    if level is LEVELS["extreme"]:
        return _make_extreme(rng, level)
    while True:
        solution = random_grid(rng)
        givens = carve(rng, solution, level.clues)
        guesses = rate(givens).guesses
        enough = not level.clues or 81 - givens.count(0) == level.clues
        if enough and level.least_guesses <= guesses <= level.most_guesses:
            return givens, solution, guesses


def _make_extreme(rng: np.random.Generator, level: Level) -> tuple[Grid, Grid, int]:
    from puzzles.sudoku.bulk import extreme_puzzles

    (givens,), (solution,) = extreme_puzzles(rng, 1, level.least_guesses)
    made = tuple(givens.tolist())
    return made, tuple(solution.tolist()), rate(made).guesses


def random_grid(rng: np.random.Generator) -> Grid:
    """Random digits in the tightest cell until the grid is full, from scratch after a dead end."""
    cell = DEAD
    while cell != SOLVED:
        if cell == DEAD:
            board = [ALL] * 81
            cell = int(rng.integers(81))
        digits = [bit for bit in (1 << d for d in range(9)) if board[cell] & bit]
        place(board, cell, digits[rng.integers(len(digits))])
        cell, _ = settle(board)
    return tuple((-mask).bit_length() for mask in board)


def carve(rng: np.random.Generator, solution: Grid, clues: int) -> Grid:
    """Take clues away in random order while the answer stays the only one, down to `clues`."""
    givens = list(solution)
    left = 81
    for cell in rng.permutation(81).tolist():
        if left == clues:
            break
        givens[cell] = 0
        board = board_of(givens)
        board[cell] &= ~(1 << (solution[cell] - 1))
        if search(board, limit=1)[0]:  # another digit fits here, so the clue is needed
            givens[cell] = solution[cell]
        else:
            left -= 1
    return tuple(givens)
