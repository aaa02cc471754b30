"""Builds Sudoku and maze data sets in the published layout, from files or from our generators.

The recipes are the published ones: the first puzzle of a group is the original, the rest are copies
of it by random symmetries (Sudoku: as many as asked) or by the other seven of the square (maze).
The test split is never augmented. Everything is drawn from the seed and nothing from the machine.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hrm.data.csv import read_maze_file, sudoku_blocks, sudoku_lines
from hrm.data.files import first_copies
from hrm.data.generated import MazeSource, sudoku_source
from hrm.data.layout import BLANK
from hrm.data.rows import Bytes
from hrm.data.writer import SetWriter, new_folder, write_identifiers
from hrm.errors import PuzzleFileError, UserError
from puzzles import domain
from puzzles.base import BoolGrid
from puzzles.maze.domain import MazeDomain
from puzzles.maze.puzzle import WALL
from puzzles.sudoku.bulk import symmetric_copies
from puzzles.text_grid import DIHEDRAL

BLOCK = 4096
"""Puzzles that are generated together."""

ROWS = 32_768
"""About the most rows in memory at a time."""

TEST_SHARE = 0.05
"""Of a file's puzzles, where there is no file of tests and no number is given."""

GENERATED_TESTS = 1000

_TRAINING, _TEST, _COPIES, _CHOICE = range(4)
"""What the second number of a generator's seed stands for."""

Pairs = tuple[Bytes, Bytes]
"""(n, cells) tokens and targets."""


@dataclass(frozen=True, slots=True)
class Building:
    """How far a build is: puzzles with all of their copies, of a split's total."""

    split: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRecipe:
    """What to build.

    training     file of puzzles; None: generated
    testing      file of test puzzles; None: some of the training file's, which are then left out;
                 what stands there more than once counts once
    count        generated puzzles; of a file at most so many are taken, 0: all
    tests        test puzzles at most; None: all of a file of tests, else a default share
    augment      copies beside each original; of a maze 7 or none
    min_rating   least rating of a file's Sudokus
    mix          kinds of generated Sudokus and their weights
    size         side of generated mazes
    """

    seed: int = 0
    training: Path | None = None
    testing: Path | None = None
    count: int = 0
    tests: int | None = None
    augment: int = 0
    min_rating: float | None = None
    mix: Mapping[str, float] = field(default_factory=lambda: {"eased": 0.7, "minimal": 0.3})
    size: int = 30


@dataclass(frozen=True, slots=True)
class _Puzzles:
    """Originals of one split: how many there will be, and blocks of their rows."""

    count: int
    blocks: Iterator[Pairs]


def build(task: str, out: Path, recipe: BuildRecipe) -> Generator[Building, None, None]:
    """Write the data set of a recipe to the new folder `out`; closing the iterator leaves nothing.

    Raises `UserError` where that cannot be done.
    """
    make = {"sudoku": _sudokus, "maze": _mazes}[task]
    with new_folder(out) as folder:
        training, tests = make(recipe)
        writers = []
        for split, puzzles, augment in (("train", training, recipe.augment), ("test", tests, 0)):
            done = 0
            cells, blocks = _peeked(puzzles.blocks, task)
            with SetWriter(folder, split, cells) as writer:
                for block in blocks:
                    for tokens, targets in _with_copies(task, block, augment, recipe.seed, done):
                        originals = len(tokens) // (augment + 1)
                        writer.append(
                            tokens,
                            targets,
                            rows=np.ones(len(tokens), int),
                            puzzles=np.full(originals, augment + 1),
                        )
                        done += originals
                        yield Building(split, done, puzzles.count)
            writers.append(writer)
        for writer in writers:
            writer.finish(domain(task).spec.size)
        write_identifiers(folder, [BLANK])


def _peeked(blocks: Iterator[Pairs], task: str) -> tuple[int, Iterator[Pairs]]:
    """Cells of the rows, found out by taking the first block, and all blocks."""
    first = next(blocks, None)
    if first is None:
        height, width = domain(task).spec.official
        return height * width, iter(())

    def again() -> Iterator[Pairs]:
        yield first
        yield from blocks

    return first[0].shape[1], again()


