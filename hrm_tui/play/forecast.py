"""What a model does for a player: it thinks about the puzzle, or races at a pace that can be
followed, and its board is veiled so that it can be watched and not copied. Knows no widget."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any, cast

import numpy as np

from hrm.events import Finished, Segment, SolveEvent
from hrm.solving.policy import Policy
from hrm_tui.engine import Engine
from puzzles import domain
from puzzles.contract.tokens import BoolGrid
from puzzles.drawing.picture import Cell, Picture
from puzzles.game import Forecast
from puzzles.text.text_grid import counted

_SEGMENTS = 16
"""Enough for the bundled models to be sure of most cells, a second or two of work."""

_SLICE = 0.05
"""Seconds after which a wait looks again whether it is still wanted."""

_KEPT = {"given", "wall", "floor", "start", "goal", "line", "label", "blank"}

Question = Callable[[], bool]


def foresee(engine: Engine, task: str, puzzle: Any, stopped: Question) -> Forecast | None:
    """The chosen model's last answer and its confidence, None if it was stopped before it had any.

    Raises `UserError` as `Engine.session` does.
    """
    last: Segment | None = None
    end: Finished | None = None
    policy = replace(engine.usual, segments=_SEGMENTS, attempts=0)
    for event in solve_events(engine, task, puzzle, policy, stopped):
        if isinstance(event, Segment) and event.confidence is not None:
            last = event
        elif isinstance(event, Finished):
            end = event
    if last is None or last.confidence is None:
        return None
    answer = last.answer if end is None else end.candidates[0].answer
    if answer.shape != last.answer.shape:  # ARC's votes may prefer another size
        return Forecast(answer, np.ones(answer.shape, np.float32))
    return Forecast(answer, last.confidence)


def needed(engine: Engine, task: str, puzzle: Any, stopped: Question) -> str:
    """What the model needs for a puzzle that was solved by hand, in a sentence; empty if it was
    stopped before. Raises `UserError` as `Engine.session` does."""
    events = solve_events(engine, task, puzzle, engine.usual, stopped)
    end = next((event for event in events if isinstance(event, Finished)), None)
    if end is None:
        return ""
    effort = f"{counted(end.segments, 'segment')}, {end.seconds:.1f} s"
    if not end.solved:
        return f"The model did not solve it in {effort}."
    tried = f" and {end.attempts} {end.found}" if end.attempts else ""
    return f"The model needed {effort}{tried}."


def solve_events(
    engine: Engine,
    task: str,
    puzzle: Any,
    policy: Policy,
    stopped: Question,
    pace: float = 0.0,
    held: Question = lambda: False,
) -> Iterator[SolveEvent]:
    """Events of a solve until `stopped`, which closes it; `pace` is the least number of seconds
    that a segment takes, and while `held` none comes."""
    model = engine.chosen.get(task, "")
    events = cast(Generator[SolveEvent], engine.solve(task, puzzle, policy, model))
    with closing(events):
        began = time.monotonic()
        for event in events:
            if isinstance(event, Segment):
                _wait(began + pace, stopped, held)
                began = time.monotonic()
            if stopped():
                return
            yield event


def _wait(until: float, stopped: Question, held: Question) -> None:
    while not stopped() and (held() or time.monotonic() < until):
        time.sleep(_SLICE)


def veiled(task: str, picture: Picture, changed: BoolGrid) -> Picture:
    """A model's answer so that it can be watched and not copied: what it filled in is a square,
    what it just changed a plus. In a maze only the changes show, for any mark is the answer."""
    mark, role = domain(task).veil

    def cover(cell: Cell) -> Cell:
        if cell.at is None or cell.role in _KEPT:
            return cell
        width = len(cell.text)
        if changed[cell.at]:
            return Cell("⁺".ljust(width), "new", cell.at)
        return Cell(mark.ljust(width), role, cell.at)

    return Picture(tuple(tuple(map(cover, row)) for row in picture.rows))
