"""Sudoku puzzles by the hundred thousand, as arrays, for training and evaluation.

Arrays are (n, 81) uint8, rows of the grid one after the other, 0 for a blank. Everything random
comes from the generator that is passed: the same seed gives the same arrays. numba is imported by
the first call that needs it. `answers_of` solves many at once.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.sudoku.solver import BOXES, COLUMNS, ROWS

Digits: TypeAlias = NDArray[np.uint8]
Pairs: TypeAlias = tuple[Digits, Digits]
"""(givens, solutions), both (n, 81)."""


def minimal_puzzles(rng: np.random.Generator, count: int) -> Pairs:
    """Puzzles with one answer from which no clue can be taken away: about 24 clues each."""
    from puzzles.sudoku import kernels

    givens = np.zeros((count, 81), np.uint8)
    solutions = np.zeros((count, 81), np.uint8)
    kernels.minimal_each(rng, givens, solutions, kernels.scratch(81), kernels.NINE)
    return givens, solutions


def extreme_puzzles(
    rng: np.random.Generator, count: int, min_guesses: int = 20, *, per_walk: int = 1
) -> Pairs:
    """Minimal puzzles, hardened by local search until each needs `min_guesses` of the solver.

    Puzzles come faster where one walk may give several of them (`per_walk`), which then share a
    solution and most clues; pass them through `symmetric_copies` before training on them.
    """
    return _walked(rng, count, min_guesses, per_walk, by_blanks=False)


def sparse_puzzles(
    rng: np.random.Generator, count: int, max_clues: int = 20, *, per_walk: int = 1
) -> Pairs:
    """Puzzles with at most `max_clues` clues, by the same local search; no puzzle has under 17."""
    return _walked(rng, count, 81 - max_clues, per_walk, by_blanks=True)


def _walked(
    rng: np.random.Generator, count: int, enough: int, per_walk: int, *, by_blanks: bool
) -> Pairs:
    from puzzles.sudoku import kernels

    givens = np.zeros((count, 81), np.uint8)
    solutions = np.zeros((count, 81), np.uint8)
    kernels.walk_each(
        rng, givens, solutions, enough, per_walk, by_blanks, kernels.scratch(81), kernels.NINE
    )
    return givens, solutions


def symmetric_copies(rng: np.random.Generator, givens: Digits, solutions: Digits) -> Pairs:
    """Every puzzle under a random symmetry of its own."""
    relabel, source = random_symmetries(rng, len(givens))
    each = np.arange(len(givens))[:, None]
    return relabel[each, givens[each, source]], relabel[each, solutions[each, source]]


def random_symmetries(rng: np.random.Generator, count: int) -> tuple[Digits, NDArray[np.int64]]:
    """(count, 10) new digits for old ones, and (count, 81) the old cell that each new one shows.

    Digits are relabelled, bands, stacks and the lines inside them change places, and every second
    grid is transposed: all 2 · 6^8 · 9! symmetries of Sudoku are equally likely.
    """
    relabel = np.zeros((count, 10), np.uint8)
    relabel[:, 1:] = rng.permuted(np.tile(np.arange(1, 10, dtype=np.uint8), (count, 1)), axis=1)
    rows, columns = _line_orders(rng, count), _line_orders(rng, count)
    source = rows[:, :, None] * 9 + columns[:, None, :]
    transposed = rng.random(count) < 0.5
    source[transposed] = source[transposed].transpose(0, 2, 1)
    return relabel, source.reshape(count, 81)


def _line_orders(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """(count, 9) random orders of nine lines that keep the three of a band together."""
    bands = rng.permuted(np.tile(np.arange(3), (count, 1)), axis=1)
    inside = rng.permuted(np.tile(np.arange(3), (count, 3, 1)), axis=2)
    lines: NDArray[np.int64] = (bands[:, :, None] * 3 + inside).reshape(count, 9)
    return lines


def restore_clues(
    rng: np.random.Generator, givens: Digits, solutions: Digits, low: int = 1, high: int = 16
) -> Digits:
    """Put `low` to `high` (both included) random clues back into every puzzle, of any size."""
    keys = rng.random(givens.shape)
    keys[givens > 0] = 2.0  # clues that are there already come last in the order
    rank = keys.argsort(axis=1).argsort(axis=1)
    extra = rng.integers(low, high + 1, size=(len(givens), 1))
    restored: Digits = np.where(rank < extra, solutions, givens)
    return restored


_UNITS = np.array(ROWS + COLUMNS + BOXES)


def clashes(grids: Digits, units: NDArray[np.int64] = _UNITS) -> NDArray[np.bool_]:
    """(n, cells) digits -> (n,) whether a digit stands twice in one of the units (m, size), which
    are the rows, columns and boxes of a 9×9 if left out; 0 is a blank."""
    size = units.shape[1]
    # a sum of these fits as long as there are as many of them as digits
    kind = np.uint16 if size <= 9 else np.uint32
    bits = np.array([0, *(1 << digit for digit in range(1, size + 1))], kind)
    inside = bits[grids][:, units]  # (n, m, size)
    # a sum of different bits is the same as their union
    union = np.bitwise_or.reduce(inside, axis=2)
    found: NDArray[np.bool_] = (inside.sum(axis=2, dtype=kind) != union).any(axis=1)
    return found


def answers_of(givens: Digits) -> tuple[Digits, NDArray[np.int64]]:
    """(n, 81) givens without clashes -> (n, 81) first answers, zero where there is none, and (n,)
    how many there are: 0, 1, or 2 for any more."""
    from puzzles.sudoku.kernels import NINE, NO_LIMIT, solve_each

    answers = np.zeros_like(givens, np.uint8)
    counts, guesses = np.zeros((2, len(givens)), np.int64)
    puzzles = np.ascontiguousarray(givens, np.uint8)
    solve_each(puzzles, answers, counts, guesses, NINE, NO_LIMIT)
    return answers, counts
