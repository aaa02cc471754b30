"""Solving many puzzles: the decisions of `hrm.solving.session`, taken for whole batches at once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hrm.events import Finished, SolveEvent
from hrm.model.hrm import HRM
from hrm.solving.attempts import BATCH_CELLS, select_many
from hrm.solving.policy import Policy, decide
from hrm.solving.session import finished, started
from hrm.solving.thinking import Thinking, by_canvas
from puzzles.base import Answer, AnyDomain, Tokens, Verdict


def solve_many(
    model: HRM,
    domain: AnyDomain,
    puzzles: Sequence[Any],
    policy: Policy,
    *,
    model_name: str = "",
) -> Iterator[SolveEvent]:
    """Started and Finished events of many puzzles, thought about in batches and not in input order.

    Takes the same decisions as `solve`, except that of copies which the rules confirm in the same
    segment the one with the highest q_halt counts, not the first. Rows leave the batch when they
    stop; `seconds` of a puzzle is the time until its batch gave its answer.
    """
    for shape, members in by_canvas(domain, puzzles, model.config.layout).items():
        size = max(1, BATCH_CELLS // (shape[0] * shape[1]))
        for first in range(0, len(members), size):
            batch = members[first : first + size]
            began = time.perf_counter()
            for index in batch:
                yield started(domain, puzzles[index], policy, index, model_name)
            failed: dict[int, Finished] = {}
            for done in _first_pass(model, domain, puzzles, batch, policy):
                if done.solved is False and policy.attempts and domain.checkable:
                    failed[done.puzzle] = done
                else:
                    yield replace(done, seconds=time.perf_counter() - began)
            again = {index: puzzles[index] for index in failed}
            for event in select_many(model, domain, again, policy):
                if isinstance(event, Finished):
                    first_try = replace(failed.pop(event.puzzle), attempts=event.attempts)
                    best = event if event.solved else first_try
                    yield replace(best, seconds=time.perf_counter() - began)
            for done in failed.values():  # without a symmetric copy
                yield replace(done, seconds=time.perf_counter() - began)


def _first_pass(
    model: HRM, domain: AnyDomain, puzzles: Sequence[Any], batch: list[int], policy: Policy
) -> Iterator[Finished]:
    thinking = Thinking(model, domain, [puzzles[index] for index in batch])
    judges = [_Judge(model, domain, puzzles[index]) for index in batch]
    for number in range(1, policy.segments + 1):
        thought = thinking.segment()
        staying = np.ones(len(thinking.rows), dtype=np.bool_)
        for i, row in enumerate(thinking.rows):
            answer, verdict = judges[row](thought.tokens[i])
            decision = decide(thought.q_halt[i], thought.q_continue[i], number, policy, verdict)
            if decision.stops:
                staying[i] = False
                yield finished(answer, verdict, decision.reason, number, batch[row])
        if not staying.any():
            return
        if not staying.all():
            thinking.keep(staying)


class _Judge:
    """Decodes and checks answers to one puzzle, but only those that have changed."""

    def __init__(self, model: HRM, domain: AnyDomain, puzzle: Any) -> None:
        self._puzzle, self._domain, self._layout = puzzle, domain, model.config.layout
        self._seen: tuple[bytes, Answer, Verdict] | None = None

    def __call__(self, tokens: Tokens) -> tuple[Answer, Verdict]:
        key = tokens.tobytes()
        if self._seen is None or self._seen[0] != key:
            answer = self._domain.decode(tokens, self._puzzle, self._layout)
            self._seen = key, answer, self._domain.check(self._puzzle, answer)
        return self._seen[1:]
