"""Reading Sudokus of any size, with their regions and further groups.

- a line of all cells (16, 36, 64, 81, 100, … characters) or as many rows as cells in a row, written
  as 1-9 A-P, or as numbers with spaces; 0-F of 16×16 where `.` or another mark is the blank
- regions in the same shape after an empty line or the word `regions`, a letter or digit for each
- `rules: x, windoku`, `group NAME: r1c1 r2c3 …` and `regions: AABB AABB …` (all of them on one
  line) above a puzzle, for this one
- ids of Solo (see `puzzles.sudoku.reading.solo`)

Every reading of a puzzle is tried: where two fit, the text is refused with both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any

from puzzles.errors import PuzzleError
from puzzles.sudoku.puzzle import HEXADECIMAL, SYMBOLS, Notation, Sudoku
from puzzles.sudoku.reading.blocks import (
    CHARACTER,
    REGIONS,
    SIZES_HINT,
    WORD,
    Block,
    blocks,
    cells_of,
    counts,
    digits_of,
    grids_of,
    is_whole,
    matched,
    rows_of,
    sized_lines,
    speaks,
)
from puzzles.sudoku.reading.csv import with_records_as_lines
from puzzles.sudoku.reading.given_rules import GivenRules
from puzzles.sudoku.reading.shapes import ANSWER
from puzzles.sudoku.reading.solo import looks_like_id, read_id
from puzzles.sudoku.rules import (
    CLASSIC,
    LARGEST,
    SMALLEST,
    Rules,
    box_regions,
    box_shape,
    require_regions,
)
from puzzles.sudoku.solver import Grid
from puzzles.text.surroundings import says_answer
from puzzles.text.text_grid import Line

TITLE = re.compile(r"\s*+(?:grid|puzzle|sudoku|game)\W*+\d*+\W*+", re.IGNORECASE)
_WITH_REGIONS = re.compile(r"latin|jigsaw|boxes|regions", re.IGNORECASE)
_BAR = re.compile(r"[|│║┃]")
_GAP = re.compile(r"\s{2,}|(?<=\S\S)\s(?=\S\S)")
_LETTERS = re.compile(r"[A-Ia-i\s]{9,}")


def read_sized(lines: Sequence[Line], rules: str = "") -> list[Sudoku]:
    """All puzzles of a text whose records are lines, named after their first lines; raises
    `PuzzleError`."""
    lines = sized_lines(lines)
    puzzles: list[Sudoku] = []
    given = GivenRules(rules)
    answered = False
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        if not line.text.strip() or TITLE.fullmatch(line.text):
            continue
        if says_answer(line.text):
            answered = bool(puzzles)
            continue
        if (extended := given.extended(line)) is not None:
            given = extended
            continue
        if answered:
            puzzles[-1], index = _with_answer(lines, index - 1, puzzles[-1])
            answered = False
            continue
        if looks_like_id(line.text):
            givens, own = read_id(line)
            given.require_none(line)
            puzzle = _located(line, givens, own)
        else:
            puzzle, index = _read_one(lines, index - 1, given)
        puzzles.append(replace(puzzle, name=f"line {line.number}"))
        given = GivenRules(rules)
    if not puzzles:
        raise PuzzleError("there is no puzzle in this text", hint=SIZES_HINT)
    return puzzles


def _with_answer(lines: Sequence[Line], start: int, puzzle: Sudoku) -> tuple[Sudoku, int]:
    """The puzzle with the answer that begins at a line, in its notation, and the index of the line
    after it."""
    block = _wanted(lines, start, puzzle.size)
    symbols = puzzle.notation.symbols or SYMBOLS
    try:
        answer = digits_of(block, symbols[: puzzle.size])
        return replace(puzzle, solution=answer), block.following
    except PuzzleError as error:
        raise PuzzleError(str(error), hint=error.hint, line=lines[start].number) from None


def looks_sized(lines: Sequence[Line]) -> bool:
    """Whether a text that is no 9×9 puzzle is meant as one of another size, or with regions."""
    lines = [line for line in sized_lines(lines) if line.text.strip()]
    run: dict[int, int] = {}
    for line in lines:
        if speaks(line.text) or looks_like_id(line.text):
            return True
        characters, words = counts(line.text)
        if characters != CLASSIC.cells and is_whole(characters):
            return True
        run = {cells: run.get(cells, 0) + 1 for cells in (characters, words)}
        if any(
            cells != 9 and SMALLEST <= cells <= LARGEST and rows >= max(3, cells / 2)
            for cells, rows in run.items()
        ):
            return True
    letters = [i for i, line in enumerate(lines) if _LETTERS.fullmatch(line.text)]
    return sum(counts(lines[i].text)[0] for i in letters) >= 8 * CLASSIC.size and letters[0] >= 1


def _located(line: Line, givens: Grid, rules: Rules) -> Sudoku:
    try:
        return Sudoku(givens, rules=rules)
    except PuzzleError as error:
        raise PuzzleError(str(error), line=line.number, cells=error.cells) from None


def _read_one(lines: Sequence[Line], start: int, given: GivenRules) -> tuple[Sudoku, int]:
    """The puzzle that begins at a line, and the index of the line after it."""
    found: dict[tuple[Sudoku, int], str] = {}
    errors: list[PuzzleError] = []
    found_blocks = list(blocks(lines, start, errors))
    for block in found_blocks:
        try:
            for puzzle, following, words in _with_rules(lines, block, given):
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


def _with_rules(
    lines: Sequence[Line], block: Block, given: GivenRules
) -> Iterator[tuple[Sudoku, int, str]]:
    """Every reading of a block with what follows it: puzzle, index of the next line, words."""
    size = block.size
    grids = list(grids_of(block, given.symbols))
    labels, sure = _regions(lines, block)
    if given.regions and sure:
        raise PuzzleError(
            "the regions stand above the puzzle and below it", line=lines[block.start].number
        )
    if given.regions:
        labels = None
    if labels is not None and not sure and _is_puzzle(labels, given):
        for grid, notation in grids:
            with block.located():
                plain = Sudoku(grid, rules=given.rules(size), notation=notation)
            yield plain, block.following, "two puzzles"
    regions = _regions_of(lines, block, given, labels)
    with block.located():
        rules = given.rules(size, regions)
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


def _regions_of(
    lines: Sequence[Line], block: Block, given: GivenRules, labels: Block | None
) -> Sequence[Any]:
    """What is written for each cell, above or in `labels`; of drawn boxes their numbers."""
    if labels is not None:
        written = tuple(text for text, _, _ in labels.cells)
        with labels.located():
            require_regions(block.size, written, list(dict.fromkeys(written)))
        return written
    if given.regions:
        with _at(lines[block.start]):
            require_regions(block.size, given.regions, list(dict.fromkeys(given.regions)))
        return given.regions
    if _WITH_REGIONS.search(given.argument + given.names):
        return ()
    return _drawn_boxes(lines, block) or ()


@contextmanager
def _last(last: bool) -> Iterator[None]:
    """A reading that clashes is left out, unless it is the last that could fit."""
    try:
        yield
    except PuzzleError:
        if last:
            raise


def _regions(lines: Sequence[Line], block: Block) -> tuple[Block | None, bool]:
    """The block of regions that follows a puzzle, if any, and whether a word announces it."""
    index = block.following
    while index < len(lines) and not lines[index].text.strip():
        index += 1
    if index < len(lines) and matched(REGIONS, lines[index].text):
        return _same_shape(lines, index + 1, block, must=True), True
    gap = index > block.following
    return (_same_shape(lines, index, block, must=False) if gap else None), False


def _same_shape(lines: Sequence[Line], start: int, block: Block, *, must: bool) -> Block | None:
    """A block of the same shape with a character a cell; None unless it `must` be there, where some
    cell is blank or the shape is another."""
    size = block.size
    while start < len(lines) and not lines[start].text.strip():
        start += 1
    try:
        if start == len(lines):
            raise PuzzleError("the regions that are announced here are missing")
        if block.rows:
            found = rows_of(lines, start, size, numbers=False)
        else:
            cells = cells_of(lines[start]) or ()
            found = Block(size, cells, False, False, start, start + 1)
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


@contextmanager
def _at(line: Line) -> Iterator[None]:
    """Give a line to a `PuzzleError` that has none."""
    try:
        yield
    except PuzzleError as error:
        raise PuzzleError(str(error), hint=error.hint, line=line.number) from None


def _is_puzzle(block: Block, given: GivenRules) -> bool:
    """Whether what may be regions may be a puzzle, too."""
    try:
        return any(
            Sudoku(grid, rules=given.rules(block.size))
            for grid, _ in grids_of(block, given.symbols)
        )
    except PuzzleError:
        return False


def _drawn_boxes(lines: Sequence[Line], block: Block) -> tuple[int, ...] | None:
    """The boxes that bars inside the rows show, or gaps in all rows, if they part them evenly."""
    if not block.rows:
        return None
    cell = WORD if block.numbers else CHARACTER
    texts = (line.text.strip() for line in lines[block.start : block.following])
    rows = [text for text in texts if text]
    parts = [len(cell.findall(part)) for part in _BAR.split(rows[0]) if part.strip()]
    if len(parts) == 1 and not block.numbers:
        gaps = {tuple(len(cell.findall(part)) for part in _GAP.split(row)) for row in rows}
        parts = list(gaps.pop()) if len(gaps) == 1 else parts
        if parts[0] not in (box_shape(block.size) or ()):
            return None
    width = parts[0]
    if len(set(parts)) > 1 or not 1 < width < block.size or block.size % width:
        return None
    return box_regions(block.size, (block.size // width, width))


def read_sized_grids(given: Sequence[Line], wanted: Sequence[tuple[int, Notation]]) -> list[Grid]:
    """One grid of each wanted size, in order, each as a line or as rows, in the notation of its
    puzzle or in 1-9 A-P; raises `PuzzleError`."""
    records = with_records_as_lines(given)
    answers = [line for before, line in pairwise(records) if before.text == ANSWER]
    lines = [
        line
        for line in sized_lines(answers or given)
        if line.text.strip() and not speaks(line.text) and not TITLE.fullmatch(line.text)
    ]
    grids: list[Grid] = []
    index = 0
    for number, (size, notation) in enumerate(wanted, start=1):
        if index == len(lines):
            raise PuzzleError(f"{number - 1} answers for {len(wanted)} puzzles")
        block = _wanted(lines, index, size)
        index = block.following
        symbols = notation.symbols or SYMBOLS
        grids.append(digits_of(block, symbols[:size]))
    if index < len(lines):
        raise PuzzleError("there are more answers than puzzles", line=lines[index].number)
    return grids


def _wanted(lines: Sequence[Line], start: int, size: int) -> Block:
    line = lines[start]
    for numbers in (True, False):
        cells = cells_of(line, numbers=numbers) or ()
        if len(cells) == size * size:
            return Block(size, cells, False, numbers, start, start + 1)
        if len(cells) == size:
            return rows_of(lines, start, size, numbers=numbers)
    raise PuzzleError(
        f"{len(cells_of(line) or ())} cells, an answer here has rows of {size} or {size**2} in all",
        hint=SIZES_HINT,
        line=line.number,
    )
