"""A domain from outside in the app, without a line about it in `hrm_tui`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny
import toy
from screen_driver import ScreenDriver

from hrm.model.checkpoint import save_model
from hrm_tui.app import HrmApp, Start
from hrm_tui.engine import TorchEngine
from hrm_tui.launch import _first_puzzle
from hrm_tui.settings import Settings
from hrm_tui.sources import read_source
from puzzles import registered

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("HRM_HOME", str(tmp_path / ".hrm"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "panel.txt").write_text("-+-\n+-+\n")
    with registered(toy.LightsDomain()):
        yield


async def test_it_is_shown_solved_and_not_played_or_edited() -> None:
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
        await it.until("lights puzzles cannot be played by hand")
        await it.press("1", "question_mark", "c", "up", "R", "L", "x")
        await it.press("f2")
        await it.until("hrm ▸ lights ▸ panel.txt")
        await it.press("g")
        await it.until("small", "lights")


async def test_without_an_example_a_puzzle_is_made() -> None:
    chosen = _first_puzzle("lights", None)
    assert (chosen.task, chosen.source, len(chosen.puzzles)) == ("lights", "small, generated", 1)
