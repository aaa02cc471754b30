"""Games in the state folder, written after every move, so that a crash or a closed terminal costs
nothing: one JSON file a puzzle, found again by what the puzzle is. A thread writes them, so that no
key waits for the disk.

What such a file holds is outside data. One that cannot be used is renamed, never overwritten.
"""

from __future__ import annotations

import hashlib
import json
from asyncio import to_thread
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from threading import Lock
from typing import Any

from textual.screen import Screen

from hrm.errors import UserError
from hrm.files import make_folder, state_dir, written_whole
from hrm.records import RecordError, read_record, require
from hrm_tui.dialogs.base import error_text
from puzzles import domain, names
from puzzles.errors import PuzzleError
from puzzles.game import AnyGame, History, new_game
from puzzles.text.encoding import MAX_TEXT

FORMAT = 1
MOST_GAMES = 100
"""Files that are kept; beyond that those that were played longest ago go."""

MOST_HISTORY = 200_000
"""Characters of positions to undo and redo in a file; a Sudoku's position has about 200. The game
itself keeps all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedGame:
    """A game as JSON values. `text` is the puzzle as its domain reads it; `past` has the oldest
    position first, `future` the next one first, `seconds` is the time played."""

    task: str
    text: str
    name: str
    source: str
    seconds: float
    hints: int
    finished: bool
    position: object
    past: Sequence[object]
    future: Sequence[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File(SavedGame):
    format: int


def save_of(game: AnyGame, source: str, seconds: float, hints: int) -> SavedGame:
    """A game as it stands, with as much of its history as `MOST_HISTORY` holds."""
    room = MOST_HISTORY
    kept: list[list[object]] = []
    for positions in (reversed(game.history.past), game.history.future):
        kept.append([])
        for position in positions:
            plain = game.encode(position)
            room -= len(json.dumps(plain))
            if room < 0:
                break
            kept[-1].append(plain)
    return SavedGame(
        task=game.task,
        text=game.domain.format(game.puzzle),
        name=game.puzzle.name,
        source=source,
        seconds=round(seconds, 1),
        hints=hints,
        finished=game.won(),
        position=game.encode(game.position),
        past=kept[0][::-1],
        future=kept[1],
    )


def game_of(saved: SavedGame, puzzle: Any) -> AnyGame:
    """The game to play on; raises `PuzzleError` where the file says what the puzzle forbids."""
    game = new_game(saved.task, puzzle)
    game.history = History(
        game.decode(saved.position),
        [game.decode(position) for position in saved.past],
        [game.decode(position) for position in saved.future],
    )
    return game


def puzzle_of(saved: SavedGame) -> Any:
    """The puzzle of a file; raises `PuzzleError`.

    A public ARC test comes with its known output, which the text does not have.
    """
    kind = domain(saved.task)
    puzzle = kind.parse(saved.text)[0]
    return replace(kind.published(puzzle), name=saved.name)


class SavedGames:
    """The folder of saved games, by default the one of this user; it is made when it is needed."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or state_dir() / "games"
        self._lock = Lock()  # two threads would write through one temporary file

    def write(self, saved: SavedGame) -> None:
        """Replace what was saved of this puzzle; raises UserError where that cannot be done."""
        make_folder(self.folder)
        with self._lock, written_whole(self._place(saved.task, saved.text)) as file:
            json.dump({"format": FORMAT, **asdict(saved)}, file)
        for old in self._newest_first()[MOST_GAMES:]:
            with suppress(OSError):  # the next move tries again
                old.unlink()

    def read(self, task: str, puzzle: Any) -> tuple[AnyGame, SavedGame] | None:
        """The saved game of a puzzle, None if there is none.

        Raises `UserError` for a file that cannot be used, after setting it aside.
        """
        place = self._place(task, domain(task).format(puzzle))
        try:
            saved = _read(place)
            if saved.task != task:
                raise PuzzleError("it is of another kind of puzzle")
            return game_of(saved, puzzle), saved
        except FileNotFoundError:
            return None
        except (PuzzleError, OSError, ValueError) as error:
            aside = _set_aside(place)
            raise UserError(
                f"the saved game of this puzzle cannot be used: {error}",
                f"It was kept as {aside}." if aside else "",
            ) from error

    def latest(self, but: AnyGame | None = None) -> SavedGame | None:
        """The unfinished game that was played last, other than `but`; files that cannot be used are
        passed over."""
        own = None if but is None else self._place(but.task, but.domain.format(but.puzzle))
        return next((saved for saved in self._readable(own) if not saved.finished), None)

    def _readable(self, but: Path | None) -> Iterator[SavedGame]:
        for place in self._newest_first():
            if place == but:
                continue
            try:
                saved = _read(place)
                game_of(saved, puzzle_of(saved))
            except (PuzzleError, OSError, ValueError):
                continue
            yield saved

    def _place(self, task: str, text: str) -> Path:
        digest = hashlib.sha256(f"{task}\n{text}".encode()).hexdigest()
        return self.folder / f"{task}-{digest[:20]}.json"

    def _newest_first(self) -> list[Path]:
        try:
            dated = [(place.stat().st_mtime_ns, place) for place in self.folder.glob("*.json")]
        except OSError:  # the folder is not there, or a file went while it was looked at
            return []
        return [place for _, place in sorted(dated, reverse=True)]


def _read(place: Path) -> SavedGame:
    """Raises OSError, and RecordError or PuzzleError for a file that holds no game."""
    saved = read_record(place, _File, MAX_TEXT)
    if saved.format != FORMAT:
        raise RecordError(f"its format must be {FORMAT}, the one this version of hrm reads")
    for name, number in (("seconds", saved.seconds), ("hints", saved.hints)):
        require(f"its {name}", number, float, high=1e9)
    if saved.task not in names():
        raise RecordError("its kind of puzzle is not known")
    return SavedGame(**{field.name: getattr(saved, field.name) for field in fields(SavedGame)})


def _set_aside(place: Path) -> str:
    """Rename a file so that nothing overwrites it; its new name, empty if that failed."""
    for number in range(1, 1000):
        aside = place.with_suffix(f".damaged-{number}")
        if not aside.exists():
            try:
                place.rename(aside)
            except OSError:
                return ""
            return aside.name
    return ""


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
            message = f"This game cannot be saved: {error_text(error)}"
            self._screen.notify(message, severity="warning", markup=False)
