"""The events of a training run, as those of a solve in `hrm.events`; no torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """Figures of one optimiser step. `loss` is per row; `exact`, `cells` are shares of right rows
    and cells among the rows that halted (all rows, if none did), `segments` their average;
    `examples` counts puzzles."""

    step: int
    loss: float
    exact: float
    cells: float
    segments: float
    halting: float
    examples: int
    rows_per_second: float
    progress: float
    seconds: float
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """The averaged weights on `count` held-out puzzles, single pass: `solved` by the rules.

    `loss` is that of the last training step, `seconds` what the evaluation took. `groups` has for
    each difficulty, easiest first, or each kind of a mix, its name, how many are solved, and how
    many there are.
    """

    step: int
    loss: float
    solved: int
    count: int
    cells: float
    segments: float
    seconds: float
    groups: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """An evaluation goes on: the passes over `done` of `count` held-out puzzles have ended."""

    step: int
    done: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A checkpoint was written; `final` where nothing is left to train."""

    step: int
    path: str
    final: bool


TrainEvent: TypeAlias = StepDone | Measuring | Evaluated | Saved


def seconds_left(event: StepDone) -> float:
    """Seconds of training to the end, at the speed so far; 0 while it is not known."""
    return event.seconds * (1 / event.progress - 1) if event.progress else 0.0
