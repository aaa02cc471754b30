"""The scenes of a solve: a board, the words below it, and how long they are shown.

Scenes are made as the events arrive, so that `hrm demo` can show a solve while it runs and `hrm
record` writes the same to a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hrm.events import Adapted, Finished, Learning, Segment, SolveEvent, Started
from hrm.solving import wording
from hrm.solving.pacing import (
    SEGMENTS_A_SECOND,
    frame_count,
    frame_seconds,
    frames,
    learned_seconds,
)
from hrm.solving.pictures import answer_picture, segment_picture
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Answer
from puzzles.drawing.montage import GAP, beside, blocks, demonstrations, render, titled
from puzzles.drawing.picture import Cell, Picture, Room

ADAPTING_SCENES = 12
"""Most scenes that show how the demonstrations of a task are learned."""

STRIP_SHARE = 0.4
"""Share of the lines for the demonstrations above a task's answer."""

_SO_FAR = "answer so far"
_END_SEGMENTS = 4.0
"""How long the end is held, in segments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`heading` says where the solve stands, `words` what the model said last; they are `old` in
    the middle of a segment. `halting` is how strongly the model wants to stop, from 0 to 1 and None
    before it has said anything, `chance` how likely it thinks it is right. `solved` is None before
    the end, or if nobody knows."""

    picture: Picture
    heading: str
    words: tuple[str, ...] = ()
    old: bool = False
    halting: float | None = None
    chance: str = ""
    ended: bool = False
    solved: bool | None = None
    seconds: float


