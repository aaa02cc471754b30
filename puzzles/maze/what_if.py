"""What-ifs of mazes: a wall on one more cell.

Every other wall is on a cell of which the model cannot say whether the path takes it. The others
are spread along its path: a model that is sure of a wrong answer has found a way that is longer
than the shortest one, and a wall on the part that is too long leads it to the shorter way. A wall
that would cut off the goal is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

import numpy as np

from puzzles.contract.protocol import Hypothesis
from puzzles.contract.tokens import FloatGrid, Position, Tokens
from puzzles.maze.puzzle import FLOOR, GOAL, START, UNREACHED, WALL, Maze, distances_from, only

_CERTAIN = 0.01
"""Cells whose probability is this close to 0 or 1 are not in doubt."""


def walls(maze: Maze, likely: FloatGrid) -> Iterator[Hypothesis[Maze]]:
    """The maze with a wall on a floor cell, a cell at a time; `likely` is the probability of each
    cell that the path takes it."""
    tokens = maze.tokens()
    for pair in zip_longest(_along_path(tokens, likely), _in_doubt(tokens, likely)):
        for row, column in filter(None, pair):
            line = maze.rows[row]
            blocked = f"{line[:column]}#{line[column + 1 :]}"
            rows = (*maze.rows[:row], blocked, *maze.rows[row + 1 :])
            text = f"r{row + 1}c{column + 1} is a wall"
            yield Hypothesis(text, replace(maze, rows=rows, path=None))


def _cuts(tokens: Tokens, cell: Position) -> bool:
    """Whether a wall on the cell cuts off the goal."""
    walled = tokens.copy()
    walled[cell] = WALL
    return bool(distances_from(walled, only(tokens, GOAL))[only(tokens, START)] == UNREACHED)


def _along_path(tokens: Tokens, likely: FloatGrid) -> Iterator[Position]:
    """Cells of the path, each as far as possible from the ends and from those before it; no two of
    them are neighbours."""
    cells = np.argwhere((likely > 0.5) & (tokens == FLOOR))
    nearest = np.full(len(cells), np.inf)

    def keep_away(row: int, column: int) -> None:
        np.minimum(nearest, np.abs(cells - (row, column)).sum(axis=1), out=nearest)

    for row, column in np.argwhere((tokens == START) | (tokens == GOAL)).tolist():
        keep_away(row, column)
    while nearest.max(initial=0) > 1:
        farthest = nearest.argmax()
        row, column = cells[farthest].tolist()
        if _cuts(tokens, (row, column)):
            nearest[farthest] = 0
        else:
            yield row, column
            keep_away(row, column)


def _in_doubt(tokens: Tokens, likely: FloatGrid) -> Iterator[Position]:
    """Cells in doubt, the most doubtful first; no two of them touch."""
    doubt = np.where(tokens == FLOOR, 0.5 - np.abs(likely - 0.5), 0.0)
    while doubt.max() > _CERTAIN:
        row, column = divmod(int(doubt.argmax()), doubt.shape[1])
        if _cuts(tokens, (row, column)):
            doubt[row, column] = 0.0
        else:
            doubt[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = 0.0
            yield row, column
