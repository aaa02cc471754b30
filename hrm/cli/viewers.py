"""Viewers of a solve or a replay: a table of results, progress, JSON Lines, or bare answers.

`hrm.cli.boards` has the viewer for a single puzzle. A viewer gets every event, then `done` unless
an error occurred, and always `close`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, closing
from typing import Any

from rich.progress import MofNCompleteColumn, TimeRemainingColumn
from rich.text import Text

from hrm.cli import output
from hrm.events import Finished, SolveEvent, Started, Update
from hrm.solving.trace import to_json
from puzzles.contract.protocol import AnyDomain


class Viewer:
    """Base class; ignores all events."""

    def show(self, event: SolveEvent) -> None:
        """Handle one event."""

    def inside(self, update: Update) -> None:
        """Handle progress inside a segment."""

    def done(self) -> None:
        """Called after the last event."""

    def close(self) -> None:
        """Restore the terminal; called also after an error or Ctrl-C."""


class Results(Viewer):
    """Collects names and results by puzzle index, for the exit code and the answer file."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.finished: dict[int, Finished] = {}

    def show(self, event: SolveEvent) -> None:
        if isinstance(event, Started):
            self.names[event.puzzle] = event.name
        elif isinstance(event, Finished):
            self.finished[event.puzzle] = event

    def answers(self, domain: AnyDomain, puzzles: Sequence[Any]) -> str:
        """The text of an answer file with all answers, solved or not, in input order."""
        ends = sorted(self.finished.items())
        return domain.write_answers(
            [(puzzles[index], [found.answer for found in end.candidates]) for index, end in ends]
        )


class Totals(Viewer):
    """A table and a summary of several puzzles, printed at the end because they finish in any
    order. Replays are not `timed`."""

    def __init__(self, results: Results, total: int, *, timed: bool = True) -> None:
        self._results = results
        self._total = total
        self._began = time.monotonic() if timed else None

    def done(self) -> None:
        seconds = None if self._began is None else time.monotonic() - self._began
        console = output.data_console()
        console.print(output.results_table(self._results.names, self._results.finished))
        console.print(Text(output.summary(self._results.finished, self._total, seconds)))


class Bar(Viewer):
    """A progress bar on stderr, if that is a terminal."""

    def __init__(self, total: int) -> None:
        self._progress = output.progress(
            MofNCompleteColumn(), TimeRemainingColumn(), transient=True
        )
        self._task = self._progress.add_task("solving", total=total)
        self._progress.start()

    def show(self, event: SolveEvent) -> None:
        if isinstance(event, Finished):
            self._progress.advance(self._task)

    def done(self) -> None:
        """Remove the bar before the table is printed."""
        self.close()

    def close(self) -> None:
        if self._progress.live.is_started:
            self._progress.stop()


class JsonLines(Viewer):
    """One event per line, flushed at once."""

    def __init__(
        self,
        write: Callable[[str], object],
        flush: Callable[[], object],
        *,
        beliefs: bool = False,
    ) -> None:
        self._write = write
        self._flush = flush
        self._beliefs = beliefs

    def show(self, event: SolveEvent) -> None:
        self._write(to_json(event, beliefs=self._beliefs) + "\n")
        self._flush()


class BareAnswers(Viewer):
    """Only the answers, in the format of an answer file."""

    def __init__(self, results: Results, domain: AnyDomain, puzzles: Sequence[Any]) -> None:
        self._results = results
        self._domain = domain
        self._puzzles = puzzles

    def done(self) -> None:
        text = self._results.answers(self._domain, self._puzzles)
        sys.stdout.write(text if text.endswith("\n") else text + "\n")


def present(events: Iterable[SolveEvent], viewers: Sequence[Viewer]) -> None:
    """Pass every event to every viewer. Closes `events` at the end, which cancels a solve."""
    with ExitStack() as stack:
        for viewer in viewers:
            stack.enter_context(closing(viewer))
        if isinstance(events, Generator):
            stack.enter_context(closing(events))
        for event in events:
            for viewer in viewers:
                viewer.show(event)
        for viewer in viewers:
            viewer.done()
