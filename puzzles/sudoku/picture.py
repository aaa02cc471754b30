"""How a Sudoku of any size looks in a terminal, from a keypad of candidates in every cell down to
two columns a cell. The marks say what the colours say: ⁺ new, ! breaks a rule, ? unsure, · blank,
[5] supposed.

Lines between cells are heavy where two regions meet, whatever the regions' shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import isqrt
from typing import TypedDict

import numpy as np

from puzzles.contract.protocol import Verdict
from puzzles.contract.tokens import Answer, Beliefs, BoolGrid, FloatGrid, Position
from puzzles.drawing.picture import Cell, Ground, Picture, Role, Room
from puzzles.drawing.tiles import EMPTY, Tile, draw_tiles, largest_scale
from puzzles.sudoku.lines import (
    DOWN,
    NARROW,
    Edges,
    Regions,
    Style,
    by_weight,
    default_regions,
    edges_of,
    ruler,
    tones_of,
    weight,
)
from puzzles.sudoku.rules import Rules

UNSURE_BELOW = 0.5
"""A cell is marked unsure when its digit has less than this probability."""

ALONE_FROM = 0.9
"""From this probability on a digit stands alone in its cell."""

SUPPOSED_GROUND = 0.35
"""Strength of the colour behind a digit that a what-if takes as given."""

GONE_BELOW = 0.02
"""A candidate that is less likely is not drawn."""

BLANK, FIRST_DIGIT = 1, 2
"""Tokens."""

MARKS: dict[Role, str] = {"broken": "!", "new": "⁺", "unsure": "?"}
USUAL_SYMBOLS = "123456789ABCDEFGHIJKLMNOP"
_BLANK = "·"
_TONES: tuple[Role, ...] = ("special", "shade")


class Look(TypedDict):
    """What `draw` has to know of a puzzle's rules."""

    regions: Regions
    symbols: str
    special: BoolGrid | None


@lru_cache(maxsize=64)
def look_of(rules: Rules, symbols: str = "") -> Look:
    """`symbols` are those that the puzzle is written in, empty for numbers."""
    grid, further = (rules.size, rules.size), [c for group in rules.further for c in group.cells]
    return Look(
        regions=np.array(rules.regions or (0,) * rules.cells, np.int64).reshape(grid),
        symbols=symbols or USUAL_SYMBOLS,
        special=np.isin(np.arange(rules.cells), further).reshape(grid) if further else None,
    )


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
    symbols: str = USUAL_SYMBOLS,
    special: BoolGrid | None = None,
    marks: BoolGrid | None = None,
    supposed: Sequence[Position] = (),
) -> Picture:
    """The givens alone, or a (side, side) answer in which givens are seen to be givens.

    Without `regions` they are the usual boxes. `symbols` are written for 1, 2, …; `special` cells,
    those of further groups such as diagonals, have another ground. `marks` (side, side, side) are a
    player's pencil marks, which show in cells without a digit where there is room for them. The
    digits of `supposed` cells are what a what-if takes as given.
    """
    side = isqrt(len(givens))
    if regions is None:
        regions = default_regions(side)
    edges = edges_of(regions)
    seen = _Seen(side, givens, answer, verdict, changed, confidence, beliefs)
    seen.symbols, seen.special, seen.tones = symbols, special, tones_of(regions.tobytes(), side)
    seen.marks, seen.supposed = marks, frozenset(supposed)
    if room is None:
        small = _small(seen, edges) if edges.straight else _lattice(seen, edges, NARROW)
        return Picture(tuple(small))
    if room.sketch and room.tones:
        return Picture(tuple(_sketch(seen, room)))
    style = _choose(side, edges, room, lined=special is not None)
    return Picture(tuple(_lattice(seen, edges, style)))


