"""Where a viewer stands in the events of a solve. Thinking runs ahead and is buffered here, so that
one can stop and step back while it goes on; a loaded trace is the same with all events there."""

from __future__ import annotations

from dataclasses import dataclass, field

from hrm.events import Adapted, Finished, Segment, SolveEvent, Started

SPEEDS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Segments a second."""


@dataclass(slots=True)
class Playback:
    """Frame 0 is the puzzle, frame n the nth segment, the last one the end, once there is one.

    `position` is the frame that is shown.
    """

    started: Started | None = None
    adapted: list[Adapted] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    finished: Finished | None = None
    position: int = 0
    playing: bool = False
    speed: float = 4.0

    def add(self, event: SolveEvent) -> None:
        if isinstance(event, Started):
            self.started = event
        elif isinstance(event, Adapted):
            self.adapted.append(event)
        elif isinstance(event, Segment):
            self.segments.append(event)
        else:
            self.finished = event

    def clear(self) -> None:
        """Forget all events; the speed stays."""
        self.started = self.finished = None
        self.adapted, self.segments = [], []
        self.position, self.playing = 0, False

    def reopen(self) -> None:
        """Drop the end, because thinking goes on."""
        self.finished = None
        self.position = min(self.position, self.last)

    @property
    def last(self) -> int:
        """The number of the last frame so far."""
        return len(self.segments) + (self.finished is not None)

    @property
    def at_end(self) -> bool:
        """Whether the end is there and shown."""
        return self.finished is not None and self.position == self.last

    @property
    def segment(self) -> Segment | None:
        """The segment of the frame, at the end the last one; None for the puzzle alone."""
        place = min(self.position, len(self.segments))
        return self.segments[place - 1] if place else None

    @property
    def events(self) -> list[SolveEvent]:
        """All that was added, in an order in which a trace has it."""
        ends: list[Started | Finished | None] = [self.started, self.finished]
        first, last = ([] if end is None else [end] for end in ends)
        return [*first, *self.adapted, *self.segments, *last]

    def go(self, position: int) -> None:
        """Show a frame and stay there; numbers beyond the ends mean the ends."""
        self.position, self.playing = max(0, min(position, self.last)), False

    def toggle(self) -> None:
        """Play or pause; from the end, play again from the beginning."""
        if self.at_end:
            self.position, self.playing = 0, True
        else:
            self.playing = not self.playing

    def tick(self) -> bool:
        """Advance by one frame if it is playing and there is one; True if it did."""
        if not self.playing or self.position >= self.last:
            return False
        self.position += 1
        if self.at_end:
            self.playing = False
        return True

    def change_speed(self, by: int) -> None:
        place = SPEEDS.index(self.speed) + by
        self.speed = SPEEDS[max(0, min(place, len(SPEEDS) - 1))]
