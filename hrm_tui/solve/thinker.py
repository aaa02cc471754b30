"""Thinking in a worker thread, which tells its screen what happens by messages and touches nothing
else. One thing is asked at a time; a new request cancels the one before.

What a thinking thread tells its screen. `job` says which request it belongs to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from threading import Event
from typing import Any, cast

from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from hrm.errors import UserError
from hrm.events import Segment, SolveEvent, Update
from hrm.solving.policy import Method, Policy
from hrm_tui.engine import Engine, PuzzleSession
from puzzles.base import PuzzleError

REPORT_EVERY = 0.1
"""Seconds between messages about progress inside a segment; small models make thousands."""


class _CancelledError(Exception):
    """Leaves a segment in its middle; the state that is carried is that of the segment before."""


class Thinker:
    """What a screen asks of a model for one puzzle. `job` marks the messages of the request that
    is current; those of an older one are to be ignored."""

    def __init__(self, screen: Screen[Any], engine: Engine) -> None:
        self._screen, self._engine = screen, engine
        self._session: PuzzleSession | None = None
        self._last_report = 0.0
        self._leaving = Event()  # one for each request
        self.job = 0
        self.running = False

    @property
    def can_go_on(self) -> bool:
        """Whether there is a session that may be asked for more."""
        return self._session is not None and not self.running

    def begin(self, task: str, puzzle: Any, model: str, policy: Policy) -> None:
        """Load the model, then solve from the start."""
        self._session = None
        self._ask(lambda job: self._open_and_start(job, task, puzzle, model, policy))

    def think_on(self, policy: Policy) -> None:
        """Continue the first pass from its carried state; only where `can_go_on`."""
        assert self._session is not None
        session = self._session
        self._ask(lambda _: session.think_on(policy))

    @property
    def method(self) -> Method:
        """What is tried after a failed pass; copies before a model is there."""
        return "symmetric copies" if self._session is None else self._session.method

    def try_again(self, policy: Policy) -> None:
        """Only where `can_go_on`."""
        assert self._session is not None
        session = self._session
        self._ask(lambda _: session.try_again(policy))

    def keep(self, opened: Opened) -> None:
        """Take the session of the request that is current."""
        self._session = cast(PuzzleSession, opened.session)

    def end(self) -> None:
        self.running = False

    def rest(self) -> None:
        """The thread leaves within one update of the model, after it has told all segments that
        its session counts, and `can_go_on` once it has left."""
        # not by cancelling its worker, which would say nothing if it had not yet begun
        self._leaving.set()

    def cancel(self) -> None:
        """The thread leaves likewise, but its later messages are stale."""
        self.job += 1
        self.running = False
        self.rest()

    def forget(self) -> None:
        """Cancel, and let go of the session."""
        self.cancel()
        self._session = None

    def _ask(self, begin: Callable[[int], Iterator[SolveEvent]]) -> None:
        self.cancel()
        self.running = True
        self._leaving = Event()
        self._screen.run_worker(
            partial(self._work, self.job, self._leaving, partial(begin, self.job)),
            thread=True,
            group="think",
            exclusive=True,
        )

    def _open_and_start(
        self, job: int, task: str, puzzle: Any, model: str, policy: Policy
    ) -> Iterator[SolveEvent]:
        session = self._engine.session(task, puzzle, model, self._report)
        self._screen.post_message(Opened(job, session))
        return session.start(policy)

    def _report(self, update: Update) -> None:
        if self._leaving.is_set() or get_current_worker().is_cancelled:
            raise _CancelledError
        now = time.monotonic()
        if now - self._last_report >= REPORT_EVERY:
            self._last_report = now
            self._screen.post_message(Progressed(update))

    def _work(self, job: int, leaving: Event, begin: Callable[[], Iterator[SolveEvent]]) -> None:
        worker = get_current_worker()
        error: UserError | PuzzleError | None = None
        try:
            if leaving.is_set():
                raise _CancelledError
            with closing(cast(Any, begin())) as events:
                for event in events:
                    self._screen.post_message(Heard(job, event))
                    # a pass that stops ends with the next event, and only then can be gone on from
                    ends = isinstance(event, Segment) and event.stops
                    if (leaving.is_set() or worker.is_cancelled) and not ends:
                        break
        except _CancelledError:
            pass
        except (UserError, PuzzleError) as raised:
            error = raised
        self._screen.post_message(Ended(job, error))


class OfJob(Message):
    """Belongs to request number `job`."""

    def __init__(self, job: int) -> None:
        super().__init__()
        self.job = job


class Opened(OfJob):
    """The model is loaded; `session` can be asked for more later."""

    def __init__(self, job: int, session: object) -> None:
        super().__init__(job)
        self.session = session


class Heard(OfJob):
    """An event of the solve."""

    def __init__(self, job: int, event: SolveEvent) -> None:
        super().__init__(job)
        self.event = event


class Progressed(Message):
    """The model is in the middle of a segment; a request that was cancelled says this no more."""

    def __init__(self, update: Update) -> None:
        super().__init__()
        self.update = update


class Ended(OfJob):
    """The thread is done; `error` is what a person can act on, if it failed."""

    def __init__(self, job: int, error: UserError | PuzzleError | None) -> None:
        super().__init__(job)
        self.error = error
