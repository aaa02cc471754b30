"""Choosing among several attempts without asking the rules.

All attempts at a puzzle (the puzzle itself and symmetric copies, each with latent noise if wanted)
think in one batch, every one until it halts by its own wish. What the model says of itself then
chooses: the first to halt (arXiv 2601.19085), the surest q_halt (arXiv 2605.19943), or a vote.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from hrm.copies import Copy, copies
from hrm.events import SolveEvent
from hrm.model import HRM
from hrm.policy import Policy, Select
from hrm.solve import finished, started
from hrm.thinking import Thinking, by_canvas
from puzzles.base import Answer, AnyDomain

BATCH_CELLS = 16_384
"""Cells that are thought about at once; bounds the memory."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt says when it halts, or at the limit: `answer` is of the puzzle as given."""

    answer: Answer
    halted: bool
    segments: int
    q_halt: float


def choose(attempts: Sequence[Attempt], select: Select) -> Attempt:
    """The attempt whose answer counts; `attempts` is not empty.

    first-to-halt: fewest segments, among those that halted if any did. q: the highest q_halt. vote:
    the most frequent answer, then the highest mean q_halt; its surest attempt stands for it.
    """
    if select == "first-to-halt":
        return min(attempts, key=lambda one: (not one.halted, one.segments, -one.q_halt))
    if select == "q":
        return max(attempts, key=lambda one: one.q_halt)
    groups: dict[tuple[tuple[int, ...], bytes], list[Attempt]] = defaultdict(list)
    for one in attempts:
        groups[one.answer.shape, one.answer.tobytes()].append(one)
    most = max(groups.values(), key=lambda g: (len(g), np.mean([one.q_halt for one in g])))
    return max(most, key=lambda one: one.q_halt)


def select_many(
    model: HRM,
    domain: AnyDomain,
    puzzles: Sequence[Any],
    policy: Policy,
    *,
    model_name: str = "",
) -> Iterator[SolveEvent]:
    """Started and Finished events, batch by batch; the rules judge what was chosen, no more."""
    for shape, members in by_canvas(domain, puzzles, model.config.layout).items():
        rows = policy.attempts + 1
        size = max(1, BATCH_CELLS // (shape[0] * shape[1] * rows))
        for first in range(0, len(members), size):
            batch = members[first : first + size]
            began = time.perf_counter()
            for index in batch:
                yield started(domain, puzzles[index], policy, index, model_name)
            for index, attempts in _attempts(model, domain, puzzles, batch, policy).items():
                chosen = choose(attempts, policy.select)
                result = finished(
                    chosen.answer,
                    domain.check(puzzles[index], chosen.answer),
                    "halted" if chosen.halted else "limit",
                    chosen.segments,
                    index,
                    found="vote" if policy.select == "vote" else "symmetric copies",
                    attempts=len(attempts),
                )
                yield replace(result, seconds=time.perf_counter() - began)


def _attempts(
    model: HRM, domain: AnyDomain, puzzles: Sequence[Any], batch: list[int], policy: Policy
) -> dict[int, list[Attempt]]:
    layout = model.config.layout
    tried: list[Copy] = []
    for index in batch:
        tried.append(Copy(index, 0, puzzles[index], lambda answer: answer))
        tried += copies(domain, puzzles[index], policy, index, layout)
    thinking = Thinking(model, domain, [copy.puzzle for copy in tried])
    generator = torch.Generator(model.device).manual_seed(policy.seed)
    found: dict[int, list[Attempt]] = {index: [] for index in batch}
    for number in range(1, policy.segments + 1):
        if policy.noise:
            thinking.disturb(policy.noise, generator)
        thought = thinking.segment()
        staying = np.ones(len(thinking.rows), dtype=np.bool_)
        for i, row in enumerate(thinking.rows.tolist()):
            copy = tried[row]
            halts = thought.q_halt[i] > thought.q_continue[i] and number >= policy.min_segments
            if halts or number == policy.segments:
                staying[i] = False
                answer = copy.undo(domain.decode(thought.tokens[i], copy.puzzle, layout))
                found[copy.owner].append(Attempt(answer, halts, number, thought.q_halt[i]))
        if not staying.any():
            break
        if not staying.all():
            thinking.keep(staying)
    return found
