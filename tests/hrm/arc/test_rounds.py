"""Rounds of adaptation that run side by side: what they say, how they end, who may stop them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import cast

import pytest
import torch

from hrm.arc.adaptation import Adaptation
from hrm.arc.rounds import Ended, Rounds
from hrm.events import Adapted
from hrm.training.divergence import DivergedError


def adapted(step: int) -> Adapted:
    return Adapted(step=step, loss=0.0, reproduced=0, demonstrations=1, seconds=0.0, budget=1.0)


@dataclass
class Lesson:
    """Says each of its steps, waits for the others before the first, and may end in an `error`."""

    steps: int
    stopped: Callable[[], bool]
    together: threading.Barrier | None = None
    error: Exception | None = None
    threads: list[int] = field(default_factory=list)
    closed: bool = False

    def run(self) -> Generator[Adapted, None, None]:
        try:
            if self.together:
                self.together.wait(timeout=60)
            self.threads.append(torch.get_num_threads())
            for step in range(1, self.steps + 1):
                if self.stopped():
                    return
                yield adapted(step)
            if self.error:
                raise self.error
        finally:
            self.closed = True


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def begin(rounds: Rounds, number: int, lesson: Callable[[Callable[[], bool]], Lesson]) -> None:
    rounds.begin(number, lambda stopped: cast(Adaptation, lesson(stopped)))


def test_rounds_run_at_the_same_time_and_more_may_begin() -> None:
    barrier = threading.Barrier(2)
    lessons: list[Lesson] = []

    def lesson(stopped: Callable[[], bool]) -> Lesson:
        lessons.append(Lesson(3, stopped, barrier if len(lessons) < 2 else None))
        return lessons[-1]

    heard: dict[int, list[int]] = {0: [], 1: [], 2: []}
    with closing(Rounds(2)) as rounds:
        begin(rounds, 0, lesson)
        begin(rounds, 1, lesson)
        for number, said in rounds:
            if isinstance(said, Adapted):
                heard[number].append(said.step)
                assert number in rounds.running
            else:
                assert said.diverged is None
                assert number not in rounds.running
                if len(lessons) == 2:
                    begin(rounds, 2, lesson)
    assert heard == {0: [1, 2, 3], 1: [1, 2, 3], 2: [1, 2, 3]}
    assert [one.threads for one in lessons] == [[1]] * 3
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("together", [1, 2])
def test_closing_stops_all(together: int) -> None:
    lessons: list[Lesson] = []

    def lesson(stopped: Callable[[], bool]) -> Lesson:
        lessons.append(Lesson(10**9, stopped))
        return lessons[-1]

    with closing(Rounds(together)) as rounds:
        for number in range(together):
            begin(rounds, number, lesson)
        next(iter(rounds))
    assert lessons
    assert all(one.closed for one in lessons)
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("together", [1, 2])
def test_an_error_of_a_round_is_raised_and_a_divergence_told(together: int) -> None:
    diverged = DivergedError("training diverged: the loss of step 3 is nan")
    with closing(Rounds(together)) as rounds:
        begin(rounds, 0, lambda stopped: Lesson(2, stopped, error=diverged))
        *_, (number, end) = rounds
        assert number == 0
        assert isinstance(end, Ended)
        assert end.diverged is diverged
        begin(rounds, 1, lambda stopped: Lesson(2, stopped, error=MemoryError("no room")))
        with pytest.raises(MemoryError, match="no room"):
            list(rounds)
