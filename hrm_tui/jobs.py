"""Work in a thread behind a screen. The thread reports to its screen by messages and
touches nothing else; what a cancelled one still says is stale."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any

from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker


class Job:
    """One piece of work. Its thread calls `stopping`, `wait` and `tell`, its screen the others."""

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self._stopping = Event()
        self.cancelled = False

    @property
    def stopping(self) -> bool:
        """Whether the thread is to leave as soon as it can."""
        return self._stopping.is_set() or get_current_worker().is_cancelled

    def wait(self, seconds: float) -> None:
        """Sleep, but not longer than until the job is stopped."""
        self._stopping.wait(seconds)

    def tell(self, message: Message) -> None:
        self._screen.post_message(message)

    def stop(self) -> None:
        """Ask the thread to leave; what it says until then still counts."""
        # not by cancelling its worker, which would say nothing if it had not yet begun
        self._stopping.set()

    def cancel(self) -> None:
        """Ask the thread to leave; what it says from now on is stale."""
        self.cancelled = True
        self.stop()


class JobMessage(Message):
    """Something that `job` has to tell."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job

    @property
    def stale(self) -> bool:
        """Whether its job was cancelled, so that it is to be ignored."""
        return self.job.cancelled


class Jobs:
    """The jobs of one kind, one at a time; `group` is the name of their workers."""

    def __init__(self, screen: Screen[Any], group: str) -> None:
        self._screen, self._group = screen, group
        self.current = Job(screen)

    @property
    def busy(self) -> bool:
        """Whether a thread is at work, perhaps one that was cancelled."""
        return any(worker.group == self._group for worker in self._screen.workers)

    def start(self, work: Callable[[Job], None]) -> None:
        """Cancel the job before, and run `work` in a thread."""
        self.cancel()
        self.current = Job(self._screen)
        self._screen.run_worker(
            partial(work, self.current), thread=True, group=self._group, exclusive=True
        )

    def stop(self) -> None:
        self.current.stop()

    def cancel(self) -> None:
        self.current.cancel()
