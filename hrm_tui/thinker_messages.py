"""What a thinking thread tells its screen. `job` says which request it belongs to."""

from __future__ import annotations

from textual.message import Message

from hrm.errors import UserError
from hrm.events import SolveEvent, Update
from puzzles.base import PuzzleError


class OfJob(Message):
    """Belongs to request number `job`."""

    def __init__(self, job: int) -> None:
        super().__init__()
        self.job = job


class Opened(OfJob):
    """The model is loaded; `session` can be asked for more later."""

    def __init__(self, job: int, session: object) -> None:
        super().__init__(job)
        self.session = session


class Heard(OfJob):
    """An event of the solve."""

    def __init__(self, job: int, event: SolveEvent) -> None:
        super().__init__(job)
        self.event = event


class Progressed(Message):
    """The model is in the middle of a segment; a request that was cancelled says this no more."""

    def __init__(self, update: Update) -> None:
        super().__init__()
        self.update = update


class Ended(OfJob):
    """The thread is done; `error` is what a person can act on, if it failed."""

    def __init__(self, job: int, error: UserError | PuzzleError | None) -> None:
        super().__init__(job)
        self.error = error
