"""The board that is played on: its keys ask for a step and the screen decides what a step means."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from hrm_tui.board import Board


class PlayBoard(Board):
    """Arrow and vi keys post `Stepped`. In a Sudoku that moves the cursor, in a maze the path."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(0,-1)", "left", show=False, id="play.left"),
        Binding("down", "move(1,0)", "down", show=False, id="play.down"),
        Binding("up", "move(-1,0)", "up", show=False, id="play.up"),
        Binding("right", "move(0,1)", "right", show=False, id="play.right"),
    ]

    class Stepped(Message):
        """A key asked for a step by so many rows and columns."""

        def __init__(self, rows: int, columns: int) -> None:
            super().__init__()
            self.rows, self.columns = rows, columns

    def action_move(self, rows: int, columns: int) -> None:
        self.post_message(self.Stepped(rows, columns))
