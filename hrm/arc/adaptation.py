"""Teaching a copy of a model one ARC task from its demonstrations.

A model knows a task by its row of the puzzle embedding, and a new task has none. So the
demonstrations are redrawn by several symmetries, with a fresh row each, and all weights learn:
adapting TRM (arXiv 2511.02886), rows alone did worse.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from hrm.arc.vote import Vote
from hrm.data.arc import ArcSource, Example
from hrm.events import Adapted
from hrm.model.hrm import HRM, mean_row
from hrm.solving.accuracy import accuracy
from hrm.solving.policy import Policy, sigmoid
from hrm.solving.thinking import Rollout, by_canvas
from hrm.training.config import TrainConfig
from hrm.training.trainer import Trainer, averaged_model
from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import ArcPuzzle, Symmetry, asked, free_colours

TRAINED_SEGMENTS = 3
"""Segments that a demonstration is thought about, in training and when it is tested."""

BATCH_CELLS = 1024
"""Cells of a step; half of it takes nearly as long, because the optimiser's part stays the same."""

CONFIRMATIONS = 2
"""Times that all demonstrations must be right in a row to count as reproduced."""

SETTLED = 0.5
"""Share of a run that is over, at the latest, when they are."""

REPORT_EVERY = 1.0
"""Seconds between Adapted events."""

TEST_SHARE = 0.1
"""About the largest share of the time that goes into testing the demonstrations for them."""

RATES: dict[str, Any] = {
    "muon_lr": 1e-2,
    "puzzle_rate": 3e-2,
    "warmup": 10,
    "ema_decay": 0.0,  # it would lag behind weights that were just found right
}
"""Of `TrainConfig`, for about a hundred steps. Muon with rates below 1e-2, and AdamATan2 on all
weights, reproduced fewer demonstrations in as many steps."""

_DOMAIN = ArcDomain()


class Adaptation:
    """Training of a copy of `model` on the demonstrations of `task`, redrawn by `symmetries`, the
    first of which is the identity; each has its row of the puzzle embedding.

    It ends after `steps`, or after `budget` seconds of training where `steps` is 0; earlier if
    every variant of every demonstration is reproduced, and as long again has gone by. `afresh`
    takes the model's shape only and begins with random weights.
    """

    def __init__(
        self,
        model: HRM,
        task: ArcPuzzle,
        symmetries: Sequence[Symmetry],
        *,
        seed: int,
        budget: float,
        steps: int,
        afresh: bool = False,
    ) -> None:
        self._task, self._symmetries = task, symmetries
        self._budget, self._steps = budget, steps
        self._settled = False
        canvases: dict[tuple[int, int], list[Example]] = defaultdict(list)
        for row, symmetry in enumerate(symmetries):
            variant = symmetry.redraw(task)
            free = free_colours(variant)
            for pair in variant.demonstrations:
                tokens = _DOMAIN.encode(asked(variant, pair), model.config.layout)
                height, width = tokens.shape
                canvases[height, width].append(Example(pair, row, free))
        self._examples = sum(map(len, canvases.values()))
        largest = max(len(of) * shape[0] * shape[1] for shape, of in canvases.items())
        config = TrainConfig(
            task="arc",
            model=replace(model.config, puzzle_ids=len(symmetries)),
            seed=seed,
            steps=steps,
            minutes=0.0 if steps else max(budget, REPORT_EVERY) / 60,
            batch_cells=min(BATCH_CELLS, largest),
            max_segments=TRAINED_SEGMENTS,
            **RATES,
        )
        sources = [ArcSource.of(shape, of, float(len(of))) for shape, of in canvases.items()]
        self._trainer = Trainer(config, sources, _place(model))
        if not afresh:
            rows = mean_row(model).repeat(len(symmetries), 1)
            self._trainer.start_from({**model.state_dict(), "puzzle_embedding": rows})

    def run(self) -> Generator[Adapted, None, None]:
        """Train to the end; closing it stops within a step."""
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
            if done.examples - right_since >= CONFIRMATIONS * self._examples:
                self._settle()
            now, ended = time.perf_counter(), not self._goes_on()
            if now - reported < REPORT_EVERY and not ended:
                continue
            if now - tested >= pause or ended:
                reproduced = self.reproduced()
                tested = time.perf_counter()
                pause = (tested - now) / TEST_SHARE
            reported = time.perf_counter()
            yield Adapted(
                step=done.step,
                loss=done.loss,
                reproduced=reproduced,
                demonstrations=len(self._task.demonstrations),
                seconds=done.seconds,
                budget=self._budget,
            )

    def _goes_on(self) -> bool:
        trainer = self._trainer
        return trainer.progress() < 1.0 and (self._steps > 0 or trainer.seconds < self._budget)

    def _settle(self) -> None:
        """Let half of the run be over, if it is not yet: the rates go down from here. Weights that
        have just come to be right at full rate are right by chance as often as not."""
        trainer = self._trainer
        if not self._settled and trainer.progress() < SETTLED:
            self._settled = True
            if self._steps:
                steps = round(trainer.step / SETTLED)
                trainer.config = replace(trainer.config, steps=steps)
            else:
                minutes = trainer.seconds / 60 / SETTLED
                trainer.config = replace(trainer.config, minutes=minutes)

    @property
    def seconds(self) -> float:
        return self._trainer.seconds

    @property
    def steps(self) -> int:
        return self._trainer.step

    def model(self) -> HRM:
        """It knows the task as row 0 and its variants as the others; changes with the next step."""
        return averaged_model(self._trainer)

    def votes(self, test: ArcPuzzle, policy: Policy) -> list[Vote]:
        """What every variant answers to `test`, the task itself first."""
        model = self.model()
        drawn = [symmetry.redraw(test) for symmetry in self._symmetries]
        found: dict[int, Vote] = {}
        for members in by_canvas(_DOMAIN, drawn, model.config.layout).values():
            ids = torch.tensor(members, device=model.device)
            rollout = Rollout(model, _DOMAIN, [drawn[member] for member in members], ids)
            for number in range(1, policy.segments + 1):
                readout = rollout.segment()
                leaving = np.zeros(len(rollout.rows), dtype=np.bool_)
                for i, row in enumerate(rollout.rows.tolist()):
                    halts = readout.q_halt[i] > readout.q_continue[i]
                    halts = halts and number >= policy.min_segments
                    leaving[i] = halts or number == policy.segments
                    if leaving[i]:
                        found[members[row]] = Vote.of(
                            readout.tokens[i],
                            readout.log_probabilities(i),
                            self._symmetries[members[row]],
                            halting=sigmoid(readout.q_halt[i]),
                            halted=halts,
                            segments=number,
                        )
                if leaving.all():
                    break
                rollout.keep(~leaving)
        return [found[row] for row in range(len(drawn))]

    def reproduced(self) -> int:
        """How many demonstrations of the task itself are exact under the current weights."""
        shown = [asked(self._task, pair) for pair in self._task.demonstrations]
        return accuracy(self.model(), _DOMAIN, shown, TRAINED_SEGMENTS).exact


def _place(model: HRM) -> torch.device:
    """The model's device, but the CPU instead of Metal, where learning was never tried."""
    return torch.device("cpu") if model.device.type == "mps" else model.device
