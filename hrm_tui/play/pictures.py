"""What play adds to a board: the cells that the cursor's cell has to do with, the end of a path,
and a cursor where any colour of its own would look like a colour of the puzzle.

A keypad of pencil marks, tiles and small boards all come as pictures, so all of it works on those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from puzzles.contract.tokens import Position
from puzzles.drawing.picture import Cell, Ground, Picture, Role, Room
from puzzles.game import AnyGame

BLOCKS = "█▀▄"
"""The colour of these cells is their meaning, so they are not recoloured."""

_PEER, _SAME = Ground("peer", 0.16), Ground("same", 0.42)
_ALIKE = "="
"""Follows a digit that the cursor's cell holds, too, where there are no shades."""


def board_of(
    game: AnyGame, picture: Picture, cursor: Position | None, room: Room
) -> tuple[Picture, bool]:
    """The picture to show, and whether the cursor is in it already."""
    if cursor is None:
        return picture, False
    if game.head is not None:
        return (_headed(picture, cursor), True) if room.tones else (picture, False)
    if "paint" in game.keys:
        return framed(picture, cursor), True
    return related(game, picture, cursor, tones=room.tones), room.tones


def related(game: AnyGame, picture: Picture, at: Position, *, tones: bool) -> Picture:
    """Peers of a cell on a ground of their own, equal ones on a stronger one or with a mark. The
    cell itself is one bright block, its pencil marks included."""
    peers, alike = game.peers(at), game.alike(at)
    grounds = dict.fromkeys(peers, _PEER) | dict.fromkeys(alike, _SAME)

    def put(cell: Cell) -> Cell:
        if cell.at == at and tones:
            return replace(cell, role="mark", level=1.0, ground=Ground("head", 0.9, at))
        if cell.at not in grounds:
            return cell
        if tones:
            return replace(cell, ground=replace(grounds[cell.at], at=cell.at))
        bare = cell.text.strip()
        if cell.at in alike and len(bare) == 1 and cell.text.endswith(" "):
            return replace(cell, text=cell.text.replace(f"{bare} ", bare + _ALIKE, 1))
        return cell

    return Picture(tuple(tuple(map(put, row)) for row in picture.rows))


def _headed(picture: Picture, at: Position) -> Picture:
    """The end of a path in a colour of its own; start and goal keep their letters."""
    head = Ground("head", 1.0, at)

    def put(cell: Cell) -> Cell:
        lower = cell.text[:1] == "▄"  # whose upper half is empty and shows what lies behind
        if cell.ground is not None and cell.ground.at == at:
            return replace(cell, role="head", level=1.0) if lower else replace(cell, ground=head)
        if cell.at != at or lower:
            return cell
        if cell.text.strip(BLOCKS):
            return replace(cell, ground=head)
        return replace(cell, role="head", level=1.0)

    return Picture(tuple(tuple(map(put, row)) for row in picture.rows))


def framed(picture: Picture, at: Position) -> Picture:
    """A frame inside the cell, in the ink that is read best on its colour; beside a digit ◂."""
    lines = [line for line, row in enumerate(picture.rows) if any(cell.at == at for cell in row)]
    places: Mapping[int, int] = {line: number for number, line in enumerate(lines)}

    def put(cell: Cell, line: int) -> Cell:
        if cell.at != at:
            return cell
        if not set(cell.text) <= set(BLOCKS):
            return replace(cell, text=_pointed(cell.text))
        role: Role = cell.role.replace("fill", "color")
        return Cell(_edge(len(cell.text), places[line], len(lines)), role, at)

    rows = (tuple(put(cell, line) for cell in row) for line, row in enumerate(picture.rows))
    return Picture(tuple(rows))


def _pointed(text: str) -> str:
    """A mark beside the digit; one that says something of the cell gives way."""
    if text.strip().isdigit():
        return f"{text.rstrip()}◂" if len(text) > 1 else text
    return f"◂{text[1:]}"


def _edge(width: int, line: int, lines: int) -> str:
    if lines == 1:
        return f"[{' ' * (width - 2)}]"
    left, middle, right = "┌─┐" if line == 0 else "└─┘" if line == lines - 1 else "│ │"
    return left + middle * (width - 2) + right


def test_first(picture: Picture) -> Picture:
    """The test input above the demonstrations, so that it is seen without scrolling."""
    test = next(i for i, row in enumerate(picture.rows) if row and row[0].text == "test")
    return Picture((*picture.rows[test:], (), *picture.rows[:test]))


def lines_of(picture: Picture, at: Position | None) -> int:
    """How many lines show a cell."""
    return sum(any(cell.at == at for cell in row) for row in picture.rows)
