"""Random Sudoku grids, minimal puzzles and a local search for rare ones, compiled with numba.

`puzzles.sudoku_bulk` is the door to these: it makes the arrays that they fill.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from puzzles.compiled import compiled
from puzzles.sudoku_compiled import (
    Board,
    Digits,
    clear,
    copy,
    place,
    search,
    set_up,
    settle,
)
from puzzles.sudoku_solver import DEAD, SOLVED

PATIENCE = 100
"""Steps without a new puzzle that is good enough, after which a walk is given up."""


@compiled
def random_grid(rng: np.random.Generator, board: Board, digits: Digits) -> None:
    """Random digits in the tightest cell until the grid is full, from scratch after a dead end."""
    branch = DEAD
    while branch != SOLVED:
        if branch == DEAD:
            clear(board)
            branch = int(rng.integers(0, 81))
        bit = 0
        while board[branch] & bit == 0:
            bit = 1 << int(rng.integers(0, 9))
        place(board, branch, bit)
        branch = settle(board)[0]
    for cell in range(81):
        digits[cell] = 1
        while -board[cell] >> digits[cell]:
            digits[cell] += 1


@compiled
def random_order(rng: np.random.Generator) -> NDArray[np.int64]:
    """The 81 cells, shuffled."""
    order = np.arange(81)
    for i in range(80, 0, -1):
        j = rng.integers(0, i + 1)
        order[i], order[j] = order[j], order[i]
    return order


@compiled
def minimise(rng: np.random.Generator, givens: Digits, stack: Board) -> None:
    """Take away, in random order, every clue that is not needed for a single answer."""
    answers = np.empty((1, 81), np.int16)
    for cell in random_order(rng):
        digit = givens[cell]
        if digit:
            givens[cell] = 0
            set_up(stack[0], givens)
            stack[0, cell] &= ~(1 << (digit - 1))
            if search(stack, answers)[0]:
                givens[cell] = digit


@compiled
def minimal_each(rng: np.random.Generator, givens: Digits, solutions: Digits) -> None:
    stack = np.empty((82, 81), np.int16)
    for i in range(len(givens)):
        random_grid(rng, stack[0], solutions[i])
        copy(solutions[i], givens[i])
        minimise(rng, givens[i], stack)


@compiled
def make_unique(
    rng: np.random.Generator, givens: Digits, solution: Digits, stack: Board, answers: Board
) -> None:
    """Add clues of `solution`, each where another answer differs from it, until there is none."""
    order = random_order(rng)
    while True:
        set_up(stack[0], givens)
        if search(stack, answers)[0] == 1:
            return
        for cell in order:
            if answers[0, cell] != answers[1, cell]:
                givens[cell] = solution[cell]
                break


@compiled
def step(
    rng: np.random.Generator,
    givens: Digits,
    solution: Digits,
    floor: int,
    stack: Board,
    by_blanks: bool,
) -> int:
    """One step of the local search, in place.

    Drop one to three clues, add others of the same solution until it is the only one again, and
    make the puzzle minimal. Returns its score, which is the guesses it then needs or, `by_blanks`,
    its blank cells; or -1 where it is the same again or would score less than `floor`, and the
    puzzle was left as it was.
    """
    answers = np.empty((2, 81), np.int16)
    trial = np.empty(81, np.uint8)
    copy(givens, trial)
    drop = int(rng.integers(1, 4))
    while drop:
        cell = int(rng.integers(0, 81))
        if trial[cell]:
            trial[cell] = 0
            drop -= 1
    make_unique(rng, trial, solution, stack, answers)
    minimise(rng, trial, stack)
    score, changed = 0, 0
    for cell in range(81):
        score += trial[cell] == 0
        changed += trial[cell] != givens[cell]
    if not by_blanks:
        set_up(stack[0], trial)
        score = search(stack, answers)[1]
    if score < floor or not changed:
        return -1
    copy(trial, givens)
    return score


@compiled
def walk_each(
    rng: np.random.Generator,
    givens: Digits,
    solutions: Digits,
    enough: int,
    per_walk: int,
    by_blanks: bool,
) -> None:
    """Fill both arrays with puzzles whose score is at least `enough`, up to `per_walk` of a walk.

    A walk climbs until it has enough and then strolls above that. It ends where PATIENCE steps
    bring no puzzle; the next one starts from another grid.
    """
    stack = np.empty((82, 81), np.int16)
    trial, solution = np.empty(81, np.uint8), np.empty(81, np.uint8)
    done, taken, idle, best = 0, per_walk, 0, 0
    while done < len(givens):
        if taken == per_walk or idle == PATIENCE:
            random_grid(rng, stack[0], solution)
            copy(solution, trial)
            minimise(rng, trial, stack)
            taken, idle, best = 0, 0, 0
        score = step(rng, trial, solution, min(best, enough), stack, by_blanks)
        best = max(best, score)
        idle += 1
        if score >= enough:
            copy(trial, givens[done])
            copy(solution, solutions[done])
            done, taken, idle = done + 1, taken + 1, 0
