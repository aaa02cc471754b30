"""Reading Sudokus of any size, with their regions and further groups.

- a line of all cells (16, 36, 64, 81, 100, … characters) or as many rows as cells in a row, written
  as 1-9 A-P, or as numbers with spaces; 0-F of 16×16 where `.` or another mark is the blank
- regions in the same shape after an empty line or the word `regions`, a letter or digit for each
- `rules: x, windoku` and `group NAME: r1c1 r2c3 …` above a puzzle, for this one
- ids of Solo (see `puzzles.sudoku.solo`)

Every reading of a puzzle is tried: where two fit, the text is refused with both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import isqrt
from typing import Any

from puzzles.base import PuzzleError
from puzzles.sudoku.cells import is_ruler, without_comment
from puzzles.sudoku.puzzle import HEXADECIMAL, SYMBOLS, Notation, Sudoku
from puzzles.sudoku.rule_text import (
    RULES_HINT,
    is_names,
    read_rule_text,
    read_rules,
    require_symbols,
)
from puzzles.sudoku.rules import (
    LARGEST,
    SMALLEST,
    Rules,
    box_regions,
    named_group,
    require_regions,
    with_groups,
)
from puzzles.sudoku.solo import looks_like_id, read_id
from puzzles.sudoku.solver import Grid
from puzzles.text_grid import Line, numbered_lines

SIZES_HINT = (
    "A Sudoku of any size is one line of all cells or one row a line, in 1-9 A-P or in numbers "
    "with spaces, blanks as . 0 _ * - or x; regions follow after an empty line."
)

_BLANKS = "._*·-0xX"
_BETWEEN = r"\s|,;│║┃" + "".join(map(chr, range(0x2500, 0x2580)))
_CHARACTER = re.compile(rf"[^{_BETWEEN}]")
_WORD = re.compile(rf"[^{_BETWEEN}]+")
_NUMBER = re.compile(r"\d{1,2}|[A-Za-z]|[._*·-]{1,2}")
_DASHED = re.compile(r"(?=.*[1-9A-Pa-p])(?=.*-)[1-9A-Pa-p\s-]+")
_TITLE = re.compile(r"\s*+(?:grid|puzzle|sudoku|game)\W*+\d*+\W*+", re.IGNORECASE)
_RULES = re.compile(r"\s*rules?\s*:\s*(\S.*?)\s*", re.IGNORECASE)
_GROUP = re.compile(r"\s*group\s+(\S.*?)\s*:\s*([rc\d\s,]+)", re.IGNORECASE)
_SYMBOLS = re.compile(r"\s*symbols\s*:\s*(\S+)\s*", re.IGNORECASE)
_REGIONS = re.compile(r"\s*regions\s*:?\s*", re.IGNORECASE)
_WITH_REGIONS = re.compile(r"latin|jigsaw|boxes|regions", re.IGNORECASE)
_BAR = re.compile(r"[|│║┃]")
_LETTERS = re.compile(r"[A-Ia-i\s]{9,}")
_LONGEST = 5000
"""Characters of the longest line that is looked at for words."""

_Cells = tuple[tuple[str, int, int], ...]
"""What is written in each cell, with line and column from 1."""


@dataclass(frozen=True, slots=True)
class _Told:
    """The rules of an argument, and of the lines above a puzzle."""

    argument: str
    names: str = ""
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    written: str = ""

    def __bool__(self) -> bool:
        return bool(self.argument or self.names or self.groups or self.written)

    @property
    def symbols(self) -> str:
        """Those that a text names in place of 1-9 A-P, empty for these."""
        return self.written or read_rule_text(self.argument).symbols

    def rules(self, size: int, regions: Sequence[Any] = ()) -> Rules:
        if self.names and self.argument.strip() and not is_names(self.argument):
            raise PuzzleError("there are rules above the puzzle and in a file, too")
        rules = read_rules(",".join(filter(None, (self.argument, self.names))), size, regions)
        return with_groups(rules, [named_group(n, cells, size) for n, cells in self.groups])

    def heard(self, line: Line) -> _Told | None:
        """With what a line says, None if it says nothing of rules."""
        if found := _matched(_RULES, line.text):
            return replace(self, names=",".join(filter(None, (self.names, found[1]))))
        if found := _matched(_GROUP, line.text):
            cells = tuple(found[2].replace(",", " ").split())
            return replace(self, groups=(*self.groups, (found[1], cells)))
        if found := _matched(_SYMBOLS, line.text):
            return replace(self, written=require_symbols(found[1], 0))
        return None


@dataclass(frozen=True, slots=True)
class _Block:
    """A square of cells: `start` is the index of its first line, `following` of the line after."""

    size: int
    cells: _Cells
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


def read_sized(text: str, rules: str = "") -> list[Sudoku]:
    """All puzzles of a text, named after their first lines; raises `PuzzleError`."""
    lines = _lines(text)
    puzzles: list[Sudoku] = []
    told = _Told(rules)
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        if not line.text.strip() or _TITLE.fullmatch(line.text):
            continue
        if (heard := told.heard(line)) is not None:
            told = heard
            continue
        if looks_like_id(line.text):
            givens, own = read_id(line)
            _refuse_rules(told, line)
            puzzle = _located(line, givens, own)
        else:
            puzzle, index = _read_one(lines, index - 1, told)
        puzzles.append(replace(puzzle, name=f"line {line.number}"))
        told = _Told(rules)
    if not puzzles:
        raise PuzzleError("there is no puzzle in this text", hint=SIZES_HINT)
    return puzzles


def looks_sized(text: str) -> bool:
    """Whether a text that is no 9×9 puzzle is meant as one of another size, or with regions."""
    lines = [line for line in _lines(text) if line.text.strip()]
    run: Counter[int] = Counter()
    for line in lines:
        if _speaks(line.text) or looks_like_id(line.text):
            return True
        characters, words = _counts(line.text)
        if characters != 81 and _is_whole(characters):
            return True
        run = Counter({cells: run[cells] + 1 for cells in {characters, words}})
        if any(
            cells != 9 and SMALLEST <= cells <= LARGEST and rows >= max(3, cells / 2)
            for cells, rows in run.items()
        ):
            return True
    letters = [i for i, line in enumerate(lines) if _LETTERS.fullmatch(line.text)]
    return len(letters) >= 8 and letters[0] >= 1


def _speaks(text: str) -> bool:
    """Whether a line says what the cells around it are."""
    return any(_matched(words, text) for words in (_RULES, _GROUP, _SYMBOLS, _REGIONS))


def _matched(words: re.Pattern[str], text: str) -> re.Match[str] | None:
    return words.fullmatch(text) if len(text) <= _LONGEST else None


def _counts(text: str) -> tuple[int, int]:
    """Cells of a line as characters, and as numbers, 0 if they are none."""
    words = _WORD.findall(text)
    return len(_CHARACTER.findall(text)), len(words) if max(map(len, words), default=3) <= 2 else 0


def _is_whole(cells: int) -> bool:
    size = isqrt(cells)
    return size * size == cells and SMALLEST <= size <= LARGEST


def _lines(text: str) -> list[Line]:
    lines = [Line(n, without_comment(line)) for n, line in numbered_lines(text)]
    dashes = any(_DASHED.fullmatch(line.text) for line in lines)
    return [
        line
        for line in lines
        if not is_ruler(line.text) or (dashes and set(line.text.strip()) <= set("- "))
    ]


def _refuse_rules(told: _Told, line: Line) -> None:
    if told:
        raise PuzzleError("a Solo id says its rules itself", hint=RULES_HINT, line=line.number)


def _located(line: Line, givens: Grid, rules: Rules) -> Sudoku:
    try:
        return Sudoku(givens, rules=rules)
    except PuzzleError as error:
        raise PuzzleError(str(error), line=line.number, cells=error.cells) from None


def _read_one(lines: Sequence[Line], start: int, told: _Told) -> tuple[Sudoku, int]:
    """The puzzle that begins at a line, and the index of the line after it."""
    found: dict[tuple[Sudoku, int], str] = {}
    errors: list[PuzzleError] = []
    blocks = list(_blocks(lines, start, errors))
    for block in blocks:
        try:
            for puzzle, following, words in _with_rules(lines, block, told):
                found.setdefault((puzzle, following), words)
        except PuzzleError as error:
            errors.insert(0, error)
    if not found:
        raise errors[0]
    if len(found) > 1:
        words = " or ".join(dict.fromkeys(found.values()))
        raise PuzzleError(
            f"this can be read as {words}",
            hint="Write one puzzle a text, or the word regions above what are regions.",
            line=lines[start].number,
        )
    return next(iter(found))


def _blocks(lines: Sequence[Line], start: int, errors: list[PuzzleError]) -> Iterator[_Block]:
    """The squares that can begin at a line, in every reading."""
    for numbers in (False, True):
        cells = _cells(lines[start], numbers=numbers)
        if cells is None:
            continue
        if _is_whole(len(cells)) and not _mixed(lines, start, len(cells)):
            yield _Block(isqrt(len(cells)), cells, False, numbers, start, start + 1)
        if SMALLEST <= len(cells) <= LARGEST:
            try:
                yield _rows(lines, start, len(cells), numbers=numbers)
            except PuzzleError as error:
                errors.append(error)
    if not errors:
        count = len(_CHARACTER.findall(lines[start].text))
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
    rows = [line for line in lines[start : start + 3 * count] if line.text.strip()][:count]
    return len(rows) == count and not all(
        len(cells := _cells(line) or ()) == count
        and all(c in _BLANKS or c.upper() in SYMBOLS[:size] for c, _, _ in cells)
        for line in rows
    )


def _cells(line: Line, *, numbers: bool = False) -> _Cells | None:
    """A line's cells; as numbers None where no cell has two characters, or one is none."""
    pattern = _WORD if numbers else _CHARACTER
    found = list(pattern.finditer(line.text))
    if numbers and not (
        all(_NUMBER.fullmatch(word.group()) for word in found)
        and any(len(word.group()) > 1 for word in found)
    ):
        return None
    return tuple((word.group(), line.number, word.start() + 1) for word in found)


