"""Test-time training: adapts a copy of a model to one ARC task from its demonstrations.

A model identifies a task by its row of the puzzle embedding, and a new task has none. So the
demonstrations are transformed by several symmetries, each with a new row, and all weights are
trained; training only the rows did worse for TRM (arXiv 2511.02886).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from hrm.arc.vote import Vote
from hrm.data.arc import ArcSource, Example, examples_of
from hrm.events import Adapted, Learning
from hrm.model.hrm import HRM, mean_row
from hrm.solving.policy import Policy, sigmoid
from hrm.solving.thinking import Rollout, SegmentReadout, by_canvas
from hrm.training.config import TrainConfig
from hrm.training.trainer import Trainer, averaged_model
from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import ArcPuzzle, Symmetry, asked, read_tokens
from puzzles.contract.tokens import Answer

TRAINED_SEGMENTS = 3
"""Segments per demonstration, in training and in tests."""

BATCH_CELLS = 1024
"""Cells per step; half as many take nearly as long because of the optimiser."""

CONFIRMATIONS = 2
"""How often in a row all demonstrations must be right to count as reproduced."""

SETTLED = 0.5
"""Once they are, at least this share of the run counts as done."""

REPORT_EVERY = 1.0
"""Seconds between Adapted events."""

LOOK_SHARE = 0.04
"""Largest share of the training time for evaluating the current weights, those at the ends of
rounds included, which choose the rounds that vote and are never left out."""

RATES: dict[str, Any] = {
    "muon_lr": 1e-2,
    "puzzle_rate": 3e-2,
    "warmup": 10,
    "ema_decay": 0.0,  # an average would lag behind weights that have just become right
}
"""Settings of `TrainConfig` for about a hundred steps. Muon with lower rates, and AdamATan2 for all
weights, reproduced fewer demonstrations in the same number of steps."""

CHOICES_RATES = {**RATES, "learning_rate": 5e-3}
"""The same for a model with choices, which has few weights outside its stacks."""

_DOMAIN = ArcDomain()


@dataclass(slots=True)
class LookTime:
    """What evaluations have cost in all rounds of a task: `spent` seconds in all, of which the
    `last` one took so many; `before` is the time of the rounds that are over."""

    spent: float = 0.0
    last: float = 0.0
    before: float = 0.0

    def add(self, seconds: float) -> None:
        self.spent, self.last = self.spent + seconds, seconds

    def allows(self, trained: float) -> bool:
        """Whether one more fits in the share of the time, in this round `trained` seconds, and
        still leaves enough for the one at the end of the round."""
        return self.spent + 2 * self.last <= LOOK_SHARE * (self.before + trained)


class Adaptation:
    """Training of a copy of `model` on the demonstrations of `task`, redrawn by `symmetries`, the
    first of which is the identity; each has its row of the puzzle embedding.

    It ends after `steps`, or after `budget` seconds of training where `steps` is 0; earlier if
    every variant of every demonstration is reproduced, and as long again has gone by. `afresh`
    takes the model's shape only and begins with random weights. What it would answer to `tests` is
    told while it learns, as often as `look_time`, which rounds share, allows. `stopped` is asked
    after every step.
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
        tests: Sequence[ArcPuzzle] = (),
        look_time: LookTime | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._task, self._symmetries, self._tests = task, symmetries, tests
        self.afresh = afresh
        self._budget, self._steps = budget, steps
        self._settled, self._stopped = False, stopped
        self._look_time = look_time or LookTime()
        self._looked: tuple[int, Look] | None = None
        canvases: dict[tuple[int, int], list[Example]] = defaultdict(list)
        for row, symmetry in enumerate(symmetries):
            variant = symmetry.redraw(task)
            for example in examples_of(variant, row, choices=model.config.choices):
                tokens = _DOMAIN.encode(asked(variant, example.pair), model.config.layout)
                height, width = tokens.shape
                canvases[height, width].append(example)
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
            **(CHOICES_RATES if model.config.choices else RATES),
        )
        sources = [ArcSource.of(shape, of, float(len(of))) for shape, of in canvases.items()]
        self._trainer = Trainer(config, sources, place(model))
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
        reported = time.perf_counter()
        right_since = trainer.examples
        look = Look((), ())
        while self._goes_on():
            done = trainer.train_step()
            if self._stopped():
                return
            if done.exact < 1.0:
                right_since = done.examples
            if done.examples - right_since >= CONFIRMATIONS * self._examples:
                self._settle()
            now, ended = time.perf_counter(), not self._goes_on()
            if now - reported < REPORT_EVERY and not ended:
                continue
            if ended or self._look_time.allows(trainer.seconds):
                look = self.look()
                self._look_time.add(time.perf_counter() - now)
            reported = time.perf_counter()
            yield Adapted(
                step=done.step,
                loss=done.loss,
                reproduced=self._right(look),
                demonstrations=len(self._task.demonstrations),
                seconds=done.seconds,
                budget=self._budget,
                steps=self._steps or None,
                learning=Learning(
                    round=1, rounds=1, afresh=self.afresh, shown=look.shown, guesses=look.guesses
                ),
            )

    def _goes_on(self) -> bool:
        trainer = self._trainer
        return trainer.progress() < 1.0 and (self._steps > 0 or trainer.seconds < self._budget)

    def _settle(self) -> None:
        """Shorten the run so that half of it is done and the learning rate falls from here on:
        weights that have just become right at full rate are often right by chance."""
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
        """The adapted model; row 0 is the task itself. It changes with the next step."""
        return averaged_model(self._trainer)

    def votes(self, test: ArcPuzzle, policy: Policy) -> list[Vote]:
        """The answer of every variant to `test`, the task itself first."""
        drawn = [symmetry.redraw(test) for symmetry in self._symmetries]
        found: dict[int, Vote] = {}
        for end in _passes(self.model(), drawn, range(len(drawn)), policy):
            found[end.puzzle] = Vote.of(
                end.readout.tokens[end.place],
                end.readout.log_probabilities(end.place),
                self._symmetries[end.puzzle],
                halting=sigmoid(end.readout.q_halt[end.place]),
                halted=end.halted,
                segments=end.segments,
            )
        return [found[row] for row in range(len(drawn))]

    def look(self) -> Look:
        """The current answers to the demonstrations and the tests; for the same weights they are
        found once."""
        if self._looked is None or self._looked[0] != self.steps:
            self._looked = self.steps, self._answers()
        return self._looked[1]

    def _answers(self) -> Look:
        shown = [asked(self._task, pair) for pair in self._task.demonstrations]
        puzzles = [*shown, *self._tests]
        policy = Policy(segments=TRAINED_SEGMENTS)
        found = {
            end.puzzle: read_tokens(end.readout.tokens[end.place])
            for end in _passes(self.model(), puzzles, [0] * len(puzzles), policy)
        }
        answers = tuple(found[number] for number in range(len(puzzles)))
        return Look(answers[: len(shown)], answers[len(shown) :])

    def reproduced(self) -> int:
        """Number of demonstrations that the current weights reproduce."""
        return self._right(self.look())

    def _right(self, look: Look) -> int:
        pairs = zip(self._task.demonstrations, look.shown, strict=False)
        return sum(np.array_equal(pair.output, answer) for pair, answer in pairs)


