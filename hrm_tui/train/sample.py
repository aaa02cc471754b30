"""A puzzle that the newest checkpoint of a run is asked to solve, in a worker thread."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from hrm.errors import UserError
from hrm.events import Finished, Segment
from hrm.solving.policy import Policy
from hrm.training.standing import MODEL
from hrm_tui.engine import Engine
from puzzles import domain, names
from puzzles.base import Answer, AnyDomain, Picture, PuzzleError
from puzzles.words import counted

SEGMENTS = 16


@dataclass(frozen=True, slots=True)
class Sample:
    """A puzzle to look at while a model learns."""

    kind: AnyDomain
    puzzle: Any

    def picture(self, answer: Answer | None = None) -> Picture:
        if answer is None:
            return self.kind.render(self.puzzle)
        verdict = self.kind.check(self.puzzle, answer)
        return self.kind.render(self.puzzle, answer, verdict)


def sample_for(task: str) -> Sample | None:
    """None for a task without one, and where each look would need a minute of adaptation."""
    if task not in names():
        return None
    kind = domain(task)
    found = None if kind.adapts else kind.find(kind.default_example)
    return Sample(kind, found[0]) if found else None


class Tried(Message):
    """What a checkpoint makes of the sample so far; `sentence` says how it stands or what failed.

    `answer` is None where nothing came of it.
    """

    def __init__(self, job: int, answer: Answer | None, sentence: str) -> None:
        super().__init__()
        self.job, self.answer, self.sentence = job, answer, sentence


class Sampler:
    """Tries each checkpoint of one run once. `job` marks the messages of the current run."""

    def __init__(self, screen: Screen[Any], engine: Engine) -> None:
        self._screen, self._engine = screen, engine
        self._sample: Sample | None = None
        self._model = Path()
        self._seen = 0
        self.job = 0

    def begin(self, folder: Path, sample: Sample | None) -> None:
        """Another run; a solve that is going on is cancelled."""
        self.job += 1
        self._screen.workers.cancel_group(self._screen, "sample")
        self._sample, self._model, self._seen = sample, folder / MODEL, 0

    def look(self) -> None:
        """Solve if there is a checkpoint that was not tried yet and none is being tried."""
        if self._sample is None or self._busy():
            return
        try:
            changed = self._model.stat().st_mtime_ns
        except OSError:
            return
        if changed != self._seen:
            self._seen = changed
            work = partial(self._work, self.job, self._sample, str(self._model))
            self._screen.run_worker(work, thread=True, group="sample")

    def _busy(self) -> bool:
        return any(worker.group == "sample" for worker in self._screen.workers)

    def _work(self, job: int, sample: Sample, model: str) -> None:
        worker = get_current_worker()
        policy = Policy(segments=SEGMENTS, attempts=0)
        try:
            events = self._engine.solve(sample.kind.name, sample.puzzle, policy, model)
            with closing(cast(Any, events)):
                for event in events:
                    if worker.is_cancelled:
                        return
                    self._tell(job, event)
        except (UserError, PuzzleError) as error:
            self._screen.post_message(Tried(job, None, str(error)))

    def _tell(self, job: int, event: object) -> None:
        match event:
            case Segment():
                said = f"segment {event.number} of {event.limit}"
                self._screen.post_message(Tried(job, event.answer, said))
            case Finished(candidates=candidates):
                self._screen.post_message(Tried(job, candidates[0].answer, _verdict(event)))
            case _:
                pass


def _verdict(event: Finished) -> str:
    segments = counted(event.segments, "segment")
    if event.solved:
        return f"solved in {segments}"
    return f"{counted(len(event.broken), 'cell')} wrong, {segments}"
