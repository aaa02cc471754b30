"""A user's own puzzles as training data, without building a data set first.

Sudokus and mazes come from a file; a twentieth of them is kept out of training for evaluation, the
same one whatever the order of the file. ARC tasks come from a folder; their tests are never trained
on. Every Sudoku or maze that is drawn is a new symmetric copy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from hrm.data.csv import read_maze_file, sudoku_blocks
from hrm.data.epochs import SetSource, redraw_mazes, redraw_sudokus, symmetric_cells
from hrm.data.layout import Examples
from hrm.data.rows import Bytes
from hrm.errors import PuzzleFileError
from puzzles.arc.formats import MAX_FILES, is_task_file, read_file
from puzzles.arc.puzzle import ArcPuzzle
from puzzles.base import PuzzleError
from puzzles.maze.domain import MazeDomain
from puzzles.maze.puzzle import Maze
from puzzles.sudoku.puzzle import Sudoku

HELD_OUT = 0.05
"""Share of a file's puzzles that is not trained on."""

_SEED = 20_250_626


@dataclass(frozen=True, slots=True, eq=False)
class PuzzleSplit:
    """Different puzzles of one canvas: (n, cells) tokens and targets, those for training and those
    held out."""

    shape: tuple[int, int]
    training: tuple[Bytes, Bytes]
    held_out: tuple[Bytes, Bytes]


def own_sources(task: str, path: Path, *, ids: bool) -> list[SetSource]:
    """One source a canvas; raises `PuzzleFileError`."""
    piles = _piles(task, path)
    total = sum(len(pile.training[0]) for pile in piles)
    return [
        SetSource(
            task,
            pile.shape,
            len(pile.training[0]) / total,
            Examples.single(*pile.training, str(path)),
            ids=ids,
            redraw=redraw_sudokus if task == "sudoku" else redraw_mazes(pile.shape),
        )
        for pile in piles
    ]


def own_held_out(task: str, path: Path, count: int, rng: np.random.Generator) -> list[Any]:
    """At most `count` puzzles that `own_sources` never shows, mazes also not turned or mirrored."""
    found = [
        puzzle_of(task, *row, pile.shape)
        for pile in _piles(task, path)
        for row in zip(*pile.held_out, strict=True)
    ]
    return [found[index] for index in rng.permutation(len(found))[:count]]


def puzzle_of(task: str, tokens: Bytes, target: Bytes, shape: tuple[int, int]) -> Sudoku | Maze:
    """The puzzle with its answer that one row holds; raises `PuzzleError` if that is none."""
    if task == "sudoku":
        if (tokens == 0).any() or (target == 0).any():
            raise PuzzleError("the row has padding inside a Sudoku")
        return Sudoku(tuple((tokens - 1).tolist()), tuple((target - 1).tolist()))
    symbols = "".join(MazeDomain.spec.glyphs)
    drawn = np.where(target == symbols.index("o"), target, tokens).reshape(shape)
    lines = ("".join(symbols[token] for token in row) for row in drawn.tolist())
    return MazeDomain().parse("\n".join(lines))[0]


def _piles(task: str, path: Path) -> Sequence[PuzzleSplit]:
    try:
        status = path.stat()
    except OSError as error:
        raise PuzzleFileError(f"{path} cannot be read ({error.strerror})") from error
    return _read(task, path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _read(task: str, path: Path, changed: int, size: int) -> Sequence[PuzzleSplit]:
    """Once for training and evaluation; `changed` and `size` tell one state of the file."""
    if task == "sudoku":
        blocks = list(sudoku_blocks(path))
        if not blocks:
            raise PuzzleFileError(f"{path} holds no puzzle", "It has a line for each puzzle.")
        tokens, targets = (np.concatenate(side) + np.uint8(1) for side in zip(*blocks, strict=True))
        return [_split(path, (9, 9), lambda rows: rows, tokens, targets)]
    domain = MazeDomain()
    rows: dict[tuple[int, int], list[tuple[Bytes, Bytes]]] = defaultdict(list)
    for maze in read_maze_file(path):
        target = domain.target(maze, "native")
        assert target is not None  # a maze without a path is refused by its parser
        rows[maze.shape].append((maze.tokens().ravel(), target.ravel()))
    if not rows:
        raise PuzzleFileError(f"{path} holds no maze")
    return [
        _split(path, shape, first_copies(shape), *map(np.stack, zip(*rows[shape], strict=True)))
        for shape in sorted(rows)
    ]


def first_copies(shape: tuple[int, int]) -> Callable[[Bytes], Bytes]:
    """A function from mazes (n, cells) to the first of the symmetric copies of each."""
    moved = symmetric_cells(shape)
    return lambda rows: np.stack([min(row[moved], key=lambda copy: copy.tobytes()) for row in rows])


def _split(
    path: Path,
    shape: tuple[int, int],
    alike: Callable[[Bytes], Bytes],
    tokens: Bytes,
    targets: Bytes,
) -> PuzzleSplit:
    """Sorted, without repetitions, then cut by a fixed permutation. Two puzzles count as one where
    `alike` makes the same of them."""
    order = np.lexsort(tokens.T[::-1])  # so that nothing hangs on the order of the file
    tokens, targets = tokens[order], targets[order]
    _, first = np.unique(alike(tokens), axis=0, return_index=True)
    tokens, targets = tokens[first], targets[first]
    count = len(tokens)
    if count < 2:
        raise PuzzleFileError(
            f"{path} has only one puzzle of {shape[0]}x{shape[1]}",
            "Training needs two: one to learn from and one to be evaluated with.",
        )
    order = np.random.default_rng(_SEED).permutation(count)
    held, kept = np.split(order, [max(1, round(HELD_OUT * count))])
    return PuzzleSplit(shape, (tokens[kept], targets[kept]), (tokens[held], targets[held]))


def read_arc(path: Path) -> list[tuple[ArcPuzzle, bool]]:
    """Tests of the ARC tasks in a JSON file or in a folder and the folders in it, by task id, and
    whether they lie in a folder called evaluation.

    A task that is there twice counts once; two tasks with one id are refused (`PuzzleFileError`).
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
