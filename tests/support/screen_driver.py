"""A running screen for tests: keys in, the words that a person sees out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from textual.pilot import Pilot

PATIENCE = 240.0
"""Seconds after which what is waited for will not come, be the machine ever so busy."""

FRAME = r"[│╭╮╰╯─]+"


class ScreenDriver:
    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, *words: str) -> None:
        """Wait until all of `words` are on the screen."""
        await self.when(lambda: all(word in self.words() for word in words))

    async def when(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if condition():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.05)
        raise AssertionError(f"it did not come to that: {self.words()}")

    def text(self) -> str:
        """All text on the screen, line ends and runs of spaces as one space."""
        # an exported SVG says the same and takes a hundred times as long
        strips = self.pilot.app.screen._compositor.render_strips()
        return " ".join("".join(strip.text for strip in strips).split())

    def words(self) -> str:
        """`text` without frames, so that a sentence which wraps is still one."""
        return " ".join(re.sub(FRAME, " ", self.text()).split())
