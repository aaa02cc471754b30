"""The fast way through long files of 9×9 Sudokus: 81 characters or nine rows each, CSV, JSON lines
and JSON arrays. Everything is checked in bulk.

It reads what the strict readers read, in the same way, and stops where it is not sure: they read
the rest, or say what is wrong.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from puzzles.errors import PuzzleError
from puzzles.sudoku.bulk import Digits, clashes
from puzzles.sudoku.puzzle import Sudoku, unchecked
from puzzles.sudoku.reading.cells import zero_may_be_digit
from puzzles.sudoku.reading.csv import fields_of, grid_columns, rating_of, read_header
from puzzles.text.text_grid import Line

BLOCK = 4096
"""Puzzles that are checked together."""

_RULER = r"[+| \t]*+[-=][-=+| \t]*+\n"
_BETWEEN = (
    r"(?:[ \t]*+\n|(?:\#|//)[^\n]*+\n|"
    rf"[ \t]*+(?:grid|puzzle|sudoku|game)[^\w\n]*+\d*+[^\w\n]*+\n|{_RULER})*+"
)
"""Empty lines, comments, titles and rulers."""

_GRID = re.compile(
    rf"{_BETWEEN}(?P<cells>[0-9._*]{{81}}[ \t]*+\n|"
    rf"(?:(?:[ |]*+[0-9._*]){{9}}[ |]*+\n(?:{_RULER})?+){{9}}|"
    r"(?:[0-9._*](?:,[0-9._*]){8}\n){9})",
    re.IGNORECASE,
)
_OBJECT = re.compile(
    r'[ \t]*+\{(?:"[\w ]{1,40}": ?(?:"[^"\\\n{}\[\]]{0,80}"|[\d.]{1,20}), ?)*?'
    r'"(?:puzzle|question|quiz)": ?"(?P<cells>[0-9._*]{81})"'
    r'(?:, ?"(?:solution|answer)": ?"(?P<solution>[1-9]{81})")?+'
    r'(?:, ?"(?:rating|difficulty)": ?(?P<rating>\d{1,6}(?:\.\d{1,6})?))?+\}[ \t]*+\n'
)
_CELLS, _DIGITS = re.compile(r"[0-9._*]{81}"), re.compile(r"[1-9]{81}")
_TO_DIGITS = str.maketrans("._*", "000", "-=+|, \n\t")
_FROM_ASCII = bytes(max(0, code - ord("0")) if code < 64 else 0 for code in range(256))


@dataclass(frozen=True, slots=True)
class _Item:
    """What stands on `line`; `after` is the number of the next one."""

    puzzle: str
    solution: str
    rating: float | None
    line: int
    after: int


def plain_puzzles(text: str) -> tuple[list[Sudoku], int]:
    """The puzzles at the beginning of a text with line ends of one character, and the number of the
    line where the rest begins, 0 if there is none. The last one is left to the rest where there is
    one, for its answer may follow."""
    text = text.removeprefix("\ufeff")
    begin = text[:2_000].lstrip()
    if begin[:1] == "[":
        return _of_arrays(text)
    first = begin.split("\n", maxsplit=1)[0]
    is_csv = begin[:1] != "{" and ("," in first or ";" in first)
    items = list(_records(text)) if is_csv else []
    source = _grids(text) if not items else iter(())
    items += islice(source, BLOCK)
    if len(items) >= BLOCK and len(made := _made(items[:BLOCK])) < BLOCK:
        return made, items[len(made)].line  # before all of a long text is looked at
    items += source
    rest = items[-1].after if items else 1
    if not items or not _is_end(text, rest):
        items = items[:-1]
    else:
        rest = 0
    puzzles: list[Sudoku] = []
    for start in range(0, len(items), BLOCK):
        block = items[start : start + BLOCK]
        made = _made(block)
        puzzles += made
        if len(made) < len(block):
            return puzzles, block[len(made)].line
    return puzzles, rest and (items[-1].after if items else 1)


def _is_end(text: str, line: int) -> bool:
    """Whether nothing is left from a line on; it is looked for from the end."""
    tail = text.rstrip(" \t\n-=+|")
    return tail.count("\n") + 1 < line


def _grids(text: str) -> Iterator[_Item]:
    """81 cells in a line or in rows of nine, or in an object of JSON on each line."""
    text = text if text.endswith("\n") else text + "\n"
    at, line = 0, 1
    pattern = _OBJECT if text[:2_000].lstrip().startswith("{") else _GRID
    while found := pattern.match(text, at):
        cells = found["cells"].translate(_TO_DIGITS)
        if len(cells) != 81 or zero_may_be_digit(found["cells"].replace("-", "")):
            return
        line += text.count("\n", at, found.start("cells"))
        at = found.end()
        after = line + text.count("\n", found.start("cells"), at)
        more = found.groupdict()
        rating = more.get("rating")
        yield _Item(
            cells, more.get("solution") or "", float(rating) if rating else None, line, after
        )
        line = after


def _records(text: str) -> Iterator[_Item]:
    """Records of CSV, up to the first that is not as it should be."""
    lines = text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    mark = next(character for character in first if character in ",;")
    reader = csv.reader(lines, delimiter=mark)
    columns = None
    after = 1
    try:
        for record in reader:
            line, after = after, reader.line_num + 1
            if not record:
                continue
            fields = fields_of(record)
            named = read_header(Line(line, ""), fields)
            if named:
                columns = named
                continue
            at = columns or grid_columns(fields)
            puzzle, solution, rating = (
                fields[at[what]] if what in at and at[what] < len(fields) else ""
                for what in ("puzzle", "solution", "rating")
            )
            if not _CELLS.fullmatch(puzzle) or not (not solution or _DIGITS.fullmatch(solution)):
                return
            if zero_may_be_digit(puzzle) or "#" in lines[line - 1] or "//" in lines[line - 1]:
                return
            yield _Item(puzzle.translate(_TO_DIGITS), solution, rating_of(rating), line, after)
    except (csv.Error, PuzzleError):
        return


def _is_grid(value: object) -> bool:
    whole = isinstance(value, str) and _CELLS.fullmatch(value) is not None
    return whole and not zero_may_be_digit(str(value))


def _made(items: Sequence[_Item], what: str = "line") -> list[Sudoku]:
    """The puzzles up to the first that breaks a rule."""
    puzzles = _bytes([item.puzzle for item in items])
    solutions = _bytes([item.solution or item.puzzle for item in items])
    given, solved = _digits(puzzles), _digits(solutions)
    wrong = clashes(given) | clashes(solved) | ((given > 0) & (given != solved)).any(axis=1)
    stop = int(np.argmax(wrong)) if wrong.any() else len(items)
    return [
        unchecked(
            tuple(puzzles[81 * i : 81 * i + 81]),
            tuple(solutions[81 * i : 81 * i + 81]) if item.solution else None,
            f"{what} {item.line}",
            item.rating,
        )
        for i, item in enumerate(items[:stop])
    ]


def _bytes(grids: list[str]) -> bytes:
    return "".join(grids).encode("ascii").translate(_FROM_ASCII)


def _digits(cells: bytes) -> Digits:
    return np.frombuffer(cells, np.uint8).reshape(-1, 81)


def _of_arrays(text: str) -> tuple[list[Sudoku], int]:
    """The puzzles of a JSON array of 9×9 numbers or of strings of 81 cells, none where it is
    something else, or any of them breaks a rule."""
    try:
        values = json.loads(text)
        if isinstance(values, list) and values and all(map(_is_grid, values)):
            items = [
                _Item(grid.translate(_TO_DIGITS), "", None, n, n)
                for n, grid in enumerate(values, 1)
            ]
            made = _made(items, "string")
            return (made, 0) if len(made) == len(items) else ([], 1)
        found = np.array(values)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return [], 1
    if found.ndim != 3 or found.shape[1:] != (9, 9) or found.dtype.kind != "i" or "true" in text:
        return [], 1
    digits = found.reshape(-1, 81).astype(np.uint8)
    if found.min() < 0 or found.max() > 9 or clashes(digits).any():
        return [], 1
    return [
        unchecked(tuple(row.tobytes()), None, f"array {number}", None)
        for number, row in enumerate(digits, start=1)
    ], 0
