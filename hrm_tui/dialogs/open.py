"""Opening a file: a path with completion, or the tree of folders below it."""

from __future__ import annotations

import os
from asyncio import to_thread
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.suggester import Suggester
from textual.widgets import DirectoryTree, Input

from hrm.errors import UserError
from hrm.puzzle_files import pasted_path
from hrm.terminal import clean_line
from hrm_tui.dialogs.base import Dialog, caption
from hrm_tui.sources import Chosen, read_source

_MOST_NAMES = 10_000
"""Entries of a folder that completion looks at."""


class PathSuggester(Suggester):
    """Completes the last part of a path with the first name, by the alphabet, that fits.

    `~` is the home directory. Names with control characters are never suggested: accepting one
    would put them into the field.
    """

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)  # folders change

    async def get_suggestion(self, value: str) -> str | None:
        folder, typed = os.path.split(value)
        if not typed:
            return None
        try:
            with os.scandir(os.path.expanduser(folder) or ".") as entries:
                fitting = sorted(
                    entry.name + (os.sep if entry.is_dir() else "")
                    for entry, _ in zip(entries, range(_MOST_NAMES), strict=False)
                    if entry.name.startswith(typed) and clean_line(entry.name) == entry.name
                )
        except (OSError, ValueError):
            return None
        return os.path.join(folder, fitting[0]) if fitting else None


class FileTree(DirectoryTree):
    """File names come from outside: control characters in them must not reach the terminal.

    Hidden files can be typed but are not listed. The icons are one column wide everywhere.
    """

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    ICON_FILE = "  "

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        return [path for path in paths if not path.name.startswith(".")]

    def process_label(self, label: str | Text) -> Text:
        return Text(clean_line(str(label)) or "?")


def _working_folder() -> Path:
    try:
        return Path.cwd()
    except OSError:  # it was removed meanwhile
        return Path.home()


class OpenDialog(Dialog[Chosen]):
    """Returns the puzzles of a file. One that cannot be read is named, and the dialog stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", id="open.complete", priority=True),
        Binding("down", "into_tree", "To the tree", show=False),
    ]
    HELP = (
        "Type a path, tab completes it, enter opens it. An example's name or an ARC id works too. "
        "The arrow keys go to the tree of folders."
    )

    def __init__(self, task: str, folder: Path | None = None) -> None:
        super().__init__()
        self._kind = task
        self._folder = folder or _working_folder()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box wide"):
            yield caption("Open a puzzle", "title")
            yield Input(placeholder="path of a file", suggester=PathSuggester(), id="path")
            yield FileTree(self._folder, id="tree")
            yield caption("", "message")
            yield caption("tab complete · enter open · ↓ tree · esc back", "keys")

    def action_complete(self) -> None:
        """Take the completion if there is one, else go to the next field, as tab does elsewhere."""
        path = self.query_one("#path", Input)
        before = path.value
        if path.has_focus:
            path.cursor_position = len(before)
            path.action_cursor_right()
        if path.value == before:
            self.focus_next()

    def action_into_tree(self) -> None:
        self.query_one("#tree").focus()

    @on(DirectoryTree.FileSelected)
    def _select(self, event: DirectoryTree.FileSelected) -> None:
        event.stop()
        self._open(str(event.path))

    @on(Input.Submitted, "#path")
    def _submit(self, event: Input.Submitted) -> None:
        argument = event.value.strip()
        if argument:
            self._open(pasted_path(argument))

    @work(exclusive=True)
    async def _open(self, argument: str) -> None:
        self.say("reading…")
        try:
            chosen = await to_thread(read_source, argument, likely=self._kind)
        except UserError as error:
            self.complain(error)
        else:
            self.dismiss(chosen)
