"""Builds an ARC data set in the published layout: every task with many symmetric copies.

As in the published recipe, the training split holds the demonstrations of all tasks, and the test
split the tests of the evaluation tasks. The tests of other tasks are training data too; without any
evaluation task, all tests go to the test split. A copy is a rotation or reflection with a
permutation of colours 1 to 9, and no copy is repeated. Grids are stored in the top left corner of
their canvas and moved to random offsets when they are drawn for training.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hrm.data.arc import IDENTITY
from hrm.data.arc_sets import variant_name
from hrm.data.build import Building
from hrm.data.files import read_arc
from hrm.data.layout import BLANK
from hrm.data.writer import SetWriter, new_folder, write_identifiers
from hrm.errors import PuzzleFileError
from puzzles.arc.datasets import load_tasks
from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import (
    DATASETS,
    MAX_SIDE,
    ArcPuzzle,
    Pair,
    Symmetry,
    as_answer,
    grid_tokens,
    random_symmetry,
)
from puzzles.contract.tokens import Answer

TRIES = 5
"""Symmetries drawn for each copy; a task with few colours gets fewer copies than asked for."""

_SIZE = MAX_SIDE, MAX_SIDE
_CELLS = MAX_SIDE**2


@dataclass(frozen=True, slots=True)
class Task:
    """`tests` have a known output; with `held_out` they are not training data."""

    name: str
    demonstrations: tuple[Pair, ...]
    tests: tuple[Pair, ...]
    held_out: bool


def build_arc(
    out: Path, sources: Sequence[str], augment: int, seed: int
) -> Generator[Building, None, None]:
    """Write the data set of `sources` (names of `DATASETS` or paths) to the new folder `out`.

    Yields progress; closing the iterator removes the unfinished folder. Raises `UserError`.
    """
    with new_folder(out) as folder:
        tasks = collect(sources)
        names = [BLANK]
        with SetWriter(folder, "train", _CELLS) as train, SetWriter(folder, "test", _CELLS) as test:
            for number, task in enumerate(tasks, start=1):
                copies = variants(task, augment, seed)
                first = len(names)
                names += [
                    task.name,
                    *(variant_name(task.name, symmetry) for symmetry in copies[1:]),
                ]
                shown = task.demonstrations + (() if task.held_out else task.tests)
                _append(train, shown, copies, first)
                if task.held_out:
                    _append(test, task.tests, copies, first)
                yield Building("train", number, len(tasks))
        for writer in (train, test):
            writer.finish(ArcDomain.spec.size, len(names))
        write_identifiers(folder, names)


def collect(sources: Sequence[str]) -> list[Task]:
    """The tasks of all sources, sorted by name.

    A task in two sources is taken from the first, and held out if either source holds it out.
    Raises `UserError`, also if two files of the user have different tasks with one id.
    """
    tests: dict[str, list[ArcPuzzle]] = {}
    own: dict[str, list[ArcPuzzle]] = {}
    evaluated: set[str] = set()
    for source in sources:
        if source in DATASETS:
            kept = source.endswith("-evaluation")
            found = [(puzzle, kept) for puzzle in load_tasks(source)]
        else:
            path = Path(os.path.expanduser(source))
            if not path.exists():
                raise PuzzleFileError(
                    f"there is no ARC data set or folder {source}",
                    f"Data sets: {', '.join(DATASETS)}.",
                )
            found = read_arc(path)
        mine: dict[str, list[ArcPuzzle]] = {}
        for puzzle, kept in found:
            mine.setdefault(puzzle.task, []).append(puzzle)
            evaluated |= {puzzle.task} if kept else set()
        if source not in DATASETS:
            _require_same(mine, own, source)
            own |= mine
        tests = mine | tests
    return [
        Task(
            name,
            tests[name][0].demonstrations,
            tuple(Pair(test.input, test.output) for test in tests[name] if test.output is not None),
            held_out=name in evaluated or not evaluated,
        )
        for name in sorted(tests)
    ]


def _require_same(
    tasks: Mapping[str, list[ArcPuzzle]], before: Mapping[str, list[ArcPuzzle]], source: str
) -> None:
    """Refuse different tasks with one id in the user's own files; published sets may differ."""
    for name in tasks.keys() & before.keys():
        if tasks[name] != before[name]:
            raise PuzzleFileError(
                f"task {name} has another content in {source} than in a source before it",
                "Leave out one of them, or rename its file.",
            )


def variants(task: Task, augment: int, seed: int) -> list[Symmetry]:
    """The identity and up to `augment` symmetries that all give different grids.

    They depend only on the seed and the name, so a task has the same copies in every data set.
    """
    rng = np.random.default_rng([seed, *task.name.encode()])
    pairs = task.demonstrations + task.tests
    grids = [as_answer(grid) for pair in pairs for grid in (pair.input, pair.output)]
    found, seen = [IDENTITY], {_digest(IDENTITY, grids)}
    for _ in range(TRIES * augment):
        if len(found) > augment:
            break
        symmetry = random_symmetry(rng)
        digest = _digest(symmetry, grids)
        if digest not in seen:
            seen.add(digest)
            found.append(symmetry)
    return found


def _digest(symmetry: Symmetry, grids: Sequence[Answer]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for grid in grids:
        drawn = symmetry.apply(grid)
        digest.update(bytes(drawn.shape))
        digest.update(drawn.tobytes())
    return digest.digest()


def _append(
    writer: SetWriter, pairs: Sequence[Pair], copies: Sequence[Symmetry], first: int
) -> None:
    """Write one group: each copy is a puzzle with all of `pairs`; identifiers start at `first`."""
    if not pairs:
        return
    sides = ([pair.input for pair in pairs], [pair.output for pair in pairs])
    inputs, labels = (
        np.stack(
            [
                grid_tokens(symmetry.apply(grid), _SIZE).ravel()
                for symmetry in copies
                for grid in grids
            ]
        )
        for grids in (list(map(as_answer, side)) for side in sides)
    )
    writer.append(
        inputs,
        labels,
        rows=[len(pairs)] * len(copies),
        puzzles=[len(copies)],
        identifiers=range(first, first + len(copies)),
    )
