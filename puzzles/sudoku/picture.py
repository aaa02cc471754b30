"""How a Sudoku looks in a terminal, from a keypad of candidates in every cell down to two columns a
cell. The marks say what the colours say: ⁺ new, ! breaks a rule, ? unsure, · blank.

Lines between cells are heavy where two regions meet, whatever the regions' shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from puzzles.base import (
    Answer,
    Beliefs,
    BoolGrid,
    Cell,
    FloatGrid,
    Ground,
    Picture,
    Position,
    Role,
    Room,
    Verdict,
)

Regions = NDArray[np.int64]
"""(side, side): the number of the region that each cell belongs to."""

UNSURE_BELOW = 0.5
"""A cell is marked unsure when its digit has less than this probability."""

ALONE_FROM = 0.9
"""From this probability on a digit stands alone in its cell."""

GONE_BELOW = 0.02
"""A candidate that is less likely is not drawn."""

BLANK, FIRST_DIGIT = 1, 2
"""Tokens."""

MARKS: dict[Role, str] = {"broken": "!", "new": "⁺", "unsure": "?"}
_SYMBOLS = "·123456789ABCDEFGHIJKLMNOP"

# by how heavy the line is that goes up, right, down, left: 0 none, 1 light, 2 heavy
_JOINTS = " ╴╸╷┐┑╻┒┓╶─╾┌┬┭┎┰┱╺╼━┍┮┯┏┲┳╵┘┙│┤┥╽┧┪└┴┵├┼┽┟╁╅┕┶┷┝┾┿┢╆╈╹┚┛╿┦┩┃┨┫┖┸┹┞╀╃┠╂╉┗┺┻┡╄╇┣╊╋"
_ACROSS, _DOWN = " ─━", " │┃"


@dataclass(frozen=True, slots=True)
class _Style:
    """Columns and lines of a cell. `gap` columns follow a vertical line. Without `rows` or
    `columns` only lines where regions meet are drawn; `shaded` tells cells apart without lines."""

    width: int
    height: int
    rows: bool = True
    columns: bool = True
    gap: int = 0
    shaded: bool = False

    def size(self, edges: _Edges) -> tuple[int, int]:
        side = len(edges.across) - 1
        down = [line for line in range(side + 1) if self.columns or edges.down[:, line].any()]
        rows = [line for line in range(side + 1) if self.rows or edges.across[line].any()]
        gaps = self.gap * (len(down) - 1)
        return side * self.width + len(down) + gaps, side * self.height + len(rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Where lines are heavy: `across` (side + 1, side) above each cell and below the last row,
    `down` (side, side + 1) before each cell and after the last."""

    across: BoolGrid
    down: BoolGrid


@lru_cache(maxsize=16)
def default_regions(side: int) -> Regions:
    """Boxes, as nearly square as the side allows, wider than high."""
    height = next(rows for rows in range(isqrt(side), 0, -1) if side % rows == 0)
    width = side // height
    rows, columns = np.indices((side, side))
    return rows // height * height + columns // width


def draw(
    givens: Sequence[int],
    answer: Answer | None,
    verdict: Verdict | None,
    changed: BoolGrid | None,
    confidence: FloatGrid | None,
    *,
    beliefs: Beliefs | None = None,
    room: Room | None = None,
    regions: Regions | None = None,
) -> Picture:
    """The givens alone, or a (side, side) answer in which givens are seen to be givens.

    Without `regions` they are the usual boxes.
    """
    side = isqrt(len(givens))
    if regions is None:
        regions = default_regions(side)
    edges = _edges(regions)
    seen = _Seen(side, givens, answer, verdict, changed, confidence, beliefs)
    if room is None:
        return Picture(tuple(_small(seen, edges)))
    style = _choose(side, edges, room)
    return Picture(tuple(_lattice(seen, edges, style)))


def _edges(regions: Regions) -> _Edges:
    wide = np.pad(regions, 1, constant_values=-1)
    across = wide[1:, 1:-1] != wide[:-1, 1:-1]
    return _Edges(across, wide[1:-1, 1:] != wide[1:-1, :-1])


