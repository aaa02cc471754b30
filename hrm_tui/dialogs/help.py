"""F1: what the screen is for and what its keys do, made from the bindings that are in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Static

from hrm_tui.dialogs.base import Dialog, caption
from hrm_tui.dialogs.questions import QUESTIONS


class HelpScreen(Dialog[None]):
    """`about` is the screen that it was called from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,q,enter", "leave", "Back", id="help.leave"),
    ]

    def __init__(self, about: Screen[Any]) -> None:
        super().__init__()
        self._purpose = about.HELP or ""
        self._sections = sections(about.active_bindings)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box wide"):
            yield caption("Help", "title")
            with VerticalScroll():
                if self._purpose:
                    yield caption(self._purpose, "purpose")
                yield Static(self._keys())
            yield caption("", "message")
            yield caption("↑↓ scroll · esc back", "keys")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def _keys(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for title, rows in self._sections:
            table.add_row(Text(f"{title}", "bold underline"), Text())
            for keys, meaning, _ in rows:
                table.add_row(Text(f"  {keys}", "bold"), Text(meaning))
            table.add_row()
        return table


Row = tuple[str, str, str]
"""Keys, what they do, and the binding's id."""


def sections(active: Mapping[str, ActiveBinding]) -> list[tuple[str, list[Row]]]:
    """The keys by what they are for, in the order in which a person needs them; none is empty."""
    found: dict[str, list[Row]] = {title: [] for title in (_HERE, *_SECTIONS.values(), _REST)}
    for row in key_rows(active):
        found[_section_of(row[2])].append(row)
    return [(title, rows) for title, rows in found.items() if rows]


_HERE, _REST = "On this screen", "Elsewhere"
_SECTIONS = {
    **dict.fromkeys(("new", *QUESTIONS), "Choose a puzzle"),
    "visit": "Other screens",
    **dict.fromkeys(("help", "quit"), "The app"),
}


def _section_of(identity: str) -> str:
    """By the first part of a binding's id; what Textual binds has none."""
    first = identity.partition(".")[0]
    return _SECTIONS.get(first, _HERE) if identity else _REST


def key_rows(active: Mapping[str, ActiveBinding]) -> list[Row]:
    """(keys, what they do, binding id), one row an action: the screen's, the app's, the rest."""
    rows: dict[tuple[DOMNode, str], tuple[list[str], str, str]] = {}
    for node, binding, enabled, tooltip in sorted(active.values(), key=_rank):
        if not binding.description or not enabled:
            continue
        meaning = tooltip or binding.description
        keys = rows.setdefault((node, binding.action), ([], meaning, binding.id or ""))[0]
        keys.append(node.app.get_key_display(binding))
    return [(" ".join(dict.fromkeys(keys)), meaning, name) for keys, meaning, name in rows.values()]


def _rank(bound: ActiveBinding) -> tuple[bool, bool, bool]:
    """What Textual binds has no id and comes last."""
    node, binding, *_ = bound
    return not binding.id, not isinstance(node, Screen), not isinstance(node, App)
