"""A race against the model: who is first, and what may be seen of its board until then."""

from __future__ import annotations

from typing import Any

from hrm.events import Adapted, Finished, Segment, SolveEvent
from hrm_tui.play.forecast import veiled
from puzzles import domain
from puzzles.contract.protocol import Verdict
from puzzles.drawing.montage import render
from puzzles.drawing.picture import Picture
from puzzles.text.text_grid import counted

PACE = 5.0
"""Seconds the model takes for a segment of a race at least: at its own pace it would be done before
a person has read the board."""


class Race:
    """`line` says how the model stands; `picture` is its board, always veiled."""

    def __init__(self, task: str, puzzle: Any, pace: float) -> None:
        self._task, self._puzzle = task, puzzle
        at_least = f"; it takes at least {pace:g} s a segment" if pace else ""
        self.line = f"The model is getting ready{at_least}."
        self.picture: Picture | None = None
        self.segments = 0
        self.over = False
        self._gave_up = False

    def take(self, event: SolveEvent) -> str:
        """Take an event of the model; a sentence for the player if the race is decided by it."""
        if isinstance(event, Adapted):
            shown = f"{event.reproduced} of {event.demonstrations}"
            self.line = f"The model learns the demonstrations: {shown}"
        elif isinstance(event, Segment):
            self.segments += 1
            self.line = f"The model: segment {self.segments}"
            self._draw(event)
        elif isinstance(event, Finished):
            self.over = True
            return self._finish(event)
        return ""

    def _draw(self, event: Segment) -> None:
        marks = Verdict(not event.broken, ())
        drawn = render(domain(self._task), self._puzzle, event.answer, marks, changed=event.changed)
        self.picture = veiled(self._task, drawn, event.changed)

    def _finish(self, event: Finished) -> str:
        count = counted(self.segments, "segment")
        if event.solved:
            self.line = f"The model: done in {count}"
            return f"The model was first, in {count}. Play on."
        if event.solved is None:
            self.line = f"The model: an answer in {count}"
            return f"The model has an answer after {count}; it cannot be checked."
        self._gave_up = True
        self.line = f"The model: gave up after {count}"
        return f"The model gave up after {count}. The field is yours."

    def won_by_player(self) -> str:
        """End the race; the sentence that says who was first, empty where that was said before."""
        decided, self.over = self.over, True
        if decided:
            return "The model had given up." if self._gave_up else ""
        at = f"at segment {self.segments}" if self.segments else "not yet started"
        self.line = f"The model: {at}"
        return f"You were first; the model was {at}."