def _choose(side: int, edges: _Edges, room: Room) -> _Style:
    """The first style that fits, else the smallest."""
    keys = _keys(side)
    lines = -(-side // keys)
    keypads = [_Style(2 * keys - 1 + pad, lines) for pad in (2, 1, 0)]
    if room.tones:
        keypads += [_Style(2 * keys - 1 + pad, lines, False, shaded=True) for pad in (2, 1, 0)]
    plain = [_Style(3, 1), _Style(2, 1, False, False, gap=1)]
    styles = [*keypads, *plain]
    fitting = (style for style in styles if room.fits(*style.size(edges)))
    return next(fitting, min(plain, key=lambda style: style.size(edges)))


def _keys(side: int) -> int:
    """Columns of the keypad that has all digits."""
    return isqrt(side - 1) + 1


class _Seen:
    """What is to be seen of every cell: its digit, the role of that, what else is likely."""

    def __init__(
        self,
        side: int,
        givens: Sequence[int],
        answer: Answer | None,
        verdict: Verdict | None,
        changed: BoolGrid | None,
        confidence: FloatGrid | None,
        beliefs: Beliefs | None,
    ) -> None:
        self.side = side
        self._givens = np.reshape(np.asarray(givens, dtype=np.int64), (side, side))
        self._broken = frozenset(verdict.broken) if verdict is not None else frozenset()
        self._changed, self._confidence, self._likely = changed, confidence, None
        if beliefs is not None:
            self._likely = beliefs[..., FIRST_DIGIT:][..., :side].astype(np.float64) / 255
            confidence = None
            if answer is None:
                likeliest = self._likely.argmax(-1) + 1
                answer = np.where(self._givens, self._givens, likeliest).astype(np.uint8)
        self._digits = self._givens if answer is None else answer

    def digit(self, at: Position) -> int:
        return int(self._digits[at])

    def role(self, at: Position) -> Role:
        digit = self.digit(at)
        if at in self._broken:
            return "broken"
        if digit and self._givens[at] == digit:
            return "given"
        if self._likely is None and self._changed is not None and self._changed[at]:
            return "new"
        if not digit:
            return "blank"
        sure = None if self._likely is not None else self._confidence
        return "unsure" if sure is not None and sure[at] < UNSURE_BELOW else "answer"

    def level(self, at: Position) -> float:
        """How likely the digit is; 1 where nobody says."""
        digit = self.digit(at)
        if self._likely is None or not digit or self._givens[at] == digit:
            return 1.0
        return float(self._likely[at][digit - 1])

    def candidates(self, at: Position) -> list[float] | None:
        """The probability of each digit where none stands alone."""
        if self._likely is None or self._givens[at] or self.level(at) >= ALONE_FROM:
            return None
        likely: list[float] = self._likely[at].tolist()
        return likely


def _small(seen: _Seen, edges: _Edges) -> Iterator[tuple[Cell, ...]]:
    """Two columns a cell, lines between regions only and none around them."""
    side = seen.side
    down = [bool(edges.down[:, column].any()) and column > 0 for column in range(side)]
    pieces = ["┼─" if line else "" for line in down]
    ruler = "".join(f"{piece}──" for piece in pieces).removesuffix("─")
    for row in range(side):
        if row and edges.across[row].any():
            yield (Cell(ruler, "line"),)
        cells: list[Cell] = []
        for column in range(side):
            at = row, column
            if down[column]:
                cells.append(Cell("│ " if edges.down[at] else "  ", "line"))
            role = seen.role(at)
            text = f"{_SYMBOLS[seen.digit(at)]}{MARKS.get(role, ' ')}"
            cells.append(Cell(text, role, at, seen.level(at)))
        yield tuple(cells)


def _lattice(seen: _Seen, edges: _Edges, style: _Style) -> Iterator[tuple[Cell, ...]]:
    """All cells with the lines between and around them."""
    for row in range(seen.side + 1):
        if style.rows or edges.across[row].any():
            yield (Cell(_ruler(edges, style, row), "line"),)
        if row == seen.side:
            return
        drawn = [list(_cell(seen, style, (row, column))) for column in range(seen.side)]
        for line in range(style.height):
            cells: list[Cell] = []
            for column in range(seen.side + 1):
                if style.columns or edges.down[:, column].any():
                    text = _DOWN[_weight(edges.down[row, column], light=style.columns)]
                    gap = style.gap if column < seen.side else 0
                    cells.append(Cell(text + " " * gap, "line"))
                if column < seen.side:
                    cells += drawn[column][line]
            yield tuple(cells)


def _weight(heavy: object, *, light: bool) -> int:
    return 2 if heavy else int(light)


def _ruler(edges: _Edges, style: _Style, row: int) -> str:
    side = len(edges.down)
    across = [_weight(heavy, light=style.rows) for heavy in edges.across[row]]
    text = ""
    for column in range(side + 1):
        if style.columns or edges.down[:, column].any():
            up, below = (
                _weight(edges.down[of, column], light=style.columns) if 0 <= of < side else 0
                for of in (row - 1, row)
            )
            right = across[column] if column < side else 0
            left = across[column - 1] if column else 0
            text += _JOINTS[27 * up + 9 * right + 3 * below + left]
            text += _ACROSS[right] * (style.gap if column < side else 0)
        if column < side:
            text += _ACROSS[across[column]] * style.width
    return text


def _cell(seen: _Seen, style: _Style, at: Position) -> Iterator[list[Cell]]:
    """`height` lines of one cell."""
    shaded = style.shaded and sum(at) % 2 == 1
    ground = Ground("shade", at=at) if shaded else None
    role, level = seen.role(at), seen.level(at)
    likely = seen.candidates(at) if style.height > 1 else None
    if likely is not None:
        yield from _keypad(seen, style, at, likely, ground)
        return
    before = (style.width - 1) // 2 if style.width > 2 else 0
    if style.height > 1:  # where a keypad has its middle key
        before = _left(seen.side, style) + 2 * (_keys(seen.side) // 2)
    digit = seen.digit(at)
    text = " " if not digit and style.height > 1 else _SYMBOLS[digit]
    text += MARKS.get(role, " ")
    middle = Cell((" " * before + text).ljust(style.width)[: style.width], role, at, level, ground)
    empty = Cell(" " * style.width, "blank", at, ground=ground)
    for line in range(style.height):
        yield [middle if line == style.height // 2 else empty]


def _left(side: int, style: _Style) -> int:
    """Columns before a keypad."""
    return (style.width - 2 * _keys(side) + 2) // 2


def _keypad(
    seen: _Seen, style: _Style, at: Position, likely: list[float], ground: Ground | None
) -> Iterator[list[Cell]]:
    """Every digit in its place, as bright as it is likely; the likeliest has the cell's role."""
    keys, said, role = _keys(seen.side), seen.digit(at), seen.role(at)
    for line in range(style.height):
        cells = [Cell(" " * _left(seen.side, style), "blank", at, ground=ground)]
        for digit in range(line * keys + 1, min((line + 1) * keys, seen.side) + 1):
            level, own = likely[digit - 1], digit == said
            shown = level >= GONE_BELOW or own
            text = _SYMBOLS[digit] if shown else " "
            mark = MARKS.get(role, " ") if own else " "
            meaning = role if own else "candidate" if shown else "blank"
            cells.append(Cell(text + mark, meaning, at, level, ground))
        yield _cut(cells, style.width, at, ground)


def _cut(cells: list[Cell], width: int, at: Position, ground: Ground | None) -> list[Cell]:
    """Exactly `width` columns: without the last mark, or with blanks after it."""
    used = sum(len(cell.text) for cell in cells)
    if used > width:
        last = cells.pop()
        cells.append(Cell(last.text[: width - used], last.role, at, last.level, ground))
    elif used < width:
        cells.append(Cell(" " * (width - used), "blank", at, ground=ground))
    return [cell for cell in cells if cell.text]
