"""What stands beside the board: pencil marks where the board has no room for them, the colours of
ARC, and the model's board in a race."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Vertical

from hrm_tui.board import Board
from hrm_tui.play_words import Words
from puzzles.arc_task import COLOURS
from puzzles.base import Cell, Picture, Position

_COLOURS = Picture(
    tuple(
        tuple(Cell(f" {colour} ", f"color{colour}", (row, colour)) for colour in colours)
        for row, colours in enumerate((range(COLOURS // 2), range(COLOURS // 2, COLOURS)))
    )
)
"""Two rows of five; the column of a cell is its colour."""


class Colours(Board):
    """The ten colours; a click takes one up."""

    def take_up(self, colour: int) -> None:
        self.show(_COLOURS, cursor=(colour // (COLOURS // 2), colour))


class PlaySide(Vertical):
    """Each part shows only when it has something to say."""

    DEFAULT_CSS = """
    PlaySide { width: 30; padding: 0 1; }
    PlaySide Words { height: auto; }
    PlaySide Colours { height: 2; margin: 1 0; }
    PlaySide #race-board { height: 1fr; }
    """

    def compose(self) -> ComposeResult:
        yield Words(id="marks")
        yield Words(id="pen")
        yield Colours(id="colours")
        yield Words(id="race-line")
        yield Board(id="race-board")

    def on_mount(self) -> None:
        self.hide()
        for board in self.query(Board):
            board.can_focus = False  # the keys belong to the board that is played on

    def hide(self) -> None:
        for child in self.children:
            child.display = False

    def show_marks(self, marks: Mapping[Position, str], at: Position | None) -> None:
        """The pencil marks of the row that the cursor is in; nothing where there are none."""
        row = 0 if at is None else at[0]
        lines = [f"  c{column + 1}  {marks.get((row, column), '·')}" for column in range(9)]
        self._say("#marks", "\n".join([f"pencil marks of row {row + 1}", *lines]) if marks else "")

    def show_pen(self, text: str) -> None:
        """What a digit key does now."""
        self._say("#pen", text)

    def show_colour(self, colour: int | None) -> None:
        """The colours with one taken up, None to hide them."""
        colours = self.query_one(Colours)
        colours.display = colour is not None
        if colour is not None:
            colours.take_up(colour)

    def show_race(self, line: str, picture: Picture | None) -> None:
        """The model's side of a race; an empty line ends it."""
        self._say("#race-line", line)
        board = self.query_one("#race-board", Board)
        board.display = bool(line) and picture is not None
        if picture is not None:
            board.show(picture)

    def _say(self, selector: str, text: str) -> None:
        words = self.query_one(selector, Words)
        words.display = bool(text)
        words.say(text)
