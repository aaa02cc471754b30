"""A domain from outside in the app, without a line about it in `hrm_tui`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tiny
import toy
from screen_driver import ScreenDriver
from textual.widgets import Select

from hrm.model.checkpoint import save_model
from hrm_tui.app import HrmApp, Start
from hrm_tui.engine import TorchEngine
from hrm_tui.launch import _first_puzzle
from hrm_tui.settings import Settings
from hrm_tui.sources import read_source
from hrm_tui.widgets.board import Board
from puzzles import registered
from puzzles.contract.protocol import Draft
from puzzles.contract.tokens import Answer, Layout, Position, Tokens
from puzzles.drawing.picture import Picture
from puzzles.paint import PaintGame

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("HRM_HOME", str(tmp_path / ".hrm"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "panel.txt").write_text("-+-\n+-+\n")
    with registered(toy.LightsDomain()):
        yield


@asynccontextmanager
async def opened(kind: toy.LightsDomain) -> AsyncIterator[ScreenDriver]:
    """The app with a puzzle of this domain; that it did not crash is asserted at the end."""
    with registered(kind):
        start = Start(chosen=read_source("panel.txt", kind.name))
        app = HrmApp(TorchEngine(threads=1), Settings(), start)
        async with app.run_test(size=(100, 30), notifications=True) as pilot:
            it = ScreenDriver(pilot)
            await it.until(f"hrm ▸ {kind.name} ▸ panel.txt")
            yield it
        assert app.crash is None


async def test_it_is_shown_solved_and_played_and_could_be_trained() -> None:
    chosen = read_source("panel.txt", "lights")
    model = Path("lights.safetensors").absolute()
    save_model(model, toy.MODEL, tiny.build(toy.MODEL).state_dict(), {"domain": "lights"})
    start = Start(chosen=chosen, model=str(model))
    app = HrmApp(TorchEngine(threads=1), Settings(), start)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        it = ScreenDriver(pilot)
        await it.until("hrm ▸ lights ▸ panel.txt", "-+-")
        await it.press("space")
        await it.until("olved", "single pass")
        await it.press("e")
        await it.until("lights puzzles cannot be edited here")
        await it.press("f3")
        await it.until("keys: 0 - 1 +", "0 cells changed")
        await it.press("1", "question_mark")
        await it.until("Look at r1c2")
        await it.press("question_mark", "right", "right", "1", "c")
        await it.until("a light is not swapped")
        await it.press("down", "0", "left", "1", "left", "0")
        await it.until("Right: every rule holds")
        await it.press("f5")
        await it.until("Start")
        select = app.screen.query_one("#task", Select)
        assert "lights" in [value for _, value in select._options]
        select.value = "lights"
        await it.until("under 0.25M parameters")
        await it.press("f2")
        await it.until("hrm ▸ lights ▸ panel.txt")
        await it.press("g")
        await it.until("small", "lights")


class Failing(toy.LightsDomain):
    """Falls over where it decodes."""

    name = "failing"

    def decode(self, tokens: Tokens, puzzle: toy.Lights, layout: Layout) -> Answer:
        raise IndexError("list index out of range")


async def test_what_fails_in_it_is_reported_and_the_app_continues() -> None:
    model = Path("lights.safetensors").absolute()
    save_model(model, toy.MODEL, tiny.build(toy.MODEL).state_dict(), {"domain": "failing"})
    with registered(Failing()):
        chosen = read_source("panel.txt", "failing")
        start = Start(chosen=chosen, model=str(model))
        app = HrmApp(TorchEngine(threads=1), Settings(), start)
        async with app.run_test(size=(110, 34), notifications=True) as pilot:
            it = ScreenDriver(pilot)
            await it.until("hrm ▸ failing ▸ panel.txt", "-+-")
            await it.press("space")
            await it.until("failed in decode", "IndexError")
            await it.press("f3")
            await it.until("failed in")
            await it.press("f2")
            await it.until("hrm ▸ failing ▸ panel.txt")
        assert app.crash is None


class Shaky(PaintGame):
    """Cannot write into its first cell, and be drawn only as it begins."""

    def write(self, at: Position, digit: int, *, pencil: bool = False) -> bool:
        if at == (0, 0):
            raise ZeroDivisionError
        return super().write(at, digit, pencil=pencil)

    def picture(self, *given: Any, **named: Any) -> Picture:
        if self.position != self._start:
            raise KeyError("colour")
        return super().picture(*given, **named)


class Played(toy.LightsDomain):
    name = "played"

    def game(self, puzzle: toy.Lights) -> PaintGame:
        return Shaky(self, puzzle)


async def test_what_fails_in_its_game_is_reported_and_the_app_continues() -> None:
    async with opened(Played()) as it:
        await it.press("f3")
        await it.until("keys: 0 - 1 +")
        await it.press("1")
        await it.until("failed in game().write", "ZeroDivisionError")
        await it.until("0 cells changed")
        await it.press("right", "0")
        await it.until("failed in game().picture", "KeyError")
        await it.press("f2")
        await it.until("hrm ▸ played ▸ panel.txt")


async def test_without_an_example_a_puzzle_is_made() -> None:
    chosen = _first_puzzle("lights", None)
    assert (chosen.task, chosen.source, len(chosen.puzzles)) == ("lights", "small, generated", 1)


@dataclass(frozen=True)
class Loose:
    """Falls over with every key but 1, and cannot be drawn after a click."""

    torn: bool = False
    legend: str = "1 light"

    def put(self, at: Position, key: str) -> Loose | None:
        if key == "1":
            return self
        raise ZeroDivisionError

    def clicked(self, at: Position) -> Loose:
        return Loose(torn=True)

    def emptied(self) -> Loose:
        return Loose(torn=True)

    def picture(self) -> Picture:
        if self.torn:
            raise KeyError("colour")
        return toy.LightsDomain().render(toy.Lights(("-+-", "+-+")))

    def finished(self) -> toy.Lights:
        raise IndexError("no light")


class Edited(toy.LightsDomain):
    name = "edited"

    def draft(self, puzzle: toy.Lights) -> Draft:
        return Loose()


async def test_what_fails_in_its_draft_is_reported_and_the_board_stays() -> None:
    async with opened(Edited()) as it:
        await it.press("e")
        await it.until("1 light", "-+-")
        await it.press("5")
        await it.until("failed in draft().put", "ZeroDivisionError")
        await it.press("1", "ctrl+n")
        await it.until("failed in draft().picture", "KeyError")
        await it.press("1", "backspace")
        await it.until("failed in draft().put")
        await it.press("enter")
        await it.until("failed in draft().finished", "IndexError")
        board = it.pilot.app.screen.query_one(Board)
        board.post_message(board.Clicked(board, (0, 1), selected=True))
        await it.until("failed in draft().picture", "-+-")
        await it.press("escape")
        await it.until("hrm ▸ edited ▸ panel.txt")


class Undrawn(toy.LightsDomain):
    name = "undrawn"

    def draft(self, puzzle: toy.Lights) -> Draft:
        return Loose(torn=True)


async def test_a_draft_that_cannot_be_drawn_opens_no_dialog() -> None:
    async with opened(Undrawn()) as it:
        await it.press("e")
        await it.until("failed in draft().picture")
        await it.press("f3")
        await it.until("keys: 0 - 1 +")
