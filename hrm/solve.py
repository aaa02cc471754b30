"""Solving as a stream of events: think, check by the rules, try symmetric copies.

Where the rules can judge an answer without knowing it (Sudoku, maze), an invalid answer is never
final: the model goes on to the limit, then thinks about symmetric copies of the puzzle in one
batch, whose answers are mapped back and checked. Events always say which of the two it was.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from hrm.copies import Copy, copies
from hrm.events import Candidate, Finished, Found, Reason, Segment, SolveEvent, Started
from hrm.model import HRM
from hrm.policy import Decision, Policy, decide
from hrm.thinking import Residuals, Thinking, Thought
from puzzles.base import Answer, AnyDomain, BoolGrid, Verdict


def solve(
    model: HRM,
    domain: AnyDomain,
    puzzle: Any,
    policy: Policy,
    *,
    index: int = 0,
    model_name: str = "",
) -> Iterator[SolveEvent]:
    """Events of one puzzle: Started, Segment…, Finished. Closing the iterator cancels."""
    began = time.perf_counter()
    yield started(domain, puzzle, policy, index, model_name)
    thinking = Thinking(model, domain, [puzzle])
    view = _View(puzzle, index, policy.segments, began)
    for number in range(1, policy.segments + 1):
        residuals = Residuals()
        thought = thinking.segment(residuals)
        answer = domain.decode(thought.tokens[0], puzzle, model.config.layout)
        verdict = domain.check(puzzle, answer)
        decision = decide(thought.q_halt[0], thought.q_continue[0], number, policy, verdict)
        yield view.segment(number, thought, answer, verdict, decision, residuals=residuals)
        if decision.stops:
            break
    result = finished(answer, verdict, decision.reason, number, index)
    if verdict.solved is False and policy.attempts and domain.checkable:
        result = yield from _try_copies(model, domain, policy, view, result)
    yield replace(result, seconds=time.perf_counter() - began)


def started(domain: AnyDomain, puzzle: Any, policy: Policy, index: int, model_name: str) -> Started:
    return Started(
        domain=domain.name,
        model=model_name,
        text=domain.format(puzzle),
        name=puzzle.name,
        limit=policy.segments,
        attempts=policy.attempts,
        puzzle=index,
    )


def finished(
    answer: Answer,
    verdict: Verdict,
    reason: Reason,
    segments: int,
    index: int,
    *,
    found: Found = "single pass",
    attempts: int = 0,
) -> Finished:
    """Its `seconds` are left at 0 for the caller, who holds the clock."""
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
        puzzle=index,
    )


class _View:
    """Makes the Segment events of one puzzle and remembers what was shown last."""

    def __init__(self, puzzle: Any, index: int, limit: int, began: float) -> None:
        self.puzzle, self.index = puzzle, index
        self._limit, self._began = limit, began
        self._before: Answer | None = None

    def segment(
        self,
        number: int,
        thought: Thought,
        answer: Answer,
        verdict: Verdict,
        decision: Decision,
        *,
        row: int = 0,
        copy: Copy | None = None,
        residuals: Residuals | None = None,
    ) -> Segment:
        confidence = None
        if copy is None:
            confidence = thought.confidence(row)[: answer.shape[0], : answer.shape[1]]
        changed = self._changed(answer)
        self._before = answer
        return Segment(
            number=number,
            limit=self._limit,
            answer=answer,
            confidence=confidence,
            changed=changed,
            broken=verdict.broken,
            q_halt=thought.q_halt[row],
            q_continue=thought.q_continue[row],
            stops=decision.stops,
            why=decision.why,
            low_residuals=tuple(residuals.low) if residuals else (),
            high_residuals=tuple(residuals.high) if residuals else (),
            seconds=time.perf_counter() - self._began,
            attempt=copy.attempt if copy else 0,
            puzzle=self.index,
        )

    def _changed(self, answer: Answer) -> BoolGrid:
        if self._before is None or self._before.shape != answer.shape:
            return np.ones(answer.shape, dtype=np.bool_)
        return np.not_equal(self._before, answer)


def _try_copies(
    model: HRM, domain: AnyDomain, policy: Policy, view: _View, single: Finished
) -> Generator[SolveEvent, None, Finished]:
    """Think about all copies of one puzzle together; after each segment show the one that breaks
    the fewest rules. Returns the verified result, or `single` if no copy gave one."""
    tried = copies(domain, view.puzzle, policy, view.index, model.config.layout)
    if not tried:
        return single
    thinking = Thinking(model, domain, [copy.puzzle for copy in tried])
    for number in range(1, policy.segments + 1):
        thought = thinking.segment()
        answers = [
            copy.undo(domain.decode(tokens, copy.puzzle, model.config.layout))
            for copy, tokens in zip(tried, thought.tokens, strict=True)
        ]
        verdicts = [domain.check(view.puzzle, answer) for answer in answers]
        best = min(range(len(tried)), key=lambda i: _badness(verdicts[i]))
        verdict, answer = verdicts[best], answers[best]
        yield view.segment(
            number,
            thought,
            answer,
            verdict,
            _copy_decision(verdict, best + 1, len(tried), last=number >= policy.segments),
            row=best,
            copy=tried[best],
        )
        if verdict.solved:
            return finished(
                answer,
                verdict,
                "verified",
                number,
                view.index,
                found="symmetric copies",
                attempts=len(tried),
            )
    return replace(single, attempts=len(tried))


def _badness(verdict: Verdict) -> tuple[bool, int]:
    return not verdict.solved, len(verdict.broken)


def _copy_decision(verdict: Verdict, attempt: int, attempts: int, *, last: bool) -> Decision:
    of = f"copy {attempt} of {attempts}"
    if verdict.solved:
        return Decision(True, "verified", f"{of}: every rule holds → stops")
    if last:
        return Decision(True, "limit", f"{of} breaks the fewest rules → stops at the limit")
    return Decision(False, "limit", f"{of} breaks the fewest rules → goes on")
