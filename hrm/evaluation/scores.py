"""Summarises an evaluation: counts with intervals, by difficulty, and how the model halts.

Every share carries its count and a 95 % interval (Wilson's, which stays inside [0, 1]).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hrm.solving.wording import easiest_first

BINS = 10
"""Number of equal bins for the calibration of halting probabilities."""

_Z = 1.959964
"""Quantile of the normal distribution for its central 95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PuzzleResult:
    """The result for one puzzle.

    right     the answer at which the model halts is right
    exact     every cell equals the stored answer (as `right` if none is stored)
    path      mazes: the answer is at least a path
    single    one pass is right, if the rules may end it or continue it
    verified  right with further attempts, or for ARC in either of two attempts
    halting   (σ(q_halt), wants to halt, right) of every segment; for ARC (share of the votes,
              demonstrations reproduced, right) of the first attempt
    answers   the attempts at an ARC test, as rows of colours
    known     False for an ARC test without a known output, which is not counted
    """

    puzzle: int
    name: str
    difficulty: str
    halted: bool
    segments: int
    right: bool
    exact: bool
    path: bool | None
    cells: float
    single: bool
    verified: bool
    halting: tuple[tuple[float, bool, bool], ...]
    seconds: float
    answers: tuple[list[list[int]], ...] = ()
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`count` of `n`, and the 95 % interval of the share."""

    count: int
    n: int
    low: float
    high: float

    @classmethod
    def of(cls, flags: Sequence[bool]) -> Share:
        n, count = len(flags), sum(flags)
        low, high = wilson(count, n)
        return cls(count=count, n=n, low=low, high=high)

    @property
    def share(self) -> float:
        return self.count / self.n if self.n else 0.0


def wilson(count: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); [0, 1] for n = 0."""
    if not n:
        return 0.0, 1.0
    share, z2 = count / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """The segments with a halting probability in [`low`, `high`): their number, mean probability,
    and share of right answers."""

    low: float
    high: float
    count: int
    probability: float
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Halting:
    """Halting over all `segments` of all passes: `accuracy` is the share in which the model wants
    to halt exactly if it is right, `error` the expected calibration error of σ(q_halt)."""

    segments: int
    accuracy: float
    error: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The counts of a group of puzzles; see `PuzzleResult` for the fields."""

    n: int
    right: Share
    exact: Share
    path: Share | None
    single: Share
    verified: Share
    cells: float
    segments: tuple[float, ...]
    seconds: float

    @classmethod
    def of(cls, group: Sequence[PuzzleResult]) -> Scores:
        """`segments` holds mean, median, 90th percentile and maximum."""
        used = [one.segments for one in group] or [0]
        paths = [one.path for one in group if one.path is not None]
        return cls(
            n=len(group),
            right=Share.of([one.right for one in group]),
            exact=Share.of([one.exact for one in group]),
            path=Share.of(paths) if paths else None,
            single=Share.of([one.single for one in group]),
            verified=Share.of([one.verified for one in group]),
            cells=float(np.mean([one.cells for one in group] or [0.0])),
            segments=(
                float(np.mean(used)),
                float(np.median(used)),
                float(np.quantile(used, 0.9)),
                float(max(used)),
            ),
            seconds=float(np.mean([one.seconds for one in group] or [0.0])),
        )


def by_difficulty(judged: Sequence[PuzzleResult]) -> dict[str, Scores]:
    groups: dict[str, list[PuzzleResult]] = defaultdict(list)
    for one in judged:
        groups[one.difficulty].append(one)
    return {name: Scores.of(groups[name]) for name in sorted(groups, key=easiest_first)}


def halting(judged: Sequence[PuzzleResult]) -> Halting:
    samples = [sample for one in judged for sample in one.halting]
    probability = np.array([p for p, _, _ in samples])
    right = np.array([right for _, _, right in samples], dtype=np.bool_)
    agrees = np.array([wants == right for _, wants, right in samples])
    slots = np.minimum((probability * BINS).astype(int), BINS - 1)
    bins = []
    for slot in range(BINS):
        inside = slots == slot
        if inside.any():
            bins.append(
                Bin(
                    low=slot / BINS,
                    high=(slot + 1) / BINS,
                    count=int(inside.sum()),
                    probability=float(probability[inside].mean()),
                    right=float(right[inside].mean()),
                )
            )
    total = max(1, len(samples))
    return Halting(
        segments=len(samples),
        accuracy=float(agrees.mean()) if samples else 0.0,
        error=sum(b.count * abs(b.probability - b.right) for b in bins) / total,
        bins=tuple(bins),
    )