def _sketch(seen: _Seen, room: Room) -> list[tuple[Cell, ...]]:
    """A square a cell in the colour of what is in it, for pictures too small to read."""
    cells = range(seen.side)
    tiles = [[_square(seen, (row, column)) for column in cells] for row in cells]
    return draw_tiles(tiles, largest_scale((seen.side, seen.side), room), framed=False)


def _square(seen: _Seen, at: Position) -> Tile:
    if at in seen.supposed:
        return Tile("supposed")
    role = seen.role(at)
    if role == "blank":
        return Tile(EMPTY)
    if role == "given":
        return Tile("line")
    return Tile("broken") if role == "broken" else Tile("answer", seen.level(at))


def _choose(side: int, edges: Edges, room: Room, *, lined: bool = False) -> Style:
    """The first style that fits, else the smallest; `lined`: shades have another meaning."""
    keys = _keys(side)
    lines = -(-side // keys)
    keypads = [Style(4 * keys + 1, 2 * lines - 1, pitch=4)]
    keypads += [Style(2 * keys - 1 + pad, lines) for pad in (2, 1, 0)]
    if room.tones and not lined:
        keypads += [Style(2 * keys - 1 + pad, lines, False, shaded=True) for pad in (2, 1, 0)]
    plain = [Style(3, 1), NARROW]
    bare = [Style(2, 1, False, False, bare=True)] if room.tones and not lined else []
    styles = [*keypads, *plain, *bare]
    fitting = (style for style in styles if room.fits(*style.size(edges)))
    return next(fitting, min([*plain, *bare], key=lambda style: style.size(edges)))


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
        self.symbols = USUAL_SYMBOLS
        self.special: BoolGrid | None = None
        self.marks: BoolGrid | None = None
        self.supposed: frozenset[Position] = frozenset()
        self.tones: Regions = np.zeros((side, side), np.int64)
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

    def written(self, digit: int) -> str:
        if not digit:
            return _BLANK
        return self.symbols[digit - 1] if digit <= len(self.symbols) else "?"

    def ground(self, at: Position, style: Style) -> Ground | None:
        """What tells a cell from those around it."""
        if at in self.supposed:
            return Ground("supposed", SUPPOSED_GROUND, at)
        if self.special is not None:
            return Ground("special", at=at) if self.special[at] else None
        if style.bare:
            tone = int(self.tones[at])
            return Ground(_TONES[min(tone, len(_TONES)) - 1], at=at) if tone else None
        return Ground("shade", at=at) if style.shaded and sum(at) % 2 == 1 else None

    def role(self, at: Position) -> Role:
        digit = self.digit(at)
        if at in self._broken:
            return "broken"
        if self._is_given(at):
            return "given"
        if self._likely is None and self._changed is not None and self._changed[at]:
            return "new"
        if not digit:
            return "blank"
        sure = None if self._likely is not None else self._confidence
        return "unsure" if sure is not None and sure[at] < UNSURE_BELOW else "answer"

    def mark(self, at: Position) -> str:
        """What follows the digit."""
        return MARKS.get(self.role(at), "]" if at in self.supposed else " ")

    def _is_given(self, at: Position) -> bool:
        """Whether its digit is the puzzle's or that of a what-if."""
        digit = self.digit(at)
        return bool(digit) and (at in self.supposed or bool(self._givens[at] == digit))

    def level(self, at: Position) -> float:
        """How likely the digit is; 1 where nobody says."""
        digit = self.digit(at)
        if self._likely is None or not digit or self._is_given(at):
            return 1.0
        return float(self._likely[at][digit - 1])

    def candidates(self, at: Position) -> list[float] | None:
        """The probability of each digit where none stands alone; of pencil marks 1."""
        if self.marks is not None and not self.digit(at) and self.marks[at].any():
            return [float(mark) for mark in self.marks[at].tolist()]
        if self._likely is None or self._givens[at] or self.level(at) >= ALONE_FROM:
            return None
        likely: list[float] = self._likely[at].tolist()
        return likely


def _small(seen: _Seen, edges: Edges) -> Iterator[tuple[Cell, ...]]:
    """Two columns a cell, lines between regions only and none around them."""
    side = seen.side
    down = [bool(edges.down[:, column].any()) and column > 0 for column in range(side)]
    pieces = ["┼─" if line else "" for line in down]
    between = "".join(f"{piece}──" for piece in pieces).removesuffix("─")
    for row in range(side):
        if row and edges.across[row].any():
            yield (Cell(between, "line"),)
        cells: list[Cell] = []
        for column in range(side):
            at = row, column
            if down[column]:
                cells.append(Cell("│ " if edges.down[at] else "  ", "line"))
            role = seen.role(at)
            text = f"{seen.written(seen.digit(at))}{seen.mark(at)}"
            cells.append(Cell(text, role, at, seen.level(at), seen.ground(at, NARROW)))
        yield tuple(cells)


def _lattice(seen: _Seen, edges: Edges, style: Style) -> Iterator[tuple[Cell, ...]]:
    """All cells with the lines between and around them."""
    for row in range(seen.side + 1):
        if style.has_row(edges, row):
            yield tuple(by_weight(ruler(edges, style, row)))
        if row == seen.side:
            return
        drawn = [list(_cell(seen, style, (row, column))) for column in range(seen.side)]
        for line in range(style.height):
            cells: list[Cell] = []
            for column in range(seen.side + 1):
                if style.has_column(edges, column):
                    text = DOWN[weight(edges.down[row, column], light=style.columns)]
                    gap = style.gap if column < seen.side else 0
                    cells += by_weight(text + " " * gap)
                if column < seen.side:
                    cells += drawn[column][line]
            yield tuple(cells)


def _cell(seen: _Seen, style: Style, at: Position) -> Iterator[list[Cell]]:
    """`height` lines of one cell."""
    ground = seen.ground(at, style)
    role, level = seen.role(at), seen.level(at)
    likely = seen.candidates(at) if style.height > 1 else None
    if likely is not None:
        yield from _keypad(seen, style, at, likely, ground)
        return
    before = (style.width - 1) // 2 if style.width > 2 else 0
    if style.height > 1:  # where a keypad has its middle key
        before = _left(seen.side, style) + style.pitch * (_keys(seen.side) // 2)
    digit = seen.digit(at)
    text = " " if not digit and style.height > 1 else seen.written(digit)
    text += seen.mark(at)
    if before and at in seen.supposed:
        before, text = before - 1, f"[{text}"
    middle = Cell((" " * before + text).ljust(style.width)[: style.width], role, at, level, ground)
    empty = Cell(" " * style.width, "blank", at, ground=ground)
    for line in range(style.height):
        yield [middle if line == style.height // 2 else empty]


def _left(side: int, style: Style) -> int:
    """Columns before a keypad."""
    return (style.width - style.pitch * (_keys(side) - 1)) // 2


def _keypad(
    seen: _Seen, style: Style, at: Position, likely: list[float], ground: Ground | None
) -> Iterator[list[Cell]]:
    """Every digit in its place, as bright as it is likely; the likeliest has the cell's role."""
    keys, said, role = _keys(seen.side), seen.digit(at), seen.role(at)
    for line in range(style.height):
        cells = [Cell(" " * _left(seen.side, style), "blank", at, ground=ground)]
        row, between = divmod(line, style.pitch // 2)
        first = seen.side if between else row * keys
        for digit in range(first + 1, min((row + 1) * keys, seen.side) + 1):
            level, own = likely[digit - 1], digit == said
            shown = level >= GONE_BELOW or own
            text = seen.written(digit) if shown else " "
            middle = not said and digit == keys * (keys // 2) + keys // 2 + 1
            mark = MARKS.get(role, " ") if own or middle else " "
            meaning = role if own else "candidate" if shown else "blank"
            cells.append(Cell((text + mark).ljust(style.pitch), meaning, at, level, ground))
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
