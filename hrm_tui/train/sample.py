"""A puzzle that the newest checkpoint of a run is asked to solve, in a worker thread, and the panel
that shows what comes of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from hrm.errors import UserError
from hrm.events import Finished, Segment
from hrm.terminal import clean_line
from hrm.training.standing import MODEL
from hrm_tui.engine import Engine
from hrm_tui.jobs import Job, JobMessage, Jobs
from hrm_tui.widgets.board import Board
from puzzles import domain, names
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Answer, Beliefs
from puzzles.drawing.montage import render
from puzzles.drawing.picture import Picture, Room
from puzzles.errors import PuzzleError
from puzzles.text.text_grid import counted

SEGMENTS = 16

_NO_SAMPLE = "none for ARC: each look would take a minute of learning"

PACE = 0.4
"""Seconds that each cycle is seen."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A puzzle to look at while a model learns."""

    kind: AnyDomain
    puzzle: Any

    def picture(self, frame: Frame | None = None, room: Room | None = None) -> Picture:
        if frame is None:
            return render(self.kind, self.puzzle, room=room)
        if frame.answer is None:
            return render(self.kind, self.puzzle, beliefs=frame.beliefs, room=room)
        verdict = self.kind.check(self.puzzle, frame.answer)
        return render(self.kind, self.puzzle, frame.answer, verdict, room=room)


@dataclass(frozen=True, slots=True)
class Frame:
    """The likeliest values after a cycle, or the answer after a segment."""

    answer: Answer | None = None
    beliefs: Beliefs | None = None


def sample_for(task: str) -> Sample | None:
    """None for a task without one, and where each look would need a minute of adaptation."""
    if task not in names():
        return None
    kind = domain(task)
    found = None if kind.adapts else kind.find(kind.default_example)
    return Sample(kind, found[0]) if found else None


class SamplePanel(Vertical):
    """Draws a sample with the last frame, as large as there is room, and a sentence below it."""

    def __init__(self) -> None:
        super().__init__(id="sample-panel", classes="panel")
        self.border_title = "newest checkpoint"
        self.sample: Sample | None = None
        self._frame: Frame | None = None

    def compose(self) -> ComposeResult:
        yield Board(id="sample")
        yield Static(id="sample-said", markup=False)

    def on_mount(self) -> None:
        self.query_one(Board).can_focus = False

    def show_puzzle_of(self, task: str) -> None:
        self.sample = sample_for(task)
        self.query_one(Board).display = self.sample is not None
        if self.sample is not None:
            self.show(None, "waiting for a saved model")
        else:
            self.say(_NO_SAMPLE if task in names() and domain(task).adapts else "")

    def show(self, frame: Frame | None, sentence: str) -> None:
        self._frame = frame
        self._draw()
        self.say(sentence)

    def say(self, sentence: str) -> None:
        """Below the frame that is there."""
        self.query_one("#sample-said", Static).update(Content(clean_line(sentence)))

    @on(Board.Resized)
    def _draw(self) -> None:
        if self.sample is not None:
            board = self.query_one(Board)
            board.show(self.sample.picture(self._frame, board.room))


class Tried(JobMessage):
    """What a checkpoint makes of the sample so far; `sentence` says how it stands or what failed.

    `frame` is None where nothing came of it.
    """

    def __init__(self, job: Job, frame: Frame | None, sentence: str) -> None:
        super().__init__(job)
        self.frame, self.sentence = frame, sentence


class Sampler:
    """Tries each checkpoint of one run once. `pace` as in `PACE`."""

    def __init__(self, screen: Screen[Any], engine: Engine, pace: float = PACE) -> None:
        self._engine, self._pace = engine, pace
        self._jobs = Jobs(screen, "sample")
        self._sample: Sample | None = None
        self._model = Path()
        self._seen = 0

    def begin(self, folder: Path, sample: Sample | None) -> None:
        """Another run; a running solve is cancelled."""
        self._jobs.cancel()
        self._sample, self._model, self._seen = sample, folder / MODEL, 0

    def look(self) -> bool:
        """Solve if there is a checkpoint that was not tried yet and none is being tried."""
        if self._sample is None or self._jobs.busy:
            return False
        try:
            changed = self._model.stat().st_mtime_ns
        except OSError:
            return False
        if changed == self._seen:
            return False
        self._seen = changed
        self._jobs.start(partial(self._work, self._sample, str(self._model)))
        return True

    def _work(self, sample: Sample, model: str, job: Job) -> None:
        policy = replace(self._engine.usual, segments=SEGMENTS, attempts=0)
        try:
            events = self._engine.solve(sample.kind.name, sample.puzzle, policy, model)
            with closing(cast(Any, events)):
                for event in events:
                    if job.stopping:
                        return
                    self._tell(job, event)
        except (UserError, PuzzleError) as error:
            job.tell(Tried(job, None, str(error)))

    def _tell(self, job: Job, event: object) -> None:
        """Every cycle of a segment for its time, then the answer."""
        match event:
            case Segment():
                said = f"segment {event.number} of {event.limit}"
                beliefs = () if event.beliefs is None else event.beliefs
                for seen in beliefs:
                    job.tell(Tried(job, Frame(beliefs=seen), said))
                    job.wait(self._pace)
                if not len(beliefs):
                    job.tell(Tried(job, Frame(event.answer), said))
                    job.wait(self._pace)
            case Finished(candidates=candidates):
                job.tell(Tried(job, Frame(candidates[0].answer), _verdict(event)))
            case _:
                pass


def _verdict(event: Finished) -> str:
    segments = counted(event.segments, "segment")
    if event.solved:
        return f"solved in {segments}"
    return f"{counted(len(event.broken), 'cell')} wrong, {segments}"
