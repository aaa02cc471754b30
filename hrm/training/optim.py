"""Optimisers: Muon for the stacks' matrices, AdamATan2, sign-SGD for puzzle embeddings, EMA.

`torch.optim.Muon` orthogonalises one matrix at a time in bfloat16. Without bfloat16 units that
takes six times as long as here, where all matrices of one shape form a float32 batch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from hrm.model.hrm import HRM
from hrm.training.config import TrainConfig

# Quintic Newton-Schulz coefficients, as in torch.optim.Muon.
_A, _B, _C = 3.4445, -4.7750, 2.0315


def orthogonalize(matrices: Tensor, steps: int = 5) -> Tensor:
    """Push the singular values of each (..., rows, columns) matrix to about 1."""
    wide = matrices.shape[-2] <= matrices.shape[-1]
    x: Tensor = matrices if wide else matrices.mT
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp_min(1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = _A * x + (_B * gram + _C * gram @ gram) @ x
    return x if wide else x.mT


class Muon(Optimizer):
    """Nesterov momentum, orthogonalised; decoupled weight decay. The rule of `torch.optim.Muon`."""

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float,
        weight_decay: float = 0.01,
        momentum: float = 0.95,
    ) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            shapes: dict[torch.Size, list[Tensor]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault(p.shape, []).append(p)
            for shape, params in shapes.items():
                updates = torch.stack([self._momentum(p, group["momentum"]) for p in params])
                lr = group["lr"] * math.sqrt(max(1.0, shape[0] / shape[1]))
                torch._foreach_mul_(params, 1 - group["lr"] * group["weight_decay"])
                torch._foreach_add_(params, list(orthogonalize(updates)), alpha=-lr)

    def _momentum(self, p: Tensor, beta: float) -> Tensor:
        assert p.grad is not None
        buffer = self.state[p].setdefault("momentum_buffer", torch.zeros_like(p))
        buffer.lerp_(p.grad, 1 - beta)
        return p.grad.lerp(buffer, beta)


class AdamATan2(Optimizer):
    """Adam with atan2(m, √v) in place of m / (√v + ε): scale-free, no ε (arXiv 2407.05872).

    Weight decay is decoupled: p ← p·(1 - lr·λ) before the update.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.95),
        weight_decay: float = 0.1,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["step"] = 0
                    state["exp_avg"] = torch.zeros_like(p)
                    state["exp_avg_sq"] = torch.zeros_like(p)
                state["step"] += 1
                mean, square = state["exp_avg"], state["exp_avg_sq"]
                mean.lerp_(p.grad, 1 - beta1)
                square.mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
                m = mean / (1 - beta1 ** state["step"])
                v = square / (1 - beta2 ** state["step"])
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(torch.atan2(m, v.sqrt_()), alpha=-group["lr"])


class SparseSignSGD(Optimizer):
    """Sign-SGD with decoupled weight decay on the rows of a table that a batch has used.

    The gradient is sparse (`F.embedding(..., sparse=True)`); duplicate rows are summed first, so
    that a row moves by exactly `lr` per step however often it occurs.
    """

    def __init__(self, params: Iterable[nn.Parameter], lr: float, weight_decay: float) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                rows, pulls = p.grad._indices()[0], p.grad._values()
                # coalesce() would wait for a GPU to count the different rows; here all entries of
                # a row share the slot of its first in sorted order, and write the same new value
                slots = torch.searchsorted(rows.sort().values, rows)
                summed = torch.zeros_like(pulls).index_add_(0, slots, pulls)[slots]
                decayed = p[rows] * (1 - group["lr"] * group["weight_decay"])
                p[rows] = decayed - group["lr"] * summed.sign()


class WeightAverage:
    """Exponential moving average of every parameter and buffer of a model.

    The decay ramps up as (1 + n) / (10 + n), so that early averages forget the random start.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.weights = {name: t.detach().clone() for name, t in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        live = model.state_dict()
        torch._foreach_lerp_(
            list(self.weights.values()), [live[name] for name in self.weights], 1 - decay
        )

    def state_dict(self) -> dict[str, Any]:
        return {"updates": self.updates, "weights": self.weights}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.updates = state["updates"]
        for name, tensor in self.weights.items():  # in place: they stay on their device
            tensor.copy_(state["weights"][name])


def learning_rate_factor(
    progress: float, step: int, *, warmup: int, floor: float, schedule: str
) -> float:
    """Factor on the base rate: linear warm-up over `warmup` steps, then cosine to `floor`.

    `progress` in [0, 1] is the share of the run that is done, by steps or by time.
    """
    ramp = min(1.0, (step + 1) / warmup) if warmup else 1.0
    if schedule == "constant":
        return ramp
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return ramp * (floor + (1 - floor) * cosine)


def optimizers(model: HRM, config: TrainConfig) -> list[Optimizer]:
    """Muon or AdamATan2 on the stacks' matrices, AdamW or AdamATan2 on the rest, sign-SGD on the
    puzzle embedding. Every group keeps its rate at full height as `base_lr`."""
    both = (*model.high.parameters(), *model.low.parameters())
    stacks = [p for p in both if p.requires_grad and p.ndim == 2]
    held = {id(p) for p in stacks}
    table = getattr(model, "puzzle_embedding", None)
    rest = [p for p in model.parameters() if id(p) not in held and p is not table]
    decay, rate = config.weight_decay, config.learning_rate
    if config.optimizer == "muon":
        built: list[Optimizer] = [
            Muon(stacks, config.muon_lr, decay),
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
