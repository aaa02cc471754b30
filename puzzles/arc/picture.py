"""How ARC looks in a terminal: two columns a cell, which makes it about square, with the digit in
the first so that it reads without colours and a mark in the second."""

from __future__ import annotations

from puzzles.arc.puzzle import ArcPuzzle, Grid, Pair
from puzzles.base import Answer, BoolGrid, Cell, FloatGrid, Picture, Position, Role, Verdict

UNSURE_BELOW = 0.5
"""A cell is marked unsure when its colour has less than this probability."""

_ARROW = " → "

_MARKS: dict[Role, str] = {"broken": "!", "new": "⁺", "unsure": "?"}

_Row = tuple[Cell, ...]


def draw_puzzle(puzzle: ArcPuzzle) -> Picture:
    """Demonstrations with their outputs beside them, then the test input; never the answer."""
    rows: list[_Row] = []
    for number, pair in enumerate(puzzle.demonstrations, start=1):
        rows += [_label(f"demonstration {number}"), *_draw_pair(pair), ()]
    return Picture((*rows, _label("test"), *_draw_grid(puzzle.input)))


def draw_answer(
    answer: Answer,
    verdict: Verdict | None,
    changed: BoolGrid | None,
    confidence: FloatGrid | None,
) -> Picture:
    """The answer alone: a cell is its digit in its colour, then a blank or its mark."""
    broken = frozenset(verdict.broken) if verdict is not None else frozenset()

    def state(at: Position) -> Role | None:
        if at in broken:
            return "broken"
        if changed is not None and changed[at]:
            return "new"
        if confidence is not None and confidence[at] < UNSURE_BELOW:
            return "unsure"
        return None

    return Picture(
        tuple(
            tuple(
                piece
                for column, colour in enumerate(row)
                for piece in _draw_cell(colour, (line, column), state((line, column)))
            )
            for line, row in enumerate(answer.tolist())
        )
    )


def _draw_cell(colour: int, at: Position, state: Role | None) -> _Row:
    role = f"color{colour}"
    if state is None:
        return (Cell(f"{colour} ", role, at),)
    # two runs, so that the mark does not cost the cell its colour
    return Cell(f"{colour}", role, at), Cell(_MARKS[state], state, at)


def _label(text: str) -> _Row:
    return (Cell(text, "label"),)


def _draw_grid(grid: Grid) -> list[_Row]:
    return [tuple(Cell(f"{colour} ", f"color{colour}") for colour in row) for row in grid]


def _draw_pair(pair: Pair) -> list[_Row]:
    """Input and output side by side from the same first line, an arrow between their middles."""
    left, right = _draw_grid(pair.input), _draw_grid(pair.output)
    height = max(len(left), len(right))
    gap = Cell("  " * len(pair.input[0]), "blank")
    rows: list[_Row] = []
    for line in range(height):
        arrow = Cell(_ARROW if line == (height - 1) // 2 else " " * len(_ARROW), "line")
        start = left[line] if line < len(left) else (gap,)
        rows.append((*start, arrow, *(right[line] if line < len(right) else ())))
    return rows
