"""Reading Sudoku the way people store and paste it.

A text may hold many puzzles and mix these forms:

- 81 characters a line (.sdm), blanks written as one of . 0 _ * · - x
- nine lines of nine cells (.sdk), with or without spaces, boxes drawn with | + - or box characters,
  where a blank may be a space, or as a spreadsheet saves them, cell by cell with commas
- CSV (see `puzzles.sudoku.csv`)
- other sizes, regions and further groups (see `puzzles.sudoku.readings`)
- titles such as "Grid 01" above a puzzle
- comments from # or // to the end of a line; the headings [Puzzle] and [State] of .sdk, where a
  state is somebody's progress and is left out
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from puzzles.base import PuzzleError
from puzzles.sudoku.cells import (
    FORMATS_HINT,
    Cells,
    blanks_written,
    is_dashes,
    is_ruler,
    read_cells,
    uses_dashes,
    without_comment,
)
from puzzles.sudoku.csv import Columns, Record, read_header, read_record, split_fields
from puzzles.sudoku.puzzle import Sudoku
from puzzles.sudoku.readings import looks_sized, read_sized
from puzzles.sudoku.rule_text import read_rule_text, read_rules
from puzzles.sudoku.rules import CLASSIC, Rules
from puzzles.text_grid import Line, numbered_lines

_TITLE = re.compile(r"\s*+(?:grid|puzzle|sudoku|game)\W*+\d*+\W*+", re.IGNORECASE)


def read_sudokus(text: str, rules: str = "") -> list[Sudoku]:
    """All puzzles of a text, at least one, named after their first line, under `rules` as
    `puzzles.sudoku.rules.read_rules` reads them; raises `PuzzleError`."""
    if read_rule_text(rules).symbols:
        return read_sized(text, rules)
    try:
        return _read_nine(text, rules)
    except PuzzleError as error:
        if error.line is None and not rules:
            raise
        try:
            puzzles = read_sized(text, rules)
        except PuzzleError as other:
            raise (other if looks_sized(text) else error) from None
        if all(puzzle.size == 9 for puzzle in puzzles) and not looks_sized(text):
            raise
        return puzzles


def _read_nine(text: str, rules: str) -> list[Sudoku]:
    records = list(read_records(text))  # first: a row too many spoils the grids around it
    known = read_rules(rules, 9) if rules else CLASSIC
    puzzles = [_checked(record, known) for record in records]
    if not puzzles:
        raise PuzzleError("there is no puzzle in this text", hint=FORMATS_HINT)
    return puzzles


def read_records(text: str) -> Iterator[Record]:
    """The grids of a text in their order, not yet checked against the rules."""
    rows: list[Cells] = []
    columns: Columns | None = None
    gaps = 0
    for line in _puzzle_lines(numbered_lines(text)):
        if not line.text.strip():
            gaps += 1
            if len(rows) % 3 and gaps != len(rows):  # it may part the bands, or all rows, of one
                _refuse_unfinished(rows)
        elif (fields := split_fields(line)) is not None:
            _refuse_unfinished(rows)
            named = read_header(line, fields)
            columns = named or columns
            if not named:
                yield read_record(line, fields, columns)
        elif rows or not _TITLE.fullmatch(line.text):
            cells = read_cells(line, line.text)
            if len(cells.digits) == 81:
                _refuse_unfinished(rows)
                yield Record(cells)
                continue
            if not rows:
                gaps = 0
            rows.append(cells)
            if len(rows) == 9:
                yield Record(_joined(rows))
                rows.clear()
    _refuse_unfinished(rows)


def _puzzle_lines(lines: list[Line]) -> Iterator[Line]:
    """Lines without comments, rulers, headings and the states of .sdk."""
    in_state = False
    dashes = uses_dashes(lines)
    for line in lines:
        text = without_comment(line.text)
        heading = text.strip().lower()
        if heading in ("[puzzle]", "[state]"):
            in_state = heading == "[state]"
        elif not in_state and (not is_ruler(text) or (dashes and is_dashes(text))):
            yield Line(line.number, blanks_written(text))


def _joined(rows: list[Cells]) -> Cells:
    return Cells("".join(row.digits for row in rows), tuple(row.lines[0] for row in rows))


def _refuse_unfinished(rows: list[Cells]) -> None:
    if rows:
        first, last = rows[0].lines[0].number, rows[-1].lines[0].number
        raise PuzzleError(
            f"the puzzle that begins here has only {len(rows)} of 9 rows, up to line {last}",
            hint=FORMATS_HINT,
            line=first,
        )


def _checked(record: Record, rules: Rules) -> Sudoku:
    """The puzzle of a record; an error names where in the text it is wrong."""
    with record.puzzle.located():
        puzzle = Sudoku(
            record.puzzle.values(),
            name=f"line {record.puzzle.lines[0].number}",
            rating=record.rating,
            rules=rules,
        )
    if record.solution is None:
        return puzzle
    with record.solution.located():
        return replace(puzzle, solution=record.solution.values())
