"""How long the frames of a thought are shown, so that a person can follow it: one frame for every
high-level cycle of a segment. The command line and the app share this."""

from __future__ import annotations

from hrm.events import Segment

SEGMENTS_A_SECOND = 1.5
"""The usual pace. A solve of 2 to 8 segments then takes 4 to 8 seconds."""

_HOLD = 1.5
"""How long the puzzle and the last frame of a pass are held, in segments: a second at that pace."""

_FIRST = 2.0
"""How long the first segment takes, in segments: in it nearly everything changes."""


def frame_count(segment: Segment) -> int:
    """One frame where nothing is known of its cycles."""
    return 1 if segment.beliefs is None else len(segment.beliefs)


def frame_seconds(segment: Segment | None, cycle: int, speed: float) -> float:
    """Seconds that a frame is shown: of the puzzle if `segment` is None, else of its `cycle`, from
    1. `speed` is in segments a second."""
    if segment is None:
        return _HOLD / speed
    count = frame_count(segment)
    length = _FIRST if segment.number == 1 and not segment.attempt else 1.0
    hold = _HOLD if segment.stops and cycle == count else 0.0
    return (length / count + hold) / speed
