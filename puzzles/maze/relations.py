"""How the cells of a maze are related: by four neighbours and the ends of four corridors.

Information moves one cell a layer along neighbours, so a long path needs many segments. Along the
second four pointers it moves from junction to junction. A corridor is followed round its bends up
to the first cell that offers a choice, a dead end, the start or the goal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from puzzles.contract.relations import Relations, Ways
from puzzles.contract.tokens import Tokens
from puzzles.maze.puzzle import GOAL, START, STEPS, WALL

_WAYS = len(STEPS)
_LONG = 3.0
"""A corridor of seven cells has the feature 1."""


def maze_relations(canvases: Tokens) -> Relations:
    """Pointers (n, 8, L): the cell above, below, left and right (at the edge or in front of a wall
    of the canvas, the cell itself), then the ends of the corridors in these directions. Features
    (n, L, 4): log2(1 + length) / 3 of those corridors, 0 where there is none. Ways are the same
    four directions."""
    count, height, width = canvases.shape
    near = neighbours(height, width)
    corridors = _corridors(canvases, near)
    features = (np.log2(1.0 + corridors.lengths) / _LONG).astype(np.float32).transpose(0, 2, 1)
    return Relations(
        np.concatenate((np.broadcast_to(near, (count, *near.shape)), corridors.ends), axis=1),
        np.zeros((count, 0, height * width), np.int64),
        features,
        ways=_ways(canvases.reshape(count, -1) != WALL, near, corridors, features),
    )


def _ways(
    free: NDArray[np.bool_],
    near: NDArray[np.int64],
    corridors: _Corridors,
    lengths: NDArray[np.float32],
) -> Ways:
    own = np.arange(free.shape[1])
    opposite = np.arange(_WAYS)[:, None] ^ 1
    back = np.where(corridors.opens, _WAYS * near + opposite, -1)
    lonely = free & ~corridors.opens.any(axis=1)
    back[:, 0][lonely] = (_WAYS * own + np.zeros_like(back[:, 0]))[lonely]
    far = np.where(corridors.arrives, _WAYS * corridors.ends + (corridors.arrived ^ 1), back)
    return Ways(back.transpose(0, 2, 1), far.transpose(0, 2, 1), lengths)


@dataclass(frozen=True, slots=True)
class _Corridors:
    """All (n, 4, L): whether a way is `open` at all, and one of a corridor that `arrives`; the
    cell that it `ends` at, its `length` in cells, and the direction of its last step, `arrived`.
    Of a wall, towards one, and of a ring the end is the cell itself and the length 0."""

    opens: NDArray[np.bool_]
    arrives: NDArray[np.bool_]
    ends: NDArray[np.int64]
    arrived: NDArray[np.int64]
    lengths: NDArray[np.int64]


@lru_cache(maxsize=64)
def neighbours(height: int, width: int) -> NDArray[np.int64]:
    """(4, L): the cell above, below, left and right; at the edge the cell itself."""
    rows, columns = np.divmod(np.arange(height * width), width)
    return np.stack(
        [
            np.clip(rows + down, 0, height - 1) * width + np.clip(columns + right, 0, width - 1)
            for down, right in STEPS
        ]
    )


def _corridors(canvases: Tokens, near: NDArray[np.int64]) -> _Corridors:
    """Follow all corridors.

    A walker is a cell with the way it came in, numbered way · L + cell. One that must go on has one
    successor; following successors of successors, all walkers arrive after log2(L) rounds.
    """
    count, cells = len(canvases), near.shape[1]
    tokens = canvases.reshape(count, cells)
    free = tokens != WALL
    own = np.arange(cells)
    opens = free[:, near] & free[:, None] & (near != own)  # (n, way, L)
    ended = (tokens == START) | (tokens == GOAL)
    onward = opens[:, None].repeat(_WAYS, axis=1)  # (n, way in, way out, L)
    for way in range(_WAYS):
        onward[:, way, way ^ 1] = False  # not back
    walks = (onward.sum(axis=2) == 1) & ~ended[:, None]  # (n, way in, L)
    leaves = onward.argmax(axis=2)
    places = _WAYS * cells
    stay = np.arange(places).reshape(_WAYS, cells)
    follow = np.where(walks, leaves * cells + near[leaves, own], stay).reshape(count, places)
    length = walks.reshape(count, places).astype(np.int64)
    for _ in range(places.bit_length()):
        length = length + np.take_along_axis(length, follow, axis=1)
        follow = np.take_along_axis(follow, follow, axis=1)
    first = np.broadcast_to((stay // cells) * cells + near, (count, _WAYS, cells))
    first = first.reshape(count, places)
    last = np.take_along_axis(follow, first, axis=1)
    # a ring without a junction is walked for ever
    arrived = ~np.take_along_axis(walks.reshape(count, places), last, axis=1)
    goes = opens.reshape(count, places) & arrived
    ends = np.where(goes, last % cells, stay.ravel() % cells)
    steps = np.where(goes, np.take_along_axis(length, first, axis=1) + 1, 0)
    goes, ends, arrived_by, steps = (
        of.reshape(count, _WAYS, cells) for of in (goes, ends, last // cells, steps)
    )
    return _Corridors(opens, goes, ends, arrived_by, steps)
