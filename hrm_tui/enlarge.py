"""Cells three lines high and three times as wide, with room for pencil marks."""

from __future__ import annotations

from collections.abc import Mapping

from puzzles.base import Cell, Picture, Position

TIMES = 3


def enlarge(picture: Picture, notes: Mapping[Position, str]) -> Picture:
    """Every cell of the puzzle becomes 3×3 of its old size, what is between cells only longer.

    A cell that is blank shows the digits of its note where a keypad has them; any other keeps its
    text in the middle.
    """
    pattern = next((row for row in picture.rows if any(cell.at for cell in row)), ())
    wide = [cell.at is not None for cell in pattern for _ in cell.text]
    rows: list[tuple[Cell, ...]] = []
    for row in picture.rows:
        if any(cell.at is not None for cell in row):
            rows += [_line(row, third, notes) for third in range(TIMES)]
        else:
            rows.append(tuple(_stretch(row, wide)))
    return Picture(tuple(rows))


def _line(row: tuple[Cell, ...], third: int, notes: Mapping[Position, str]) -> tuple[Cell, ...]:
    return tuple(
        cell if cell.at is None else Cell(_text(cell, third, notes), cell.role, cell.at)
        for cell in row
    )


def _text(cell: Cell, third: int, notes: Mapping[Position, str]) -> str:
    width = len(cell.text)
    if cell.at is not None and cell.role == "blank" and notes.get(cell.at):
        keys = (str(TIMES * third + key + 1) for key in range(TIMES))
        return "".join((k if k in notes[cell.at] else " ").ljust(width) for k in keys)
    if third == TIMES // 2:
        return " " * width + cell.text + " " * width
    # a block of one colour or wall stays a block
    filled = cell.text if cell.text.strip("█") == "" else " " * width
    return filled * TIMES


def _stretch(row: tuple[Cell, ...], wide: list[bool]) -> list[Cell]:
    """Repeat each character that stands above or below a cell."""
    stretched, column = [], 0
    for cell in row:
        text = ""
        for character in cell.text:
            text += character * (TIMES if column < len(wide) and wide[column] else 1)
            column += 1
        stretched.append(Cell(text, cell.role, cell.at))
    return stretched