def _rows(lines: Sequence[Line], start: int, size: int, *, numbers: bool) -> _Block:
    """As many rows as a row has cells; empty lines may part them."""
    cells: list[tuple[str, int, int]] = []
    read = 0
    index = start
    while read < size and index < len(lines):
        line = lines[index]
        index += 1
        if not line.text.strip():
            continue
        if _speaks(line.text):
            break
        row = _cells(line, numbers=numbers) or _cells(line) or ()
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
    return _Block(size, tuple(cells), True, numbers, start, index)


def _with_rules(
    lines: Sequence[Line], block: _Block, told: _Told
) -> Iterator[tuple[Sudoku, int, str]]:
    """Every reading of a block with what follows it: puzzle, index of the next line, words."""
    size = block.size
    grids = list(_grids(block, told.symbols))
    labels, sure = _regions(lines, block)
    if labels is not None and not sure and _is_puzzle(labels, told):
        for grid, notation in grids:
            with block.located():
                plain = Sudoku(grid, rules=told.rules(size), notation=notation)
            yield plain, block.following, "two puzzles"
    regions: Sequence[Any] = ()
    if labels is not None:
        regions = tuple(text for text, _, _ in labels.cells)
        with labels.located():
            require_regions(size, regions, list(dict.fromkeys(regions)))
    elif not _WITH_REGIONS.search(told.argument + told.names):
        regions = _drawn_boxes(lines, block) or ()
    with block.located():
        rules = told.rules(size, regions)
    fitting: list[Sudoku] = []
    for grid, notation in grids:
        with _last(len(fitting) == 0 and grid is grids[-1][0]), block.located():
            fitting.append(Sudoku(grid, rules=rules, notation=notation))
    if len(fitting) > 1 and any(text in "._*·-xX" for text, _, _ in block.cells):
        fitting = fitting[:1]  # one mark is the blank: beside it a 0 is a symbol
    for puzzle in fitting:
        kind = f"a {size}×{size} puzzle"
        if puzzle.notation.symbols == HEXADECIMAL:
            kind += " in 0-9 A-F"
        elif len(fitting) > 1:
            kind += " in 1-9 A-G with 0 as blank"
        if labels is not None:
            yield puzzle, labels.following, f"{kind} with its regions"
        else:
            yield puzzle, block.following, kind


