"""Squares of cells of any size, before it is known what their symbols mean or what rules they have:
a line of all cells, or as many rows as a row has cells, in characters or in numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from math import isqrt

from puzzles.errors import PuzzleError
from puzzles.sudoku.puzzle import HEXADECIMAL, SYMBOLS, Notation
from puzzles.sudoku.reading.cells import is_ruler, without_comment
from puzzles.sudoku.reading.rule_text import require_symbols
from puzzles.sudoku.rules import LARGEST, SMALLEST
from puzzles.sudoku.solver import Grid
from puzzles.text.surroundings import says_answer
from puzzles.text.text_grid import Line

SIZES_HINT = (
    "A Sudoku of any size is one line of all cells or one row a line, in 1-9 A-P or in numbers "
    "with spaces between them; write . for a blank. Regions follow after an empty line."
)

BLANKS = "._*·-0xX"
_BETWEEN = r"\s|,;│║┃" + "".join(map(chr, range(0x2500, 0x2580)))
CHARACTER = re.compile(rf"[^{_BETWEEN}]")
WORD = re.compile(rf"[^{_BETWEEN}]+")
_NUMBER = re.compile(r"\d{1,2}|[A-Za-z]|[._*·-]{1,2}")
_LONGEST_PUZZLE = 50_000
"""Characters of a line with cells; the 625 of a whole puzzle take a tenth of it."""
_DASHED = re.compile(r"(?=.*[1-9A-Pa-p])(?=.*-)[1-9A-Pa-p\s-]+")
RULES = re.compile(r"\s*+rules?\s*+:\s*+(\S.*+)", re.IGNORECASE)
GROUP = re.compile(r"\s*+group\s++(\S.*):\s*+([rc\d\s,]++)", re.IGNORECASE)
REGIONS = re.compile(r"\s*+regions\s*+:?\s*+", re.IGNORECASE)
REGIONS_LINE = re.compile(r"\s*+regions\s*+:\s*+(\S.*+)", re.IGNORECASE)
NAMED = re.compile(r"\s*+symbols\s*+:\s*+(\S++)\s*+", re.IGNORECASE)
_SAID = frozenset("rRgGsS")
"""First letters of these."""

_LONGEST = 5000
"""Characters of the longest line that is looked at for words."""

Cells = tuple[tuple[str, int, int | None], ...]
"""What is written in each cell, with line and column from 1."""


@dataclass(frozen=True, slots=True)
class Block:
    """A square of cells: `start` is the index of its first line, `following` of the line after."""

    size: int
    cells: Cells
    rows: bool
    numbers: bool
    start: int
    following: int

    @contextmanager
    def located(self) -> Iterator[None]:
        """Give line and column to a `PuzzleError` about cells of this block."""
        try:
            yield
        except PuzzleError as error:
            if not error.cells or error.line is not None:
                raise
            row, column = error.cells[-1]
            _, line, at = self.cells[row * self.size + column]
            raise PuzzleError(
                str(error), hint=error.hint, line=line, column=at, cells=error.cells
            ) from None


def speaks(text: str) -> bool:
    """Whether a line says what the cells around it are."""
    if text.lstrip()[:1] not in _SAID:
        return False
    return any(matched(words, text) for words in (RULES, GROUP, NAMED, REGIONS, REGIONS_LINE))


def matched(words: re.Pattern[str], text: str) -> re.Match[str] | None:
    return words.fullmatch(text) if len(text) <= _LONGEST else None


def counts(text: str) -> tuple[int, int]:
    """Cells of a line as characters, and as numbers, 0 if they are none."""
    words = WORD.findall(text)
    return len(CHARACTER.findall(text)), len(words) if max(map(len, words), default=3) <= 2 else 0


def is_whole(cells: int) -> bool:
    size = isqrt(cells)
    return size * size == cells and SMALLEST <= size <= LARGEST


def sized_lines(lines: Sequence[Line]) -> list[Line]:
    """Without comments and rulers."""
    lines = [
        line if (text := without_comment(line.text)) is line.text else line._replace(text=text)
        for line in lines
    ]
    dashes = any(_DASHED.fullmatch(line.text) for line in lines)
    return [
        line
        for line in lines
        if not is_ruler(line.text) or (dashes and set(line.text.strip()) <= set("- "))
    ]


def blocks(lines: Sequence[Line], start: int, errors: list[PuzzleError]) -> Iterator[Block]:
    """The squares that can begin at a line, in every reading."""
    for numbers in (False, True) if len(lines[start].text) <= _LONGEST_PUZZLE else ():
        cells = cells_of(lines[start], numbers=numbers)
        if cells is None:
            continue
        if is_whole(len(cells)) and not _mixed(lines, start, len(cells)):
            yield Block(isqrt(len(cells)), cells, False, numbers, start, start + 1)
        if SMALLEST <= len(cells) <= LARGEST:
            try:
                yield rows_of(lines, start, len(cells), numbers=numbers)
            except PuzzleError as error:
                errors.append(error)
    if not errors:
        count = len(CHARACTER.findall(lines[start].text))
        errors.append(
            PuzzleError(
                f"{count} cells are neither a row nor a whole puzzle",
                hint=SIZES_HINT,
                line=lines[start].number,
            )
        )


def _mixed(lines: Sequence[Line], start: int, count: int) -> bool:
    """Whether the lines from here are rows of `count` cells with symbols that no smaller whole
    puzzle a line has."""
    if count > LARGEST:
        return False
    size = isqrt(count)
    following = takewhile(lambda line: not says_answer(line.text), lines[start : start + 3 * count])
    rows = [line for line in following if line.text.strip()][:count]
    return len(rows) == count and not all(
        len(cells := cells_of(line) or ()) == count
        and all(c in BLANKS or c.upper() in SYMBOLS[:size] for c, _, _ in cells)
        for line in rows
    )


def cells_of(line: Line, *, numbers: bool = False) -> Cells | None:
    """A line's cells; as numbers None where no cell has two characters, or one is none."""
    pattern = WORD if numbers else CHARACTER
    found = list(pattern.finditer(line.text))
    if numbers and not (
        all(_NUMBER.fullmatch(word.group()) for word in found)
        and any(len(word.group()) > 1 for word in found)
    ):
        return None
    return tuple((word.group(), line.number, line.column(word.start())) for word in found)


