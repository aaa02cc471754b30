"""The model beside a player. It thinks on worker threads, which tell the screen by messages and
touch nothing else.

What the threads behind the play screen tell it. `job` marks the request that a message is of; a
message of an older one is stale.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from hrm.errors import UserError
from hrm.events import SolveEvent
from hrm.solving.policy import Policy
from hrm_tui.engine import Engine
from hrm_tui.play.forecast import Question, foresee, heard
from hrm_tui.play.race import Race
from puzzles.base import PuzzleError
from puzzles.game import Forecast

Then: TypeAlias = Callable[[Forecast | None], None]
"""What to do with a forecast, None where there is none."""


class Partner:
    """A screen's model and what it said about one puzzle: at most one forecast and one race.

    `race` is None where none was started.
    """

    def __init__(self, screen: Screen[Any], engine: Engine) -> None:
        self._screen, self._engine = screen, engine
        self._forecast_job = self._race_job = 0
        self._task, self._puzzle, self._model = "", None, ""
        self._then: Then | None = None
        self.forecast: Forecast | None = None
        self.race: Race | None = None

    def sit_down(self, task: str, puzzle: Any) -> None:
        """Think of another puzzle from now on."""
        self.leave()
        self._task, self._puzzle = task, puzzle
        self.forecast = self.race = self._then = None

    def leave(self) -> None:
        """The threads end within one segment; what they still say is stale."""
        self._forecast_job += 1
        self._screen.workers.cancel_group(self._screen, "forecast")
        self.stop_race()

    def foresee(self, then: Then) -> bool:
        """Call `then` with a forecast: now, which is True, or when `take` has got it. A
        model that was chosen before has no say."""
        model = self._engine.chosen.get(self._task, "")
        if model != self._model:
            self._model, self.forecast, self._then = model, None, None
        if self.forecast is not None:
            then(self.forecast)
            return True
        if self._then is None:
            self._forecast_job += 1
            job = self._forecast_job
            self._start("forecast", partial(self._foresee, job, self._task, self._puzzle))
        self._then = then
        return False

    def expects(self, event: Foreseen) -> bool:
        """Whether somebody waits for it; what is said of an earlier puzzle is stale."""
        return event.job == self._forecast_job and self._then is not None

    def take(self, event: Foreseen) -> None:
        """Keep a forecast and hand it to whoever asked last."""
        if self._then is not None and self.expects(event):
            self.forecast = event.forecast
            then, self._then = self._then, None
            then(event.forecast)

    def start_race(self, pace: float, held: Question) -> None:
        """Answered by `Raced` for every event; `pace` is seconds a segment takes at least, and
        while `held` none comes."""
        self.race = Race(self._task, self._puzzle, pace)
        self._race_job += 1
        job = self._race_job
        self._start("race", partial(self._run_race, job, self._task, self._puzzle, pace, held))

    def stop_race(self) -> None:
        """What the race showed stays in `race`."""
        self._race_job += 1
        self._screen.workers.cancel_group(self._screen, "race")

    def hear(self, event: Raced) -> str:
        """Take an event of the race; a sentence if it decides the race or ends it."""
        if self.race is None or event.job != self._race_job:
            return ""
        if isinstance(event.event, Exception):
            self.race = None
            return event.event.args[0] if event.event.args else ""
        return self.race.hear(event.event)

    def _start(self, group: str, work: Callable[[], None]) -> None:
        self._screen.run_worker(work, thread=True, exclusive=True, group=group)

    def _foresee(self, job: int, task: str, puzzle: Any) -> None:
        try:
            forecast = foresee(self._engine, task, puzzle, _cancelled)
        except (UserError, PuzzleError) as error:
            self._screen.post_message(Foreseen(job, None, error))
        else:
            self._screen.post_message(Foreseen(job, forecast, None))

    def _run_race(self, job: int, task: str, puzzle: Any, pace: float, held: Question) -> None:
        events = heard(self._engine, task, puzzle, Policy(), _cancelled, pace, held)
        try:
            for event in events:
                self._screen.post_message(Raced(job, event))
        except (UserError, PuzzleError) as error:
            self._screen.post_message(Raced(job, error))


def _cancelled() -> bool:
    return get_current_worker().is_cancelled


class Foreseen(Message):
    """What the model thinks of the puzzle; None where `error` says why nobody knows."""

    def __init__(
        self, job: int, forecast: Forecast | None, error: UserError | PuzzleError | None
    ) -> None:
        super().__init__()
        self.job, self.forecast, self.error = job, forecast, error


class Raced(Message):
    """An event of the model's side of a race, or the error that ends it."""

    def __init__(self, job: int, event: SolveEvent | UserError | PuzzleError) -> None:
        super().__init__()
        self.job, self.event = job, event
