"""The Sudoku solver once more, compiled with numba: training eats hundreds of thousands of puzzles.

It answers exactly like `puzzles.sudoku_solver`, down to the number of guesses, and is tested against
it. A board is one int16[81] array that holds per cell

    > 0   the set of digits still possible, bit d - 1 for digit d
    < 0   minus the bit of the digit that stands there
    = 0   a contradiction: no digit is left

so copying 162 bytes is all that a guess costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

Board: TypeAlias = NDArray[np.int16]
Digits: TypeAlias = NDArray[np.uint8]
Function = TypeVar("Function", bound=Callable[..., Any])

ALL = 0b111_111_111
SOLVED = -1
DEAD = -2

_cell = np.arange(81)
_row, _column = _cell // 9, _cell % 9
_box = _row // 3 * 3 + _column // 3
_index = np.stack([_row, _column, _box])
UNITS = np.stack([np.flatnonzero(i == k) for i in _index for k in range(9)])
PEERS = np.stack(
    [np.flatnonzero((_index == _index[:, [c]]).any(axis=0) & (_cell != c)) for c in _cell]
)


def compiled(function: Function) -> Function:
    """numba's njit without the GIL, cached on disk where any cache folder can be written."""
    try:
        fast: Function = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba finds no folder for its cache: compile anew in every process
        fast = numba.njit(nogil=True)(function)
    return fast


@compiled
def place(board: Board, cell: int, bit: int) -> None:
    board[cell] = -bit
    for peer in PEERS[cell]:
        if board[peer] > 0:
            board[peer] &= ~bit


@compiled
def set_up(board: Board, givens: Digits) -> None:
    """Fill `board` from digits; they must not clash."""
    board[:] = ALL
    for cell in range(81):
        if givens[cell]:
            place(board, cell, 1 << (givens[cell] - 1))


@compiled
def settle(board: Board) -> int:
    """Place naked and hidden singles until none is left.

    Returns the first open cell with the fewest candidates, or SOLVED, or DEAD. The end state does
    not depend on the order of the placements, which is why the plain solver guesses alike.
    """
    moved = True
    while moved:
        moved = False
        branch, fewest = SOLVED, 10
        for cell in range(81):
            mask = board[cell]
            if mask == 0:
                return DEAD
            if mask > 0:
                if mask & (mask - 1) == 0:
                    place(board, cell, mask)
                    moved = True
                    continue
                size = 0
                while mask:
                    mask &= mask - 1
                    size += 1
                if size < fewest:
                    branch, fewest = cell, size
        for unit in range(27):
            once, twice, placed = 0, 0, 0
            for cell in UNITS[unit]:
                mask = board[cell]
                if mask < 0:
                    placed |= -mask
                else:
                    twice |= once & mask
                    once |= mask
            if once | placed != ALL:
                return DEAD
            single = once & ~twice
            if single:
                moved = True
                for cell in UNITS[unit]:
                    mask = board[cell]
                    if mask > 0 and mask & single:
                        bit = mask & single
                        if bit & (bit - 1):
                            return DEAD  # two digits have this cell as their only place
                        place(board, cell, bit)
    return branch


@compiled
def search(stack: Board, answers: Board) -> tuple[int, int]:
    """Depth-first search below stack[0], (82, 81) boards of scratch space.

    Stops when the (limit, 81) `answers` are full. Returns the number of answers found and of
    guesses, which are the cells where no single helped and a digit had to be tried.
    """
    untried = np.zeros(82, np.int16)
    tried_at = np.zeros(82, np.int16)
    found, guesses, depth = 0, 0, 0
    branch = settle(stack[0])
    while True:
        if branch >= 0:
            guesses += 1
            tried_at[depth] = branch
            untried[depth] = stack[depth, branch]
        elif branch == SOLVED:
            answers[found] = -stack[depth]
            found += 1
            if found == len(answers):
                return found, guesses
        while depth >= 0 and untried[depth] == 0:
            depth -= 1
        if depth < 0:
            return found, guesses
        bit = untried[depth] & -untried[depth]
        untried[depth] ^= bit
        stack[depth + 1] = stack[depth]
        depth += 1
        place(stack[depth], tried_at[depth - 1], bit)
        branch = settle(stack[depth])


