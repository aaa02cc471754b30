"""Compiled mazes by the hundred thousand, because training reads more than plain Python can write.

Importing this module loads numba, so callers do it inside the function that needs it. Both
generators draw everything from the generator they are given, and one maze after another: the same
seed gives the same mazes. The interpreter lock is released while they run, so every thread needs a
generator of its own.
"""

from __future__ import annotations

import numpy as np

from puzzles.contract.tokens import FloatGrid, Tokens
from puzzles.errors import PuzzleError
from puzzles.maze.kernels import MAX_TRIES, fill_random, fill_trees, mark_likeliest


def tree_mazes(
    rng: np.random.Generator,
    count: int,
    height: int,
    width: int,
    openings: float,
    *,
    min_path: int | None = None,
) -> tuple[Tokens, Tokens]:
    """Corridors one cell wide: a spanning tree of a lattice, then some of its walls opened.

    Every maze opens its own share of the walls between neighbouring lattice cells, uniform in
    0...`openings`; 0 leaves a tree. Returns tokens and targets, each (count, height, width). Raises
    `PuzzleError` if `min_path` steps from start to goal are out of reach.
    """
    tokens, targets = _empty(count, height, width)
    made = fill_trees(rng, tokens, targets, openings, min_path or 0)
    _require(made, count, height, width, min_path)
    return tokens, targets


def random_mazes(
    rng: np.random.Generator, count: int, height: int, width: int, min_path: int | None = None
) -> tuple[Tokens, Tokens]:
    """Independent walls with a density uniform in 0.30...0.42, around the percolation threshold of
    the square lattice (0.407 walls), where shortest paths wind most.

    A density is redrawn with its grid where `min_path` (Maze-Hard: 30x30, 111 steps) does not fit.
    Returns tokens and targets, each (count, height, width). Raises `PuzzleError` if `min_path`
    steps from start to goal are out of reach.
    """
    tokens, targets = _empty(count, height, width)
    made = fill_random(rng, tokens, targets, min_path or 0)
    _require(made, count, height, width, min_path)
    return tokens, targets


def likeliest_paths(tokens: Tokens, scores: FloatGrid) -> Tokens:
    """The tokens (count, height, width) of mazes, with that shortest path marked whose cells have
    the highest sum of `scores` (count, height, width)."""
    answers = tokens.copy()
    mark_likeliest(tokens, scores.astype(np.float64), answers)
    return answers


def _empty(count: int, height: int, width: int) -> tuple[Tokens, Tokens]:
    shape = (count, height, width)
    return np.empty(shape, dtype=np.uint8), np.empty(shape, dtype=np.uint8)


def _require(made: int, count: int, height: int, width: int, min_path: int | None) -> None:
    if made < count:
        raise PuzzleError(
            f"none of {MAX_TRIES} {height}x{width} grids had a shortest path of "
            f"at least {min_path} steps",
            hint="ask for a shorter path or a larger maze",
        )
