"""One maze at a time in plain Python, because a person who asks for one should not wait ten seconds
for a compiler. `puzzles.maze.bulk` makes the same two kinds for training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from puzzles.contract.tokens import Position, Tokens
from puzzles.errors import PuzzleError
from puzzles.maze.puzzle import (
    FLOOR,
    GOAL,
    START,
    WALL,
    Maze,
    distances_from,
    neighbours,
    rows_of,
    shortest_paths,
)

MAX_TRIES = 20_000
"""Grids drawn before a wanted path length counts as out of reach (chance at 30x30: one in 100)."""


@dataclass(frozen=True, slots=True)
class MazeRecipe:
    """Size, fewest steps from start to goal, and how many of the mazes are spanning trees."""

    side: int
    min_path: int
    trees: float


RECIPES = {
    "small": MazeRecipe(side=9, min_path=10, trees=0.5),
    "medium": MazeRecipe(side=15, min_path=20, trees=0.5),
    "large": MazeRecipe(side=21, min_path=35, trees=0.5),
    "hard": MazeRecipe(side=30, min_path=111, trees=0.0),
    "tree": MazeRecipe(side=30, min_path=111, trees=1.0),
}
"""Levels by name. `hard` has the size and path length of Maze-Hard (Wang et al. 2025)."""


def make(rng: np.random.Generator, recipe: MazeRecipe) -> Maze:
    """A maze of `recipe` with its canonical shortest path.

    Raises `PuzzleError` if the recipe's path length is out of reach.
    """
    for _ in range(MAX_TRIES):
        if rng.random() < recipe.trees:
            tokens = tree(rng, recipe.side, openings=0.05 * rng.random())
        else:
            # among wall densities, paths of 111 steps at 30x30 are most frequent here
            density = rng.uniform(0.34, 0.40)
            walls = rng.random((recipe.side, recipe.side)) < density
            tokens = np.where(walls, WALL, FLOOR).astype(np.uint8)
        if place_ends(rng, tokens, recipe.min_path):
            return Maze(rows_of(tokens), shortest_paths(tokens, limit=1)[0])
    raise PuzzleError(
        f"no {recipe.side}x{recipe.side} maze with a path of at least {recipe.min_path} steps found"
    )


def place_ends(rng: np.random.Generator, tokens: Tokens, min_path: int) -> bool:
    """Write a start and a goal at least `min_path` steps apart; False if there is no such pair.

    The goal is a random floor cell or, when nothing is far enough from it, the cell farthest from
    it; the start is the farther of two random far enough cells.
    """
    floor = np.argwhere(tokens == FLOOR)
    if len(floor) <= min_path:
        return False
    goal = _pick(rng, floor)
    for _ in range(3):
        distances = distances_from(tokens, goal)
        far = np.argwhere(distances >= max(min_path, 1))
        if len(far) > 0:
            start = max(_pick(rng, far), _pick(rng, far), key=lambda cell: int(distances[cell]))
            tokens[goal], tokens[start] = GOAL, START
            return True
        row, column = divmod(int(distances.argmax()), tokens.shape[1])
        goal = (row, column)
    return False


def _pick(rng: np.random.Generator, cells: NDArray[np.intp]) -> Position:
    row, column = cells[rng.integers(len(cells))]
    return int(row), int(column)


def tree(rng: np.random.Generator, side: int, openings: float) -> Tokens:
    """Corridors by depth-first search over every second cell; then a share of walls is opened."""
    rows, columns = _lattice(rng, side), _lattice(rng, side)
    shape = (len(rows), len(columns))
    tokens = np.full((side, side), WALL, dtype=np.uint8)

    def carve(here: Position, there: Position) -> None:
        (top, left), (bottom, right) = sorted((here, there))
        tokens[rows[top] : rows[bottom] + 1, columns[left] : columns[right] + 1] = FLOOR

    begin = (int(rng.integers(shape[0])), int(rng.integers(shape[1])))
    trail, visited = [begin], {begin}
    while trail:
        fresh = [cell for cell in neighbours(trail[-1], shape) if cell not in visited]
        if not fresh:
            trail.pop()
            continue
        cell = fresh[rng.integers(len(fresh))]
        carve(trail[-1], cell)
        visited.add(cell)
        trail.append(cell)
    for here in sorted(visited):
        for there in neighbours(here, shape):
            if here < there and rng.random() < openings:
                carve(here, there)
    return tokens


def _lattice(rng: np.random.Generator, side: int) -> list[int]:
    """Every second coordinate up to the far edge or the one before; one gap is wider if it must."""
    first, last = int(rng.integers(2)), side - 1 - int(rng.integers(2))
    nodes = (last - first) // 2 + 1
    wider = int(rng.integers(1, nodes)) if (last - first) % 2 else nodes
    return [first + 2 * i + (i >= wider) for i in range(nodes)]
