"""The arrays that puzzles, models and pictures exchange, and the vocabulary they are written in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Tokens: TypeAlias = NDArray[np.uint8]
"""Token ids on a canvas, (height, width)."""

Answer: TypeAlias = NDArray[np.uint8]
"""A whole answer in the domain's own symbols, (height, width).

Sudoku: digits, 0 where the model gave none. Maze: 1 on the path between S and G (both excluded),
else 0. ARC: colours 0-9 of the predicted grid, which may have any size up to 30x30.
"""

Numbers: TypeAlias = NDArray[np.int64]

BoolGrid: TypeAlias = NDArray[np.bool_]

FloatGrid: TypeAlias = NDArray[np.float32]

Beliefs: TypeAlias = NDArray[np.uint8]
"""How likely each token is in each cell, (height, width, tokens) in 255ths."""

Position: TypeAlias = tuple[int, int]
"""(row, column), both from 0."""

Layout: TypeAlias = Literal["official", "native"]
"""`official` is the fixed canvas of the published checkpoints, `native` the puzzle's own size."""

Undo: TypeAlias = Callable[[Answer], Answer]
"""Maps an answer of the augmented puzzle back to an answer of the original."""

RulesArray: TypeAlias = NDArray[np.uint8]
"""What canvases do not show of their puzzles' rules, (n, layers, …): of a Sudoku the number
of the group that each cell is in, `NO_GROUP` where it is in none; of ARC the colours that occur."""

NO_GROUP = 255

IGNORE = 0
"""Target token of cells that are not scored; every domain's pad id is 0."""


@dataclass(frozen=True, slots=True)
class TokenSpec:
    """Vocabulary of a domain. `glyphs[i]` shows token i to a person; `len(glyphs)` is its size.

    `further` are the glyphs of tokens behind these, which puzzles above the official size have: a
    model whose symbols are interchangeable takes them all the same.
    """

    glyphs: tuple[str, ...]
    official: tuple[int, int]
    pad: int = IGNORE
    further: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.glyphs)
