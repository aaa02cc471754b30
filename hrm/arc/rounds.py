"""Runs rounds of adaptation side by side, each on a thread of its own.

The steps of a round are too small to be shared among threads: two threads inside its operations
make a step no faster, two rounds side by side take 0.6 of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import Full, Queue
from threading import Event
from typing import TypeAlias

import torch

from hrm.arc.adaptation import Adaptation
from hrm.events import Adapted
from hrm.training.divergence import DivergedError

Make: TypeAlias = Callable[[Callable[[], bool]], Adaptation]
"""Makes an adaptation that asks after each step whether to stop."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a round, with the error if its training diverged."""

    adaptation: Adaptation
    diverged: DivergedError | None = None


Said: TypeAlias = tuple[int, Adapted | Ended]
"""The number of a round, and its progress or its end."""


class Rounds:
    """At most `together` rounds at a time; `running` has their numbers.

    Iterating yields what they say until all have ended; more may begin meanwhile. A round waits
    until what it said last is taken. A single round runs in the thread that iterates.
    """

    def __init__(self, together: int) -> None:
        self.running: set[int] = set()
        self._alone: Generator[Said, None, None] | None = None
        self._said: Queue[Said | Exception] = Queue(maxsize=1)
        self._stopped = Event()
        self._threads = torch.get_num_threads()
        self._pool: ThreadPoolExecutor | None = None
        if together > 1:
            self._pool = ThreadPoolExecutor(
                together, "round", initializer=torch.set_num_threads, initargs=(1,)
            )

    def begin(self, number: int, make: Make) -> None:
        self.running.add(number)
        round_ = self._round(number, make)
        if self._pool is None:
            self._alone = round_
        else:
            self._pool.submit(self._pass_on, round_)

    def __iter__(self) -> Iterator[Said]:
        while self.running:
            said = next(self._alone) if self._alone else self._said.get()
            if isinstance(said, Exception):
                raise said
            number, event = said
            if isinstance(event, Ended):
                self.running.remove(number)
            yield said

    def close(self) -> None:
        """Stop all rounds, each within a step."""
        self._stopped.set()
        if self._alone:
            self._alone.close()
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
            torch.set_num_threads(self._threads)  # those of the pool have set it for all

    def _round(self, number: int, make: Make) -> Generator[Said, None, None]:
        adaptation = make(self._stopped.is_set)
        diverged = None
        try:
            with closing(adaptation.run()) as progress:
                for done in progress:
                    yield number, done
        except DivergedError as error:
            diverged = error
        yield number, Ended(adaptation, diverged)

    def _pass_on(self, round_: Generator[Said, None, None]) -> None:
        """Run a round in a thread of the pool."""
        try:
            with closing(round_):
                for said in round_:
                    self._put(said)
                    if self._stopped.is_set():
                        return
        except Exception as error:
            self._put(error)

    def _put(self, said: Said | Exception) -> None:
        while not self._stopped.is_set():
            with suppress(Full):
                self._said.put(said, timeout=0.1)
                break
