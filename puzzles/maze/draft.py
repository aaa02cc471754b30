"""A maze while it is being drawn: it may have no start or goal yet."""

from __future__ import annotations

from dataclasses import dataclass, replace

from puzzles.contract.tokens import Position
from puzzles.drawing.picture import Picture, Room
from puzzles.maze.puzzle import Maze
from puzzles.maze.reading.formats import read_mazes


@dataclass(frozen=True, slots=True)
class MazeDraft:
    """Rows of `#`, space, S and G; there may be no start or goal yet, but never two."""

    rows: tuple[str, ...]
    legend: str = "# wall · space floor · s start · g goal · click wall or floor"

    def put(self, at: Position, key: str) -> MazeDraft | None:
        symbol = " " if key == "." else key.upper()
        if symbol not in ("#", " ", "S", "G"):
            return None
        rows = self.rows
        if symbol in "SG":
            rows = tuple(row.replace(symbol, " ") for row in rows)
        row = rows[at[0]][: at[1]] + symbol + rows[at[0]][at[1] + 1 :]
        return replace(self, rows=(*rows[: at[0]], row, *rows[at[0] + 1 :]))

    def clicked(self, at: Position) -> MazeDraft:
        symbol = self.rows[at[0]][at[1]]
        if symbol in "SG":
            return self
        return self.put(at, " " if symbol == "#" else "#") or self

    def emptied(self) -> MazeDraft:
        return replace(self, rows=tuple(" " * len(row) for row in self.rows))

    def picture(self, *, room: Room | None = None) -> Picture:
        from puzzles.maze.domain import MazeDomain  # which offers this draft

        return MazeDomain().render(Maze(self.rows), room=room)

    def finished(self) -> Maze:
        drawn = "\n".join(row.replace(" ", ".") for row in self.rows)
        return replace(read_mazes(drawn)[0], name="drawn")
