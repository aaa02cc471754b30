"""The fast way through files of Sudokus of other sizes than 9×9: one a line, perhaps with its
answer beside it, in CSV, behind tabs or as JSON lines. Everything is checked in bulk, and what is
not as it should be is left to the readers of single puzzles."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import isqrt
from typing import NamedTuple

import numpy as np

from puzzles.errors import PuzzleError
from puzzles.sudoku.bulk import Digits, clashes
from puzzles.sudoku.puzzle import SYMBOLS, Sudoku, unchecked
from puzzles.sudoku.reading.blocks import is_whole
from puzzles.sudoku.reading.csv import Columns, fields_of, read_header, sized_columns
from puzzles.sudoku.rules import CLASSIC, SMALLEST, box_shape, tables, usual
from puzzles.text.text_grid import Line

_FEWEST = 2
"""Lines that are worth it."""

_BLANKS = "._*"
_WRONG = 255
_VALUES = {**dict.fromkeys(_BLANKS + "0", 0), **{c: n for n, c in enumerate(SYMBOLS, start=1)}}
_DIGITS = bytes(_VALUES.get(chr(code).upper(), _WRONG) for code in range(256))


class _Item(NamedTuple):
    line: int
    puzzle: str
    solution: str


def plain_sized(text: str) -> list[Sudoku]:
    """The puzzles of a text in which nothing else stands, none where anything is unusual."""
    lines = text.removeprefix("\ufeff").rstrip().split("\n")
    if len(lines) < _FEWEST or not text.isascii():
        return []
    try:
        items = list(_items(lines))
    except (PuzzleError, ValueError, csv.Error):
        return []
    sizes: dict[int, list[_Item]] = defaultdict(list)
    for item in items:
        sizes[len(item.puzzle)].append(item)
    found: list[Sudoku] = []
    for cells, same in sizes.items():
        size = isqrt(cells)
        if cells == CLASSIC.cells or not is_whole(cells) or box_shape(size) is None:
            return []
        made = _made(same, size)
        if len(made) < len(same):
            return []
        found += made
    if len(sizes) > 1:
        order = {item.line: at for at, item in enumerate(items)}
        found.sort(key=lambda puzzle: order[int(puzzle.name.split()[1])])
    return found


def _items(lines: Sequence[str]) -> Iterator[_Item]:
    """What stands on each line; raises for one that is no record as the first one is."""
    objects = lines[0].startswith("{")
    first = Line(1, lines[0])
    mark = next((c for c in ",;\t" if c in lines[0]), None)
    if not objects and mark is None:
        yield from _bare(lines)
        return
    columns = None if objects else sized_columns(first)
    records = map(json.loads, lines) if objects else csv.reader(lines, delimiter=mark or ",")
    for number, record in enumerate(records, start=1):
        if objects:
            columns = columns or read_header(first, list(record))
            fields = list(record.values())
        else:
            fields = fields_of(record)
            if number == 1 and read_header(first, fields):
                continue
        yield _item(number, fields, columns or {})


def _item(number: int, fields: Sequence[object], columns: Columns) -> _Item:
    puzzle, solution = (
        fields[columns[what]] if columns.get(what, len(fields)) < len(fields) else ""
        for what in ("puzzle", "solution")
    )
    if not isinstance(puzzle, str) or not isinstance(solution, str) or not puzzle:
        raise ValueError(number)
    return _Item(number, puzzle, solution)


def _bare(lines: Sequence[str]) -> Iterator[_Item]:
    """Puzzles alone, which could be rows of a larger one unless a symbol stands twice in each."""
    for number, line in enumerate(lines, start=1):
        cells = line.rstrip()
        written = cells.translate(str.maketrans("", "", _BLANKS + "0"))
        if len(cells) < SMALLEST**2 or len(set(written)) == len(written):
            raise ValueError(number)
        yield _Item(number, cells, "")


def _made(items: Sequence[_Item], size: int) -> list[Sudoku]:
    """The puzzles, none where a cell is not of this size, zero may be a digit, or a rule is
    broken."""
    texts = [item.puzzle for item in items]
    if any("0" in text and (size > 9 or not set(_BLANKS).isdisjoint(text)) for text in texts):
        return []
    if any(len(item.solution) not in (0, size * size) for item in items):
        return []
    givens = _digits(texts, size)
    solved = _digits([item.solution or item.puzzle for item in items], size)
    has_answer = np.array([bool(item.solution) for item in items])
    wrong = (givens > size).any() or (solved > size).any() or (solved[has_answer] == 0).any()
    if wrong or ((givens > 0) & (givens != solved)).any():
        return []
    rules = usual(size)
    if clashes(solved, np.array(tables(rules).units)).any():
        return []
    rows = zip(items, map(bytes, givens), map(bytes, solved), strict=True)
    return [
        unchecked(
            tuple(given),
            tuple(answer) if item.solution else None,
            f"line {item.line}",
            None,
            rules,
        )
        for item, given, answer in rows
    ]


def _digits(texts: Sequence[str], size: int) -> Digits:
    written = "".join(texts).encode("ascii").translate(_DIGITS)
    return np.frombuffer(written, np.uint8).reshape(-1, size * size)
