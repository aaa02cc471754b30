"""A running solve screen for tests: keys in, the words that a person sees out."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from scripted import MAZE, SUDOKU
from scripted_engine import ScriptedEngine
from textual.app import App
from textual.pilot import Pilot

from hrm_tui.playback import Playback
from hrm_tui.solve_screen import SolveScreen
from puzzles.domains import domain


class SolveApp(App[None]):
    """Only what the solve screen needs of the app."""

    def __init__(self, engine: ScriptedEngine) -> None:
        super().__init__()
        self.engine = engine

    def get_default_screen(self) -> SolveScreen:
        return SolveScreen()


class Driver:
    """A running solve screen and what a person sees of it."""

    def __init__(self, pilot: Pilot[None], engine: ScriptedEngine) -> None:
        self.pilot, self.engine = pilot, engine

    @property
    def screen(self) -> SolveScreen:
        (screen,) = (s for s in self.pilot.app.screen_stack if isinstance(s, SolveScreen))
        return screen

    @property
    def playback(self) -> Playback:
        return self.screen.solving.playback

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        for _ in range(1000):
            if condition():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.01)
        raise AssertionError("it did not come to that")

    async def thought(self) -> None:
        """Wait for the end of thinking."""
        await self.until(lambda: self.playback.finished is not None and not self.running)

    @property
    def running(self) -> bool:
        return self.screen.solving.thinker.running

    def text(self) -> str:
        """All text on the screen, line ends and runs of spaces as one space."""
        # an exported SVG says the same and takes a hundred times as long
        strips = self.pilot.app.screen._compositor.render_strips()
        return " ".join("".join(strip.text for strip in strips).split())

    def words(self) -> str:
        """`text` without frames, so that a sentence which wraps is still one."""
        return " ".join(re.sub(r"[│╭╮╰╯─]+", " ", self.text()).split())


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
