"""A running solve screen for tests: keys in, the words that a person sees out."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from screen_driver import FRAME, ScreenDriver
from scripted import MAZE, SUDOKU
from scripted_engine import ScriptedEngine
from textual.app import App
from textual.pilot import Pilot

from hrm_tui.solve.playback import Playback
from hrm_tui.solve.screen import SolveScreen
from puzzles import domain


class SolveApp(App[None]):
    """Only what the solve screen needs of the app."""

    def __init__(self, engine: ScriptedEngine) -> None:
        super().__init__()
        self.engine = engine

    def get_default_screen(self) -> SolveScreen:
        return SolveScreen()


class Driver(ScreenDriver):
    """A running solve screen and what a person sees of it."""

    def __init__(self, pilot: Pilot[None], engine: ScriptedEngine) -> None:
        super().__init__(pilot)
        self.engine = engine

    def words(self) -> str:
        """Those of the whole screen, then those of the panels by themselves: a sentence that wraps
        there has the board's digits between its lines."""
        right = self.screen.query_one("#right").region
        strips = self.screen._compositor.render_strips()[right.y : right.bottom]
        panels = " ".join(strip.crop(right.x, right.right).text for strip in strips)
        return f"{super().words()} {' '.join(re.sub(FRAME, ' ', panels).split())}"

    @property
    def screen(self) -> SolveScreen:
        (screen,) = (s for s in self.pilot.app.screen_stack if isinstance(s, SolveScreen))
        return screen

    @property
    def playback(self) -> Playback:
        return self.screen.solving.playback

    async def thought(self) -> None:
        """Wait for the end of thinking."""
        await self.when(lambda: self.playback.finished is not None and not self.running)

    @property
    def running(self) -> bool:
        return self.screen.solving.thinker.running


@asynccontextmanager
async def solving(
    task: str = "sudoku",
    *,
    size: tuple[int, int] = (100, 30),
    engine: ScriptedEngine | None = None,
    source: str = "hard.txt",
    puzzle: Any = None,
) -> AsyncIterator[Driver]:
    engine = engine or ScriptedEngine()
    app = SolveApp(engine)
    async with app.run_test(size=size, notifications=True) as pilot:
        if puzzle is None:
            text = {"sudoku": SUDOKU, "maze": MAZE}.get(task)
            kind = domain(task)
            puzzle = kind.parse(text)[0] if text else (kind.find("mirror") or [None])[0]
        driver = Driver(pilot, engine)
        driver.screen.load(task, puzzle, source)
        await pilot.pause()
        yield driver
