"""The line of keys at the bottom: what it shows when there is little room, and clicks on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from stage import make_app, noted, press, set_stage, settle
from textual.pilot import Pilot

from hrm_tui.screens import PLACES, Place
from hrm_tui.widgets.key_line import KeyLine

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def _staged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_stage(monkeypatch, tmp_path)


def line(pilot: Pilot[None]) -> str:
    return pilot.app.screen.query_one(KeyLine).render_line(0).text


async def resized(pilot: Pilot[None], width: int) -> str:
    await pilot.resize_terminal(width, 24)
    await settle(pilot)
    return line(pilot)


async def test_help_is_always_seen_and_the_rarest_keys_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(
        PLACES, "solve", Place("hrm_tui.solve.screen", "SolveScreen", "f2", "Watch")
    )
    async with make_app().run_test(size=(160, 24)) as pilot:
        await settle(pilot)
        wide = line(pilot)
        for entry in ("space Think", "←→ Frame", "c Try more", "w Write", "g Generate"):
            assert entry in wide
        medium, narrow, least = [await resized(pilot, width) for width in (110, 80, 40)]
    assert "g Generate" in medium
    assert "w Write" not in medium
    assert narrow.startswith(" space Think  ←→ Frame  ")
    assert "o Open" in narrow
    assert "c Try more" not in narrow
    assert least.startswith(" space Think")
    assert all(shown.rstrip().endswith("F1 Help  ^p palette") for shown in (wide, narrow, least))


async def test_a_click_presses_the_key_under_it() -> None:
    app = make_app()
    async with app.run_test(size=(100, 24)) as pilot:
        await settle(pilot)
        shown = line(pilot)
        await pilot.click(KeyLine, offset=(shown.index("Think"), 0))
        await pilot.click(KeyLine, offset=(shown.index("Think") - 2, 0))
        await pilot.click(KeyLine, offset=(99, 0))
        assert noted(app).paused == 2
        await pilot.hover(KeyLine, offset=(shown.index("Think"), 0))
        assert str(pilot.app.screen.query_one(KeyLine).tooltip) == "Let the model think"


async def test_the_screen_that_is_shown_is_not_offered() -> None:
    async with make_app().run_test(size=(140, 24)) as pilot:
        await settle(pilot)
        assert "Play" in line(pilot)
        await press(pilot, ["f3"])
        assert "Play" not in line(pilot)
