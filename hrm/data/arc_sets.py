"""ARC puzzles from a data set in the published layout, which stores rows of tokens and the number
of each puzzle's identifier; identifiers.json has the names of the tasks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from hrm.data.epochs import cut_grid, read_rows
from hrm.data.layout import Examples, Split, read_identifiers, read_split
from hrm.data.rows import Bytes
from hrm.errors import PuzzleFileError
from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import COLOURS, FIRST_COLOUR, ArcPuzzle, Pair, Symmetry, as_grid
from puzzles.text.text_grid import DIHEDRAL

_PUBLISHED_TURNS = (0, 1, 2, 3, 4, 6, 5, 7)
"""The number that the published data sets use for each of `DIHEDRAL`."""

_VARIANT = re.compile(rf"(?:_|\|\|\|)t[0-7]_0[1-9]{{{COLOURS - 1}}}$")
"""Suffix of an augmented task's name; HRM and TRM use different separators."""


def variant_name(task: str, symmetry: Symmetry) -> str:
    """The name in the published data sets: `007bbfb7_t3_0213456789`."""
    turn = _PUBLISHED_TURNS[DIHEDRAL.index(symmetry.dihedral)]
    return f"{task}_t{turn}_{''.join(map(str, symmetry.colours))}"


def is_variant(name: str) -> bool:
    return _VARIANT.search(name) is not None


def arc_tests(folder: Path, split: Split) -> list[ArcPuzzle]:
    """The unaugmented tests of a split, without demonstrations.

    Without identifiers.json every task counts as unaugmented, and its name is its number.
    """
    names = read_identifiers(folder)
    if names and len(names) < split.meta.num_puzzle_identifiers:
        raise PuzzleFileError(f"{folder / 'identifiers.json'} has fewer names than identifiers")
    chosen = [number for number, name in enumerate(names) if not is_variant(name)] or None
    return [
        ArcPuzzle(
            names[identifier] if names else str(identifier),
            (),
            pair.input,
            pair.output,
            test=number,
        )
        for identifier, pairs in _puzzles(split, chosen)
        for number, pair in enumerate(pairs)
    ]


def with_demonstrations(folder: Path, tests: Sequence[ArcPuzzle]) -> list[ArcPuzzle]:
    """The same puzzles with their demonstrations, which are in the training split."""
    identifiers = identifier_of(folder, tests)
    shown = dict(_puzzles(read_split(folder, "train"), set(identifiers)))
    return [
        replace(test, demonstrations=tuple(shown.get(identifier, ())))
        for test, identifier in zip(tests, identifiers, strict=True)
    ]


def identifier_of(folder: Path, puzzles: Sequence[ArcPuzzle]) -> list[int]:
    """The number of each puzzle's task, which is its row of the puzzle embedding."""
    numbers = {name: number for number, name in enumerate(read_identifiers(folder))}
    return [numbers[p.task] if numbers else int(p.task) for p in puzzles]


def _puzzles(split: Split, chosen: Collection[int] | None) -> Iterator[tuple[int, list[Pair]]]:
    """The identifiers, all or the `chosen` ones, and the pairs of their puzzles."""
    for examples in split.sets:
        found = np.arange(len(examples.identifiers))
        if chosen is not None:
            found = np.flatnonzero(np.isin(examples.identifiers, list(chosen)))
        for puzzle in found.tolist():
            yield int(examples.identifiers[puzzle]), _pairs(examples, puzzle, split)


def _pairs(examples: Examples, puzzle: int, split: Split) -> list[Pair]:
    first, end = (int(examples.puzzle_starts[puzzle + side]) for side in (0, 1))
    rows = np.arange(first, end)
    sides = read_rows(ArcDomain(), examples, rows, split.meta.ignore_label_id)
    pairs = []
    for row, (tokens, target) in enumerate(zip(*sides, strict=True), start=first):
        grids = [cut_grid(tokens), cut_grid(target)]
        if any(grid.size == 0 or grid.min() < FIRST_COLOUR for grid in grids):
            raise PuzzleFileError(f"{examples.where}__inputs.npy: row {row} holds no whole grid")
        pairs.append(Pair(_colours(grids[0]), _colours(grids[1])))
    return pairs


def _colours(grid: Bytes) -> tuple[tuple[int, ...], ...]:
    return as_grid(grid - np.uint8(FIRST_COLOUR))
