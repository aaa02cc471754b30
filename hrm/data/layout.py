"""The published folder layout of a data set, and reading it.

    identifiers.json                    names of the puzzle identifiers, by number
    train/, test/                       two splits, each with
      dataset.json                      sizes and special tokens (`Meta`)
      {set}__inputs.npy                 (rows, cells) tokens
      {set}__labels.npy                 (rows, cells) tokens of the answer
      {set}__puzzle_indices.npy         (puzzles + 1,) first row of each puzzle
      {set}__puzzle_identifiers.npy     (puzzles,) row of the puzzle embedding
      {set}__group_indices.npy          (groups + 1,) first puzzle of each group

A group is a puzzle with its augmented copies; an epoch shows one puzzle of every group. The files
are untrusted: any defect raises `PuzzleFileError` and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import numpy as np

from hrm.data.npy import Whole, open_array
from hrm.errors import PuzzleFileError
from hrm.records import RecordError, read_record

T = TypeVar("T")

SPLITS = ("train", "test")
BLANK = "<blank>"
"""Name of identifier 0, which belongs to no ARC task."""

MAX_ROWS = 2**31 - 1
"""The layout counts rows with int32."""

_AGAIN = "Build or fetch the data set again."
_MAX_META = 1 << 20
_MAX_NAMES = 1 << 28

_SET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_BLOCK = 1 << 20
"""Elements of a mapped array that are checked at a time."""


_Count = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
_Size = Annotated[int, msgspec.Meta(ge=1, lt=2**31)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """`dataset.json`. `ignore_label_id` is the label that is not scored, None if all are; `shape`
    (height, width) is our own addition, None where the published fields say enough."""

    seq_len: _Size
    vocab_size: _Size
    pad_id: _Count = 0
    ignore_label_id: Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)] | None = 0
    blank_identifier_id: _Count = 0
    num_puzzle_identifiers: _Size
    total_groups: _Count
    mean_puzzle_examples: float
    sets: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("all",)
    shape: tuple[_Size, _Size] | None = None

    def __post_init__(self) -> None:
        for name in self.sets:
            if not _SET.fullmatch(name):
                raise ValueError(f"names the set {name[:80]!a}")
        if self.shape is not None and self.shape[0] * self.shape[1] != self.seq_len:
            raise ValueError("has a shape that is not that of its cells")


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """One set of a split: the arrays of the module's docstring; `where` names it in messages."""

    inputs: Whole
    labels: Whole
    identifiers: Whole
    puzzle_starts: Whole
    group_starts: Whole
    where: str

    @property
    def groups(self) -> int:
        return len(self.group_starts) - 1

    @classmethod
    def single(cls, inputs: Whole, labels: Whole, where: str) -> Examples:
        """Each row as a puzzle and a group of its own, without an identifier."""
        starts = np.arange(len(inputs) + 1)
        return cls(inputs, labels, np.zeros(len(inputs), np.int32), starts, starts, where)


@dataclass(frozen=True, slots=True)
class Split:
    meta: Meta
    sets: tuple[Examples, ...]


def is_dataset(folder: Path) -> bool:
    return (folder / "train" / "dataset.json").is_file()


def read_split(folder: Path, split: str) -> Split:
    """Map and check the arrays of a split; raises `PuzzleFileError`."""
    meta, path = read_meta(folder, split), folder / split
    try:
        return Split(meta, tuple(_read_set(path, name, meta) for name in meta.sets))
    except ValueError as error:
        raise PuzzleFileError(f"{path / 'dataset.json'}: it {error}", _AGAIN) from error


def read_meta(folder: Path, split: str) -> Meta:
    """The dataset.json of a split; raises `PuzzleFileError`."""
    return _read(folder / split / "dataset.json", Meta, _MAX_META)


def read_identifiers(folder: Path) -> list[str]:
    """Names by identifier; empty if the file is missing, since only ARC needs it."""
    path = folder / "identifiers.json"
    return _read(path, list[str], _MAX_NAMES) if path.exists() else []


def _read(path: Path, kind: type[T], limit: int) -> T:
    try:
        return read_record(path, kind, limit)
    except FileNotFoundError:
        raise PuzzleFileError(
            f"there is no file {path}", "`hrm data build` makes a whole data set."
        ) from None
    except OSError as error:
        raise PuzzleFileError(f"{path} cannot be read ({error.strerror})") from error
    except RecordError as error:
        raise PuzzleFileError(f"{path}: {error}", _AGAIN) from error


def _read_set(path: Path, name: str, meta: Meta) -> Examples:
    def part(kind: str, dimensions: int = 1) -> Whole:
        return open_array(path / f"{name}__{kind}.npy", dimensions=dimensions)

    examples = Examples(
        part("inputs", 2),
        part("labels", 2),
        part("puzzle_identifiers"),
        part("puzzle_indices"),
        part("group_indices"),
        str(path / name),
    )
    shapes = [examples.inputs.shape, examples.labels.shape]
    if shapes != [(len(examples.inputs), meta.seq_len)] * 2:
        raise ValueError(f"says seq_len {meta.seq_len}, {name} has {shapes[0]} and {shapes[1]}")
    if len(examples.inputs) > MAX_ROWS:
        raise ValueError(f"has {len(examples.inputs)} rows in {name}, more than {MAX_ROWS}")
    _require_starts(examples.puzzle_starts, len(examples.inputs), f"{name}__puzzle_indices")
    _require_starts(examples.group_starts, len(examples.identifiers), f"{name}__group_indices")
    if len(examples.puzzle_starts) != len(examples.identifiers) + 1:
        raise ValueError(f"has another number of puzzles in {name}__puzzle_identifiers")
    for block in _blocks(examples.identifiers):
        if block.min() < 0 or block.max() >= meta.num_puzzle_identifiers:
            raise ValueError(
                f"says {meta.num_puzzle_identifiers} puzzle identifiers, {name} has others"
            )
    return examples


def _require_starts(starts: Whole, end: int, name: str) -> None:
    """Raises ValueError unless the offsets rise strictly from 0 to `end`."""
    if len(starts) == 0 or starts[0] != 0 or starts[-1] != end:
        raise ValueError(f"has offsets in {name} that do not run from 0 to {end}")
    for first in range(0, len(starts), _BLOCK):
        block = starts[first : first + _BLOCK + 1].astype(np.int64)
        if (np.diff(block) < 1).any():
            raise ValueError(f"has offsets in {name} that do not rise")


def _blocks(array: Whole) -> Iterator[Whole]:
    return (array[first : first + _BLOCK] for first in range(0, len(array), _BLOCK))
