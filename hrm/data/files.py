"""The user's own puzzles as training data, without building a data set first.

5 % of a file's puzzles are held out for evaluation; which ones does not depend on their order in
the file. Every drawn puzzle is a new symmetric copy. ARC tasks are read from a folder; their tests
are never trained on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from hrm.data.epochs import SetSource
from hrm.data.layout import Examples
from hrm.data.rows import Bytes
from hrm.errors import PuzzleFileError
from puzzles import domain
from puzzles.arc.formats import MAX_FILES, is_task_file, read_file
from puzzles.arc.puzzle import ArcPuzzle
from puzzles.contract.protocol import AnyDomain
from puzzles.errors import PuzzleError
from puzzles.training import Pairs, Shape, Training

HELD_OUT = 0.05
"""Share of a file's puzzles that is held out."""

_SEED = 20_250_626


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn every read error into a `PuzzleFileError` that names the file."""
    try:
        yield
    except PuzzleError as error:
        raise PuzzleFileError(f"{path}: {error}", error.hint) from error
    except FileNotFoundError:
        raise PuzzleFileError(f"there is no file {path}") from None
    except UnicodeDecodeError as error:
        raise PuzzleFileError(f"{path} is not UTF-8 text", "Give a text file.") from error
    except OSError as error:
        raise PuzzleFileError(f"{path} cannot be read ({error.strerror})") from error


@dataclass(frozen=True, slots=True, eq=False)
class PuzzleSplit:
    """The distinct puzzles of one canvas size, for training and held out, each as (n, cells) tokens
    and targets."""

    shape: Shape
    training: tuple[Bytes, Bytes]
    held_out: tuple[Bytes, Bytes]


def own_sources(kind: AnyDomain, path: Path, *, ids: bool) -> list[SetSource]:
    """One source for each canvas size; raises `PuzzleFileError`."""
    splits = _splits(kind, path)
    total = sum(len(split.training[0]) for split in splits)
    return [
        SetSource(
            kind,
            split.shape,
            len(split.training[0]) / total,
            Examples.single(*split.training, str(path)),
            ids=ids,
            redraw=partial(_redraw, kind.training(), split.shape),
        )
        for split in splits
    ]


def _redraw(
    training: Training, shape: Shape, rng: np.random.Generator, tokens: Bytes, targets: Bytes
) -> tuple[Bytes, Bytes]:
    copies = training.redraw(rng, Pairs(tokens, targets), shape)
    return copies.tokens, copies.targets


def own_held_out(kind: AnyDomain, path: Path, count: int, rng: np.random.Generator) -> list[Any]:
    """At most `count` puzzles that `own_sources` never yields, not even as symmetric copies if the
    domain treats those as equal (`Training.alike`)."""
    training = kind.training()
    with reading(path):
        found = [
            training.puzzle(*row, split.shape)
            for split in _splits(kind, path)
            for row in zip(*split.held_out, strict=True)
        ]
    return [found[index] for index in rng.permutation(len(found))[:count]]


def _splits(kind: AnyDomain, path: Path) -> Sequence[PuzzleSplit]:
    try:
        status = path.stat()
    except OSError as error:
        raise PuzzleFileError(f"{path} cannot be read ({error.strerror})") from error
    return _read(kind.name, path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _read(task: str, path: Path, changed: int, size: int) -> Sequence[PuzzleSplit]:
    """Cached for training and evaluation; `changed` and `size` identify the file's content."""
    training = domain(task).training()
    blocks: dict[Shape, list[Pairs]] = defaultdict(list)
    with reading(path):
        for shape, pairs in training.listed(path).read():
            blocks[shape].append(pairs)
    if not blocks:
        raise PuzzleFileError(f"{path} holds no puzzle", "It should hold at least two.")
    # a rectangle and its transpose count as one puzzle, so they must not land in different splits
    known: dict[Shape, set[bytes]] = defaultdict(set)
    splits = (
        _split(path, shape, training, blocks[shape], known[training.alike_shape(shape)])
        for shape in sorted(blocks)
    )
    return [split for split in splits if split is not None]


def _split(
    path: Path, shape: Shape, training: Training, blocks: Sequence[Pairs], known: set[bytes]
) -> PuzzleSplit | None:
    """Sort, drop duplicates, and split by a fixed permutation; None if nothing is left.

    Two puzzles are duplicates if `Training.alike` maps them to the same array. `known` holds the
    arrays of other canvas sizes and is extended.
    """
    tokens = np.concatenate([block.tokens for block in blocks])
    targets = np.concatenate([block.targets for block in blocks])
    order = np.lexsort(tokens.T[::-1])  # independent of the order of the file
    tokens, targets = tokens[order], targets[order]
    alike = training.alike(tokens, shape)
    _, first = np.unique(alike, axis=0, return_index=True)
    first = np.array([n for n in first.tolist() if alike[n].tobytes() not in known], np.int64)
    known.update(alike[n].tobytes() for n in first.tolist())
    tokens, targets = tokens[first], targets[first]
    count = len(tokens)
    if not count:
        return None
    if count < 2:
        raise PuzzleFileError(
            f"{path} has only one puzzle of {shape[0]}x{shape[1]}",
            "Training needs two: one to learn from and one to be evaluated with.",
        )
    order = np.random.default_rng(_SEED).permutation(count)
    held, kept = np.split(order, [max(1, round(HELD_OUT * count))])
    return PuzzleSplit(shape, (tokens[kept], targets[kept]), (tokens[held], targets[held]))


def read_arc(path: Path) -> list[tuple[ArcPuzzle, bool]]:
    """The tests of the ARC tasks in a JSON file or a folder (recursively), sorted by task id, each
    with a flag: whether its folder is named `evaluation`.

    A repeated task counts once. Raises `PuzzleFileError` for two different tasks with one id.
    """
    files = [path] if path.is_file() else sorted(filter(is_task_file, path.rglob("*.json")))
    if not files or len(files) > MAX_FILES:
        count = len(files) or "no"
        raise PuzzleFileError(
            f"{path} holds {count} .json files", f"A folder of ARC tasks has 1 to {MAX_FILES}."
        )
    found: dict[str, tuple[Path, list[ArcPuzzle], bool]] = {}
    for file in files:
        try:
            puzzles = read_file(file)
        except PuzzleError as error:
            raise PuzzleFileError(f"{file.parent}: {error}", error.hint) from error
        tasks: dict[str, list[ArcPuzzle]] = defaultdict(list)
        for puzzle in puzzles:
            tasks[puzzle.task].append(puzzle)
        for task, tests in tasks.items():
            first, known, _ = found.setdefault(
                task, (file, tests, file.resolve().parent.name == "evaluation")
            )
            if known != tests:
                raise PuzzleFileError(f"task {task} differs between {first} and {file}")
    return [(test, kept) for _, (_, tests, kept) in sorted(found.items()) for test in tests]
