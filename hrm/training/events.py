"""The events of a training run; no torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """One optimiser step.

    loss             mean over rows
    exact, cells     share of right rows and cells among the rows that halted (all, if none did)
    segments         mean number of segments of those rows
    halting          share of rows whose wish to halt agrees with being right
    examples         puzzles seen so far
    rows_per_second  rows of the batch, each of which thinks one segment in a step
    progress         share of the run that is done
    seconds          of training so far
    rate             factor of the learning rates
    """

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
    """The averaged weights solved `solved` of `count` held-out puzzles in a single pass.

    `loss` is that of the last training step; `seconds` is the time of the evaluation. `groups` has
    (name, solved, count) for each difficulty, easiest first, or for each kind of a mix.
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
    """Progress of an evaluation: `done` of `count` held-out puzzles."""

    step: int
    done: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A checkpoint was written; `final` at the end of the run."""

    step: int
    path: str
    final: bool


TrainEvent: TypeAlias = StepDone | Measuring | Evaluated | Saved


def seconds_left(event: StepDone) -> float:
    """Estimated seconds to the end of training; 0 while unknown."""
    return event.seconds * (1 / event.progress - 1) if event.progress else 0.0
