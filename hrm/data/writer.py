"""Writes a data set in the published layout (see `hrm.data.layout`).

Rows are written as they arrive, so memory use does not grow with their number. The folder appears
complete or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm.data.layout import MAX_ROWS, Meta
from hrm.data.npy import ArrayWriter
from hrm.errors import UserError
from hrm.files import claim, partial_of, remove_stale, writing


class SetWriter:
    """Writes the set `all` of one split, group by group."""

    def __init__(self, folder: Path, split: str, cells: int) -> None:
        self._path = folder / split
        self._cells = cells
        self.rows = self.puzzles = self.groups = 0
        self._closing = ExitStack()

    def __enter__(self) -> SetWriter:
        with writing(self._path):
            self._path.mkdir()
        self._inputs = self._writer("inputs", np.uint8, (self._cells,))
        self._labels = self._writer("labels", np.uint8, (self._cells,))
        self._identifiers = self._writer("puzzle_identifiers", np.int32)
        self._puzzle_starts = self._writer("puzzle_indices", np.int32)
        self._group_starts = self._writer("group_indices", np.int32)
        for starts in (self._puzzle_starts, self._group_starts):
            starts.append(np.zeros(1))
        return self

    def __exit__(self, *failure: Any) -> None:
        self._closing.__exit__(*failure)

    def _writer(self, kind: str, dtype: Any, row: tuple[int, ...] = ()) -> ArrayWriter:
        path = self._path / f"all__{kind}.npy"
        return self._closing.enter_context(ArrayWriter(path, dtype, row))

    def append(
        self,
        inputs: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        *,
        rows: Sequence[int] | NDArray[Any],
        puzzles: Sequence[int] | NDArray[Any],
        identifiers: Sequence[int] | NDArray[Any] | None = None,
    ) -> None:
        """Append whole groups: (n, cells) tokens, rows per puzzle, and puzzles per group."""
        row_ends = self.rows + np.cumsum(rows)
        puzzle_ends = self.puzzles + np.cumsum(puzzles)
        if len(inputs) == 0:
            return
        assert row_ends[-1] - self.rows == len(inputs) == len(labels)
        assert puzzle_ends[-1] - self.puzzles == len(rows)
        if row_ends[-1] > MAX_ROWS:
            raise UserError(f"a data set holds at most {MAX_ROWS} rows", "Use --augment less.")
        self._inputs.append(inputs)
        self._labels.append(labels)
        self._puzzle_starts.append(row_ends)
        self._group_starts.append(puzzle_ends)
        blank = np.zeros(len(rows)) if identifiers is None else np.asarray(identifiers)
        self._identifiers.append(blank)
        self.rows, self.puzzles = int(row_ends[-1]), int(puzzle_ends[-1])
        self.groups += len(puzzles)

    def finish(
        self, vocabulary: int, identifiers: int = 1, shape: tuple[int, int] | None = None
    ) -> None:
        """Write dataset.json, which marks the split as complete. `shape` is needed only if it does
        not follow from the number of cells."""
        meta = Meta(
            seq_len=self._cells,
            vocab_size=vocabulary,
            num_puzzle_identifiers=identifiers,
            total_groups=self.groups,
            mean_puzzle_examples=self.rows / max(1, self.puzzles),
            shape=shape,
        )
        fields = {name: value for name, value in asdict(meta).items() if name != "shape" or shape}
        _write_json(self._path / "dataset.json", fields)


def _write_json(path: Path, document: object) -> None:
    with writing(path):
        path.write_text(json.dumps(document), encoding="utf-8")


def write_identifiers(folder: Path, names: Sequence[str]) -> None:
    """Write identifiers.json; `names[i]` is the name of identifier i."""
    _write_json(folder / "identifiers.json", list(names))


def refuse_existing(target: Path) -> None:
    """Raises `UserError` if `target` exists."""
    if target.exists():
        raise UserError(f"{target} is there already", "Choose another name, or remove it first.")


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder that is renamed to `target` at the end, or removed on an exception.

    A killed process leaves at most a hidden `.partial` folder, which the next one removes. Raises
    `UserError` if `target` exists or cannot be written.
    """
    remove_stale(target)
    refuse_existing(target)
    partial = partial_of(target)
    try:
        with writing(target):
            partial.mkdir(parents=True)
        with _claimed(partial, target):
            yield partial
            with writing(target):
                partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _claimed(partial: Path, target: Path) -> Iterator[None]:
    """Hold the folder open and locked, so that no other process takes it for a killed one's."""
    if sys.platform == "win32":  # cannot open folders
        yield
        return
    with writing(target):
        descriptor = os.open(partial, os.O_RDONLY)
    try:
        with writing(target):
            claim(descriptor, partial)
        yield
    finally:
        os.close(descriptor)
