"""The Sudoku solver and generator for any size up to 16 and any rules, compiled with numba.

`search` answers like `puzzles.sudoku.solver`, down to the number of guesses, and is tested against
it. Boards are int32 arrays as there; `peers` (cells, most) and `units` (groups, size) are padded
with -1. Nothing here calls another file: numba renews a cache only when its own file changes.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.compiled import compiled

Board: TypeAlias = NDArray[np.int32]
Digits: TypeAlias = NDArray[np.uint8]
Table: TypeAlias = NDArray[np.int16]

SOLVED, DEAD = -1, -2
TOO_LONG = -1


@compiled
def place(board: Board, cell: int, bit: int, peers: Table) -> None:
    board[cell] = -bit
    for peer in peers[cell]:
        if peer < 0:
            break
        if board[peer] > 0:
            board[peer] &= ~bit


@compiled
def copy(source: NDArray[Any], target: NDArray[Any]) -> None:
    for cell in range(len(source)):
        target[cell] = source[cell]


@compiled
def set_up(board: Board, givens: Digits, full: int, peers: Table) -> None:
    for cell in range(len(givens)):
        board[cell] = full
    for cell in range(len(givens)):
        if givens[cell]:
            place(board, cell, 1 << (givens[cell] - 1), peers)


@compiled
def naked_singles(board: Board, peers: Table) -> tuple[int, int]:
    """Place every digit that is the only one left for its cell; the first of the open cells with
    the fewest candidates, and their number, which is 1 where something was placed."""
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
            place(board, cell, board[cell], peers)
        if 1 <= size < fewest:
            tightest, fewest = cell, size
    return tightest, fewest


@compiled
def places(board: Board, unit: Table, full: int) -> tuple[int, int]:
    """The sets of digits that have exactly one and exactly two places in a unit, DEAD where some
    digit has none."""
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
def place_hidden(board: Board, unit: Table, single: int, peers: Table) -> None:
    """Place digits that have one place each; the cell of two of them is left without any."""
    for cell in unit:
        bits = board[cell] & single
        if board[cell] > 0 and bits:
            if bits & (bits - 1):
                board[cell] = 0
            else:
                place(board, cell, bits, peers)


@compiled
def settle(board: Board, full: int, peers: Table, units: Table) -> tuple[int, int]:
    """Place singles until none is left: the (cell, bit) to guess, or SOLVED or DEAD as cell."""
    while True:
        cell, fewest = naked_singles(board, peers)
        if cell < 0:
            return cell, 0
        pair_unit, pair_bit, moved = -1, 0, fewest == 1
        for unit in range(len(units)):
            single, pair = places(board, units[unit], full)
            if single == DEAD:
                return DEAD, 0
            if single:
                place_hidden(board, units[unit], single, peers)
                moved = True
            if pair and pair_unit < 0:
                pair_unit, pair_bit = unit, pair & -pair
        if not moved:
            if fewest > 2 and pair_unit >= 0:
                for other in units[pair_unit]:
                    if board[other] > 0 and board[other] & pair_bit:
                        return other, pair_bit
            return cell, board[cell] & -board[cell]


@compiled
def another(stack: Board, known: Digits, full: int, peers: Table, units: Table, most: int) -> int:
    """Whether there is an answer below stack[0], where the `known` one was ruled out: 1, 0, or
    TOO_LONG after `most` guesses. Others are often near, so it guesses the known digits first."""
    guesses, depth = 0, 0
    while depth >= 0:
        cell, bit = settle(stack[depth], full, peers, units)
        if cell == SOLVED:
            return 1
        if cell < 0:
            depth -= 1
            continue
        guesses += 1
        if guesses == most:
            return TOO_LONG
        likely = 1 << (known[cell] - 1)
        if stack[depth, cell] & likely:
            bit = likely
        copy(stack[depth], stack[depth + 1])
        stack[depth, cell] &= ~bit
        depth += 1
        place(stack[depth], cell, bit, peers)
    return 0


@compiled
def search(
    stack: Board, answers: Board, full: int, peers: Table, units: Table, most: int
) -> tuple[int, int]:
    """Depth-first search below stack[0], (cells + 1, cells): the number of answers found, until
    `answers` are full, and of guesses. TOO_LONG for the number where it takes `most` guesses."""
    found, guesses, depth = 0, 0, 0
    while depth >= 0 and found < len(answers):
        cell, bit = settle(stack[depth], full, peers, units)
        if cell >= 0:
            guesses += 1
            if guesses == most:
                return TOO_LONG, guesses
            copy(stack[depth], stack[depth + 1])
            stack[depth, cell] &= ~bit
            depth += 1
            place(stack[depth], cell, bit, peers)
            continue
        if cell == SOLVED:
            copy(stack[depth], answers[found])
            found += 1
        depth -= 1
    return found, guesses


@compiled
def fill(
    rng: np.random.Generator,
    stack: Board,
    digits: Digits,
    full: int,
    peers: Table,
    units: Table,
    most: int,
) -> bool:
    """A random answer in `digits`, by depth-first search of at most `most` guesses."""
    cells, depth, size = len(digits), 0, units.shape[1]
    for cell in range(cells):
        stack[0, cell] = full
    for guess in range(most):
        branch = settle(stack[depth], full, peers, units)[0]
        if branch == SOLVED:
            for cell in range(cells):
                digits[cell] = 1
                while -stack[depth, cell] >> digits[cell]:
                    digits[cell] += 1
            return True
        if branch == DEAD:
            if depth == 0:
                return False
            depth -= 1
            continue
        if guess == 0:
            branch = int(rng.integers(0, cells))
        bit = 0
        while stack[depth, branch] & bit == 0:
            bit = 1 << int(rng.integers(0, size))
        copy(stack[depth], stack[depth + 1])
        stack[depth, branch] &= ~bit
        depth += 1
        place(stack[depth], branch, bit, peers)
    return False


@compiled
def minimise(
    rng: np.random.Generator,
    givens: Digits,
    clues: int,
    stack: Board,
    full: int,
    peers: Table,
    units: Table,
    most: int,
) -> None:
    """Take away, in random order, clues that are not needed for a single answer, down to `clues`;
    one whose need takes `most` guesses to tell stays."""
    cells, known = len(givens), givens.copy()
    order = np.arange(cells)
    for i in range(cells - 1, 0, -1):
        j = rng.integers(0, i + 1)
        order[i], order[j] = order[j], order[i]
    left = cells
    for cell in order:
        if left == clues:
            return
        digit = givens[cell]
        givens[cell] = 0
        set_up(stack[0], givens, full, peers)
        stack[0, cell] &= ~(1 << (digit - 1))
        if another(stack, known, full, peers, units, most):
            givens[cell] = digit
        else:
            left -= 1


@compiled
def let_see(groups: Table, sees: NDArray[np.bool_]) -> None:
    """Note that the cells of each group see one another."""
    for group in groups:
        for one in group:
            for two in group:
                if one >= 0 and two >= 0:
                    sees[one, two] = True


@compiled
def fill_tables(
    regions: Digits, size: int, fixed: Table, short: Table, peers: Table, units: Table
) -> None:
    """`units` (rows, columns, regions, then `fixed`) and `peers`, which the cells of `short` groups
    are, too. Without regions their numbers are those of the rows."""
    cells = size * size
    filled = np.zeros(size, np.int64)
    for cell in range(cells):
        row, column, region = cell // size, cell % size, regions[cell]
        units[row, column] = cell
        units[size + column, row] = cell
        units[2 * size + region, filled[region]] = cell
        filled[region] += 1
    for i in range(len(fixed)):
        for j in range(size):
            units[3 * size + i, j] = fixed[i, j]
    sees = np.zeros((cells, cells), np.bool_)
    let_see(units, sees)
    let_see(short, sees)
    for cell in range(cells):
        count = 0
        for peer in range(cells):
            if sees[cell, peer] and peer != cell:
                peers[cell, count] = peer
                count += 1
        for rest in range(count, peers.shape[1]):
            peers[cell, rest] = -1


@compiled
def make_one(
    rng: np.random.Generator,
    givens: Digits,
    solution: Digits,
    regions: Digits,
    size: int,
    fixed: Table,
    short: Table,
    clues: int,
    most: int,
    tries: int,
) -> bool:
    """Fill the arrays with a puzzle under `regions`, `fixed` groups of `size` cells and `short`
    ones of fewer, padded with -1; False where no grid was found in `tries`."""
    cells, full = size * size, (1 << size) - 1
    stack = np.empty((cells + 1, cells), np.int32)
    units = np.empty((3 * size + len(fixed), size), np.int16)
    most_peers = min(cells, (3 + len(fixed) + len(short)) * size)
    peers = np.empty((cells, most_peers), np.int16)
    fill_tables(regions, size, fixed, short, peers, units)
    for _ in range(tries):
        if fill(rng, stack, solution, full, peers, units, 20 * size):
            copy(solution, givens)
            minimise(rng, givens, clues, stack, full, peers, units, most)
            return True
    return False


@compiled
def solve_each(
    givens: Digits,
    answers: Digits,
    counts: NDArray[np.int64],
    guesses: NDArray[np.int64],
    full: int,
    peers: Table,
    units: Table,
    most: int,
) -> None:
    """First answers and their numbers up to 2 of puzzles under the same rules; -1: too long."""
    cells = givens.shape[1]
    stack = np.empty((cells + 1, cells), np.int32)
    found = np.empty((2, cells), np.int32)
    for i in range(len(givens)):
        set_up(stack[0], givens[i], full, peers)
        counts[i], guesses[i] = search(stack, found, full, peers, units, most)
        if counts[i] > 0:
            for cell in range(cells):
                answers[i, cell] = 1
                while -found[0, cell] >> answers[i, cell]:
                    answers[i, cell] += 1
