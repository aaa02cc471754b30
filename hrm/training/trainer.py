"""A training step: deep supervision, with a loss and an optimiser step after every segment.

Each row of a batch keeps its carry until it halts; then a new puzzle replaces it. `Trainer.state`
holds everything that determines the next step, so a run resumed on a CPU continues bit-exactly.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from hrm.data.rows import Source, Stream
from hrm.devices import move
from hrm.errors import UserError
from hrm.model.hrm import HRM, Carry, SegmentOutput
from hrm.model.threads import Threads
from hrm.training.batch import Download, TrainBatch
from hrm.training.config import TrainConfig
from hrm.training.distributed import Ranks
from hrm.training.divergence import ADVICE, LossWatch
from hrm.training.events import StepDone
from hrm.training.objective import (
    SegmentLoss,
    add_deferred,
    continue_targets,
    minimum_segments,
    segment_loss,
    wants_to_halt,
)
from hrm.training.optim import WeightAverage, learning_rate_factor, optimizers

CHUNK = 256
"""Rows per chunk of a data stream."""

LEVELS = ("high", "low")


class Trainer:
    """The state of a run, and its training step.

    With several `ranks` every method is collective, and a batch is divided among the processes.
    Raises `ModelError` for an unusable device.
    """

    def __init__(
        self,
        config: TrainConfig,
        sources: Sequence[Source],
        device: str | torch.device = "cpu",
        ranks: Ranks | None = None,
    ) -> None:
        self.config = config
        self.ranks = ranks or Ranks()
        self.generator = torch.Generator().manual_seed(config.seed)
        # on the CPU, for the same weights on all devices
        self.model = HRM(config.model, self.generator)
        self.model.compute_dtype = getattr(torch, config.dtype)
        move(self.model, self.ranks.device(str(device)))
        self.optimizers = optimizers(self.model, config)
        self.average = WeightAverage(self.model, config.ema_decay) if config.ema_decay else None
        self.watch = LossWatch(config.warmup)
        self.shares = torch.tensor([float(source.share) for source in sources])
        self.batches = []
        for number, source in enumerate(sources):
            rows = max(1, config.batch_cells // (source.shape[0] * source.shape[1]))
            stream = Stream(source, (config.seed, number), 0, CHUNK)
            self.batches.append(TrainBatch(self.model, source, stream, rows, self.ranks))
        self.threads = Threads() if self.model.device.type == "cpu" else None
        self.step = 0
        self.examples = sum(len(batch.steps) for batch in self.batches)
        self.seconds = 0.0

    def weights(self) -> dict[str, Tensor]:
        """The weights to evaluate and save: the moving average if there is one."""
        return self.average.weights if self.average else self.model.state_dict()

    def progress(self) -> float:
        """Share of the run that is done, in [0, 1]."""
        by_step = self.step / self.config.steps if self.config.steps else 0.0
        by_time = self.seconds / (60 * self.config.minutes) if self.config.minutes else 0.0
        return min(1.0, max(by_step, by_time))

    def train_step(self) -> StepDone:
        """One segment of one batch and an optimiser step. Raises `UserError` on divergence."""
        config, began = self.config, time.perf_counter()
        batch = self._next_batch()
        self.examples += batch.refill()
        batch.steps += 1
        rows = len(batch.steps)
        report = self._think(batch, rows)
        rate = self._update(rows)
        seen = report.read()
        self.watch.see(self.step + 1, seen[:, 0].double().mean().item())
        least = minimum_segments(rows, config.max_segments, config.exploration, self.generator)
        stops = (seen[:, 3] > 0) & (batch.steps >= least)
        batch.halted = stops | (batch.steps >= config.max_segments)
        self.step += 1
        # learning rates and the end depend on the time, so all use rank 0's
        seconds = self.ranks.agree(time.perf_counter() - began)
        self.seconds += seconds
        return self._figures(batch, seen, rate, seconds)

    def _figures(self, batch: TrainBatch, seen: Tensor, rate: float, seconds: float) -> StepDone:
        """`seen` (rows, 4) has each row's loss, whether it is exact, its share of right cells and
        whether it wants to halt."""
        answer, exact, cells, wants = seen.double().unbind(1)
        done = batch.halted if bool(batch.halted.any()) else torch.ones_like(batch.halted)
        return StepDone(
            step=self.step,
            loss=answer.mean().item(),
            exact=exact[done].mean().item(),
            cells=cells[done].mean().item(),
            segments=batch.steps[done].double().mean().item(),
            halting=(wants == exact).double().mean().item(),
            examples=self.examples,
            rows_per_second=len(seen) / seconds,
            progress=self.progress(),
            seconds=self.seconds,
            rate=rate,
        )

    def _think(self, batch: TrainBatch, rows: int) -> Download:
        """One segment of this process's rows, forward and backward: moves the batch's carry on and
        leaves gradients of a loss over all `rows`. Returns what `_figures` reads."""
        parts = self.threads.parts(len(batch.part.tokens)) if self.threads else [slice(None)]
        if len(parts) > 1:
            weights = [p for p in self.model.parameters() if p.requires_grad]
            batch.carry, figures = self._think_apart(batch, rows, parts, weights)
            return Download(self.ranks.gather(figures, rows))
        out, loss = self._loss(batch, parts[0])
        # who halts is known after the forward, and fetched while a GPU runs backward
        report = Download(self.ranks.gather(self._seen(out, loss), rows))
        batch.carry = out.carry
        (loss.total / rows).backward()  # type: ignore[no-untyped-call]
        return report

    def _think_apart(
        self, batch: TrainBatch, rows: int, parts: Sequence[slice], weights: Sequence[nn.Parameter]
    ) -> tuple[Carry, Tensor]:
        """The same on several threads, whose gradients are summed in order."""
        threads = self.threads
        assert threads is not None

        def work(part: slice) -> tuple[SegmentOutput, Tensor, Sequence[Tensor | None]]:
            out, loss = self._loss(batch, part)
            found = torch.autograd.grad(loss.total / rows, weights, allow_unused=True)
            return out, self._seen(out, loss), found

        outs, figures, gradients = zip(*threads.map(work, parts), strict=True)
        for p, found in zip(weights, zip(*gradients, strict=True), strict=True):
            there = [gradient for gradient in found if gradient is not None]
            p.grad = _summed(there) if there else None
        high, low = (torch.cat([getattr(out.carry, name) for out in outs]) for name in LEVELS)
        return Carry(high, low), torch.cat(figures)

    def _seen(self, out: SegmentOutput, loss: SegmentLoss) -> Tensor:
        wants = wants_to_halt(out.q_halt, out.q_continue, self.config.model.halting)
        return torch.stack((loss.rows.float(), loss.exact, loss.cells, wants), dim=1)

    def _loss(self, batch: TrainBatch, part: slice) -> tuple[SegmentOutput, SegmentLoss]:
        """Think one segment of some of this process's rows; see `hrm.training.objective` for the
        value of going on."""
        config, weight = self.config, self.config.halting_weight
        rows, carry = batch.part[part], batch.carry.take(part)
        learns_q = config.model.halting == "q_learning"
        geometry = batch.geometry.take(part)
        out = self.model.segment(carry, rows.tokens, rows.puzzle_ids, geometry)
        is_last = batch.local(batch.steps >= config.max_segments)[part]
        target = None
        if learns_q and config.q_target == "exact":
            with torch.no_grad():
                after = self.model.segment(out.carry, rows.tokens, rows.puzzle_ids, geometry)
            target = continue_targets(after.q_halt, after.q_continue, is_last)
        labels = rows.labels
        if config.labels == "nearest":
            labels = batch.nearest(rows, out.logits)
        loss = segment_loss(
            out, labels, loss=config.loss, halting_weight=weight, continue_target=target
        )
        if learns_q and config.q_target == "deferred":
            _, earlier = self.model.halting_values(carry.high, geometry)
            continued = batch.local(batch.steps > 1)[part]
            loss = add_deferred(loss, earlier, out, continued, is_last, weight)
        return out, loss

    def _next_batch(self) -> TrainBatch:
        if len(self.batches) == 1:
            return self.batches[0]
        return self.batches[int(torch.multinomial(self.shares, 1, generator=self.generator))]

    def _update(self, rows: int) -> float:
        """Step the optimisers with the gradients of all processes; returns the rate factor."""
        config = self.config
        factor = learning_rate_factor(
            self.progress(),
            self.step,
            warmup=config.warmup,
            floor=config.floor,
            schedule=config.schedule,
        )
        self.ranks.sum_gradients(self.model, rows)
        dense = [p for p in self.model.parameters() if p.grad is not None and not p.grad.is_sparse]
        if config.clip:
            nn.utils.clip_grad_norm_(dense, config.clip)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["base_lr"] * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if self.average:
            self.average.update(self.model)
        return factor

    def require_finite(self) -> None:
        """Raises `UserError` if a weight to be saved is NaN or infinite."""
        for name, tensor in self.weights().items():
            if not bool(torch.isfinite(tensor).all()):
                raise UserError(
                    f"training diverged: after step {self.step} {name} is not finite", ADVICE
                )

    def state(self) -> dict[str, Any]:
        """The state as tensors and plain values, for `torch.save` and a weights-only load."""
        return {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "average": self.average.state_dict() if self.average else None,
            "lanes": [batch.state() for batch in self.batches],  # the name that files have
            "generator": self.generator.get_state(),
            "watch": self.watch.state(),
            "step": self.step,
            "examples": self.examples,
            "seconds": self.seconds,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        if len(state["lanes"]) != len(self.batches):
            raise UserError(
                f"the saved run has {len(state['lanes'])} data sources, this one "
                f"{len(self.batches)}",
                "Resume with the settings the run began with.",
            )
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        if self.average and state["average"]:
            self.average.load_state_dict(state["average"])
        for batch, saved in zip(self.batches, state["lanes"], strict=True):
            batch.load_state(saved)
        self.generator.set_state(state["generator"])
        self.watch.load_state(state["watch"])
        self.step, self.examples = state["step"], state["examples"]
        self.seconds = state["seconds"]

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Replace the random initial weights by trained ones."""
        self.model.load_state_dict(weights)
        if self.average:
            self.average = WeightAverage(self.model, self.config.ema_decay)
        for batch in self.batches:
            batch.begin()

    def close(self) -> None:
        for batch in self.batches:
            batch.stream.close()
        if self.threads:
            self.threads.close()


def _summed(parts: Sequence[Tensor]) -> Tensor:
    """Sum gradients; sparse ones keep an entry per row, as `sum_gradients` expects."""
    first, *others = parts
    if not first.is_sparse:
        return sum(others, first)
    indices = torch.cat([part._indices() for part in parts], dim=1)
    values = torch.cat([part._values() for part in parts])
    return torch.sparse_coo_tensor(indices, values, first.shape, check_invariants=False)


def averaged_model(trainer: Trainer) -> HRM:
    """A copy of the model for evaluation, with the weights that will be saved."""
    with torch.device("meta"):
        model = HRM(trainer.config.model)
    model.load_state_dict(trainer.weights(), assign=True)
    model.compute_dtype = trainer.model.compute_dtype
    return model.eval().requires_grad_(False)
