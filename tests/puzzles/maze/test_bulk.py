"""The compiled generators agree with the plain rules, on every size, and repeat from a seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from puzzles.contract.tokens import IGNORE, Answer, Tokens
from puzzles.errors import PuzzleError
from puzzles.maze.bulk import likeliest_paths, random_mazes, tree_mazes
from puzzles.maze.kernels import distances_to
from puzzles.maze.puzzle import (
    FLOOR,
    GOAL,
    PATH,
    START,
    STEPS,
    WALL,
    distances_from,
    mask_of,
    only,
    shortest_paths,
)
from puzzles.maze.rules import judge

Generator = Callable[[np.random.Generator, int, int, int, int | None], tuple[Tokens, Tokens]]


def trees(
    rng: np.random.Generator, count: int, height: int, width: int, min_path: int | None
) -> tuple[Tokens, Tokens]:
    return tree_mazes(rng, count, height, width, 0.1, min_path=min_path)


GENERATORS: list[Generator] = [random_mazes, trees]
SIZES = [(5, 5), (5, 40), (6, 6), (9, 14), (15, 15), (21, 8), (30, 30), (40, 40)]


@pytest.mark.parametrize("make", GENERATORS)
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_targets_are_the_canonical_paths(make: Generator, height: int, width: int) -> None:
    tokens, targets = make(np.random.default_rng(1), 12, height, width, None)
    assert tokens.shape == targets.shape == (12, height, width)
    assert tokens.dtype == targets.dtype == np.uint8
    for maze, target in zip(tokens, targets, strict=True):
        assert set(np.unique(maze)) <= {WALL, FLOOR, START, GOAL}
        assert [(maze == token).sum() for token in (START, GOAL)] == [1, 1]
        path: Answer = mask_of(shortest_paths(maze, limit=1)[0], (height, width))
        expected = np.where(path == 1, PATH, np.where(maze == WALL, 0, maze))
        assert np.array_equal(target, expected)


def test_compiled_and_plain_searches_agree() -> None:
    tokens, _ = random_mazes(np.random.default_rng(2), 30, 17, 23)
    distances = np.empty((17, 23), dtype=np.int32)
    for maze in tokens:
        row, column = only(maze, GOAL)
        reached = distances_to(maze, row, column, distances)
        plain = distances_from(maze, (row, column))
        assert np.array_equal(distances, plain)
        assert reached == (plain >= 0).sum()


@pytest.mark.parametrize("make", GENERATORS)
def test_the_same_seed_gives_the_same_mazes(make: Generator) -> None:
    first, again, other = (make(np.random.default_rng(seed), 8, 11, 12, None) for seed in (5, 5, 6))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])
    assert len({maze.tobytes() for maze in first[0]}) == 8


@pytest.mark.parametrize("make", GENERATORS)
@pytest.mark.parametrize(("side", "min_path"), [(9, 12), (15, 30), (30, 111)])
def test_paths_are_as_long_as_asked(make: Generator, side: int, min_path: int) -> None:
    _, targets = make(np.random.default_rng(3), 10, side, side, min_path)
    steps = (targets == PATH).sum(axis=(1, 2)) + 1
    assert (steps >= min_path).all()
    assert len(set(steps.tolist())) > 1


@pytest.mark.parametrize("make", GENERATORS)
def test_impossible_lengths_are_refused(make: Generator) -> None:
    with pytest.raises(PuzzleError, match="at least 25 steps"):
        make(np.random.default_rng(0), 1, 5, 5, 25)


def test_without_openings_a_maze_is_a_tree() -> None:
    tokens, _ = tree_mazes(np.random.default_rng(4), 20, 14, 21, 0.0)
    for maze in tokens:
        floor = maze != WALL
        joints = (floor[1:] & floor[:-1]).sum() + (floor[:, 1:] & floor[:, :-1]).sum()
        assert joints == floor.sum() - 1
        assert (distances_from(maze, only(maze, GOAL)) >= 0).sum() == floor.sum()
    opened, _ = tree_mazes(np.random.default_rng(4), 20, 14, 21, 0.3)
    assert (opened != WALL).sum() > (tokens != WALL).sum()


def test_random_walls_lie_around_the_percolation_threshold() -> None:
    tokens, _ = random_mazes(np.random.default_rng(5), 200, 20, 20)
    density = (tokens == WALL).mean(axis=(1, 2))
    assert 0.33 < density.mean() < 0.39
    assert density.std() > 0.02


def every_shortest_path(grid: Tokens) -> list[list[tuple[int, int]]]:
    """By recursion, without start and goal."""
    far = distances_from(grid, only(grid, GOAL))

    def onward(cell: tuple[int, int]) -> list[list[tuple[int, int]]]:
        if far[cell] == 1:
            return [[]]
        found = []
        for down, right in STEPS:
            y, x = cell[0] + down, cell[1] + right
            inside = 0 <= y < grid.shape[0] and 0 <= x < grid.shape[1]
            if inside and far[y, x] == far[cell] - 1:
                found += [[(y, x), *rest] for rest in onward((y, x))]
        return found

    return onward(only(grid, START))


def test_the_likeliest_path_is_the_best_of_all_shortest_paths() -> None:
    rng = np.random.default_rng(5)
    tokens, _ = random_mazes(rng, 60, 6, 5)
    scores = rng.integers(-3, 4, tokens.shape).astype(np.float32)
    found = likeliest_paths(tokens, scores)
    several = 0
    for grid, score, answer in zip(tokens, scores, found, strict=True):
        paths = every_shortest_path(grid)
        marked = answer == PATH
        assert judge(grid, marked.astype(np.uint8)).solved
        assert score[marked].sum() == max(sum(score[cell] for cell in path) for path in paths)
        assert (answer[~marked] == grid[~marked]).all()
        several += len(paths) > 1
    assert several > 10


def test_of_equally_likely_paths_the_canonical_one_is_taken() -> None:
    tokens, targets = random_mazes(np.random.default_rng(6), 40, 8, 8)
    found = likeliest_paths(tokens, np.zeros(tokens.shape, np.float32))
    np.testing.assert_array_equal(np.where(tokens == WALL, IGNORE, found), targets)
