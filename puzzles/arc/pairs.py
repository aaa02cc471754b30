"""Pairs of input and output as JSON has them, brought to lists of numbers: grids as text, padded to
one size, flat with their sides beside them, or with names and codes of colours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from puzzles.arc.cells import colour_of, dotted, in_digits, with_names_as_digits
from puzzles.errors import PuzzleError

PAIR_NAMES: dict[str, str] = {
    **dict.fromkeys(("in", "x", "question"), "input"),
    **dict.fromkeys(("inputs", "input_grid", "source", "before"), "input"),
    **dict.fromkeys(
        ("out", "y", "answer", "outputs", "output_grid", "target", "label", "after"), "output"
    ),
    **dict.fromkeys(("solution", "expected", "expected_output"), "output"),
}
"""Of the two sides of a pair, where the usual ones are missing."""

GRID = 2
"""Lists in each other that a grid is."""

_CELLS_NAMED = ("grid", "cells", "data", "pixels", "values", "matrix", "rows")
_SIZES = ("size", "shape", "dims")
_HEIGHTS, _WIDTHS = ("height", "h", "rows"), ("width", "w", "cols", "columns")
_INNER = re.compile(r"[\[(]([^\[\]()]*)[\])]")


def depth_of(value: object) -> int:
    """How many lists lie in each other: 2 in a grid, 3 in a list of grids."""
    depth = 0
    while isinstance(value, list) and value:
        value, depth = value[0], depth + 1
    return depth


def renamed(pair: Mapping[str, Any]) -> dict[str, Any]:
    """With the usual names of the two sides, where one is missing and no name is there twice."""
    names = {key: PAIR_NAMES.get(key.lower(), key.lower()) for key in pair}
    if {"input", "output"} <= pair.keys() or len({*names.values()}) < len(names):
        return dict(pair)
    return {names[key]: value for key, value in pair.items()}


def pair_of(pair: object, place: str) -> object:
    """A pair whose sides are lists of rows of numbers, where they can be understood; any other as
    it is. Raises `PuzzleError` with the place."""
    if isinstance(pair, list) and len(pair) in (1, 2) and all(depth_of(g) == GRID for g in pair):
        pair = dict(zip(("input", "output"), pair, strict=False))
    if not isinstance(pair, dict):
        return pair
    found = renamed(pair)
    for side in ("input", "output"):
        if side in found:
            found[side] = grid_of(found[side], _size_in(found, f"{side}_"), f"{place}, {side}")
    return found


def grid_of(grid: object, size: object, place: str) -> object:
    """Rows of numbers, as high and wide as `size` says, if it is not None; as it is where it cannot
    be understood. Raises `PuzzleError` with the place."""
    if isinstance(grid, dict):
        cells = next((grid[name] for name in _CELLS_NAMED if name in grid), None)
        return grid if cells is None else grid_of(cells, _size_in(grid, "") or size, place)
    if isinstance(grid, list) and grid and all(type(cell) is int for cell in grid):
        if size is None:
            raise PuzzleError(
                f"{place}: {len(grid)} numbers in one list, and its rows are not said",
                hint="A grid is a list of rows, such as [[1, 0], [0, 2]].",
            )
        grid, size = _folded(grid, size, place), None
    if isinstance(grid, str):
        grid = _rows_of(grid)
    if isinstance(grid, list):
        grid = [_colours(row) for row in grid]
    if isinstance(grid, list) and size is not None:
        grid = _cropped(grid, size, place)
    return grid


def _size_in(entry: Mapping[str, Any], before: str) -> object:
    """What an object says of the height and width of a grid, None where it says nothing."""
    size = next((entry[before + name] for name in _SIZES if before + name in entry), None)
    height, width = (
        next((entry[before + name] for name in names if before + name in entry), None)
        for names in (_HEIGHTS, _WIDTHS)
    )
    return size if size is not None or height is None or width is None else [height, width]


def _rows_of(text: str) -> list[str]:
    """The rows of a grid as text: lists, lines, or with a mark between them."""
    inner = _INNER.findall(text) if text.lstrip()[:1] in ("[", "(") else []
    if inner:
        return inner
    rows = [row for row in text.split("\n") if row.strip()]
    if len(rows) == 1:
        for mark in "|/;":
            parts = rows[0].strip(mark).split(mark)
            cells = {len("".join(part.split())) for part in parts}
            if len(parts) > 1 and len(cells) == 1 and cells.pop() > 1:
                return parts
    return rows


def _colours(row: object) -> object:
    """A row of text, of names of colours, of digits as text or of whole numbers such as 1.0, as one
    of integers."""
    if isinstance(row, str):
        return list(map(int, _cells(row)))
    return [_colour(cell) for cell in row] if isinstance(row, list) else row


def _colour(cell: object) -> object:
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, str) and (colour := colour_of(in_digits(cell))) is not None:
        return colour
    return cell


def _cells(row: str) -> list[str]:
    """Digits with or without spaces between them; anything else is refused as no colour."""
    plain = with_names_as_digits(in_digits(row))
    if dotted(plain):
        plain = plain.replace(".", "0").replace("_", "0")
    if not re.fullmatch(r"[\d\s,|\[\]]{1,200}", plain, re.ASCII):
        raise PuzzleError(f"a row of text {row[:20]!a} is no row of colours")
    words = re.findall(r"\d+", plain)
    return words if len(words) > 1 else list(plain.strip())


def _sides(size: object, place: str) -> tuple[int, int]:
    match size:
        case [int(height), int(width)] if 0 < height <= 30 and 0 < width <= 30:
            return height, width
        case _:
            raise PuzzleError(f"{place}: its size is not rows and columns, such as [3, 5]")


def _folded(cells: list[object], size: object, place: str) -> list[object]:
    """The rows of a grid whose cells are one list."""
    height, width = _sides(size, place)
    if height * width != len(cells):
        raise PuzzleError(f"{place}: {len(cells)} cells are no grid of {height}x{width}")
    return [cells[at : at + width] for at in range(0, len(cells), width)]


def _cropped(grid: list[object], size: object, place: str) -> list[object]:
    """The part of a padded grid that its size says; refuses colours outside of it."""
    height, width = _sides(size, place)
    rows = [row for row in grid if isinstance(row, list)]
    if len(rows) < len(grid):
        raise PuzzleError(f"{place}: its size is not rows and columns, such as [3, 5]")
    outside = [cell for row in rows[:height] for cell in row[width:]]
    outside += [cell for row in rows[height:] for cell in row]
    is_colour = any(cell in range(1, 10) for cell in outside)
    if len(rows) < height or any(len(row) < width for row in rows) or is_colour:
        raise PuzzleError(f"{place}: the grid does not have the size {height}x{width} that it says")
    return [row[:width] for row in rows[:height]]
