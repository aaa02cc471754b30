"""A few steps of training against a slow, obviously right one: a row at a time, plain loops.

HRM with Q-learning, AdamATan2, sign-SGD on the puzzle embedding, no clipping.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from torch import Tensor

from hrm.data.rows import IGNORE_LABEL, Rows, Stream, to_batch
from hrm.model.hrm import HRM, Carry
from hrm.training.config import TrainConfig
from hrm.training.objective import log_stablemax, minimum_segments
from hrm.training.trainer import CHUNK, Trainer

STEPS = 7
CONFIG = tiny.drill_config(
    model=replace(
        tiny.DRILL,
        halting="q_learning",
        prefix=1,
        puzzle_ids=5,
        puzzle_width=16,
        halt_reads="first",
    ),
    batch_cells=36,
    loss="stablemax",
    optimizer="adam_atan2",
    learning_rate=2e-3,
    weight_decay=0.1,
    puzzle_rate=1e-2,
    puzzle_decay=0.1,
    halting_weight=0.5,
    exploration=0.5,
    clip=0.0,
    ema_decay=0.9,
    warmup=3,
    steps=20,
)


@dataclass(frozen=True)
class Named(tiny.Drill):
    """Five puzzles among six rows: some step surely has one of them twice."""

    def make(self, rng: np.random.Generator, count: int) -> Rows:
        rows = super().make(rng, count)
        return replace(rows, puzzle_ids=rng.integers(0, 5, count))


@dataclass
class Row:
    """One row of the batch: its puzzle, its carry and how far it is."""

    tokens: Tensor
    labels: Tensor
    puzzle_id: Tensor
    carry: Carry
    segments: int = 0
    halted: bool = False


class Slow:
    """What `Trainer` does, in the words of the paper."""

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.generator = torch.Generator().manual_seed(config.seed)
        self.model = HRM(config.model, self.generator)
        self.stream = Stream(Named(), (config.seed, 0), 0, CHUNK)
        self.rows = [self.fresh() for _ in range(6)]
        self.named = dict(self.model.named_parameters())
        self.mean = {name: torch.zeros_like(p) for name, p in self.named.items()}
        self.square = {name: torch.zeros_like(p) for name, p in self.named.items()}
        self.average = {k: v.clone() for k, v in self.model.state_dict().items()}
        self.steps = 0

    def fresh(self) -> Row:
        batch = to_batch(self.stream.take(1))
        assert batch.puzzle_ids is not None
        start = self.model.initial_carry((1, 6))
        return Row(batch.tokens, batch.labels, batch.puzzle_ids, start)

    def step(self) -> float:
        """The mean loss of the answers, as `StepDone.loss`."""
        self.rows = [self.fresh() if row.halted else row for row in self.rows]
        total, answers = torch.zeros((), dtype=torch.float64), 0.0
        wishes = []
        for row in self.rows:
            row.segments += 1
            loss, answer, wish = self.think(row)
            total = total + loss
            answers += answer
            wishes.append(wish)
        grads = torch.autograd.grad(total / len(self.rows), list(self.named.values()))
        self.steps += 1
        self.update(dict(zip(self.named, grads, strict=True)))
        limit = self.config.max_segments
        least = minimum_segments(6, limit, self.config.exploration, self.generator).tolist()
        for row, wish, at_least in zip(self.rows, wishes, least, strict=True):
            row.halted = row.segments >= limit or (wish and row.segments >= at_least)
        return answers / len(self.rows)

    def think(self, row: Row) -> tuple[Tensor, float, bool]:
        """One segment of one row: loss, the answer's part of it, and whether it wants to halt."""
        before, weight = row.carry, self.config.halting_weight
        out = self.model.segment(before, row.tokens, row.puzzle_id)
        scored = row.labels[0] != IGNORE_LABEL
        log_p = log_stablemax(out.logits[0].double())
        answer = torch.zeros((), dtype=torch.float64)
        right = True
        for cell in range(6):
            if scored[cell]:
                label = int(row.labels[0, cell])
                answer = answer - log_p[cell, label] / int(scored.sum())
                right = right and int(out.logits[0, cell].argmax()) == label
        loss = answer + weight * surprise(out.q_halt[0], 1.0 if right else 0.0)
        row.carry = out.carry
        if self.config.q_target == "exact":
            with torch.no_grad():
                after = self.model.segment(out.carry, row.tokens, row.puzzle_id)
            target = worth(after.q_halt, after.q_continue, row.segments >= self.config.max_segments)
            loss = loss + weight * surprise(out.q_continue[0], target)
        elif row.segments > 1:
            target = worth(out.q_halt, out.q_continue, row.segments >= self.config.max_segments)
            earlier = before.high[0, 0] @ self.model.q_head.weight[1] + self.model.q_head.bias[1]
            loss = loss + weight * surprise(earlier, target)
        return loss, float(answer.detach()), bool(out.q_halt > out.q_continue)

    @torch.no_grad()
    def update(self, grads: dict[str, Tensor]) -> None:
        config, n = self.config, self.steps
        ramp = min(1.0, n / config.warmup)
        cosine = 0.5 * (1 + math.cos(math.pi * (n - 1) / config.steps))
        factor = ramp * (config.floor + (1 - config.floor) * cosine)
        for name, p in self.named.items():
            grad = grads[name]
            if name == "puzzle_embedding":
                whole = grad.to_dense()
                for puzzle_id in {int(row.puzzle_id) for row in self.rows}:
                    rate = config.puzzle_rate * factor
                    p[puzzle_id] *= 1 - rate * config.puzzle_decay
                    p[puzzle_id] -= rate * whole[puzzle_id].sign()
                continue
            rate = config.learning_rate * factor
            self.mean[name] = 0.9 * self.mean[name] + 0.1 * grad
            self.square[name] = 0.95 * self.square[name] + 0.05 * grad**2
            m, v = self.mean[name] / (1 - 0.9**n), self.square[name] / (1 - 0.95**n)
            p.sub_(rate * config.weight_decay * p)
            p.sub_(rate * torch.atan2(m, v**0.5))
        decay = min(config.ema_decay, (1 + n) / (10 + n))
        for name, p in self.model.state_dict().items():
            self.average[name] = decay * self.average[name] + (1 - decay) * p


