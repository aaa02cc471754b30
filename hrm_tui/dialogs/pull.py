"""Asking for the name of any published model."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from hrm.errors import UserError
from hrm.store.plan import source_of
from hrm.store.registry import KNOWN
from hrm_tui.dialogs.base import Dialog, caption, error_text

_FORMS = "org/name, org/name@revision, org/name:file or https://…"


class PullDialog(Dialog[str]):
    """Returns what `hrm models pull` takes."""

    HELP = (
        f"Name a model on the hub or the address of one: {_FORMS}. A hash that the hub names is "
        "checked."
    )

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield caption("Pull a model by its name", "title")
            yield Input(placeholder="org/name", id="reference")
            yield caption(_FORMS, "message")
            yield caption("enter pull · esc back", "keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _judge(self, event: Input.Changed) -> None:
        problem = wrong_with(event.value)
        self.say(problem if event.value.strip() and problem else _FORMS, wrong=False)

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        problem = wrong_with(event.value)
        if problem:
            self.say(problem, wrong=True)
        else:
            self.dismiss(full_name(event.value))


def full_name(text: str) -> str:
    """A published model of ours to name may be called by the last part of its name."""
    name = text.strip()
    return next((known.name for known in KNOWN if known.name.endswith(f"/{name}")), name)


def wrong_with(text: str) -> str:
    """What is wrong with it as a reference, empty if nothing is."""
    try:
        source_of(full_name(text))
    except UserError as error:
        return error_text(error)
    return ""
