"""The models screen: with a scripted store for words and keys, with a hub for the real thing."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from hub_server import Fault, Hub
from screen_driver import ScreenDriver
from scripted_engine import ScriptedEngine
from scripted_store import AVAILABLE, BUNDLED, INSTALLED, READY, ScriptedStore, arrived
from textual.app import App
from textual.widgets import Input, OptionList

from hrm.errors import ModelError, NetworkError, UserError
from hrm.store.catalog import CatalogEntry
from hrm.store.installed import installed
from hrm.store.pull import Converting, PullEvent, Ready
from hrm.store.registry import read_defaults
from hrm_tui.dialogs.help import key_rows
from hrm_tui.dialogs.pull import PullDialog, full_name, wrong_with
from hrm_tui.models.pulling import pull_line
from hrm_tui.models.screen import ModelsScreen
from hrm_tui.models.store import DiskStore, ModelStore
from hrm_tui.models.table import DetailsDialog

pytestmark = pytest.mark.asyncio
pytest_plugins = ["store_fixtures"]


@asynccontextmanager
async def models(
    store: ModelStore, size: tuple[int, int] = (120, 24)
) -> AsyncIterator[ScreenDriver]:
    app: App[None] = App()
    async with app.run_test(size=size) as pilot:
        await app.push_screen(ModelsScreen(store))
        it = ScreenDriver(pilot)
        await it.until("sudoku-mini")
        yield it


@pytest.mark.parametrize(
    "size",
    [(80, 24), *(pytest.param(size, marks=pytest.mark.slow) for size in ((130, 30), (200, 60)))],
)
async def test_the_table_says_what_each_model_is(size: tuple[int, int]) -> None:
    async with models(ScriptedStore(), size) as it:
        words = it.words()
        assert "bundled ●" in words
        assert "0.21 M" in words
        assert "HRM-checkpoint-maze-30x30-hard" in words
        assert "solved exactly 87.2 % minimal level (n 500, measured here)" in words
        assert ("109.0 MB 74.5 % of 1,000" in words) == (size[0] >= 100)
        await it.press("down", "down")
        await it.until("solved exactly 74.5 % Maze-Hard (n 1,000, paper)")
        await it.until("Pull by name")


async def test_a_narrow_table_has_whole_names_and_fewer_columns() -> None:
    async with models(ScriptedStore(), (66, 24)) as it:
        words = it.words()
        assert "HRM-checkpoint-maze-30x30-hard" in words
        assert "parameters" not in words.partition("details")[0]


async def test_what_a_model_says_of_itself_is_text() -> None:
    async with models(ScriptedStore()) as it:
        await it.press("down")
        await it.until("a [31mred[0m [b]note[/b]")
        await it.press("enter")
        await it.until("licence [b]Apache[/b]-2.0", "hrm train --task sudoku")
        words = it.words()
    assert "from org/[b]fetched[/b]@ffff" in words
    assert "to use it hrm solve sudoku PUZZLE --model fetched" in words
    assert f"SHA-256 {'a' * 64}" in words


async def test_details_say_how_to_get_a_model_and_escape_leads_back() -> None:
    async with models(ScriptedStore()) as it:
        await it.press("down", "down", "enter")
        assert isinstance(it.pilot.app.screen, DetailsDialog)
        await it.until("hrm models pull sapientinc/HRM-checkpoint-maze-30x30-hard")
        await it.press("escape")
        assert isinstance(it.pilot.app.screen, ModelsScreen)


async def test_a_pull_shows_progress_and_its_model_is_found() -> None:
    store = ScriptedStore(hold=threading.Semaphore(0))
    async with models(store) as it:
        await it.press("down", "down", "p")
        await it.until("asking the server")
        assert store.asked == [("pull", AVAILABLE.source)]
        store.hold.release()  # type: ignore[union-attr]
        await it.until("checkpoint", "50.0 of 100.0 MB · 2.0 MB/s, 25 s left · esc cancels")
        new = replace(INSTALLED, name="new", source="org/new", note="")
        store.there.append(new)
        store.hold.release()  # type: ignore[union-attr]
        await it.until("new is ready", "model new")
        assert "esc cancels" not in it.words()


async def test_escape_cancels_a_pull_and_says_what_is_kept() -> None:
    store = ScriptedStore(hold=threading.Semaphore(1))
    async with models(store) as it:
        assert not any(name == "models.cancel" for *_, name in _keys(it))
        await it.press("down", "down", "p")
        await it.until("50.0 of 100.0 MB")
        assert any(name == "models.cancel" for *_, name in _keys(it))
        await it.press("up", "p")
        assert "One at a time: sapientinc/HRM-checkpoint-maze-30x30-hard" in it.words()
        await it.press("escape")
        store.hold.release()  # type: ignore[union-attr]
        await it.until("Cancelled. The downloaded part of sapientinc", "is kept")
        await it.when(store.closed.is_set)
        assert "esc cancels" not in it.words()
        assert len(store.asked) == 1


def _keys(it: ScreenDriver) -> list[tuple[str, str, str]]:
    return key_rows(it.pilot.app.screen.active_bindings)


async def test_closing_the_app_cancels_a_pull() -> None:
    store = ScriptedStore(hold=threading.Semaphore(1))
    async with models(store) as it:
        await it.press("down", "down", "p")
        await it.until("50.0 of 100.0 MB")
    store.hold.release()  # type: ignore[union-attr]
    assert store.closed.wait(60)


async def test_a_failed_pull_says_what_to_do_and_the_rest_stays_usable() -> None:
    error = NetworkError("no [b]route[/b] to huggingface.co", "Are you connected?")
    store = ScriptedStore(events=[], error=error)
    async with models(store) as it:
        await it.press("down", "p")
        await it.until(
            "no [b]route[/b] to huggingface.co",
            "Are you connected?",
            "The models that are here work without a network.",
        )
        assert store.asked == [("pull", f"{INSTALLED.source}@{INSTALLED.revision}")]
        store.error = None
        await it.press("v")
        await it.until("fetched is as it should be")


async def test_offline_is_reported_and_models_stay_usable() -> None:
    async with models(ScriptedStore(is_offline=True)) as it:
        assert "HF_HUB_OFFLINE is set" in it.words()
        await it.press("v")
        await it.until("sudoku-mini is as it should be")
    async with models(ScriptedStore()) as it:
        assert "HF_HUB_OFFLINE" not in it.words()


async def test_any_name_can_be_pulled_and_a_wrong_one_is_reported_in_place() -> None:
    store = ScriptedStore()
    async with models(store) as it:
        await it.press("f", *"what", "enter")
        assert isinstance(it.pilot.app.screen, PullDialog)
        await it.until("'what' is neither a model on the hub nor an address")
        it.pilot.app.screen.query_one(Input).value = "org/new@v2"
        await it.press("enter")
        await it.until("new is ready")
        assert store.asked == [("pull", "org/new@v2")]
        await it.press("f", "escape")
        assert len(store.asked) == 1


async def test_references() -> None:
    assert wrong_with("org/name@main:file.safetensors") == ""
    assert wrong_with("https://example.org/model.safetensors") == ""
    assert "neither a model" in wrong_with("a b c")
    assert full_name("HRM-checkpoint-ARC-2") == "sapientinc/HRM-checkpoint-ARC-2"


async def test_verify_tells_a_changed_file() -> None:
    store = ScriptedStore(same=False)
    async with models(store) as it:
        await it.press("v")
        await it.until("sudoku-mini was changed", "c" * 64, "Reinstall hrm.")
        await it.press("down", "v")
        await it.until("fetched was changed", "Remove it and pull it again.")
        await it.press("down", "v")
        assert "There is nothing to verify: p pulls sapientinc" in it.words()
        store.error = ModelError("the file is gone", "Pull it.")
        await it.press("up", "v")
        await it.until("the file is gone Pull it.")


async def test_remove_asks_first() -> None:
    store = ScriptedStore()
    async with models(store) as it:
        await it.press("delete")
        assert "sudoku-mini is part of hrm and stays." in it.words()
        for keys in (["enter"], ["escape"]):
            await it.press("down", "delete")
            await it.until("Remove fetched?", "frees 0.9 MB")
            await it.press(*keys)
            assert store.asked == []
            await it.press("up")
        await it.press("down", "delete")
        await it.until("Remove fetched?")
        it.pilot.app.screen.query_one(OptionList).highlighted = 1
        await it.press("enter")
        await it.until("fetched is gone, 0.9 MB freed")
        assert store.asked == [("remove", "fetched")]
        await it.when(lambda: "installed" not in it.words())


async def test_a_default_is_chosen() -> None:
    store = ScriptedStore()
    async with models(store) as it:
        await it.press("down", "d")
        await it.until("sudoku uses fetched from now on.")
        assert store.asked == [("default", "fetched")]
        await it.press("down", "d")
        assert "There is nothing to make the default" in it.words()


async def test_a_list_that_cannot_be_read_is_reported() -> None:
    class Broken(ScriptedStore):
        def entries(self) -> list[CatalogEntry]:
            raise UserError("default-models.json is broken", "Remove it.")

    app: App[None] = App()
    async with app.run_test() as pilot:
        await app.push_screen(ModelsScreen(Broken()))
        await ScreenDriver(pilot).until("default-models.json is broken Remove it.")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (replace(arrived(0.25), rate=0.0), "25.0 of 100.0 MB · waiting for the server"),
        (replace(arrived(0.25), total=None), "checkpoint  25.0 MB of an unknown size"),
        (replace(arrived(0.0), file="\x1b[2Jx"), "[2Jx  "),
        (replace(arrived(0.1), rate=1e4), ", 2.5 h left"),
        (Converting("checkpoint"), "checking and converting"),
        (Ready(READY), "new is ready"),
    ],
)
async def test_a_line_for_every_event(event: PullEvent, words: str) -> None:
    assert words in pull_line(event)


async def test_a_model_from_a_hub_is_pulled_checked_chosen_and_removed(hub: Hub) -> None:
    async with models(DiskStore()) as it:
        await it.press("f")
        it.pilot.app.screen.query_one(Input).value = "org/ours"
        await it.press("enter")
        await it.until("ours is ready")
        await it.when(lambda: "model ours" in it.words())
        await it.press("v")
        await it.until("ours is as it should be")
        await it.press("d")
        await it.until("sudoku uses ours from now on.")
        assert read_defaults() == {"sudoku": "ours"}
        [there] = installed()
        there.path.write_bytes(b"changed")
        await it.press("v")
        await it.until("ours was changed")
        await it.press("delete")
        await it.until("Remove ours?")
        await it.press("down", "enter")
        await it.until("ours is gone")
    assert installed() == []


async def test_a_hub_that_refuses_is_reported_with_a_hint(hub: Hub) -> None:
    hub.always["api"] = Fault(status=401)
    async with models(DiskStore()) as it:
        await it.press("down", "down", "down", "p")
        await it.until("The models that are here work without a network.")
        assert "HF_TOKEN" in it.words()
    assert installed() == []


class ChoosingApp(App[None]):
    """An app in which `m` has chosen a model."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = ScriptedEngine(chosen={"sudoku": "fetched"})

    def use_model(self, task: str, name: str) -> None:
        self.engine.chosen[task] = name


