"""ARC tasks as training examples: the demonstrations of every task under several symmetries.

The puzzle embedding is all that tells a model the rule of a task. A symmetry changes the rule, so
every variant (a task and a symmetry) has its own row of the table. Test pairs are kept for
evaluation and never trained on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

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
    answer_tokens,
    free_colours,
    of_one_width,
    pair_tokens,
    random_symmetry,
)
from puzzles.contract.tokens import Layout
from puzzles.text.text_grid import DIHEDRAL

CANVASES = (7, 11, 14, 17, 21, 25, MAX_SIDE)
"""Sides of the training canvases. A pair of ARC-AGI-1's training tasks fills 165 of 215 cells on
average; more canvases would save little and make the batches smaller."""

WIDTHS = (0, 4, 6, 8, 1 + COLOURS)
"""Numbers of choices in a batch: the state grows with them."""

RECOLOURED = 0.7
"""Probability that the free colours of a drawn example are permuted."""

IDENTITY = Symmetry(DIHEDRAL[0], tuple(range(COLOURS)))


@dataclass(frozen=True, slots=True)
class TaskRows:
    """A task and its rows of the puzzle embedding: `first_id` is the unchanged task, the other
    `variants` follow it."""

    puzzle: ArcPuzzle
    first_id: int
    variants: int


@dataclass(frozen=True, slots=True)
class Example:
    """A demonstration, the row of the puzzle embedding for its rule, the `free` colours, which can
    be permuted without changing the rule, and for a model with choices the tokens it may have."""

    pair: Pair
    puzzle_id: int
    free: tuple[int, ...] = ()
    choices: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ArcSource:
    """The examples of one canvas size. Within a chunk every example is drawn once before any is
    drawn again, and its `free` colours are usually permuted, which leaves its choices as they are.
    """

    shape: tuple[int, int]
    share: float
    rows: Rows
    free: Sequence[tuple[int, ...]]
    task: str = "arc"

    @classmethod
    def of(cls, shape: tuple[int, int], examples: Sequence[Example], share: float) -> ArcSource:
        """Place the examples on canvases of `shape`; raises `PuzzleError` if one does not fit."""
        drawn = [pair_tokens(example.pair, shape) for example in examples]
        tokens, targets = (np.stack([t.ravel() for t in side]) for side in zip(*drawn, strict=True))
        ids = np.array([example.puzzle_id for example in examples], dtype=np.int64)
        choices = [example.choices for example in examples]
        rules = of_one_width(choices)[:, None] if choices[0] else None
        return cls(shape, share, Rows(tokens, targets, ids, rules), [one.free for one in examples])

    def make(self, rng: np.random.Generator, count: int) -> Rows:
        size = len(self.rows)
        rounds = [rng.permutation(size) for _ in range(-(-count // size))]
        order = np.concatenate(rounds)[:count]
        drawn = self.rows[order]
        palettes = np.tile(np.arange(ArcDomain.spec.size, dtype=np.uint8), (count, 1))
        for palette, index in zip(palettes, order.tolist(), strict=True):
            if rng.random() < RECOLOURED:
                chosen = np.array(self.free[index], dtype=np.intp) + FIRST_COLOUR
                palette[chosen] = rng.permutation(palette[chosen])
        tokens, targets = (
            np.take_along_axis(palettes, side, axis=1) for side in (drawn.tokens, drawn.targets)
        )
        return replace(drawn, tokens=tokens, targets=targets)


def examples_of(task: ArcPuzzle, row: int, *, choices: bool) -> list[Example]:
    """The demonstrations of a task, whose row of the puzzle embedding is `row`. With `choices` a
    free colour is exchanged only for one that the task has."""
    free = free_colours(task)
    tokens: tuple[int, ...] = ()
    if choices:
        tokens = answer_tokens(task)
        free = tuple(colour for colour in free if FIRST_COLOUR + colour in tokens)
    return [Example(pair, row, free, tokens) for pair in task.demonstrations]


def variant(task: str, number: int) -> Symmetry:
    """The symmetry of row `number` of a task, always the same one; 0 is the identity."""
    if number == 0:
        return IDENTITY
    return random_symmetry(np.random.default_rng([*task.encode(), number]))


def _tests(mix: Mapping[str, float]) -> Iterator[tuple[ArcPuzzle, int]]:
    """Every test of the datasets in `mix`, with the number of variants of its task.

    A task in two datasets belongs to the first, because the second may show its test as a
    demonstration.
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
    """Every task of the datasets in `mix` (dataset → variants of each task), in row order.

    Raises `UserError` for an unknown dataset or a number of variants that is not an integer.
    """
    return entries_of(_tests(mix))


