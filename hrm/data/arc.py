"""ARC as training examples: demonstrations of every task, redrawn by several symmetries.

A model is told a task's rule by nothing but its puzzle embedding, and a symmetry changes the rule,
so every variant (task and symmetry) owns one row of the table. Test pairs are never trained on:
they are what a run is evaluated with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hrm.data.rows import Rows
from hrm.errors import UserError
from puzzles.arc.datasets import load_tasks
from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import (
    COLOURS,
    DATASETS,
    FIRST_COLOUR,
    MAX_SIDE,
    ArcPuzzle,
    Pair,
    Symmetry,
    free_colours,
    pair_tokens,
    random_symmetry,
)
from puzzles.contract.tokens import Layout
from puzzles.text.text_grid import DIHEDRAL

CANVASES = (7, 11, 14, 17, 21, 25, MAX_SIDE)
"""Sides of the training canvases. On them a pair of ARC-AGI-1's training tasks takes 215 cells on
average, 165 of them its own; more canvases would save little and make the batches smaller."""

RECOLOURED = 0.7
"""Share of draws in which an example's free colours are exchanged."""

IDENTITY = Symmetry(DIHEDRAL[0], tuple(range(COLOURS)))


@dataclass(frozen=True, slots=True)
class TaskRows:
    """A task and its rows of the puzzle embedding, `first_id` (unchanged) and those after it."""

    puzzle: ArcPuzzle
    first_id: int
    variants: int


