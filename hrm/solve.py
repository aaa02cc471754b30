"""Solving as a stream of events: think, check by the rules, try symmetric copies.

Where the rules can judge an answer without knowing it (Sudoku, maze), an invalid answer is never
final: the model goes on to the limit, then thinks about symmetric copies of the puzzle in one
batch, whose answers are mapped back and checked. Events always say which of the two it was.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hrm.events import Candidate, Finished, Found, Reason, Segment, SolveEvent, Started
from hrm.model import HRM
from hrm.policy import Decision, Policy, decide
from hrm.thinking import Residuals, Thinking, Thought
from puzzles.base import Answer, AnyDomain, BoolGrid, Layout, Tokens, Undo, Verdict

BATCH_CELLS = 16_384
"""Cells that are thought about at once when a whole file is solved; bounds the memory."""

DRAWS = 8
"""Random symmetries that are drawn for each copy that is wanted, as some are drawn twice."""


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


@dataclass(frozen=True, slots=True)
class Copy:
    """A symmetric copy of puzzle number `owner`; `undo` maps its answers back."""

    owner: int
    attempt: int
    puzzle: Any
    undo: Undo


def copies(
    domain: AnyDomain, puzzle: Any, policy: Policy, owner: int, layout: Layout
) -> list[Copy]:
    """Up to `policy.attempts` different symmetric copies; the same seed gives the same copies.

    There may be fewer: a maze has eight symmetries at most, and a rectangle that lies on its side
    needs another canvas than the puzzle.
    """
    rng = np.random.default_rng([policy.seed, owner])
    canvas = domain.encode(puzzle, layout).shape
    found: list[Copy] = []
    for _ in range(DRAWS * policy.attempts):
        twin, undo = domain.augment(puzzle, rng)
        known = twin == puzzle or any(twin == copy.puzzle for copy in found)
        if not known and domain.encode(twin, layout).shape == canvas:
            found.append(Copy(owner, len(found) + 1, twin, undo))
        if len(found) == policy.attempts:
            break
    return found


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


def solve_many(
    model: HRM,
    domain: AnyDomain,
    puzzles: Sequence[Any],
    policy: Policy,
    *,
    model_name: str = "",
) -> Iterator[SolveEvent]:
    """Started and Finished events of many puzzles, thought about in batches and not in input order.

    Takes the same decisions as `solve`; rows leave the batch when they stop. `seconds` of a puzzle
    is the time until its batch gave its answer.
    """
    canvases: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for index, puzzle in enumerate(puzzles):
        canvases[domain.encode(puzzle, model.config.layout).shape].append(index)
    for shape, members in canvases.items():
        size = max(1, BATCH_CELLS // (shape[0] * shape[1]))
        for first in range(0, len(members), size):
            batch = members[first : first + size]
            began = time.perf_counter()
            for index in batch:
                yield started(domain, puzzles[index], policy, index, model_name)
            failed: list[Finished] = []
            for done in _first_pass(model, domain, puzzles, batch, policy):
                if done.solved is False and policy.attempts and domain.checkable:
                    failed.append(done)
                else:
                    yield replace(done, seconds=time.perf_counter() - began)
            at_once = max(1, size // max(1, policy.attempts))
            for start in range(0, len(failed), at_once):
                group = failed[start : start + at_once]
                for done in _second_pass(model, domain, puzzles, group, policy):
                    yield replace(done, seconds=time.perf_counter() - began)


def _first_pass(
    model: HRM, domain: AnyDomain, puzzles: Sequence[Any], batch: list[int], policy: Policy
) -> Iterator[Finished]:
    thinking = Thinking(model, domain, [puzzles[index] for index in batch])
    judge = _Judge(model, domain)
    for number in range(1, policy.segments + 1):
        thought = thinking.segment()
        staying = np.ones(len(thinking.rows), dtype=np.bool_)
        for i, row in enumerate(thinking.rows):
            index = batch[row]
            answer, verdict = judge(index, puzzles[index], thought.tokens[i], None)
            decision = decide(thought.q_halt[i], thought.q_continue[i], number, policy, verdict)
            if decision.stops:
                staying[i] = False
                yield finished(answer, verdict, decision.reason, number, index)
        if not staying.any():
            return
        if not staying.all():
            thinking.keep(staying)


def _second_pass(
    model: HRM,
    domain: AnyDomain,
    puzzles: Sequence[Any],
    failed: list[Finished],
    policy: Policy,
) -> Iterator[Finished]:
    """Symmetric copies of several failed puzzles in one batch; a puzzle's copies leave together."""
    waiting = {done.puzzle: done for done in failed}
    layout = model.config.layout
    tried = [c for index in waiting for c in copies(domain, puzzles[index], policy, index, layout)]
    attempts = Counter(copy.owner for copy in tried)
    if not tried:
        yield from failed
        return
    thinking = Thinking(model, domain, [copy.puzzle for copy in tried])
    judge = _Judge(model, domain)
    for number in range(1, policy.segments + 1):
        thought = thinking.segment()
        for i, row in enumerate(thinking.rows):
            copy = tried[row]
            if copy.owner not in waiting:
                continue
            answer, verdict = judge(int(row), puzzles[copy.owner], thought.tokens[i], copy)
            if verdict.solved:
                del waiting[copy.owner]
                yield finished(
                    answer,
                    verdict,
                    "verified",
                    number,
                    copy.owner,
                    found="symmetric copies",
                    attempts=attempts[copy.owner],
                )
        staying = np.array([tried[row].owner in waiting for row in thinking.rows])
        if not staying.any():
            break
        if not staying.all():
            thinking.keep(staying)
    for done in waiting.values():
        yield replace(done, attempts=attempts[done.puzzle])


class _Judge:
    """Decodes and checks, but only answers that changed since the row was last judged."""

    def __init__(self, model: HRM, domain: AnyDomain) -> None:
        self._layout, self._domain = model.config.layout, domain
        self._known: dict[int, tuple[bytes, Answer, Verdict]] = {}

    def __call__(
        self, row: int, puzzle: Any, tokens: Tokens, copy: Copy | None
    ) -> tuple[Answer, Verdict]:
        """`puzzle` is the original; `tokens` are of `copy`, if there is one."""
        key = tokens.tobytes()
        known = self._known.get(row)
        if known is None or known[0] != key:
            if copy is None:
                answer = self._domain.decode(tokens, puzzle, self._layout)
            else:
                answer = copy.undo(self._domain.decode(tokens, copy.puzzle, self._layout))
            known = (key, answer, self._domain.check(puzzle, answer))
            self._known[row] = known
        return known[1], known[2]
