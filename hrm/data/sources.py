"""The training data of a run: generated from `TrainConfig.mix`, or read from `TrainConfig.data`.

    folder with train/dataset.json   a data set in the published layout
    other folder, or .json file      ARC tasks, or those of another domain that adapts
    other file                       puzzles in any format that the domain reads

For each of them this module gives the training sources, the held-out puzzles, and the row of the
puzzle embedding for each held-out puzzle.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hrm.data.arc import TaskRows, arc_sources, entries_of, sources_of
from hrm.data.arc_sets import arc_tests, identifier_of, with_demonstrations
from hrm.data.epochs import SetSource, read_rows, translate
from hrm.data.files import own_held_out, own_sources, read_arc, reading
from hrm.data.generated import generated_sources, require_weights
from hrm.data.layout import Meta, Split, is_dataset, read_meta, read_split
from hrm.data.rows import Source
from hrm.errors import PuzzleFileError, UserError
from puzzles import domain
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Layout
from puzzles.errors import PuzzleError


def open_sources(
    task: str, data: str, puzzle_ids: int, layout: Layout = "native", *, choices: bool = False
) -> Sequence[Source]:
    """The training sources at a path, for a model with `puzzle_ids` rows of puzzle embeddings.

    Raises `UserError` if the data is unreadable, damaged or of another task, or if there are too
    few rows.
    """
    path, kind = _existing(data), domain_of(task, data)
    if is_dataset(path):
        return _set_sources(kind, path, puzzle_ids)
    if kind.adapts:
        return sources_of(_own_entries(path, puzzle_ids), layout, choices=choices)
    return own_sources(kind, _a_file(kind, path), ids=puzzle_ids > 0)


def domain_of(task: str, data: str) -> AnyDomain:
    """The domain of a run, with the facts of its data if `data` is not empty.

    Raises `UserError` if the data is unreadable, damaged or of another task.
    """
    return domain(task).with_facts(facts_of(task, data))


def facts_of(task: str, data: str) -> Mapping[str, Any]:
    """What a checkpoint must record about its training data, such as the symbols."""
    kind = domain(task)
    if not data or kind.adapts:
        return {}
    path = _existing(data)
    if is_dataset(path):
        meta = read_meta(path, "train")
        try:
            return kind.training().facts_of_set(meta.vocab_size, meta.seq_len, meta.shape)
        except PuzzleError as error:
            raise _other_task(kind, path, error) from error
    with reading(path):
        return kind.training().facts_of_file(_a_file(kind, path))


def held_out(data: str, task: str, count: int, rng: np.random.Generator) -> list[Any]:
    """At most `count` puzzles with known answers that are not in the training sources.

    From the test split of a data set (unaugmented tests only for ARC), the tests of ARC tasks, or
    5 % of a file.
    """
    path, kind = _existing(data), domain_of(task, data)
    if is_dataset(path):
        return _test_split(kind, path, count, rng)
    if not kind.adapts:
        return own_held_out(kind, _a_file(kind, path), count, rng)
    tests = [puzzle for puzzle, _ in read_arc(path) if puzzle.output is not None]
    if not tests:
        raise PuzzleFileError(
            f"no test of the tasks in {path} has its output, so a run cannot be evaluated",
            "Move the last pair of train to test in some of them.",
        )
    return [tests[index] for index in rng.permutation(len(tests))[:count]]


def identity_rows(
    data: str, task: str, puzzles: Sequence[Any], puzzle_ids: int
) -> list[int] | None:
    """The row of the puzzle embedding for each held-out puzzle; None for a model without one."""
    if not puzzle_ids:
        return None
    if not puzzles or not domain(task).adapts:
        return [0] * len(puzzles)
    path = _existing(data)
    if is_dataset(path):
        return identifier_of(path, puzzles)
    rows = {entry.puzzle.task: entry.first_id for entry in _own_entries(path, puzzle_ids)}
    return [rows[puzzle.task] for puzzle in puzzles]


def data_hash(sources: Sequence[Source], rows: int = 256) -> str:
    """SHA-256 (hex) of the first rows of each source; detects that a run's data has changed."""
    digest = hashlib.sha256()
    for number, source in enumerate(sources):
        part = source.make(np.random.default_rng(number), rows)
        digest.update(str((source.shape, part.tokens.shape)).encode())
        digest.update(np.ascontiguousarray(part.tokens).tobytes())
        digest.update(np.ascontiguousarray(part.targets).tobytes())
        if part.puzzle_ids is not None:
            digest.update(part.puzzle_ids.astype("<i8").tobytes())
    return digest.hexdigest()


def canvas_of(kind: AnyDomain, meta: Meta) -> tuple[int, int]:
    """(height, width) of a data set's rows; raises `PuzzleError`, after "it", if they are not of
    this kind."""
    kind.training().facts_of_set(meta.vocab_size, meta.seq_len, meta.shape)
    if meta.shape is not None:
        return meta.shape
    return kind.training().canvas(meta.seq_len)


