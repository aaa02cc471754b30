"""The run that the train screen shows: its course, gathered from its events, how it stands, and
what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hrm.terminal import clean_line, duration
from hrm.training.events import Evaluated, Measuring, Saved, StepDone, TrainEvent, seconds_left
from hrm.training.standing import Standing, has_begun, has_model, in_training
from hrm_tui.train.process import ask_to_stop
from hrm_tui.widgets.charts import column

_MARKS = {"finished": "●", "failed": "✗", "elsewhere": "◐ training"}


@dataclass
class RunHistory:
    """`steps` and `evaluations` in their order; `means` are running means of the steps' numbers;
    `measuring` is the progress of the current evaluation.

    Events that are not after the last one of their kind are left out: the file of metrics and the
    lines of a run tell the same things.
    """

    steps: list[StepDone] = field(default_factory=list)
    evaluations: list[Evaluated] = field(default_factory=list)
    means: dict[str, float] = field(default_factory=dict)
    last: StepDone | None = None
    saved: Saved | None = None
    measuring: Measuring | None = None
    _every: int = 1
    _since: int = 0

    def add(self, event: TrainEvent) -> None:
        match event:
            case StepDone() if self.last is None or event.step > self.last.step:
                self._add_step(event)
            case Evaluated():
                self.measuring = None
                if not self.evaluations or event.step > self.evaluations[-1].step:
                    self.evaluations.append(event)
            case Measuring():
                self.measuring = event
            case Saved():
                self.saved = event
            case _:
                pass

    def _add_step(self, event: StepDone) -> None:
        self.last, self.measuring = event, None
        for name in ("exact", "segments", "halting", "rows_per_second"):
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

    def line(self, *, goes_on: bool = True) -> str:
        """Where the run is, how long it takes if it `goes_on`, how fast it is."""
        if self.last is None:
            return ""
        parts = [f"step {self.last.step:,}", f"{duration(self.last.seconds)} trained"]
        left = seconds_left(self.last)
        if self.measuring is not None and goes_on:
            parts.append(f"measuring {self.measuring.done} of {self.measuring.count}")
        elif left > 0 and goes_on:
            parts.append(f"{duration(left)} left")
        parts.append(f"{self.means['rows_per_second']:.3g} segments/s")
        return " · ".join([*parts, f"segments {self.means['segments']:.3g}"])

    def levels(self, width: int) -> str:
        """A table with a line for each difficulty: how many are solved, and how that rose with the
        evaluations, in at most `width` columns. Empty where there are not several of them."""
        groups = self.evaluations[-1].groups if self.evaluations else ()
        if len(groups) < 2:
            return ""
        wide = max(len("held out"), *(min(30, len(name)) for name, _, _ in groups))
        room = max(1, width - wide - 24)
        lines = [f"{'held out':<{wide}}  {'solved':>12}         over time"]
        for name, solved, count in groups[:_MOST_GROUPS]:
            shares = [share for event in self.evaluations if (share := _share(event, name)) >= 0]
            text = f"{solved:>5,} of {count:<5,} {solved / max(1, count):>5.0%}"
            lines.append(f"{clean_line(name, wide):<{wide}}  {text}   {_course(shares, room)}")
        return "\n".join(lines)


@dataclass
class ShownRun:
    """`folder` is None while no run is shown, `standing` while nothing is known of it.

    `stopping` since a person wants its process to end, `asked` since the process knows it,
    `paused` where it can be resumed later.
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

    def pass_on_stop(self, *, at_once: bool = False) -> None:
        """Ask the process to stop, if a person wants that, as soon as it can hear it. `at_once`:
        also one that has not begun, as nobody will look at it when it has."""
        if self.folder is None or not self.stopping or self.asked:
            return
        if at_once:
            ask_to_stop(self.folder)
        elif has_begun(self.folder):
            self.asked = ask_to_stop(self.folder)

    def still_training(self, root: Path) -> set[Path]:
        """The runs below `root` that are being trained, this one only if it is not stopping."""
        others = set(in_training(root)) - {self.folder}
        return others | ({self.folder} if self.folder is not None and self.can_stop else set())

    def in_the_way(self, root: Path) -> str:
        """Why no other run can begin below `root`; empty if one can."""
        busy = in_training(root)
        if not busy:
            return ""
        one = self.folder if self.folder in busy else busy[0]
        how = "s" if one == self.folder else "enter on it in the list, then s,"
        name = clean_line(one.name, 60)
        return f"One run at a time: {name} is being trained; {how} stops it."

    def outcome(self) -> str:
        """Why it ended, how good it is, and what can be done with it."""
        if self.standing is None:
            return ""
        ended = self.standing.state in ("finished", "stopped")
        if self.folder is None or not ended or not has_model(self.folder):
            return self.standing.why
        solved = ""
        if self.figures.evaluations:
            last = self.figures.evaluations[-1]
            solved = f" It solves {last.solved} of {last.count} held-out puzzles."
        keys = "enter solve with it · i keep it under a name · d default"
        return f"{self.standing.why}{solved}\n{keys}"

    def words(self) -> str:
        """A few words for the end of the first line."""
        if self.standing is None:
            return ""
        if not self.training:
            paused = self.paused and self.standing.state == "stopped"
            mark = _MARKS.get(self.standing.state, "○")
            return "‖ paused" if paused else f"{mark} {self.standing.state}"
        return self._at_work()

    def _at_work(self) -> str:
        if self.stopping:
            what = "pausing" if self.paused else "stopping"
            return f"◌ {what} after this step" if self.asked else f"◌ {what} once it has begun"
        if self.figures.last is None:
            return "◌ starting"
        figures = self.figures
        if (measuring := figures.measuring) is not None:
            return f"◐ measuring {measuring.done} of {measuring.count}"
        return "◐ measuring" if figures.progress >= 1.0 else f"◐ training {figures.progress:.0%}"


def _course(shares: list[float], room: int) -> str:
    """Numbers while they are few, because two or three bars look like a blot; then bars."""
    if len(shares) < 2:
        return ""
    text = " → ".join(f"{share:.0%}" for share in shares)
    if len(shares) <= _FEW and len(text) <= room:
        return text
    return "".join(map(column, shares[-room:]))


def _share(event: Evaluated, group: str) -> float:
    """Solved of a group; -1 where the evaluation does not say."""
    return next((s / max(1, count) for name, s, count in event.groups if name == group), -1.0)


_MOST_GROUPS = 12

_FEW = 4
"""Evaluations whose shares are written out."""

MOST = 4096
"""Steps that are kept; when there are more, each second one goes. Charts have fewer columns."""

_WEIGHT = 0.1
"""Of the newest step in the numbers that are shown: a single batch says little."""