@contextmanager
def _last(last: bool) -> Iterator[None]:
    """A reading that clashes is left out, unless it is the last that could fit."""
    try:
        yield
    except PuzzleError:
        if last:
            raise


def _regions(lines: Sequence[Line], block: _Block) -> tuple[_Block | None, bool]:
    """The block of regions that follows a puzzle, if any, and whether a word announces it."""
    index = block.following
    while index < len(lines) and not lines[index].text.strip():
        index += 1
    if index < len(lines) and _matched(_REGIONS, lines[index].text):
        return _same_shape(lines, index + 1, block, must=True), True
    gap = index > block.following
    return (_same_shape(lines, index, block, must=False) if gap else None), False


def _same_shape(lines: Sequence[Line], start: int, block: _Block, *, must: bool) -> _Block | None:
    """A block of the same shape with a character a cell; None unless it `must` be there, where some
    cell is blank or the shape is another."""
    size = block.size
    while start < len(lines) and not lines[start].text.strip():
        start += 1
    try:
        if start == len(lines):
            raise PuzzleError("the regions that are announced here are missing")
        if block.rows:
            found = _rows(lines, start, size, numbers=False)
        else:
            cells = _cells(lines[start]) or ()
            found = _Block(size, cells, False, False, start, start + 1)
        if len(found.cells) != size * size:
            raise PuzzleError(
                f"{len(found.cells)} cells, the puzzle has {size * size}",
                hint=SIZES_HINT,
                line=lines[start].number,
            )
    except PuzzleError:
        if must:
            raise
        return None
    return found if must or all(text not in "._*·-" for text, _, _ in found.cells) else None


