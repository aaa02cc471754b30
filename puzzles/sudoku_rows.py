"""Rows of a Sudoku in which nothing is written for a blank: a 0 is put there.

It takes the place of a space or of a mark behind the cell, so that all others keep their columns.
"""

from __future__ import annotations

_TO_BARS = str.maketrans(dict.fromkeys("│║┃", "|"))
_DIGITS = frozenset("123456789")

_CELLS_OF_BOX = {3: ((0, 1, 2),), 5: ((0, 2, 4), (1, 2, 3)), 7: ((1, 3, 5),)}
"""Where the three cells of a box may be between two bars, by the number of characters there."""


def blanks_written(text: str) -> str:
    """A row or puzzle with each cell in a field of its own or between bars, or a row with a bar
    between boxes, as one with spaces and zeros; any other text as it is."""
    for mark in ",;\t":
        if (row := _parted(text, mark)) is not None:
            return row
    bars = text.translate(_TO_BARS)
    if "|" not in bars:
        return text
    if bars.count("|") == 10:  # at the edges, too
        before, _, inner = bars.partition("|")
        inner, _, after = inner.rpartition("|")
        if before.strip() or after.strip():
            return text
        row = _parted(inner, "|")
        return text if row is None else " " * (len(before) + 1) + row
    return _parted(bars, "|") or _boxed(bars) or text


def _parted(text: str, mark: str) -> str | None:
    fields = text.split(mark)
    if len(fields) not in (9, 81) or any(len(field.strip()) > 1 for field in fields):
        return None
    return "".join((f if f.strip() else "0").ljust(len(f) + 1) for f in fields)


def _boxed(text: str) -> str | None:
    """A row with bars between its boxes, perhaps also at its edges, and spaces as blanks; not one
    without any digit, which may be there to make the drawing taller."""
    bars = [column for column, character in enumerate(text) if character == "|"]
    if len(bars) not in (2, 4):
        return None
    left, right = bars[len(bars) // 2 - 1 :][:2]
    width = right - left - 1
    written = {column for column, character in enumerate(text) if character not in " |"}
    if not written or not _DIGITS.issuperset(text[column] for column in written):
        return None
    for cells in _CELLS_OF_BOX.get(width, ()):
        places = [begin + cell for begin in (left - width, left + 1, right + 1) for cell in cells]
        if places[0] >= 0 and written.issubset(places):
            row = list(text.ljust(places[-1] + 1))
            for place in places:
                row[place] = "0" if row[place] == " " else row[place]
            return "".join(row)
    return None
