"""Solving ARC: train on the task's own demonstrations, then let its symmetric variants vote.

A model knows a task by its row of the puzzle embedding, and a new task has none. So a copy of the
model is trained for a while on the demonstrations, redrawn by several symmetries with a fresh row
each. All weights learn: adapting TRM (arXiv 2511.02886), rows alone did worse.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hrm.arc_data import IDENTITY, ArcSource, Example
from hrm.checkpoint import load_model, read_metadata, save_model
from hrm.errors import ModelError
from hrm.evaluate import accuracy
from hrm.events import Adapted, Candidate, Finished, Segment, SolveEvent
from hrm.model import HRM
from hrm.policy import Policy, sigmoid
from hrm.solve import solve, started
from hrm.trainer import Trainer
from hrm.training import TrainConfig
from puzzles.arc import ArcDomain, ArcPuzzle, Pair, Symmetry
from puzzles.arc_task import random_symmetry
from puzzles.base import Answer

TRAINED_SEGMENTS = 3
"""Segments that a demonstration is thought about, in training and when it is tested."""

ANSWER_SEGMENTS = 8
"""Limit of the final pass: on ARC most accuracy is there after the first (arXiv 2512.11847)."""

BATCH_CELLS = 1024
"""Cells of a step; half of it takes nearly as long, because the optimiser's part stays the same."""

CONFIRMATIONS = 2
"""Times that all demonstrations must be right in a row for adaptation to end early."""

REPORT_EVERY = 1.0
"""Seconds between Adapted events."""

TEST_SHARE = 0.1
"""About the largest share of the time that goes into testing the demonstrations for them."""

RATES: dict[str, Any] = {
    "matrix_rate": 1e-2,
    "puzzle_rate": 3e-2,
    "warmup": 10,
    "average": 0.0,  # it would lag behind weights that were just found right
}
"""Of `TrainConfig`, for about a hundred steps. Muon with rates below 1e-2, and AdamATan2 on all
weights, reproduced fewer demonstrations in as many steps."""

_DOMAIN = ArcDomain()


@dataclass(frozen=True, slots=True)
class Variant:
    """The task under a symmetry. Its number in the list is its row of the puzzle embedding."""

    puzzle: ArcPuzzle
    symmetry: Symmetry


@dataclass(frozen=True, slots=True)
class Vote:
    """A variant's answer, mapped back, after its last segment. `halting` and `confidence` (the mean
    over cells) are probabilities; `halted` says whether the model stopped by itself."""

    answer: Answer
    halting: float
    confidence: float
    halted: bool
    segments: int

    @classmethod
    def of(cls, last: Segment, symmetry: Symmetry) -> Vote:
        assert last.confidence is not None
        return cls(
            symmetry.undo(last.answer),
            sigmoid(last.q_halt),
            float(last.confidence.mean()),
            last.q_halt > last.q_continue,
            last.number,
        )


def solve_arc(
    model: HRM,
    puzzle: ArcPuzzle,
    policy: Policy,
    budget: float = 60.0,
    *,
    index: int = 0,
    model_name: str = "",
    steps: int = 0,
) -> Iterator[SolveEvent]:
    """Events of one test: Started, Adapted…, Segment… of the task as it is, Finished by vote.

    A copy of the model adapts, on the CPU, for `budget` seconds of training or until every variant
    of every demonstration is reproduced; `steps` replaces the budget, and then the answer depends
    on the seed alone. Closing the iterator cancels within a step. Raises `ModelError`.
    """
    began = time.perf_counter()
    if not model.config.puzzle_ids or model.config.vocabulary != _DOMAIN.spec.size:
        raise ModelError(
            "the model has no puzzle embedding for ARC tasks", "Leave out --model to use arc-mini."
        )
    limit = min(policy.segments, ANSWER_SEGMENTS)
    policy = replace(policy, segments=limit, min_segments=min(policy.min_segments, limit))
    yield started(_DOMAIN, puzzle, policy, index, model_name)
    # nothing below may know the output on file but the verdict on the finished vote
    variants = make_variants(replace(puzzle, output=None), policy)
    adaptation = Adaptation(model, variants, seed=policy.seed, budget=budget, steps=steps)
    with closing(adaptation.run()) as progress:
        for adapted in progress:
            yield replace(adapted, puzzle=index)
    votes = []
    for row, variant in enumerate(variants):
        for segment in _think(adaptation.model(row), variant.puzzle, policy):
            if row == 0:
                yield replace(segment, seconds=time.perf_counter() - began, puzzle=index)
        votes.append(Vote.of(segment, variant.symmetry))
    result = elect(puzzle, votes, adaptation.reproduced())
    yield replace(result, seconds=time.perf_counter() - began, puzzle=index)


