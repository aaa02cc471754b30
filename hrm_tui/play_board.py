"""The board that is played on: its keys ask for a step and the screen decides what a step means.

It asks by a call: a message would come after the keys that were pressed meanwhile.
"""

from __future__ import annotations

from typing import ClassVar, Protocol, cast

from textual.binding import Binding, BindingType

from hrm_tui.board import Board


class _Stepping(Protocol):
    def step(self, rows: int, columns: int) -> None: ...


class PlayBoard(Board):
    """Arrow and vi keys step. In a Sudoku that moves the cursor, in a maze the path."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(0,-1)", "left", show=False, id="play.left"),
        Binding("down", "move(1,0)", "down", show=False, id="play.down"),
        Binding("up", "move(-1,0)", "up", show=False, id="play.up"),
        Binding("right", "move(0,1)", "right", show=False, id="play.right"),
    ]

    def action_move(self, rows: int, columns: int) -> None:
        cast(_Stepping, self.screen).step(rows, columns)
