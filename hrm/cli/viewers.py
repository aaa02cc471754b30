"""What a person or a program sees of a solve while its events arrive.

Solving and replaying feed the same viewers: boards for one puzzle (`hrm.cli.boards`), a table for
many, JSON Lines, or the bare answers. A viewer gets every event, then `done` if all went well, and
always `close`.
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
    """Ignores everything; a base for the viewers that care about some of it."""

    def show(self, event: SolveEvent) -> None:
        """Take one event of any puzzle."""

    def inside(self, update: Update) -> None:
        """Hear of progress inside a segment, in the middle of the model's work."""

    def done(self) -> None:
        """All events have come."""

    def close(self) -> None:
        """Give the terminal back, also after an error or Ctrl-C."""


class Results(Viewer):
    """Collects what the exit code and the answer file need: names and ends by puzzle index."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.finished: dict[int, Finished] = {}

    def show(self, event: SolveEvent) -> None:
        if isinstance(event, Started):
            self.names[event.puzzle] = event.name
        elif isinstance(event, Finished):
            self.finished[event.puzzle] = event

    def answers(self, domain: AnyDomain, puzzles: Sequence[Any]) -> str:
        """File text of all answers, solved or not, in input order."""
        ends = sorted(self.finished.items())
        return domain.write_answers(
            [(puzzles[index], [found.answer for found in end.candidates]) for index, end in ends]
        )


class Totals(Viewer):
    """A table and a summary of many puzzles, printed at the end because they may finish in any
    order. `timed` is off for replays, whose own duration says nothing."""

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
    """Progress over many puzzles on standard error; nothing where that is no terminal."""

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
        """Before a table is printed where the bar was."""
        self.close()

    def close(self) -> None:
        if self._progress.live.is_started:
            self._progress.stop()


class JsonLines(Viewer):
    """One event a line, each flushed so that a reader at the other end of a pipe can follow."""

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
    """Only the answers, as an answer file would hold them."""

    def __init__(self, results: Results, domain: AnyDomain, puzzles: Sequence[Any]) -> None:
        self._results = results
        self._domain = domain
        self._puzzles = puzzles

    def done(self) -> None:
        text = self._results.answers(self._domain, self._puzzles)
        sys.stdout.write(text if text.endswith("\n") else text + "\n")


def present(events: Iterable[SolveEvent], viewers: Sequence[Viewer]) -> None:
    """Feed every event to every viewer. A generator is closed on the way out, which cancels it."""
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
