"""Following a run from its files in a worker thread."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from subprocess import Popen
from typing import Any

from textual.screen import Screen

from hrm.training.events import TrainEvent
from hrm.training.standing import EVENTS, METRICS, Standing, Tail, has_begun, parse, standing
from hrm_tui.jobs import Job, JobMessage, Jobs

POLL = 0.25
"""Seconds between two looks at the files."""

_MOST_AT_ONCE = 2000
"""Events in a message, so that a long history is drawn while it is read."""


class Learned(JobMessage):
    """What was found out: new events, oldest first, and how the run stands."""

    def __init__(self, job: Job, events: list[TrainEvent], standing: Standing) -> None:
        super().__init__(job)
        self.events, self.standing = events, standing


class Follower:
    """One run at a time; `poll` as in `POLL`."""

    def __init__(self, screen: Screen[Any], poll: float = POLL) -> None:
        self._poll = poll
        self._jobs = Jobs(screen, "follow")
        self._children: list[Popen[bytes]] = []

    def adopt(self, child: Popen[bytes]) -> None:
        """Hear of its end, as the system asks of a parent."""
        self._children.append(child)

    def follow(self, folder: Path) -> None:
        self._jobs.start(partial(self._work, folder))

    def leave(self) -> None:
        """Stop following; the run continues."""
        self._jobs.cancel()

    def _work(self, folder: Path, job: Job) -> None:
        history, reported = Tail(folder / METRICS), standing(folder)
        while reported.state == "training" and not has_begun(folder) and not job.stopping:
            # a resume will cut the metrics back to what was saved
            job.tell(Learned(job, [], reported))
            job.wait(self._poll)
            reported = standing(folder)
        self._tell(job, history, reported, news=True)
        # the metrics have each tenth step; the lines of a process that an app began have all
        tail = history if reported.state == "elsewhere" else Tail(folder / EVENTS)
        while not job.stopping:
            self._children = [child for child in self._children if child.poll() is None]
            now = standing(folder)  # before reading: what is written until then will be read
            over = not now.going_on
            self._tell(job, tail, now, news=over or now != reported)
            if over:
                return
            reported = now
            job.wait(self._poll)

    def _tell(self, job: Job, tail: Tail, now: Standing, *, news: bool) -> None:
        """Tell of new events, if there are any; with `news` in any case."""
        events: list[TrainEvent] = []
        for line in tail.lines():
            event = parse(line)
            if event is not None:
                events.append(event)
            if len(events) == _MOST_AT_ONCE:
                job.tell(Learned(job, events, now))
                events = []
        if events or news:
            job.tell(Learned(job, events, now))
