"""Keeps a game on disk while it is played, without the keys ever waiting for the disk."""

from __future__ import annotations

from asyncio import to_thread
from threading import Lock
from typing import Any

from textual.screen import Screen

from hrm.errors import UserError
from hrm_tui.dialogs_base import told
from hrm_tui.saved_games import SavedGame, SavedGames


class Autosave:
    """One writer at a time; of the games that wait for it only the last is written."""

    def __init__(self, screen: Screen[Any], games: SavedGames) -> None:
        self._screen, self._games = screen, games
        self._waiting: SavedGame | None = None
        self._lock = Lock()
        self._writing = False
        self._complained = False

    def keep(self, saved: SavedGame) -> None:
        """Write soon; what fails is said once."""
        self._waiting = saved
        if not self._writing:
            self._writing = True
            self._screen.run_worker(self._write(), group="autosave")

    def keep_now(self, saved: SavedGame) -> None:
        """Write before returning, for the last words of a screen."""
        try:
            with self._lock:
                self._waiting = None
                self._games.write(saved)
        except UserError as error:
            self._complain(error)

    async def _write(self) -> None:
        try:
            while self._waiting is not None:
                try:
                    await to_thread(self._write_waiting)
                except UserError as error:
                    self._complain(error)
        finally:
            self._writing = False

    def _write_waiting(self) -> None:
        with self._lock:  # so that no older game comes after a newer one
            saved, self._waiting = self._waiting, None
            if saved is not None:
                self._games.write(saved)

    def _complain(self, error: UserError) -> None:
        if not self._complained:
            self._complained = True
            message = f"This game cannot be saved: {told(error)}"
            self._screen.notify(message, severity="warning", markup=False)
