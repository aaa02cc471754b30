"""Bounded decoding of JSON that nobody vouches for, and of the grids in it.

Nesting and numbers that would make a decoder slow or crash it are refused before it sees them, and
a grid that is wrong is refused with the exact place. Nothing but `PuzzleError` comes out.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import NoReturn

from puzzles.arc.puzzle import COLOURS, MAX_SIDE, Grid
from puzzles.errors import PuzzleError
from puzzles.text.encoding import MAX_TEXT

MAX_DEPTH = 8
"""Deepest nesting that is decoded; a cell of a challenges file lies six deep."""

MAX_DIGITS = 40
"""Longest run of digits that is decoded, in fractions beside a task, too; Python alone refuses only
those above 4300."""

TASK = 'An ARC task is {"train": [{"input": …, "output": …}, …], "test": [{"input": …}]}.'

_COLOURS_ARE = f"colours are the whole numbers 0 to {COLOURS - 1}"

# A string, closed or not, is one match, so that brackets and digits inside it do not count. The
# possessive quantifiers keep the scan linear on any text.
_SCAN = re.compile(
    rf'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{{}}]|[0-9]{{{MAX_DIGITS + 1},}}', re.DOTALL
)


def load_json(text: str) -> object:
    """Decode at most `MAX_TEXT` characters; raises `PuzzleError`.

    Stricter than the standard: no key twice in an object, no NaN or infinity, no long numbers.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_TEXT:
        raise PuzzleError(f"the text has {len(text)} characters, more than the limit of {MAX_TEXT}")
    if not text.strip():
        raise PuzzleError("the text is empty", hint=TASK)
    _refuse_bombs(text)
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise PuzzleError(
            f"not JSON: {error.msg}",
            hint=TASK,
            line=error.lineno,
            column=error.colno,
        ) from error


def _refuse_bombs(text: str) -> None:
    """Raise for deep nesting and long numbers, in one linear pass."""
    depth = 0
    for match in _SCAN.finditer(text):
        first = match.group()[0]
        if first in "]}":
            depth -= 1
        elif first in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                _refuse_at(text, match.start(), f"nested deeper than {MAX_DEPTH} levels")
        elif first != '"':
            digits = match.end() - match.start()
            _refuse_at(text, match.start(), f"a number of {digits} digits")


def _refuse_at(text: str, position: int, message: str) -> NoReturn:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    raise PuzzleError(message, hint="no ARC task needs that", line=line, column=column)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    decoded = dict(pairs)
    if len(decoded) < len(pairs):
        [(key, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise PuzzleError(f"the key {key[:40]!a} occurs twice in one object")
    return decoded


def _refuse_constant(constant: str) -> NoReturn:
    raise PuzzleError(f"{constant} is not a colour", hint=_COLOURS_ARE)


def kind(value: object) -> str:
    """What a decoded value is, in words that are safe to show."""
    match value:
        case None:
            return "null"
        case bool():
            return "a truth value"
        case int() | float():
            return f"the number {value}"
        case str():
            return "a string"
        case list():
            return "a list" if value else "an empty list"
        case _:
            return "an object" if value else "an empty object"


def field_of(value: object, key: str, place: str) -> object:
    """`value[key]`; raises `PuzzleError` if `value` is no object or has no such key."""
    if not isinstance(value, dict):
        raise PuzzleError(f"{place}: expected an object with {key}, not {kind(value)}", hint=TASK)
    if key not in value:
        raise PuzzleError(f"{place}: has no {key}", hint=TASK)
    found: object = value[key]
    return found


def read_grid(value: object, place: str) -> Grid:
    """A list of equally long rows of colours, 1x1 to 30x30; raises `PuzzleError` with the place."""
    rows = _bounded_list(value, place, "a grid is a list of 1 to", "rows")
    grid = tuple(_read_row(row, number, place) for number, row in enumerate(rows))
    for number, row in enumerate(grid):
        if len(row) != len(grid[0]):
            raise PuzzleError(
                f"{place}, row {number + 1}: {len(row)} wide where row 1 is {len(grid[0])} wide",
                hint="every row of a grid has the same number of cells",
            )
    return grid


def _read_row(value: object, number: int, place: str) -> tuple[int, ...]:
    """One row's colours; `number` counts from 0."""
    here = f"{place}, row {number + 1}"
    cells = _bounded_list(value, here, "a row is a list of 1 to", "colours")
    row = []
    for column, cell in enumerate(cells):
        # bool is a subclass of int, and true is no colour
        if type(cell) is not int or not 0 <= cell < COLOURS:
            raise PuzzleError(
                f"{here}, column {column + 1}: {kind(cell)} is not a colour",
                hint=_COLOURS_ARE,
                cells=((number, column),),
            )
        row.append(cell)
    return tuple(row)


def _bounded_list(value: object, place: str, rule: str, what: str) -> list[object]:
    if not isinstance(value, list):
        raise PuzzleError(f"{place}: {rule} {MAX_SIDE} {what}, not {kind(value)}")
    if not 0 < len(value) <= MAX_SIDE:
        raise PuzzleError(f"{place}: {rule} {MAX_SIDE} {what}, not {len(value)}")
    return value
