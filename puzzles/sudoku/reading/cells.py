"""Lines of Sudoku text: what is a cell, what is decoration, and where each cell is written, so that
an error can name its line and column.

Rows of a Sudoku in which nothing is written for a blank: a dot is put there.

It takes the place of a space or of a mark behind the cell, so that all others keep their columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from puzzles.errors import PuzzleError
from puzzles.sudoku.rules import CLASSIC
from puzzles.sudoku.solver import Grid
from puzzles.text.text_grid import Line, counted

FORMATS_HINT = (
    "A Sudoku is one line of 81 characters or nine lines of nine; write . or 0 for a blank. CSV "
    "has the columns puzzle,solution,rating."
)

_CELLS = "123456789.0_*·"
_BOX_DRAWING = "".join(map(chr, range(0x2500, 0x2580)))
_SPACING = " \t\xa0|" + _BOX_DRAWING
_KNOWN = frozenset(_CELLS + _SPACING)
_UNSPACED = str.maketrans("", "", _SPACING)
_TO_DIGITS = str.maketrans("._*·", "0000")
_OTHER_BLANKS = "-xX"
"""Blanks of a line that has none of `_CELLS`; elsewhere they are rulers and slips."""

_WITH_OTHERS = frozenset("123456789" + _OTHER_BLANKS)
_MARKED_BLANKS = frozenset("._*·" + _OTHER_BLANKS)
_OTHERS_TO_DOTS = str.maketrans(_OTHER_BLANKS, "...")
_DASHED = re.compile(r"(?=.*[1-9])(?=.*-)[1-9-]{9}")
_RULER_ONLY = frozenset("-=+|*.:' \t" + _BOX_DRAWING)
_RULER_MARKS = frozenset("-=─━═╌╍┄┅┈┉")
_QUOTED_OR_COMMENT = re.compile(r'"[^"]*(?:"|\Z)|(?P<mark>#|(?<!:)//)')
"""The // of a web address in a CSV field is no comment."""

WHOLE_CELLS = frozenset("0123456789._*·xX-?")
_WHOLE = re.compile(r"[0-9._*·xX-]{81}")

_OTHER_SIZES = {
    4: "a row of a 4×4 puzzle",
    6: "a row of a 6×6 puzzle",
    12: "a row of a 12×12 puzzle",
    16: "a 4×4 puzzle or a row of a 16×16 one",
    25: "a row of a 25×25 puzzle",
    36: "a 6×6 puzzle",
    144: "a 12×12 puzzle",
    256: "a 16×16 puzzle",
    625: "a 25×25 puzzle",
}


