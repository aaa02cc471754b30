"""Asks under which name a training run is kept among the installed models."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from hrm.errors import UserError
from hrm.store.installed import checked_name, find
from hrm_tui.dialogs.base import Dialog, caption


class NameDialog(Dialog[str]):
    """Returns a name that no installed model has; begins with `proposed`."""

    HELP = "The model is copied from the run's folder, so that it stays when the folder goes."

    def __init__(self, proposed: str) -> None:
        super().__init__()
        self._proposed = proposed

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield caption("Keep this model under a name", "title")
            yield Input(self._proposed, select_on_focus=True)
            yield caption("", "message")
            yield caption("enter keep · esc back", "keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        name = event.value.strip()
        try:
            checked_name(name)
        except UserError:
            self.say(
                "A name has letters, digits, - _ and . and begins with one of the first two.",
                wrong=True,
            )
            return
        if find(name) is not None:
            self.say(f"There is a model {name} already.", wrong=True)
        else:
            self.dismiss(name)