async def test_the_default_key_undoes_what_m_chose_and_then_itself() -> None:
    store, app = ScriptedStore(), ChoosingApp()
    async with app.run_test(size=(110, 34)) as pilot:
        await app.push_screen(ModelsScreen(store))
        it = ScreenDriver(pilot)
        await it.until("installed ◆", "bundled ●")
        await it.press("d")  # on the default, which another hides for now
        await it.until("sudoku uses sudoku-mini from now on.")
        assert app.engine.chosen == {"sudoku": ""}
        assert "installed ◆" not in it.words()
        await it.press("down", "d")
        await it.until("sudoku uses fetched from now on.", "installed ●")
        await it.press("d")
        await it.until("sudoku uses the bundled model again.")
        assert store.asked == [
            ("default", "sudoku-mini"),
            ("default", "fetched"),
            ("undefault", "sudoku"),
        ]


async def test_a_run_can_be_looked_at_and_stays() -> None:
    run = replace(BUNDLED, name="runs/sudoku-1", where="run", default=False, sha256="")
    store = ScriptedStore(there=[run])
    app: App[None] = App()
    async with app.run_test(size=(110, 34)) as pilot:
        await app.push_screen(ModelsScreen(store))
        it = ScreenDriver(pilot)
        await it.until("runs/sudoku-1", "87.2 % of 500 run")
        await it.press("delete")
        await it.until("removes that folder")
        await it.press("p")
        await it.until("there is nothing to pull")
    assert store.asked == []
    with pytest.raises(ModelError, match="no hash"):
        DiskStore().verify(run)
