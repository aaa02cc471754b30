"""Solving many puzzles: the decisions of `hrm.solve`, taken for whole batches at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hrm.copies import Copy, copies
from hrm.events import Finished, SolveEvent
from hrm.model import HRM
from hrm.policy import Policy, decide
from hrm.solve import finished, started
from hrm.thinking import Thinking, by_canvas
from puzzles.base import Answer, AnyDomain, Tokens, Verdict

BATCH_CELLS = 16_384
"""Cells that are thought about at once when a whole file is solved; bounds the memory."""


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
    for shape, members in by_canvas(domain, puzzles, model.config.layout).items():
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
    for number in range(1, policy.copy_segments + 1):
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