def _other_task(kind: AnyDomain, path: Path, error: PuzzleError) -> PuzzleFileError:
    return PuzzleFileError(
        f"{path} is not a data set of {kind.name}: {error}",
        error.hint or "Give --task the right one.",
    )


def _existing(data: str) -> Path:
    path = Path(os.path.expanduser(data))
    if not path.exists():
        raise PuzzleFileError(f"there is no data at {path}", "Give a data set, a CSV or a folder.")
    return path


def _a_file(kind: AnyDomain, path: Path) -> Path:
    if path.is_dir():
        raise PuzzleFileError(
            f"{path} is not a data set: there is no train/dataset.json",
            f"Give a CSV, or make a data set with: hrm data build {kind.name}",
        )
    return path


def _own_entries(path: Path, puzzle_ids: int) -> list[TaskRows]:
    """Every task with as many variants as the model has rows for."""
    tests = [puzzle for puzzle, _ in read_arc(path)]
    tasks = len({puzzle.task for puzzle in tests})
    if puzzle_ids < tasks:
        raise UserError(
            f"the data has {tasks} tasks, the model {puzzle_ids} puzzle ids",
            f"Add --set puzzle_ids={tasks}, or a multiple of it for more variants of each.",
        )
    return entries_of((puzzle, puzzle_ids // tasks) for puzzle in tests)


def _open_split(kind: AnyDomain, path: Path, part: str) -> tuple[Split, tuple[int, int]]:
    split = read_split(path, part)
    try:
        return split, canvas_of(kind, split.meta)
    except PuzzleError as error:
        raise _other_task(kind, path, error) from error


def _set_sources(kind: AnyDomain, path: Path, puzzle_ids: int) -> list[SetSource]:
    split, shape = _open_split(kind, path, "train")
    wanted = split.meta.num_puzzle_identifiers
    if (puzzle_ids or kind.adapts) and puzzle_ids < wanted:
        raise UserError(
            f"the data has {wanted} puzzle identifiers, the model {puzzle_ids} puzzle ids",
            f"Add --set puzzle_ids={wanted}.",
        )
    sets = [examples for examples in split.sets if examples.groups]
    if not sets:
        raise PuzzleFileError(f"{path / 'train'} holds no puzzle")
    total = sum(examples.groups for examples in sets)
    return [
        SetSource(
            kind,
            shape,
            examples.groups / total,
            examples,
            ids=puzzle_ids > 0,
            ignored=split.meta.ignore_label_id,
            redraw=translate if kind.adapts else None,
        )
        for examples in sets
    ]


def _test_split(kind: AnyDomain, path: Path, count: int, rng: np.random.Generator) -> list[Any]:
    split, shape = _open_split(kind, path, "test")
    if kind.adapts:
        tests = arc_tests(path, split)
        if not tests:
            raise _no_tests(path)
        chosen = [tests[index] for index in rng.permutation(len(tests))[:count]]
        return with_demonstrations(path, chosen)
    ends = np.cumsum([len(examples.inputs) for examples in split.sets])
    if ends[-1] == 0:
        raise _no_tests(path)
    puzzles = []
    for position in rng.choice(ends[-1], size=min(count, ends[-1]), replace=False).tolist():
        part = int(np.searchsorted(ends, position, side="right"))
        examples = split.sets[part]
        row = position - int(ends[part]) + len(examples.inputs)
        tokens, targets = read_rows(kind, examples, np.array([row]), split.meta.ignore_label_id)
        try:
            puzzles.append(kind.training().puzzle(tokens[0], targets[0], shape))
        except PuzzleError as error:
            raise PuzzleFileError(f"{examples.where}__inputs.npy: row {row}: {error}") from error
    return puzzles


def _no_tests(path: Path) -> PuzzleFileError:
    return PuzzleFileError(
        f"{path / 'test'} holds no puzzle to evaluate with", "Build the data set with --test."
    )


def sources(
    task: str,
    mix: Mapping[str, float],
    puzzle_ids: int = 0,
    data: str = "",
    layout: Layout = "native",
    *,
    choices: bool = False,
) -> Sequence[Source]:
    """The sources of a training configuration: those at the path `data`, or generated from `mix`.

    `mix` maps kinds of puzzles to weights, as `Training.makers` of the domain defines them (Sudoku:
    difficulty, maze: side length, others: level). For ARC it maps datasets to the number of
    variants of each task, `puzzle_ids` in all, and a model may want to know the `choices`.
    """
    if data:
        return open_sources(task, data, puzzle_ids, layout, choices=choices)
    kind = domain(task)
    if not kind.adapts:
        return generated_sources(kind, mix, layout, ids=puzzle_ids > 0)
    require_weights(mix)
    return arc_sources(mix, puzzle_ids, layout, choices=choices)
