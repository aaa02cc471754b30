"""What the boards of the solve screen show of a frame (the puzzle, the answer so far, or the end),
and the line about the cell under the cursor: how sure the model is of it and what else it
considers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hrm.events import Candidate, Finished, Segment, Tried
from hrm.solving.pictures import answer_picture, segment_picture, supposed_cells
from hrm.solving.wording import vote_share
from hrm.styles import BLOCKS
from hrm_tui.solve.playback import Playback
from puzzles import domain
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Answer, Position
from puzzles.drawing.montage import GAP, beside, blocks, fitted, render, titled, without_places
from puzzles.drawing.picture import Cell, Picture, Role, Room


def legend_entries(kind: AnyDomain, *, tones: bool) -> list[tuple[str, Role, str]]:
    """Marks with their roles and meanings; without `tones` no blocks, as the board has marks in
    their place then."""
    return [one for one in kind.legend if tones or not BLOCKS.issuperset(one[0])]


def legend(task: str, width: int, *, tones: bool = True) -> Picture:
    """A mark as the board shows it and its meaning, as many in a line as fit in `width`."""
    rows: list[list[Cell]] = [[]]
    for mark, role, meaning in legend_entries(domain(task), tones=tones):
        level = 0.4 if role == "candidate" else 1.0
        entry = [Cell(mark, role, level=level), Cell(f" {meaning}  ", "blank")]
        used = sum(len(cell.text) for cell in rows[-1])
        if used and used + sum(len(cell.text) for cell in entry) > width:
            rows.append([])
        rows[-1] += entry
    return Picture(tuple(map(tuple, rows)))


def legend_below(kind: AnyDomain, puzzle: Any, room: Room) -> Picture | None:
    """The legend for the last lines of `room`, below the board; None if a picture that has all of
    them explains itself, or is whole only there."""
    said = legend(kind.name, room.columns, tones=room.tones)
    above = replace(room, rows=room.rows - len(said.rows))
    whole, rest = (board_picture(kind, puzzle, Playback(), None, one) for one in (room, above))
    last = "".join(cell.text for cell in whole.rows[-1])
    words = [word.partition(",")[0] for *_, word in legend_entries(kind, tones=room.tones)]
    in_the_way = len(whole.rows) <= room.rows and len(rest.rows) > above.rows
    return None if in_the_way or all(word in last for word in words) else said


def board_picture(
    kind: AnyDomain,
    puzzle: Any,
    playback: Playback,
    exact: Answer | None,
    room: Room | None = None,
) -> Picture:
    """The frame of `playback`, or the `exact` answer in its place, as large as `room` allows."""
    if not kind.adapts:
        return _answer_on_board(kind, puzzle, playback, exact, room)
    end = playback.finished if playback.at_end and exact is None else None
    room = None if room is None else _share(room, 3 if end and len(end.candidates) > 1 else 2)
    task = blocks(render(kind, puzzle, room=room))[-1]
    if exact is not None:
        return beside([task, titled("known answer", render(kind, puzzle, exact, room=room))])
    if end is not None:
        level = Picture((*task.rows[:1], (), *task.rows[1:]))  # attempts have two lines of title
        return beside([level, *_attempts(kind, puzzle, end, room)])
    if playback.segment is not None:
        shown = _frame(kind, puzzle, playback, room)
        return beside([task, titled("answer so far", shown)])
    learning = playback.learning
    if learning is not None and learning.guesses:
        guess = render(kind, puzzle, learning.guesses[0], room=room)
        return beside([task, titled("present guess", without_places(guess))])
    return task


def _share(room: Room, pictures: int) -> Room:
    """Of one of so many beside each other, below two lines of title."""
    return replace(room, columns=room.columns // pictures - len(GAP), rows=room.rows - 2)


def _answer_on_board(
    kind: AnyDomain, puzzle: Any, playback: Playback, exact: Answer | None, room: Room | None
) -> Picture:
    if exact is not None:
        return render(kind, puzzle, exact, room=room)
    end = playback.finished
    if playback.at_end and end is not None:
        return answer_picture(kind, puzzle, end, room=room)
    if playback.segment is not None:
        return _frame(kind, puzzle, playback, room)
    return render(kind, puzzle, room=room)


def _frame(kind: AnyDomain, puzzle: Any, playback: Playback, room: Room | None) -> Picture:
    segment = playback.segment
    assert segment is not None
    cycle = playback.cycle if playback.inside else 0
    return segment_picture(kind, puzzle, segment, cycle, room)


def _attempts(kind: AnyDomain, puzzle: Any, end: Finished, room: Room | None) -> list[Picture]:
    drawn = []
    for number in range(len(end.candidates)):
        picture = answer_picture(kind, puzzle, end, number, room)
        if number:  # the cursor belongs to the first attempt
            picture = without_places(picture)
        share = vote_share(end.candidates, number)
        drawn.append(titled(f"attempt {number + 1}", titled(share, picture)))
    return drawn


def thumbnails(
    kind: AnyDomain, puzzle: Any, segments: Sequence[Segment], room: Room
) -> tuple[int, Picture]:
    """The copies or what-ifs of the last segment in rows, as many as `room` has place for, and how
    many they are: each small, below it what it is and how it stands. That alone stands there where
    fewer than two small boards fit."""
    segment = segments[-1]
    drawn, width, height, across = _tried(kind, puzzle, segment, room)
    if len(drawn) > 1 and across * (room.rows // height) < 2:
        drawn, width, height, across = _tried(kind, puzzle, segment, replace(room, tones=False))
    fit = across * max(1, room.rows // height)
    shown = [drawn[attempt] for attempt in _places(segments, fit)]
    rows: list[tuple[Cell, ...]] = []
    for first in range(0, len(shown), across):
        line = [fitted(picture, width, height) for picture in shown[first : first + across]]
        rows += beside(line, " ").rows
    return len(shown), Picture(tuple(rows))


def _tried(
    kind: AnyDomain, puzzle: Any, segment: Segment, room: Room
) -> tuple[dict[int, Picture], int, int, int]:
    """The small pictures by their attempt, their width and height, and how many fit in a line."""
    drawn = {
        one.attempt: _thumbnail(kind, puzzle, one, segment, room) for one in segment.tried or ()
    }
    width = max(picture.width for picture in drawn.values())
    height = max(len(picture.rows) for picture in drawn.values())
    return drawn, width, height, max(1, (room.columns + 1) // (width + 1))


def _places(segments: Sequence[Segment], fit: int) -> list[int]:
    """The attempts that are shown after the last segment, each in the place that it has had since
    its round began. One that comes to lead takes the place of the worst."""
    shown: list[int] = []
    for segment in segments:
        broken = {one.attempt: one.violations for one in segment.tried or ()}
        if not shown or not broken.keys() >= set(shown):
            best = sorted(broken, key=lambda one: (one != segment.attempt, broken[one]))[:fit]
            shown = [one for one in broken if one in best]
        elif segment.attempt not in shown:
            shown[shown.index(max(shown, key=broken.__getitem__))] = segment.attempt
    return shown


def vote_thumbnails(
    kind: AnyDomain, puzzle: Any, votes: Sequence[Candidate], room: Room
) -> Picture:
    """Distinct answers, the most frequent first; the two that would be the attempts are marked."""
    small = replace(room, columns=THUMBNAIL[0], rows=THUMBNAIL[1], sketch=True)
    drawn = []
    for place, vote in enumerate(votes):
        mark, role = ("▸", "given") if place < ATTEMPTS else (" ", "label")
        name = Cell(f"{mark}{100 * vote.share:.0f} %", role)
        picture = without_places(render(kind, puzzle, vote.answer, room=small))
        drawn.append(Picture((*picture.rows, (name,))))
    width = max(picture.width for picture in drawn)
    height = max(len(picture.rows) for picture in drawn)
    across = max(1, (room.columns + 1) // (width + 1))
    rows: list[tuple[Cell, ...]] = []
    for first in range(0, min(len(drawn), across * max(1, room.rows // height)), across):
        line = [fitted(picture, width, height) for picture in drawn[first : first + across]]
        rows += beside(line, " ").rows
    return Picture(tuple(rows))


def _thumbnail(kind: AnyDomain, puzzle: Any, one: Tried, segment: Segment, room: Room) -> Picture:
    leads = one.attempt == segment.attempt
    deeper = one.hypothesis is not None and len(one.hypothesis) > 1
    mark = "▸" if leads else "…" if deeper else " "
    name = Cell(f"{mark}{_short_name(one)}", "given" if leads else "label")
    said = Cell(" ✓", "answer")
    if one.violations:  # two columns for the number, so that none is wider at the end
        said = Cell(
            f"{'✗' if one.over else ' '}{one.violations:<2}", "broken" if one.over else "label"
        )
    below = (name, said)
    if not room.tones:
        return Picture((below,))
    small = replace(room, columns=THUMBNAIL[0], rows=THUMBNAIL[1], sketch=True)
    verdict = kind.check(puzzle, one.answer)
    supposed = supposed_cells(one.hypothesis)
    picture = render(kind, puzzle, one.answer, verdict, room=small, supposed=supposed)
    return Picture((*without_places(picture).rows, below))


def _short_name(one: Tried) -> str:
    if one.hypothesis is None:
        return f"copy {one.attempt}"
    return one.hypothesis[-1].replace(" = ", "=")


ATTEMPTS = 2
"""Answers that an ARC task allows."""

THUMBNAIL = (10, 5)
"""Columns and lines of a copy's or what-if's small board, if it can be that small."""

WEIGHED = 4
"""Most symbols of a cell that are listed."""

LEAST = 0.005
"""Alternatives below half a per cent are not worth their place."""


def cell_line(kind: AnyDomain, playback: Playback, at: Position | None) -> str:
    """`r5c2: 4 61 %  8 22 %  2 9 %`, of the frame that is shown; rows and columns count from 1 as
    in the rules' sentences."""
    if at is None:
        return "h j k l or the mouse: look at a cell"
    name = f"r{at[0] + 1}c{at[1] + 1}"
    segment = playback.segment
    if segment is None:
        return f"{name}: no segment yet"
    rows, columns = segment.answer.shape
    if at[0] >= rows or at[1] >= columns:
        return f"{name}: outside the answer"
    return f"{name}: {_said_of(kind, segment, playback.cycle if playback.inside else 0, at)}"


def _said_of(kind: AnyDomain, segment: Segment, cycle: int, at: Position) -> str:
    """After a cycle, from 1, or 0 for the last one."""
    if segment.beliefs is not None:
        likely = segment.beliefs[cycle - 1][at] / 255
        order = np.argsort(-likely, kind="stable")[:WEIGHED].tolist()
        return _weighed(kind, order, likely[order].tolist())
    if segment.alternatives is not None:
        shares = segment.alternatives.probabilities[:, at[0], at[1]].tolist()
        tokens = segment.alternatives.tokens[:, at[0], at[1]].tolist()
        return _weighed(kind, tokens, shares)
    if segment.confidence is not None:
        return f"{100 * float(segment.confidence[at]):.0f} % sure"
    return "a copy's confidence is not known"


def _weighed(kind: AnyDomain, tokens: Sequence[int], shares: Sequence[float]) -> str:
    return "   ".join(
        f"{_glyph(kind, token)} {100 * share:.0f} %"
        for token, share in zip(tokens, shares, strict=True)
        if share >= LEAST
    )


def _glyph(kind: AnyDomain, token: int) -> str:
    glyphs = (*kind.spec.glyphs, *kind.spec.further)
    return (glyphs[token] if token < len(glyphs) else "") or "?"