def _is_puzzle(block: _Block, told: _Told) -> bool:
    """Whether what may be regions may be a puzzle, too."""
    try:
        return any(
            Sudoku(grid, rules=told.rules(block.size)) for grid, _ in _grids(block, told.symbols)
        )
    except PuzzleError:
        return False


def _drawn_boxes(lines: Sequence[Line], block: _Block) -> tuple[int, ...] | None:
    """The boxes that bars inside the rows show, if they part them evenly."""
    if not block.rows:
        return None
    cell = _WORD if block.numbers else _CHARACTER
    row = lines[block.start].text
    parts = [len(cell.findall(part)) for part in _BAR.split(row) if part.strip()]
    width = parts[0]
    if len(set(parts)) > 1 or not 1 < width < block.size or block.size % width:
        return None
    return box_regions(block.size, (block.size // width, width))


def _grids(block: _Block, named: str = "") -> Iterator[tuple[Grid, Notation]]:
    """The digits in every reading of the symbols, the likeliest first, or in those `named`; raises
    `PuzzleError`."""
    size, written = block.size, [text.upper() for text, _, _ in block.cells]
    if named:
        yield _digits(block, require_symbols(named, size)), Notation(named, block.rows)
        return
    if block.numbers:
        yield _digits(block, SYMBOLS[:size]), Notation("", block.rows)
        return
    marks = {text for text in written if text in _BLANKS.upper() and text != "0"}
    hexadecimal = size == 16 and "0" in written and set(written) <= set(HEXADECIMAL) | marks
    if hexadecimal:
        yield _digits(block, HEXADECIMAL), Notation(HEXADECIMAL, block.rows)
    yield _digits(block, SYMBOLS[:size]), Notation(SYMBOLS, block.rows)


def _digits(block: _Block, symbols: str) -> Grid:
    digits = []
    for text, line, column in block.cells:
        if text[0] in _BLANKS and text not in symbols:
            digits.append(0)
        elif block.numbers and text.isdecimal():
            digits.append(int(text))
        else:
            digits.append(symbols.upper().find(text.upper()) + 1)
        if digits[-1] > block.size or (not digits[-1] and text[0] not in _BLANKS):
            stray = _stray(text, block.size, symbols)
            raise PuzzleError(stray, hint=SIZES_HINT, line=line, column=column)
    return tuple(digits)


def _stray(text: str, size: int, symbols: str) -> str:
    if not SYMBOLS.startswith(symbols) and symbols != HEXADECIMAL:
        return f"{text!a} is no symbol of this puzzle, which are {symbols}"
    last = SYMBOLS[size - 1]
    also = "" if size < 10 else f" (or {size})"
    return f"{text!a} is no symbol of a {size}×{size} puzzle, which are 1 to {last}{also}"


def read_sized_grids(text: str, wanted: Sequence[tuple[int, Notation]]) -> list[Grid]:
    """One grid of each wanted size, in order, each as a line or as rows, in the notation of its
    puzzle or in 1-9 A-P; raises `PuzzleError`."""
    lines = [
        line
        for line in _lines(text)
        if line.text.strip() and not _speaks(line.text) and not _TITLE.fullmatch(line.text)
    ]
    grids: list[Grid] = []
    index = 0
    for number, (size, notation) in enumerate(wanted, start=1):
        if index == len(lines):
            raise PuzzleError(f"{number - 1} answers for {len(wanted)} puzzles")
        block = _wanted(lines, index, size)
        index = block.following
        symbols = notation.symbols or SYMBOLS
        grids.append(_digits(block, symbols[:size]))
    if index < len(lines):
        raise PuzzleError("there are more answers than puzzles", line=lines[index].number)
    return grids


def _wanted(lines: Sequence[Line], start: int, size: int) -> _Block:
    line = lines[start]
    for numbers in (True, False):
        cells = _cells(line, numbers=numbers) or ()
        if len(cells) == size * size:
            return _Block(size, cells, False, numbers, start, start + 1)
        if len(cells) == size:
            return _rows(lines, start, size, numbers=numbers)
    raise PuzzleError(
        f"{len(_cells(line) or ())} cells, an answer here has rows of {size} or {size**2} in all",
        hint=SIZES_HINT,
        line=line.number,
    )
