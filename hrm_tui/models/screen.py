"""The models: which there are, which are here, and getting, checking and removing them."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import DataTable, Static

from hrm.errors import NetworkError, UserError
from hrm.store.catalog import CatalogEntry
from hrm.store.pull import Converting
from hrm.terminal import clean, clean_line, megabytes
from hrm_tui.dialogs.base import error_text
from hrm_tui.dialogs.pick import Choice, PickDialog
from hrm_tui.dialogs.pull import PullDialog
from hrm_tui.models.pulling import Pulled, PullEnded, Puller, pull_line
from hrm_tui.models.store import DiskStore, ModelStore
from hrm_tui.models.table import (
    DEFAULT_MARK,
    USED_MARK,
    DetailsDialog,
    ModelTable,
    facts_of,
    grid_of,
)
from hrm_tui.screens import ChoosesModel
from hrm_tui.widgets.key_line import KeyLine, binding

_OFFLINE = "HF_HUB_OFFLINE is set: models that are here can be used, others cannot be pulled."


_key = partial(binding, "models")


class ModelsScreen(Screen[None]):
    """`store` stands in for what is on the disk and on the hub."""

    HELP = (
        "Models that ship with hrm, that were pulled, and that were published. A model is pulled "
        "once, a hash that the hub names is checked, and it is converted to a file that cannot run "
        "code."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("p", "pull", "Pull", "Fetch the model under the cursor"),
        _key("f", "pull_by_name", "Pull by name", "Fetch any org/name or address"),
        _key("v", "verify", "Verify", "Hash its file again"),
        _key("d", "make_default", "Default", "Use it for its puzzles from now on; again undoes it"),
        _key("delete", "remove", "Remove", "Remove a model that was pulled"),
        _key("escape", "cancel", "Cancel", "Stop the pull; what has arrived is kept"),
        _key("ctrl+r", "refresh_list", "Refresh", "Look again what is here", shown=False),
    ]
    AUTO_FOCUS = "ModelTable"
    DEFAULT_CSS = """
    ModelsScreen {
        #headline, #offline, #progress { height: 1; padding: 0 1; }
        #offline { color: $warning; display: none; }
        #pane {
            height: 1fr; min-height: 3; padding: 0 1;
            border: round $border-blurred; border-title-color: $text-muted;
        }
        #about { height: auto; color: $text-muted; }
        #progress { display: none; color: $accent; }
        #said { height: auto; min-height: 1; max-height: 4; padding: 0 1; }
        #said.wrong { color: $error; text-style: bold; }
    }
    """

    def __init__(self, store: ModelStore | None = None) -> None:
        super().__init__()
        self._store: ModelStore = store or DiskStore()
        self._puller = Puller(self, self._store)
        self._converting = False

    def compose(self) -> ComposeResult:
        headline = Content.assemble(
            ("hrm ▸ models", "bold"),
            (f"   {DEFAULT_MARK} default of its puzzle", "$foreground-muted"),
            (f"   {USED_MARK} chosen with m for now", "$foreground-muted"),
        )
        yield Static(headline, id="headline")
        yield Static(Content(_OFFLINE), id="offline")
        yield ModelTable()
        with VerticalScroll(id="pane", can_focus=False) as pane:
            pane.border_title = "details"
            yield Static(id="about", markup=False)
        yield Static(id="progress", markup=False)
        yield Static(id="said", markup=False)
        yield KeyLine(own=4)

    def on_mount(self) -> None:
        self.query_one("#offline").display = self._store.offline()
        self._list()

    def on_screen_resume(self) -> None:
        self._list()

    def on_unmount(self) -> None:
        self._puller.cancel()

    @property
    def table(self) -> ModelTable:
        return self.query_one(ModelTable)

    def say(self, text: str, *, wrong: bool = False) -> None:
        line = self.query_one("#said", Static)
        line.update(Content(clean(text)))
        line.set_class(wrong, "wrong")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._puller.reference) and not self._converting if action == "cancel" else True

    # the list

    def action_refresh_list(self) -> None:
        self._list()

    @work(exclusive=True, group="list")
    async def _list(self, choose: str = "") -> None:
        try:
            entries = await to_thread(self._store.entries)
        except UserError as error:
            self.say(error_text(error), wrong=True)
        else:
            self.table.show(entries, choose, self._chosen_models())
            self._tell()

    @on(DataTable.RowHighlighted)
    def _tell(self) -> None:
        """What is known of the model under the cursor without reading its file."""
        entry = self.table.chosen
        if entry is not None:
            self.query_one("#about", Static).update(grid_of(facts_of(entry, ())))

    @on(DataTable.RowSelected)
    def _show_details(self) -> None:
        entry = self.table.chosen
        if entry is not None:
            self.app.push_screen(DetailsDialog(entry, self._store))

    # pulling

    def action_pull(self) -> None:
        entry = self.table.chosen
        if entry is None:
            return
        if entry.where in ("bundled", "run"):
            self.say(f"{clean_line(entry.name, 80)} is here; there is nothing to pull.")
        else:
            self._pull(f"{entry.source}@{entry.revision}" if entry.revision else entry.source)

    @work(exclusive=True, group="dialog")
    async def action_pull_by_name(self) -> None:
        reference = await self.app.push_screen_wait(PullDialog())
        if reference:
            self._pull(reference)

    def _pull(self, reference: str) -> None:
        if self._puller.reference:
            name = clean_line(self._puller.reference, 80)
            self.say(f"One at a time: {name} is being pulled, escape cancels it.")
            return
        self._puller.begin(reference)
        self.say(f"Pulling {clean_line(reference, 100)}")
        self._show_progress("asking the server …")
        self.refresh_bindings()

    def action_cancel(self) -> None:
        reference = clean_line(self._puller.reference, 100)
        self._puller.cancel()
        self._show_progress("")
        self.say(
            f"Cancelled. The downloaded part of {reference} is kept; another pull resumes there."
        )
        self.refresh_bindings()

    def _show_progress(self, text: str) -> None:
        line = self.query_one("#progress", Static)
        line.display = bool(text)
        line.update(Content(text))

    @on(Pulled)
    def _show_pull(self, event: Pulled) -> None:
        if not event.stale:
            converting = isinstance(event.event, Converting)
            if converting != self._converting:  # it comes once, progress many times
                self._converting = converting
                self.refresh_bindings()
            hint = "" if converting else " · esc cancels"
            self._show_progress(pull_line(event.event) + hint)

    @on(PullEnded)
    def _end(self, event: PullEnded) -> None:
        if event.stale:
            return
        self._puller.end()
        self._converting = False
        self._show_progress("")
        self.refresh_bindings()
        if event.error is not None:
            stays = "\nThe models that are here work without a network."
            network = isinstance(event.error, NetworkError)
            self.say(error_text(event.error) + (stays if network else ""), wrong=True)
        elif event.installed is not None:
            name = clean_line(event.installed.name, 80)
            self.say(f"{name} is ready. d makes it the default.")
            self._list(event.installed.name)

    # what is here

    def action_verify(self) -> None:
        entry = self._here("verify")
        if entry is not None:
            self.say(f"Hashing {clean_line(entry.name, 80)} …")
            self._do(lambda: self._verified(entry))

    def _verified(self, entry: CatalogEntry) -> tuple[str, bool]:
        found = self._store.verify(entry)
        name = clean_line(entry.name, 80)
        if found.ok:
            return f"{name} is as it should be: SHA-256 {found.actual}", False
        advice = "Reinstall hrm." if entry.where == "bundled" else "Remove it and pull it again."
        return f"{name} was changed: SHA-256 {found.actual}, not {found.expected}\n{advice}", True

    def _chosen_models(self) -> dict[str, str]:
        """What `m` chose on the solve screen, by task."""
        engine = getattr(self.app, "engine", None)
        return {} if engine is None else dict(engine.chosen)

    def action_make_default(self) -> None:
        """Use it for its task from now on, also where `m` chose another; the default itself gives
        way to the bundled model again, unless only `m` hides it."""
        entry = self._here("make the default")
        if entry is None:
            return
        hidden = self._chosen_models().get(entry.task, "") not in ("", entry.name)
        if isinstance(self.app, ChoosesModel):
            self.app.use_model(entry.task, "")
        undo = entry.default and not hidden and entry.where != "bundled"
        self._do(lambda: self._undone(entry) if undo else self._defaulted(entry))

    def _defaulted(self, entry: CatalogEntry) -> tuple[str, bool]:
        self._store.set_default(entry)
        return f"{entry.task} uses {clean_line(entry.name, 80)} from now on.", False

    def _undone(self, entry: CatalogEntry) -> tuple[str, bool]:
        self._store.unset_default(entry.task)
        return f"{entry.task} uses the bundled model again.", False

    @work(exclusive=True, group="dialog")
    async def action_remove(self) -> None:
        entry = self._here("remove")
        if entry is None:
            return
        name = clean_line(entry.name, 60)
        if entry.where == "bundled":
            self.say(f"{name} is part of hrm and stays.")
            return
        if entry.where == "run":
            self.say(f"{name} is a training run; who no longer wants it removes that folder.")
            return
        freed = megabytes(entry.bytes)
        lines = [Choice(False, "Keep it"), Choice(True, "Remove it", f"frees {freed}")]
        if await self.app.push_screen_wait(PickDialog(f"Remove {name}?", lines)):
            self._do(
                lambda: (f"{name} is gone, {megabytes(self._store.remove(entry))} freed", False)
            )

    def _here(self, what: str) -> CatalogEntry | None:
        """The chosen model, if it is on this computer; says so if it is not."""
        entry = self.table.chosen
        if entry is not None and entry.path is None:
            self.say(f"There is nothing to {what}: p pulls {clean_line(entry.name, 80)} first.")
            return None
        return entry

    @work(exclusive=True, group="store")
    async def _do(self, job: Callable[[], tuple[str, bool]]) -> None:
        """Run it in a thread and say what it returns, and whether that is bad news."""
        try:
            said, wrong = await to_thread(job)
        except UserError as error:
            said, wrong = error_text(error), True
        self.say(said, wrong=wrong)
        self._list()
