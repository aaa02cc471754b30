"""A grid of symbols, and the grid that is asked for.

Where outputs have other sizes than their inputs, both lie at the top left of one canvas that all
puzzles share, and token `OUTSIDE` fills the rest; so a model says the size of its answer, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from puzzles.contract.tokens import Answer

Rows: TypeAlias = tuple[tuple[int, ...], ...]

Sides: TypeAlias = tuple[int, int]
"""(height, width)."""

OUTSIDE = 1
"""The token of a cell outside of the grid, where there is a canvas."""

MOST_GLYPHS = 256
"""Tokens are bytes."""

LONGEST_SIDE = 1024
MOST_CELLS = 4096


@dataclass(frozen=True, slots=True)
class GridPuzzle:
    """Rows of tokens; `glyphs[t]` is how token t is written. `answer` is None where it is not
    known; its cells with token 0 are not scored. Both are as large as the canvas, if there is one:
    then `OUTSIDE` is written as nothing."""

    cells: Rows
    answer: Rows | None
    glyphs: tuple[str, ...]
    name: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.cells), len(self.cells[0])

    @property
    def on_canvas(self) -> bool:
        return on_canvas(self.glyphs)

    def grid(self, rows: Answer) -> Answer:
        """Without the canvas around it; has no cells where all are outside."""
        if not self.on_canvas:
            return rows
        height, width = sides_of(rows)
        return rows[:height, :width]

    def written(self, rows: Answer) -> list[list[str]]:
        """Any tokens as their glyphs, `?` for those that have none and are not outside."""
        known, outside = len(self.glyphs), OUTSIDE if self.on_canvas else -1
        return [
            [
                "" if t == outside else self.glyphs[t] if t < known and self.glyphs[t] else "?"
                for t in row
            ]
            for row in rows.tolist()
        ]


def on_canvas(glyphs: Sequence[str]) -> bool:
    """Whether symbols are those of puzzles on a canvas: no symbol of a grid is written as
    nothing."""
    return len(glyphs) > OUTSIDE and not glyphs[OUTSIDE]


def sides_of(rows: Answer) -> Sides:
    """Of the smallest rectangle at the top left of a canvas that holds all cells of a grid."""
    inside = rows != OUTSIDE
    height, width = (
        int(np.flatnonzero(inside.any(axis=axis)).max(initial=-1)) + 1 for axis in (1, 0)
    )
    return height, width


def as_array(rows: Rows) -> Answer:
    return np.array(rows, np.uint8)


def as_rows(grid: Answer) -> Rows:
    return tuple(tuple(row) for row in grid.tolist())
