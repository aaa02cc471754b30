"""A grid of symbols, and the grid of the same size that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from puzzles.contract.tokens import Answer

Rows: TypeAlias = tuple[tuple[int, ...], ...]

MOST_GLYPHS = 256
"""Tokens are bytes."""

LONGEST_SIDE = 1024
MOST_CELLS = 4096


@dataclass(frozen=True, slots=True)
class GridPuzzle:
    """Rows of tokens; `glyphs[t]` is how token t is written. `answer` is None where it is not
    known; its cells with token 0 are not scored."""

    cells: Rows
    answer: Rows | None
    glyphs: tuple[str, ...]
    name: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.cells), len(self.cells[0])

    def written(self, rows: Answer) -> list[list[str]]:
        """Any tokens as their glyphs, `?` for those that have none."""
        known = len(self.glyphs)
        return [
            [self.glyphs[t] if t < known and self.glyphs[t] else "?" for t in row]
            for row in rows.tolist()
        ]


def as_array(rows: Rows) -> Answer:
    return np.array(rows, np.uint8)


def as_rows(grid: Answer) -> Rows:
    return tuple(tuple(row) for row in grid.tolist())
