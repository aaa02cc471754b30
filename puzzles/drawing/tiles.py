"""Grids of square cells at any scale: a character is twice as high as wide, so half blocks give a
cell that is one column wide and half a line high."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from puzzles.contract.tokens import Position
from puzzles.drawing.picture import Cell, Ground, Role, Room

EMPTY: Role = "floor"
"""Role of tiles that show what lies behind the picture."""

_Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A colour at some brightness. `mark`, one character, is seen where a whole line is the tile's,
    in the style of `ink`."""

    role: Role
    level: float = 1.0
    mark: str = ""
    ink: Role = ""


def largest_scale(shape: tuple[int, int], room: Room, most: int = 12) -> int:
    """Columns a tile, so that (height, width) tiles and their frame, which a sketch has not, fit; 1
    if nothing does."""
    height, width = shape
    frame = 0 if room.sketch else 2
    scale = min((room.columns - frame) // width, 2 * (room.rows - frame) // height, most)
    return max(1, scale)


def draw_tiles(tiles: Sequence[Sequence[Tile]], scale: int, *, framed: bool = True) -> list[_Row]:
    """Lines of the tiles, within a frame unless `framed` is false."""
    width = len(tiles[0]) * scale
    lines = -(-len(tiles) * scale // 2)
    if not framed:
        return [tuple(_line(tiles, scale, line)) for line in range(lines)]
    edge = Cell("│", "line")
    return [
        (Cell(f"┌{'─' * width}┐", "line"),),
        *((edge, *_line(tiles, scale, line), edge) for line in range(lines)),
        (Cell(f"└{'─' * width}┘", "line"),),
    ]


def _line(tiles: Sequence[Sequence[Tile]], scale: int, line: int) -> Iterator[Cell]:
    upper, lower = 2 * line // scale, (2 * line + 1) // scale
    whole = range(-(-upper * scale // 2), (upper + 1) * scale // 2)
    marked = upper == lower and line == whole[len(whole) // 2]
    for column, tile in enumerate(tiles[upper]):
        if upper == lower:
            yield _whole(tile, scale, (upper, column), marked=marked)
        else:
            below = tiles[lower][column] if lower < len(tiles) else Tile(EMPTY)
            yield _halves(tile, below, scale, (upper, column))


def _whole(tile: Tile, scale: int, at: Position, *, marked: bool) -> Cell:
    if tile.mark and marked:
        ground = None if tile.role == EMPTY else Ground(tile.role, tile.level)
        return Cell(tile.mark.center(scale), tile.ink, at, ground=ground)
    text = " " if tile.role == EMPTY else "█"
    return Cell(text * scale, tile.role, at, tile.level)


def _halves(upper: Tile, lower: Tile, scale: int, at: Position) -> Cell:
    below = (at[0] + 1, at[1])
    if lower.role == EMPTY:
        text = " " if upper.role == EMPTY else "▀"
        return Cell(text * scale, upper.role, at, upper.level, Ground(EMPTY, at=below))
    if upper.role == EMPTY:
        return Cell("▄" * scale, lower.role, at, lower.level, Ground(EMPTY, at=below))
    return Cell("▀" * scale, upper.role, at, upper.level, Ground(lower.role, lower.level, below))