def _think(model: HRM, puzzle: ArcPuzzle, policy: Policy) -> Iterator[Segment]:
    return (e for e in solve(model, _DOMAIN, puzzle, policy) if isinstance(e, Segment))


def make_variants(puzzle: ArcPuzzle, policy: Policy) -> list[Variant]:
    """The task as it is, then random symmetries of it: `policy.attempts` in all, at least one."""
    rng = np.random.default_rng(policy.seed)
    symmetries = [IDENTITY, *(random_symmetry(rng) for _ in range(policy.attempts - 1))]
    return [Variant(symmetry.redraw(puzzle), symmetry) for symmetry in symmetries]


class Adaptation:
    """Training of a copy of `model` on the demonstrations of `variants`, the task itself first.

    It ends after `steps`, or after `budget` seconds of training where `steps` is 0.
    """

    def __init__(
        self, model: HRM, variants: Sequence[Variant], *, seed: int, budget: float, steps: int
    ) -> None:
        self._puzzle = variants[0].puzzle
        self._budget, self._steps = budget, steps
        canvases: dict[tuple[int, int], list[Example]] = defaultdict(list)
        for row, variant in enumerate(variants):
            # a symmetry may swap the sides of the task's canvas: one or two sources
            height, width = _DOMAIN.encode(variant.puzzle, model.config.layout).shape
            pairs = variant.puzzle.demonstrations
            canvases[height, width] += [Example(pair, row) for pair in pairs]
        self._examples = sum(map(len, canvases.values()))
        cells = sum(len(of) * shape[0] * shape[1] for shape, of in canvases.items())
        config = TrainConfig(
            task="arc",
            model=replace(model.config, puzzle_ids=len(variants)),
            seed=seed,
            steps=steps,
            minutes=0.0 if steps else max(budget, REPORT_EVERY) / 60,
            batch_cells=min(BATCH_CELLS, cells),
            max_segments=TRAINED_SEGMENTS,
            **RATES,
        )
        self._trainer = Trainer(
            config, [ArcSource.of(shape, of, float(len(of))) for shape, of in canvases.items()]
        )
        rows = mean_row(model).repeat(len(variants), 1)
        self._trainer.start_from({**model.state_dict(), "puzzle_embedding": rows})

    def run(self) -> Generator[Adapted, None, None]:
        """Train to the end, or until enough rows in a row have left with the right answer."""
        try:
            yield from self._train()
        finally:
            self._trainer.close()

    def _train(self) -> Iterator[Adapted]:
        trainer = self._trainer
        reported = tested = time.perf_counter()
        right_since, reproduced, pause = trainer.examples, 0, 0.0
        while self._goes_on():
            done = trainer.train_step()
            if done.exact < 1.0:
                right_since = done.examples
            confirmed = done.examples - right_since >= CONFIRMATIONS * self._examples
            now = time.perf_counter()
            if not (confirmed or now - reported >= REPORT_EVERY or not self._goes_on()):
                continue
            if now - tested >= pause:
                reproduced = self.reproduced()
                tested = time.perf_counter()
                pause = (tested - now) / TEST_SHARE
            reported = time.perf_counter()
            yield Adapted(
                step=done.step,
                loss=done.loss,
                reproduced=reproduced,
                demonstrations=len(self._puzzle.demonstrations),
                seconds=done.seconds,
                budget=self._budget,
            )
            if confirmed:
                return

    def _goes_on(self) -> bool:
        trainer = self._trainer
        return trainer.progress() < 1.0 and (self._steps > 0 or trainer.seconds < self._budget)

    def model(self, row: int) -> HRM:
        """One that knows a single rule, that of variant `row`; valid until the next step."""
        weights = self._trainer.weights()
        table = weights["puzzle_embedding"][row : row + 1]
        with torch.device("meta"):
            model = HRM(replace(self._trainer.config.model, puzzle_ids=1))
        model.load_state_dict({**weights, "puzzle_embedding": table}, assign=True)
        return model.eval().requires_grad_(False)

    def reproduced(self) -> int:
        """How many demonstrations of the task itself are exact under the current weights."""
        puzzle = self._puzzle
        # among the demonstrations, the test input keeps the canvas as large as it was in training
        shown = (*puzzle.demonstrations, Pair(puzzle.input, puzzle.input))
        asked = [
            ArcPuzzle(puzzle.task, shown, pair.input, pair.output) for pair in puzzle.demonstrations
        ]
        return accuracy(self.model(0), _DOMAIN, asked, TRAINED_SEGMENTS).exact


