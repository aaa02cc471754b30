"""The lines of a Sudoku's board: where regions of any shape meet, and how they are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from puzzles.contract.tokens import BoolGrid
from puzzles.drawing.picture import Cell

Regions = NDArray[np.int64]
"""(side, side): the number of the region that each cell belongs to."""

# by how heavy the line is that goes up, right, down, left: 0 none, 1 light, 2 heavy
_JOINTS = " ╴╸╷┐┑╻┒┓╶─╾┌┬┭┎┰┱╺╼━┍┮┯┏┲┳╵┘┙│┤┥╽┧┪└┴┵├┼┽┟╁╅┕┶┷┝┾┿┢╆╈╹┚┛╿┦┩┃┨┫┖┸┹┞╀╃┠╂╉┗┺┻┡╄╇┣╊╋"
_ACROSS, DOWN = " ─━", " │┃"
_LIGHT = frozenset("─│┼┬┴├┤╴╶╵╷┌┐└┘")


@dataclass(frozen=True, slots=True)
class Style:
    """Columns and lines of a cell. `gap` columns follow a vertical line. Without `rows` or
    `columns` only lines where regions meet are drawn; `shaded` tells cells apart without lines.
    `bare`: only the frame is drawn, and regions are told apart by their ground. The keys of a
    keypad are `pitch` columns and half as many lines apart."""

    width: int
    height: int
    rows: bool = True
    columns: bool = True
    gap: int = 0
    shaded: bool = False
    bare: bool = False
    pitch: int = 2

    def size(self, edges: Edges) -> tuple[int, int]:
        side = len(edges.across) - 1
        down = [line for line in range(side + 1) if self.has_column(edges, line)]
        rows = [line for line in range(side + 1) if self.has_row(edges, line)]
        gaps = self.gap * (len(down) - 1)
        return side * self.width + len(down) + gaps, side * self.height + len(rows)

    def has_row(self, edges: Edges, line: int) -> bool:
        if self.bare:
            return line in (0, len(edges.across) - 1)
        return self.rows or bool(edges.across[line].any())

    def has_column(self, edges: Edges, line: int) -> bool:
        if self.bare:
            return line in (0, len(edges.across) - 1)
        return self.columns or bool(edges.down[:, line].any())


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Where lines are heavy: `across` (side + 1, side) above each cell and below the last row,
    `down` (side, side + 1) before each cell and after the last."""

    across: BoolGrid
    down: BoolGrid

    @property
    def straight(self) -> bool:
        """Whether every heavy line goes from edge to edge, as those of boxes do."""
        rows, columns = self.across.any(1, keepdims=True), self.down.any(0, keepdims=True)
        return bool((self.across == rows).all() and (self.down == columns).all())


@lru_cache(maxsize=16)
def default_regions(side: int) -> Regions:
    """Boxes, as nearly square as the side allows, wider than high."""
    height = next(rows for rows in range(isqrt(side), 0, -1) if side % rows == 0)
    width = side // height
    rows, columns = np.indices((side, side))
    return rows // height * height + columns // width


def edges_of(regions: Regions) -> Edges:
    wide = np.pad(regions, 1, constant_values=-1)
    across = wide[1:, 1:-1] != wide[:-1, 1:-1]
    return Edges(across, wide[1:-1, 1:] != wide[1:-1, :-1])


NARROW = Style(2, 1, False, False, gap=1)


@lru_cache(maxsize=16)
def tones_of(regions: bytes, side: int) -> Regions:
    """A number for each cell, from 0, that differs between regions that touch; of boxes 0 and 1."""
    grid = np.frombuffer(regions, np.int64).reshape(side, side)
    touching: dict[int, set[int]] = {}
    for first, second in ((grid[1:], grid[:-1]), (grid[:, 1:], grid[:, :-1])):
        for a, b in zip(first.ravel().tolist(), second.ravel().tolist(), strict=True):
            touching.setdefault(a, set()).add(b)
            touching.setdefault(b, set()).add(a)
    found: dict[int, int] = {}
    for region in dict.fromkeys(grid.ravel().tolist()):
        taken = {found.get(other) for other in touching.get(region, set()) - {region}}
        found[region] = next(tone for tone in range(len(taken) + 1) if tone not in taken)
    tones: Regions = np.array([found[region] for region in grid.ravel().tolist()])
    return tones.reshape(side, side)


def weight(heavy: object, *, light: bool) -> int:
    return 2 if heavy else int(light)


def by_weight(text: str) -> Iterator[Cell]:
    """Lines between regions are brighter than those between cells."""
    for light, run in groupby(text, key=_LIGHT.__contains__):
        yield Cell("".join(run), "line", level=0.55 if light else 1.0)


def ruler(edges: Edges, style: Style, row: int) -> str:
    side = len(edges.down)
    across = [weight(heavy, light=style.rows) for heavy in edges.across[row]]
    text = ""
    for column in range(side + 1):
        if style.has_column(edges, column):
            up, below = (
                weight(edges.down[of, column], light=style.columns) if 0 <= of < side else 0
                for of in (row - 1, row)
            )
            right = across[column] if column < side else 0
            left = across[column - 1] if column else 0
            text += _JOINTS[27 * up + 9 * right + 3 * below + left]
            text += _ACROSS[right] * (style.gap if column < side else 0)
        if column < side:
            text += _ACROSS[across[column]] * style.width
    return text
