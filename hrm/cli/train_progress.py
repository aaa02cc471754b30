"""The progress of a training run: a panel in a terminal, lines in a log, or JSON.

Everything goes to stderr except the events of `--json`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeAlias

from hrm.cli.output import print_json
from hrm.devices import peak_memory
from hrm.terminal import clean_line, duration
from hrm.training.events import Evaluated, Measuring, StepDone, TrainEvent, seconds_left

if TYPE_CHECKING:
    from rich.table import Table

Viewer: TypeAlias = Callable[[TrainEvent], None]

LINE_EVERY = 15.0
"""Seconds between lines if stderr is not a terminal."""

_WEIGHT = 0.1
"""Weight of the newest step in the running means."""

_SHOWN = ("loss", "exact", "cells", "segments", "halting", "rows_per_second")


def say(text: str) -> None:
    sys.stderr.write(clean_line(text) + "\n")
    sys.stderr.flush()


class StepMeans:
    """Running means over the last steps, and their text."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._means: dict[str, float] = {}
        self._last: StepDone | None = None
        self.measuring = ""

    def update(self, event: StepDone) -> None:
        self._last, self.measuring = event, ""
        for name in _SHOWN:
            value = getattr(event, name)
            mean = self._means.setdefault(name, value)
            self._means[name] = mean + _WEIGHT * (value - mean)

    @property
    def progress(self) -> float:
        return self._last.progress if self._last else 0.0

    def learning(self) -> str:
        """Loss and accuracy as text."""
        m = self._means
        if not m:
            return "preparing …"
        return (
            f"loss {m['loss']:.3f} · right {m['exact']:4.0%} · cells {m['cells']:5.1%} · "
            f"halting {m['halting']:4.0%} · segments {m['segments']:.1f}"
        )

    def speed(self) -> str:
        """Position, speed, memory and time left as text."""
        if self._last is None:
            return ""
        if self.measuring:
            return f"step {self._last.step:,} · {self.measuring}"
        memory = peak_memory(self._device)
        held = f" · {memory / 2**20:,.0f} MiB" if memory else ""
        return (
            f"step {self._last.step:,} · {self._means['rows_per_second']:,.0f} segments/s{held} · "
            f"{duration(seconds_left(self._last))} left"
        )


def evaluation(event: Evaluated) -> str:
    """One line: how many held-out puzzles are solved."""
    groups = ", ".join(f"{name} {solved} of {count}" for name, solved, count in event.groups)
    return (
        f"step {event.step:,} · held out: solved {event.solved} of {event.count} "
        f"({event.solved / max(1, event.count):.1%}), cells {event.cells:.1%}, "
        f"{event.segments:.1f} segments ({event.seconds:.0f} s)"
    ) + (f": {groups}" if len(event.groups) > 1 else "")


def measuring(event: Measuring) -> str:
    return f"measuring {event.done} of {event.count} held-out puzzles"


class Lines:
    """Progress without a terminal: a line every `LINE_EVERY` seconds."""

    def __init__(self, figures: StepMeans) -> None:
        self._figures = figures
        self._said = -LINE_EVERY

    def __call__(self, event: TrainEvent) -> None:
        if isinstance(event, Evaluated):
            say(evaluation(event))
        elif isinstance(event, StepDone):
            self._figures.update(event)
            now = time.monotonic()
            if now - self._said >= LINE_EVERY or event.progress >= 1.0:
                self._said = now
                say(f"{self._figures.speed()} · {self._figures.learning()}")


class Panel:
    """Progress in a terminal: a bar and two lines, with evaluations printed above."""

    def __init__(self, figures: StepMeans) -> None:
        self._figures = figures

    def __call__(self, event: TrainEvent) -> None:
        if isinstance(event, Evaluated):
            say(evaluation(event))  # rich prints it above the live display
            self._figures.measuring = ""
        elif isinstance(event, StepDone):
            self._figures.update(event)
        elif isinstance(event, Measuring):
            self._figures.measuring = measuring(event)

    def __rich__(self) -> Table:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        rows = Table.grid()
        rows.add_row(ProgressBar(total=1.0, completed=self._figures.progress, width=40))
        rows.add_row(Text(self._figures.learning()))
        rows.add_row(Text(self._figures.speed(), style="dim"))
        return rows


@contextmanager
def progress(device: str) -> Iterator[Viewer]:
    """The progress viewer for stderr."""
    figures = StepMeans(device)
    if not sys.stderr.isatty():
        yield Lines(figures)
        return
    from rich.live import Live

    from hrm.cli.output import talk_console

    panel = Panel(figures)
    with Live(panel, console=talk_console(), refresh_per_second=4):
        yield panel


def json_lines(device: str) -> Viewer:
    """One JSON object per line on stdout; steps include seconds left and peak memory in bytes."""

    def show(event: TrainEvent) -> None:
        line = {"event": type(event).__name__, **asdict(event)}
        if isinstance(event, StepDone):
            line |= {"seconds_left": seconds_left(event), "memory": peak_memory(device)}
        print_json(line)

    return show