@compiled
def guesses_each(givens: Digits, counts: NDArray[np.int64]) -> None:
    """Guesses of the search for two answers, for (n, 81) givens that do not clash."""
    stack = np.empty((82, 81), np.int16)
    answers = np.empty((2, 81), np.int16)
    for i in range(len(givens)):
        set_up(stack[0], givens[i])
        counts[i] = search(stack, answers)[1]


@compiled
def fill(rng: np.random.Generator, board: Board) -> None:
    """Random full grid: random digits in the tightest cell, anew after a dead end (about 1 in 2)."""
    branch = DEAD
    while branch != SOLVED:
        if branch == DEAD:
            board[:] = ALL
            branch = rng.integers(0, 81)
        bit = 0
        while board[branch] & bit == 0:
            bit = 1 << rng.integers(0, 9)
        place(board, branch, bit)
        branch = settle(board)


@compiled
def shuffle(rng: np.random.Generator, order: NDArray[np.int64]) -> None:
    for i in range(len(order) - 1, 0, -1):
        j = rng.integers(0, i + 1)
        order[i], order[j] = order[j], order[i]


@compiled
def minimise(
    rng: np.random.Generator, givens: Digits, order: NDArray[np.int64], stack: Board
) -> None:
    """Take away, in random order, every clue that is not needed for a single answer."""
    answers = np.empty((1, 81), np.int16)
    shuffle(rng, order)
    for cell in order:
        digit = givens[cell]
        if digit:
            givens[cell] = 0
            set_up(stack[0], givens)
            stack[0, cell] &= ~(1 << (digit - 1))
            if search(stack, answers)[0]:
                givens[cell] = digit


@compiled
def digits_of(board: Board, digits: Digits) -> None:
    """Bits (positive) to digits, for a full grid."""
    for cell in range(81):
        mask, digit = board[cell], 0
        while mask:
            mask >>= 1
            digit += 1
        digits[cell] = digit


@compiled
def minimal_each(rng: np.random.Generator, givens: Digits, solutions: Digits) -> None:
    stack = np.empty((82, 81), np.int16)
    order = np.arange(81)
    for i in range(len(givens)):
        fill(rng, stack[0])
        digits_of(-stack[0], solutions[i])
        givens[i] = solutions[i]
        minimise(rng, givens[i], order, stack)


@compiled
def make_unique(
    rng: np.random.Generator, givens: Digits, solution: Digits, stack: Board, answers: Board
) -> None:
    """Add clues of `solution`, each where another answer differs from it, until there is none."""
    order = np.arange(81)
    shuffle(rng, order)
    while True:
        set_up(stack[0], givens)
        if search(stack, answers)[0] == 1:
            return
        for cell in order:
            bit = 1 << (solution[cell] - 1)
            if answers[0, cell] != bit or answers[1, cell] != bit:
                givens[cell] = solution[cell]
                break


@compiled
def harden(
    rng: np.random.Generator,
    givens: Digits,
    solution: Digits,
    steps: int,
    enough: int,
    stack: Board,
) -> int:
    """Local search on one minimal puzzle, in place; returns its guesses.

    A step drops one to three clues, adds others of the same solution until it is the only one, makes the
    puzzle minimal again and keeps it unless it needs fewer guesses.
    """
    answers = np.empty((2, 81), np.int16)
    order = np.arange(81)
    set_up(stack[0], givens)
    best = search(stack, answers)[1]
    trial = givens.copy()
    for _ in range(steps):
        if best >= enough:
            break
        trial[:] = givens
        drop = rng.integers(1, 4)
        while drop:
            cell = rng.integers(0, 81)
            if trial[cell]:
                trial[cell] = 0
                drop -= 1
        make_unique(rng, trial, solution, stack, answers)
        minimise(rng, trial, order, stack)
        set_up(stack[0], trial)
        guesses = search(stack, answers)[1]
        if guesses >= best:
            best = guesses
            givens[:] = trial
    return best
