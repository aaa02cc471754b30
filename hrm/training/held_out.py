"""The puzzles that a run is evaluated on, and the evaluation itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hrm.data import arc, sources
from hrm.model.hrm import HRM
from hrm.solving.accuracy import accuracy
from hrm.solving.wording import easiest_first
from hrm.training.config import TrainConfig
from hrm.training.distributed import Ranks
from hrm.training.events import Evaluated, Measuring
from puzzles.contract.protocol import AnyDomain

EVALUATION_SEED = 20_250_626
"""Random seed of the held-out puzzles; only a run with this same seed trains on some of them."""


def held_out(config: TrainConfig, kind: AnyDomain) -> list[Any]:
    """The held-out puzzles of a run, always the same ones."""
    rng = np.random.default_rng(EVALUATION_SEED)
    if config.data:
        return sources.held_out(config.data, config.task, config.evaluate_count, rng)
    if kind.adapts:
        return arc.held_out(rng, config.mix, config.evaluate_count)
    if not config.evaluate_level:
        tests = kind.training().tests(config.mix, rng, config.evaluate_count)
        if tests:
            return tests
    level = config.evaluate_level or kind.evaluation_level(config.model.layout)
    return [kind.generate(rng, level) for _ in range(config.evaluate_count)]


class Evaluation:
    """One pass over each held-out puzzle; every process solves its share."""

    def __init__(
        self,
        config: TrainConfig,
        kind: AnyDomain,
        puzzles: Sequence[Any],
        segments: int,
        ranks: Ranks,
    ) -> None:
        self._kind, self._puzzles, self._segments, self._ranks = kind, puzzles, segments, ranks
        self._ids = _puzzle_ids(config, kind, puzzles)
        self._groups = _groups(config, kind, puzzles)
        self._names = sorted(set(self._groups), key=easiest_first)

    def run(
        self,
        model: HRM,
        step: int,
        loss: float,
        report: Callable[[Measuring], None] | None = None,
    ) -> Evaluated:
        """Evaluate `model`; `step` and `loss` of the last training step are passed on."""
        began = time.perf_counter()
        own = slice(self._ranks.rank, None, self._ranks.world)
        count = len(self._puzzles)

        def tell(done: int) -> None:
            if report is not None:
                everyone = min(count, done * self._ranks.world)
                report(Measuring(step=step, done=everyone, count=count))

        part = accuracy(
            model,
            self._kind,
            self._puzzles[own],
            self._segments,
            puzzle_ids=None if self._ids is None else self._ids[own],
            report=tell,
        )
        right = [self._groups[own][number] for number in part.right]
        sums = [part.valid, part.cells * part.count, part.segments * part.count]
        solved, cells, used, *each = self._ranks.sum([*sums, *map(right.count, self._names)])
        return Evaluated(
            step=step,
            loss=loss,
            solved=int(solved),
            count=count,
            cells=cells / count,
            segments=used / count,
            seconds=time.perf_counter() - began,
            groups=tuple(
                (name, int(solved), self._groups.count(name))
                for name, solved in zip(self._names, each, strict=True)
            ),
        )


def _puzzle_ids(config: TrainConfig, kind: AnyDomain, puzzles: Sequence[Any]) -> list[int] | None:
    """The row of the puzzle embedding for each puzzle; None: row 0 for all."""
    if config.data:
        return sources.identity_rows(config.data, config.task, puzzles, config.model.puzzle_ids)
    return arc.identity_ids(config.mix, puzzles) if kind.adapts else None


def _groups(config: TrainConfig, kind: AnyDomain, puzzles: Sequence[Any]) -> list[str]:
    """The group that each puzzle is counted in: its kind if a mix has several, else its
    difficulty."""
    names = [puzzle.name for puzzle in puzzles]
    if config.data or kind.adapts or len(set(names)) == 1:
        return [kind.difficulty(puzzle) for puzzle in puzzles]
    return names
