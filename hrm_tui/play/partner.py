"""The model beside a player, which thinks in worker threads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

from textual.screen import Screen

from hrm.errors import UserError
from hrm.events import SolveEvent
from hrm_tui.engine import Engine
from hrm_tui.jobs import Job, JobMessage, Jobs
from hrm_tui.play.forecast import Question, foresee, needed, solve_events
from hrm_tui.play.race import Race
from puzzles import domain
from puzzles.errors import PuzzleError
from puzzles.game import Forecast

Then: TypeAlias = Callable[[Forecast | None], None]
"""What to do with a forecast, None where there is none."""


class Partner:
    """A screen's model and what it said about one puzzle: at most one forecast and one race.

    `race` is None where none was started.
    """

    def __init__(self, screen: Screen[Any], engine: Engine) -> None:
        self._engine = engine
        self._forecasts, self._races = Jobs(screen, "forecast"), Jobs(screen, "race")
        self._reviews = Jobs(screen, "review")
        self._task, self._puzzle, self._model = "", None, ""
        self._then: Then | None = None
        self.forecast: Forecast | None = None
        self.race: Race | None = None

    def begin(self, task: str, puzzle: Any) -> None:
        """Work on another puzzle from now on."""
        self.leave()
        self._task, self._puzzle = task, puzzle
        self.forecast = self.race = self._then = None

    def leave(self) -> None:
        """The threads end within one segment; what they still say is stale."""
        self._forecasts.cancel()
        self._reviews.cancel()
        self._races.cancel()

    def foresee(self, then: Then) -> bool:
        """Call `then` with a forecast: now, which returns True, or as soon as `take` gets it. A
        forecast of a model that is no longer chosen is forgotten."""
        model = self._engine.chosen.get(self._task, "")
        if model != self._model:
            self._model, self.forecast, self._then = model, None, None
        if self.forecast is not None:
            then(self.forecast)
            return True
        if self._then is None:
            self._forecasts.start(partial(self._foresee, self._task, self._puzzle))
        self._then = then
        return False

    def expects(self, event: Foreseen) -> bool:
        """Whether somebody waits for it; what is said of an earlier puzzle is stale."""
        return not event.stale and self._then is not None

    def take(self, event: Foreseen) -> None:
        """Keep a forecast and return it to the last caller."""
        if self._then is not None and self.expects(event):
            self.forecast = event.forecast
            then, self._then = self._then, None
            then(event.forecast)

    def review(self) -> None:
        """Answered by `Reviewed`: what the model needs, and the puzzle's level."""
        self._reviews.start(partial(self._review, self._task, self._puzzle))

    def toggle_race(self, pace: float, held: Question) -> None:
        """Start a race, or end the one that is running and forget it. Answered by `Raced` for every
        event; `pace` is seconds a segment takes at least, and while `held` none comes."""
        if self.race is None or self.race.over:
            self.race = Race(self._task, self._puzzle, pace)
            self._races.start(partial(self._run_race, self._task, self._puzzle, pace, held))
        else:
            self._races.cancel()
            self.race = None

    def lose_race(self) -> str:
        """The player has won. A race ends and stays in `race`; the sentence that says who was first
        is empty where there was none, or that was said before."""
        self._races.cancel()
        return "" if self.race is None else self.race.won_by_player()

    def take_race(self, event: Raced) -> str:
        """Take an event of the race; a sentence if it decides the race or ends it."""
        if self.race is None or event.stale:
            return ""
        if isinstance(event.event, Exception):
            self.race = None
            return event.event.args[0] if event.event.args else ""
        return self.race.take(event.event)

    def _foresee(self, task: str, puzzle: Any, job: Job) -> None:
        try:
            forecast = foresee(self._engine, task, puzzle, lambda: job.stopping)
        except (UserError, PuzzleError) as error:
            job.tell(Foreseen(job, None, error))
        else:
            job.tell(Foreseen(job, forecast, None))

    def _review(self, task: str, puzzle: Any, job: Job) -> None:
        kind, said = domain(task), ""
        level = kind.level_of(puzzle)
        job.tell(Reviewed(job, level, ""))
        if kind.adapts:  # a minute of learning for one sentence
            return
        with suppress(UserError, PuzzleError):  # the game is over; its end needs no error
            said = needed(self._engine, task, puzzle, lambda: job.stopping)
        job.tell(Reviewed(job, level, said))

    def _run_race(self, task: str, puzzle: Any, pace: float, held: Question, job: Job) -> None:
        usual = self._engine.usual
        events = solve_events(self._engine, task, puzzle, usual, lambda: job.stopping, pace, held)
        try:
            for event in events:
                job.tell(Raced(job, event))
        except (UserError, PuzzleError) as error:
            job.tell(Raced(job, error))


class Foreseen(JobMessage):
    """The model's forecast for the puzzle; None where `error` says why there is none."""

    def __init__(
        self, job: Job, forecast: Forecast | None, error: UserError | PuzzleError | None
    ) -> None:
        super().__init__(job)
        self.forecast, self.error = forecast, error


class Reviewed(JobMessage):
    """The level of a puzzle that was won, empty where there are none, and what the model needs for
    it, empty while that is not known."""

    def __init__(self, job: Job, level: str, needed: str) -> None:
        super().__init__(job)
        self.level, self.needed = level, needed


class Raced(JobMessage):
    """An event of the model's side of a race, or the error that ends it."""

    def __init__(self, job: Job, event: SolveEvent | UserError | PuzzleError) -> None:
        super().__init__(job)
        self.event = event
