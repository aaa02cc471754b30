"""An exact Sudoku solver in plain Python: one puzzle is answered at once, with nothing to compile.

Singles are placed until there is none left, then the most constrained choice is guessed. The search
goes on to a second answer, so that "no answer" and "more than one" are known as surely as the only
one. `puzzles.sudoku.kernels` is the same solver for arrays of puzzles.

A board is a list of 81 numbers that holds per cell

    > 0   the set of digits still possible, bit d - 1 for digit d
    < 0   minus the bit of the digit that stands there
    = 0   a contradiction: no digit is left
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Board: TypeAlias = list[int]
Grid: TypeAlias = tuple[int, ...]
"""81 digits, row after row, 0 for a blank."""

ALL = 0b111_111_111
SOLVED = -1
DEAD = -2

ROWS = tuple(tuple(range(9 * r, 9 * r + 9)) for r in range(9))
COLUMNS = tuple(tuple(range(c, 81, 9)) for c in range(9))
BOXES = tuple(
    tuple(27 * band + 3 * stack + 9 * r + c for r in range(3) for c in range(3))
    for band in range(3)
    for stack in range(3)
)
UNITS = ROWS + COLUMNS + BOXES
PEERS = tuple(
    tuple(sorted({other for unit in UNITS if cell in unit for other in unit} - {cell}))
    for cell in range(81)
)


@dataclass(frozen=True, slots=True)
class Rating:
    """How hard a puzzle is for this solver.

    `guesses` counts the digits tried while finding the answer and showing that there is no other.
    """

    guesses: int
    singles_suffice: bool


def solve(givens: Sequence[int], limit: int = 2) -> list[Grid]:
    """Up to `limit` answers of 81 givens that do not clash."""
    return search(board_of(givens), limit)[0]


def rate(givens: Sequence[int]) -> Rating:
    """Rate 81 givens that do not clash, whether they have one answer, several or none."""
    guesses = search(board_of(givens), limit=2)[1]
    return Rating(guesses, guesses == 0)


def search(board: Board, limit: int) -> tuple[list[Grid], int]:
    """Up to `limit` answers below a board, which is used up, and the guesses it took."""
    boards = [board]
    answers: list[Grid] = []
    guesses = 0
    while boards and len(answers) < limit:
        board = boards[-1]
        cell, bit = settle(board)
        if cell >= 0:
            guesses += 1
            boards.append(board.copy())
            board[cell] &= ~bit  # what is left to do here should the guess fail
            place(boards[-1], cell, bit)
            continue
        boards.pop()
        if cell == SOLVED:
            answers.append(tuple((-mask).bit_length() for mask in board))
    return answers, guesses


def board_of(givens: Sequence[int]) -> Board:
    board = [ALL] * 81
    for cell, digit in enumerate(givens):
        if digit:
            place(board, cell, 1 << (digit - 1))
    return board


def place(board: Board, cell: int, bit: int) -> None:
    board[cell] = -bit
    for peer in PEERS[cell]:
        if board[peer] > 0:
            board[peer] &= ~bit


def settle(board: Board) -> tuple[int, int]:
    """Place naked and hidden singles until none is left.

    Returns the (cell, bit) to guess, or SOLVED or DEAD in the place of the cell.
    """
    moved = True
    while moved:
        moved = place_naked_singles(board)
        if 0 in board:
            return DEAD, 0
        if max(board) < 0:
            return SOLVED, 0
        pair = None
        for unit in UNITS:
            single, double = places(board, unit)
            if single < 0:
                return DEAD, 0
            if single:
                place_hidden_singles(board, unit, single)
                moved = True
            if double and pair is None:
                pair = unit, double & -double
    return choose(board, pair)


def place_naked_singles(board: Board) -> bool:
    """Place every digit that is the only one left for its cell; True if there was any."""
    moved = False
    for cell in range(81):
        mask = board[cell]
        if mask > 0 and not mask & (mask - 1):
            place(board, cell, mask)
            moved = True
    return moved


def places(board: Board, unit: Sequence[int]) -> tuple[int, int]:
    """The sets of digits that have exactly one and exactly two places in a unit.

    The first is DEAD where some digit has no place at all.
    """
    once = twice = thrice = placed = 0
    for cell in unit:
        mask = board[cell]
        if mask < 0:
            placed -= mask
        else:
            thrice |= twice & mask
            twice |= once & mask
            once |= mask
    if once | placed != ALL:
        return DEAD, 0
    return once & ~twice, twice & ~thrice


def place_hidden_singles(board: Board, unit: Sequence[int], single: int) -> None:
    """Place digits that have one place each; the cell of two of them is left without any."""
    for cell in unit:
        bits = board[cell] & single
        if board[cell] > 0 and bits:
            if bits & (bits - 1):
                board[cell] = 0
            else:
                place(board, cell, bits)


def choose(board: Board, pair: tuple[Sequence[int], int] | None) -> tuple[int, int]:
    """What to guess: a cell of two candidates, else a digit of two places, else the tightest cell.

    Without the second choice there are short puzzles that take millions of guesses.
    """
    sizes = [mask.bit_count() if mask > 0 else 10 for mask in board]
    cell = sizes.index(min(sizes))
    if sizes[cell] == 2 or pair is None:
        return cell, board[cell] & -board[cell]
    unit, bit = pair
    return next(cell for cell in unit if board[cell] > 0 and board[cell] & bit), bit
