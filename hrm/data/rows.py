"""Endless, seeded streams of training examples that resume from a single number.

A `Source` makes arrays of examples for one canvas size. A `Stream` reads it in chunks, in the
background; the random generator of a chunk depends only on the seed and the chunk's number, so a
position is all that a resume needs. An `OrderedSource` has one order across all chunks and gets
the seed and the number instead of a generator.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from puzzles.contract.tokens import IGNORE

if TYPE_CHECKING:  # building data sets needs no torch
    from torch import Tensor

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Rows:
    """Examples as arrays: `tokens` and `targets` (n, cells) uint8, `puzzle_ids` (n,) or None,
    `rules` (n, layers, cells) as `RulesArray` of puzzles, or None: what the canvas shows."""

    tokens: Bytes
    targets: Bytes
    puzzle_ids: NDArray[np.int64] | None = None
    rules: Bytes | None = None

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, index: slice | NDArray[np.intp]) -> Rows:
        ids = None if self.puzzle_ids is None else self.puzzle_ids[index]
        rules = None if self.rules is None else self.rules[index]
        return Rows(self.tokens[index], self.targets[index], ids, rules)


@dataclass(frozen=True, slots=True)
class Batch:
    """The same as tensors: `labels` are int64 with `IGNORE_LABEL` where nothing is scored."""

    tokens: Tensor
    labels: Tensor
    puzzle_ids: Tensor | None
    rules: Tensor | None = None

    def __getitem__(self, rows: slice) -> Batch:
        ids = None if self.puzzle_ids is None else self.puzzle_ids[rows]
        rules = None if self.rules is None else self.rules[rows]
        return Batch(self.tokens[rows], self.labels[rows], ids, rules)


def to_batch(rows: Rows) -> Batch:
    import torch

    labels = torch.from_numpy(rows.targets.astype(np.int64))
    labels[labels == IGNORE] = IGNORE_LABEL
    ids = None if rows.puzzle_ids is None else torch.from_numpy(rows.puzzle_ids)
    rules = None if rows.rules is None else torch.from_numpy(rows.rules)
    return Batch(torch.from_numpy(rows.tokens.astype(np.int64)), labels, ids, rules)


def concatenate(parts: list[Rows]) -> Rows:
    ids = [part.puzzle_ids for part in parts if part.puzzle_ids is not None]
    rules = [part.rules for part in parts if part.rules is not None]
    return Rows(
        np.concatenate([part.tokens for part in parts]),
        np.concatenate([part.targets for part in parts]),
        np.concatenate(ids) if ids else None,
        np.concatenate(rules) if rules else None,
    )


class Source(Protocol):
    """Examples of one canvas size of a task; `share` is its weight among the training steps."""

    @property
    def task(self) -> str: ...

    @property
    def shape(self) -> tuple[int, int]: ...

    @property
    def share(self) -> float: ...

    def make(self, rng: np.random.Generator, count: int) -> Rows: ...


@runtime_checkable
class OrderedSource(Protocol):
    """A `Source` with an order: `chunk` returns chunk `number` of the stream with `seed`."""

    def chunk(self, seed: tuple[int, ...], number: int, count: int) -> Rows: ...


class Stream:
    """Endless rows of a source; the next chunk is prepared in the background."""

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


IGNORE_LABEL = -100