@dataclass(frozen=True, slots=True)
class Cells:
    """Characters 0-9 of consecutive cells and the lines they were read from.

    Each of `lines` holds the same number of them; the cells of a lone line begin at index `start`.
    """

    digits: str
    lines: tuple[Line, ...]
    start: int = 0

    def values(self) -> Grid:
        return tuple(map(int, self.digits))

    def place(self, cell: int) -> tuple[int, int | None]:
        """Line and column, from 1, where a cell is written."""
        number, index = divmod(cell, len(self.digits) // len(self.lines))
        line = self.lines[number]
        written = [
            column
            for column, character in enumerate(line.text[self.start :], start=self.start + 1)
            if character in _CELLS + _OTHER_BLANKS
        ]
        return line.number, line.column(written[index] - 1)

    @contextmanager
    def located(self) -> Iterator[None]:
        """Give line and column to a `PuzzleError` about cells of this grid."""
        try:
            yield
        except PuzzleError as error:
            row, column = error.cells[-1]
            line, at = self.place(9 * row + column)
            raise PuzzleError(
                str(error), hint=error.hint, line=line, column=at, cells=error.cells
            ) from None


def without_comment(text: str) -> str:
    """A `#` in quotes or in a field before the one with the puzzle begins no comment."""
    if "#" not in text and "//" not in text:  # millions of lines have neither
        return text
    found = next((part for part in _QUOTED_OR_COMMENT.finditer(text) if part["mark"]), None)
    if not found:
        return text
    kept = text[: found.start()]
    named = kept.strip() and not _WHOLE.search(kept) and _WHOLE.search(text, found.end())
    return text if named else kept


def is_ruler(text: str) -> bool:
    """Whether a line only draws the edge of boxes."""
    characters = set(text)
    return characters <= _RULER_ONLY and not characters.isdisjoint(_RULER_MARKS)


def uses_dashes(lines: Iterable[Line]) -> bool:
    """Whether some row has digits and dashes, so that nine dashes are a row, too."""
    return any(_DASHED.fullmatch(line.text.translate(_UNSPACED)) for line in lines)


def is_dashes(text: str) -> bool:
    return text.translate(_UNSPACED) == "-" * 9


def zero_may_be_digit(cells: str) -> bool:
    """Whether 0 stands beside another blank and no cell is 9, as where digits are 0 to 8."""
    return "0" in cells and "9" not in cells and not _MARKED_BLANKS.isdisjoint(cells)


def require_zeros_for_blanks(cells: str, line: int) -> None:
    """Raises `PuzzleError` where the 0 of a whole puzzle may be a digit."""
    if zero_may_be_digit(cells):
        raise PuzzleError(
            "0 stands beside another mark of a blank and there is no 9: 0 may be a blank or a "
            "digit, as where digits are 0 to 8",
            hint="Write digits from 1 on and one mark for blanks.",
            line=line,
        )


def read_cells(line: Line, text: str, start: int = 0) -> Cells:
    """The 9 or 81 cells of `text`, which begins at index `start` of `line`.

    Raises `PuzzleError` for a character that is no cell, another size or another number.
    """
    digits = text.translate(_UNSPACED)
    _refuse_other_sizes(line, digits)
    if len(digits) in (CLASSIC.size, CLASSIC.cells) and _WITH_OTHERS.issuperset(digits):
        text = text.translate(_OTHERS_TO_DOTS)
        digits = text.translate(_UNSPACED)
    if not _KNOWN.issuperset(text):
        _refuse_stray(line, text, start)
    if len(digits) not in (CLASSIC.size, CLASSIC.cells):
        raise PuzzleError(
            f"{counted(len(digits), 'cell')}, but a row has 9 and a whole puzzle 81",
            hint=FORMATS_HINT,
            line=line.number,
            column=line.column(start + len(text.rstrip())),
        )
    if len(digits) == CLASSIC.cells:
        require_zeros_for_blanks(digits, line.number)
    return Cells(digits.translate(_TO_DIGITS), (line,), start)


def _refuse_other_sizes(line: Line, digits: str) -> None:
    meant = _OTHER_SIZES.get(len(digits))
    if meant is None:  # of every puzzle that is read
        return
    cells = sum(character in _CELLS for character in digits)
    others = sum(character.isalpha() for character in digits)
    if cells >= others == len(digits) - cells:
        raise PuzzleError(
            f"{len(digits)} cells are {meant}, here 9 or 81 are wanted",
            hint=FORMATS_HINT,
            line=line.number,
            column=line.column(0),
        )


def _refuse_stray(line: Line, text: str, start: int) -> None:
    index = next(i for i, character in enumerate(text) if character not in _KNOWN)
    raise PuzzleError(
        f"stray character {text[index]!a}",
        hint=FORMATS_HINT,
        line=line.number,
        column=line.column(start + index),
    )


_TO_BARS = str.maketrans(dict.fromkeys("│║┃", "|"))
_DIGITS = frozenset("123456789")

_CELLS_OF_BOX = {3: ((0, 1, 2),), 5: ((0, 2, 4), (1, 2, 3)), 7: ((1, 3, 5),)}
"""Where the three cells of a box may be between two bars, by the number of characters there."""


def blanks_written(text: str) -> str:
    """A row or puzzle with each cell in a field of its own or between bars, or a row with a bar
    between boxes, as one with spaces and dots; any other text as it is."""
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
    return _parted(bars, "|") or boxed(bars) or text


def _parted(text: str, mark: str) -> str | None:
    fields = text.split(mark)
    if len(fields) not in (CLASSIC.size, CLASSIC.cells) or any(
        len(field.strip()) > 1 for field in fields
    ):
        return None
    return "".join((f if f.strip() else ".").ljust(len(f) + 1) for f in fields)


def boxed(text: str, *, blank: bool = False) -> str | None:
    """A row with bars between its boxes, perhaps also at its edges, and spaces as blanks; one
    without any digit only if it is not there to make the drawing taller: `blank`."""
    bars = [column for column, character in enumerate(text) if character == "|"]
    if len(bars) not in (2, 4):
        return None
    left, right = bars[len(bars) // 2 - 1 :][:2]
    width = right - left - 1
    written = {column for column, character in enumerate(text) if character not in " |"}
    if not (written or blank) or not _DIGITS.issuperset(text[column] for column in written):
        return None
    for cells in _CELLS_OF_BOX.get(width, ()):
        places = [begin + cell for begin in (left - width, left + 1, right + 1) for cell in cells]
        if places[0] >= 0 and written.issubset(places):
            row = list(text.ljust(places[-1] + 1))
            for place in places:
                row[place] = "." if row[place] == " " else row[place]
            return "".join(row)
    return None
