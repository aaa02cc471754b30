"""The files of other programs that say the place or the state of each cell: OpenSudoku, ksudoku,
GNOME Sudoku, f-puzzles, SudokuPad, Simon Tatham's saved games, `r1c1=5` and `{"A1": "5"}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from puzzles.errors import PuzzleError
from puzzles.sudoku.rules import CLASSIC
from puzzles.text.text_grid import Line

_VALUES = re.compile(r"<values>([^<]*+)</values>")
_DATA = re.compile(r"""\bdata\s*=\s*(["'])(.*?)\1""", re.DOTALL)
_VERSION = re.compile(r"version:\s*\d+\s*")
_TO_DIGITS = str.maketrans("abcdefghi", "123456789")
_PARAMS, _DESC = (re.compile(rf"^{name} +:\d+:(\S+)", re.MULTILINE) for name in ("PARAMS", "DESC"))

_CONSTRAINT = re.compile(
    r'"(?P<name>(?:killer|thermo|arrow|sandwich|littlekiller|xsum|skyscraper|clone|quadruple|palindrome|'
    r"between|lockout|whisper|renban|nabner|entropic|modular|zipper|regionsum|doublearrow|difference|"
    r"ratio|inequalit|rowindexer|columnindexer|minimum|maximum|odd|even|extraregion|cage|line|overlay|"
    r'underlay)[a-z]*)"\s*:\s*\[\s*[\[{]|"(?P<flag>antiknight|antiking|nonconsecutive|disjointgroups|'
    r'diagonal[+-])"\s*:\s*true',
    re.IGNORECASE,
)
"""What f-puzzles and SudokuPad call the rules beyond those of every Sudoku."""

_OBJECT = re.compile(r"\{([^{}]{0,400})\}")
_TAG = re.compile(r"<\w{1,20}\s([^<>{}]{0,400}?)/?>")
_HEAD = re.compile(r"\A\s*([\w \"',;\t]{5,60})\n")
_PLACED = re.compile(r"""\b(?:[rR]([0-9])[cC]([0-9])|([A-I])([1-9]))["']?\s*[:=]\s*["']?([0-9.])""")
_DRAWN = re.compile(r"^(?=[^\n]*[.0_*])(?:[ |>]*[0-9._*]){9}(?:[ |]*|[0-9._*]{72})$", re.MULTILINE)
"""Rows of a grid, or one of 81 cells, beside which placed digits are the steps of its solution."""

_POSITION = re.compile(r"position\W{1,80}(\d+)\s*,\s*(\d+)")
_ROW, _COLUMN, _DIGIT = (
    re.compile(rf"""(?<!\w)(?:{names})["']?\s*[:=]\s*["']?(\d)(?!\d)""")
    for names in ("row|r|y", "column|col|c|x", "value|val|v|digit|d|number|n")
)
_COLUMNS_OF = (
    ("row", "r", "y"),
    ("column", "col", "c", "x"),
    ("value", "val", "v", "digit", "d", "number", "n"),
)
_GIVEN = re.compile(
    r"\b(?:is_?)?(?:(fixed|given|locked|read_?only|clue|initial|original|prefilled|static|immutable|"
    r"visible|shown|revealed)|editable|mutable|user|entered|guess|input|hidden|masked)"
    r"[\"']?\s*[:=]\s*[\"']?(true|false|1|0)\b",
    re.IGNORECASE,
)
"""Whether a digit is one of the puzzle, or one that somebody placed."""

_GIVEN_DIGIT = re.compile(
    r"""(?<!\w)(?:given|clue|initial|original)["']?\s*[:=]\s*["']?([1-9])(?!\d)""", re.IGNORECASE
)
"""A digit of the puzzle beside what somebody made of it."""
_PUZZLE = re.compile(r"[0-9._]{41}|\[\s*\[")
_FEWEST = 8
"""Fewer cells with a digit and a place are not meant as a puzzle."""


def from_export(text: str) -> list[Line] | None:
    """The puzzles of such a file, None where it is none; raises `PuzzleError` where places are
    counted from 0 or from 1, and for rules that are not known."""
    text = text.replace('\\"', '"')  # in a string of JSON
    if (rule := _CONSTRAINT.search(text)) and re.search(
        r'"(?:grid|cells|size|puzzle|board)"\s*:', text
    ):
        raise PuzzleError(
            f"this puzzle has a rule of its own, {(rule['name'] or rule['flag'])[:20]}",
            hint="Only rules that `hrm solve --help` lists are known; a puzzle is not read without "
            "one of its rules.",
        )
    if "<" in text[:2_000]:
        found = [
            Line(text.count("\n", 0, match.start()) + 1, grid, None)
            for match in [*_VALUES.finditer(text), *_DATA.finditer(text)]
            if (grid := _of_attribute(unescape(match[match.lastindex or 1])))
        ]
        if found:
            return found
    if text.startswith("SAVEFILE"):
        params, game = _PARAMS.search(text), _DESC.search(text)
        if params and game:
            return [Line(1, f"{params[1]}:{game[1]}", None)]
    _require_rows_first(text)
    grid = _placed(list(_places(text)))
    return None if grid is None else [Line(1, grid, None)]


def _of_attribute(value: str) -> str | None:
    """81 characters; or, cell by cell, value, notes and whether it is no given, with bars."""
    if re.fullmatch(r"[a-i_\s]{81,}", value):  # ksudoku writes a for 1
        value = value.translate(_TO_DIGITS)
    plain = "".join(value.split())
    if re.fullmatch(r"[0-9._]{81}", plain):
        return plain
    parts = _VERSION.sub("", value).strip().strip("|").split("|")
    step = len(parts) // CLASSIC.cells
    if step < 3 or len(parts) != CLASSIC.cells * step:
        return None
    cells = zip(parts[::step], parts[step - 1 :: step], strict=True)
    return "".join(value if editable == "0" else "." for value, editable in cells)


def _require_rows_first(text: str) -> None:
    """Raises `PuzzleError` for A1, B1, C1 … in the order of a spreadsheet, whose letters are
    columns; those of Sudokus are rows."""
    named = [(m[3], m[4]) for m in _PLACED.finditer(text) if m[3]]
    down = sorted(named, key=lambda place: place[::-1])
    if len(named) >= _FEWEST and named == down != sorted(named):
        raise PuzzleError(
            "A1, B1, C1 … stand in the order of a spreadsheet, where letters are columns; in "
            "Sudokus they are rows",
            hint="Write r1c1, r1c2 …, or the grid, one row a line.",
        )


def _places(text: str) -> Iterator[tuple[int, int, str]]:
    """Row, column and what is said to stand there, a digit or a blank."""
    for match in () if _DRAWN.search(text) else _PLACED.finditer(text):
        row, column, letter, number, digit = match.groups()
        if letter:
            yield "ABCDEFGHI".index(letter) + 1, int(number), digit
        else:
            yield int(row), int(column), digit
    yield from _records(text)
    named = _named_digit(text)
    for cell in (*_OBJECT.finditer(text), *_TAG.finditer(text)):
        digit = named.search(cell[1])
        place = _POSITION.search(cell[1])
        row, column = (place, place) if place else (_ROW.search(cell[1]), _COLUMN.search(cell[1]))
        if row and column:
            shown = digit[1] if digit and _is_given(cell[1]) is not False else "."
            yield int(row[1]), int(column[2 if place else 1]), shown


def _records(text: str) -> Iterator[tuple[int, int, str]]:
    """Those of CSV with the columns row, column and value, in any order."""
    head = _HEAD.match(text)
    names = [name.strip(" \"'").lower() for name in re.split("[,;\t]", head[1])] if head else []
    places = [next((names.index(n) for n in known if n in names), -1) for known in _COLUMNS_OF]
    if not head or len(names) > 6 or min(places) < 0:
        return
    for line in text[head.end() :].split("\n"):
        fields = [field.strip(" \"'\r") for field in re.split("[,;\t]", line)]
        if len(fields) == len(names):
            row, column, digit = (fields[at] for at in places)
            if re.fullmatch(r"\d \d [0-9.]?", f"{row} {column} {digit}"):
                yield int(row), int(column), digit or "."


def _placed(cells: list[tuple[int, int, str]]) -> str | None:
    board = {(row, column): digit for row, column, digit in cells}
    written = sum(digit in "123456789" for digit in board.values())
    if written < _FEWEST or len(board) < len(cells):
        return None
    places = {place for row, column, _ in cells for place in (row, column)}
    if not ({0, 9} & places) or max(places) > 9:
        raise PuzzleError("rows and columns may be counted from 0 or from 1", hint="Write a grid.")
    first = 0 if 0 in places else 1
    if {0, 9} <= places:
        return None
    digits = (
        board.get((row + first, column + first), ".") for row in range(9) for column in range(9)
    )
    return "".join("." if digit == "0" else digit for digit in digits)


def _is_cell(inner: str) -> bool:
    """Whether an object holds no puzzle, as those of JSON lines do."""
    return _PUZZLE.search(inner) is None


def _named_digit(text: str) -> re.Pattern[str]:
    """How the cells of a text say their digits."""
    given = any(match[1] != "1" for match in _GIVEN_DIGIT.finditer(text))  # 1 may be a flag
    return _GIVEN_DIGIT if given else _DIGIT


def _is_given(cell: str) -> bool | None:
    """What a cell that is an object says of its digit, None where it says nothing."""
    said = _GIVEN.search(cell.replace('\\"', '"'))
    return None if said is None else (said[2].lower() in ("true", "1")) == bool(said[1])


def without_states(text: str) -> str:
    """A list of cells that are objects, as f-puzzles and SudokuPad write them, as one of digits; a
    digit that is not given, where others are, is somebody's progress."""
    if text.count("{") < CLASSIC.cells:
        return text
    found = [each for each in _OBJECT.findall(text) if _is_cell(each)]
    named = _named_digit(text.replace('\\"', '"'))
    if len(found) < CLASSIC.cells or not any(map(named.search, found)):
        return text
    some_given = named is _DIGIT and any(map(_is_given, found))

    def cell(match: re.Match[str]) -> str:
        if not _is_cell(match[1]):
            return match[0]
        digit = named.search(match[1].replace('\\"', '"'))
        return digit[1] if digit and (_is_given(match[1]) or not some_given) else "null"

    return _OBJECT.sub(cell, text)
