"""An exact Sudoku solver in plain Python: one puzzle is answered at once, with nothing to compile.

Any size and rule is solved alike; where `tables` are left out, it is the usual 9×9.

Singles are placed until there is none left, then the most constrained choice is guessed. The search
goes on to a second answer, so that "no answer" and "more than one" are known as surely as the only
one. `puzzles.sudoku.kernels` is the same solver for arrays of puzzles.

A board is a list that holds per cell

    > 0   the set of digits still possible, bit d - 1 for digit d
    < 0   minus the bit of the digit that stands there
    = 0   a contradiction: no digit is left
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from puzzles.errors import TooHardError
from puzzles.sudoku.rules import CLASSIC, LARGEST, Tables, tables

Board: TypeAlias = list[int]
Grid: TypeAlias = tuple[int, ...]
"""A digit for each cell, row after row, 0 for a blank; above 9×9 they go up to 25."""

NINE = tables(CLASSIC)
ALL = NINE.full
SOLVED = -1
DEAD = -2

UNITS = NINE.units
ROWS, COLUMNS, BOXES = UNITS[:9], UNITS[9:18], UNITS[18:]
PEERS = NINE.peers

SEARCH_LIMIT = 1_200_000
"""Cells looked at by guesses before a search is given up, a guess counting for all of its grid:
some ten seconds. 9×9 boxes, where thousands of guesses are the most, have no limit."""


@dataclass(frozen=True, slots=True)
class Rating:
    """How hard a puzzle is for this solver.

    `guesses` counts the digits tried while finding the answer and showing that there is no other.
    """

    guesses: int
    singles_suffice: bool


def solve(givens: Sequence[int], limit: int = 2, tables: Tables = NINE) -> list[Grid]:
    """Up to `limit` answers of givens that do not clash; raises `TooHardError`."""
    return search(board_of(givens, tables), limit, tables)[0]


def rate(givens: Sequence[int], tables: Tables = NINE) -> Rating:
    """Rate givens that do not clash, whether they have one answer, several or none; raises
    `TooHardError`."""
    guesses = search(board_of(givens, tables), 2, tables)[1]
    return Rating(guesses, guesses == 0)


def search(
    board: Board,
    limit: int,
    tables: Tables = NINE,
    budget: int = SEARCH_LIMIT,
    near: Sequence[int] = (),
) -> tuple[list[Grid], int]:
    """Up to `limit` answers below a board, which is used up, and the guesses it took. The digits of
    `near` are guessed first: other answers are often like a known one.

    Raises `TooHardError` where `budget` cells were tried without an answer, except for 9×9 boxes.
    """
    boards = [board]
    answers: list[Grid] = []
    guesses = 0
    most = 0 if tables is NINE else budget // len(board)
    while boards and len(answers) < limit:
        board = boards[-1]
        cell, bit = settle(board, tables)
        if cell >= 0:
            guesses += 1
            if guesses == most:
                raise TooHardError(
                    f"this {tables.size}×{tables.size} puzzle is too hard to check",
                    hint="It may have one answer, several or none. Fewer blanks can be checked.",
                )
            if near and board[cell] & 1 << (near[cell] - 1):
                bit = 1 << (near[cell] - 1)
            boards.append(board.copy())
            board[cell] &= ~bit  # what is left to do here should the guess fail
            place(boards[-1], cell, bit, tables.peers)
            continue
        boards.pop()
        if cell == SOLVED:
            answers.append(tuple((-mask).bit_length() for mask in board))
    return answers, guesses


def board_of(givens: Sequence[int], tables: Tables = NINE) -> Board:
    board = [tables.full] * len(tables.peers)
    for cell, digit in enumerate(givens):
        if digit:
            place(board, cell, 1 << (digit - 1), tables.peers)
    return board


def place(board: Board, cell: int, bit: int, peers: Sequence[Sequence[int]] = PEERS) -> None:
    board[cell] = -bit
    for peer in peers[cell]:
        if board[peer] > 0:
            board[peer] &= ~bit


def settle(board: Board, tables: Tables = NINE) -> tuple[int, int]:
    """Place naked and hidden singles until none is left.

    Returns the (cell, bit) to guess, or SOLVED or DEAD in the place of the cell.
    """
    moved = True
    while moved:
        moved = place_naked_singles(board, tables.peers)
        if 0 in board:
            return DEAD, 0
        if max(board) < 0:
            return SOLVED, 0
        pair = None
        for unit in tables.units:
            single, double = places(board, unit, tables.full)
            if single < 0:
                return DEAD, 0
            if single:
                place_hidden_singles(board, unit, single, tables.peers)
                moved = True
            if double and pair is None:
                pair = unit, double & -double
    return choose(board, pair)


def place_naked_singles(board: Board, peers: Sequence[Sequence[int]] = PEERS) -> bool:
    """Place every digit that is the only one left for its cell; True if there was any."""
    moved = False
    for cell, mask in enumerate(board):  # `board` changes while it is read, as it should
        if mask > 0 and not mask & (mask - 1):
            place(board, cell, mask, peers)
            moved = True
    return moved


def places(board: Board, unit: Sequence[int], full: int = ALL) -> tuple[int, int]:
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
    if once | placed != full:
        return DEAD, 0
    return once & ~twice, twice & ~thrice


def place_hidden_singles(
    board: Board, unit: Sequence[int], single: int, peers: Sequence[Sequence[int]] = PEERS
) -> None:
    """Place digits that have one place each; the cell of two of them is left without any."""
    for cell in unit:
        bits = board[cell] & single
        if board[cell] > 0 and bits:
            if bits & (bits - 1):
                board[cell] = 0
            else:
                place(board, cell, bits, peers)


def choose(board: Board, pair: tuple[Sequence[int], int] | None) -> tuple[int, int]:
    """What to guess: a cell of two candidates, else a digit of two places, else the tightest cell.

    Without the second choice there are short puzzles that take millions of guesses.
    """
    sizes = [mask.bit_count() if mask > 0 else LARGEST + 1 for mask in board]
    cell = sizes.index(min(sizes))
    if sizes[cell] == 2 or pair is None:
        return cell, board[cell] & -board[cell]
    unit, bit = pair
    return next(cell for cell in unit if board[cell] > 0 and board[cell] & bit), bit
