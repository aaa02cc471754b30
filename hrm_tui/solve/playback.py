"""Where a viewer stands in the events of a solve. Thinking runs ahead and is buffered here, so that
one can stop and step back while it runs; a loaded trace is the same with all events there."""

from __future__ import annotations

from dataclasses import dataclass, field

from hrm.events import Adapted, Finished, Learning, Segment, SolveEvent, Started
from hrm.solving.pacing import SEGMENTS_A_SECOND, frame_count, frame_seconds, learned_seconds

SPEEDS = tuple(SEGMENTS_A_SECOND * 2.0**power for power in range(-2, 5))
"""Segments a second."""

WAIT = 0.05
"""Seconds until one looks again for a frame that has not come yet."""

SOONEST = 0.01
"""Least seconds between two frames."""


@dataclass(slots=True)
class Playback:
    """Position 0 is the puzzle, position n the nth segment, and the last position the end, if there
    is one.

    `position` is what is shown, and of a segment the frame of its `cycle`, from 1; the last cycle
    shows the segment as it ended. During an adaptation, `look` is the look that is shown in place
    of the puzzle, None for the newest. `seen` counts the segments that were shown to their end:
    thinking runs ahead, and its results are not given away before.
    """

    started: Started | None = None
    adapted: list[Adapted] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    finished: Finished | None = None
    position: int = 0
    cycle: int = 1
    look: int | None = None
    seen: int = 0
    playing: bool = False
    speed: float = SEGMENTS_A_SECOND

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
        self.position, self.cycle, self.look, self.playing = 0, 1, None, False
        self.seen = 0

    def reopen(self) -> None:
        """Drop the end, because thinking continues."""
        self.finished = None
        if self.position > self.last:
            self._show(self.last)

    @property
    def last(self) -> int:
        """The number of the last frame so far."""
        return len(self.segments) + (self.finished is not None)

    @property
    def at_end(self) -> bool:
        """Whether the end is there and shown."""
        return self.finished is not None and self.position == self.last

    @property
    def voted(self) -> bool:
        """Whether the result of a vote after an adaptation is shown."""
        end = self.finished
        return self.at_end and end is not None and end.found == "vote" and bool(self.adapted)

    @property
    def segment(self) -> Segment | None:
        """The segment of the frame, at the end the last one; None for the puzzle alone."""
        place = min(self.position, len(self.segments))
        return self.segments[place - 1] if place else None

    @property
    def learned(self) -> Adapted | None:
        """The look at the adaptation that is shown, while no segment is."""
        if not self.adapted or self.position:
            return None
        return self.adapted[-1 if self.look is None else self.look]

    @property
    def learning(self) -> Learning | None:
        """How far the adaptation had come in `learned`."""
        return self.learned.learning if self.learned else None

    @property
    def taught(self) -> Learning | None:
        """What the adaptation had come to, also once segments are shown."""
        if not self.adapted:
            return None
        return self.adapted[-1 if self.look is None else self.look].learning

    @property
    def events(self) -> list[SolveEvent]:
        """All that was added, in an order in which a trace has it."""
        ends: list[Started | Finished | None] = [self.started, self.finished]
        first, last = ([] if end is None else [end] for end in ends)
        return [*first, *self.adapted, *self.segments, *last]

    @property
    def cycles(self) -> int:
        """Frames of what is shown: 1 for the puzzle and the end."""
        inside = 0 < self.position <= len(self.segments)
        return frame_count(self.segments[self.position - 1]) if inside else 1

    @property
    def inside(self) -> bool:
        """Whether the segment that is shown had not ended in this frame."""
        return self.cycle < self.cycles

    @property
    def frame(self) -> tuple[object, ...]:
        """What is shown, and whether it plays; another one is shown for a time of its own."""
        return self.playing, self.position, self.cycle, self.look

    @property
    def delay(self) -> float:
        """Seconds until the next `tick`, if it is playing."""
        if not self.playing or self.at_end:
            return WAIT
        if self.look is not None:
            return learned_seconds(self.speed)
        segment = None if self.position == 0 else self.segment
        return frame_seconds(segment, self.cycle, self.speed)

    @property
    def decided(self) -> Segment | None:
        """The last segment that had ended in this frame."""
        return self.segments[self.ended - 1] if self.ended else None

    @property
    def ended(self) -> int:
        """How many segments had ended in this frame."""
        return min(self.position, len(self.segments)) - self.inside

    def _show(self, position: int, *, cycle: int | None = None, look: int | None = None) -> None:
        """Without `cycle` the last one, without `look` the newest."""
        self.position, self.look = position, look
        self.cycle = self.cycles if cycle is None else cycle
        self.seen = max(self.seen, self.ended)

    def go(self, position: int) -> None:
        """Show a position, its last frame, and stay there; numbers beyond the ends mean these."""
        position = max(0, min(position, self.last))
        first = position == 0 and len(self.adapted) > 1
        self._show(position, look=0 if first else None)
        self.playing = False

    def step(self, frames: int) -> None:
        """Show another frame and stay there."""
        self.playing = False
        for _ in range(abs(frames)):
            if frames > 0:
                self._advance()
            elif self.cycle > 1:
                self.cycle -= 1
            elif self.position:
                self._show(self.position - 1)
            elif self.adapted:
                newest = len(self.adapted) - 1
                self.look = max(0, (newest if self.look is None else self.look) - 1)

    def _advance(self) -> bool:
        if self.look is not None:
            self.look = self.look + 1 if self.look < len(self.adapted) - 2 else None
        elif self.inside:
            self.cycle += 1
            self.seen = max(self.seen, self.ended)
        elif self.position < self.last:
            self._show(self.position + 1, cycle=1)
        else:
            return False
        return True

    def toggle(self) -> None:
        """Play or pause; from the end, play again from the beginning."""
        if self.at_end:
            self.go(0)
            self.playing = True
        else:
            self.playing = not self.playing

    def tick(self) -> bool:
        """Advance by one frame if it is playing and there is one; True if it did."""
        if not self.playing or not self._advance():
            return False
        if self.at_end:
            self.playing = False
        return True

    def change_speed(self, by: int) -> None:
        place = SPEEDS.index(self.speed) + by
        self.speed = SPEEDS[max(0, min(place, len(SPEEDS) - 1))]
