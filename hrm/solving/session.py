"""Solves one puzzle as a stream of events: a pass, then symmetric copies or what-ifs.

If the rules can check an answer without knowing the solution (Sudoku, maze), an invalid answer is
never final: the model continues to the limit. Then it tries symmetric copies of the puzzle in one
batch, whose answers are mapped back and checked, or what-ifs (`hrm.solving.what_if`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Any

from hrm.events import CycleBeliefs, Finished, SolveEvent, Tried, Update
from hrm.model.hrm import HRM
from hrm.solving.attempts import Attempt, Race
from hrm.solving.copies import Copy, undone
from hrm.solving.policy import Decision, Method, Policy, decide, method_of
from hrm.solving.segments import (
    AnswerCheck,
    SegmentView,
    as_given,
    fillable,
    finished,
    pass_ended,
    started,
)
from hrm.solving.thinking import Residuals, Rollout, SegmentReadout
from hrm.solving.what_if import BranchResult, WhatIfs, think
from puzzles.contract.protocol import AnyDomain, Verdict
from puzzles.contract.tokens import Answer


def solve(
    model: HRM,
    domain: AnyDomain,
    puzzle: Any,
    policy: Policy,
    *,
    index: int = 0,
    model_name: str = "",
) -> Iterator[SolveEvent]:
    """Solve one puzzle: yields Started, Segment… and Finished. Closing the iterator cancels.

    >>> from hrm import Policy, bundled_model, load_model, solve
    >>> from puzzles import domain
    >>> maze = domain("maze")
    >>> model = load_model(bundled_model("maze"))
    >>> [puzzle] = maze.find("small")
    >>> started, *segments, finished = solve(model, maze, puzzle, Policy(segments=8))
    >>> finished.solved, finished.reason
    (True, 'halted')
    """
    return Session(model, domain, puzzle, index=index, model_name=model_name).start(policy)


class Session:
    """One puzzle and the model's state for it, so that a solve can be continued.

    >>> from hrm import Policy, Session, bundled_model, load_model
    >>> from puzzles import domain
    >>> sudoku = domain("sudoku")
    >>> [puzzle] = sudoku.find("hard")
    >>> session = Session(load_model(bundled_model("sudoku")), sudoku, puzzle)
    >>> *_, first = session.start(Policy(segments=1, attempts=0))
    >>> *_, second = session.think_on(Policy(segments=4, attempts=0))
    >>> first.segments, first.solved, second.segments > 1
    (1, False, True)

    `report` is called after every update inside a segment of the first pass; if it raises, the
    segment is abandoned and the carried state stays as it was. With `beliefs`, segments carry the
    beliefs of every cycle, and those of copies and what-ifs also all attempts.
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
        self._check = AnswerCheck(model, domain, puzzle)
        self._view = SegmentView(puzzle, index)
        self._rollout: Rollout | None = None
        self._readout: SegmentReadout | None = None
        self._single: Finished | None = None

    @property
    def method(self) -> Method:
        """What is tried after a failed pass."""
        return method_of(self._domain)

    def start(self, policy: Policy) -> Iterator[SolveEvent]:
        """Started, Segment… and Finished: the first pass, then `policy.attempts` if it failed."""
        self._view.wind()
        yield started(self._domain, self._puzzle, policy, self._index, self._name, self.method)
        self._rollout = Rollout(self._model, self._domain, [self._puzzle])
        layout = self._model.config.layout
        self._view.before = as_given(self._domain, self._puzzle, layout)
        self._view.asked = fillable(self._domain, self._puzzle, layout)
        yield from self._run(policy)

    def think_on(self, policy: Policy) -> Iterator[SolveEvent]:
        """Segment… and Finished: continue the first pass from its carried state.

        `policy.segments` counts from the beginning of the pass; raises ValueError if that many are
        done already.
        """
        done = self._rollout.number if self._rollout else 0
        if not done or policy.segments <= done:
            raise ValueError(f"{done} segments are done, the limit must be higher")
        self._view.wind()
        yield from self._run(policy)

    def try_again(self, policy: Policy) -> Iterator[SolveEvent]:
        """Segment… and Finished: try `policy.attempts` copies or what-ifs after the pass."""
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
            assert self._readout is not None
            probabilities = self._readout.probabilities(0)
            search = WhatIfs(
                domain, model.config.layout, self._puzzle, probabilities, policy, self._index
            )
            result = yield from _try_what_ifs(
                model, domain, search, view, single, seen=self._beliefs
            )
        else:
            result = yield from _try_copies(model, domain, policy, view, single, seen=self._beliefs)
        yield replace(result, seconds=view.elapsed())

    def _pass(self, policy: Policy) -> Generator[SolveEvent, None, Finished]:
        """The remaining segments of the pass, at most up to the limit."""
        rollout = self._rollout
        assert rollout is not None
        while True:
            residuals = Residuals(self._model.config, self._report)
            readout = self._readout = rollout.segment(residuals, cycles=self._beliefs)
            number = rollout.number
            answer, verdict = self._check(readout.tokens[0])
            decision = decide(readout.halts[0], number, policy, verdict)
            yield self._view.segment(
                number, policy.segments, readout, answer, verdict, decision, seen=residuals
            )
            if decision.stops:
                return pass_ended(readout, 0, self._check, decision, number, self._index)


