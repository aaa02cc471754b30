"""Training examples: seeded, endless, made in the background, and resumable from one number.

A `Source` makes arrays of examples for one canvas. A `Stream` cuts them into chunks whose random
generator depends on seed and chunk number only, so that a position is all a resume needs. An
`OrderedSource` has an order that runs through all chunks: it is told the seed and the number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from hrm.errors import UserError
from puzzles.base import IGNORE, Layout

if TYPE_CHECKING:  # data sets are built without waiting for torch
    from torch import Tensor

Bytes = NDArray[np.uint8]

REPEATS = 4
"""Examples made of one rare Sudoku."""

LONG_GROUPS = 4
"""Different least path lengths among the mazes that are made together."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Examples as arrays: `tokens` and `targets` (n, cells) uint8, `puzzle_ids` (n,) or None."""

    tokens: Bytes
    targets: Bytes
    puzzle_ids: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, index: slice) -> Rows:
        ids = None if self.puzzle_ids is None else self.puzzle_ids[index]
        return Rows(self.tokens[index], self.targets[index], ids)


@dataclass(frozen=True, slots=True)
class Batch:
    """The same as tensors: `labels` are int64 with `IGNORE_LABEL` where nothing is scored."""

    tokens: Tensor
    labels: Tensor
    puzzle_ids: Tensor | None

    def __getitem__(self, rows: slice) -> Batch:
        ids = None if self.puzzle_ids is None else self.puzzle_ids[rows]
        return Batch(self.tokens[rows], self.labels[rows], ids)


def to_batch(rows: Rows) -> Batch:
    import torch

    from hrm.objective import IGNORE_LABEL

    labels = torch.from_numpy(rows.targets.astype(np.int64))
    labels[labels == IGNORE] = IGNORE_LABEL
    ids = None if rows.puzzle_ids is None else torch.from_numpy(rows.puzzle_ids)
    return Batch(torch.from_numpy(rows.tokens.astype(np.int64)), labels, ids)


def concatenate(parts: list[Rows]) -> Rows:
    ids = [part.puzzle_ids for part in parts if part.puzzle_ids is not None]
    return Rows(
        np.concatenate([part.tokens for part in parts]),
        np.concatenate([part.targets for part in parts]),
        np.concatenate(ids) if ids else None,
    )


class Source(Protocol):
    """Examples of one canvas of `task`: `shape` (height, width), `share` of the training steps."""

    @property
    def task(self) -> str: ...

    @property
    def shape(self) -> tuple[int, int]: ...

    @property
    def share(self) -> float: ...

    def make(self, rng: np.random.Generator, count: int) -> Rows: ...


@runtime_checkable
class OrderedSource(Protocol):
    """A `Source` that can say which rows chunk `number` of the stream with `seed` holds."""

    def chunk(self, seed: tuple[int, ...], number: int, count: int) -> Rows: ...


class Stream:
    """Endless rows of a source, always one chunk ahead of what was taken."""

    def __init__(self, source: Source, seed: tuple[int, ...], position: int, chunk: int) -> None:
        self._source = source
        self._seed = seed
        self._chunk = chunk
        self.position = position
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="data")
        self._ahead: tuple[int, Future[Rows]] | None = None
        self._current: tuple[int, Rows] | None = None

    def take(self, count: int) -> Rows:
        """The next `count` rows."""
        parts = []
        while count:
            number, start = divmod(self.position, self._chunk)
            part = self._load(number)[start : start + count]
            parts.append(part)
            self.position += len(part)
            count -= len(part)
        return concatenate(parts)

    def close(self) -> None:
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _make(self, number: int) -> Rows:
        if isinstance(self._source, OrderedSource):
            return self._source.chunk(self._seed, number, self._chunk)
        rng = np.random.default_rng([*self._seed, number])
        return self._source.make(rng, self._chunk)

    def _load(self, number: int) -> Rows:
        if self._current is None or self._current[0] != number:
            if self._ahead is not None and self._ahead[0] == number:
                rows = self._ahead[1].result()
            else:
                rows = self._make(number)
            self._current = (number, rows)
            self._ahead = (number + 1, self._worker.submit(self._make, number + 1))
        return self._current[1]


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
        from puzzles import sudoku_bulk as bulk

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
        from puzzles import maze_bulk

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


def sources(
    task: str,
    mix: Mapping[str, float],
    puzzle_ids: int = 0,
    data: str = "",
    layout: Layout = "native",
) -> Sequence[Source]:
    """The sources of a training configuration: what is at the path `data`, else its `mix`, on
    canvases of the model's `layout`.

    The mix of Sudoku: kinds and their weights. Maze: side lengths and their weights. ARC: datasets
    and how many variants of each task, which fill the model's table of `puzzle_ids` rows.
    """
    if data:
        from hrm.datasets import open_sources

        return open_sources(task, data, puzzle_ids, layout)
    if not mix or min(mix.values()) < 0 or sum(mix.values()) <= 0:
        raise UserError(f"mix {dict(mix)} has no positive weight", "Give kind:weight pairs.")
    if task == "arc":
        from hrm.arc_data import arc_sources

        return arc_sources(mix, puzzle_ids, layout)
    found = _generated(task, mix)
    return [WithBlankIds(source) for source in found] if puzzle_ids else found


def _generated(task: str, mix: Mapping[str, float]) -> Sequence[Source]:
    if task == "sudoku":
        return [sudoku_source(mix)]
    if task == "maze":
        for size in mix:
            if not size.isdecimal() or len(size) > 2 or not 5 <= int(size) <= 40:
                raise UserError(f"mix: {size!r} is not a maze size", "Sizes are 5 to 40.")
        return [MazeSource(int(size), share) for size, share in mix.items() if share]
    raise UserError(f"there is no training data for {task!r}")


def sudoku_source(mix: Mapping[str, float]) -> SudokuSource:
    """Raises `UserError` for a kind that there is not."""
    unknown = sorted(set(mix) - set(SudokuSource.KINDS))
    if unknown:
        raise UserError(
            f"mix: unknown kind {unknown[0]!r}", f"Kinds: {', '.join(SudokuSource.KINDS)}."
        )
    return SudokuSource(mix)