def mean_row(model: HRM) -> Tensor:
    """(1, width) row from which a new task starts: the average of at most 8191 rows.

    Published tables have a million rows, which need not all be read from the disk for this.
    """
    table = model.puzzle_embedding
    return table[:: max(1, len(table) // 4096)].detach().float().mean(0, keepdim=True)


def elect(puzzle: ArcPuzzle, votes: Sequence[Vote], reproduced: int) -> Finished:
    """The two answers with most votes; ties go to the surer to halt, then to the surer of cells.

    The caller fills in `seconds` and `puzzle`.
    """
    parties: dict[tuple[tuple[int, ...], bytes], list[Vote]] = defaultdict(list)
    for vote in votes:
        parties[vote.answer.shape, vote.answer.tobytes()].append(vote)
    ranked = sorted(parties.values(), key=_strength, reverse=True)[:2]
    verdicts = [_DOMAIN.check(puzzle, party[0].answer) for party in ranked]
    solved = verdicts[0].solved if verdicts[0].solved is None else any(v.solved for v in verdicts)
    note = f"{reproduced} of {len(puzzle.demonstrations)} demonstrations reproduced"
    if solved is None:
        note += "; the answer is unverified"
    elif solved and not verdicts[0].solved:
        note += "; the second attempt is right"
    winner = ranked[0][0]
    return Finished(
        candidates=tuple(
            Candidate(answer=party[0].answer, share=len(party) / len(votes)) for party in ranked
        ),
        solved=solved,
        reasons=() if solved else verdicts[0].reasons,
        broken=verdicts[0].broken,
        reason="halted" if winner.halted else "limit",
        found="vote",
        segments=winner.segments,
        attempts=len(votes),
        seconds=0.0,
        note=f"{note}.",
    )


def _strength(party: Sequence[Vote]) -> tuple[int, float, float]:
    halting, confidence = np.mean([(vote.halting, vote.confidence) for vote in party], axis=0)
    return len(party), float(halting), float(confidence)


def export_base(run: Path, target: Path) -> None:
    """Write the model that ships: that of `run`, its table of task variants reduced to `mean_row`.

    An adaptation needs no more of the table; without it the file is a third smaller.
    """
    model = load_model(run)
    _, metadata = read_metadata(run)
    rows = model.config.puzzle_ids
    save_model(
        target,
        replace(model.config, puzzle_ids=1),
        {**model.state_dict(), "puzzle_embedding": mean_row(model)},
        {**metadata, "puzzle_embedding": f"mean of {rows} variants of tasks"},
    )
