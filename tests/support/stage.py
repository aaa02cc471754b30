"""The app with screens that only note what they are shown, to test what is around them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from scripted_engine import ScriptedEngine
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Paste
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from hrm_tui.app import HrmApp, Start
from hrm_tui.screens import PLACES, Place
from hrm_tui.settings import Settings
from hrm_tui.sources import read_source
from hrm_tui.widgets.key_line import KeyLine


class Noted(Screen[None]):
    """Stands in for a screen that shows a puzzle."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Think", id="noted.pause", tooltip="Let the model think"),
        Binding("z", "fail", "Fail", id="noted.fail", show=False),
    ]
    HELP = "A screen that notes what it is shown."

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[str, Any, str]] = []
        self.traces: list[Path] = []
        self.paused = 0

    def compose(self) -> ComposeResult:
        yield Static("nothing yet")
        yield KeyLine()

    def load(self, task: str, puzzle: Any, source: str) -> None:
        self.shown.append((task, puzzle, source))

    def load_trace(self, path: Path) -> None:
        self.traces.append(path)

    def action_pause(self) -> None:
        self.paused += 1

    def action_fail(self) -> None:
        raise RuntimeError("out of \x1b[31mink\x1b[0m and [b]paper")


class NotedToo(Noted):
    """A second one."""


def set_stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two noting screens instead of the real ones; the app's own files are below the folder."""
    monkeypatch.setenv("HRM_HOME", str(tmp_path / ".hrm"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(PLACES, "solve", Place("stage", "Noted", "f2", "Note puzzles"))
    monkeypatch.setitem(PLACES, "play", Place("stage", "NotedToo", "f3", "Note them again"))


def make_app(puzzle: str = "medium", *, settings: Settings | None = None, **start: Any) -> HrmApp:
    first = Start(chosen=read_source(puzzle), **start)
    return HrmApp(ScriptedEngine(), settings or Settings(), first)


def noted(app: HrmApp) -> Noted:
    """The screen that is shown."""
    assert isinstance(app.screen, Noted)
    return app.screen


async def press(pilot: Pilot[None], keys: Iterable[str]) -> None:
    """Press keys and wait for what they began, workers included."""
    await pilot.press(*keys)
    await settle(pilot)


async def settle(pilot: Pilot[None]) -> None:
    """Until the screen is there, no thread has work and every message was handled. Dialogs wait for
    a person in workers of the group `dialog`, and a tree of folders has one for its whole life."""
    while True:
        await pilot.pause()
        busy = [w for w in pilot.app.workers if w.group != "dialog" and w.name != "_loader"]
        if busy:
            await pilot.app.workers.wait_for_complete(busy)
        elif pilot.app.screen.is_mounted:
            return


async def paste(pilot: Pilot[None], text: str) -> None:
    """As a terminal with bracketed paste does it; much faster than pressing keys."""
    pilot.app.post_message(Paste(text))
    await settle(pilot)
