"""Which optimiser moves which of a model's weights."""

from __future__ import annotations

import torch
from torch.optim import Optimizer

from hrm.model import HRM
from hrm.optim import AdamATan2, Muon, SparseSignSGD
from hrm.training import TrainConfig


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
