"""Training as a generator of events: deep supervision, a loss and an optimiser step per segment.

Rows of a batch live on their own clocks: each keeps its carry until it halts, then a fresh puzzle
takes its place. Everything that decides the next step is in `Trainer.state`, so a run that is
resumed on a CPU goes on exactly as if it had never stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from hrm.data import Source, Stream
from hrm.errors import UserError
from hrm.lanes import Lane
from hrm.model import HRM, SegmentOutput
from hrm.objective import (
    SegmentLoss,
    continue_targets,
    minimum_segments,
    segment_loss,
    wants_to_halt,
)
from hrm.optim import AdamATan2, Muon, SparseSignSGD, WeightAverage, learning_rate_factor
from hrm.training import TrainConfig

CHUNK = 256
"""Rows that a data stream makes at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """Figures of one optimiser step. `loss` is per row; `exact`, `cells` are shares of right rows
    and cells among the rows that halted, `segments` their average; `examples` counts puzzles."""

    step: int
    loss: float
    exact: float
    cells: float
    segments: float
    halting: float
    examples: int
    rows_per_second: float
    progress: float
    seconds: float
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """The averaged weights on `count` held-out puzzles, single pass: `solved` by the rules.

    `loss` is that of the last training step, `seconds` what the evaluation took.
    """

    step: int
    loss: float
    solved: int
    count: int
    cells: float
    segments: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    step: int
    path: str
    final: bool


TrainEvent: TypeAlias = StepDone | Evaluated | Saved


def optimizers(model: HRM, config: TrainConfig) -> list[Optimizer]:
    """Muon or AdamATan2 on the stacks' matrices, AdamW or AdamATan2 on the rest, sign-SGD on the
    puzzle embedding."""
    stacks = [p for p in (*model.high.parameters(), *model.low.parameters()) if p.requires_grad]
    held = {id(p) for p in stacks}
    table = getattr(model, "puzzle_embedding", None)
    rest = [p for p in model.parameters() if id(p) not in held and p is not table]
    decay, rate = config.weight_decay, config.learning_rate
    if config.optimizer == "muon":
        built: list[Optimizer] = [
            Muon(stacks, config.matrix_rate, decay),
            torch.optim.AdamW(rest, rate, betas=(0.9, 0.95), weight_decay=decay, foreach=True),
        ]
    else:
        built = [AdamATan2(stacks + rest, rate, weight_decay=decay)]
    if table is not None:
        built.append(SparseSignSGD([table], config.puzzle_rate, config.puzzle_decay))
    for optimizer in built:
        for group in optimizer.param_groups:
            group["base_lr"] = group["lr"]
    return built


