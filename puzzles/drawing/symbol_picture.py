"""The plainest picture of a grid: a symbol a cell, for kinds of puzzle that draw nothing better."""

from __future__ import annotations

from collections.abc import Sequence

from puzzles.contract.protocol import Verdict
from puzzles.contract.tokens import BoolGrid, FloatGrid
from puzzles.drawing.picture import Cell, Picture, Role


def draw_symbols(
    symbols: Sequence[Sequence[str]],
    given: BoolGrid,
    verdict: Verdict | None = None,
    changed: BoolGrid | None = None,
    confidence: FloatGrid | None = None,
) -> Picture:
    """A symbol and a space for each cell; `!` follows one that breaks a rule, `⁺` one that is new.
    `given` cells are those of the puzzle itself; `confidence` is shown as brightness."""
    broken = set(verdict.broken) if verdict else set()
    width = max((len(mark) for row in symbols for mark in row), default=1)
    rows = []
    for r, row in enumerate(symbols):
        cells = []
        for c, mark in enumerate(row):
            role: Role = "given" if given[r, c] else "answer"
            after = " "
            if (r, c) in broken:
                role, after = "broken", "!"
            elif changed is not None and changed[r, c]:
                role, after = "new", "⁺"
            sure = 1.0 if confidence is None or role == "given" else float(confidence[r, c])
            cells.append(Cell(f"{mark:>{width}}{after}", role, (r, c), sure))
        rows.append(tuple(cells))
    return Picture(tuple(rows))
