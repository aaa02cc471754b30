"""An engine that plays a script, so that the app's tests need no torch.

A puzzle that has an exact answer is answered blank first, then half, then right; everything that a
screen asked for is written down.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scripted import segment

from hrm.engine import Report
from hrm.errors import UserError
from hrm.events import (
    Adapted,
    Alternatives,
    Candidate,
    Finished,
    Learning,
    Segment,
    SolveEvent,
    Started,
    Tried,
    Update,
)
from hrm.solving.policy import Method, Policy
from hrm_tui.engine import ModelInfo
from puzzles import domain
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Answer


@dataclass
class ScriptedEngine:
    """How the model fares: right from segment `right_from` on, if the limit allows.

    `hold`, where given, is waited for before every segment; `error` is raised by `session`.
    `asked` has the calls in order, `closed` counts solves that ended before their end; `method` is
    what its models try after a failed pass.
    """

    right_from: int = 3
    hold: threading.Semaphore | None = None
    error: UserError | None = None
    asked: list[tuple[str, object]] = field(default_factory=list)
    closed: int = 0
    place: str = ""
    chosen: dict[str, str] = field(default_factory=dict)
    method: Method = "symmetric copies"
    usual: Policy = field(default_factory=Policy)

    def load(self) -> None:
        self.place = "script · 1 thread"

    def models(self, task: str) -> list[ModelInfo]:
        return [ModelInfo(f"{task}-mini", "scripted"), ModelInfo(f"{task}-[b]other", "scripted")]

    def session(
        self, task: str, puzzle: Any, model: str = "", report: Report | None = None
    ) -> ScriptedSession:
        self.load()
        self.asked.append(("session", model))
        if self.error is not None:
            raise self.error
        return ScriptedSession(self, domain(task), puzzle, model or f"{task}-mini", report)

    def solve(
        self,
        task: str,
        puzzle: Any,
        policy: Policy,
        model: str = "",
        report: Report | None = None,
    ) -> Iterator[SolveEvent]:
        yield from self.session(task, puzzle, model, report).start(policy)


@dataclass
class ScriptedSession:
    engine: ScriptedEngine
    kind: AnyDomain
    puzzle: Any
    model: str
    report: Report | None
    number: int = 0

    @property
    def method(self) -> Method:
        return self.engine.method

    def start(self, policy: Policy) -> Iterator[SolveEvent]:
        self.engine.asked.append(("start", policy))
        yield Started(
            domain=self.kind.name,
            model=self.model,
            text=self.kind.format(self.puzzle),
            name=self.puzzle.name,
            limit=policy.segments,
            attempts=policy.copies,
        )
        if not self.kind.checkable:
            yield Adapted(
                step=7,
                loss=0.5,
                reproduced=1,
                demonstrations=3,
                seconds=1.0,
                budget=60.0,
                learning=self._learning(),
            )
        yield from self._think(policy)

    def _learning(self) -> Learning:
        """The first demonstration is reproduced, for the others it says a grid of one cell."""
        [right, *others] = [np.array(pair.output) for pair in self.puzzle.demonstrations]
        guess = self._answer(self.engine.right_from)
        return Learning(
            round=2,
            rounds=12,
            afresh=True,
            shown=(right, *(of[:1, :1] for of in others)),
            guesses=(guess,),
            votes=(Candidate(answer=guess, share=0.75), Candidate(answer=guess.T, share=0.25)),
        )

    def think_on(self, policy: Policy) -> Iterator[SolveEvent]:
        self.engine.asked.append(("think_on", policy))
        yield from self._think(policy)

    def try_again(self, policy: Policy) -> Iterator[SolveEvent]:
        self.engine.asked.append(("try_again", policy))
        answer = self._answer(self.engine.right_from)
        shown = replace(segment(1, answer, stops=True), attempt=2, violations=0)
        why = "Every rule holds, so it stops."
        if self.method == "what-ifs":
            given = "r4c7 = 5"
            yield replace(shown, hypothesis=(given,), why=why)
        else:
            blank = self._answer(1)
            tried = (
                Tried(attempt=1, answer=blank, violations=3, over=True),
                Tried(attempt=2, answer=answer, violations=0, over=True),
            )
            yield replace(shown, confidence=None, why=why, tried=tried)
        yield replace(
            self._finished(answer), found=self.method, reason="verified", attempts=policy.copies
        )

    def _think(self, policy: Policy) -> Iterator[SolveEvent]:
        ended = False
        try:
            while not ended:
                if self.engine.hold is not None:
                    self.engine.hold.acquire()
                if self.report is not None:
                    self.report(Update(level="low", cycle=1, cycles=2, step=2, steps=4))
                self.number += 1
                made = self._segment(policy)
                yield made
                ended = made.stops
        finally:
            self.engine.closed += not ended
        yield self._finished(made.answer)

    def _segment(self, policy: Policy) -> Segment:
        answer = self._answer(self.number)
        before = self._answer(self.number - 1)
        verdict = self.kind.check(self.puzzle, answer)
        right = self.number >= self.engine.right_from
        made = segment(self.number, answer, stops=right or self.number >= policy.segments)
        confidence = np.full(answer.shape, 0.75, dtype=np.float32)
        tokens = np.stack([np.full(answer.shape, token, dtype=np.uint8) for token in (2, 3, 4)])
        likely = np.stack([confidence, np.full_like(confidence, 0.2), confidence * 0])
        return replace(
            made,
            limit=policy.segments,
            confidence=confidence,
            changed=np.ones(answer.shape, np.bool_) if self.number == 1 else answer != before,
            broken=verdict.broken,
            violations=None if verdict.solved is None else len(verdict.reasons),
            alternatives=Alternatives(tokens, likely),
        )

    def _answer(self, number: int) -> Answer:
        """Blank at first, then the first half of the right answer, then all of it."""
        if self.kind.checkable:
            right = self.kind.solve(self.puzzle)[0]
        else:
            right = np.array(self.puzzle.output or self.puzzle.input, dtype=np.uint8)
        if number >= self.engine.right_from:
            return right
        share = 0 if number <= 1 else right.shape[0] // 2
        answer = right.copy()
        answer[share:] = 0
        return answer

    def _finished(self, answer: Answer) -> Finished:
        verdict = self.kind.check(self.puzzle, answer)
        voted = [Candidate(answer=answer)]
        if not self.kind.checkable:
            voted = [Candidate(answer=answer, share=0.75), Candidate(answer=answer.T, share=0.25)]
        return Finished(
            candidates=tuple(voted),
            solved=verdict.solved,
            reasons=verdict.reasons,
            broken=verdict.broken,
            reason="limit" if verdict.solved is False else "halted",
            found="single pass" if self.kind.checkable else "vote",
            segments=self.number,
            attempts=0 if self.kind.checkable else 8,
            seconds=0.41,
        )
