"""The order in which a data set's rows are drawn, and what is done to them on the way."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from pathlib import Path

import numpy as np
import published
import pytest
from numpy.typing import NDArray

from hrm.data.epochs import (
    EpochOrder,
    SetSource,
    cut_grid,
    epoch,
    translate,
)
from hrm.data.layout import Examples, read_split
from hrm.data.rows import OrderedSource, Rows, Stream
from hrm.errors import PuzzleFileError
from puzzles import domain
from puzzles.arc.puzzle import as_grid, grid_tokens
from puzzles.contract.tokens import IGNORE
from puzzles.maze.domain import MazeDomain
from puzzles.maze.puzzle import Maze, rows_of
from puzzles.sudoku.bulk import minimal_puzzles
from puzzles.sudoku.solver import solve
from puzzles.training import Pairs

SIZES = [[2, 1], [3], [1, 1, 4]]
"""Examples of each puzzle of each group."""


@pytest.fixture
def examples(tmp_path: Path) -> Examples:
    """The first cell of a row is its number, the second its puzzle's."""
    groups, row, puzzle = [], 0, 0
    for sizes in SIZES:
        group = []
        for size in sizes:
            tokens = np.array([[row + i, puzzle] + [0] * 79 for i in range(size)], np.uint8) % 11
            group.append((tokens, tokens, puzzle))
            row, puzzle = row + size, puzzle + 1
        groups.append(group)
    published.write_split(tmp_path, "train", groups, vocabulary=11, cells=81, identifiers=6)
    return read_split(tmp_path, "train").sets[0]


def source(examples: Examples) -> SetSource:
    return SetSource(domain("sudoku"), (9, 9), 1.0, examples, ids=True)


def test_an_epoch_shows_all_of_one_puzzle_of_every_group(examples: Examples) -> None:
    seen: Counter[int] = Counter()
    for number in range(40):
        rows, puzzles = epoch(examples, (3, 0), number)
        groups = np.searchsorted(examples.group_starts, puzzles, side="right") - 1
        runs = [int(group) for i, group in enumerate(groups) if i == 0 or groups[i - 1] != group]
        assert sorted(runs) == [0, 1, 2]
        for puzzle in set(puzzles.tolist()):
            first, end = examples.puzzle_starts[puzzle : puzzle + 2].tolist()
            assert sorted(rows[puzzles == puzzle].tolist()) == list(range(first, end))
        seen.update(set(puzzles.tolist()))
    assert set(seen) == set(range(6))
    assert seen[2] == 40
    assert seen[0] + seen[1] == 40


def test_groups_and_the_rows_of_a_puzzle_come_in_every_order(examples: Examples) -> None:
    groups, rows_of_third = set(), set()
    for number in range(120):
        rows, puzzles = epoch(examples, (3, 0), number)
        of = (np.searchsorted(examples.group_starts, puzzles, side="right") - 1).tolist()
        groups.add(tuple(dict.fromkeys(of)))
        rows_of_third.add(tuple(rows[puzzles == 2].tolist()))
    assert groups == set(permutations(range(3)))
    assert rows_of_third == set(permutations(range(3, 6)))


def test_an_order_can_be_entered_anywhere(examples: Examples) -> None:
    whole = np.concatenate([epoch(examples, (1, 2), number)[0] for number in range(30)])
    order = EpochOrder(examples, (1, 2))
    for start, count in ((0, 50), (7, 13), (90, 30), (2, 1), (55, 64)):
        assert order.take(start, count)[0].tolist() == whole[start : start + count].tolist()
        fresh = EpochOrder(examples, (1, 2))
        assert fresh.take(start, count)[0].tolist() == whole[start : start + count].tolist()


def test_a_stream_resumes_from_its_position(examples: Examples) -> None:
    assert isinstance(source(examples), OrderedSource)
    whole = Stream(source(examples), (5, 0), 0, 7).take(60)
    part = Stream(source(examples), (5, 0), 33, 7).take(27)
    assert np.array_equal(whole.tokens[33:], part.tokens)
    assert whole.puzzle_ids is not None
    assert whole.puzzle_ids.tolist() == whole.tokens[:, 1].tolist()
    rows, _ = EpochOrder(examples, (5, 0)).take(0, 60)
    assert whole.tokens[:, 0].tolist() == (rows % 11).tolist()


def test_seeds_differ(examples: Examples) -> None:
    drawn = [source(examples).chunk((seed, 0), 0, 40).tokens for seed in (0, 1, 0)]
    assert not np.array_equal(drawn[0], drawn[1])
    assert np.array_equal(drawn[0], drawn[2])


