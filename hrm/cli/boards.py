"""One puzzle on the terminal: its board changes segment by segment, then comes the verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.text import Text

from hrm.cli import output
from hrm.cli.viewers import Viewer
from hrm.events import Adapted, Finished, Segment, SolveEvent, Started, Update
from hrm.solving import wording
from hrm.terminal import clean_line
from puzzles.base import AnyDomain, Picture, Verdict

PATIENCE = 1.0
"""Seconds that a segment may take before its progress is shown."""

_STYLE_OF = {True: "bold green", False: "bold red", None: "bold yellow"}


class Boards(Viewer):
    """Puzzle and answer side by side with a verdict, and every segment before it if animated.

    In a terminal an animation redraws one place; elsewhere each segment is printed below the last.
    """

    def __init__(
        self,
        domain: AnyDomain,
        puzzles: Sequence[Any],
        *,
        animate: bool,
        speed: float,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._domain = domain
        self._puzzles = puzzles
        self._animate = animate
        self._frame_seconds = 1 / speed
        self._pause = pause
        self._console = output.data_console()
        self._live: Live | None = None
        self._next_frame = 0.0
        self._drawn = time.monotonic()
        self._title = ""
        self._last: Segment | None = None

    def show(self, event: SolveEvent) -> None:
        if isinstance(event, Started):
            self._title = " · ".join(filter(None, (event.domain, event.name, event.model)))
            self._last = None
        elif isinstance(event, Finished):
            self.close()
            self._print_result(event)
        else:
            if isinstance(event, Segment):
                self._last = event
            if self._animate:
                self._draw(self._frame(event))

    def inside(self, update: Update) -> None:
        """How far a slow segment has come, below the board of the one before it."""
        slow = time.monotonic() - self._drawn > PATIENCE
        if not self._animate or not self._console.is_terminal or not slow:
            return
        number = self._last.number + 1 if self._last else 1
        line = Text(wording.progress_inside(update, number), "dim")
        self._redraw(Group(*([self._frame(self._last)] if self._last else []), line))

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _draw(self, frame: Group) -> None:
        if not self._console.is_terminal:
            self._console.print(frame)
            return
        self._pause(max(0.0, self._next_frame - time.monotonic()))
        self._redraw(frame)
        self._drawn = time.monotonic()
        self._next_frame = self._drawn + self._frame_seconds

    def _redraw(self, frame: Group) -> None:
        if self._live is None:
            self._live = Live(console=self._console, transient=True, auto_refresh=False)
            self._live.start()
        self._live.update(frame, refresh=True)

    def _frame(self, event: Segment | Adapted) -> Group:
        boards = []
        if isinstance(event, Segment):
            puzzle = self._puzzles[event.puzzle]
            answer = self._domain.render(
                puzzle,
                event.answer,
                Verdict(solved=not event.broken, broken=event.broken),
                changed=event.changed,
                confidence=event.confidence,
            )
            boards = [*self._left(puzzle), ("answer so far", answer)]
        return Group(
            Text(clean_line(self._title), "bold"),
            output.beside(boards, self._console.width) if boards else Text(),
            Text(wording.caption(event)),
        )

    def _left(self, puzzle: Any) -> list[tuple[str, Picture]]:
        """The puzzle beside an animated answer. Not above it, and not ARC's many demonstrations:
        what is taller than the terminal cannot be redrawn in place."""
        picture = self._domain.render(puzzle)
        wide = 2 * picture.width + 3 > self._console.width
        return [] if wide or not self._domain.checkable else [("puzzle", picture)]

    def _print_result(self, event: Finished) -> None:
        puzzle = self._puzzles[event.puzzle]
        picture = self._domain.render(puzzle)
        answers = [
            (self._answer_title(event, number), self._answer_picture(event, number))
            for number in range(len(event.candidates))
        ]
        width = self._console.width
        self._console.print(Text(clean_line(self._title), "bold"))
        if self._domain.checkable:
            self._console.print(output.beside([("puzzle", picture), *answers], width))
        else:
            self._console.print(output.beside([("task", picture)], width), Text())
            self._console.print(output.beside(answers, width))
        self._console.print()
        self._console.print(Text(wording.verdict(event, self._last), _STYLE_OF[event.solved]))
        if event.reasons and not event.solved:
            self._console.print(Text(wording.reasons(event.reasons)))
        if len(self._puzzles) > 1:
            self._console.print()

    def _answer_title(self, event: Finished, number: int) -> str:
        if self._domain.checkable:
            return "answer"
        return f"attempt {number + 1}, {100 * event.candidates[number].share:.0f} % of the votes"

    def _answer_picture(self, event: Finished, number: int) -> Picture:
        puzzle = self._puzzles[event.puzzle]
        answer = event.candidates[number].answer
        marks = Verdict(event.solved, event.broken, event.reasons)
        if number:  # of the first attempt only the event, and so a trace, knows them
            marks = self._domain.check(puzzle, answer)
        return self._domain.render(puzzle, answer, marks)