class Trainer:
    """The state of a run and one step of it."""

    def __init__(self, config: TrainConfig, sources: Sequence[Source]) -> None:
        self.config = config
        self.generator = torch.Generator().manual_seed(config.seed)
        self.model = HRM(config.model, self.generator)
        self.optimizers = optimizers(self.model, config)
        self.average = WeightAverage(self.model, config.average) if config.average else None
        self.shares = torch.tensor([source.share for source in sources])
        self.lanes = []
        for number, source in enumerate(sources):
            rows = max(1, config.batch_cells // (source.shape[0] * source.shape[1]))
            stream = Stream(source, (config.seed, number), 0, CHUNK)
            self.lanes.append(Lane(self.model, source, stream, rows))
        self.step = 0
        self.examples = sum(len(lane.steps) for lane in self.lanes)
        self.seconds = 0.0

    def weights(self) -> dict[str, Tensor]:
        """What is evaluated and saved: the moving average if there is one."""
        return self.average.weights if self.average else self.model.state_dict()

    def progress(self) -> float:
        """Share of the run that is done, in [0, 1]."""
        by_step = self.step / self.config.steps if self.config.steps else 0.0
        by_time = self.seconds / (60 * self.config.minutes) if self.config.minutes else 0.0
        return min(1.0, max(by_step, by_time))

    def train_step(self) -> StepDone:
        """One segment of one lane, and an optimiser step on its loss."""
        config, began = self.config, time.perf_counter()
        lane = self._next_lane()
        self.examples += lane.refill()
        lane.steps += 1
        out, loss = self._loss(lane)
        if not bool(torch.isfinite(loss.total)):
            raise UserError(
                f"training diverged: the loss of step {self.step + 1} is {loss.total.item()}",
                "Begin again with smaller rates: --set learning_rate=… --set matrix_rate=…",
            )
        rows = len(lane.steps)
        rate = learning_rate_factor(
            self.progress(),
            self.step,
            warmup=config.warmup,
            floor=config.floor,
            schedule=config.schedule,
        )
        self._update(loss.total / rows, rate)
        wants = wants_to_halt(out.q_halt, out.q_continue, config.model.halting).detach()
        least = minimum_segments(rows, config.max_segments, config.exploration, self.generator)
        lane.carry = out.carry
        lane.halted = (lane.steps >= config.max_segments) | (wants & (lane.steps >= least))
        self.step += 1
        seconds = time.perf_counter() - began
        self.seconds += seconds
        done = lane.halted if bool(lane.halted.any()) else torch.ones_like(lane.halted)
        return StepDone(
            step=self.step,
            loss=loss.answer.item() / rows,
            exact=loss.exact[done].float().mean().item(),
            cells=loss.cells[done].mean().item(),
            segments=lane.steps[done].float().mean().item(),
            halting=(wants == loss.exact).float().mean().item(),
            examples=self.examples,
            rows_per_second=rows / seconds,
            progress=self.progress(),
            seconds=self.seconds,
            rate=rate,
        )

    def _loss(self, lane: Lane) -> tuple[SegmentOutput, SegmentLoss]:
        """Think one segment; Q-learning looks one further for the value of going on."""
        config, batch = self.config, lane.batch
        out = self.model.segment(lane.carry, batch.tokens, batch.puzzle_ids, lane.geometry)
        target = None
        if config.model.halting == "q_learning":
            with torch.no_grad():
                after = self.model.segment(out.carry, batch.tokens, batch.puzzle_ids, lane.geometry)
            last = lane.steps >= config.max_segments
            target = continue_targets(after.q_halt, after.q_continue, last)
        return out, segment_loss(
            out,
            batch.labels,
            loss=config.loss,
            halting_weight=config.halting_weight,
            continue_target=target,
        )

    def _next_lane(self) -> Lane:
        if len(self.lanes) == 1:
            return self.lanes[0]
        return self.lanes[int(torch.multinomial(self.shares, 1, generator=self.generator))]

    def _update(self, loss: Tensor, factor: float) -> None:
        loss.backward()  # type: ignore[no-untyped-call]
        dense = [p for p in self.model.parameters() if p.grad is not None and not p.grad.is_sparse]
        if self.config.clip:
            nn.utils.clip_grad_norm_(dense, self.config.clip)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["base_lr"] * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if self.average:
            self.average.update(self.model)

    def state(self) -> dict[str, Any]:
        """Tensors and plain values only, for `torch.save` and a weights-only load."""
        return {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "average": self.average.state_dict() if self.average else None,
            "lanes": [lane.state() for lane in self.lanes],
            "generator": self.generator.get_state(),
            "step": self.step,
            "examples": self.examples,
            "seconds": self.seconds,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        if len(state["lanes"]) != len(self.lanes):
            raise UserError(
                f"the saved run has {len(state['lanes'])} data sources, this one {len(self.lanes)}",
                "Resume with the settings the run began with.",
            )
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        if self.average and state["average"]:
            self.average.load_state_dict(state["average"])
        for lane, saved in zip(self.lanes, state["lanes"], strict=True):
            lane.load_state(saved)
        self.generator.set_state(state["generator"])
        self.step, self.examples = state["step"], state["examples"]
        self.seconds = state["seconds"]

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Begin with trained weights instead of random ones."""
        self.model.load_state_dict(weights)
        if self.average:
            self.average = WeightAverage(self.model, self.config.average)

    def close(self) -> None:
        for lane in self.lanes:
            lane.stream.close()


def averaged_model(trainer: Trainer) -> HRM:
    """A copy of the model with the weights that will be saved, for evaluation."""
    with torch.device("meta"):
        model = HRM(trainer.config.model)
    model.load_state_dict(trainer.weights(), assign=True)
    return model.eval().requires_grad_(False)


def train(
    trainer: Trainer,
    *,
    save: Callable[[Trainer], str],
    evaluate: Callable[[HRM, float], Evaluated],
) -> Iterator[TrainEvent]:
    """Run to the end, evaluating and saving on the way; closing the iterator saves and stops.

    `evaluate` is given the model with the weights that will be saved and the last loss.
    """
    config = trainer.config
    evaluated = saved = trainer.seconds
    try:
        while trainer.progress() < 1.0:
            done = trainer.train_step()
            yield done
            due = config.evaluate_every and trainer.seconds - evaluated >= config.evaluate_every
            if due or trainer.progress() >= 1.0:
                evaluated = trainer.seconds
                yield evaluate(averaged_model(trainer), done.loss)
            if trainer.seconds - saved >= config.save_every:
                saved = trainer.seconds
                yield Saved(step=trainer.step, path=save(trainer), final=False)
        yield Saved(step=trainer.step, path=save(trainer), final=True)
    except GeneratorExit:
        # only here, between steps, is the state whole
        save(trainer)
        raise
    finally:
        trainer.close()
