"""Asks what to take out of the solve screen and which file it goes to, and writes it."""

from __future__ import annotations

from asyncio import Event, to_thread
from pathlib import Path
from typing import Any

from textual.screen import Screen

from hrm_tui.dialogs.pick import ExportDialog, Target
from hrm_tui.solve import exports
from hrm_tui.solve.solving import Solving


async def export(screen: Screen[Any], solving: Solving) -> Path | None:
    """The file that was written, None where the person chose nothing.

    Raises `UserError`, `PuzzleError` and OSError.
    """
    app = screen.app
    app.clear_notifications()  # they, and the dialog, are no part of the picture
    await _drawn_again(screen)
    screenshot = app.export_screenshot(title="hrm")
    task, _, source = solving.current
    dialog = ExportDialog(exports.KINDS, lambda kind: exports.proposed_path(kind, task, source))
    target = await app.push_screen_wait(dialog)
    if target is None:
        return None
    if target.kind in exports.RECORDINGS:
        look = "dark" if app.current_theme.dark else "light"
        return await to_thread(_record, solving, target, look)
    if target.kind == "screenshot":
        return exports.write(target.path, screenshot)
    text = exports.text_of(target.kind, solving.kind, solving.puzzle, solving.playback)
    if target.kind == "clipboard":
        app.copy_to_clipboard(text)
    return exports.write(target.path, text)


async def _drawn_again(screen: Screen[Any]) -> None:
    """Wait until the screen is drawn as it is now."""
    drawn = Event()
    screen.call_after_refresh(drawn.set)
    await drawn.wait()


def _record(solving: Solving, target: Target, look: str) -> Path:
    movie = exports.movie_of(target.kind, solving.kind, solving.puzzle, solving.playback, look)
    return exports.write_recording(target.path, movie)
