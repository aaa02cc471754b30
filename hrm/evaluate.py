"""Accuracy with its counts: how many of n puzzles, after how many segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from hrm.model import HRM
from hrm.thinking import Thinking, by_canvas
from puzzles.base import IGNORE, AnyDomain


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """`exact` of `count` puzzles have every scored cell right; `valid` pass the rules (equal to
    `exact` where the rules cannot tell); `cells` is the mean share of right cells, `segments` the
    mean number of segments until the model stopped."""

    count: int
    exact: int
    valid: int
    cells: float
    segments: float


def accuracy(
    model: HRM,
    domain: AnyDomain,
    puzzles: Sequence[Any],
    segments: int,
    *,
    puzzle_ids: Sequence[int] | None = None,
    batch: int = 64,
) -> Accuracy:
    """Single pass on puzzles of any canvases: a row ends when the model halts, or at `segments`.

    `puzzle_ids`, one for each puzzle, choose rows of the model's puzzle embedding. The rules are
    asked only about the final answer; nothing is tried twice.
    """
    totals = np.zeros(4)
    for members in by_canvas(domain, puzzles, model.config.layout).values():
        for first in range(0, len(members), batch):
            group = members[first : first + batch]
            ids = None if puzzle_ids is None else torch.tensor([puzzle_ids[i] for i in group])
            totals += _batch(model, domain, [puzzles[i] for i in group], segments, ids)
    exact, valid, cells, used = totals
    count = max(1, len(puzzles))
    return Accuracy(
        count=len(puzzles),
        exact=int(exact),
        valid=int(valid),
        cells=cells / count,
        segments=used / count,
    )


def _batch(
    model: HRM, domain: AnyDomain, puzzles: list[Any], segments: int, ids: torch.Tensor | None
) -> Any:
    """Sums of exact, valid, share of right cells and segments over puzzles of one canvas."""
    layout = model.config.layout
    thinking = Thinking(model, domain, puzzles, None if ids is None else ids.to(model.device))
    totals = np.zeros(4)
    for number in range(1, segments + 1):
        thought = thinking.segment()
        halts = np.array(thought.q_halt) > np.array(thought.q_continue)
        halts |= number == segments
        for i in np.flatnonzero(halts):
            puzzle = puzzles[thinking.rows[i]]
            target = domain.target(puzzle, layout)
            right = np.zeros(1, dtype=bool)
            if target is not None:
                scored = target != IGNORE
                right = (thought.tokens[i] == target)[scored]
            exact = bool(right.all())
            valid = exact
            if domain.checkable and not exact:
                answer = domain.decode(thought.tokens[i], puzzle, layout)
                valid = bool(domain.check(puzzle, answer).solved)
            totals += (exact, valid, right.mean(), number)
        if halts.all():
            break
        if halts.any():
            thinking.keep(~halts)
    return totals
