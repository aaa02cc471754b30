"""Ids of Solo, from Simon Tatham's Portable Puzzle Collection: `3x3:…`, `3x3x:…` with diagonals,
`9j:…` or `9x9j:…` with regions. Killer ids, which have sums, are refused."""

from __future__ import annotations

import re
from math import isqrt

from puzzles.errors import PuzzleError
from puzzles.sudoku.rules import Rules, box_regions, diagonals
from puzzles.sudoku.solver import Grid
from puzzles.text.text_grid import Line

_ID = re.compile(r"(?:solo\s*:\s*)?(\d{1,2})(?:x(\d{1,2}))?([a-z]*\d*[a-z]*):([\w,.]+)", re.I)
_TOKEN = re.compile(r"[a-z]|_|\d+")


def looks_like_id(text: str) -> bool:
    """Where one number stands before the colon, cells without letters are a numbered line."""
    found = _ID.fullmatch(text.strip())
    return bool(found and (found[2] or found[3] or re.search(r"[a-z]", found[4], re.I)))


def read_id(line: Line) -> tuple[Grid, Rules]:
    """Givens and rules; raises `PuzzleError`."""
    found = _ID.fullmatch(line.text.strip())
    if found is None:
        raise PuzzleError("this is no Solo id", line=line.number)
    first, second, kind, description = found.groups()
    kind = kind.lower()
    if "k" in kind:
        raise PuzzleError("killer Sudokus, which have sums, cannot be read", line=line.number)
    if second is None and "j" not in kind:
        raise PuzzleError(
            "this is an id of another puzzle of Simon Tatham's collection",
            hint="Ids of Solo, its Sudokus, begin with boxes such as 3x3, or with 9j.",
            line=line.number,
        )
    grid, _, blocks = description.partition(",")
    try:
        givens = _grid(grid)
        size = isqrt(len(givens))
        if size * size != len(givens):
            raise PuzzleError(f"{len(givens)} cells in this id are no square")
        if "j" in kind:
            regions = _regions(blocks, size)
        else:
            regions = box_regions(size, (int(first), int(second or first)))
        rules = Rules(size, regions, diagonals(size) if "x" in kind else ())
    except PuzzleError as error:
        raise PuzzleError(
            str(error), hint=error.hint or "Copy the whole id from Solo.", line=line.number
        ) from None
    return givens, rules


def _grid(text: str) -> Grid:
    """A letter is so many blanks, `_` parts two numbers."""
    cells: list[int] = []
    for token in _tokens(text):
        if token.isdigit():
            cells.append(int(token))
        elif token != "_":
            cells += [0] * (ord(token) - ord("a") + 1)
    return tuple(cells)


def _tokens(text: str) -> list[str]:
    tokens = _TOKEN.findall(text)
    if len("".join(tokens)) != len(text):
        raise PuzzleError("this id has a character that Solo does not write")
    return tokens


def _regions(text: str, size: int) -> tuple[int, ...]:
    """Between cells side by side, then between cells one above the other, column by column: a
    letter is so many borders that are not drawn, followed by one that is (z: 25, and none)."""
    borders = size * (size - 1)
    label = list(range(size * size))
    at = 0
    for token in _tokens(text):
        if token.isdigit():
            raise PuzzleError("this id has a number where its regions are")
        open_here = 0 if token == "_" else min(ord(token) - ord("a") + 1, 25)
        for border in range(at, min(at + open_here, 2 * borders)):
            line, place = divmod(border % borders, size - 1)
            if border < borders:
                one, other = line * size + place, line * size + place + 1
            else:
                one, other = place * size + line, (place + 1) * size + line
            old, new = label[other], label[one]
            label = [new if number == old else number for number in label]
        at += open_here + (token != "z")
    if at != 2 * borders + 1:
        raise PuzzleError("the regions of this id do not fit its grid")
    return tuple(label)
