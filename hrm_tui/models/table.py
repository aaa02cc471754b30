"""The models in one table, and all that is known of one of them in a dialog."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Sequence
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
from hrm.store.catalog import NARROW, CatalogEntry, accuracy_line, headline, millions
from hrm.terminal import clean_line
from hrm_tui.dialogs.base import Dialog, caption
from hrm_tui.models.shelf import Fact, ModelStore

DEFAULT_MARK = "●"

_COLUMNS = ("model", "puzzle", "weights", "size", "state", "solved")
_NAME_WIDTH = 30
"""Columns of a name in a narrow table; the longest published one without its owner has 30."""


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
    DEFAULT_CSS = "ModelTable { height: 1fr; background: $background; }"

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False)
        self._entries: Sequence[CatalogEntry] = ()
        self._narrow = False

    @property
    def chosen(self) -> CatalogEntry | None:
        return self._entries[self.cursor_row] if self.cursor_row < len(self._entries) else None

    def show(self, entries: Sequence[CatalogEntry], choose: str = "") -> None:
        """`choose` puts the cursor on the model of that name or source."""
        wanted = choose or (self.chosen.name if self.chosen else "")
        self._entries = entries
        self._draw()
        names = [{entry.name, entry.source} for entry in entries]
        place = next((row for row, known in enumerate(names) if wanted in known), None)
        if place is not None:
            self.move_cursor(row=place)

    def on_resize(self, event: Resize) -> None:
        if (event.size.width < NARROW) != self._narrow:
            self._narrow = not self._narrow
            row = self.cursor_row
            self._draw()
            self.move_cursor(row=row)

    def _draw(self) -> None:
        self.clear(columns=True)
        rows = [_cells(entry, narrow=self._narrow) for entry in self._entries]
        for place, name in enumerate(_COLUMNS):
            # left to itself the table measures some frames later, and jumps
            width = max([len(name), *(row[place].cell_len for row in rows)])
            self.add_column(Text(name), width=width)
        for row in rows:
            self.add_row(*row)


def _cells(entry: CatalogEntry, *, narrow: bool) -> list[Text]:
    name = clean_line(entry.name, 100)
    solved = headline(entry)
    if narrow:
        name = clean_line(name.rpartition("/")[2], _NAME_WIDTH)
        solved = f"{entry.accuracy[0].percent:.1f} %" if entry.accuracy else "?"
    state = f"{entry.where} {DEFAULT_MARK}" if entry.default else entry.where
    return [
        Text(name, "bold" if entry.path is not None else ""),
        Text(clean_line(entry.task, 20)),
        Text(millions(entry.parameters), justify="right"),
        Text(entry.size, justify="right"),
        Text(state),
        Text(solved),
    ]


def facts_of(entry: CatalogEntry, more: Sequence[Fact]) -> list[Fact]:
    """Name and value, in the order in which a person asks; `more` is what its file tells."""
    facts = [
        ("model", entry.name),
        ("puzzle", entry.task),
        ("state", f"{entry.where}, default for {entry.task}" if entry.default else entry.where),
        ("weights", f"{entry.parameters:,}" if entry.parameters else "?"),
        ("size", entry.size),
        *(("solved exactly", accuracy_line(accuracy)) for accuracy in entry.accuracy),
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

    def __init__(self, entry: CatalogEntry, shelf: ModelStore) -> None:
        super().__init__()
        self._entry, self._shelf = entry, shelf

    def compose(self) -> ComposeResult:
        with Vertical(classes="box wide"):
            yield caption(self._entry.name, "title")
            with VerticalScroll():
                yield Static(_grid(facts_of(self._entry, ())), id="facts")
            yield caption("", "message")
            yield caption("↑↓ scroll · esc back", "keys")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        self._read()

    @work
    async def _read(self) -> None:
        try:
            more = await to_thread(self._shelf.facts, self._entry)
        except UserError as error:
            self.complain(error)
        else:
            self.query_one("#facts", Static).update(_grid(facts_of(self._entry, more)))


def _grid(facts: Sequence[Fact]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, value in facts:
        grid.add_row(Text(clean_line(name, 40), "bold"), Text(clean_line(value, 2000)))
    return grid
