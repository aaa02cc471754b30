"""Inference-time scaling: accuracy against the number of segments (arXiv 2506.21734, figure 5).

A long pass without halting contains all shorter ones, so the whole curve takes one pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm.model.hrm import HRM
from hrm.solving.accuracy import Watch
from hrm.solving.thinking import Rollout, by_canvas
from puzzles.contract.protocol import AnyDomain

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Passes:
    """For every segment of every puzzle, (n, segments).

    right    the answer is right
    ends     the model halts, or has waited in vain to get surer
    counted  the answer that counts if the pass ends here is right; with `halt_patience` it may be
             that of an earlier segment
    """

    right: Flags
    ends: Flags
    counted: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """How many of `n` puzzles are solved with `limit` segments: after exactly that many (`fixed`),
    when the model halts (`halting`, after `used` segments on average), and at any segment, as a
    rule checker would notice (`checked`, after `needed` on average)."""

    limit: int
    n: int
    fixed: int
    halting: int
    used: float
    checked: int
    needed: float


def passes(
    model: HRM, domain: AnyDomain, puzzles: Sequence[Any], segments: int, batch: int = 64
) -> Iterator[Passes]:
    """Run `segments` on every puzzle; yields after each batch."""
    for members in by_canvas(domain, puzzles, model.config.layout).values():
        for first in range(0, len(members), batch):
            group = [puzzles[i] for i in members[first : first + batch]]
            rollout = Rollout(model, domain, group)
            watches = [Watch(model, domain, puzzle) for puzzle in group]
            right, ends, counted = np.zeros((3, len(group), segments), dtype=np.bool_)
            for number, readout in enumerate(rollout.run(segments)):
                right[:, number] = [
                    watch(tokens).right
                    for watch, tokens in zip(watches, readout.tokens, strict=True)
                ]
                ends[:, number] = readout.halts
                counted[:, number] = right[range(len(group)), np.array(readout.surest) - 1]
            yield Passes(right, ends, counted)


def curve(parts: Sequence[Passes]) -> list[Point]:
    """A point at 1, 2, 4 … and the last segment."""
    whole = Passes(
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.ends for part in parts]),
        np.concatenate([part.counted for part in parts]),
    )
    most = whole.right.shape[1]
    limits = sorted({*(2**power for power in range(most.bit_length())), most})
    return [_point(whole, limit) for limit in limits]


def _point(whole: Passes, limit: int) -> Point:
    right = whole.right
    rows = np.arange(len(right))
    stops = _first(whole.ends, limit)
    confirmed = right[:, :limit].any(1)
    return Point(
        limit=limit,
        n=len(right),
        fixed=int(right[:, limit - 1].sum()),
        halting=int(whole.counted[rows, stops - 1].sum()),
        used=float(stops.mean()),
        checked=int(confirmed.sum()),
        needed=float(_first(right, limit).mean()),
    )


def _first(flags: Flags, limit: int) -> NDArray[np.int64]:
    """(n,) the first segment, from 1, at which a flag is set, or `limit`."""
    within = flags[:, :limit]
    return np.where(within.any(1), within.argmax(1) + 1, limit)
