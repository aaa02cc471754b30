"""Builds the events of a solve from model outputs and rule checks."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from hrm.events import (
    SURE,
    Candidate,
    CycleBeliefs,
    Finished,
    Found,
    Reason,
    Segment,
    Started,
    Tried,
)
from hrm.model.hrm import HRM
from hrm.solving import wording
from hrm.solving.policy import Decision, Method, Policy
from hrm.solving.thinking import Residuals, SegmentReadout
from hrm.solving.what_if import BranchResult
from puzzles.contract.protocol import AnyDomain, Verdict
from puzzles.contract.tokens import Answer, BoolGrid, FloatGrid, Layout, Tokens


def as_given(domain: AnyDomain, puzzle: Any, layout: Layout) -> Answer:
    """The givens as an answer, with which the first segment is compared."""
    return domain.decode(domain.encode(puzzle, layout), puzzle, layout)


def fillable(domain: AnyDomain, puzzle: Any, layout: Layout) -> BoolGrid | None:
    """The cells in which an answer depends on what the model says, not a maze's walls. None where
    answers differ in size."""
    tokens = domain.encode(puzzle, layout)
    said = [
        domain.decode(np.full_like(tokens, token), puzzle, layout)
        for token in range(domain.spec.size)
    ]
    if len({answer.shape for answer in said}) > 1:
        return None
    return np.asarray(np.ptp(np.stack(said), axis=0) > 0, dtype=np.bool_)


def started(
    domain: AnyDomain,
    puzzle: Any,
    policy: Policy,
    index: int,
    model_name: str,
    method: Method = "symmetric copies",
) -> Started:
    return Started(
        domain=domain.name,
        model=model_name,
        text=domain.format(puzzle),
        name=puzzle.name,
        limit=policy.segments,
        attempts=policy.tries(method),
        puzzle=index,
    )


def pass_ended(
    readout: SegmentReadout,
    place: int,
    check: AnswerCheck,
    decision: Decision,
    number: int,
    index: int,
) -> Finished:
    """The result of a pass after segment `number`; the caller sets `seconds`. Where no rule can
    check answers, the one of which the model was surest counts, if it did not want to halt."""
    result = finished(*check(readout.tokens[place]), decision.reason, number, index)
    surest = readout.surest[place]
    if result.solved is not None or surest == number:
        return result
    answer, _ = check(readout.counted[place])
    note = f"This is the answer of segment {surest}, of which the network was surest."
    return replace(result, candidates=(Candidate(answer=answer),), note=note)


def finished(
    answer: Answer,
    verdict: Verdict,
    reason: Reason,
    segments: int,
    index: int,
    *,
    found: Found = "single pass",
    attempts: int = 0,
    note: str = "",
) -> Finished:
    """A Finished event; the caller sets `seconds`."""
    return Finished(
        candidates=(Candidate(answer=answer),),
        solved=verdict.solved,
        reasons=verdict.reasons,
        broken=verdict.broken,
        reason=reason,
        found=found,
        segments=segments,
        attempts=attempts,
        seconds=0.0,
        note=note,
        puzzle=index,
    )


class AnswerCheck:
    """Decodes and checks successive answers to one puzzle; an unchanged answer is not checked
    again."""

    def __init__(self, model: HRM, domain: AnyDomain, puzzle: Any) -> None:
        self._puzzle, self._domain, self._layout = puzzle, domain, model.config.layout
        self._key: bytes | None = None

    def __call__(self, tokens: Tokens) -> tuple[Answer, Verdict]:
        """Returns the identical tuple for unchanged tokens."""
        key = tokens.tobytes()
        if self._key != key:
            answer = self._domain.decode(tokens, self._puzzle, self._layout)
            self._found = answer, self._domain.check(self._puzzle, answer)
            self._key = key
        return self._found


class SegmentView:
    """Builds the Segment events of one puzzle; keeps the previous answer and the time.

    `asked` are the cells that are `fillable`, None for all.
    """

    def __init__(self, puzzle: Any, index: int) -> None:
        self.puzzle, self.index = puzzle, index
        self._began = self._seconds = 0.0
        self.before: Answer | None = None
        self.asked: BoolGrid | None = None

    def wind(self) -> None:
        """Restart the clock at the time of the last event."""
        self._began = time.perf_counter() - self._seconds

    def elapsed(self) -> float:
        self._seconds = time.perf_counter() - self._began
        return self._seconds

    def segment(
        self,
        number: int,
        limit: int,
        readout: SegmentReadout,
        answer: Answer,
        verdict: Verdict,
        decision: Decision,
        *,
        row: int = 0,
        attempt: int = 0,
        hypothesis: tuple[str, ...] | None = None,
        seen: Residuals | None = None,
        beliefs: CycleBeliefs | None = None,
        tried: tuple[Tried, ...] | None = None,
    ) -> Segment:
        """With a `hypothesis`, `attempt` is the number of a what-if, else that of a copy. Copies
        have no confidence, since their cells are permuted."""
        confidence = alternatives = None
        if not attempt or hypothesis:
            alternatives = readout.alternatives(row, answer.shape)
            confidence = alternatives.probabilities[0]
            beliefs = readout.beliefs(row, answer.shape)
        changed = self._changed(answer)
        self.before = answer
        segment = Segment(
            number=number,
            limit=limit,
            answer=answer,
            confidence=confidence,
            changed=changed,
            broken=verdict.broken,
            q_halt=readout.q_halt[row],
            q_continue=readout.q_continue[row],
            stops=decision.stops,
            why="",
            low_residuals=tuple(seen.low) if seen else (),
            high_residuals=tuple(seen.high) if seen else (),
            seconds=self.elapsed(),
            attempt=attempt,
            puzzle=self.index,
            alternatives=alternatives,
            hypothesis=hypothesis,
            beliefs=beliefs,
            violations=None if verdict.solved is None else len(verdict.reasons),
            tried=tried,
            unsure=self._unsure(confidence),
            chance=readout.chances[row],
        )
        return replace(segment, why=wording.decision(segment))

    def _unsure(self, confidence: FloatGrid | None) -> int | None:
        if confidence is None:
            return None
        unsure = confidence < SURE
        if self.asked is not None and self.asked.shape == unsure.shape:
            unsure &= self.asked
        return int(unsure.sum())

    def branch_segment(
        self, result: BranchResult, tried: tuple[Tried, ...] | None, *, last: bool
    ) -> Segment:
        """A segment of a what-if; `last` if the search has ended."""
        branch = result.branch
        return self.segment(
            result.segments,
            result.limit,
            result.readout,
            result.answer,
            result.verdict,
            result.decision(last=last),
            row=result.place,
            attempt=branch.number,
            hypothesis=branch.hypothesis,
            tried=tried,
        )

    def _changed(self, answer: Answer) -> BoolGrid:
        if self.before is None or self.before.shape != answer.shape:
            return np.ones(answer.shape, dtype=np.bool_)
        return np.not_equal(self.before, answer)