@dataclass(frozen=True, slots=True)
class Look:
    """Answers to the demonstrations and to the tests."""

    shown: tuple[Answer, ...]
    guesses: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class _End:
    """The last segment of a puzzle, at `place` of the readout."""

    puzzle: int
    readout: SegmentReadout
    place: int
    segments: int
    halted: bool


def _passes(
    model: HRM, puzzles: Sequence[ArcPuzzle], rows: Sequence[int], policy: Policy
) -> Iterator[_End]:
    """One pass over each puzzle until the model halts or the limit is reached; `rows` are the rows
    of the puzzle embedding."""
    for members in by_canvas(_DOMAIN, puzzles, model.config.layout).values():
        ids = torch.tensor([rows[member] for member in members], device=model.device)
        rollout = Rollout(model, _DOMAIN, [puzzles[member] for member in members], ids)
        for readout in rollout.run(policy.segments):
            number = rollout.number
            for place, row in enumerate(rollout.rows.tolist()):
                halted = readout.halts[place] and number >= policy.min_segments
                if halted or number == policy.segments:
                    rollout.drop(place)
                    yield _End(members[row], readout, place, number, halted)


def place(model: HRM) -> torch.device:
    """Where copies of the model are trained: on its device, but on the CPU instead of Metal, on
    which training is untested."""
    return torch.device("cpu") if model.device.type == "mps" else model.device
