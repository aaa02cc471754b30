"""Training examples that are generated: Sudokus by kind, mazes by size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hrm.data.rows import Bytes, Rows, Source
from hrm.errors import UserError

REPEATS = 4
"""Examples made of one rare Sudoku."""

LONG_GROUPS = 4
"""Different least path lengths among the mazes that are made together."""


@dataclass(frozen=True, slots=True)
class SudokuSource:
    """Generated Sudokus of four kinds, weighed by `mix`.

    eased: minimal, with 1…16 clues put back; minimal: about 24 clues; extreme: hardened until the
    solver needs 6, 12 or 20 guesses; sparse: at most 21 clues.
    """

    mix: Mapping[str, float]
    task: str = "sudoku"
    shape: tuple[int, int] = (9, 9)
    share: float = 1.0

    KINDS = ("eased", "minimal", "extreme", "sparse")

    def make(self, rng: np.random.Generator, count: int) -> Rows:
        from puzzles.sudoku import bulk

        weights = np.array([self.mix.get(kind, 0.0) for kind in self.KINDS])
        eased, minimal, extreme, sparse = map(int, rng.multinomial(count, weights / weights.sum()))
        guesses = int(rng.choice((6, 12, 20)))
        parts = [bulk.minimal_puzzles(rng, eased + minimal)]
        # rare puzzles cost a search: each serves REPEATS times, under symmetries of its own
        parts += [
            _repeated(
                bulk.extreme_puzzles(rng, -(-extreme // REPEATS), guesses, per_walk=8), extreme
            ),
            _repeated(bulk.sparse_puzzles(rng, -(-sparse // REPEATS), 21, per_walk=8), sparse),
        ]
        givens, solutions = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        givens[:eased] = bulk.restore_clues(rng, givens[:eased], solutions[:eased])
        givens, solutions = bulk.symmetric_copies(rng, givens, solutions)
        order = rng.permutation(count)
        return Rows(givens[order] + 1, solutions[order] + 1)


def _repeated(pairs: tuple[Bytes, Bytes], count: int) -> tuple[Bytes, Bytes]:
    return np.repeat(pairs[0], REPEATS, axis=0)[:count], np.repeat(pairs[1], REPEATS, axis=0)[
        :count
    ]


@dataclass(frozen=True, slots=True)
class MazeSource:
    """Generated square mazes of one size: half are spanning trees with openings, a quarter have
    random walls, a quarter random walls chosen for a long shortest path."""

    size: int
    share: float
    openings: float = 0.1
    task: str = "maze"

    @property
    def shape(self) -> tuple[int, int]:
        return self.size, self.size

    def make(self, rng: np.random.Generator, count: int) -> Rows:
        from puzzles.maze import bulk as maze_bulk

        trees, natural = count // 2, count // 4
        # 111 steps at 30x30, as in Maze-Hard; about as rare at the other sizes
        least = rng.integers(self.size, max(self.size, self.size**2 // 8) + 1, size=LONG_GROUPS)
        groups = np.diff(np.linspace(0, count - trees - natural, LONG_GROUPS + 1, dtype=int))
        parts = [
            maze_bulk.tree_mazes(rng, trees, *self.shape, self.openings),
            maze_bulk.random_mazes(rng, natural, *self.shape),
            *(
                maze_bulk.random_mazes(rng, int(n), *self.shape, int(steps))
                for n, steps in zip(groups, least, strict=True)
            ),
        ]
        order = rng.permutation(count)
        tokens, targets = (
            np.concatenate(arrays).reshape(count, -1)[order] for arrays in zip(*parts, strict=True)
        )
        return Rows(tokens, targets)


@dataclass(frozen=True, slots=True)
class WithBlankIds:
    """A source for a model that has puzzle embeddings where the puzzles need none: all are row 0,
    as in the published Sudoku and maze data."""

    source: Source

    @property
    def task(self) -> str:
        return self.source.task

    @property
    def shape(self) -> tuple[int, int]:
        return self.source.shape

    @property
    def share(self) -> float:
        return self.source.share

    def make(self, rng: np.random.Generator, count: int) -> Rows:
        rows = self.source.make(rng, count)
        return Rows(rows.tokens, rows.targets, np.zeros(len(rows), np.int64))


def sudoku_source(mix: Mapping[str, float]) -> SudokuSource:
    """Raises `UserError` for a kind that there is not."""
    unknown = sorted(set(mix) - set(SudokuSource.KINDS))
    if unknown:
        raise UserError(
            f"mix: unknown kind {unknown[0]!r}", f"Kinds: {', '.join(SudokuSource.KINDS)}."
        )
    return SudokuSource(mix)
