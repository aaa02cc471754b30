"""An ARC test answered by hand: a grid to paint, fill, copy from the input and resize."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from puzzles.arc.puzzle import MAX_SIDE, ArcPuzzle, Grid, as_answer, as_grid
from puzzles.contract.protocol import Verdict
from puzzles.contract.tokens import Answer, BoolGrid, Position
from puzzles.drawing.picture import Picture, Room
from puzzles.drawing.tiles import largest_scale
from puzzles.errors import NoHintError
from puzzles.game import SHOWN_NEXT, Forecast, Game, Hint, percent, place_name, surest
from puzzles.maze.puzzle import neighbours
from puzzles.text.json_text import field_of, read_grid

_ROW = re.compile("[0-9]+")


class ArcGame(Game[Grid]):
    """Starts with the size of the test input in colour 0, the background of most tasks.

    Nobody can judge an answer whose output is not on file; then hints are the model's opinion.
    """

    task = "arc"
    keys = frozenset({"paint", "fill", "copy_input", "size", "look"})
    right = "Right: every cell is as in the known answer"
    unknown = "The answer to this test is not known, so nobody can check it"

    def __init__(self, puzzle: ArcPuzzle) -> None:
        super().__init__(puzzle, as_grid(np.zeros_like(as_answer(puzzle.input))))

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.position), len(self.position[0])

    def answer(self) -> Answer:
        return as_answer(self.position)

    def status(self) -> str:
        height, width = self.shape
        return f"{height}×{width}"

    def paint(self, at: Position, colour: int) -> bool:
        return self._recolour([at], colour)

    def fill(self, at: Position, colour: int) -> bool:
        """Recolour the cells of one colour that hang together with `at` by their sides."""
        old, shape = self.position[at[0]][at[1]], self.shape
        found, wave = {at}, [at]
        while wave:
            around = set(neighbours(wave.pop(), shape)) - found
            alike = [other for other in around if self.position[other[0]][other[1]] == old]
            found.update(alike)
            wave += alike
        return self._recolour(found, colour)

    def copy_input(self) -> bool:
        """The test input, its size included."""
        return self.history.commit(self.puzzle.input)

    def clear(self) -> bool:
        """Colour 0 everywhere; the size stays."""
        return self.history.commit(as_grid(np.zeros_like(self.answer())))

    def resize(self, height: int, width: int) -> bool:
        """Cut or grow below and to the right, new cells in colour 0; False beyond 1 to 30."""
        if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
            return False
        return self.history.commit(_resized(self.position, height, width))

    def _recolour(self, cells: Iterable[Position], colour: int) -> bool:
        answer = self.answer()
        for at in cells:
            answer[at] = colour
        return self.history.commit(as_grid(answer))

    def drawn(
        self, answer: Answer, verdict: Verdict, changed: BoolGrid, room: Room | None
    ) -> Picture:
        """Cells of whole lines, so that a frame can be drawn around one of them; where they do not
        fit, the picture is larger than its room."""
        height, width = answer.shape
        if room is not None:
            scale = max(2, largest_scale((height, width), room, most=8) // 2 * 2)
            room = replace(room, columns=width * scale + 2, rows=height * scale // 2 + 2)
        return super().drawn(answer, verdict, changed, room)

    def wants_forecast(self) -> bool:
        """Only where nobody knows the answer: a model needs a minute to learn a task."""
        return self.puzzle.output is None

    def find_hint(self, forecast: Forecast | None) -> Hint[Grid]:
        """The size first, then the cell to change of which the model is surest."""
        target, known = self.puzzle.output, self.puzzle.output is not None
        if target is None:
            if forecast is None:
                raise NoHintError("The answer is not known, and no model has an opinion yet")
            target = as_grid(forecast.answer)
        if (len(target), len(target[0])) != self.shape:
            return _size_hint(len(target), len(target[0]), known)
        wanted = as_answer(target)
        differing = _positions(wanted != self.answer())
        if not differing:
            raise NoHintError("Every cell is right" if known else "You agree with the model")
        return self._cell_hint(wanted, differing, forecast, known)

    def _cell_hint(
        self, wanted: Answer, differing: list[Position], forecast: Forecast | None, known: bool
    ) -> Hint[Grid]:
        at, why = differing[0], "it has not the right colour"
        if forecast is not None and forecast.answer.shape == wanted.shape:
            agreeing = [cell for cell in differing if forecast.answer[cell] == wanted[cell]]
            if agreeing:
                at = surest(forecast, agreeing)[0]
                sure = percent(float(forecast.confidence[at]))
                why = f"it has not the right colour, of which the model is sure ({sure})"
                if not known:
                    why = f"the model would change it ({sure}); nobody knows the answer"
        colour = int(wanted[at])
        return Hint(
            at,
            f"Look at {place_name(at)}: {why}",
            f"{place_name(at)} is {colour}" if known else f"The model says {colour}",
            lambda now: _painted(now, at, colour),
        )

    def next_cells(self, forecast: Forecast) -> tuple[Position, ...]:
        """The cells that the model would change; none while the sizes differ."""
        if forecast.answer.shape != self.shape:
            return ()
        return tuple(surest(forecast, _positions(forecast.answer != self.answer()))[:SHOWN_NEXT])

    def encode(self, position: Grid) -> dict[str, Any]:
        return {"grid": ["".join(map(str, row)) for row in position]}

    def decode(self, plain: object) -> Grid:
        rows = field_of(plain, "grid", "position")
        if isinstance(rows, list):
            rows = [_colours(row) for row in rows]
        return read_grid(rows, "position")


def _colours(row: object) -> object:
    """A row of digits as a list, anything else as it is, for `read_grid` to refuse."""
    if isinstance(row, str) and _ROW.fullmatch(row):
        return [int(colour) for colour in row]
    return row


def _size_hint(height: int, width: int, known: bool) -> Hint[Grid]:
    whose = "the answer has" if known else "the model thinks of"
    return Hint(
        (0, 0),
        f"Look at the size: {whose} another; compare the demonstrations",
        f"The size is {height}×{width}",
        lambda now: _resized(now, height, width),
    )


def _resized(grid: Grid, height: int, width: int) -> Grid:
    resized = np.zeros((height, width), np.uint8)
    kept = as_answer(grid)[:height, :width]
    resized[: kept.shape[0], : kept.shape[1]] = kept
    return as_grid(resized)


def _painted(grid: Grid, at: Position, colour: int) -> Grid:
    answer = as_answer(grid)
    answer[at] = colour
    return as_grid(answer)


def _positions(flags: np.ndarray[Any, np.dtype[np.bool_]]) -> list[Position]:
    return [(row, column) for row, column in np.argwhere(flags).tolist()]
