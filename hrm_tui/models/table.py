"""The models in one table, and all that is known of one of them in a dialog."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import Resize
from textual.widgets import DataTable, Static

from hrm.errors import UserError
from hrm.store.catalog import (
    NARROW,
    ROOMY,
    CatalogEntry,
    accuracy_line,
    millions,
    short_name,
    solved_share,
)
from hrm.terminal import clean_line
from hrm_tui.dialogs.base import Dialog, caption
from hrm_tui.models.store import Fact, ModelStore

DEFAULT_MARK = "●"

USED_MARK = "◆"

_GAP = 2
"""Columns that a `DataTable` puts around each of its cells, one on either side."""


class ModelTable(DataTable[Text]):
    """One model a line. `chosen` is the one under the cursor; its place survives an update."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "select_cursor",
            "Details",
            tooltip="All that is known of the model",
            id="models.details",
        ),
    ]
    DEFAULT_CSS = "ModelTable { height: auto; max-height: 60%; background: $background; }"

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False)
        self._entries: Sequence[CatalogEntry] = ()
        self._used: Mapping[str, str] = {}
        self._width = 80

    @property
    def chosen(self) -> CatalogEntry | None:
        return self._entries[self.cursor_row] if self.cursor_row < len(self._entries) else None

    def show(
        self,
        entries: Sequence[CatalogEntry],
        choose: str = "",
        used: Mapping[str, str] | None = None,
    ) -> None:
        """`choose` puts the cursor on the model of that name or source; `used` are the models that
        were chosen for now in the place of the default, by their task."""
        wanted = choose or (self.chosen.name if self.chosen else "")
        self._entries, self._used = entries, used or {}
        self._draw()
        names = [{entry.name, entry.source} for entry in entries]
        place = next((row for row, known in enumerate(names) if wanted in known), None)
        if place is not None:
            self.move_cursor(row=place)

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._width:
            self._width = event.size.width
            row = self.cursor_row
            self._draw()
            self.move_cursor(row=row)

    def _draw(self) -> None:
        """As many columns as fit; the name is what may be cut."""
        self.clear(columns=True)
        roomy = self._width >= ROOMY
        columns: list[tuple[str, list[str]]] = [
            ("puzzle", [clean_line(entry.task, 12) for entry in self._entries]),
            ("parameters", [millions(entry.parameters) for entry in self._entries]),
            ("size", [entry.size for entry in self._entries]),
            ("solved", [solved_share(entry, counted=roomy) for entry in self._entries]),
            ("state", [self._state(entry) for entry in self._entries]),
        ]
        if self._width < NARROW:
            del columns[1:3]
        elif not roomy:
            del columns[2]
        widest = [max(map(len, (heading, *cells))) for heading, cells in columns]
        names = [short_name(entry) for entry in self._entries]
        rest = self._width - sum(widest) - _GAP * (len(widest) + 1) - 2  # its scroll bar
        longest = max(map(len, ("model", *names)))
        # left to itself the table measures some frames later, and jumps
        self.add_column(Text("model"), width=max(8, min(longest, rest)))
        for (heading, _), width in zip(columns, widest, strict=True):
            self.add_column(Text(heading), width=width)
        for row, entry in enumerate(self._entries):
            style = "bold" if entry.path is not None else ""
            name = Text(clean_line(names[row], 100), style, no_wrap=True, overflow="ellipsis")
            self.add_row(name, *(_cell(heading, cells[row]) for heading, cells in columns))

    def _state(self, entry: CatalogEntry) -> str:
        """With a mark for the default of a task, and one for what was chosen in its place."""
        used = self._used.get(entry.task, "") == entry.name
        marks = (DEFAULT_MARK if entry.default else "") + (USED_MARK if used else "")
        return f"{entry.where} {marks}".rstrip()


def _cell(heading: str, text: str) -> Text:
    return Text(text, justify="right" if heading in ("parameters", "size") else "left")


def facts_of(entry: CatalogEntry, more: Sequence[Fact]) -> list[Fact]:
    """Name and value, most useful first, with one name for all accuracies; `more` is read from the
    model's file."""
    lines = [accuracy_line(accuracy) for accuracy in entry.accuracy]
    facts = [
        ("model", entry.name),
        ("puzzle", entry.task),
        ("state", f"{entry.where}, default for {entry.task}" if entry.default else entry.where),
        ("parameters", f"{entry.parameters:,}" if entry.parameters else "?"),
        ("size", entry.size),
        *zip_longest(("solved exactly",), lines, fillvalue=""),
        ("note", entry.note),
        ("from", f"{entry.source}@{entry.revision}" if entry.revision else entry.source),
        ("SHA-256", entry.sha256),
        ("file", "" if entry.path is None else str(entry.path)),
        ("to use it", _command(entry)),
        *more,
    ]
    return [(name, value) for name, value in facts if value]


def _command(entry: CatalogEntry) -> str:
    if entry.path is None:
        return f"hrm models pull {entry.name}"
    return f"hrm solve {entry.task} PUZZLE --model {entry.name}"


class DetailsDialog(Dialog[None]):
    """What is known of one model; its file is read in a thread."""

    def __init__(self, entry: CatalogEntry, store: ModelStore) -> None:
        super().__init__()
        self._entry, self._store = entry, store

    def compose(self) -> ComposeResult:
        with Vertical(classes="box wide"):
            yield caption(self._entry.name, "title")
            with VerticalScroll():
                yield Static(grid_of(facts_of(self._entry, ())), id="facts")
            yield caption("", "message")
            yield caption("↑↓ scroll · esc back", "keys")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        self._read()

    @work
    async def _read(self) -> None:
        try:
            more = await to_thread(self._store.facts, self._entry)
        except UserError as error:
            self.complain(error)
        else:
            self.query_one("#facts", Static).update(grid_of(facts_of(self._entry, more)))


def grid_of(facts: Sequence[Fact]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, value in facts:
        grid.add_row(Text(clean_line(name, 40), "bold"), Text(clean_line(value, 2000)))
    return grid
