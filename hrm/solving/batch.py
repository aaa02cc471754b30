"""Solves many puzzles in batches, with the decisions of `hrm.solving.session`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from hrm.events import Finished, SolveEvent
from hrm.model.hrm import HRM
from hrm.solving.attempts import BATCH_CELLS, select_many
from hrm.solving.policy import Policy, decide, method_of
from hrm.solving.segments import AnswerCheck, pass_ended, started
from hrm.solving.session import by_what_ifs
from hrm.solving.thinking import Rollout, by_canvas
from hrm.solving.what_if import WhatIfs, search_each
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import FloatGrid

_Passed: TypeAlias = tuple[Finished, FloatGrid]
"""The result of a pass, and the probabilities of its last segment."""


def solve_many(
    model: HRM,
    domain: AnyDomain,
    puzzles: Sequence[Any],
    policy: Policy,
    *,
    model_name: str = "",
) -> Iterator[SolveEvent]:
    """Started and Finished events of many puzzles, in batches and not in input order.

    Decides like `solve`, except that among copies that are right in the same segment it takes the
    one with the highest q_halt rather than the first. Finished rows are dropped. `seconds` is the
    time until the answer appeared in its batch; for what-ifs, the puzzle's share of their time.
    """
    method = method_of(domain)
    for shape, members in by_canvas(domain, puzzles, model.config.layout).items():
        size = max(1, BATCH_CELLS // (shape[0] * shape[1]))
        for first in range(0, len(members), size):
            batch = members[first : first + size]
            began = time.perf_counter()
            for index in batch:
                yield started(domain, puzzles[index], policy, index, model_name, method)
            failed: dict[int, _Passed] = {}
            for done, probabilities in _first_pass(model, domain, puzzles, batch, policy):
                timed = replace(done, seconds=time.perf_counter() - began)
                if done.solved is False and policy.tries(method) and domain.checkable:
                    failed[done.puzzle] = timed, probabilities
                else:
                    yield timed
            if method == "what-ifs":
                yield from _what_ifs(model, domain, puzzles, failed, policy)
            else:
                yield from _copies(model, domain, puzzles, failed, policy, began)


def _copies(
    model: HRM,
    domain: AnyDomain,
    puzzles: Sequence[Any],
    failed: dict[int, _Passed],
    policy: Policy,
    began: float,
) -> Iterator[Finished]:
    again = {index: puzzles[index] for index in failed}
    for event in select_many(model, domain, again, policy):
        if isinstance(event, Finished):
            single, _ = failed.pop(event.puzzle)
            best = event if event.solved else replace(single, attempts=event.attempts)
            yield replace(best, seconds=time.perf_counter() - began)
    for single, _ in failed.values():  # these have no symmetric copy
        yield replace(single, seconds=time.perf_counter() - began)


def _what_ifs(
    model: HRM,
    domain: AnyDomain,
    puzzles: Sequence[Any],
    failed: Mapping[int, _Passed],
    policy: Policy,
) -> Iterator[Finished]:
    layout = model.config.layout
    searches = (
        WhatIfs(domain, layout, puzzles[index], probabilities, policy, index)
        for index, (_, probabilities) in failed.items()
    )
    for search in search_each(model, domain, searches):
        single, _ = failed[search.index]
        yield replace(by_what_ifs(search, single), seconds=single.seconds + search.spent)


def _first_pass(
    model: HRM, domain: AnyDomain, puzzles: Sequence[Any], batch: list[int], policy: Policy
) -> Iterator[_Passed]:
    """The result of the pass over each puzzle of the batch."""
    rollout = Rollout(model, domain, [puzzles[index] for index in batch])
    checks = [AnswerCheck(model, domain, puzzles[index]) for index in batch]
    for readout in rollout.run(policy.segments):
        number = rollout.number
        for place, row in enumerate(rollout.rows.tolist()):
            _, verdict = checks[row](readout.tokens[place])
            decision = decide(readout.halts[place], number, policy, verdict)
            if decision.stops:
                rollout.drop(place)
                done = pass_ended(readout, place, checks[row], decision, number, batch[row])
                yield done, readout.probabilities(place)