class Scenes:
    """Turns the events of one puzzle into scenes, whose pictures fit into `room`."""

    def __init__(
        self, kind: AnyDomain, puzzle: Any, room: Room, *, speed: float = SEGMENTS_A_SECOND
    ) -> None:
        """`speed` is in segments a second."""
        self._kind, self._puzzle, self._speed = kind, puzzle, speed
        self._decided: Segment | None = None
        self._adapted = (-1, -1)
        self.resize(room)

    def resize(self, room: Room) -> None:
        """Fit the pictures of further events into another room."""
        kind, puzzle = self._kind, self._puzzle
        self._room = self._whole = room
        self._strip, self._least = Picture(()), (0, 0)
        if kind.adapts:
            self._make_strip(room)
            test = blocks(render(kind, puzzle, room=self._share(2)))[-1]
            self._board(titled(_SO_FAR, test))  # room for an answer of the same size

    def _make_strip(self, room: Room, outputs: Sequence[Answer] = ()) -> None:
        """Put the demonstrations above, each with a model's output for it; the rest of the lines is
        for what is below them."""
        rows = room.rows - 2  # its words are longer
        lines = max(4, int(rows * STRIP_SHARE))
        self._strip = demonstrations(self._kind, self._puzzle, replace(room, rows=lines), outputs)
        left = rows - len(self._strip.rows) - 1
        self._room = replace(room, rows=max(3, left - 2))  # two lines of title

    def of(self, event: SolveEvent) -> Iterator[Scene]:
        """The scenes of an event; none if it shows nothing new."""
        if isinstance(event, Started):
            seconds = frame_seconds(None, 1, self._speed)
            yield Scene(picture=self._board(), heading="the puzzle", seconds=seconds)
        elif isinstance(event, Adapted):
            yield from self._adapting(event)
        elif isinstance(event, Segment):
            for cycle, seconds in frames(event, self._speed):
                yield self._thinking(event, cycle, seconds)
            self._decided = event
        else:
            yield self._end(event)

    def _adapting(self, event: Adapted) -> Iterator[Scene]:
        share = event.seconds / event.budget if event.budget else 0.0
        if event.steps:
            share = event.step / event.steps
        now = int(share * ADAPTING_SCENES), event.reproduced
        if now == self._adapted:
            return
        self._adapted = now
        heading, *words = wording.caption(event).splitlines()
        yield Scene(
            picture=self._learned(event.learning),
            heading=heading,
            words=tuple(words),
            seconds=learned_seconds(self._speed),
        )

    def _learned(self, learning: Learning | None) -> Picture:
        """What the current weights make of the demonstrations and of the test."""
        if learning is None:
            return self._board()
        self._make_strip(self._whole, learning.shown)
        if not learning.guesses:
            return self._board()
        guess = render(self._kind, self._puzzle, learning.guesses[0], room=self._share(2))
        return self._board(titled("present guess", guess))

    def _thinking(self, segment: Segment, cycle: int, seconds: float) -> Scene:
        cycles = frame_count(segment)
        whole = cycle == cycles
        decided = segment if whole else self._decided
        return Scene(
            picture=self._belief(segment, cycle, whole=whole),
            heading=wording.place(segment, cycle),
            words=() if decided is None else (wording.sentence(decided),),
            old=not whole,
            halting=_share_of(decided),
            chance="" if decided is None else wording.chance(decided),
            seconds=seconds,
        )

    def _end(self, event: Finished) -> Scene:
        return Scene(
            picture=self._attempts(event),
            heading="the answer",
            words=(wording.verdict(event, self._decided),),
            halting=_share_of(self._decided),
            chance="" if self._decided is None else wording.chance(self._decided),
            ended=True,
            solved=event.solved,
            seconds=_END_SEGMENTS / self._speed,
        )

    def _board(self, *answers: Picture) -> Picture:
        """The puzzle or its answer; for ARC the test, with its answers beside it and the strip
        above."""
        if not self._kind.adapts:
            return answers[0] if answers else render(self._kind, self._puzzle, room=self._room)
        room = self._share(1 + max(1, len(answers)))
        task = blocks(render(self._kind, self._puzzle, room=room))[-1]
        return self._steady(below([self._strip, beside([task, *answers])]))

    def _steady(self, picture: Picture) -> Picture:
        """Pad to the size of the largest picture so far, so that the words stay where they are."""
        width, height = self._least
        self._least = max(width, picture.width), max(height, len(picture.rows))
        used = sum(len(cell.text) for cell in picture.rows[0])
        first = (*picture.rows[0], Cell(" " * (self._least[0] - used), "blank"))
        missing = self._least[1] - len(picture.rows)
        return Picture((first, *picture.rows[1:], *[()] * missing))

    def _share(self, pictures: int) -> Room:
        """The room for one of several pictures beside each other."""
        room = self._room
        return room if pictures == 1 else replace(room, columns=room.columns // pictures - len(GAP))

    def _belief(self, segment: Segment, cycle: int, *, whole: bool) -> Picture:
        room = self._share(2 if self._kind.adapts else 1)
        shown = segment_picture(self._kind, self._puzzle, segment, cycle, room)
        return self._board(titled(_SO_FAR, shown) if whole and self._kind.adapts else shown)

    def _attempts(self, event: Finished) -> Picture:
        kind, puzzle = self._kind, self._puzzle
        if not kind.adapts:
            return self._board(answer_picture(kind, puzzle, event, room=self._room))
        room = self._share(1 + len(event.candidates))
        return self._board(
            *(
                titled(
                    wording.vote_share(event.candidates, number),
                    answer_picture(kind, puzzle, event, number, room),
                )
                for number in range(len(event.candidates))
            )
        )


def scenes(
    kind: AnyDomain,
    puzzle: Any,
    events: Iterable[SolveEvent],
    room: Room,
    *,
    speed: float = SEGMENTS_A_SECOND,
) -> Iterator[Scene]:
    """All scenes of the events of one puzzle."""
    made = Scenes(kind, puzzle, room, speed=speed)
    for event in events:
        yield from made.of(event)


def title_of(events: Iterable[SolveEvent]) -> str:
    """What is solved, and by which model."""
    start = next((event for event in events if isinstance(event, Started)), None)
    parts = () if start is None else (start.domain, start.name, start.model)
    return " · ".join(part for part in parts if part)


def below(pictures: Sequence[Picture]) -> Picture:
    """The pictures below each other, with an empty row between them."""
    rows: list[tuple[Any, ...]] = []
    for picture in pictures:
        rows += [*([()] if rows else []), *picture.rows]
    return Picture(tuple(rows))


def _share_of(segment: Segment | None) -> float | None:
    return None if segment is None else wording.halting_scale(segment)
