"""The run that the train screen shows, and what may be done with it.

What the train screen knows of a run's course, gathered from its events.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hrm.terminal import duration
from hrm.training.events import Evaluated, Saved, StepDone, TrainEvent, seconds_left
from hrm.training.standing import Standing

_MARKS = {"finished": "●", "failed": "✗", "elsewhere": "◐"}


@dataclass
class RunHistory:
    """`steps` and `evaluations` in their order; `means` are running means of the steps' numbers.

    Events that are not after the last one of their kind are left out: the file of metrics and the
    lines of a run tell the same things.
    """

    steps: list[StepDone] = field(default_factory=list)
    evaluations: list[Evaluated] = field(default_factory=list)
    means: dict[str, float] = field(default_factory=dict)
    last: StepDone | None = None
    saved: Saved | None = None
    _every: int = 1
    _since: int = 0

    def add(self, event: TrainEvent) -> None:
        match event:
            case StepDone() if self.last is None or event.step > self.last.step:
                self._add_step(event)
            case Evaluated() if not self.evaluations or event.step > self.evaluations[-1].step:
                self.evaluations.append(event)
            case Saved():
                self.saved = event
            case _:
                pass

    def _add_step(self, event: StepDone) -> None:
        self.last = event
        for name in ("loss", "exact", "segments", "halting", "rows_per_second"):
            value = getattr(event, name)
            mean = self.means.setdefault(name, value)
            self.means[name] = mean + _WEIGHT * (value - mean)
        self._since += 1
        if self._since >= self._every:
            self._since = 0
            self.steps.append(event)
        if len(self.steps) > MOST:
            self.steps = self.steps[::2]
            self._every *= 2

    @property
    def progress(self) -> float:
        return self.last.progress if self.last else 0.0

    def line(self) -> str:
        """Where the run is and how long it takes."""
        if self.last is None:
            return ""
        left = seconds_left(self.last)
        rest = f" · {duration(left)} left" if left > 0 else ""
        return f"step {self.last.step:,} · {duration(self.last.seconds)} trained{rest}"


@dataclass
class ShownRun:
    """`folder` is None while no run is shown, `standing` while nothing is known of it.

    `stopping` since a person wants its process to end, `asked` since the process knows it,
    `paused` where it should go on later.
    """

    folder: Path | None = None
    standing: Standing | None = None
    figures: RunHistory = field(default_factory=RunHistory)
    paused: bool = False
    stopping: bool = False
    asked: bool = False

    @property
    def training(self) -> bool:
        """Whether a process that an app has begun is at work on it."""
        return self.standing is not None and self.standing.state == "training"

    @property
    def can_stop(self) -> bool:
        return self.training and not self.stopping

    @property
    def can_go_on(self) -> bool:
        return self.paused and not self.training

    def words(self) -> str:
        """A few words for the end of the first line."""
        if self.standing is None:
            return ""
        if not self.training:
            if self.paused and self.standing.state == "stopped":
                return "‖ paused"
            return f"{_MARKS.get(self.standing.state, '○')} {self.standing.state}"
        if self.stopping:
            what = "pausing" if self.paused else "stopping"
            return f"◌ {what} after this step" if self.asked else f"◌ {what} once it has begun"
        if self.figures.last is None:
            return "◌ starting"
        progress = self.figures.progress
        return "◐ measuring" if progress >= 1.0 else f"◐ training {progress:.0%}"


MOST = 4096
"""Steps that are kept; when there are more, each second one goes. Charts have fewer columns."""

_WEIGHT = 0.1
"""Of the newest step in the numbers that are shown: a single batch says little."""
