"""What the threads behind the play screen tell it. `job` marks the request that a message is of; a
message of an older one is stale."""

from __future__ import annotations

from textual.message import Message

from hrm.errors import UserError
from hrm.events import SolveEvent
from puzzles.base import PuzzleError
from puzzles.play import Forecast


class Foreseen(Message):
    """What the model thinks of the puzzle; None where `error` says why nobody knows."""

    def __init__(
        self, job: int, forecast: Forecast | None, error: UserError | PuzzleError | None
    ) -> None:
        super().__init__()
        self.job, self.forecast, self.error = job, forecast, error


class Raced(Message):
    """An event of the model's side of a race, or the error that ends it."""

    def __init__(self, job: int, event: SolveEvent | UserError | PuzzleError) -> None:
        super().__init__()
        self.job, self.event = job, event
