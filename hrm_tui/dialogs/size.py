"""Asks for the size of an ARC output."""

from __future__ import annotations

import re

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from hrm_tui.dialogs.base import Dialog, caption
from puzzles.arc.puzzle import MAX_SIDE

_SIZE = re.compile(r"\s*([0-9]{1,2})\s*[x×*, ]\s*([0-9]{1,2})\s*")


class SizeDialog(Dialog[tuple[int, int]]):
    """Returns (height, width), both 1 to 30."""

    def __init__(self, shape: tuple[int, int]) -> None:
        super().__init__()
        self._shape = shape

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield caption("Size of the output", "title")
            yield Input(f"{self._shape[0]}x{self._shape[1]}", select_on_focus=True)
            yield caption("", "message")
            yield caption("height x width · enter take · esc back", "keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        found = _SIZE.fullmatch(event.value)
        height, width = (int(side) for side in found.groups()) if found else (0, 0)
        if 1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE:
            self.dismiss((height, width))
        else:
            self.say(f"A size is height x width, each 1 to {MAX_SIDE}, such as 3x5.", wrong=True)