def _with_copies(task: str, block: Pairs, augment: int, seed: int, first: int) -> Iterator[Pairs]:
    """Originals, each followed by its copies; `first` is the number of the first one."""
    if not augment:
        yield block
        return
    step = max(1, ROWS // (augment + 1))
    for start in range(0, len(block[0]), step):
        tokens, targets = (side[start : start + step] for side in block)
        if task == "sudoku":
            rng = np.random.default_rng([seed, _COPIES, first + start])
            yield _sudoku_copies(rng, tokens, targets, augment)
        else:
            yield _maze_copies(tokens), _maze_copies(targets)


def _sudoku_copies(rng: np.random.Generator, tokens: Bytes, targets: Bytes, augment: int) -> Pairs:
    tokens, targets = (np.repeat(side, augment + 1, axis=0) for side in (tokens, targets))
    copies = np.arange(len(tokens)) % (augment + 1) > 0
    givens, solutions = symmetric_copies(rng, tokens[copies] - 1, targets[copies] - 1)
    tokens[copies], targets[copies] = givens + 1, solutions + 1
    return tokens, targets


def _maze_copies(rows: Bytes) -> Bytes:
    """(n, cells) to (8 n, cells), the eight of each maze together."""
    side = math.isqrt(rows.shape[1])
    cells = np.arange(side * side).reshape(side, side)
    moved = np.stack([symmetry.apply(cells).ravel() for symmetry in DIHEDRAL])
    copies: Bytes = rows[:, moved].reshape(-1, side * side)
    return copies


def _sudokus(recipe: BuildRecipe) -> tuple[_Puzzles, _Puzzles]:
    if recipe.training is None:
        count, tests = recipe.count, _tests_or(recipe, GENERATED_TESTS)
        return (
            _Puzzles(count, _generated_sudokus(recipe, count, _TRAINING)),
            _Puzzles(tests, _generated_sudokus(recipe, tests, _TEST)),
        )
    lines = sudoku_lines(recipe.training, recipe.min_rating, distinct=recipe.testing is None)
    if len(lines) == 0:
        rated = "" if recipe.min_rating is None else f" rated at least {recipe.min_rating:g}"
        raise PuzzleFileError(f"{recipe.training} has no puzzle{rated}", "Give another --source.")
    rng = np.random.default_rng([recipe.seed, _CHOICE])
    if recipe.testing is None:
        kept, held = _chosen(rng, lines, recipe, round(TEST_SHARE * len(lines)))
        return _of_lines(recipe.training, kept), _of_lines(recipe.training, held)
    others = sudoku_lines(recipe.testing, recipe.min_rating)
    held = np.sort(rng.permutation(others)[: _tests_or(recipe, len(others))])
    kept = np.sort(rng.permutation(lines)[: recipe.count or None])
    return _of_lines(recipe.training, kept), _of_lines(recipe.testing, held)


def _tests_or(recipe: BuildRecipe, default: int) -> int:
    return default if recipe.tests is None else recipe.tests


def _chosen(
    rng: np.random.Generator, candidates: NDArray[np.int64], recipe: BuildRecipe, tests: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Those to train on and those to test with, disjoint, both in order."""
    order = rng.permutation(candidates)
    held, kept = np.split(order, [_tests_or(recipe, tests)])
    if len(kept) == 0:
        raise UserError(
            f"{recipe.training} has {len(order)} puzzles, too few for {len(held)} tests",
            "Ask for fewer with --test.",
        )
    return np.sort(kept[: recipe.count or None]), np.sort(held)


def _generated_sudokus(recipe: BuildRecipe, count: int, part: int) -> Iterator[Pairs]:
    source = sudoku_source(recipe.mix)
    for first in range(0, count, BLOCK):
        rng = np.random.default_rng([recipe.seed, part, first])
        rows = source.make(rng, min(BLOCK, count - first))
        yield rows.tokens, rows.targets


def _of_lines(path: Path, lines: NDArray[np.int64]) -> _Puzzles:
    wanted: BoolGrid = np.zeros(int(lines.max(initial=0)) + 1, np.bool_)
    wanted[lines] = True
    pairs = ((givens + 1, solutions + 1) for givens, solutions in sudoku_blocks(path, wanted))
    return _Puzzles(len(lines), pairs)


def _mazes(recipe: BuildRecipe) -> tuple[_Puzzles, _Puzzles]:
    if recipe.augment not in (0, 7):
        raise UserError("a maze has 8 symmetric copies, itself included", "Give --augment 8 or 1.")
    if recipe.training is None:
        count, tests = recipe.count, _tests_or(recipe, GENERATED_TESTS)
        return (
            _Puzzles(count, _generated_mazes(recipe, count, _TRAINING)),
            _Puzzles(tests, _generated_mazes(recipe, tests, _TEST)),
        )
    rows = _maze_rows(recipe.training)
    rng = np.random.default_rng([recipe.seed, _CHOICE])
    if recipe.testing is None:
        # turned and mirrored mazes are one, as for `hrm train --data`
        alike = first_copies((math.isqrt(rows[0].shape[1]),) * 2)
        _, first = np.unique(alike(rows[0]), axis=0, return_index=True)
        rows = rows[0][np.sort(first)], rows[1][np.sort(first)]
        both = _chosen(rng, np.arange(len(rows[0])), recipe, round(TEST_SHARE * len(rows[0])))
        kept, held = ((rows[0][part], rows[1][part]) for part in both)
    else:
        others = _maze_rows(recipe.testing)
        chosen = np.sort(rng.permutation(len(rows[0]))[: recipe.count or None])
        kept = rows[0][chosen], rows[1][chosen]
        chosen = np.sort(rng.permutation(len(others[0]))[: _tests_or(recipe, len(others[0]))])
        held = others[0][chosen], others[1][chosen]
    return _Puzzles(len(kept[0]), iter([kept])), _Puzzles(len(held[0]), iter([held]))


def _generated_mazes(recipe: BuildRecipe, count: int, part: int) -> Iterator[Pairs]:
    source = MazeSource(recipe.size, 1.0)
    step = max(1, BLOCK * 81 // recipe.size**2)
    for first in range(0, count, step):
        rng = np.random.default_rng([recipe.seed, part, first])
        rows = source.make(rng, min(step, count - first))
        # the published data scores walls, too
        yield rows.tokens, np.where(rows.tokens == WALL, np.uint8(WALL), rows.targets)


def _maze_rows(path: Path) -> Pairs:
    mazes = read_maze_file(path)
    shapes = {maze.shape for maze in mazes}
    if len({side for shape in shapes for side in shape}) != 1:
        raise PuzzleFileError(
            f"{path} has mazes that are not square, or of several sizes",
            "A data set has square mazes of one size; `hrm train --data` takes any.",
        )
    task, targets = MazeDomain(), []
    for maze in mazes:
        target = task.target(maze, "native")
        assert target is not None  # a maze without a path is refused by its parser
        targets.append(np.where(maze.tokens() == WALL, np.uint8(WALL), target).ravel())
    return np.stack([maze.tokens().ravel() for maze in mazes]), np.stack(targets)
