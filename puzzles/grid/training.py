"""A person's own grids for training: CSV, JSON Lines, or a data set of any vocabulary."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from puzzles.errors import PuzzleError
from puzzles.grid.formats import canvas_of, glyphs_of, read_written
from puzzles.grid.puzzle import MOST_GLYPHS, GridPuzzle, as_array, as_rows
from puzzles.training import Bytes, Listed, ListedPairs, PuzzleByPuzzle, Shape, numbered, read_whole

if TYPE_CHECKING:
    from puzzles.grid.domain import GridDomain

MOST_SHAPES = 64
"""That a model remembers; where there are more, it takes any."""


class GridTraining(PuzzleByPuzzle):
    """`Training` of grids. Facts: `glyphs` by token, `shapes` of inputs, the `canvas` if any."""

    domain: GridDomain
    options = frozenset[str]()

    def __init__(self, domain: GridDomain) -> None:
        super().__init__(domain, domain.settings)

    def facts_of_file(self, path: Path) -> Mapping[str, Any]:
        found = read_written(read_whole(path))
        return _facts(glyphs_of(found), sorted({one.sides[0] for one in found}), canvas_of(found))

    def facts_of_set(self, vocabulary: int, cells: int, shape: Shape | None) -> Mapping[str, Any]:
        """Tokens of a data set are written as their numbers."""
        if vocabulary > MOST_GLYPHS:
            raise PuzzleError(f"it has {vocabulary} tokens, at most {MOST_GLYPHS} are taken")
        return _facts(tuple(map(str, range(vocabulary))), [shape or self.canvas(cells)])

    def canvas(self, cells: int) -> Shape:
        """A square where that is possible, else a sequence."""
        side = math.isqrt(cells)
        return (side, side) if side**2 == cells else (1, cells)

    def listed(
        self, path: Path, *, min_rating: float | None = None, distinct: bool = False
    ) -> Listed:
        found = read_written(read_whole(path))
        missing = next((one for one in found if one.wanted is None), None)
        if missing is not None:
            raise PuzzleError(
                "there is no output to learn from",
                hint="A file to train on is a CSV with the columns input and output.",
                line=missing.line,
            )
        rows = []
        for puzzle in self.domain.numbered(found):
            assert puzzle.answer is not None
            sides = as_array(puzzle.cells).ravel(), as_array(puzzle.answer).ravel()
            rows.append((puzzle.shape, *sides))
        return ListedPairs(numbered(rows, self if distinct else None), rows)

    def puzzle(self, tokens: Bytes, target: Bytes, shape: Shape) -> GridPuzzle:
        cells, answer = (as_rows(np.reshape(side, shape)) for side in (tokens, target))
        return GridPuzzle(cells, answer, self.domain.glyphs)


def _facts(
    glyphs: tuple[str, ...], shapes: list[Shape], canvas: Shape | None = None
) -> Mapping[str, Any]:
    few = len(shapes) <= MOST_SHAPES
    around = {"canvas": list(canvas)} if canvas else {}
    return {"glyphs": list(glyphs), "shapes": [list(s) for s in shapes] if few else [], **around}