def entries_of(tests: Iterable[tuple[ArcPuzzle, int]]) -> list[TaskRows]:
    """One entry for each task of `tests`, which are (test, variants of its task) pairs."""
    found: dict[str, TaskRows] = {}
    rows = 0
    for puzzle, variants in tests:
        if puzzle.task not in found:
            found[puzzle.task] = TaskRows(puzzle, rows, variants)
            rows += variants
    return list(found.values())


def arc_sources(
    mix: Mapping[str, float],
    puzzle_ids: int,
    layout: Layout = "native",
    *,
    choices: bool = False,
) -> list[ArcSource]:
    """One source for each canvas size, its share proportional to its number of examples; with
    `choices` also for each number of them, rounded up.

    Raises `UserError` unless `mix` has exactly `puzzle_ids` variants in all.
    """
    table = entries(mix)
    rows = table[-1].first_id + table[-1].variants
    if rows != puzzle_ids:
        raise UserError(
            f"the data has {rows} variants of tasks, the model {puzzle_ids} puzzle ids",
            f"Add --set puzzle_ids={rows}.",
        )
    return sources_of(table, layout, choices=choices)


def sources_of(
    table: Iterable[TaskRows], layout: Layout = "native", *, choices: bool = False
) -> list[ArcSource]:
    """The demonstrations of all variants as `arc_sources` sorts them; the official layout has a
    single size."""
    sides = CANVASES if layout == "native" else (MAX_SIDE,)
    groups: dict[tuple[int, int], list[Example]] = defaultdict(list)
    for example in _examples(table, choices=choices):
        width = next(most for most in WIDTHS if most >= len(example.choices))
        groups[_canvas_side(example.pair, sides), width].append(example)
    total = sum(map(len, groups.values()))
    return [
        ArcSource.of((side, side), examples, len(examples) / total)
        for (side, _), examples in sorted(groups.items())
    ]


def _examples(table: Iterable[TaskRows], *, choices: bool) -> Iterator[Example]:
    for entry in table:
        for number in range(entry.variants):
            redrawn = variant(entry.puzzle.task, number).redraw(entry.puzzle)
            yield from examples_of(redrawn, entry.first_id + number, choices=choices)


def _canvas_side(pair: Pair, sides: Sequence[int]) -> int:
    """The smallest of `sides` that holds both grids and, except on the largest, their end marks."""
    longest = max(len(side) for grid in (pair.input, pair.output) for side in (grid, grid[0]))
    return next(side for side in sides if side >= min(longest + 1, MAX_SIDE))


def held_out(rng: np.random.Generator, mix: Mapping[str, float], count: int) -> list[ArcPuzzle]:
    """At most `count` different tests of the tasks in `mix`, chosen at random."""
    tests = [puzzle for puzzle, _ in _tests(mix)]
    return [tests[index] for index in rng.permutation(len(tests))[:count]]


def identity_ids(mix: Mapping[str, float], puzzles: Sequence[ArcPuzzle]) -> list[int]:
    """The row of the puzzle embedding for the unchanged task of each puzzle."""
    first = {entry.puzzle.task: entry.first_id for entry in entries(mix)}
    return [first[puzzle.task] for puzzle in puzzles]
