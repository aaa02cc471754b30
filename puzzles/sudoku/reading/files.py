"""Sudokus of files of any length, a line at a time: the published CSVs and a user's own.

The readers of `puzzles.sudoku.reading.formats` take a text that fits on a screen; these take the
3.8 million lines of Sudoku-Extreme, and name the line of the first thing that is wrong as a
`PuzzleError`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from puzzles import training
from puzzles.contract.tokens import BoolGrid
from puzzles.errors import PuzzleError
from puzzles.sudoku.bulk import Digits, Pairs, answers_of, clashes
from puzzles.sudoku.puzzle import Sudoku
from puzzles.sudoku.reading.cells import blanks_written, read_cells, without_comment
from puzzles.sudoku.reading.csv import Columns, Record, read_header, read_record, split_fields
from puzzles.sudoku.rules import CLASSIC
from puzzles.text.text_grid import Line, file_lines

BLOCK = 4096
"""Puzzles that are checked together."""


def _records(path: Path) -> Iterator[tuple[Line, list[str], Columns | None]]:
    """Fields of every record of a Sudoku file, and what the header says of them."""
    columns: Columns | None = None
    for read in file_lines(path):
        line = read._replace(text=blanks_written(without_comment(read.text)))
        if not line.text.strip():
            continue
        fields = split_fields(line) or [line.text]
        named = read_header(line, fields)
        if named is None:
            yield line, fields, columns
        columns = named or columns


def sudoku_lines(
    path: Path, min_rating: float | None = None, *, distinct: bool = False
) -> NDArray[np.int64]:
    """Numbers, from 1, of the lines that hold a puzzle rated at least `min_rating`; `distinct`: of
    the lines with the same puzzle the first."""
    numbers, puzzles = [], []
    for record in _records(path):
        if min_rating is not None and _rated(*record) < min_rating:
            continue
        numbers.append(record[0].number)
        if distinct:
            puzzles.append(hash(_record(*record).puzzle.digits))
    found = np.array(numbers, np.int64)
    if not distinct:
        return found
    _, first = np.unique(np.array(puzzles, np.int64), return_index=True)
    return found[np.sort(first)]


def _rated(line: Line, fields: list[str], columns: Columns | None) -> float:
    rating = read_record(line, fields, columns).rating
    if rating is None:
        raise PuzzleError("this record has no rating", line=line.number)
    return rating


def sudoku_blocks(path: Path, wanted: BoolGrid | None = None) -> Iterator[Pairs]:
    """Givens and solutions, (n, 81) at most `BLOCK` rows at a time, of all lines or of those whose
    number `wanted` is true at.

    A solution is checked against the rules and its puzzle; a missing one is computed, and its
    puzzle refused if it has none or several. Raises `PuzzleError`.
    """
    block: list[tuple[Line, Record]] = []
    for line, fields, columns in _records(path):
        if wanted is not None and line.number >= len(wanted):
            break
        if wanted is None or wanted[line.number]:
            block.append((line, _record(line, fields, columns)))
        if len(block) == BLOCK:
            yield _checked(block)
            block = []
    if block:
        yield _checked(block)


def _record(line: Line, fields: list[str], columns: Columns | None) -> Record:
    if len(fields) > 1:
        return read_record(line, fields, columns)
    cells = read_cells(line, line.text)
    if len(cells.digits) != CLASSIC.cells:
        raise PuzzleError(
            "this line is one row of a drawn puzzle",
            hint="A file to train on has one whole puzzle a line.",
            line=line.number,
        )
    return Record(cells)


def _checked(block: list[tuple[Line, Record]]) -> Pairs:
    givens = _digits([record.puzzle.digits for _, record in block])
    solutions = _digits([(r.solution or r.puzzle).digits for _, r in block])
    missing = np.array([record.solution is None for _, record in block])
    wrong = (
        clashes(givens) | clashes(solutions) | ((givens > 0) & (givens != solutions)).any(axis=1)
    )
    wrong |= ~missing & (solutions == 0).any(axis=1)
    if wrong.any():
        _refuse(*block[int(np.argmax(wrong))])
    if missing.any():
        solutions[missing], counts = answers_of(givens[missing])
        if (counts != 1).any():
            first = int(np.argmax(counts != 1))
            what = "more than one solution" if counts[first] else "no solution"
            line, _ = block[np.flatnonzero(missing)[first]]
            raise PuzzleError(f"the puzzle has {what}", line=line.number)
    return givens, solutions


def _digits(rows: list[str]) -> Digits:
    joined = np.frombuffer("".join(rows).encode("ascii"), np.uint8)
    return (joined - ord("0")).reshape(len(rows), CLASSIC.cells)


def _refuse(line: Line, record: Record) -> NoReturn:
    """Say what is wrong with one record, in the words of the puzzle's own rules."""
    with record.puzzle.located():
        Sudoku(record.puzzle.values())
    assert record.solution is not None
    with record.solution.located():
        Sudoku(record.puzzle.values(), record.solution.values())
    raise PuzzleError("the puzzle breaks a rule", line=line.number)


@dataclass(frozen=True, slots=True)
class ListedSudokus:
    """`Listed` by the lines of a file, which is read once more for the puzzles themselves."""

    path: Path
    numbers: NDArray[np.int64]

    def read(
        self, numbers: NDArray[np.int64] | None = None
    ) -> Iterator[tuple[tuple[int, int], training.Pairs]]:
        chosen = self.numbers if numbers is None else numbers
        wanted: BoolGrid = np.zeros(int(chosen.max(initial=0)) + 1, np.bool_)
        wanted[chosen] = True
        for givens, solutions in sudoku_blocks(self.path, wanted):
            yield (9, 9), training.Pairs(givens + np.uint8(1), solutions + np.uint8(1))
