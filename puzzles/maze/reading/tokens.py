"""From the tokens of a drawing to a maze: start and goal, whether they are joined, and the path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from puzzles.contract.tokens import Answer, Position, Tokens
from puzzles.errors import PuzzleError
from puzzles.maze.puzzle import (
    FLOOR,
    GOAL,
    PATH,
    START,
    UNREACHED,
    WALL,
    Maze,
    distances_from,
    neighbours,
    only,
    rows_of,
)
from puzzles.maze.reading.drawings import Row
from puzzles.maze.reading.pieces import LEGEND
from puzzles.maze.rules import is_path, judge

PARTED = "write one row a line and floor as '.'; an empty line ends a maze"

SIDE_BY_SIDE = (
    "these may be mazes side by side: write one below the other, with an empty line between"
)

_UNMARKED = "mark one cell S and one G; " + PARTED


def joins(tokens: Tokens) -> bool:
    """Whether the marked cells are a path from the one start to the one goal."""
    if (tokens == START).sum() != 1 or (tokens == GOAL).sum() != 1:
        return False
    return is_path(np.where(tokens == PATH, FLOOR, tokens), (tokens == PATH).astype(np.uint8))


def with_openings(tokens: Tokens) -> Tokens:
    """With start and goal at the two openings of a frame, where neither is marked."""
    if ((tokens == START) | (tokens == GOAL)).any():
        return tokens
    edge = np.ones(tokens.shape, dtype=bool)
    edge[1:-1, 1:-1] = False
    gaps = np.argwhere(edge & (tokens != WALL))
    if len(gaps) != 2 or np.abs(gaps[0] - gaps[1]).sum() < 2:
        return tokens
    opened = tokens.copy()
    opened[tuple(gaps[0])], opened[tuple(gaps[1])] = START, GOAL
    return opened


def maze_of(tokens: Tokens, rows: Sequence[Row]) -> Maze:
    """Check the rules of a maze, and attach the drawn path if it is right."""
    start = _require_one(tokens, START, "start S", rows)
    goal = _require_one(tokens, GOAL, "goal G", rows)
    if distances_from(tokens, goal)[start] == UNREACHED:
        hint = f"{LEGEND}; blanks between or before cells are no floor"
        raise _at("the goal cannot be reached from the start", [goal, start], rows, hint)
    marks = (tokens == PATH).astype(np.uint8)
    maze = Maze(rows_of(np.where(tokens == PATH, FLOOR, tokens)))
    if marks.any() and judge(maze.tokens(), marks).solved:
        return replace(maze, path=walk(maze, marks))
    return maze


def _require_one(tokens: Tokens, token: int, noun: str, rows: Sequence[Row]) -> Position:
    """The only cell with `token`; an error names the second, or the first line if there is none."""
    cells = [(int(row), int(column)) for row, column in np.argwhere(tokens == token)]
    if not cells:
        raise PuzzleError(f"the maze has no {noun}", hint=_UNMARKED, line=rows[0].number)
    if len(cells) > 1:
        message = f"the maze has {len(cells)} cells marked as {noun}, this is the second"
        order = [cells[1], cells[0], *cells[2:]]
        hint = "a maze has one start S and one goal G, E or B"
        if min((tokens == START).sum(), (tokens == GOAL).sum()) > 1:
            hint = SIDE_BY_SIDE
        raise _at(message, order, rows, hint)
    return cells[0]


def _at(
    message: str, cells: Sequence[Position], rows: Sequence[Row], hint: str = ""
) -> PuzzleError:
    """An error at the first of `cells`."""
    row, cell = cells[0]
    columns = rows[row].columns
    beyond = cell - len(columns)
    where = columns[cell] if beyond < 0 else (columns[-1] if columns else 0) + beyond + 1
    return PuzzleError(message, hint=hint, line=rows[row].number, column=where, cells=sorted(cells))


def require_same(drawn: Tokens, maze: Tokens, rows: Sequence[Row]) -> None:
    """Refuse a drawing that is not the maze with 'o' on some of its floor."""
    if drawn.shape != maze.shape:
        sizes = [f"{shape[0]}x{shape[1]}" for shape in (drawn.shape, maze.shape)]
        raise PuzzleError(f"the answer is {sizes[0]}, the maze {sizes[1]}", line=rows[0].number)
    other = np.argwhere(np.where(drawn == PATH, FLOOR, drawn) != maze)
    if len(other):
        cells = [(int(row), int(column)) for row, column in other]
        raise _at("the answer has another cell here than the maze", cells, rows)


def walk(maze: Maze, marks: Answer) -> tuple[Position, ...]:
    """The marked cells of a right answer in walking order."""
    path: list[Position] = []
    cell: Position | None = only(maze.tokens(), START)
    left = {(int(row), int(column)) for row, column in np.argwhere(marks)}
    while cell is not None:
        left.discard(cell)
        around: Iterable[Position] = neighbours(cell, maze.shape)
        cell = next((other for other in around if other in left), None)
        path.extend([cell] if cell is not None else [])
    return tuple(path)
