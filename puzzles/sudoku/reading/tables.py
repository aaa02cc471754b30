"""Rows of a Sudoku as tables have them: fields between commas, tabs, bars or spaces, with the
headers, index columns and rulers that spreadsheets, pandas, Markdown and R put around.

What is found is written back with each cell in its own column and spaces elsewhere, so that the
strict readers need not know of any of it and an error still names the right place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from puzzles.sudoku.reading.cells import boxed, is_ruler
from puzzles.sudoku.reading.row_labels import (
    BARS,
    are_columns,
    is_header,
    unlabelled,
    unlabelled_behind,
    without_word,
)
from puzzles.sudoku.rules import CLASSIC, LARGEST, SMALLEST
from puzzles.text.labels import are_counted
from puzzles.text.text_grid import Line


class Field(NamedTuple):
    """What stands in a field, and the index of its first character in the line."""

    text: str
    at: int


Row: TypeAlias = list[Field]

_FLOAT = re.compile(r"(\d{1,2})(?:\.0*|\.0*e\+00)?", re.IGNORECASE)
_MISSING = frozenset((
    "nan", "na", "<na>", "n/a", "none", "null", "nil", "nothing", "missing", "blank", "empty",
    "-1", "?", "",
))  # fmt: skip
_BETWEEN = frozenset(":/\\-=~'+&")
_MARKS = frozenset(".0_*·-xX?")
_PLACE = re.compile(r"(?:r(?:ow)?_?)?(\d|[A-I])[_,]?(?:c(?:ol)?_?)?(\d)", re.IGNORECASE)
_TYPE = re.compile(
    r"-{3,}|[iuf](?:8|16|32|64)|str|<?(?:int|float|dbl|chr|lgl)\d*>?|u?(?:tiny|small|big)?int\d*|"
    r"double|varchar"
)
"""Of a column, as polars, DuckDB and tibble write it."""


def cells_in_place(rows: Sequence[Line]) -> list[Line] | None:
    """The rows of whole puzzles with nothing but cells in them, None where they are no table.

    Every way to read them that gives whole puzzles is tried; if two differ, none is taken.
    """
    rows = [_untexed(row) for row in rows if not _is_ruler(row.text)]
    if max((len(row.text) for row in rows), default=0) < SMALLEST:
        return None
    found: list[list[Line]] = []
    for variant in _variants(rows):
        for read in (_characters, _drawn, _marked, *_DELIMITED):
            lines = read(variant)
            if lines is not None and not any(_same(lines, other) for other in found):
                found.append(lines)
        if found:
            break
    return found[0] if len(found) == 1 else None


def _untexed(row: Line) -> Line:
    """Without what ends a row in LaTeX: a stop in its sudoku package, `\\\\` in tables; and without
    the one semicolon or comma behind it."""
    text = row.text.rstrip()
    if text[-1:] in (";", ",") and text.count(text[-1]) == 1:
        return row._replace(text=text[:-1])
    if "&" in text:
        cells = text.split("\\\\")[0].replace("&", "\t")
        return row._replace(text=cells.replace("{}", "  "))
    return (
        row._replace(text=text[:-1])
        if text.lstrip().startswith("|") and text.endswith("|.")
        else row
    )


def _same(one: Sequence[Line], other: Sequence[Line]) -> bool:
    return [line.text.split() for line in one] == [line.text.split() for line in other] or [
        "".join(line.text.split()) for line in one
    ] == ["".join(line.text.split()) for line in other]


def _is_ruler(text: str) -> bool:
    bare = text.strip()
    if is_ruler(text) and not _dashes(bare):
        return True
    return (
        bool(bare)
        and set(bare) <= set("_ +|")
        and bare.count("_") not in (0, CLASSIC.size, CLASSIC.cells)
    )


def are_types(text: str) -> bool:
    """Whether a line says the type of each column."""
    words = text.translate(BARS).replace("|", " ").split()
    return len(words) >= SMALLEST and all(map(_TYPE.fullmatch, words))


def _dashes(bare: str) -> bool:
    """Whether it may be a row of blanks."""
    return set(bare) <= set("-| ") and bare.count("-") == 9


def _variants(rows: list[Line]) -> Iterator[list[Line]]:
    """The rows as they are; without column labels; without row labels; without both."""
    yield rows
    bodies = [rows]
    if len(rows) > SMALLEST and is_header(rows[-1].text) and not is_header(rows[0].text):
        rows = rows[:-1]
        bodies = [rows]
        yield rows
    if len(rows) > SMALLEST and is_header(rows[0].text):
        header = rows[0].text.split()
        bodies.append([row for row in rows if row.text.split() != header])
        yield bodies[-1]
        if _dashes(rows[1].text.strip()):  # as Markdown has them below a header
            yield rows[2:]
    for body in bodies:
        for without in (unlabelled(body), unlabelled_behind(body), without_word(body)):
            if without is not None:
                yield without
    if len(rows) == 11 and all(_dashes(rows[at].text.strip()) for at in (3, 7)):
        yield [row for at, row in enumerate(rows) if at not in (3, 7)]
    starred = [row._replace(text=re.sub(r"\*(?=\d)", " ", row.text)) for row in rows]
    if starred != rows and not any("*" in row.text for row in starred):
        yield starred


def _characters(rows: Sequence[Line]) -> list[Line] | None:
    """Every character is a cell, except spaces and bars."""
    texts = [row.text.translate(BARS).replace("|", " ") for row in rows]
    table = [[Field(c, at) for at, c in enumerate(text) if not c.isspace()] for text in texts]
    return _written(rows, table, blank=False)


def _drawn(rows: Sequence[Line]) -> list[Line] | None:
    """Boxes with bars at their sides, in which spaces are blanks: whole rows may be blank."""
    texts = [row.text.translate(BARS).rstrip() for row in rows]
    bars = [[at for at, c in enumerate(text) if c == "|"] for text in texts]
    if len(rows) != 9 or not bars or len(set(map(tuple, bars))) > 1:
        return None
    drawn = [boxed(text, blank=True) for text in texts]
    if any(text is None for text in drawn):
        return None
    return [row._replace(text=text or "") for row, text in zip(rows, drawn, strict=True)]


def _marked(rows: Sequence[Line]) -> list[Line] | None:
    """A mark between the nine cells of each row that is none beside a digit."""
    marks = {row.text.strip()[1::2] for row in rows}
    mark = min(marks, default="")[:1]
    if marks != {mark * 8} or mark not in _BETWEEN:
        return None
    table = [_fields(row.text, mark) for row in rows]
    return _written(rows, table, blank=False)


def _delimited(delimiter: str) -> Callable[[Sequence[Line]], list[Line] | None]:
    def read(rows: Sequence[Line]) -> list[Line] | None:
        if delimiter and not any(
            delimiter in (row.text.translate(BARS) if delimiter == "|" else row.text)
            for row in rows
        ):
            return None
        table = [_fields(row.text, delimiter) for row in rows]
        if delimiter and len({*map(len, table)}) == 1:
            table = _without_margins(table, framed=delimiter == "|")
        if delimiter == "|":
            table = _without_gaps(rows, table)
        if delimiter == "|" and all(row and not row[0].text for row in table):
            table = [row[1:] for row in table]
        return _written(rows, table, blank=bool(delimiter))

    return read


def _without_margins(table: list[Row], *, framed: bool) -> list[Row]:
    """Without the empty columns at the sides of nine, where only one nine can be meant, and without
    one that a mark at the end of each line makes; `framed`: bars stand around the cells, too."""
    width = len(table[0])
    empty = [not any(row[i].text for row in table) for i in range(width)]
    before = next((i for i, blank in enumerate(empty) if not blank), width)
    behind = next((i for i, blank in enumerate(reversed(empty)) if not blank), width)
    spare = width - CLASSIC.size
    if width == 11 and empty[3] and empty[7] and not framed:  # which part boxes
        return table
    lefts = [left for left in range(spare + 1) if left <= before and spare - left <= behind]
    if spare > 0 and not framed and len(table) % CLASSIC.size == 0 and before < width and lefts:
        if len(lefts) > 1:
            return table
        return [row[lefts[0] : lefts[0] + CLASSIC.size] for row in table]
    return [row[:-1] for row in table] if empty[-1] else table


def _without_gaps(rows: Sequence[Line], table: list[Row]) -> list[Row]:
    """Without what is between two bars next to each other, where it is in the same places of all
    rows and other fields have blanks."""
    empty = [
        {i for i, part in enumerate(row.text.translate(BARS).split("|")) if not part}
        for row in rows
    ]
    gaps = set.intersection(*empty) if empty else set()
    if len({*map(len, table)}) > 1 or any(places != gaps for places in empty):
        return table
    return [[field for i, field in enumerate(row) if i not in gaps] for row in table]


_DELIMITED = tuple(_delimited(mark) for mark in ("\t", ",", ";", "|", ""))


def _fields(text: str, delimiter: str) -> Row:
    """Fields without blanks, quotes and bold marks around them."""
    if not delimiter:
        plain = text.translate(BARS).replace("|", " ")
        return [Field(_bare(m.group()), m.start()) for m in re.finditer(r"\S+", plain)]
    found, at = [], 0
    for part in text.translate(BARS).split(delimiter):
        bare = _bare(part)
        found.append(Field(bare, at + (part.find(bare) if bare else 0)))
        at += len(part) + 1
    return found


def _bare(part: str) -> str:
    return part.strip().strip("\"'").strip().strip("*`").strip() or ("*" if "*" in part else "")


def _written(rows: Sequence[Line], table: list[Row], *, blank: bool) -> list[Line] | None:
    """The rows with their cells alone, None if they are no rows of cells; `blank`: an empty field
    is one."""
    whole = len(table) > 1 and len(table[0]) in (
        CLASSIC.cells,
        CLASSIC.cells + 1,
    )  # a puzzle a line
    if (whole or len(table) > SMALLEST) and _header(table[0]):
        head = [field.text for field in table[0]]
        kept = [i for i, row in enumerate(table) if [field.text for field in row] != head]
        below = [rows[i] for i in kept], [table[i] for i in kept]
        lines = _bodies(*below, blank=blank)
        if lines is not None:
            return lines
    return _bodies(list(rows), table, blank=blank)


def _bodies(lines: list[Line], table: list[Row], *, blank: bool) -> list[Line] | None:
    """`_written` of rows without a header."""
    size = max(map(len, table), default=0)
    if size < SMALLEST:
        return None
    if size > SMALLEST and _indexed(table, size - 1):
        table = [row[1:] for row in table]
        size -= 1
    if blank and size == 11:  # a spreadsheet's empty columns between the boxes
        if any(row[i].text for row in table for i in (3, 7) if i < len(row)):
            return None
        table = [[f for i, f in enumerate(row) if i not in (3, 7)] for row in table]
        size = 9
    if blank and len(table) % size:  # and its empty rows
        full = [i for i, row in enumerate(table) if any(field.text for field in row)]
        if any((i - n) % 3 for n, i in enumerate(set(range(len(table))) - set(full))):
            return None  # it does not part boxes
        lines, table = [lines[i] for i in full], [table[i] for i in full]
    if not (size == CLASSIC.cells or SMALLEST <= size <= LARGEST) or not table:
        return None
    if size != CLASSIC.cells and (
        len(table) % size or (size != CLASSIC.size and len(table) != size)
    ):
        return None
    found = [
        _in_place(line, row, size, blank=blank) for line, row in zip(lines, table, strict=True)
    ]
    written = [line for line in found if line is not None]
    return written if len(written) == len(lines) else None


def _header(row: Row) -> bool:
    """Column labels, or the empty header of a Markdown table."""
    labels = [field.text for field in row]
    while labels and not labels[0]:
        labels = labels[1:]
    if not labels:
        return len(row) > SMALLEST
    if len(labels) < len(row) - 1 or len(labels) < SMALLEST:
        return False
    return are_columns(labels) or _are_places(labels)


def _are_places(labels: Sequence[str]) -> bool:
    """Whether 81 labels name the cells row by row, such as r1c1, r1c2 or A1, A2."""
    found = [_PLACE.fullmatch(label.strip("\"'")) for label in labels]
    places = [match.groups() for match in found if match]
    if len(places) != CLASSIC.cells:
        return False
    rows = [places[i][0].upper() for i in range(0, CLASSIC.cells, 9)]
    columns = [column for _, column in places]
    blocks = [columns[i : i + 9] for i in range(0, CLASSIC.cells, 9)]
    return all(
        are_counted(block) and len({row for row, _ in places[9 * i : 9 * i + 9]}) == 1
        for i, block in enumerate(blocks)
    ) and are_counted(rows)


def _indexed(table: Sequence[Row], size: int) -> bool:
    """Whether the first field of each row counts the rows."""
    labels = [row[0].text for row in table if row]
    if len(labels) < len(table) or size not in (CLASSIC.size, CLASSIC.cells, len(table)):
        return False
    step = 9 if size == 9 else len(table)
    blocks = [labels[i : i + step] for i in range(0, len(labels), step)]
    return all(map(are_counted, blocks)) or are_counted(labels)


def _in_place(line: Line, row: Row, size: int, *, blank: bool) -> Line | None:
    """A row's cells in their columns, or, where these leave no room between numbers, with a blank
    between them; None if one is no cell, or one is missing."""
    if len(row) < size and not blank:
        return None
    text: list[str] = [" "] * (len(line.text) + 3 * size)
    beyond = len(line.text) + 1
    fields = [*row, *(Field("", beyond + 2 * i) for i in range(size - len(row)))]
    cells = [cell for each in fields if (cell := _cell(each.text, size, blank=blank)) is not None]
    if len(cells) < len(fields):
        return None
    for field, cell in zip(fields, cells, strict=True):
        text[field.at : field.at + len(cell)] = cell
        if text[field.at - 1 : field.at] not in ([" "], []) and size > 9:
            return Line(line.number, " ".join(cells), None)
    return line._replace(text="".join(text).rstrip())


def _cell(text: str, size: int, *, blank: bool) -> str | None:
    if text.lower() in _MISSING:
        return "." if blank or text else None
    if text[:1] in _MARKS and len(set(text)) == 1 and len(text) <= 2:
        return "." if text[0] == "?" else text[0]
    if len(text) == 1 and size > 9 and text.isalpha():
        return text
    number = _FLOAT.fullmatch(text)
    return str(int(number[1])) if number and int(number[1]) <= max(size, 9) else None
