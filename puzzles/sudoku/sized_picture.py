"""How a Sudoku of another size or with regions looks in a terminal: the symbol and its mark, and
lines where one region ends and another begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from puzzles.base import Answer, BoolGrid, Cell, FloatGrid, Picture, Position, Role, Verdict
from puzzles.sudoku.picture import MARKS, UNSURE_BELOW
from puzzles.sudoku.puzzle import SYMBOLS, Sudoku

_CORNERS = " ╵╶└╷│┌├╴┘─┴┐┤┬┼"
"""A corner by the lines that leave it: 1 up, 2 right, 4 down, 8 left."""


def draw_sized(
    puzzle: Sudoku,
    answer: Answer | None,
    verdict: Verdict | None,
    changed: BoolGrid | None,
    confidence: FloatGrid | None,
) -> Picture:
    """The givens alone, or an answer in which givens are seen to be givens."""
    size = puzzle.size
    broken = frozenset(verdict.broken) if verdict is not None else frozenset()

    def cell(at: Position) -> Cell:
        given = puzzle.givens[size * at[0] + at[1]]
        digit = given if answer is None else int(answer[at])
        role: Role = "answer"
        if at in broken:
            role = "broken"
        elif digit and given == digit:
            role = "given"
        elif changed is not None and changed[at]:
            role = "new"
        elif not digit:
            role = "blank"
        elif confidence is not None and confidence[at] < UNSURE_BELOW:
            role = "unsure"
        written = _symbol(puzzle, digit) if digit else "·"
        return Cell(f"{written}{MARKS.get(role, ' ')}", role, at)

    regions = puzzle.rules.regions or (0,) * size**2
    region = [regions[i : i + size] for i in range(0, size**2, size)]
    rows: list[tuple[Cell, ...]] = []
    for row in range(size):
        if row and region[row] != region[row - 1]:
            rows.append((Cell(_ruler(region[row - 1], region[row]), "line"),))
        rows.append(tuple(_row(region[row], row, cell)))
    return Picture(tuple(rows))


def _symbol(puzzle: Sudoku, digit: int) -> str:
    own = puzzle.notation.symbols
    return (own if digit <= len(own) else SYMBOLS)[digit - 1]


def _row(region: tuple[int, ...], row: int, cell: Callable[[Position], Cell]) -> Iterator[Cell]:
    for column in range(len(region)):
        if column and region[column] != region[column - 1]:
            yield Cell("│", "line")
        elif column:
            yield Cell(" ", "line")
        yield cell((row, column))


def _ruler(above: tuple[int, ...], below: tuple[int, ...]) -> str:
    """The line between two rows: under each cell two columns, one at each corner."""
    drawn = []
    for column in range(len(above)):
        flat = above[column] != below[column]
        if column:
            before = above[column - 1] != below[column - 1]
            corner = (
                (above[column] != above[column - 1])
                + 2 * flat
                + 4 * (below[column] != below[column - 1])
                + 8 * before
            )
            drawn.append(_CORNERS[corner])
        drawn.append((" ", "─")[flat] * 2)
    return "".join(drawn)