def test_tokens_out_of_range_are_named(tmp_path: Path) -> None:
    wrong = np.full((1, 81), 11, np.uint8)
    published.write_split(tmp_path, "train", [[(wrong, wrong, 0)]], vocabulary=11, cells=81)
    (examples,) = read_split(tmp_path, "train").sets
    with pytest.raises(PuzzleFileError, match="row 0 holds no token of sudoku"):
        source(examples).make(np.random.default_rng(0), 4)


def test_another_ignored_label_becomes_ours(tmp_path: Path) -> None:
    tokens = np.full((1, 81), 5, np.int16)
    labels = np.where(np.arange(81) < 40, -100, tokens).astype(np.int16)
    published.write_split(
        tmp_path,
        "train",
        [[(tokens, labels, 0)]],
        vocabulary=11,
        cells=81,
        dtype=np.int16,
        ignore_label_id=-100,
    )
    split = read_split(tmp_path, "train")
    made = SetSource(
        domain("sudoku"), (9, 9), 1.0, split.sets[0], ids=False, ignored=split.meta.ignore_label_id
    ).make(np.random.default_rng(0), 3)
    assert made.targets.dtype == np.uint8
    assert (made.targets[:, :40] == IGNORE).all()
    assert (made.targets[:, 40:] == 5).all()
    assert made.puzzle_ids is None


def test_redrawn_sudokus_are_sudokus() -> None:
    givens, solutions = minimal_puzzles(np.random.default_rng(0), 3)
    pairs = Pairs(givens + 1, solutions + 1)
    copies = domain("sudoku").training().redraw(np.random.default_rng(1), pairs, (9, 9))
    assert not np.array_equal(copies.tokens, givens + 1)
    for tokens, targets in zip(copies.tokens, copies.targets, strict=True):
        assert solve(tuple((tokens - 1).tolist())) == [tuple((targets - 1).tolist())]


@pytest.mark.parametrize(
    ("rows", "copies"), [(("S# ", "   ", "  G"), 8), (("S # ", " #  ", "   G"), 4)]
)
def test_redrawn_mazes_are_mazes(rows: tuple[str, ...], copies: int) -> None:
    kind = MazeDomain()
    maze = Maze(rows)
    target = kind.target(maze, "native")
    assert target is not None
    many = Pairs(*(np.repeat(grid.reshape(1, -1), 200, 0) for grid in (maze.tokens(), target)))
    drawn = kind.training().redraw(np.random.default_rng(0), many, maze.shape)
    looks = set()
    for tokens, marks in zip(drawn.tokens, drawn.targets, strict=True):
        copy = Maze(rows_of(tokens.reshape(maze.shape)))
        answer = kind.decode(marks.reshape(maze.shape), copy, "native")
        assert kind.check(copy, answer).solved
        looks.add(copy)
    assert len(looks) == copies


def grid(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 10, (height, width)).astype(np.uint8)


@pytest.mark.parametrize("shapes", [((3, 4), (5, 2)), ((30, 30), (1, 1)), ((29, 30), (30, 29))])
def test_translated_grids_move_together(shapes: tuple[tuple[int, int], tuple[int, int]]) -> None:
    pair = [grid(*shape, seed) for seed, shape in enumerate(shapes)]
    canvases = [grid_tokens(as_grid(each), (30, 30)).reshape(1, -1) for each in pair]
    many = [np.repeat(canvas, 40, axis=0) for canvas in canvases]
    drawn = translate(np.random.default_rng(0), many[0], many[1])
    corners = set()
    for sides in zip(*drawn, strict=True):
        places = []
        for tokens, original in zip(sides, pair, strict=True):
            assert np.array_equal(cut_grid(tokens), original + 2)
            canvas = tokens.reshape(30, 30)
            top, left = (int(index.min()) for index in np.nonzero(canvas >= 2))
            places.append((top, left))
            inner = canvas[top:, left:]
            wanted = grid_tokens(as_grid(original), (inner.shape[0], inner.shape[1]))
            assert np.array_equal(inner, wanted)
            assert not canvas[:top].any()
            assert not canvas[:, :left].any()
        assert places[0] == places[1]
        corners.add(places[0])
    room = [31 - max(side) for side in zip(*shapes, strict=True)]
    assert 1 <= len(corners) <= room[0] * room[1]
    assert len(corners) > 20 or room[0] * room[1] == 1
    back = translate(np.random.default_rng(1), drawn[0], drawn[1])  # wherever they were
    assert np.array_equal(cut_grid(back[0][0]), pair[0] + 2)


def test_rows_are_a_plain_batch(examples: Examples) -> None:
    made = source(examples).make(np.random.default_rng(0), 25)
    assert isinstance(made, Rows)
    assert len(made) == 25
