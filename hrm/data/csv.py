"""Puzzles from files of any length, a line at a time: the published CSVs and a user's own.

The readers of `puzzles` take a text that fits on a screen; these take the 3.8 million lines of
Sudoku-Extreme, and name the line of the first thing that is wrong, as `PuzzleFileError`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TextIO

import numpy as np
from numpy.typing import NDArray

from hrm.errors import PuzzleFileError
from puzzles.base import MAX_TEXT, BoolGrid, PuzzleError, encoding_of
from puzzles.maze.domain import MazeDomain
from puzzles.maze.formats import FLAT
from puzzles.maze.puzzle import Maze
from puzzles.sudoku.bulk import Digits, Pairs, answers_of, clashes
from puzzles.sudoku.cells import blanks_written, read_cells, without_comment
from puzzles.sudoku.csv import Columns, Record, read_header, read_record, split_fields
from puzzles.sudoku.puzzle import Sudoku
from puzzles.text_grid import Line

BLOCK = 4096
"""Puzzles that are checked together."""

_LONGEST = 4 * FLAT
"""Characters of a line; a record of Maze-Hard has two mazes and a few more."""


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn every way a read can fail into one error that names the file."""
    try:
        yield
    except PuzzleError as error:
        raise PuzzleFileError(f"{path}: {error}", error.hint) from error
    except FileNotFoundError:
        raise PuzzleFileError(f"there is no file {path}") from None
    except UnicodeDecodeError as error:
        raise PuzzleFileError(f"{path} is not UTF-8 text", "Give a text file.") from error
    except OSError as error:
        raise PuzzleFileError(f"{path} cannot be read ({error.strerror})") from error


def _opened(path: Path) -> TextIO:
    with path.open("rb") as file:
        return path.open(encoding=encoding_of(file.read(2)))


def _lines(path: Path) -> Iterator[Line]:
    """Lines that are not empty; raises what `_reading` expects."""
    with _opened(path) as file:
        number = 0
        while text := file.readline(_LONGEST + 1):
            number += 1
            if len(text) > _LONGEST:
                raise PuzzleError("the line is too long for a puzzle", line=number)
            text = text.rstrip("\n")
            if text.strip():
                yield Line(number, text)


def _records(path: Path) -> Iterator[tuple[Line, list[str], Columns | None]]:
    """Fields of every record of a Sudoku file, and what the header says of them."""
    columns: Columns | None = None
    for number, text in _lines(path):
        line = Line(number, blanks_written(without_comment(text)))
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
    with _reading(path):
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
    puzzle refused if it has none or several. Raises `PuzzleFileError`.
    """
    with _reading(path):
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
    if len(cells.digits) != 81:
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
    return (joined - ord("0")).reshape(len(rows), 81)


def _refuse(line: Line, record: Record) -> NoReturn:
    """Say what is wrong with one record, in the words of the puzzle's own rules."""
    with record.puzzle.located():
        Sudoku(record.puzzle.values())
    assert record.solution is not None
    with record.solution.located():
        Sudoku(record.puzzle.values(), record.solution.values())
    raise PuzzleError("the puzzle breaks a rule", line=line.number)


def read_maze_file(path: Path) -> list[Maze]:
    """Mazes of a CSV with 900 characters each (Maze-Hard), or of a file of drawings up to 5 MB.

    A maze whose answer is not known has the path None. Raises `PuzzleFileError`.
    """
    domain = MazeDomain()
    with _reading(path):
        if not _is_flat(path):
            with _opened(path) as file:
                return domain.parse(file.read(MAX_TEXT + 1))
        mazes: list[Maze] = []
        for number, line in enumerate(_lines(path)):
            if len(line.text) >= FLAT:
                mazes += _flat_maze(domain, line)
            elif number:  # the first may be a header
                raise PuzzleError(f"this line has fewer than {FLAT} characters", line=line.number)
        if not mazes:
            raise PuzzleError(f"there is no maze of {FLAT} characters in it")
        return mazes


def _is_flat(path: Path) -> bool:
    first = next(_lines(path), None)
    return first is not None and ("," in first.text or len(first.text) >= FLAT)


def _flat_maze(domain: MazeDomain, line: Line) -> list[Maze]:
    try:
        return domain.parse(line.text)
    except PuzzleError:
        # read once more below as many empty lines, so that the error names the line of the file
        return domain.parse("\n" * min(line.number - 1, MAX_TEXT // 2) + line.text)
