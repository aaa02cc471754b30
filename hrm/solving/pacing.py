"""The pace of animations in the command line, films and the app: one frame per high-level cycle."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from hrm.events import Segment

SEGMENTS_A_SECOND = 1.5
"""The default pace; a solve of 2 to 8 segments takes 4 to 8 seconds."""

_HOLD = 1.5
"""Duration of the puzzle and of the last frame of a pass, in segments: 1 s by default."""

_FIRST = 2.0
"""Duration of the first segment, in segments: it changes nearly every cell."""

_TRIED = 2.0
"""Duration of a segment of copies or what-ifs, in segments: there are many boards to look at."""

_LEARNED = 0.6
"""How long a look at what an adaptation has come to is shown again, in segments."""


def frame_count(segment: Segment) -> int:
    """Number of frames of a segment; 1 if it has no beliefs."""
    return 1 if segment.beliefs is None else len(segment.beliefs)


def frame_seconds(segment: Segment | None, cycle: int, speed: float) -> float:
    """Seconds to show the frame of `cycle` (from 1), or of the puzzle if `segment` is None; `speed`
    is in segments per second."""
    if segment is None:
        return _HOLD / speed
    count = frame_count(segment)
    length = _FIRST if segment.number == 1 and not segment.attempt else 1.0
    length = _TRIED if segment.tried else length
    hold = _HOLD if segment.stops and cycle == count else 0.0
    return (length / count + hold) / speed


def frames(segment: Segment, speed: float) -> Iterator[tuple[int, float]]:
    """The cycle of every frame of a segment, and the seconds that it is shown."""
    for cycle in range(1, frame_count(segment) + 1):
        yield cycle, frame_seconds(segment, cycle, speed)


def learned_seconds(speed: float) -> float:
    """Seconds that a look at an adaptation is shown where it is not shown as it happens."""
    return _LEARNED / speed


class Shown(Protocol):
    """What is on the screen for a time."""

    @property
    def seconds(self) -> float: ...


F = TypeVar("F", bound=Shown)


class Projector(Generic[F]):
    """Shows frames one after the other, each for its time, while the model makes more of them.

    `show` draws a frame; `wait` sleeps for so many seconds, and may raise to end it all.
    """

    def __init__(
        self,
        show: Callable[[F], None],
        wait: Callable[[float], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._show, self._wait, self._now = show, wait, now
        self._frames: deque[F] = deque()
        self._due = now()

    @property
    def idle(self) -> bool:
        """Whether the last frame has been shown for its time, and there is no other."""
        return not self._frames and self._now() >= self._due

    def add(self, frame: F) -> None:
        self._frames.append(frame)

    def play(self) -> None:
        """Show what is due, and wait for nothing."""
        while self._frames and self._now() >= self._due:
            self._next()

    def finish(self) -> None:
        """Show all that is left, the last frame for its time too."""
        while self._frames:
            self._rest()
            self._next()
        self._rest()

    def _rest(self) -> None:
        left = self._due - self._now()
        if left > 0:
            self._wait(left)

    def _next(self) -> None:
        frame = self._frames.popleft()
        self._show(frame)
        self._due = self._now() + frame.seconds