def _try_copies(
    model: HRM,
    domain: AnyDomain,
    policy: Policy,
    view: SegmentView,
    single: Finished,
    *,
    seen: bool,
) -> Generator[SolveEvent, None, Finished]:
    """Run all copies of one puzzle as a batch; each segment event shows the copy that breaks the
    fewest rules, and with `seen` all others. Returns the verified result, or `single` if there is
    none."""
    judged = replace(policy, select="verified", noise=0.0)
    race = Race(model, domain, {view.index: view.puzzle}, judged)
    copies = race.copies
    while race.run_segment(cycles=seen):
        attempts = race.attempts
        best = min(range(len(copies)), key=lambda i: _badness(attempts[i].verdict))
        one = attempts[best]
        assert one.verdict is not None
        last = race.number >= race.limit
        yield view.segment(
            race.number,
            race.limit,
            race.readout,
            one.answer,
            one.verdict,
            Decision(True, "verified") if one.verdict.solved else Decision(last, "limit"),
            row=best,
            attempt=one.copy,
            beliefs=_beliefs(race.readout, best, copies[best], one.answer, domain, model),
            tried=tuple(_shown(attempt, over=last) for attempt in attempts) if seen else None,
        )
        if one.verdict.solved:
            return finished(
                one.answer,
                one.verdict,
                "verified",
                race.number,
                view.index,
                found="symmetric copies",
                attempts=len(copies),
            )
    return replace(single, attempts=len(copies)) if copies else single


def _beliefs(
    readout: SegmentReadout,
    row: int,
    copy: Copy,
    answer: Answer,
    domain: AnyDomain,
    model: HRM,
) -> CycleBeliefs | None:
    """The beliefs of a copy, mapped back to the puzzle as given."""
    seen = readout.beliefs(row, answer.shape)
    return None if seen is None else undone(seen, copy, domain, model.config.layout)


def _shown(attempt: Attempt, *, over: bool) -> Tried:
    assert attempt.verdict is not None
    return Tried(
        attempt=attempt.copy,
        answer=attempt.answer,
        violations=len(attempt.verdict.reasons),
        over=over or attempt.halted,
    )


def _try_what_ifs(
    model: HRM,
    domain: AnyDomain,
    search: WhatIfs,
    view: SegmentView,
    single: Finished,
    *,
    seen: bool,
) -> Generator[SolveEvent, None, Finished]:
    """Run the search; each segment event shows the branch that breaks the fewest rules, and with
    `seen` all others."""
    while not search.over:
        for _ in think(model, domain, [search], cycles=seen):
            assert search.leading is not None
            tried = tuple(map(_branch_shown, search.results)) if seen else None
            yield view.branch_segment(search.leading, tried, last=search.over)
    return by_what_ifs(search, single)


def _branch_shown(result: BranchResult) -> Tried:
    return Tried(
        attempt=result.branch.number,
        answer=result.answer,
        violations=len(result.verdict.reasons),
        over=result.segments >= result.limit or result.verdict.solved is True,
        hypothesis=result.branch.hypothesis,
    )


def by_what_ifs(search: WhatIfs, single: Finished) -> Finished:
    """The result of a search after the failed pass `single`; `seconds` stays 0."""
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


def _badness(verdict: Verdict | None) -> tuple[bool, int]:
    assert verdict is not None  # set by `Race` with `select` verified
    return not verdict.solved, len(verdict.broken)
