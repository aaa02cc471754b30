"""Which cells have to do with one another, for the relation heads of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from puzzles.contract.tokens import Numbers, Tokens


@dataclass(frozen=True, slots=True)
class Ways:
    """The W ways out of each cell, numbered W · cell + way; -1 stands for a closed one. A cell that
    is part of the puzzle and has no open way has its first, which leads to itself.

    back     (n, L, W): the way that leads back from the next cell
    far      (n, L, W): the way that leads back from the end of the corridor
    lengths  (n, L, W): a measure of how long the corridor is
    """

    back: NDArray[np.int64]
    far: NDArray[np.int64]
    lengths: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Relations:
    """What cells have to do with one another; cells are numbered in reading order.

    pointers  (n, P, L): for each of P heads, the one cell that each cell sees
    groups    (n, G, L): for each of the next G heads, a member that stands for the cell's group,
              the same for all members; -1 for a cell without a group
    features  (n, L, F): what no head can see, because a mean hides how many there are
    choices   (n, S): the tokens that an answer may have, for a model that weighs each of them
    symbols   the number of symbols a cell may have, where they are interchangeable and not
              always as many; 0: as many as the vocabulary has
    shared    the relation whose weights a model of such symbols uses for groups that it has no
              heads for; -1: it does not use them
    ways      the ways out of each cell, for a model with a state for each

    n is 1 if all canvases are alike.
    """

    pointers: NDArray[np.int64]
    groups: NDArray[np.int64]
    features: NDArray[np.float32]
    symbols: int = 0
    shared: int = -1
    choices: Tokens | None = None
    ways: Ways | None = None

    def __len__(self) -> int:
        """How many heads they are for."""
        return len(self.pointers[0]) + len(self.groups[0])


def groups_of(numberings: Sequence[Numbers]) -> Relations:
    """Relations where cells see one another that have the same number, by `numberings` (height,
    width); the first cell of each group stands for it."""
    groups = []
    for numbers in numberings:
        _, first, which = np.unique(numbers.ravel(), return_index=True, return_inverse=True)
        groups.append(first[which])
    cells = numberings[0].size
    return Relations(
        np.zeros((1, 0, cells), np.int64),
        np.stack(groups).astype(np.int64)[None],
        np.zeros((1, cells, 0), np.float32),
    )
