"""The Sudoku solver once more, compiled with numba for training by the hundred thousand.

It answers like `puzzles.sudoku.solver`, down to the number of guesses, and is tested against it. A
board is one int16[81] array that holds per cell

    > 0   the set of digits still possible, bit d - 1 for digit d
    < 0   minus the bit of the digit that stands there
    = 0   a contradiction: no digit is left

so that copying 162 bytes is all the bookkeeping of a guess. The board of an answer is all negative.

Random Sudoku grids, minimal puzzles and a local search for rare ones, compiled with numba.

`puzzles.sudoku.bulk` is the door to these: it makes the arrays that they fill.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.compiled import compiled
from puzzles.sudoku import solver
from puzzles.sudoku.solver import ALL, DEAD, SOLVED

Board: TypeAlias = NDArray[np.int16]
Digits: TypeAlias = NDArray[np.uint8]

UNITS = np.array(solver.UNITS)
PEERS = np.array(solver.PEERS)


@compiled
def place(board: Board, cell: int, bit: int) -> None:
    board[cell] = -bit
    for peer in PEERS[cell]:
        if board[peer] > 0:
            board[peer] &= ~bit


@compiled
def copy(source: NDArray[Any], target: NDArray[Any]) -> None:
    """81 numbers; a loop compiles in a tenth of the time of an array assignment."""
    for cell in range(81):
        target[cell] = source[cell]


@compiled
def clear(board: Board) -> None:
    for cell in range(81):
        board[cell] = ALL


@compiled
def set_up(board: Board, givens: Digits) -> None:
    """Fill `board` from digits; they must not clash."""
    clear(board)
    for cell in range(81):
        if givens[cell]:
            place(board, cell, 1 << (givens[cell] - 1))


@compiled
def naked_singles(board: Board) -> tuple[int, int]:
    """Place every digit that is the only one left for its cell.

    Returns the first of the open cells with the fewest candidates and their number, which is 1
    where something was placed.
    """
    tightest, fewest = SOLVED, 10
    for cell in range(81):
        mask = board[cell]
        if mask == 0:
            return DEAD, 0
        size = 0
        while mask > 0:
            mask &= mask - 1
            size += 1
        if size == 1:
            place(board, cell, board[cell])
        if 1 <= size < fewest:
            tightest, fewest = cell, size
    return tightest, fewest


@compiled
def places(board: Board, unit: int) -> tuple[int, int]:
    """The sets of digits that have exactly one and exactly two places in a unit.

    Both are DEAD where some digit has no place at all.
    """
    once, twice, thrice, placed = 0, 0, 0, 0
    for cell in UNITS[unit]:
        mask = board[cell]
        if mask < 0:
            placed |= -mask
        else:
            thrice |= twice & mask
            twice |= once & mask
            once |= mask
    if once | placed != ALL:
        return DEAD, DEAD
    return once & ~twice, twice & ~thrice


@compiled
def place_hidden(board: Board, unit: int, single: int) -> None:
    """Place digits that have one place each; the cell of two of them is left without any."""
    for cell in UNITS[unit]:
        bits = board[cell] & single
        if board[cell] > 0 and bits:
            if bits & (bits - 1):
                board[cell] = 0
            else:
                place(board, cell, bits)


@compiled
def settle(board: Board) -> tuple[int, int]:
    """Place naked and hidden singles until none is left.

    Returns the (cell, bit) to guess, or SOLVED or DEAD in the place of the cell. A cell of two
    candidates comes first, then a digit of two places in a unit, then the tightest cell. The end
    state does not depend on the order of the placements: that is why the plain solver, which goes
    about them in another order, guesses the same.
    """
    while True:
        cell, fewest = naked_singles(board)
        if cell < 0:
            return cell, 0
        pair_unit, pair_bit, moved = -1, 0, fewest == 1
        for unit in range(27):
            single, pair = places(board, unit)
            if single == DEAD:
                return DEAD, 0
            if single:
                place_hidden(board, unit, single)
                moved = True
            if pair and pair_unit < 0:
                pair_unit, pair_bit = unit, pair & -pair
        if not moved:
            if fewest > 2 and pair_unit >= 0:
                for other in UNITS[pair_unit][::-1]:
                    if board[other] > 0 and board[other] & pair_bit:
                        cell = other
                return cell, pair_bit
            return cell, board[cell] & -board[cell]


@compiled
def search(stack: Board, answers: Board) -> tuple[int, int]:
    """Depth-first search below stack[0], (82, 81) boards of scratch space.

    Stops when the (limit, 81) `answers` are full. Returns the number of answers found and of
    guesses: digits tried where no single helped.
    """
    found, guesses, depth = 0, 0, 0
    while depth >= 0 and found < len(answers):
        cell, bit = settle(stack[depth])
        if cell >= 0:
            guesses += 1
            copy(stack[depth], stack[depth + 1])
            stack[depth, cell] &= ~bit  # what is left to do here should the guess fail
            depth += 1
            place(stack[depth], cell, bit)
            continue
        if cell == SOLVED:
            copy(stack[depth], answers[found])
            found += 1
        depth -= 1
    return found, guesses


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
