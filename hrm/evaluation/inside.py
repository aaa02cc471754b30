"""Analyses the states of a model: convergence, dimensionality, and when cells are decided.

As in the HRM paper (arXiv 2506.21734, figures 3 and 6), residuals show whether the low level
converges within a cycle and the high level over all cycles; the participation ratio shows whether
the high level uses more dimensions than the low level.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hrm.model.hrm import HRM
from hrm.solving.accuracy import Watch
from hrm.solving.thinking import Rollout, by_canvas
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import IGNORE

Floats = NDArray[np.float64]
Level: TypeAlias = Literal["high", "low"]
LEVELS: tuple[Level, Level] = ("high", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """Means over `n` puzzles of one canvas size, each with S segments.

    low, high   ‖Δz‖ / ‖z‖ of every update, (S·N·T,) and (S·N,)
    dimensions  for each level, the participation ratio of its states after each segment, (S,)
    paths       for each level, the mean state after each segment projected on the two main
                components, (S, 2)
    explained   the shares of variance of these components
    decided     the share of scored cells (not a maze's walls) whose answer no longer changes after
                each segment, (S,), for puzzles that end right (True) and others; None if there are
                no such puzzles
    right       number of puzzles that end right
    sure        mean σ(q_halt) after each segment, (S,)
    correct     share of right puzzles after each segment, (S,); equals `sure` if calibrated
    """

    n: int
    right: int
    low: Floats
    high: Floats
    dimensions: dict[Level, Floats]
    paths: dict[Level, Floats]
    explained: dict[Level, tuple[float, float]]
    decided: dict[bool, Floats | None]
    sure: Floats
    correct: Floats


class _Recorder:
    """Observes one batch; keeps sums, and the mean state per puzzle, segment and level."""

    def __init__(self) -> None:
        self.steps: dict[str, list[float]] = {level: [] for level in LEVELS}
        self.last: dict[str, Tensor] = {}
        self.pooled: dict[str, list[Tensor]] = {level: [] for level in LEVELS}
        self.moments: dict[str, list[Moments]] = {level: [] for level in LEVELS}

    def __call__(self, level: Level, before: Tensor, after: Tensor) -> None:
        size = torch.linalg.vector_norm(before.flatten(1), dim=1)
        step = torch.linalg.vector_norm((after - before).flatten(1), dim=1)
        self.steps[level].append(float((step / size.clamp_min(1e-9)).sum()))
        self.last[level] = after

    def end_segment(self) -> None:
        for level, state in self.last.items():
            exact = state.cpu().double()  # Metal has no float64
            self.pooled[level].append(exact.mean(1))
            states = exact.flatten(0, 1)
            self.moments[level].append(Moments.of(states[states.any(1)]))  # not of closed ways

    def take_moments(self, before: _Recorder) -> None:
        """Add the moments of an earlier batch and clear them there, since each is (D, D)."""
        for level, own in self.moments.items():
            own[:] = [a + b for a, b in zip(own, before.moments[level], strict=True)]
            before.moments[level].clear()


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, sum (D,) and sum of outer products (D, D) of states."""

    count: int
    sum: Tensor
    products: Tensor

    @classmethod
    def of(cls, states: Tensor) -> Moments:
        return cls(len(states), states.sum(0), states.T @ states)

    def __add__(self, other: Moments) -> Moments:
        return Moments(
            self.count + other.count, self.sum + other.sum, self.products + other.products
        )

    def participation_ratio(self) -> float:
        """(Σλ)² / Σλ² of the covariance: 1 on a line, D if all directions vary equally."""
        mean = self.sum / self.count
        covariance = self.products / self.count - torch.outer(mean, mean)
        return float(covariance.trace() ** 2 / covariance.square().sum().clamp_min(1e-30))


def look_inside(
    model: HRM,
    domain: AnyDomain,
    puzzles: Sequence[Any],
    segments: int,
    batch: int = 64,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Inside:
    """Means over the puzzles of the most frequent canvas size; `report` gets (done, total).

    The model's halting is ignored, so every segment is a mean over the same puzzles.
    """
    members = max(by_canvas(domain, puzzles, model.config.layout).values(), key=len)
    watched = []
    for first in range(0, len(members), batch):
        part = [puzzles[i] for i in members[first : first + batch]]
        watched.append(_watch(model, domain, part, segments))
        for before in watched[-2:-1]:
            watched[-1].recorder.take_moments(before.recorder)
        report(first + len(part), len(members))
    return _means(watched)


@dataclass(frozen=True, slots=True)
class _Watched:
    """A batch of n puzzles: the segment at which each cell last changed (n, cells), 0 if it is not
    scored; and whether the answer was right, and σ(q_halt), after each segment, (n, S)."""

    recorder: _Recorder
    settled: NDArray[np.int64]
    right: NDArray[np.bool_]
    sure: Floats


def _watch(model: HRM, domain: AnyDomain, part: Sequence[Any], segments: int) -> _Watched:
    rollout = Rollout(model, domain, part)
    recorder = _Recorder()
    judges = [Watch(model, domain, puzzle) for puzzle in part]
    settled = np.ones((len(part), *rollout.shape), dtype=np.int64)
    right = np.zeros((len(part), segments), dtype=np.bool_)
    sure = np.zeros((len(part), segments))
    before = None
    for number in range(segments):
        readout = rollout.segment(recorder)
        recorder.end_segment()
        if before is not None:
            settled[readout.tokens != before] = number + 1
        before = readout.tokens
        right[:, number] = [
            judge(answer).right for judge, answer in zip(judges, before, strict=True)
        ]
        sure[:, number] = readout.chances
    for row, judge in zip(settled, judges, strict=True):
        if judge.target is not None:
            row[judge.target == IGNORE] = 0
    return _Watched(recorder, settled.reshape(len(part), -1), right, sure)


def _means(watched: Sequence[_Watched]) -> Inside:
    recorders = [batch.recorder for batch in watched]
    settled = np.concatenate([batch.settled for batch in watched])
    right = np.concatenate([batch.right for batch in watched])
    n, segments = right.shape
    ended = right[:, -1]
    steps = {
        level: np.sum([recorder.steps[level] for recorder in recorders], axis=0) / n
        for level in LEVELS
    }
    dimensions, paths, explained = {}, {}, {}
    for level in LEVELS:
        if not steps[level].size:  # a plain transformer has a single level
            continue
        totals = recorders[-1].moments[level]
        dimensions[level] = np.array([total.participation_ratio() for total in totals])
        pooled = torch.cat([torch.stack(r.pooled[level], 1) for r in recorders])
        paths[level], explained[level] = main_components(pooled)
    return Inside(
        n=n,
        right=int(ended.sum()),
        low=steps["low"],
        high=steps["high"],
        dimensions=dimensions,
        paths=paths,
        explained=explained,
        decided={flag: _decided(settled[ended == flag], segments) for flag in (True, False)},
        sure=np.concatenate([batch.sure for batch in watched]).mean(0),
        correct=right.mean(0),
    )


def main_components(pooled: Tensor) -> tuple[Floats, tuple[float, float]]:
    """Project states (n, S, D) on their two main components: mean path (S, 2) and the shares of
    variance."""
    flat = pooled.flatten(0, 1)
    middle = flat.mean(0)
    _, sizes, axes = torch.linalg.svd(flat - middle, full_matrices=False)
    shares = sizes.square() / sizes.square().sum().clamp_min(1e-30)
    path = (pooled.mean(0) - middle) @ axes[:2].T
    return path.numpy(), (float(shares[0]), float(shares[1]))


def _decided(settled: NDArray[np.int64], segments: int) -> Floats | None:
    if not settled.size:
        return None
    scored = settled[settled > 0]
    return np.array([(scored <= number).mean() for number in range(1, segments + 1)])
