"""Inference-time scaling: what more segments buy (arXiv 2506.21734, figure 5).

One long pass without halting contains every shorter one, so a whole curve costs one pass.
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
    """Every segment of every puzzle, (n, segments) each: is the answer right, does the model want
    to halt."""

    right: Flags
    wants: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Of `n` puzzles at a `limit` of segments: right after exactly so many (`fixed`), right when
    the model stops by itself (`halting`, after `used` on average), right at any segment up to
    there, as a rule checker would notice (`checked`, after `needed` on average)."""

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
    """Think `segments` about every puzzle; yields batch by batch, so that progress can be shown."""
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
