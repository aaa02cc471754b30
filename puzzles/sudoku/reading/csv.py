"""Sudoku in CSV: `puzzle,solution[,rating]`, or any order that a header names, such as
`source,question,answer,rating` of the Sudoku-Extreme data set. Semicolons, tabs and, beside a whole
puzzle, spaces part fields as well. A rating that is no number is left out."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from puzzles.errors import PuzzleError
from puzzles.sudoku.reading.blocks import BLANKS, counts, is_whole
from puzzles.sudoku.reading.cells import FORMATS_HINT, Cells, read_cells
from puzzles.sudoku.reading.shapes import ANSWER
from puzzles.sudoku.rules import CLASSIC
from puzzles.text.text_grid import Line, counted

Meaning: TypeAlias = Literal["puzzle", "solution", "rating"]
Columns: TypeAlias = Mapping[Meaning, int]
"""Which field of a record holds what, from 0."""

_HEADER: dict[str, Meaning] = {
    "puzzle": "puzzle",
    "puzzles": "puzzle",
    "question": "puzzle",
    "quiz": "puzzle",
    "quizzes": "puzzle",
    "initial_board": "puzzle",
    "initial": "puzzle",
    "unsolved": "puzzle",
    "mission": "puzzle",
    "solution": "solution",
    "solutions": "solution",
    "solved": "solution",
    "answer": "solution",
    "answers": "solution",
    "rating": "rating",
    "difficulty": "rating",
}
_NAME = re.compile(r"[^\W\d][\w .()-]{0,39}")
_GRID_LENGTH = 40
"""A longer field is meant as a grid, even if it lacks some cells; other fields are shorter."""


@dataclass(frozen=True, slots=True)
class Record:
    puzzle: Cells
    solution: Cells | None = None
    rating: float | None = None


def split_fields(line: Line) -> list[str] | None:
    """The fields of a record or a header, or None for a line of cells; raises `PuzzleError`."""
    mark = next((character for character in line.text if character in ",;"), None)
    if mark is None:
        names = [field.strip() for field in line.text.split("\t")]
        meant = {_HEADER.get(name.lower()) for name in names}
        # a lone Solution or Difficulty is no header
        if "puzzle" in meant or (
            len(names) > 1 and (meant != {None} or CLASSIC.cells in map(len, names))
        ):
            return names
        fields = line.text.split()
        return fields if len(fields) > 1 and CLASSIC.cells in map(len, fields) else None
    try:
        return fields_of(next(csv.reader([line.text], delimiter=mark)))
    except csv.Error as error:
        raise PuzzleError(f"not a CSV record: {error}", line=line.number) from None


def fields_of(record: Sequence[str]) -> list[str]:
    """Without blanks around, and the `="…"` or apostrophe with which a spreadsheet keeps digits as
    text."""
    fields = [field.strip() for field in record]
    return [f.lstrip("='").strip('"') if f[:1] in ("=", "'") else f for f in fields]


def read_header(line: Line, fields: Sequence[str]) -> Columns | None:
    """The columns that a header names, or None for a record; raises `PuzzleError`."""
    columns: dict[Meaning, int] = {}
    if any(len(field) > _GRID_LENGTH for field in fields):
        return None
    for index, field in enumerate(fields):
        meaning = _HEADER.get(field.lower())
        if meaning:
            columns.setdefault(meaning, index)
    if columns and "puzzle" not in columns:
        raise PuzzleError(
            f"the header names no column of puzzles: {_names(fields)}",
            hint="Call it puzzle or question, and that of answers solution.",
            line=line.number,
        )
    return columns or None


def has_header(text: str) -> bool:
    """Whether it is CSV with a column of puzzles, in which nothing else is looked for."""
    begin = re.split(r"[\r\n]", text[:1_000].removeprefix("\ufeff").lstrip(), maxsplit=1)[0]
    first = Line(1, begin)
    try:
        fields = split_fields(first)
        if fields is None or len(fields) < 2:  # a lone word may be a title
            return False
        return read_header(first, fields) is not None
    except PuzzleError:
        return True


def _names(fields: Sequence[str]) -> str:
    return ", ".join(ascii(name[:20])[1:-1] for name in fields[:8] if name)


def require_known_header(lines: Sequence[Line]) -> None:
    """Raises `PuzzleError` where the first line names columns and none of them is known, though
    puzzles follow."""
    said = [line for line in lines if line.text.strip()][:2]
    if len(said) < 2:
        return
    header, record = (
        [part.strip().strip('"') for part in re.split(r"[,;\t]", line.text)] for line in said
    )
    if len(header) < 2 or len(record) < 2 or not any(len(part) == CLASSIC.cells for part in record):
        return
    if any(_HEADER.get(name.lower()) == "puzzle" for name in header):
        return
    if all(_NAME.fullmatch(name) or not name for name in header) and any(header):
        raise PuzzleError(
            f"the header names no column of puzzles: {_names(header)}",
            hint="Call it puzzle or question, and that of answers solution.",
            line=said[0].number,
        )


def read_record(line: Line, fields: Sequence[str], columns: Columns | None) -> Record:
    """One puzzle; without a header, the first long field is the puzzle and the second its solution,
    and the rating follows. Raises `PuzzleError`."""
    if columns is None:
        columns = grid_columns(fields)
    if len(fields) <= columns["puzzle"]:
        raise PuzzleError("this record has no puzzle", line=line.number)
    solution = _field(fields, columns.get("solution"))
    rating = _field(fields, columns.get("rating"))
    puzzle = fields[columns["puzzle"]]
    follows = columns.get("solution", 0) > columns["puzzle"]
    behind = line.text.find(puzzle) + len(puzzle) if follows else 0
    return Record(
        _grid(line, puzzle),
        _grid(line, solution, behind) if solution else None,
        rating_of(rating),
    )


def grid_columns(fields: Sequence[str]) -> Columns:
    """Of a record without a header."""
    columns = _usual_columns(fields)
    return {**columns, "rating": _rated(fields, columns)}


def _rated(fields: Sequence[str], columns: Columns) -> int:
    """Where the rating is: behind the number of clues, where that stands between (as in Kaggle's 3
    million Sudokus)."""
    at = columns.get("rating", len(fields))
    puzzle = fields[columns["puzzle"]] if columns["puzzle"] < len(fields) else ""
    clues = str(sum(character in "123456789" for character in puzzle))
    return at + 1 if fields[at : at + 1] == [clues] and _is_number(fields[at + 1 : at + 2]) else at


def _is_number(fields: Sequence[str]) -> bool:
    return any(rating_of(field) is not None for field in fields)


def _usual_columns(fields: Sequence[str]) -> Columns:
    grids = [index for index, field in enumerate(fields) if len(field) > _GRID_LENGTH][:2]
    if not grids:
        return {"puzzle": 0}
    columns: dict[Meaning, int] = {"puzzle": grids[0], "rating": grids[-1] + 1}
    if len(grids) > 1:
        columns["solution"] = grids[1]
    return columns


def _field(fields: Sequence[str], index: int | None) -> str:
    return fields[index] if index is not None and index < len(fields) else ""


def _grid(line: Line, field: str, behind: int = 0) -> Cells:
    start = max(line.text.find(field, behind), 0)
    cells = read_cells(line, field, start)
    if len(cells.digits) != CLASSIC.cells:
        raise PuzzleError(
            f"{counted(len(cells.digits), 'cell')} in a CSV field, a puzzle has 81",
            hint=FORMATS_HINT,
            line=line.number,
            column=line.column(start),
        )
    return cells


def rating_of(field: str) -> float | None:
    try:
        rating = float(field)
    except ValueError:
        return None
    return rating if math.isfinite(rating) else None


def _sized_fields(line: Line) -> list[str]:
    """The fields of a record of any size; those without a mark between them are words."""
    fields = split_fields(line)
    return fields if fields is not None else line.text.split()


def sized_columns(first: Line) -> Columns | None:
    """What the first line of CSV says that each record has, None for any other line."""
    try:
        fields = _sized_fields(first)
        columns = read_header(first, fields)
    except PuzzleError:
        return None
    if columns is not None:
        return columns
    is_csv = "," in first.text or ";" in first.text
    for at, (puzzle, answer) in enumerate(pairwise(fields)):
        if len(puzzle) == len(answer) != CLASSIC.cells and is_whole(len(puzzle)):
            answers = all(a in (b, *BLANKS) for a, b in zip(puzzle, answer, strict=True))
            if (is_csv and at == 0) or (answers and set(BLANKS).isdisjoint(answer)):
                return {"puzzle": at, "solution": at + 1}
    return None


def with_records_as_lines(lines: Sequence[Line]) -> list[Line]:
    """With the puzzle and the answer of each record on lines of their own, where a header names
    them and puzzles are of any size, or where the first record has one of another size than 9×9 and
    its answer; the same lines where not, and those of records without a puzzle."""
    first = next((line for line in lines if line.text.strip()), None)
    if first is None or (columns := sized_columns(first)) is None:
        return list(lines)
    found: list[Line] = []
    for line in lines:
        fields = _sized_fields(line)
        puzzle = _field(fields, columns["puzzle"])
        if len(fields) < 2 or not any(map(is_whole, counts(puzzle))):
            found += [line] if line is not first else []
            continue
        at = line.text.find(puzzle)
        found.append(Line(line.number, puzzle, at))
        if solution := _field(fields, columns.get("solution")):
            found += [
                Line(line.number, ANSWER),
                Line(line.number, solution, line.text.find(solution, at + len(puzzle))),
            ]
    return found
