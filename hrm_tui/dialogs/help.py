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


class HelpScreen(Dialog[None]):
    """`about` is the screen that it was called from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,q,enter", "leave", "Back", id="help.leave"),
    ]

    def __init__(self, about: Screen[Any]) -> None:
        super().__init__()
        self._purpose = about.HELP or ""
        self._rows = key_rows(about.active_bindings)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box wide"):
            yield caption("Help", "title")
            with VerticalScroll():
                if self._purpose:
                    yield caption(self._purpose, "purpose")
                yield Static(self._keys())
            yield caption("", "message")
            yield caption(
                "The last column is a key's name in [keys] of config.toml. · esc back", "keys"
            )

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def _keys(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for keys, meaning, identity in self._rows:
            table.add_row(Text(keys, "bold"), Text(meaning), Text(identity, "dim"))
        return table


def key_rows(active: Mapping[str, ActiveBinding]) -> list[tuple[str, str, str]]:
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
