"""Solving as a stream of events: think, check by the rules, try copies or what-ifs.

Where the rules can judge an answer without knowing it (Sudoku, maze), an invalid answer is never
final: the model goes on to the limit, then thinks about symmetric copies of the puzzle in one
batch, whose answers are mapped back and checked, or about the puzzle with hypotheses taken as
given (`hrm.solving.what_if`). Events always say which of them it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from hrm.events import (
    Candidate,
    CycleBeliefs,
    Finished,
    Found,
    Reason,
    Segment,
    SolveEvent,
    Started,
    Tried,
    Update,
)
from hrm.model.hrm import HRM
from hrm.solving.copies import Copy, copies, undone
from hrm.solving.policy import Decision, Method, Policy, decide, method_of
from hrm.solving.thinking import Residuals, Rollout, SegmentReadout
from hrm.solving.what_if import LIMIT, BranchResult, WhatIfs, think
from puzzles.base import Answer, AnyDomain, BoolGrid, Layout, Verdict


def solve(
    model: HRM,
    domain: AnyDomain,
    puzzle: Any,
    policy: Policy,
    *,
    index: int = 0,
    model_name: str = "",
) -> Iterator[SolveEvent]:
    """Events of one puzzle: Started, Segment…, Finished. Closing the iterator cancels.

    `for event in solve(model, domain("sudoku"), puzzle, Policy(segments=32)): print(event)`
    """
    return Session(model, domain, puzzle, index=index, model_name=model_name).start(policy)


class Session:
    """One puzzle in a model's mind, kept so that more can be asked of it when it has finished.

    `report` is called in the middle of a segment, after every update of the first pass; what it
    raises ends the segment without a trace in the carried state. With `beliefs` the segments carry
    them, those of copies and what-ifs the leading one's, and all that were tried.
    """

    def __init__(
        self,
        model: HRM,
        domain: AnyDomain,
        puzzle: Any,
        *,
        index: int = 0,
        model_name: str = "",
        report: Callable[[Update], None] | None = None,
        beliefs: bool = False,
    ) -> None:
        self._beliefs = beliefs
        self._model, self._domain, self._puzzle = model, domain, puzzle
        self._index, self._name, self._report = index, model_name, report
        self._view = _View(puzzle, index)
        self._thinking: Rollout | None = None
        self._number = 0
        self._thought: SegmentReadout | None = None
        self._single: Finished | None = None

    @property
    def method(self) -> Method:
        """What is tried after a failed pass."""
        return method_of(self._model.config)

    def start(self, policy: Policy) -> Iterator[SolveEvent]:
        """Started, Segment… and Finished: the first pass, then `policy.attempts` if it failed."""
        self._view.wind()
        yield started(self._domain, self._puzzle, policy, self._index, self._name, self.method)
        self._thinking = Rollout(self._model, self._domain, [self._puzzle])
        self._view.before = as_given(self._domain, self._puzzle, self._model.config.layout)
        yield from self._run(policy)

    def think_on(self, policy: Policy) -> Iterator[SolveEvent]:
        """Segment… and Finished: the first pass goes on from its carried state.

        `policy.segments` counts from the pass's beginning; ValueError if it was reached before.
        """
        if self._thinking is None or policy.segments <= self._number:
            raise ValueError(f"{self._number} segments were thought, the limit must be higher")
        self._view.wind()
        yield from self._run(policy)

    def try_again(self, policy: Policy) -> Iterator[SolveEvent]:
        """Segment… of `policy.attempts` copies or what-ifs and Finished; after a pass has ended."""
        if self._single is None:
            raise ValueError("the pass has not ended")
        self._view.wind()
        yield from self._end(policy, self._single)

    def _run(self, policy: Policy) -> Iterator[SolveEvent]:
        self._single = yield from self._pass(policy)
        failed = self._single.solved is False and self._domain.checkable
        if failed and policy.tries(self.method):
            yield from self._end(policy, self._single)
        else:
            yield replace(self._single, seconds=self._view.elapsed())

    def _end(self, policy: Policy, single: Finished) -> Iterator[SolveEvent]:
        model, domain, view = self._model, self._domain, self._view
        if self.method == "what-ifs":
            assert self._thought is not None
            said = self._thought.probabilities(0)
            search = WhatIfs(domain, model.config.layout, self._puzzle, said, policy, self._index)
            result = yield from _try_what_ifs(
                model, domain, search, view, single, seen=self._beliefs
            )
        else:
            result = yield from _try_copies(model, domain, policy, view, single, seen=self._beliefs)
        yield replace(result, seconds=view.elapsed())

    def _pass(self, policy: Policy) -> Generator[SolveEvent, None, Finished]:
        """The segments after those that were thought already, up to the limit at most."""
        assert self._thinking is not None
        layout = self._model.config.layout
        while True:
            residuals = Residuals(self._model.config, self._report)
            thought = self._thought = self._thinking.segment(residuals, cycles=self._beliefs)
            self._number += 1
            answer = self._domain.decode(thought.tokens[0], self._puzzle, layout)
            verdict = self._domain.check(self._puzzle, answer)
            decision = decide(
                thought.q_halt[0], thought.q_continue[0], self._number, policy, verdict
            )
            yield self._view.segment(
                self._number, policy.segments, thought, answer, verdict, decision, seen=residuals
            )
            if decision.stops:
                return finished(answer, verdict, decision.reason, self._number, self._index)


def as_given(domain: AnyDomain, puzzle: Any, layout: Layout) -> Answer:
    """What a puzzle shows, read as an answer: what a first segment is compared with."""
    return domain.decode(domain.encode(puzzle, layout), puzzle, layout)


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
    """Makes the Segment events of one puzzle; remembers what was shown last and holds the clock."""

    def __init__(self, puzzle: Any, index: int) -> None:
        self.puzzle, self.index = puzzle, index
        self._began = self._seconds = 0.0
        self.before: Answer | None = None

    def wind(self) -> None:
        """Let the clock go on from where it stood when something was last shown."""
        self._began = time.perf_counter() - self._seconds

    def elapsed(self) -> float:
        self._seconds = time.perf_counter() - self._began
        return self._seconds

    def segment(
        self,
        number: int,
        limit: int,
        thought: SegmentReadout,
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
        """`attempt` is of a copy, whose cells lie elsewhere, unless there is a `hypothesis`."""
        confidence = alternatives = None
        if not attempt or hypothesis:
            alternatives = thought.alternatives(row, answer.shape)
            confidence = alternatives.probabilities[0]
            beliefs = thought.beliefs(row, answer.shape)
        changed = self._changed(answer)
        self.before = answer
        return Segment(
            number=number,
            limit=limit,
            answer=answer,
            confidence=confidence,
            changed=changed,
            broken=verdict.broken,
            q_halt=thought.q_halt[row],
            q_continue=thought.q_continue[row],
            stops=decision.stops,
            why=decision.why,
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
        )

    def look(self, look: BranchResult, tried: tuple[Tried, ...] | None, *, last: bool) -> Segment:
        """A segment of what-ifs; `last` of all."""
        branch = look.branch
        return self.segment(
            look.segments,
            LIMIT,
            look.thought,
            look.answer,
            look.verdict,
            look.decision(last=last),
            row=look.place,
            attempt=branch.number,
            hypothesis=branch.hypothesis,
            tried=tried,
        )

    def _changed(self, answer: Answer) -> BoolGrid:
        if self.before is None or self.before.shape != answer.shape:
            return np.ones(answer.shape, dtype=np.bool_)
        return np.not_equal(self.before, answer)


def _try_copies(
    model: HRM, domain: AnyDomain, policy: Policy, view: _View, single: Finished, *, seen: bool
) -> Generator[SolveEvent, None, Finished]:
    """Think about all copies of one puzzle together; after each segment show the one that breaks
    the fewest rules, and if `seen` the others. Returns the verified result, or `single` if no copy
    gave one."""
    tried = copies(domain, view.puzzle, policy, view.index, model.config.layout)
    if not tried:
        return single
    thinking = Rollout(model, domain, [copy.puzzle for copy in tried])
    limit = policy.copy_segments
    for number in range(1, limit + 1):
        thought = thinking.segment(cycles=seen)
        answers = [
            copy.undo(domain.decode(tokens, copy.puzzle, model.config.layout))
            for copy, tokens in zip(tried, thought.tokens, strict=True)
        ]
        verdicts = [domain.check(view.puzzle, answer) for answer in answers]
        best = min(range(len(tried)), key=lambda i: _badness(verdicts[i]))
        verdict, answer = verdicts[best], answers[best]
        yield view.segment(
            number,
            limit,
            thought,
            answer,
            verdict,
            _copy_decision(verdict, best + 1, len(tried), last=number >= limit),
            row=best,
            attempt=tried[best].attempt,
            beliefs=_beliefs(thought, best, tried[best], answer, domain, model),
            tried=_shown(tried, answers, verdicts, over=number >= limit) if seen else None,
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


def _beliefs(
    thought: SegmentReadout,
    row: int,
    copy: Copy,
    answer: Answer,
    domain: AnyDomain,
    model: HRM,
) -> CycleBeliefs | None:
    """Of a copy, about the puzzle as given."""
    said = thought.beliefs(row, answer.shape)
    return None if said is None else undone(said, copy, domain, model.config.layout)


def _shown(
    tried: list[Copy], answers: list[Answer], verdicts: list[Verdict], *, over: bool
) -> tuple[Tried, ...]:
    return tuple(
        Tried(
            attempt=copy.attempt,
            answer=answer,
            violations=len(verdict.reasons),
            over=over or verdict.solved is True,
        )
        for copy, answer, verdict in zip(tried, answers, verdicts, strict=True)
    )


def _try_what_ifs(
    model: HRM, domain: AnyDomain, search: WhatIfs, view: _View, single: Finished, *, seen: bool
) -> Generator[SolveEvent, None, Finished]:
    """Round after round; after each segment show the branch that breaks the fewest rules, and if
    `seen` the others."""
    while not search.over:
        for _ in think(model, domain, [search], cycles=seen):
            assert search.leading is not None
            tried = tuple(map(_branch_shown, search.looks)) if seen else None
            yield view.look(search.leading, tried, last=search.over)
    return by_what_ifs(search, single)


def _branch_shown(look: BranchResult) -> Tried:
    return Tried(
        attempt=look.branch.number,
        answer=look.answer,
        violations=len(look.verdict.reasons),
        over=look.segments >= LIMIT or look.verdict.solved is True,
        hypothesis=look.branch.hypothesis,
    )


def by_what_ifs(search: WhatIfs, single: Finished) -> Finished:
    """The end of a search after the failed pass `single`; its `seconds` are left at 0."""
    if search.best is None:
        return single
    answer, verdict = search.best.answer, search.best.verdict
    result = finished(
        answer,
        verdict,
        "verified" if search.solved else "limit",
        search.best.segments,
        search.index,
        found="what-ifs",
        attempts=search.tried,
    )
    return replace(result, note=search.note)


def _badness(verdict: Verdict) -> tuple[bool, int]:
    return not verdict.solved, len(verdict.broken)


def _copy_decision(verdict: Verdict, attempt: int, attempts: int, *, last: bool) -> Decision:
    of = f"copy {attempt} of {attempts}"
    if verdict.solved:
        return Decision(True, "verified", f"{of}: every rule holds → stops")
    if last:
        return Decision(True, "limit", f"{of} breaks the fewest rules → stops at the limit")
    return Decision(False, "limit", f"{of} breaks the fewest rules → goes on")