def surprise(logit: Tensor, target: Any) -> Tensor:
    """-(t log p + (1 - t) log(1 - p)) for p = σ(logit)."""
    p = torch.sigmoid(logit.double())
    found: Tensor = -(target * p.log() + (1 - target) * (1 - p).log())
    return found


def worth(q_halt: Tensor, q_continue: Tensor, last: bool) -> float:
    best = q_halt.item() if last else max(q_halt.item(), q_continue.item())
    return 1 / (1 + math.exp(-best))


@pytest.mark.parametrize("q_target", ["exact", "deferred"])
def test_training_follows_a_slow_reference(q_target: Any) -> None:
    config = replace(CONFIG, q_target=q_target)
    trainer, slow = Trainer(config, [Named()]), Slow(config)
    segments = set()
    for _ in range(STEPS):
        done, want = trainer.train_step(), slow.step()
        assert done.loss == pytest.approx(want, rel=1e-4)
        (batch,) = trainer.batches
        assert batch.steps.tolist() == [row.segments for row in slow.rows]
        assert batch.halted.tolist() == [row.halted for row in slow.rows]
        segments.update(batch.steps.tolist())
    assert segments == {1, 2, 3}
    live, averaged = trainer.model.state_dict(), trainer.weights()
    for name, weight in slow.model.state_dict().items():
        torch.testing.assert_close(live[name], weight, rtol=1e-3, atol=1e-5, msg=name)
        torch.testing.assert_close(averaged[name], slow.average[name], rtol=1e-3, atol=1e-5)
    assert (slow.model.puzzle_embedding != 0).any()
    trainer.close()
    slow.stream.close()


def test_a_deferred_target_trains_the_head_of_going_on_alone() -> None:
    trainer = Trainer(CONFIG, [Named()])
    (batch,) = trainer.batches
    losses = []
    for went_on in (False, True):
        batch.steps[:] = 2 if went_on else 1
        with torch.no_grad():
            trainer.model.q_head.bias.copy_(torch.tensor([1.0, -1.0]))
        losses.append(trainer._loss(batch, slice(None))[1])
    late = losses[1].total - losses[0].total
    late.backward()  # type: ignore[no-untyped-call]
    grads = {
        n: p.grad.to_dense() for n, p in trainer.model.named_parameters() if p.grad is not None
    }
    assert {n for n, grad in grads.items() if grad.abs().max() > 1e-6} == {
        "q_head.weight",
        "q_head.bias",
    }
    assert grads["q_head.bias"][0].abs() < 1e-6
    # six rows believed sigmoid(-1) and learn that sigmoid(1) is right
    want = 6 * 0.5 * (torch.sigmoid(torch.tensor(-1.0)) - torch.sigmoid(torch.tensor(1.0)))
    torch.testing.assert_close(grads["q_head.bias"][1], want, rtol=1e-4, atol=1e-5)
    assert float(losses[1].q_continue) > 0 == float(losses[0].q_continue)
    trainer.close()
