"""How ARC looks in a terminal: square cells at any scale, or two columns a cell, with the digit in
the first so that it reads without colours and a mark in the second."""

from __future__ import annotations

from puzzles.arc.puzzle import ArcPuzzle, Grid, Pair
from puzzles.contract.protocol import Verdict
from puzzles.contract.tokens import Answer, BoolGrid, FloatGrid, Position
from puzzles.drawing.picture import Cell, Picture, Role, Room
from puzzles.drawing.tiles import Tile, draw_tiles, largest_scale

UNSURE_BELOW = 0.5
"""A cell is marked unsure when its colour has less than this probability."""

_ARROW = " → "

_MARKS: dict[Role, str] = {"broken": "!", "new": "⁺", "unsure": "?"}

_Row = tuple[Cell, ...]


def draw_puzzle(puzzle: ArcPuzzle, room: Room | None = None) -> Picture:
    """Demonstrations with their outputs beside them, then the test input; never the answer.

    The demonstrations are drawn at one scale, at which each fits in `room` with its label.
    """
    scale, own = _scales(puzzle, room)
    rows: list[_Row] = []
    for number, pair in enumerate(puzzle.demonstrations, start=1):
        rows += [_label(f"demonstration {number}"), *_draw_pair(pair, scale), ()]
    return Picture((*rows, _label("test"), *_draw_grid(puzzle.input, own)))


def _scales(puzzle: ArcPuzzle, room: Room | None) -> tuple[int, int]:
    """Of the demonstrations and of the test; 0 for digits."""
    if room is None or not room.tones or room.digits:
        return 0, 0
    scales = []
    for pair in puzzle.demonstrations:
        (height, left), (other, right) = _shape(pair.input), _shape(pair.output)
        # a second frame, the arrow, and the label above
        between = Room(room.columns - len(_ARROW) - 2, room.rows - 1)
        scales.append(largest_scale((max(height, other), left + right), between))
    return min(scales, default=1), largest_scale(_shape(puzzle.input), room)


def _shape(grid: Grid) -> tuple[int, int]:
    return len(grid), len(grid[0])


def draw_answer(
    answer: Answer,
    verdict: Verdict | None,
    changed: BoolGrid | None,
    confidence: FloatGrid | None,
    room: Room | None = None,
) -> Picture:
    """The answer alone: a cell is its digit in its colour, then a blank or its mark. With `room`
    and shades, a cell is as strong in colour as it is likely, and has its mark if it is large."""
    broken = frozenset(verdict.broken) if verdict is not None else frozenset()

    def state(at: Position) -> Role | None:
        if at in broken:
            return "broken"
        if changed is not None and changed[at]:
            return "new"
        if confidence is not None and confidence[at] < UNSURE_BELOW:
            return "unsure"
        return None

    if room is not None and room.tones and not room.digits:
        tiles = [
            [
                _tile(
                    colour,
                    1.0 if confidence is None else float(confidence[line, column]),
                    state((line, column)) == "broken",
                )
                for column, colour in enumerate(row)
            ]
            for line, row in enumerate(answer.tolist())
        ]
        shape = len(tiles), len(tiles[0])
        scale = largest_scale(shape, room)
        return Picture(tuple(draw_tiles(tiles, scale, framed=not room.sketch)))
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


def _tile(colour: int, level: float = 1.0, broken: bool = False) -> Tile:
    return Tile(f"fill{colour}", level, "!" if broken else "", f"color{colour}")


def _draw_grid(grid: Grid, scale: int = 0) -> list[_Row]:
    if scale:
        return draw_tiles([[_tile(colour) for colour in row] for row in grid], scale)
    return [tuple(Cell(f"{colour} ", f"color{colour}") for colour in row) for row in grid]


def _draw_pair(pair: Pair, scale: int = 0) -> list[_Row]:
    """Input and output side by side from the same first line, an arrow between their middles."""
    left, right = _draw_grid(pair.input, scale), _draw_grid(pair.output, scale)
    height = max(len(left), len(right))
    gap = Cell(" " * sum(len(cell.text) for cell in left[0]), "blank")
    rows: list[_Row] = []
    for line in range(height):
        arrow = Cell(_ARROW if line == (height - 1) // 2 else " " * len(_ARROW), "line")
        start = left[line] if line < len(left) else (gap,)
        rows.append((*start, arrow, *(right[line] if line < len(right) else ())))
    return rows
