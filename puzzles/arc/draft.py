"""The test input of an ARC task while it is being painted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from puzzles.arc.picture import draw_answer
from puzzles.arc.puzzle import ArcPuzzle, Grid, as_answer
from puzzles.contract.tokens import Position
from puzzles.drawing.picture import Picture, Room


@dataclass(frozen=True, slots=True)
class ArcDraft:
    """The test input of a task; its demonstrations, which define the task, stay as they are."""

    task: ArcPuzzle
    grid: Grid
    legend: str = "0-9 colour"

    def put(self, at: Position, key: str) -> ArcDraft | None:
        if key not in "0123456789":
            return None
        row, column = at
        line = (*self.grid[row][:column], int(key), *self.grid[row][column + 1 :])
        return replace(self, grid=(*self.grid[:row], line, *self.grid[row + 1 :]))

    def clicked(self, at: Position) -> ArcDraft:
        return self

    def emptied(self) -> ArcDraft:
        return replace(self, grid=tuple((0,) * len(row) for row in self.grid))

    def picture(self, *, room: Room | None = None) -> Picture:
        """With the digits that are to be typed, which there is no larger drawing of."""
        return draw_answer(as_answer(self.grid), None, None, None)

    def finished(self) -> ArcPuzzle:
        """Another input has another output, which nobody knows."""
        if self.grid == self.task.input:
            return self.task
        return replace(self.task, input=self.grid, output=None)
