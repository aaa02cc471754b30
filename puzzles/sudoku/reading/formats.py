"""Reading Sudoku the way people store and paste it. A text may hold many
puzzles and mix these forms:

- 81 characters a line (.sdm), blanks written as one of . 0 _ * · - x
- nine lines of nine cells (.sdk), with or without spaces, boxes drawn with | + - or box characters,
  where a blank may be a space, or as a spreadsheet saves them, cell by cell with commas
- CSV (see `csv`); other sizes, regions and further groups (see `sized`)
- titles such as "Grid 01" above a puzzle; comments from # or // to the end of a line; the headings
  [Puzzle] and [State] of .sdk, where a state is somebody's progress and is left out
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from puzzles.errors import PuzzleError
from puzzles.sudoku.puzzle import Sudoku
from puzzles.sudoku.reading.cells import (
    FORMATS_HINT,
    Cells,
    blanks_written,
    is_dashes,
    is_ruler,
    read_cells,
    require_zeros_for_blanks,
    uses_dashes,
    without_comment,
)
from puzzles.sudoku.reading.csv import (
    Columns,
    Record,
    has_header,
    read_header,
    read_record,
    split_fields,
    with_records_as_lines,
)
from puzzles.sudoku.reading.found import MAX_FOUND, found, refused
from puzzles.sudoku.reading.given_rules import refuse_variant, require_rules_read
from puzzles.sudoku.reading.listed import answers_of
from puzzles.sudoku.reading.plain import plain_puzzles
from puzzles.sudoku.reading.plain_sized import plain_sized
from puzzles.sudoku.reading.rule_text import read_rule_text, read_rules
from puzzles.sudoku.reading.sized import TITLE, looks_sized, read_sized
from puzzles.sudoku.rules import CLASSIC, Rules
from puzzles.sudoku.solver import Grid
from puzzles.text.inner import inner_texts, texts_in_json
from puzzles.text.surroundings import says_answer
from puzzles.text.text_grid import Line, numbered_lines

LONG, PROBE = 200_000, 40_000
"""Characters of a text from which on its beginning is tried, and of that."""

UNFINISHED = 40
"""Lines that a puzzle may have which ends with the beginning of a text."""

MAX_LINES = 600_000
LONGEST_LINE = 20_000
"""Characters a line, on average, of a text that is too long to be searched."""

_ROW = re.compile(r"(?:[0-9._*][ |,]{0,3}){9}")
_HEADING = re.compile(
    r"\s*\[(puzzle|state|pencil ?marks|author|title|comment|description|date|level|source\w*)\]\s*",
    re.IGNORECASE,
)
_SOLUTIONS = re.compile(
    r"\A([^\n]{0,200}?)(?<![^,;\t\"\n\ufeff])(?:solution|answer)s?(?=[,;\t\"\r\n])(?=[^\n]{0,400}\n)",
    re.IGNORECASE,
)
_WRITTEN = re.compile(r"[^\W0_]")


def read_sudokus(text: str, rules: str = "") -> list[Sudoku]:
    """All puzzles of a text, at least one, named after their first line, under `rules` as
    `puzzles.sudoku.rules.read_rules` reads them; raises `PuzzleError`."""
    if not text[:2_000].lstrip("\ufeff \t\r\n").startswith("["):  # which may be one long line
        _refuse_endless(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not rules:
        refuse_variant(text)
    if read_rule_text(rules).symbols:
        return read_sized(with_records_as_lines(numbered_lines(text)), rules)
    puzzles, rest = plain_puzzles(text) if not rules else ([], 1)
    if puzzles:
        require_rules_read(text, puzzles)
    if rest == 0:
        return _with_answers(puzzles)
    if not rules and not puzzles and (sized := plain_sized(text)):
        return _with_answers(sized)
    _refuse_endless(text)
    if len(text) > LONG:
        if not _WRITTEN.search(text):
            raise PuzzleError("all cells are blank", hint="A puzzle has some digits.", line=1)
        if puzzles:  # what the beginning is, the rest is, too
            return _with_answers([*puzzles, *_rest(text, rest)])
        begin = text[: text.rfind("\n", 0, PROBE) + 1] or text[:PROBE]
        _refuse_unless_read(begin, rules)
        if len(text) > MAX_FOUND:
            _refuse_surrounded(begin, rules)
    found = _read_tolerantly(text, rules)
    if not rules:
        require_rules_read(text, found)
    return _with_answers(found)


def _read_tolerantly(text: str, rules: str) -> list[Sudoku]:
    nested = '\\"' in text  # JSON in a string of JSON, which is read first
    for inner in texts_in_json(text) if nested else ():
        with suppress(PuzzleError):
            return read_sudokus(inner, rules)
    try:
        return _read_or_find(text, rules)
    except PuzzleError:
        for inner in inner_texts(text, in_json=not nested):
            with suppress(PuzzleError):
                return read_sudokus(inner, rules)
        raise


def _read_or_find(text: str, rules: str) -> list[Sudoku]:
    try:
        return _read(numbered_lines(text), rules)
    except PuzzleError as error:
        lines = None if error.cells else found(text, lists_only=has_header(text))
        if lines is None:
            raise refused(text, error) from None
        try:
            return _read(lines, rules)
        except PuzzleError as other:
            dropped = all(not line.text.strip() for line in lines if line.number == error.line)
            raise refused(text, other if dropped or other.cells else error) from None


def _rest(text: str, number: int) -> list[Sudoku]:
    """The puzzles from a line on, with the header of CSV before, if the first line may be one."""
    lines = numbered_lines(text)
    header = lines[:1] if number > 1 and not _ROW.search(lines[0].text) else []
    return _read_nine([*header, *lines[number - 1 :]], "")


def _refuse_unless_read(text: str, rules: str) -> None:
    """Raises for the beginning of a long text what is wrong with it; that it ends is nothing."""
    for _ in range(2):
        try:
            _read_tolerantly(text, rules)
            return
        except PuzzleError as error:
            if error.line is None or error.line < text.count("\n") - UNFINISHED:
                raise
            text = "\n".join(text.split("\n")[: error.line - 1])


def _refuse_surrounded(text: str, rules: str) -> None:
    """Raises for the beginning of a text that is too long to be searched, where it has to be."""
    try:
        _read(numbered_lines(text), rules)
    except PuzzleError as error:
        if error.line is None or error.line < text.count("\n") - UNFINISHED:
            raise PuzzleError(
                f"a text of more than {MAX_FOUND:,} characters has something around its puzzles",
                hint="Split it into smaller files, or write one puzzle a line.",
                line=error.line,
            ) from None


def _with_answers(puzzles: list[Sudoku]) -> list[Sudoku]:
    """A full grid below or above a puzzle that it solves is its answer, even where no title says
    so; where it may be either, it is that of the puzzle above."""
    found: list[Sudoku] = []
    for puzzle in puzzles:
        before = found[-1] if found and 0 not in puzzle.givens else None
        above = found[-1] if found and 0 not in found[-1].givens else None
        if before is not None and _is_answer(puzzle, before):
            found[-1] = replace(before, solution=puzzle.givens)
        elif above is not None and _is_answer(above, puzzle):
            found[-1] = replace(puzzle, solution=above.givens)
        else:
            found.append(puzzle)
    return found


def _is_answer(full: Sudoku, puzzle: Sudoku) -> bool:
    return (
        puzzle.solution is None
        and 0 in puzzle.givens
        and puzzle.rules == full.rules
        and all(a in (0, b) for a, b in zip(puzzle.givens, full.givens, strict=True))
    )


def _refuse_endless(text: str) -> None:
    """Refuse what no puzzles are before it is cut into lines, which takes long."""
    if len(text) <= MAX_FOUND:
        return
    lines = text.count("\n") + text.count("\r")
    if lines > MAX_LINES:
        raise PuzzleError(
            f"the text has {lines:,} lines, more than the limit of {MAX_LINES:,}",
            hint="Split it into smaller files.",
        )
    if lines < len(text) // LONGEST_LINE:
        raise PuzzleError(
            f"the text has lines of more than {LONGEST_LINE:,} characters",
            hint=f"A text of more than {MAX_FOUND:,} characters is one puzzle a line, rows of "
            "cells, CSV or one JSON array.",
        )


def read_answers(text: str) -> list[Grid]:
    """The grids of a text that holds answers: those that it calls so, where it has puzzles beside
    them; raises `PuzzleError`."""
    text = _SOLUTIONS.sub(_named_puzzle, text, count=1)
    try:
        records = list(read_records(numbered_lines(text)))
    except PuzzleError:
        lines = found(text)
        if lines is None:
            raise
        records = list(read_records(list(answers_of(lines))))
    return [(record.solution or record.puzzle).values() for record in records]


def _named_puzzle(header: re.Match[str]) -> str:
    """The header of CSV that has answers alone, with `puzzle` for their name."""
    is_named = re.search(r"puzzle|quiz|question", header[0], re.IGNORECASE)
    return header[0] if is_named else f"{header[1]}puzzle"


def _read(lines: Sequence[Line], rules: str) -> list[Sudoku]:
    """9×9 with boxes alone, or any size and rule."""
    try:
        return _read_nine(lines, rules)
    except PuzzleError as error:
        if error.line is None and not rules:
            raise
        records = with_records_as_lines(lines)
        try:
            puzzles = read_sized(records, rules)
        except PuzzleError as other:
            raise (other if looks_sized(records) else error) from None
        if all(puzzle.size == 9 for puzzle in puzzles) and not looks_sized(records):
            raise
        return puzzles


def _read_nine(lines: Sequence[Line], rules: str) -> list[Sudoku]:
    records = list(read_records(lines))  # first: a row too many spoils the grids around it
    known = read_rules(rules, 9) if rules else CLASSIC
    puzzles = [_checked(record, known) for record in records]
    if not puzzles:
        raise PuzzleError("there is no puzzle in this text", hint=FORMATS_HINT)
    return puzzles


def read_records(lines: Sequence[Line]) -> Iterator[Record]:
    """The grids of a text in their order, not yet checked against the rules; what a title calls an
    answer is the solution of the grid before it."""
    last: Record | None = None
    answered = False
    for record in _each_record(lines):
        if record is None:
            answered = last is not None
        elif answered and last is not None:
            yield replace(last, solution=record.puzzle)
            last, answered = None, False
        else:
            if last is not None:
                yield last
            last = record
    if last is not None:
        yield last


def _each_record(lines: Sequence[Line]) -> Iterator[Record | None]:
    """Grid after grid, and None where a title says that an answer follows."""
    rows: list[Cells] = []
    columns: Columns | None = None
    gaps = 0
    for line in _puzzle_lines(lines):
        if not line.text.strip():
            gaps += 1
            if len(rows) % 3 and gaps != len(rows):  # it may part the bands, or all rows, of one
                _refuse_unfinished(rows)
        elif not rows and says_answer(line.text):
            yield None
        elif (fields := split_fields(line)) is not None:
            _refuse_unfinished(rows)
            named = read_header(line, fields)
            columns = named or columns
            if not named:
                yield read_record(line, fields, columns)
        elif rows or not TITLE.fullmatch(line.text):
            cells = read_cells(line, line.text)
            if len(cells.digits) == CLASSIC.cells:
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


def _puzzle_lines(lines: Sequence[Line]) -> Iterator[Line]:
    """Lines without comments, rulers, headings and the states of .sdk."""
    in_state = False
    dashes = uses_dashes(lines)
    for line in lines:
        text = without_comment(line.text)
        if heading := _HEADING.fullmatch(text):
            in_state = heading[1].lower() != "puzzle"
        elif not in_state and (not is_ruler(text) or (dashes and is_dashes(text))):
            yield line._replace(text=blanks_written(text))


def _joined(rows: list[Cells]) -> Cells:
    first = rows[0].lines[0]
    require_zeros_for_blanks("".join(row.lines[0].text for row in rows), first.number)
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
