"""Solving in a worker thread, and the messages to its screen. One thing is asked at a time; a new
request cancels the one before."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any, cast

from textual.screen import Screen

from hrm.engine import PuzzleSession
from hrm.errors import UserError
from hrm.events import Segment, SolveEvent, Update
from hrm.solving.policy import Method, Policy
from hrm_tui.engine import Engine
from hrm_tui.jobs import Job, JobMessage, Jobs
from puzzles.errors import PuzzleError

REPORT_EVERY = 0.1
"""Seconds between messages about progress inside a segment; small models make thousands."""


class _CancelledError(Exception):
    """Leaves a segment in its middle; the state that is carried is that of the segment before."""


class Thinker:
    """What a screen asks of a model for one puzzle."""

    def __init__(self, screen: Screen[Any], engine: Engine) -> None:
        self._engine = engine
        self._jobs = Jobs(screen, "think")
        self._session: PuzzleSession | None = None
        self._last_report = 0.0
        self.running = False

    @property
    def can_go_on(self) -> bool:
        """Whether there is a session that may be asked for more."""
        return self._session is not None and not self.running

    @property
    def usual(self) -> Policy:
        return self._engine.usual

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
        self._jobs.stop()

    def cancel(self) -> None:
        """The thread leaves likewise, but its later messages are stale."""
        self._jobs.cancel()
        self.running = False

    def forget(self) -> None:
        """Cancel, and let go of the session."""
        self.cancel()
        self._session = None

    def _ask(self, begin: Callable[[Job], Iterator[SolveEvent]]) -> None:
        self.running = True
        self._jobs.start(partial(_work, begin))

    def _open_and_start(
        self, job: Job, task: str, puzzle: Any, model: str, policy: Policy
    ) -> Iterator[SolveEvent]:
        session = self._engine.session(task, puzzle, model, self._report)
        job.tell(Opened(job, session))
        return session.start(policy)

    def _report(self, update: Update) -> None:
        job = self._jobs.current  # a session outlives the request that opened it
        if job.stopping:
            raise _CancelledError
        now = time.monotonic()
        if now - self._last_report >= REPORT_EVERY:
            self._last_report = now
            job.tell(Progressed(job, update))


def _work(begin: Callable[[Job], Iterator[SolveEvent]], job: Job) -> None:
    error: UserError | PuzzleError | None = None
    try:
        if job.stopping:
            raise _CancelledError
        with closing(cast(Any, begin(job))) as events:
            for event in events:
                job.tell(Received(job, event))
                # a pass that stops ends with the next event, and only then can be gone on from
                ends = isinstance(event, Segment) and event.stops
                if job.stopping and not ends:
                    break
    except _CancelledError:
        pass
    except (UserError, PuzzleError) as raised:
        error = raised
    job.tell(Ended(job, error))


class Opened(JobMessage):
    """The model is loaded; `session` can be asked for more later."""

    def __init__(self, job: Job, session: object) -> None:
        super().__init__(job)
        self.session = session


class Received(JobMessage):
    """An event of the solve."""

    def __init__(self, job: Job, event: SolveEvent) -> None:
        super().__init__(job)
        self.event = event


class Progressed(JobMessage):
    """The model is in the middle of a segment; a request that was stopped says this no more."""

    def __init__(self, job: Job, update: Update) -> None:
        super().__init__(job)
        self.update = update


class Ended(JobMessage):
    """The thread is done; `error` is what a person can act on, if it failed."""

    def __init__(self, job: Job, error: UserError | PuzzleError | None) -> None:
        super().__init__(job)
        self.error = error
