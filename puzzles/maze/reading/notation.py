"""Mazes as lists: of numbers, characters or strings, in the notation of JSON, Python, numpy, C and
others, and as fields with commas, semicolons or tabs between them. Both give rows of characters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from puzzles.errors import PuzzleError
from puzzles.maze.reading.drawings import (
    CELL_LETTERS,
    MAX_MAZES,
    MAX_ROWS,
    Drawing,
    Row,
    drawings,
    is_closed,
)
from puzzles.maze.reading.legends import NAMED_CELLS
from puzzles.text.labels import are_counted
from puzzles.text.listings import tokens
from puzzles.text.surroundings import is_text, says_answer
from puzzles.text.text_grid import Line

MAX_CELLS = 1_000
"""Most cells of one row that are looked at."""

MAX_LISTED = 400_000
"""Longest text, in characters, whose lists are read; longer ones are drawings or flat lines."""

_DEEPEST = 4
_FEWEST = 3
"""Strings in one bracket that may be a maze."""

_BRACKETS = 9
"""Empty brackets that are walls, rather than empty lists."""

_DIGITS = re.compile(r"\d+")

_BEGINS = re.compile(r"""[\[({]\s*+(?!\d+,\])(?:-?\d|[bru]?["']|True|False|true|false|None|null)""")
_STRING_LINE = re.compile(r"""\s*+(?:- )?[bru]?(["'])[^"'\n]{3,}+\1\s*[,;+]?\s*+""")
_NUMBER = re.compile(r"-?\d(?:\.0*(?:e\+00)?)?")
_DIMENSIONS = re.compile(r"(?<=[\w\]])\[\d{0,4}\]")

_CELLS = frozenset(("string", "number"))
_WORDS = {"-1": "#", "true": "1", "false": "0", "none": " ", "null": " ", "nil": " "}


def looks_listed(text: str) -> bool:
    """Whether a text has a list, or is made of lines that are strings."""
    if text.count("[]", 0, 20_000) >= _BRACKETS:
        return False
    if _BEGINS.search(text, 0, 20_000):
        return True
    lines = [line for line in text[:20_000].split("\n")[:-1] or [text[:20_000]] if line.strip()]
    strings = sum(_STRING_LINE.fullmatch(line) is not None for line in lines)
    return strings >= 3 and 2 * strings > len(lines)


def listed(text: str) -> list[Drawing]:
    """The mazes of lists; one ends where more than one bracket closes. Raises `PuzzleError`."""
    if len(text) > MAX_LISTED:
        raise PuzzleError(
            f"lists of more than {MAX_LISTED:,} characters are not read as mazes",
            hint="Split the file, or write each maze as a drawing, with an empty line after it.",
        )
    found: list[Drawing] = []
    rows: list[Row] = []
    answer = is_named = False
    name = last = ""
    below = 0  # rows below the last name
    for row in [*_rows(text), False]:
        if isinstance(row, Drawing):
            found += [Drawing(tuple(rows), exact=True, answer=answer)] if rows else []
            found.append(replace(row, answer=answer or row.answer))
            rows, answer = [], False
            continue
        if isinstance(row, str) and not says_answer(row):
            name, is_named = _DIGITS.sub("", row), True
            continue
        if isinstance(row, Row):
            if is_named and rows:  # each row may have a name
                same = name == last and below == 1 and len(row.text) == len(rows[-1].text)
                if not same:
                    found.append(Drawing(tuple(rows), exact=True, answer=answer))
                    rows, answer = [], False
            below = 1 if is_named else below + 1
            last, is_named = name, False
            rows.append(row)
            if len(rows) > MAX_ROWS:
                raise PuzzleError(f"a list of more than {MAX_ROWS} rows is no maze", line=1)
            continue
        if rows:
            found.append(Drawing(tuple(rows), exact=True, answer=answer))
        answer = bool(row) or (answer and not rows)
        rows = []
        if len(found) > MAX_MAZES:  # the reader of mazes refuses them
            return found
    return found


def _rows(text: str) -> Iterator[Row | Drawing | bool | str]:
    """Rows; drawings in a string of several lines; names; and where a maze ends, for brackets close
    or words stand between, whether these say that an answer follows."""
    cells: list[tuple[str, int]] = []
    closed = depth = strings = 0
    before, begin = "", 1
    plain = _DIMENSIONS.sub(lambda match: " " * len(match[0]), text)
    for kind, token, line, column in tokens(plain):
        ends = kind in ("open", "close") or (kind == "row" and token == ";")
        # of a list of lists, only brackets end a row: a print breaks long ones
        if cells and (ends or (kind == "row" and before != "comma" and depth < 2)):
            yield Row(begin, "".join(c for c, _ in cells), tuple(at for _, at in cells))
            cells = []
        is_cell = kind == "string" and depth > 1 and before != "key"
        named = NAMED_CELLS.get(token[1:-1].lower(), "") if is_cell else ""
        if named:
            begin = begin if cells else line
            cells.append((named, column))
        elif kind == "string" and len(token) > 3 and (token[1] != "\\" or len(token) > 4):
            if token.count("\\n") > 1 and depth < 2:
                parts = (Line(line, part) for part in _plain(token).split("\\n"))
                yield from (d for d in drawings(parts, lambda _: False) if isinstance(d, Drawing))
                continue
            found = list(_strings(token, line, column))
            strings += len(found)
            yield from found
        elif depth and before != "key" and (kind in _CELLS or token.lower() in _WORDS):
            begin = begin if cells else line
            cells.append((_cell(token, line, column), column))
        elif kind == "key":
            yield token.strip("\"'=:> \t")
        elif kind == "word" and not depth:
            yield says_answer(token)
        if len(cells) > MAX_CELLS:
            raise PuzzleError(f"a row of more than {MAX_CELLS} cells", line=line, column=column)
        depth = max(0, depth + {"open": 1, "close": -1}.get(kind, 0))
        if depth > _DEEPEST:
            raise PuzzleError("lists nested deeper than mazes are", line=line, column=column)
        closed = {"close": closed + 1, "row": closed, "word": closed}.get(kind, 0)
        if closed > 1 or (kind == "close" and strings >= _FEWEST):  # of a list of strings
            yield False
        strings = 0 if kind in ("open", "close") else strings
        before = before if kind == "row" else kind
    if cells:
        yield Row(begin, "".join(c for c, _ in cells), tuple(at for _, at in cells))


def _strings(token: str, line: int, column: int) -> Iterator[Row]:
    """The rows of a quoted string; none of one that is a key or a word."""
    for part in _plain(token).split("\\n"):
        if len(part) >= 3 and not is_text(part, CELL_LETTERS):
            yield Row(line, part.replace("\\\\", "\\"), range(column + 1, column + 1 + len(part)))


def _plain(token: str) -> str:
    return token[1:-1].replace("\\r", "").replace('\\"', '"').replace("\\'", "'")


def _cell(token: str, line: int, column: int) -> str:
    """One character of a number, a string of one character, or a word such as null."""
    if token[0] in "\"'":
        return token[1:-1] or " "
    value = _WORDS.get(token.lower(), token.split(".", maxsplit=1)[0])
    if len(value) > 1:
        raise PuzzleError(
            f"{value[:12]} is no cell of a maze",
            hint="of numbers, 0 and 1 are floor and wall, 2 is the start and 3 the goal; "
            "pixels of a picture are not read",
            line=line,
            column=column,
        )
    return value


def with_numbers_as_cells(drawing: Drawing) -> Drawing:
    """Rows of numbers with spaces between them, of which some are not one digit: -1 or 1.0."""
    fields = [list(re.finditer(r"\S+", row.text)) for row in drawing.rows]
    words = [[match[0] for match in each] for each in fields]
    if (
        len({*map(len, words)}) > 1
        or not all(_NUMBER.fullmatch(word) for each in words for word in each)
        or all(len(word) == 1 for each in words for word in each)
    ):
        return drawing
    rows = [
        Row(
            row.number,
            "".join(_cell(match[0], row.number, match.start() + 1) for match in each),
            tuple(row.columns[match.start()] for match in each),
        )
        for row, each in zip(drawing.rows, fields, strict=True)
    ]
    return replace(drawing, rows=tuple(rows), exact=True)


def with_fields_as_cells(drawing: Drawing) -> Drawing:
    """Rows of fields that a comma, a semicolon or a tab parts, as a spreadsheet writes them."""
    for delimiter in "\t,;|":
        fields = [row.text.split(delimiter) for row in drawing.rows]
        if delimiter == "|" and not _in_bars(fields):
            break
        drawing, fields = _without_header(drawing, fields)
        width = min(map(len, fields))
        if width >= 3 and (delimiter != "," or not _only_floor(fields)):
            ended = [
                not each[-1].strip(" ") and _end_of(row.text, delimiter) == delimiter
                for row, each in zip(drawing.rows, fields, strict=True)
            ]
            spare = all(ended)
            if all(ended[:-1]) and not spare and {*map(len, fields[:-1])} == {len(fields[-1]) + 1}:
                fields[-1].append("")  # the last row of a list has no comma
                spare = True
            first = int(delimiter == "|") or _margin(fields)
            rows = [
                _fields_of(row, each[first : -1 if spare else None], first)
                for row, each in zip(drawing.rows, fields, strict=True)
                if set(row.text) - set("|-: ")
            ]
            if not rows:
                break
            return replace(drawing, rows=tuple(rows), exact=True)
    return drawing


def _margin(fields: Sequence[Sequence[str]]) -> int:
    """1 where the first column is empty and no floor: others have no empty fields, or a frame."""
    inner = [each[1:] for each in fields]
    if any(each[0] for each in fields) or not all(inner):
        return 0
    texts = ["".join(cell or " " for cell in each) for each in inner]
    return int(all(map(all, inner)) or is_closed(texts))


def _end_of(text: str, delimiter: str) -> str:
    """The last character; spaces behind the last bar of a table are no cell."""
    return (text.rstrip(" ") if delimiter == "|" else text)[-1:]


def _in_bars(fields: Sequence[Sequence[str]]) -> bool:
    """Whether every cell stands between two bars, as in a table of Markdown."""
    return len({*map(len, fields)}) == 1 and all(
        not each[0].strip() and not each[-1].strip() and all(len(cell) for cell in each[1:-1])
        for each in fields
    )


def _without_header(drawing: Drawing, fields: list[list[str]]) -> tuple[Drawing, list[list[str]]]:
    """Without the numbers above the columns and before the rows, as pandas writes them."""
    if len({*map(len, fields)}) == 1 and len(fields[0]) > _FEWEST and _is_corner(fields[0]):
        return _without_labels(drawing, fields)
    labels = fields[0][1:] if not fields[0][0] else fields[0]
    labels = labels if labels[-1:] != [""] else labels[:-1]
    if len(fields) < 4 or len(labels) < 5 or not are_counted(labels):
        return drawing, fields
    rows, fields = drawing.rows[1:], fields[1:]
    if len(fields[0]) == len(labels) + 1 and are_counted([each[0] for each in fields]):
        rows = tuple(row.cut(len(each[0]) + 1) for row, each in zip(rows, fields, strict=True))
        fields = [each[1:] for each in fields]
    return replace(drawing, rows=rows), fields


def _is_corner(fields: Sequence[str]) -> bool:
    """Whether the first line of a table between bars has an empty cell above the rows' labels."""
    return not (fields[0] or fields[-1].strip() or fields[1].strip(" *"))


def _without_labels(drawing: Drawing, fields: list[list[str]]) -> tuple[Drawing, list[list[str]]]:
    """`_without_header` of a table between bars, whose first column counts the rows."""
    table = [
        (row, each)
        for row, each in zip(drawing.rows[1:], fields[1:], strict=True)
        if set(row.text) - set("|-: ")
    ]
    labels = [each[1].strip(" *`") for _, each in table]
    if len(table) < 3 or not are_counted(fields[0][2:-1]) or not are_counted(labels):
        return drawing, fields
    rows = tuple(row.cut(1 + len(each[1])) for row, each in table)
    return replace(drawing, rows=rows), [["", *each[2:]] for _, each in table]


def _only_floor(fields: Sequence[Sequence[str]]) -> bool:
    """Whether commas are not between cells but cells."""
    return any("#" * 2 in field for row in fields for field in row)


def _fields_of(row: Row, fields: Sequence[str], offset: int) -> Row:
    """The cells of fields that begin at index `offset` of a row."""
    cells, columns = [], []
    for field in fields:
        cell = field.strip().strip("\"'`*") if len(field) > 1 else field
        if len(cell) > 1:
            raise PuzzleError(
                f"a field {cell[:12]!a} is no cell of a maze",
                hint="a field holds one cell: # or 1, . or 0, S, G",
                line=row.number,
                column=row.columns[offset],
            )
        cells.append(cell or " ")
        columns.append(row.columns[min(offset, len(row.columns) - 1)])
        offset += len(field) + 1
    return Row(row.number, "".join(cells), tuple(columns))
