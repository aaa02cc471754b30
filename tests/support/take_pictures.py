"""Stills of the real app for the README: the real screens and the bundled models.

Run by `make pictures`: python tests/support/take_pictures.py FOLDER RUN
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"  # before Textual is imported

from rich.console import Console
from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from hrm.movie.frames import Frame, Movie, glyphs_of, theme
from hrm.movie.svg import write_svg
from hrm_tui.app import HrmApp
from hrm_tui.engine import TorchEngine
from hrm_tui.launch import prepared
from hrm_tui.settings import Settings

SIZE = (120, 37)
PATIENCE = 300.0
SEGMENT = 5
"""The one of the solve screen's picture: candidates are dying, some cells are settled."""


async def _until(pilot: Pilot[Any], wanted: Callable[[], bool]) -> None:
    async def look() -> None:
        while not wanted():
            await pilot.pause(0.05)

    await asyncio.wait_for(look(), PATIENCE)


def _app(screen: str, example: str) -> HrmApp:
    start = prepared(example, task="sudoku", screen=screen)
    return HrmApp(TorchEngine("cpu", 1), Settings(), start)


async def solve_screen(target: Path) -> None:
    """In the middle of a solve, the pace stopped."""
    app = _app("solve", "minimal")
    async with app.run_test(size=SIZE) as pilot:
        await _until(pilot, lambda: "cpu" in str(app.engine_state))
        await pilot.press("space")
        playback = app.screen.solving.playback  # type: ignore[attr-defined]
        await _until(pilot, lambda: playback.position >= SEGMENT and not playback.inside)
        await pilot.press("space")
        while playback.position > SEGMENT:  # the machine was slow
            await pilot.press("shift+left")
        _write(app, target)


async def train_screen(target: Path, run: Path, home: Path) -> None:
    """A finished run, and what its model makes of a puzzle. No other runs are listed."""
    shutil.copytree(run, home / "runs" / run.name)
    os.chdir(home)
    app = _app("train", "")
    async with app.run_test(size=SIZE) as pilot:
        await _until(pilot, lambda: app.screen.query_one("#runs", OptionList).option_count > 0)
        await pilot.press("enter")
        said = app.screen.query_one("#sample-said", Static)
        await _until(pilot, lambda: "solved" in str(said.content))
        _write(app, target)


def _write(app: HrmApp, target: Path) -> None:
    """The screen as `hrm record` draws characters: lines join, whatever font a viewer has."""
    console = Console(
        width=SIZE[0],
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
    )
    console.print(app.screen._compositor.render_update(full=True))
    drawn = Text.from_ansi(console.export_text(styles=True)).split("\n", allow_blank=True)
    look = theme("dark")
    glyphs = glyphs_of(drawn[: SIZE[1]], look).items()
    frame = Frame({(line, column + 1): glyph for (line, column), glyph in glyphs}, 1.0)
    movie = Movie("hrm tui", SIZE[0] + 2, SIZE[1], look, (frame,))
    target.write_text(write_svg(movie), encoding="utf-8")


async def main(folder: Path, run: Path) -> None:
    """Settings and games of the person who runs it are not touched."""
    folder, run = folder.resolve(), run.resolve()
    with tempfile.TemporaryDirectory() as home:
        os.environ["HRM_HOME"] = home
        await solve_screen(folder / "solve.svg")
        await train_screen(folder / "train.svg", run, Path(home))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