@dataclass(frozen=True, slots=True)
class Example:
    """A demonstration with the row of the puzzle embedding that stands for its rule, and the
    colours that may be exchanged for one another without changing it."""

    pair: Pair
    puzzle_id: int
    free: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ArcSource:
    """Examples of one canvas in random order, each once before any comes again within a chunk.

    Most times that one is drawn, its `free` colours are exchanged at random.
    """

    shape: tuple[int, int]
    share: float
    rows: Rows
    free: Sequence[tuple[int, ...]]
    task: str = "arc"

    @classmethod
    def of(cls, shape: tuple[int, int], examples: Sequence[Example], share: float) -> ArcSource:
        """Lay the examples out on (height, width); `PuzzleError` if one does not fit."""
        drawn = [pair_tokens(example.pair, shape) for example in examples]
        tokens, targets = (np.stack([t.ravel() for t in side]) for side in zip(*drawn, strict=True))
        ids = np.array([example.puzzle_id for example in examples], dtype=np.int64)
        return cls(shape, share, Rows(tokens, targets, ids), [one.free for one in examples])

    def make(self, rng: np.random.Generator, count: int) -> Rows:
        size = len(self.rows)
        rounds = [rng.permutation(size) for _ in range(-(-count // size))]
        order = np.concatenate(rounds)[:count]
        palettes = np.tile(np.arange(ArcDomain.spec.size, dtype=np.uint8), (count, 1))
        for palette, index in zip(palettes, order.tolist(), strict=True):
            if rng.random() < RECOLOURED:
                chosen = np.array(self.free[index], dtype=np.intp) + FIRST_COLOUR
                palette[chosen] = rng.permutation(palette[chosen])
        tokens, targets = (
            np.take_along_axis(palettes, side[order], axis=1)
            for side in (self.rows.tokens, self.rows.targets)
        )
        ids = self.rows.puzzle_ids
        return Rows(tokens, targets, None if ids is None else ids[order])


def variant(task: str, number: int) -> Symmetry:
    """The symmetry behind row `number` of a task; 0 is the task as it is. The same everywhere."""
    if number == 0:
        return IDENTITY
    return random_symmetry(np.random.default_rng([*task.encode(), number]))


def _tests(mix: Mapping[str, float]) -> Iterator[tuple[ArcPuzzle, int]]:
    """Every test of the datasets in `mix`, with the number of its task's variants.

    A task that two datasets share belongs to the first: the other may demonstrate its test.
    """
    taken: set[str] = set()
    for dataset, variants in mix.items():
        if dataset not in DATASETS:
            raise UserError(
                f"mix: unknown dataset {dataset!r}", f"Datasets: {', '.join(DATASETS)}."
            )
        if variants < 1 or variants != int(variants):
            raise UserError(f"mix: {dataset}:{variants:g} is not a number of variants")
        tests = [puzzle for puzzle in load_tasks(dataset) if puzzle.task not in taken]
        taken |= {puzzle.task for puzzle in tests}
        yield from ((puzzle, int(variants)) for puzzle in tests)


def entries(mix: Mapping[str, float]) -> list[TaskRows]:
    """Every task of the datasets in `mix` (dataset → variants of each task), in order of its rows.

    Raises `UserError` for other names and for numbers of variants that are not whole.
    """
    return entries_of(_tests(mix))


def entries_of(tests: Iterable[tuple[ArcPuzzle, int]]) -> list[TaskRows]:
    """One entry for each task of `tests`, which say how many variants their task has."""
    found: dict[str, TaskRows] = {}
    rows = 0
    for puzzle, variants in tests:
        if puzzle.task not in found:
            found[puzzle.task] = TaskRows(puzzle, rows, variants)
            rows += variants
    return list(found.values())


def arc_sources(
    mix: Mapping[str, float], puzzle_ids: int, layout: Layout = "native"
) -> list[ArcSource]:
    """One source for each canvas that is needed, its share in proportion to its examples.

    Raises `UserError` if the model's table does not have exactly the rows that `mix` asks for.
    """
    table = entries(mix)
    rows = table[-1].first_id + table[-1].variants
    if rows != puzzle_ids:
        raise UserError(
            f"the data has {rows} variants of tasks, the model {puzzle_ids} puzzle ids",
            f"Add --set puzzle_ids={rows}.",
        )
    return sources_of(table, layout)


def sources_of(table: Iterable[TaskRows], layout: Layout = "native") -> list[ArcSource]:
    """The demonstrations of all variants, by the canvas that they need; the official layout has
    one for all."""
    sides = CANVASES if layout == "native" else (MAX_SIDE,)
    lanes: dict[int, list[Example]] = defaultdict(list)
    for example in _examples(table):
        lanes[_canvas_side(example.pair, sides)].append(example)
    total = sum(map(len, lanes.values()))
    return [
        ArcSource.of((side, side), lanes[side], len(lanes[side]) / total) for side in sorted(lanes)
    ]


def _examples(table: Iterable[TaskRows]) -> Iterator[Example]:
    for entry in table:
        for number in range(entry.variants):
            redrawn = variant(entry.puzzle.task, number).redraw(entry.puzzle)
            free = free_colours(redrawn)
            for pair in redrawn.demonstrations:
                yield Example(pair, entry.first_id + number, free)


def _canvas_side(pair: Pair, sides: Sequence[int]) -> int:
    """The smallest of `sides` with room for both grids and, up to the largest, their end marks."""
    longest = max(len(side) for grid in (pair.input, pair.output) for side in (grid, grid[0]))
    return next(side for side in sides if side >= min(longest + 1, MAX_SIDE))


def held_out(rng: np.random.Generator, mix: Mapping[str, float], count: int) -> list[ArcPuzzle]:
    """Tests of the tasks in `mix`, at most `count`, none twice."""
    tests = [puzzle for puzzle, _ in _tests(mix)]
    return [tests[index] for index in rng.permutation(len(tests))[:count]]


def identity_ids(mix: Mapping[str, float], puzzles: Sequence[ArcPuzzle]) -> list[int]:
    """The row of the puzzle embedding that stands for each puzzle's task, unchanged."""
    first = {entry.puzzle.task: entry.first_id for entry in entries(mix)}
    return [first[puzzle.task] for puzzle in puzzles]
