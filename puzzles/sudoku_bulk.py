"""Sudoku puzzles by the hundred thousand, as arrays, for training and evaluation.

Arrays are (n, 81) uint8, rows of the grid one after the other, 0 for a blank. Everything random
comes from the generator that is passed: the same seed gives the same arrays. numba is imported by
the first call that needs it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Digits: TypeAlias = NDArray[np.uint8]
Pairs: TypeAlias = tuple[Digits, Digits]
"""(givens, solutions), both (n, 81)."""


def minimal_puzzles(rng: np.random.Generator, count: int) -> Pairs:
    """Puzzles with one answer from which no clue can be taken away: about 24 clues each."""
    from puzzles import sudoku_compiled

    givens = np.zeros((count, 81), np.uint8)
    solutions = np.zeros((count, 81), np.uint8)
    sudoku_compiled.minimal_each(rng, givens, solutions)
    return givens, solutions


def extreme_puzzles(
    rng: np.random.Generator, count: int, min_guesses: int = 20, steps: int = 100
) -> Pairs:
    """Minimal puzzles hardened by local search until each needs `min_guesses` of the solver.

    A walk that has not got there after `steps` steps starts over from another grid.
    """
    from puzzles import sudoku_compiled

    givens = np.zeros((count, 81), np.uint8)
    solutions = np.zeros((count, 81), np.uint8)
    sudoku_compiled.extreme_each(rng, givens, solutions, steps, min_guesses)
    return givens, solutions


def count_guesses(givens: Digits) -> NDArray[np.int64]:
    """(n, 81) givens without clashes -> (n,) guesses, as `puzzles.sudoku_solver.rate` counts them."""
    from puzzles import sudoku_compiled

    counts = np.zeros(len(givens), np.int64)
    sudoku_compiled.guesses_each(np.ascontiguousarray(givens, np.uint8), counts)
    return counts


def symmetric_copies(rng: np.random.Generator, givens: Digits, solutions: Digits) -> Pairs:
    """Every puzzle under a random symmetry of its own.

    Digits are relabelled, bands, stacks and the lines inside them change places, and every second
    puzzle is transposed: the whole group of 2 · 6^8 · 9! symmetries, each equally likely.
    """
    n = len(givens)
    relabel = np.zeros((n, 10), np.uint8)
    relabel[:, 1:] = rng.permuted(np.tile(np.arange(1, 10, dtype=np.uint8), (n, 1)), axis=1)
    rows, columns = line_orders(rng, n), line_orders(rng, n)
    source = rows[:, :, None] * 9 + columns[:, None, :]
    transposed = rng.random(n) < 0.5
    source[transposed] = source[transposed].transpose(0, 2, 1)
    flat = source.reshape(n, 81)
    each = np.arange(n)[:, None]
    return relabel[each, givens[each, flat]], relabel[each, solutions[each, flat]]


def line_orders(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """(count, 9) random orders of nine lines that keep the three of a band together."""
    bands = rng.permuted(np.tile(np.arange(3), (count, 1)), axis=1)
    inside = rng.permuted(np.tile(np.arange(3), (count, 3, 1)), axis=2)
    return (bands[:, :, None] * 3 + inside).reshape(count, 9)


def restore_clues(
    rng: np.random.Generator, givens: Digits, solutions: Digits, low: int = 1, high: int = 16
) -> Digits:
    """Put `low` to `high` (both included) random clues back into every puzzle."""
    n = len(givens)
    keys = rng.random((n, 81))
    keys[givens > 0] = 2.0  # clues that are there already come last in the order
    rank = keys.argsort(axis=1).argsort(axis=1)
    extra = rng.integers(low, high + 1, size=(n, 1))
    restored: Digits = np.where(rank < extra, solutions, givens)
    return restored
