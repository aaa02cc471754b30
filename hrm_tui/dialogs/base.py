"""What every dialog shares: a framed box over the screen, one line for what went wrong, escape."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static
from textual.worker import active_worker

from hrm.errors import UserError
from hrm.terminal import clean, clean_line
from hrm_tui.screens import WIDTHS
from puzzles.errors import PuzzleError

T = TypeVar("T")


class Dialog(ModalScreen[T | None]):
    """Returns a value, or None when it is left with escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", id="dialog.leave"),
        # a modal screen hides the app's own keys
        Binding("f1", "app.help", "Help", id="dialog.help"),
        Binding("ctrl+c", "app.help_quit", show=False),
    ]

    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (66, "-narrow"), *WIDTHS[1:]]  # noqa: RUF012

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Once, and together with what lies above it, such as the help: two keys may arrive
        together, or one while something is still being read. What is read for it is given up:
        there would be no line left to say it in."""
        if self not in self.app.screen_stack:
            return AwaitComplete()
        if not self.is_mounted:  # a key may arrive before its widgets are there
            self.call_later(self._dismiss_later, result)
            return AwaitComplete()
        for worker in list(self.workers):
            if worker.node is self and worker is not active_worker.get(None):
                worker.cancel()
        while self.app.screen is not self:
            self.app.screen.dismiss(None)
        return super().dismiss(result)

    def _dismiss_later(self, result: T | None) -> None:
        self.dismiss(result)  # without its return value, which would be awaited

    def action_leave(self) -> None:
        self.dismiss(None)

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Put a message into the dialog's line; an empty text clears it."""
        line = self.query_one(".message", Static)
        line.update(Content(clean(text)))
        line.set_class(wrong, "wrong")

    def complain(self, error: Exception) -> None:
        self.say(error_text(error), wrong=True)


def error_text(error: Exception) -> str:
    """An error that its reader can act on, with its hint in a second line."""
    hint = error.hint if isinstance(error, PuzzleError | UserError) else ""
    message = clean_line(str(error), 300)
    return f"{message}\n{clean_line(hint, 300)}" if hint else message


def caption(text: str, classes: str = "") -> Static:
    """A line of the app's own or of outside text, never read as markup."""
    return Static(Content(clean(text)), classes=classes)
