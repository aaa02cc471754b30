"""Pulling a model in a worker thread, which tells its screen by messages and touches nothing else;
and how a pull looks in one line."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import Any, cast

from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from hrm.download.fetch import Downloading
from hrm.errors import UserError
from hrm.store.installed import Installed
from hrm.store.pull import Converting, PullEvent, Ready
from hrm.terminal import clean_line
from hrm_tui.models.shelf import ModelStore
from hrm_tui.widgets.charts import gauge
from puzzles.words import megabytes

_BAR = 20


class Pulled(Message):
    """Something happened to pull number `job`."""

    def __init__(self, job: int, event: PullEvent) -> None:
        super().__init__()
        self.job, self.event = job, event


class PullEnded(Message):
    """The thread is done: with the model, or with what a person can do about the `error`."""

    def __init__(self, job: int, installed: Installed | None, error: UserError | None) -> None:
        super().__init__()
        self.job, self.installed, self.error = job, installed, error


class Puller:
    """One pull at a time; `reference` is what is being pulled, empty for nothing.

    `job` marks the messages of the current one; those of another are to be ignored.
    """

    def __init__(self, screen: Screen[Any], shelf: ModelStore) -> None:
        self._screen, self._shelf = screen, shelf
        self.reference = ""
        self.job = 0

    def begin(self, reference: str) -> None:
        self.cancel()
        self.reference = reference
        self._screen.run_worker(
            partial(self._work, self.job, reference), thread=True, group="pull", exclusive=True
        )

    def cancel(self) -> None:
        """The thread notices within the next event, a tenth of a second; what arrived is kept."""
        self.job += 1
        self.reference = ""
        self._screen.workers.cancel_group(self._screen, "pull")

    def end(self) -> None:
        self.reference = ""

    def _work(self, job: int, reference: str) -> None:
        worker = get_current_worker()
        installed, failed = None, None
        try:
            with closing(cast(Any, self._shelf.pull(reference))) as events:
                for event in events:
                    if worker.is_cancelled:
                        return
                    if isinstance(event, Ready):
                        installed = event.installed
                    self._screen.post_message(Pulled(job, event))
        except UserError as error:
            failed = error
        self._screen.post_message(PullEnded(job, installed, failed))


def pull_line(event: PullEvent) -> str:
    """`checkpoint  ███████▌   41.2 of 109.1 MB · 3.2 MB/s, 21 s left`."""
    match event:
        case Downloading(file=file, done=done, total=total):
            name = clean_line(file, 30)
            if not total:
                return f"{name}  {megabytes(done)} of an unknown size"
            amount = f"{done / 1e6:,.1f} of {total / 1e6:,.1f} MB"
            return f"{name}  {gauge(done / total, _BAR)} {amount} · {event.pace}"
        case Converting():
            return "checking and converting; this cannot be cancelled and takes a moment"
        case Ready(installed=installed):
            return f"{clean_line(installed.name, 80)} is ready"
