"""A short list to pick one line from: models, and what to export where."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from hrm.terminal import clean_line
from hrm_tui.dialogs.base import Dialog, caption

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """What the dialog returns for this line, and how the line reads."""

    value: T
    label: str
    detail: str = ""


class PickDialog(Dialog[T]):
    """Returns the value of the line that was picked."""

    def __init__(self, title: str, lines: Sequence[Choice[T]]) -> None:
        super().__init__()
        self._title, self._lines = title, lines

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield caption(self._title, "title")
            yield _list_of(self._lines)
            yield caption("", "message")
            yield caption("enter take · ↑↓ choose · esc back", "keys")

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _pick(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._lines[event.option_index].value)


@dataclass(frozen=True, slots=True)
class Target:
    """Something to export and the file it goes to."""

    kind: str
    path: str


class ExportDialog(Dialog[Target]):
    """What to export, and a path that can be changed; `path_for` proposes one for each kind."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Next", show=False, priority=True),
        Binding("up", "move(-1)", "Previous", show=False, priority=True),
    ]

    def __init__(self, lines: Sequence[Choice[str]], path_for: Callable[[str], str]) -> None:
        super().__init__()
        self._lines, self._path_for = lines, path_for
        self._warned = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield caption("Export", "title")
            yield _list_of(self._lines)
            yield Input(self._path_for(self._lines[0].value), id="path")
            yield caption("", "message")
            yield caption("enter export · ↑↓ choose · esc back", "keys")

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = 0
        self.query_one(Input).focus()

    def action_move(self, by: int) -> None:
        listed = self.query_one(OptionList)
        wanted = (listed.highlighted or 0) + by
        listed.highlighted = max(0, min(len(self._lines) - 1, wanted))

    @property
    def _kind(self) -> str:
        return self._lines[self.query_one(OptionList).highlighted or 0].value

    @on(OptionList.OptionHighlighted)
    def _propose(self) -> None:
        self.query_one(Input).value = self._path_for(self._kind)

    @on(Input.Changed)
    def _forget(self, event: Input.Changed) -> None:
        if event.value.strip() != self._warned:
            self._warned = ""
            self.say("")

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _take(self) -> None:
        path = self.query_one(Input).value.strip()
        if not path:
            self.say("Give the path of a file.", wrong=True)
        elif path not in (self._warned, self._path_for(self._kind)) and _is_there(path):
            self._warned = path
            self.say("There is such a file already: enter again replaces it.", wrong=True)
        else:
            self.dismiss(Target(self._kind, path))


def _is_there(path: str) -> bool:
    try:
        return os.path.lexists(os.path.expanduser(path))
    except ValueError:  # no path; writing will say why
        return False


def _list_of(lines: Sequence[Choice[T]]) -> OptionList:
    options = []
    for line in lines:
        text = Text(clean_line(line.label, 60))
        text.append(f"  {clean_line(line.detail, 80)}" if line.detail else "", "dim")
        options.append(Option(text))
    return OptionList(*options, markup=False)
