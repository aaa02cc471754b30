"""The Sudoku solver and the generators of puzzles, compiled with numba for training.

`search` answers like `puzzles.sudoku.solver`, down to the number of guesses, and is tested against
it; sizes up to 16 and all rules. A board is an int32 array of the cells that holds

    > 0   the set of digits still possible, bit d - 1 for digit d
    < 0   minus the bit of the digit that stands there
    = 0   a contradiction: no digit is left

so that copying it is all the bookkeeping of a guess. The board of an answer is all negative.
`puzzles.sudoku.bulk` and `ruled_bulk` make the arrays that these functions fill. All is in one file
because numba renews a cache only when the file of the function itself changes.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.compiled import compiled
from puzzles.sudoku import solver
from puzzles.sudoku.rules import Tables
from puzzles.sudoku.solver import DEAD, SOLVED

Board: TypeAlias = NDArray[np.int32]
Digits: TypeAlias = NDArray[np.uint8]
Table: TypeAlias = NDArray[np.uint16]
"""Cells; numba checks an index that may be negative, and these loops are short."""

TOO_LONG = -1
NO_LIMIT = int(np.iinfo(np.int64).max)


class Groups(NamedTuple):
    """`Tables` as arrays: the set of all digits, (cells, 1 + most) the number of cells that each
    cell sees and then these, and (units, size) the cells of each group of all digits."""

    full: int
    peers: Table
    units: Table


def groups_of(tables: Tables) -> Groups:
    peers = np.zeros((len(tables.peers), 1 + max(map(len, tables.peers))), np.uint16)
    for row, others in zip(peers, tables.peers, strict=True):
        row[0] = len(others)
        row[1 : 1 + len(others)] = others
    return Groups(tables.full, peers, np.array(tables.units, np.uint16))


NINE = groups_of(solver.NINE)
NOTHING = np.zeros(0, np.uint8)


def scratch(cells: int) -> Board:
    """Boards for a search as deep as it can get."""
    return np.empty((cells + 1, cells), np.int32)


@compiled
def place(board: Board, cell: int, bit: int, groups: Groups) -> None:
    peers = groups.peers[cell]
    board[cell] = -bit
    for i in range(1, peers[0] + 1):
        if board[peers[i]] > 0:
            board[peers[i]] &= ~bit


@compiled
def copy(source: NDArray[Any], target: NDArray[Any]) -> None:
    """A loop compiles in a tenth of the time of an array assignment."""
    for cell in range(len(source)):
        target[cell] = source[cell]


@compiled
def set_up(board: Board, givens: Digits, groups: Groups) -> None:
    """Fill `board` from digits; they must not clash."""
    for cell in range(len(board)):
        board[cell] = groups.full
    for cell in range(len(board)):
        if givens[cell]:
            place(board, cell, 1 << (givens[cell] - 1), groups)


@compiled
def read_off(board: Board, digits: Digits) -> None:
    """The digits of the board of an answer."""
    for cell in range(len(board)):
        digits[cell] = 1
        while -board[cell] >> digits[cell]:
            digits[cell] += 1


@compiled
def naked_singles(board: Board, groups: Groups) -> tuple[int, int]:
    """Place every digit that is the only one left for its cell.

    Returns the first of the open cells with the fewest candidates and their number, which is 1
    where something was placed.
    """
    tightest, fewest = SOLVED, 32
    for cell in range(len(board)):
        mask = board[cell]
        if mask == 0:
            return DEAD, 0
        size = 0
        while mask > 0:
            mask &= mask - 1
            size += 1
        if size == 1:
            place(board, cell, board[cell], groups)
        if 1 <= size < fewest:
            tightest, fewest = cell, size
    return tightest, fewest


@compiled
def places(board: Board, unit: Table, full: int) -> tuple[int, int]:
    """The sets of digits that have exactly one and exactly two places in a unit.

    Both are DEAD where some digit has no place at all.
    """
    once, twice, thrice, placed = 0, 0, 0, 0
    for cell in unit:
        mask = board[cell]
        if mask < 0:
            placed |= -mask
        else:
            thrice |= twice & mask
            twice |= once & mask
            once |= mask
    if once | placed != full:
        return DEAD, DEAD
    return once & ~twice, twice & ~thrice


@compiled
def place_hidden(board: Board, unit: Table, single: int, groups: Groups) -> None:
    """Place digits that have one place each; the cell of two of them is left without any."""
    for cell in unit:
        bits = board[cell] & single
        if board[cell] > 0 and bits:
            if bits & (bits - 1):
                board[cell] = 0
            else:
                place(board, cell, bits, groups)


@compiled
def settle(board: Board, groups: Groups) -> tuple[int, int]:
    """Place naked and hidden singles until none is left.

    Returns the (cell, bit) to guess, or SOLVED or DEAD in the place of the cell. A cell of two
    candidates comes first, then a digit of two places in a unit, then the tightest cell. The end
    state does not depend on the order of the placements: that is why the plain solver, which goes
    about them in another order, guesses the same.
    """
    while True:
        cell, fewest = naked_singles(board, groups)
        if cell < 0:
            return cell, 0
        pair_unit, pair_bit, moved = -1, 0, fewest == 1
        for unit in range(len(groups.units)):
            single, pair = places(board, groups.units[unit], groups.full)
            if single == DEAD:
                return DEAD, 0
            if single:
                place_hidden(board, groups.units[unit], single, groups)
                moved = True
            if pair and pair_unit < 0:
                pair_unit, pair_bit = unit, pair & -pair
        if not moved:
            if fewest > 2 and pair_unit >= 0:
                for other in groups.units[pair_unit]:
                    if board[other] > 0 and board[other] & pair_bit:
                        return int(other), pair_bit
            return cell, board[cell] & -board[cell]


@compiled
def search(
    stack: Board, answers: Board, groups: Groups, most: int, near: Digits
) -> tuple[int, int]:
    """Depth-first search below stack[0], (cells + 1, cells): the number of answers found, until
    `answers` are full, and of guesses. TOO_LONG for the number where it takes `most` guesses.

    The digits of `near`, unless that is empty, are guessed first: other answers are often like a
    known one.
    """
    found, guesses, depth = 0, 0, 0
    while depth >= 0 and found < len(answers):
        cell, bit = settle(stack[depth], groups)
        if cell >= 0:
            guesses += 1
            if guesses == most:
                return TOO_LONG, guesses
            if len(near) and stack[depth, cell] & 1 << (near[cell] - 1):
                bit = 1 << (near[cell] - 1)
            copy(stack[depth], stack[depth + 1])
            stack[depth, cell] &= ~bit  # what is left to do here should the guess fail
            depth += 1
            place(stack[depth], cell, bit, groups)
            continue
        if cell == SOLVED:
            copy(stack[depth], answers[found])
            found += 1
        depth -= 1
    return found, guesses


@compiled
def random_order(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """The numbers below `count`, shuffled."""
    order = np.arange(count)
    for i in range(count - 1, 0, -1):
        j = rng.integers(0, i + 1)
        order[i], order[j] = order[j], order[i]
    return order


@compiled
def random_bit(rng: np.random.Generator, mask: int, size: int) -> int:
    """One of the bits of a set of digits up to `size`."""
    bit = 0
    while mask & bit == 0:
        bit = 1 << int(rng.integers(0, size))
    return bit


@compiled
def minimise(
    rng: np.random.Generator,
    givens: Digits,
    solution: Digits,
    clues: int,
    stack: Board,
    groups: Groups,
    most: int,
) -> None:
    """Take away, in random order, clues that are not needed for a single answer, down to `clues`;
    one whose need takes `most` guesses to tell stays."""
    answers = np.empty((1, len(givens)), np.int32)
    left = 0
    for cell in range(len(givens)):
        left += givens[cell] > 0
    for cell in random_order(rng, len(givens)):
        digit = givens[cell]
        if left <= clues or not digit:
            continue
        givens[cell] = 0
        set_up(stack[0], givens, groups)
        stack[0, cell] &= ~(1 << (digit - 1))
        if search(stack, answers, groups, most, solution)[0]:
            givens[cell] = digit
        else:
            left -= 1


@compiled
def random_grid(rng: np.random.Generator, board: Board, digits: Digits, groups: Groups) -> None:
    """Random digits in the tightest cell until the grid is full, from scratch after a dead end:
    for 9×9 boxes, where these are rare. `fill` goes back instead."""
    branch = DEAD
    while branch != SOLVED:
        if branch == DEAD:
            for cell in range(len(board)):
                board[cell] = groups.full
            branch = int(rng.integers(0, len(board)))
        place(board, branch, random_bit(rng, board[branch], groups.units.shape[1]), groups)
        branch = settle(board, groups)[0]
    read_off(board, digits)


@compiled
def fill(
    rng: np.random.Generator,
    stack: Board,
    digits: Digits,
    groups: Groups,
    most: int,
) -> bool:
    """A random answer in `digits`, by depth-first search of at most `most` guesses."""
    cells, depth, size = len(digits), 0, groups.units.shape[1]
    for cell in range(cells):
        stack[0, cell] = groups.full
    for guess in range(most):
        branch = settle(stack[depth], groups)[0]
        if branch == SOLVED:
            read_off(stack[depth], digits)
            return True
        if branch == DEAD:
            if depth == 0:
                return False
            depth -= 1
            continue
        if guess == 0:
            branch = int(rng.integers(0, cells))
        bit = random_bit(rng, stack[depth, branch], size)
        copy(stack[depth], stack[depth + 1])
        stack[depth, branch] &= ~bit
        depth += 1
        place(stack[depth], branch, bit, groups)
    return False


@compiled
def make_one(
    rng: np.random.Generator,
    givens: Digits,
    solution: Digits,
    stack: Board,
    groups: Groups,
    clues: int,
    most: int,
    tries: int,
) -> bool:
    """Fill the arrays with a puzzle; False where no grid was found in `tries`."""
    for _ in range(tries):
        if fill(rng, stack, solution, groups, 20 * groups.units.shape[1]):
            copy(solution, givens)
            minimise(rng, givens, solution, clues, stack, groups, most)
            return True
    return False


@compiled
def solve_each(
    givens: Digits,
    answers: Digits,
    counts: NDArray[np.int64],
    guesses: NDArray[np.int64],
    groups: Groups,
    most: int,
) -> None:
    """First answers and their numbers up to 2 of puzzles under the same rules; -1: too long."""
    cells = givens.shape[1]
    stack = np.empty((cells + 1, cells), np.int32)
    found = np.empty((2, cells), np.int32)
    for i in range(len(givens)):
        set_up(stack[0], givens[i], groups)
        counts[i], guesses[i] = search(stack, found, groups, most, NOTHING)
        if counts[i] > 0:
            read_off(found[0], answers[i])


@compiled
def minimal_each(
    rng: np.random.Generator, givens: Digits, solutions: Digits, stack: Board, groups: Groups
) -> None:
    for i in range(len(givens)):
        random_grid(rng, stack[0], solutions[i], groups)
        copy(solutions[i], givens[i])
        minimise(rng, givens[i], solutions[i], 0, stack, groups, NO_LIMIT)


@compiled
def make_unique(
    rng: np.random.Generator,
    givens: Digits,
    solution: Digits,
    stack: Board,
    answers: Board,
    groups: Groups,
) -> None:
    """Add clues of `solution`, each where another answer differs from it, until there is none."""
    order = random_order(rng, len(givens))
    while True:
        set_up(stack[0], givens, groups)
        if search(stack, answers, groups, NO_LIMIT, NOTHING)[0] == 1:
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
    groups: Groups,
    by_blanks: bool,
) -> int:
    """One step of the local search, in place.

    Drop one to three clues, add others of the same solution until it is the only one again, and
    make the puzzle minimal. Returns its score, which is the guesses it then needs or, `by_blanks`,
    its blank cells; or -1 where it is the same again or would score less than `floor`, and the
    puzzle was left as it was.
    """
    answers = np.empty((2, len(givens)), np.int32)
    trial = np.empty(len(givens), np.uint8)
    copy(givens, trial)
    drop = int(rng.integers(1, 4))
    while drop:
        cell = int(rng.integers(0, len(givens)))
        if trial[cell]:
            trial[cell] = 0
            drop -= 1
    make_unique(rng, trial, solution, stack, answers, groups)
    minimise(rng, trial, solution, 0, stack, groups, NO_LIMIT)
    score, changed = 0, 0
    for cell in range(len(givens)):
        score += trial[cell] == 0
        changed += trial[cell] != givens[cell]
    if not by_blanks:
        set_up(stack[0], trial, groups)
        score = search(stack, answers, groups, NO_LIMIT, NOTHING)[1]
    if score < floor or not changed:
        return -1
    copy(trial, givens)
    return score


PATIENCE = 100
"""Steps without a new puzzle that is good enough, after which a walk is given up."""


@compiled
def walk_each(
    rng: np.random.Generator,
    givens: Digits,
    solutions: Digits,
    enough: int,
    per_walk: int,
    by_blanks: bool,
    stack: Board,
    groups: Groups,
) -> None:
    """Fill both arrays with puzzles whose score is at least `enough`, up to `per_walk` of a walk.

    A walk climbs until it has enough and then strolls above that. It ends where PATIENCE steps
    bring no puzzle; the next one starts from another grid.
    """
    cells = givens.shape[1]
    trial, solution = np.empty(cells, np.uint8), np.empty(cells, np.uint8)
    done, taken, idle, best = 0, per_walk, 0, 0
    while done < len(givens):
        if taken == per_walk or idle == PATIENCE:
            random_grid(rng, stack[0], solution, groups)
            copy(solution, trial)
            minimise(rng, trial, solution, 0, stack, groups, NO_LIMIT)
            taken, idle, best = 0, 0, 0
        score = step(rng, trial, solution, min(best, enough), stack, groups, by_blanks)
        best = max(best, score)
        idle += 1
        if score >= enough:
            copy(trial, givens[done])
            copy(solution, solutions[done])
            done, taken, idle = done + 1, taken + 1, 0
