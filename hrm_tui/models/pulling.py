"""Pulling a model in a worker thread, and how a pull looks in one line."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import Any, cast

from textual.screen import Screen

from hrm.download.fetch import Downloading
from hrm.errors import UserError
from hrm.store.installed import Installed
from hrm.store.pull import Converting, PullEvent, Ready
from hrm.terminal import clean_line, megabytes
from hrm_tui.jobs import Job, JobMessage, Jobs
from hrm_tui.models.store import ModelStore
from hrm_tui.widgets.charts import gauge

_BAR = 20


class Pulled(JobMessage):
    """Something happened to a pull."""

    def __init__(self, job: Job, event: PullEvent) -> None:
        super().__init__(job)
        self.event = event


class PullEnded(JobMessage):
    """The thread is done: with the model, or with what a person can do about the `error`."""

    def __init__(self, job: Job, installed: Installed | None, error: UserError | None) -> None:
        super().__init__(job)
        self.installed, self.error = installed, error


class Puller:
    """One pull at a time; `reference` is what is being pulled, empty for nothing."""

    def __init__(self, screen: Screen[Any], store: ModelStore) -> None:
        self._store = store
        self._jobs = Jobs(screen, "pull")
        self.reference = ""

    def begin(self, reference: str) -> None:
        self.reference = reference
        self._jobs.start(partial(self._work, reference))

    def cancel(self) -> None:
        """The thread notices within the next event, a tenth of a second; what arrived is kept."""
        self.reference = ""
        self._jobs.cancel()

    def end(self) -> None:
        self.reference = ""

    def _work(self, reference: str, job: Job) -> None:
        installed, failed = None, None
        try:
            with closing(cast(Any, self._store.pull(reference))) as events:
                for event in events:
                    if job.stopping:
                        return
                    if isinstance(event, Ready):
                        installed = event.installed
                    job.tell(Pulled(job, event))
        except UserError as error:
            failed = error
        job.tell(PullEnded(job, installed, failed))


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
