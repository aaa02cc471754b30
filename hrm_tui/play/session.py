"""A game in play: its clock, its hints, and the words under the board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hrm.terminal import clock
from hrm_tui.play.saved import SavedGame, SavedGames, save_of
from puzzles.contract.tokens import Position
from puzzles.drawing.picture import Picture, Room
from puzzles.game import Advice, AnyGame, Forecast, Stopwatch, new_game
from puzzles.text.text_grid import counted

HINT_KEY = "?"


class PlaySession:
    """`sentence` is the last thing that was said about the game; `broken` and `marked` are the
    cells it is about, until the next move. `played` says whether there was a move since it was
    opened. Once the game is won, `level` is the puzzle's, and `needed` says what the model needed;
    both are empty while that is not known."""

    def __init__(
        self,
        game: AnyGame,
        source: str,
        now: Callable[[], float],
        *,
        seconds: float = 0.0,
        hints: int = 0,
    ) -> None:
        self.game, self.source, self.hints = game, source, hints
        self.watch = Stopwatch(now, seconds)
        self.sentence = ""
        self.broken: tuple[Position, ...] = ()
        self.marked: tuple[Position, ...] = ()
        self.won = game.won()
        self.played = False
        self.paused = False
        self.level = ""
        self.needed = ""

    def picture(self, room: Room | None = None) -> Picture:
        return self.game.picture(self.broken, self.marked, room)

    def saved(self) -> SavedGame:
        return save_of(self.game, self.source, self.watch.seconds, self.hints)

    def start_clock(self) -> None:
        """Unless the game is over, or a person paused it."""
        if not (self.paused or self.won):
            self.watch.start()

    def toggle_pause(self) -> None:
        self.paused = not self.paused
        self.watch.pause()
        self.start_clock()

    def moved(self) -> bool:
        """Take note of a move, an undo or a redo; True if it is the one that wins."""
        self.played = True
        before, self.won = self.won, self.game.won()
        self.sentence, self.broken, self.marked = "", (), ()
        if not self.won:
            self.watch.start()
            return False
        self.watch.pause()
        self.sentence = self._victory()
        return not before

    def _victory(self) -> str:
        helped = counted(self.hints, "hint") if self.hints else "no hint"
        return f"{self.game.check().sentence}. Time {clock(self.watch.seconds)}, {helped}."

    def check(self) -> None:
        checked = self.game.check()
        if checked.done:
            self.sentence = self._victory()
            return
        self.sentence, self.broken, self.marked = f"{checked.sentence}.", checked.broken, ()

    def hint(self, forecast: Forecast | None) -> Advice:
        """Counts a hint when its value is played; a win is for `moved` to find."""
        advice = self.game.ask(forecast)
        self.broken, self.marked = (), ()
        complete = advice.at is None or advice.played
        more = "" if complete else f" {HINT_KEY} again gives the answer."
        self.sentence = f"{advice.sentence}.{more}"
        if advice.played:
            self.hints += 1
        return advice

    def show_next(self, forecast: Forecast) -> None:
        """Mark where the model would go on."""
        cells = self.game.next_cells(forecast)
        self.marked, self.broken = cells, ()
        self.sentence = self.game.where_next
        if not cells:
            self.sentence = "The model would change nothing."
            if forecast.answer.shape != self.game.answer().shape:
                height, width = forecast.answer.shape
                self.sentence = f"The model would first make the grid {height}×{width}."

    @property
    def harder(self) -> str:
        """The level after this one, empty if there is none."""
        levels = self.game.domain.levels
        rest = levels[levels.index(self.level) + 1 :] if self.level in levels else ()
        return rest[0] if rest else ""

    def choices(self) -> list[tuple[str, str]]:
        """What can be done once the game is over: the name of a key, and what it does."""
        another = [("another", f"another ({self.level})")] if self.level else []
        harder = [("harder", f"harder ({self.harder})")] if self.harder else []
        return [*another, *harder, ("solver", "watch the model")]

    def quiet(self, *, timed: bool) -> str:
        """How the game stands, in a line each: `42 left`, `03:17`, `no conflicts`, `1 hint`."""
        parts = [self.game.status()]
        if timed:
            parts.append(clock(self.watch.seconds))
        if remark := self.game.remark():
            parts.append(remark)
        if self.hints:
            parts.append(counted(self.hints, "hint"))
        return "\n".join(parts)


def resumed(
    games: SavedGames, task: str, puzzle: Any, source: str, now: Callable[[], float]
) -> PlaySession:
    """The saved game of a puzzle, else a new one, as is one that was finished.

    Raises `UserError` for a saved game that cannot be used.
    """
    found = games.read(task, puzzle)
    if found is None:
        return PlaySession(new_game(task, puzzle), source, now)
    game, saved = found
    if saved.finished:
        round_ = PlaySession(new_game(task, puzzle), source, now)
        round_.sentence = f"You finished this one before, in {clock(saved.seconds)}."
        return round_
    round_ = PlaySession(game, source, now, seconds=saved.seconds, hints=saved.hints)
    round_.sentence = "Welcome back: the game is as you left it."
    return round_
