"""Shows scenes one after the other, each for its time, while the model makes more of them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from hrm.movie.scenes import Scene


class Projector:
    """`show` draws a scene; `wait` sleeps for so many seconds, and may raise to end it all."""

    def __init__(
        self,
        show: Callable[[Scene], None],
        wait: Callable[[float], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._show, self._wait, self._now = show, wait, now
        self._scenes: deque[Scene] = deque()
        self._due = now()

    def add(self, scene: Scene) -> None:
        self._scenes.append(scene)

    def play(self) -> None:
        """Show what is due, and wait for nothing."""
        self._wait(0)
        while self._scenes and self._now() >= self._due:
            self._next()

    def finish(self) -> None:
        """Show all that is left, the last scene for its time too."""
        while self._scenes:
            self._wait(max(0.0, self._due - self._now()))
            self._next()
        self._wait(max(0.0, self._due - self._now()))

    def _next(self) -> None:
        scene = self._scenes.popleft()
        self._show(scene)
        self._due = self._now() + scene.seconds
