"""Following a run from its files in a worker thread, which tells its screen by messages."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from subprocess import Popen
from threading import Event
from typing import Any

from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker, get_current_worker

from hrm.training.events import TrainEvent
from hrm.training.standing import EVENTS, METRICS, Standing, Tail, has_begun, parse, standing

POLL = 0.25
"""Seconds between two looks at the files."""

_GOING_ON = ("training", "elsewhere")
_MOST_AT_ONCE = 2000
"""Events in a message, so that a long history is drawn while it is read."""


class Learned(Message):
    """What number `job` has found out: new events, oldest first, and how the run stands."""

    def __init__(self, job: int, events: list[TrainEvent], standing: Standing) -> None:
        super().__init__()
        self.job, self.events, self.standing = job, events, standing


class Follower:
    """One run at a time. `job` marks the messages of the current one; `poll` as in `POLL`."""

    def __init__(self, screen: Screen[Any], poll: float = POLL) -> None:
        self._screen, self._poll = screen, poll
        self._children: list[Popen[bytes]] = []
        self._wake = Event()
        self.job = 0

    def adopt(self, child: Popen[bytes]) -> None:
        """Hear of its end, as the system asks of a parent."""
        self._children.append(child)

    def follow(self, folder: Path) -> None:
        self.leave()
        self._wake = Event()
        work = partial(self._work, self.job, folder, self._wake)
        self._screen.run_worker(work, thread=True, group="follow", exclusive=True)

    def leave(self) -> None:
        """Follow no longer; the run goes on."""
        self.job += 1
        self._wake.set()
        self._screen.workers.cancel_group(self._screen, "follow")

    def _work(self, job: int, folder: Path, wake: Event) -> None:
        worker: Worker[None] = get_current_worker()
        history, told = Tail(folder / METRICS), standing(folder)
        while told.state == "training" and not has_begun(folder) and not worker.is_cancelled:
            # a resume will cut the metrics back to what was saved
            self._screen.post_message(Learned(job, [], told))
            wake.wait(self._poll)
            told = standing(folder)
        self._tell(job, history, told, news=True)
        # the metrics have each tenth step; the lines of a process that an app began have all
        tail = history if told.state == "elsewhere" else Tail(folder / EVENTS)
        while not worker.is_cancelled:
            self._children = [child for child in self._children if child.poll() is None]
            now = standing(folder)  # before reading: what is written until then will be read
            over = now.state not in _GOING_ON
            self._tell(job, tail, now, news=over or now != told)
            if over:
                return
            told = now
            wake.wait(self._poll)

    def _tell(self, job: int, tail: Tail, now: Standing, *, news: bool) -> None:
        """Tell of new events, if there are any; with `news` in any case."""
        events: list[TrainEvent] = []
        for line in tail.lines():
            event = parse(line)
            if event is not None:
                events.append(event)
            if len(events) == _MOST_AT_ONCE:
                self._screen.post_message(Learned(job, events, now))
                events = []
        if events or news:
            self._screen.post_message(Learned(job, events, now))
