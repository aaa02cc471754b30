"""The pace of animations in the command line and the app: one frame per high-level cycle."""

from __future__ import annotations

from hrm.events import Segment

SEGMENTS_A_SECOND = 1.5
"""The default pace; a solve of 2 to 8 segments takes 4 to 8 seconds."""

_HOLD = 1.5
"""Duration of the puzzle and of the last frame of a pass, in segments: 1 s by default."""

_FIRST = 2.0
"""Duration of the first segment, in segments: it changes nearly every cell."""


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
    hold = _HOLD if segment.stops and cycle == count else 0.0
    return (length / count + hold) / speed