def rows_of(lines: Sequence[Line], start: int, size: int, *, numbers: bool) -> Block:
    """As many rows as a row has cells; empty lines may part them."""
    cells: list[tuple[str, int, int | None]] = []
    read = 0
    index = start
    while read < size and index < len(lines):
        line = lines[index]
        index += 1
        if not line.text.strip():
            continue
        if speaks(line.text):
            break
        row = cells_of(line, numbers=numbers) or cells_of(line) or ()
        if len(row) != size:
            raise PuzzleError(
                f"{len(row)} cells in row {read + 1}, the first row has {size}",
                hint=SIZES_HINT,
                line=line.number,
            )
        cells += row
        read += 1
    if read < size:
        raise PuzzleError(
            f"the puzzle that begins here has only {read} of {size} rows",
            hint=SIZES_HINT,
            line=lines[start].number,
        )
    return Block(size, tuple(cells), True, numbers, start, index)


def grids_of(block: Block, named: str = "") -> Iterator[tuple[Grid, Notation]]:
    """The digits in every reading of the symbols, the likeliest first, or in those `named`; raises
    `PuzzleError`."""
    size, written = block.size, [text.upper() for text, _, _ in block.cells]
    if named:
        yield digits_of(block, require_symbols(named, size)), Notation(named, block.rows)
        return
    marks = {text for text in written if text[0] in BLANKS and not text.strip(text[0])} - {
        "0",
        "00",
    }
    last = str(size) if block.numbers else SYMBOLS[size - 1]
    may_be_digit = marks and not {"0", "00"}.isdisjoint(written) and last not in written
    if may_be_digit and (size != 16 or block.numbers):
        raise PuzzleError(
            "0 stands beside another mark of a blank and there is no "
            f"{last}: 0 may be a blank or a digit",
            hint="Write digits from 1 on and one mark for blanks.",
            line=block.cells[0][1],
        )
    if block.numbers:
        yield digits_of(block, SYMBOLS[:size]), Notation("", block.rows)
        return
    hexadecimal = size == 16 and "0" in written and set(written) <= set(HEXADECIMAL) | marks
    if hexadecimal:
        yield digits_of(block, HEXADECIMAL), Notation(HEXADECIMAL, block.rows)
    yield digits_of(block, SYMBOLS[:size]), Notation(SYMBOLS, block.rows)


def digits_of(block: Block, symbols: str) -> Grid:
    digits = []
    for text, line, column in block.cells:
        if block.numbers and text.isdecimal():
            digits.append(int(text))
        elif text[0] in BLANKS and text not in symbols:
            digits.append(0)
        else:
            digits.append(symbols.upper().find(text.upper()) + 1)
        if digits[-1] > block.size or (not digits[-1] and text[0] not in BLANKS):
            stray = _stray(text, block.size, symbols)
            raise PuzzleError(stray, hint=SIZES_HINT, line=line, column=column)
    return tuple(digits)


def _stray(text: str, size: int, symbols: str) -> str:
    if not SYMBOLS.startswith(symbols) and symbols != HEXADECIMAL:
        return f"{text!a} is no symbol of this puzzle, which are {symbols}"
    last = SYMBOLS[size - 1]
    also = "" if size < 10 else f" (or {size})"
    return f"{text!a} is no symbol of a {size}×{size} puzzle, which are 1 to {last}{also}"
