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

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hrm.data.npy import Whole, open_array
from hrm.errors import PuzzleFileError

SPLITS = ("train", "test")
BLANK = "<blank>"
"""Name of identifier 0, which belongs to no ARC task."""

MAX_ROWS = 2**31 - 1
"""The layout counts rows with int32."""

_MAX_META = 1 << 20
_MAX_NAMES = 1 << 28

_SET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_BLOCK = 1 << 20
"""Elements of a mapped array that are checked at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """`dataset.json`. `ignore_label_id` is the label that is not scored, None if all are; `shape`
    (height, width) is our own addition, None where the published fields say enough."""

    seq_len: int
    vocab_size: int
    pad_id: int = 0
    ignore_label_id: int | None = 0
    blank_identifier_id: int = 0
    num_puzzle_identifiers: int
    total_groups: int
    mean_puzzle_examples: float
    sets: tuple[str, ...] = ("all",)
    shape: tuple[int, int] | None = None

    @classmethod
    def from_json(cls, values: object) -> Meta:
        """Fields that are not known are left out; raises ValueError in words that follow "it"."""
        if not isinstance(values, dict):
            raise ValueError("holds no JSON object")
        sets = values.get("sets")
        if not isinstance(sets, list) or not sets:
            raise ValueError("lists no sets")
        for name in sets:
            if not isinstance(name, str) or not _SET.fullmatch(name):
                raise ValueError(f"names the set {str(name)[:80]!a}")
        mean = values.get("mean_puzzle_examples")
        if not isinstance(mean, int | float):
            raise ValueError("has no usable mean_puzzle_examples")
        ignored = values.get("ignore_label_id", 0)
        if ignored is not None:
            ignored = _whole(values, "ignore_label_id", low=-(2**31))
        return cls(
            seq_len=_whole(values, "seq_len", low=1),
            vocab_size=_whole(values, "vocab_size", low=1),
            pad_id=_whole(values, "pad_id"),
            ignore_label_id=ignored,
            blank_identifier_id=_whole(values, "blank_identifier_id"),
            num_puzzle_identifiers=_whole(values, "num_puzzle_identifiers", low=1),
            total_groups=_whole(values, "total_groups"),
            mean_puzzle_examples=float(mean) if mean < 2**31 else 0.0,
            sets=tuple(sets),
            shape=_shape(values),
        )


def _whole(values: Mapping[str, Any], key: str, low: int = 0) -> int:
    value = values.get(key)
    if type(value) is not int or not low <= value < 2**31:
        raise ValueError(f"has no usable {key}")
    return value


def _shape(values: Mapping[str, Any]) -> tuple[int, int] | None:
    shape = values.get("shape")
    if shape is None:
        return None
    whole = isinstance(shape, list) and len(shape) == 2 and all(type(n) is int for n in shape)
    if not whole or min(shape) < 1 or shape[0] * shape[1] != values.get("seq_len"):
        raise ValueError("has a shape that is not that of its cells")
    return shape[0], shape[1]


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
    with _naming(path):
        return Split(meta, tuple(_read_set(path, name, meta) for name in meta.sets))


def read_meta(folder: Path, split: str) -> Meta:
    """The dataset.json of a split; raises `PuzzleFileError`."""
    path = folder / split
    document = _read_json(path / "dataset.json", _MAX_META)
    with _naming(path):
        return Meta.from_json(document)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise PuzzleFileError(
            f"{path / 'dataset.json'}: it {error}", "Build or fetch the data set again."
        ) from error


def read_identifiers(folder: Path) -> list[str]:
    """Names by identifier; empty if the file is missing, since only ARC needs it."""
    path = folder / "identifiers.json"
    if not path.exists():
        return []
    names = _read_json(path, _MAX_NAMES)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise PuzzleFileError(f"{path} is not a list of names")
    return names


def _read_json(path: Path, limit: int) -> object:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise PuzzleFileError(f"{path} is larger than {limit} bytes")
        document: object = json.loads(data)
        return document
    except FileNotFoundError:
        raise PuzzleFileError(
            f"there is no file {path}", "`hrm data build` makes a whole data set."
        ) from None
    except OSError as error:
        raise PuzzleFileError(f"{path} cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise PuzzleFileError(f"{path} is not JSON ({str(error)[:80]})") from error


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
