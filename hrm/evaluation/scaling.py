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
    """For every segment of every puzzle, (n, segments): whether the answer is right, and whether
    the model wants to halt."""

    right: Flags
    wants: Flags


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
            right = np.zeros((len(group), segments), dtype=np.bool_)
            wants = np.zeros_like(right)
            for number in range(segments):
                readout = rollout.segment()
                wants[:, number] = np.array(readout.q_halt) > np.array(readout.q_continue)
                right[:, number] = [
                    watch(tokens).right
                    for watch, tokens in zip(watches, readout.tokens, strict=True)
                ]
            yield Passes(right, wants)


def curve(parts: Sequence[Passes]) -> list[Point]:
    """A point at 1, 2, 4 … and the last segment."""
    right = np.concatenate([part.right for part in parts])
    wants = np.concatenate([part.wants for part in parts])
    most = right.shape[1]
    limits = sorted({*(2**power for power in range(most.bit_length())), most})
    return [_point(right, wants, limit) for limit in limits]


def _point(right: Flags, wants: Flags, limit: int) -> Point:
    rows = np.arange(len(right))
    stops = _first(wants, limit)
    confirmed = right[:, :limit].any(1)
    return Point(
        limit=limit,
        n=len(right),
        fixed=int(right[:, limit - 1].sum()),
        halting=int(right[rows, stops - 1].sum()),
        used=float(stops.mean()),
        checked=int(confirmed.sum()),
        needed=float(_first(right, limit).mean()),
    )


def _first(flags: Flags, limit: int) -> NDArray[np.int64]:
    """(n,) the first segment, from 1, at which a flag is set, or `limit`."""
    within = flags[:, :limit]
    return np.where(within.any(1), within.argmax(1) + 1, limit)
