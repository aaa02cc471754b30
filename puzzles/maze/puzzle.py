"""What a maze is and how far its cells are from the goal, in plain Python: the slow truth that the
compiled generators are tested against, and fast enough for one puzzle (a 30x30 search: ~0.3 ms)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.contract.tokens import Answer, Position, Tokens

WALL, FLOOR, START, GOAL, PATH = 1, 2, 3, 4, 5
"""Token ids of the maze vocabulary; 0 is padding, and `IGNORE` in targets."""

MIN_SIDE, MAX_SIDE = 3, 40

STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))
"""Up, down, left, right: the order in which the canonical path prefers its next cell."""

UNREACHED = -1
Distances: TypeAlias = NDArray[np.int32]

_SYMBOLS = "?# SGo"


@dataclass(frozen=True, slots=True)
class Maze:
    """A rectangle of '#' wall, ' ' floor, one 'S' and one 'G'; moves are up, down, left, right.

    `path` is a known shortest path in walking order, without start and goal; None if nobody
    looked. Answer and name are not part of the puzzle: two mazes are equal if their cells are.
    """

    rows: tuple[str, ...]
    path: tuple[Position, ...] | None = field(default=None, compare=False)
    name: str = field(default="", compare=False)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0])

    def tokens(self) -> Tokens:
        """(height, width) input tokens."""
        characters = np.frombuffer("".join(self.rows).encode("ascii"), dtype=np.uint8)
        return _TOKEN_OF[characters].reshape(self.shape)


_TOKEN_OF = np.zeros(128, dtype=np.uint8)
for _token, _symbol in enumerate(_SYMBOLS):
    _TOKEN_OF[ord(_symbol)] = _token


def rows_of(tokens: Tokens) -> tuple[str, ...]:
    """Rows of a drawing, 'o' where a token is `PATH`."""
    return tuple("".join(_SYMBOLS[token] for token in row) for row in tokens.tolist())


def only(tokens: Tokens, token: int) -> Position:
    """Where the one cell with `token` lies, which a maze has for `START` and for `GOAL`."""
    row, column = divmod(int(np.argmax(tokens == token)), tokens.shape[1])
    return row, column


def neighbours(position: Position, shape: tuple[int, int]) -> Iterable[Position]:
    """The cells above, below, left, right, as far as they are on the board."""
    for step_row, step_column in STEPS:
        row, column = position[0] + step_row, position[1] + step_column
        if 0 <= row < shape[0] and 0 <= column < shape[1]:
            yield row, column


def distances_from(tokens: Tokens, origin: Position) -> Distances:
    """Breadth-first steps between `origin` and every cell, `UNREACHED` behind walls."""
    height, width = tokens.shape
    stride = width + 2  # a frame of walls spares every bounds test
    walls = np.pad(tokens == WALL, 1, constant_values=True).ravel()
    distances = [UNREACHED] * len(walls)
    blocked = walls.tolist()
    first = (origin[0] + 1) * stride + origin[1] + 1
    blocked[first], distances[first] = True, 0
    wave = [first]
    steps = 0
    while wave:
        steps += 1
        following = []
        for cell in wave:
            for other in (cell - stride, cell + stride, cell - 1, cell + 1):
                if not blocked[other]:
                    blocked[other] = True
                    distances[other] = steps
                    following.append(other)
        wave = following
    return np.array(distances, dtype=np.int32).reshape(height + 2, stride)[1:-1, 1:-1]


def shortest_paths(tokens: Tokens, limit: int = 2) -> list[tuple[Position, ...]]:
    """Up to `limit` (one or two) shortest paths, in walking order without start and goal.

    The first is the canonical one: from the start, always to the first of up, down, left, right
    that is one step nearer to the goal. The second leaves it where another neighbour is as near.
    Empty if the goal cannot be reached.
    """
    start = only(tokens, START)
    distances = distances_from(tokens, only(tokens, GOAL))
    if distances[start] == UNREACHED:
        return []
    canonical = _descend(distances, start)
    paths = [canonical]
    for index, cell in enumerate((start, *canonical) if limit > 1 else ()):
        nearer = _nearer(distances, cell)
        if len(nearer) > 1:
            paths.append((*canonical[:index], nearer[1], *_descend(distances, nearer[1])))
            break
    return paths


def _nearer(distances: Distances, cell: Position) -> list[Position]:
    around = neighbours(cell, (distances.shape[0], distances.shape[1]))
    return [other for other in around if distances[other] == distances[cell] - 1]


def _descend(distances: Distances, cell: Position) -> tuple[Position, ...]:
    """The canonical cells after `cell` and before the goal."""
    path: list[Position] = []
    while distances[cell] > 1:
        cell = _nearer(distances, cell)[0]
        path.append(cell)
    return tuple(path)


def mask_of(path: Iterable[Position], shape: tuple[int, int]) -> Answer:
    """1 on the cells of `path`, else 0."""
    mask = np.zeros(shape, dtype=np.uint8)
    for cell in path:
        mask[cell] = 1
    return mask
