"""The training objective of a segment: the answer's loss, the halting losses, and halting.

Deep supervision: each segment has its own loss on a detached carry. Q-learning for halting follows
HRM (arXiv 2506.21734, section 2); halt-only drops the continue target, as TRM does.

The target of q_continue is the best value one segment later:

exact     from a second forward pass, as in the published code. It takes a third of a step, and its
          gradient also reaches the stacks.
deferred  from the row's next segment, one optimiser step later. q_continue is then read again from
          the detached carry, so its gradient reaches only the halting head. The last segment of a
          row gives no target; if the next segment is at the limit, the target is its q_halt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from hrm.data.rows import IGNORE_LABEL
from hrm.model.config import Halting
from hrm.model.hrm import SegmentOutput

LossName = Literal["softmax", "stablemax"]


def log_stablemax(logits: Tensor) -> Tensor:
    """log of s(x) / Σ s(x) with s(x) = x + 1 for x ≥ 0, 1 / (1 - x) below (arXiv 2501.04697)."""
    # the 1e-30 of the published code vanishes beside 1, but keeps gradients bit-identical
    s = torch.where(logits < 0, 1 / (1 - logits + 1e-30), logits + 1)
    return torch.log(s / s.sum(-1, keepdim=True))


def cell_losses(logits: Tensor, labels: Tensor, loss: LossName) -> Tensor:
    """Negative log-likelihood (B, L) of `labels`, 0 where ignored; stablemax in float64."""
    if loss == "softmax":
        flat = F.cross_entropy(
            logits.float().flatten(0, 1),
            labels.flatten(),
            ignore_index=IGNORE_LABEL,
            reduction="none",
        )
        return flat.view_as(labels)
    scored = labels != IGNORE_LABEL
    log_p = log_stablemax(logits.double())
    picked = log_p.gather(-1, labels.clamp_min(0).unsqueeze(-1)).squeeze(-1)
    return torch.where(scored, -picked, 0.0)


@dataclass(frozen=True, slots=True)
class SegmentLoss:
    """Losses summed over the batch; `total` is minimised.

    `answer` sums the mean loss over cells of every row, which is in `rows` (B,). `exact` (B,):
    whether every cell is right; `cells` (B,): share of right cells.
    """

    total: Tensor
    answer: Tensor
    q_halt: Tensor
    q_continue: Tensor
    rows: Tensor
    exact: Tensor
    cells: Tensor


def segment_loss(
    out: SegmentOutput,
    labels: Tensor,
    *,
    loss: LossName = "stablemax",
    halting_weight: float = 0.5,
    continue_target: Tensor | None = None,
) -> SegmentLoss:
    """Loss of one segment for labels (B, L); `continue_target` (B,) probabilities, None: halt-only.

    The reward for halting is 1 where every scored cell is right.
    """
    scored = labels != IGNORE_LABEL
    count = scored.sum(-1)
    divisor = count.clamp_min(1)
    right = scored & (out.logits.argmax(-1) == labels)
    exact = right.sum(-1) == count
    rows = (cell_losses(out.logits, labels, loss) / divisor.unsqueeze(-1)).sum(-1)
    answer = rows.sum()
    q_halt = F.binary_cross_entropy_with_logits(
        out.q_halt, exact.to(out.q_halt.dtype), reduction="sum"
    )
    q_continue = torch.zeros_like(q_halt)
    if continue_target is not None:
        q_continue = F.binary_cross_entropy_with_logits(
            out.q_continue, continue_target, reduction="sum"
        )
    total = answer + halting_weight * (q_halt + q_continue)
    return SegmentLoss(
        total,
        answer.detach(),
        q_halt.detach(),
        q_continue.detach(),
        rows.detach(),
        exact,
        right.sum(-1) / divisor,
    )


def add_deferred(
    loss: SegmentLoss,
    earlier: Tensor,
    out: SegmentOutput,
    went_on: Tensor,
    is_last: Tensor,
    halting_weight: float = 0.5,
) -> SegmentLoss:
    """Add the deferred loss of q_continue of the previous segment.

    `earlier` (B,): its q_continue logits; `went_on` (B,): rows that had a previous segment;
    `is_last` (B,): rows whose current segment is at the limit.
    """
    target = continue_targets(out.q_halt.detach(), out.q_continue.detach(), is_last)
    each = F.binary_cross_entropy_with_logits(earlier, target, reduction="none")
    late = (each * went_on).sum()
    return replace(loss, total=loss.total + halting_weight * late, q_continue=late.detach())


def wants_to_halt(q_halt: Tensor, q_continue: Tensor, halting: Halting) -> Tensor:
    """(B,) bool: whether the model wants to stop after this segment."""
    return q_halt > q_continue if halting == "q_learning" else q_halt > 0


def minimum_segments(
    rows: int, limit: int, exploration: float, generator: torch.Generator
) -> Tensor:
    """Minimum number of segments (rows,): with probability `exploration` from 2…limit, else 0."""
    explore = torch.rand(rows, generator=generator) < exploration
    least = torch.randint(min(2, limit), limit + 1, (rows,), generator=generator)
    return torch.where(explore, least, 0)


def continue_targets(next_q_halt: Tensor, next_q_continue: Tensor, is_last: Tensor) -> Tensor:
    """Q-learning target (B,) for continuing: the best value one segment later."""
    best = torch.maximum(next_q_halt, next_q_continue)
    return torch.sigmoid(torch.where(is_last, next_q_halt, best))
