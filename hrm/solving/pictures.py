"""What every viewer draws of a solve: a segment, and the answers at its end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hrm.events import Finished, Segment
from hrm.solving.pacing import frame_count
from puzzles.contract.protocol import AnyDomain, Verdict
from puzzles.contract.tokens import Position
from puzzles.drawing.montage import render
from puzzles.drawing.picture import Picture, Room


def segment_picture(
    kind: AnyDomain, puzzle: Any, segment: Segment, cycle: int = 0, room: Room | None = None
) -> Picture:
    """The beliefs after `cycle` of a segment, from 1. After the last one, or with 0, the answer
    with its marks."""
    supposed = supposed_cells(segment.hypothesis)
    beliefs = None if segment.beliefs is None else segment.beliefs[cycle - 1]
    if 0 < cycle < frame_count(segment):
        return render(kind, puzzle, beliefs=beliefs, room=room, supposed=supposed)
    return render(
        kind,
        puzzle,
        segment.answer,
        Verdict(solved=not segment.broken, broken=segment.broken),
        changed=segment.changed,
        confidence=segment.confidence,
        beliefs=beliefs,
        room=room,
        supposed=supposed,
    )


def answer_picture(
    kind: AnyDomain, puzzle: Any, end: Finished, number: int = 0, room: Room | None = None
) -> Picture:
    """A final answer with its marks, or of several the one of that `number`."""
    answer = end.candidates[number].answer
    # a puzzle read from a trace has no known answer; the marks of the first attempt are there
    marks = Verdict(end.solved, end.broken, end.reasons)
    if number:
        marks = kind.check(puzzle, answer)
    return render(kind, puzzle, answer, marks, room=room)


def supposed_cells(hypothesis: Sequence[str] | None) -> tuple[Position, ...]:
    """The cells that a what-if names: (3, 6) of "r4c7 = 5"."""
    named = [re.match(r"r(\d+)c(\d+)\b", text) for text in hypothesis or ()]
    return tuple((int(one[1]) - 1, int(one[2]) - 1) for one in named if one)
