"""Training rows from the published layout, in the order of the reference implementation.

An epoch visits the groups in random order and takes one random puzzle of each, with all its
examples shuffled. The order depends only on seed and epoch, so any chunk of it can be recomputed.
Unlike the reference, the examples left over at the end of a batch are not dropped.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hrm.data.layout import Examples
from hrm.data.rows import Bytes, Rows
from hrm.errors import PuzzleFileError
from puzzles.arc import puzzle
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import IGNORE

Redraw: TypeAlias = Callable[[np.random.Generator, Bytes, Bytes], tuple[Bytes, Bytes]]
"""Maps (n, cells) tokens and targets to symmetric copies, each row by its own symmetry."""

Numbers: TypeAlias = NDArray[np.int64]
Seed: TypeAlias = tuple[int, ...]

_ORDER = 1
"""Last number of the seed of an epoch's order; keeps it apart from the seeds of chunks."""


def epoch(examples: Examples, seed: Seed, number: int) -> tuple[Numbers, Numbers]:
    """The rows of one epoch in order, and the puzzle of each row, both (n,)."""
    rng = np.random.default_rng([*seed, number, _ORDER])
    groups = rng.permutation(examples.groups)
    first, end = examples.group_starts[groups], examples.group_starts[groups + 1]
    chosen: Numbers = rng.integers(first.astype(np.int64), end.astype(np.int64))
    begins = examples.puzzle_starts[chosen].astype(np.int64)
    sizes = examples.puzzle_starts[chosen + 1].astype(np.int64) - begins
    place = np.repeat(np.arange(len(chosen)), sizes)
    inside = np.arange(len(place)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    shuffled = np.lexsort((rng.random(len(place)), place))  # only within each puzzle
    rows: Numbers = (np.repeat(begins, sizes) + inside)[shuffled]
    return rows, chosen[place]


class EpochOrder:
    """The endless sequence of epochs for one seed; remembers where each epoch begins."""

    def __init__(self, examples: Examples, seed: Seed) -> None:
        self._examples = examples
        self._seed = seed
        self._begins = [0]
        self._current: tuple[int, tuple[Numbers, Numbers]] | None = None

    def take(self, start: int, count: int) -> tuple[Numbers, Numbers]:
        """Rows and puzzles at positions `start` to `start + count` of the sequence."""
        rows, puzzles = [], []
        while count:
            number = self._epoch_at(start)
            all_rows, all_puzzles = self._epoch(number)
            first = start - self._begins[number]
            part = all_rows[first : first + count]
            rows.append(part)
            puzzles.append(all_puzzles[first : first + count])
            start += len(part)
            count -= len(part)
        return np.concatenate(rows), np.concatenate(puzzles)

    def _epoch_at(self, position: int) -> int:
        while self._begins[-1] <= position:  # epochs differ in length
            last = len(self._begins) - 1
            self._begins.append(self._begins[last] + len(self._epoch(last)[0]))
        return bisect_right(self._begins, position) - 1

    def _epoch(self, number: int) -> tuple[Numbers, Numbers]:
        if self._current is None or self._current[0] != number:
            self._current = number, epoch(self._examples, self._seed, number)
        return self._current[1]


@dataclass(frozen=True, slots=True, eq=False)
class SetSource:
    """A training source backed by one set of a data set.

    `ids`: the model has puzzle embeddings. `ignored`: the label that is not scored. `redraw`
    replaces every drawn row by a symmetric copy.
    """

    kind: AnyDomain
    shape: tuple[int, int]
    share: float
    examples: Examples
    ids: bool
    ignored: int | None = IGNORE
    redraw: Redraw | None = None
    _orders: dict[Seed, EpochOrder] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def task(self) -> str:
        return self.kind.name

    def make(self, rng: np.random.Generator, count: int) -> Rows:
        """The first `count` rows of an order seeded by `rng`."""
        seed = tuple(rng.integers(2**31, size=2).tolist())
        return self._read(*EpochOrder(self.examples, seed).take(0, count), rng)

    def chunk(self, seed: Seed, number: int, count: int) -> Rows:
        with self._lock:  # a background thread makes the next chunk
            order = self._orders.setdefault(seed, EpochOrder(self.examples, seed))
            rows, puzzles = order.take(number * count, count)
        return self._read(rows, puzzles, np.random.default_rng([*seed, number]))

    def _read(self, rows: Numbers, puzzles: Numbers, rng: np.random.Generator) -> Rows:
        tokens, targets = read_rows(self.kind, self.examples, rows, self.ignored)
        if self.redraw is not None:
            tokens, targets = self.redraw(rng, tokens, targets)
        ids = self.examples.identifiers[puzzles].astype(np.int64) if self.ids else None
        return Rows(tokens, targets, ids)


def read_rows(
    kind: AnyDomain, examples: Examples, rows: Numbers, ignored: int | None
) -> tuple[Bytes, Bytes]:
    """(n, cells) tokens and targets from disk; raises `PuzzleFileError` for an invalid token."""
    size = kind.spec.size
    tokens, labels = examples.inputs[rows], examples.labels[rows]
    if ignored not in (None, IGNORE):
        labels = np.where(labels == ignored, IGNORE, labels)
    for name, values in (("inputs", tokens), ("labels", labels)):
        bad = ((values < 0) | (values >= size)).any(axis=1)
        if bad.any():
            row = int(rows[np.argmax(bad)])
            raise PuzzleFileError(
                f"{examples.where}__{name}.npy: row {row} holds no token of {kind.name}",
                f"The tokens of {kind.name} are 0 to {size - 1}.",
            )
    return tokens.astype(np.uint8), labels.astype(np.uint8)


def translate(rng: np.random.Generator, tokens: Bytes, targets: Bytes) -> tuple[Bytes, Bytes]:
    """Move both grids of each ARC row to the same random offset on the 30x30 canvas."""
    sides = [side.reshape(-1, puzzle.MAX_SIDE, puzzle.MAX_SIDE) for side in (tokens, targets)]
    spans = [[_span(side, axis) for axis in (2, 1)] for side in sides]
    to = []
    for vertical in (0, 1):
        longest = np.maximum(spans[0][vertical][1], spans[1][vertical][1])
        to.append(rng.integers(puzzle.MAX_SIDE - longest + 1))
    inputs, outputs = (
        _moved(side, span[0], span[1], to[0], to[1])
        for side, span in zip(sides, spans, strict=True)
    )
    return inputs, outputs


def _span(canvases: Bytes, across: int) -> tuple[Numbers, Numbers]:
    """First line and number of lines of the grid on each (n, 30, 30) canvas, both (n,): rows if
    `across` is 2, columns if it is 1."""
    lines = np.any(canvases >= puzzle.FIRST_COLOUR, axis=across)
    first = lines.argmax(axis=1)
    end = lines.shape[1] - lines[:, ::-1].argmax(axis=1)
    return first, np.where(lines.any(axis=1), end - first, 0)


def _moved(
    canvases: Bytes,
    rows: tuple[Numbers, Numbers],
    columns: tuple[Numbers, Numbers],
    top: Numbers,
    left: Numbers,
) -> Bytes:
    """(n, 900) canvases with the grids at `rows` and `columns` moved to (top, left)."""
    sources, inside, ends = [], [], []
    for (first, size), to in ((rows, top), (columns, left)):
        line = np.arange(puzzle.MAX_SIDE) - to[:, None]  # of the grid, for each of the canvas
        sources.append(np.clip(line + first[:, None], 0, puzzle.MAX_SIDE - 1))
        inside.append((line >= 0) & (line < size[:, None]))
        ends.append(line == size[:, None])
    each = np.arange(len(canvases))[:, None, None]
    grids = canvases[each, sources[0][:, :, None], sources[1][:, None, :]]
    within = inside[0][:, :, None] & inside[1][:, None, :]
    moved = np.where(within, grids, np.uint8(puzzle.PAD))
    moved[ends[0][:, :, None] & inside[1][:, None, :]] = puzzle.END
    moved[inside[0][:, :, None] & ends[1][:, None, :]] = puzzle.END
    return moved.reshape(len(canvases), -1)


def cut_grid(tokens: Bytes) -> Bytes:
    """The coloured rectangle of a 30x30 canvas as (height, width) tokens; (0, 0) if empty."""
    canvas = tokens.reshape(puzzle.MAX_SIDE, puzzle.MAX_SIDE)
    coloured = canvas >= puzzle.FIRST_COLOUR
    rows, columns = (np.flatnonzero(coloured.any(axis=axis)) for axis in (1, 0))
    if len(rows) == 0:
        return np.zeros((0, 0), np.uint8)
    return canvas[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
