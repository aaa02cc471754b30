"""Reads the paths that are drawn into mazes: a right one, a wrong one, or one with another mark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from puzzles.contract.tokens import Answer
from puzzles.errors import PuzzleError
from puzzles.maze.puzzle import PATH, Maze
from puzzles.maze.reading.drawings import Drawing, Row
from puzzles.maze.reading.flat import flat_fields, flat_rows
from puzzles.maze.reading.formats import ARROWS, MARKS, replaced, rows_drawn, tokens_of
from puzzles.maze.reading.pieces import pieces_of
from puzzles.maze.reading.tokens import joins, require_same
from puzzles.text.text_grid import Line


def read_drawn_answers(text: str, mazes: Sequence[Maze]) -> list[Answer]:
    """The 'o' of drawings of `mazes`, or of Maze-Hard's lines, right or wrong, in their order.

    Raises `PuzzleError` if the number of drawings differs, or a cell that is not 'o' does.
    """
    pieces = list(pieces_of(text))
    if any(isinstance(piece, Drawing) and piece.answer for piece in pieces):
        pieces = [piece for piece in pieces if isinstance(piece, Line) or piece.answer]
    if len(pieces) == 2 * len(mazes) and _are(pieces[::2], mazes):
        below = pieces[1::2]
        pieces = pieces if _are(below, mazes) else below
    if len(pieces) != len(mazes):
        raise PuzzleError(
            f"{len(pieces)} answers for {len(mazes)} mazes",
            hint="" if pieces else "Draw the maze with o on the cells of the path.",
        )
    answers = []
    for piece, maze in zip(pieces, mazes, strict=True):
        if isinstance(piece, Line):
            rows = flat_rows(piece, flat_fields(piece)[-1])
        else:
            rows = _marked(rows_drawn(piece, maze.shape), maze)
        drawn = tokens_of(rows)
        require_same(drawn, maze.tokens(), rows)
        answers.append((drawn == PATH).astype(np.uint8))
    return answers


def _are(pieces: Sequence[Drawing | Line], mazes: Sequence[Maze]) -> bool:
    """Whether drawings are those of the mazes, without a path."""
    for piece, maze in zip(pieces, mazes, strict=True):
        if isinstance(piece, Line):
            return False
        tokens = tokens_of(rows_drawn(piece, maze.shape))
        if not np.array_equal(tokens, maze.tokens()):
            return False
    return True


def _marked(rows: tuple[Row, ...], maze: Maze) -> tuple[Row, ...]:
    """Rows with 'o' for another mark of the path, or for arrows, if they cannot be floor.

    Raises `PuzzleError` where '.' may be either.
    """
    floor = Counter(
        character
        for row, known in zip(rows, maze.rows, strict=False)
        for character, cell in zip(row.text, known, strict=False)
        if cell == " "
    )
    others = floor.keys() - {" "}
    if len(others) > 1:
        others -= {"."}
    one = len(others) == 1 and others <= set(MARKS)
    some = bool(others) and others <= set(ARROWS)
    if not (one or some) or not {" ", "."} - others & floor.keys():
        return rows
    mark = "".join(others)
    marked = replaced(rows, mark, "o")
    if mark not in (".", "·") or joins(tokens_of(marked)):
        return marked
    raise PuzzleError(
        "no cell is marked o", hint="mark the path with o; '.' is floor", line=rows[0].number
    )
