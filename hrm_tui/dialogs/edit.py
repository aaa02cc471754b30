"""Editing the givens of a puzzle on its board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key, Paste

from hrm.errors import UserError
from hrm.terminal import clean
from hrm_tui.dialogs.base import Dialog, caption
from hrm_tui.dialogs.pick import Choice, PickDialog
from hrm_tui.sources import Chosen, Current, read_pasted
from hrm_tui.widgets.board import Board
from puzzles import domain
from puzzles.contract.guard import DomainError
from puzzles.contract.protocol import Draft
from puzzles.contract.tokens import Position
from puzzles.drawing.montage import draft_picture
from puzzles.errors import PuzzleError

_EDITED = ", edited"


class EditDialog(Dialog[Chosen]):
    """Returns the edited puzzle once it is one; until then its error stands below the board.

    Making it raises `UserError` for a kind of puzzle that cannot be edited, and `PuzzleError` where
    a draft from outside fails. One that fails later leaves the board as it was.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+s", "accept", "Use it", id="edit.accept"),
        Binding("ctrl+n", "empty", "Empty board", id="edit.empty"),
        Binding("backspace,delete", "blank", "Blank", id="edit.blank", show=False),
        Binding("left", "move(0,-1)", "Left", show=False),
        Binding("right", "move(0,1)", "Right", show=False),
        Binding("up", "move(-1,0)", "Up", show=False),
        Binding("down", "move(1,0)", "Down", show=False),
    ]
    HELP = "Type into the cell under the cursor, which then moves on. A puzzle can be pasted too."

    def __init__(self, current: Current) -> None:
        super().__init__()
        self._current = current
        self._draft = self._begun = self._warned_of = _draft_of(current.task, current.puzzle)
        self._legend, self._picture = self._draft.legend, self._draft.picture()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box tall"):
            yield caption(f"Edit {self._current.task}", "title")
            yield Board(id="edited")
            yield caption("", "message")
            keys = "enter use it · ctrl+n empty board · esc back"
            yield caption(f"{self._legend}\n{keys}", "keys")

    def on_mount(self) -> None:
        self._show((0, 0))
        self.query_one(Board).focus()

    def _show(self, cursor: Position | None) -> None:
        self.query_one(Board).show(self._picture, cursor=cursor)

    def _change(self, make: Callable[[], Draft | None], cursor: Position | None) -> bool:
        changed = self._draw(make, cursor)
        if changed:
            self.say("")
        return changed

    def _draw(self, make: Callable[[], Draft | None], cursor: Position | None) -> bool:
        """Show what `make` gives, once it can be drawn; False where it gives nothing. What fails in
        a draft from outside is said in the dialog."""
        try:
            changed = make()
            if changed is None:
                return False
            self._picture = draft_picture(changed, self.query_one(Board).room)
        except DomainError as error:
            self.complain(error)
            return False
        self._draft = changed
        self._show(cursor)
        return True

    def action_move(self, rows: int, columns: int) -> None:
        self.query_one(Board).move_cursor(rows, columns)

    def on_key(self, event: Key) -> None:
        """Characters that mean something on this board; all other keys reach the bindings."""
        if event.character is not None and self._put(event.character):
            event.stop()

    def _put(self, key: str) -> bool:
        board = self.query_one(Board)
        at = board.cursor
        if at is None or not self._change(lambda: self._draft.put(at, key), at):
            return False
        board.move_cursor(0, 1)
        if board.cursor == at:  # at the end of the row
            board.put_cursor((at[0] + 1, 0))
        return True

    def action_blank(self) -> None:
        """Blank the cell and step back, as in a text."""
        board = self.query_one(Board)
        at = board.cursor
        if at is not None:
            self._change(lambda: self._draft.put(at, "0") or self._draft.put(at, " "), at)
            board.move_cursor(0, -1)

    def action_leave(self) -> None:
        """Escape, twice where something was changed."""
        if self._draft in (self._begun, self._warned_of):
            self.dismiss(None)
        else:
            self._warned_of = self._draft
            self.say("Escape again gives up what you changed; enter uses it.", wrong=True)

    async def may_leave(self) -> bool:
        """Ask before the app is left with unused changes; called in a worker."""
        if self._draft == self._begun:
            return True
        lines = [Choice(False, "Continue editing"), Choice(True, "Quit", "the changes are lost")]
        answer = await self.app.push_screen_wait(PickDialog("The board was changed", lines))
        return answer is True

    def action_empty(self) -> None:
        self._change(self._draft.emptied, (0, 0))

    @on(Board.Resized)
    def _draw_again(self) -> None:
        self._draw(lambda: self._draft, self.query_one(Board).cursor)

    @on(Board.Clicked)
    def _click(self, event: Board.Clicked) -> None:
        self._change(lambda: self._draft.clicked(event.at), event.at)

    def on_paste(self, event: Paste) -> None:
        event.stop()
        task = self._current.task
        try:
            chosen = read_pasted(clean(event.text), task)
        except PuzzleError as error:
            self.complain(error)
            return
        if chosen.task != task:
            self.say(f"That is a puzzle of {chosen.task}, not of {task}.", wrong=True)
            return
        self._change(lambda: _draft_of(task, chosen.puzzles[0]), (0, 0))

    def action_accept(self) -> None:
        try:
            puzzle = self._draft.finished()
        except PuzzleError as error:
            self.complain(error)
            if error.cells:
                self.query_one(Board).put_cursor(error.cells[0])
            return
        if self._draft == self._begun:
            self.dismiss(None)
            return
        source = f"{self._current.source.removesuffix(_EDITED)}{_EDITED}"
        self.dismiss(Chosen(self._current.task, (puzzle,), source))


def _draft_of(task: str, puzzle: Any) -> Draft:
    draft = domain(task).draft(puzzle)
    if draft is None:
        raise UserError(f"{task} puzzles cannot be edited here", "Paste the puzzle as text.")
    return draft
