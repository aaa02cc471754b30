"""Forward and backward pass of `hrm.model.symbols.SymbolLayer`, written out for float32 on a CPU.

On a CPU the layer is bound by memory. So a few rows of the batch at a time go through the whole
layer, in buffers that stay in the cache, with one compiled pass between two products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hrm.model import kernels
from hrm.model.swiglu_passes import SwiGLUBackward, SwiGLUForward, parts_of

IN_CACHE = 100_000
"""Elements of the largest buffer; several of them fit into a cache of 1 MB."""

Members: TypeAlias = NDArray[np.int64]


def layer(
    x: Tensor,
    members: Members,
    counts: tuple[int, ...],
    weights: Sequence[Tensor],
    *,
    eps: float,
    limit: float,
) -> Tensor:
    """x (B, L · S, D) through a layer.

    `members` (1 or B, R, L) are as for `kernels.pool`; `counts` says how many groups each relation
    has. The weights are those of the scores ((R + 1) · H, D), of the messages of the R relations
    and of a cell's own symbols (D, H · D each), of gate and up, and of the way down; `limit` bounds
    the scores.
    """
    shape = _Shape(members, counts, eps, limit)
    if torch.is_grad_enabled() and any(t.requires_grad for t in (x, *weights)):
        out: Tensor = _Layer.apply(shape, x, *weights)  # type: ignore[no-untyped-call]
        return out
    return _forward(shape, x, weights, None)


@dataclass(frozen=True, slots=True)
class _Shape:
    """The sizes of a layer call, and values derived from them."""

    members: Members
    counts: tuple[int, ...]
    eps: float
    limit: float

    @property
    def cells(self) -> int:
        return int(self.members.shape[2])

    def symbols(self, x: Tensor) -> int:
        return x.shape[1] // self.cells

    def places(self, x: Tensor) -> int:
        """The number of means that are taken: for each group and symbol, and for each cell."""
        return sum(self.counts) * self.symbols(x) + self.cells

    def sizes(self, x: Tensor) -> list[int]:
        """The number of means of each relation, and of the cells."""
        return [count * self.symbols(x) for count in self.counts] + [self.cells]

    def of(self, part: slice) -> Members:
        return self.members[part] if len(self.members) > 1 else self.members


class _Kept:
    """What the forward pass keeps for the backward pass."""

    def __init__(self, shape: _Shape, x: Tensor, relations: int, heads: int) -> None:
        rows, positions, width = x.shape
        places = shape.places(x)
        self.e = x.new_empty(rows, positions, relations * heads)
        self.pooled = x.new_empty(rows, places, heads * width)
        self.shares = x.new_empty(rows, places, heads)
        self.mixed = torch.empty_like(x)
        """The state between both halves of the layer."""
        self.factors = x.new_empty(2, rows, positions)

    def tensors(self) -> tuple[Tensor, ...]:
        return self.e, self.pooled, self.shares, self.mixed, self.factors


def _forward(shape: _Shape, x: Tensor, weights: Sequence[Tensor], kept: _Kept | None) -> Tensor:
    # contiguous: products with a transposed view take up to three times as long
    scores, *saying = (weight.detach().T.contiguous() for weight in weights[:-2])
    x = x.detach().contiguous()
    positions, width = x.shape[1:]
    out = torch.empty_like(x)
    count, parts = parts_of(len(x), positions * weights[-1].shape[1], IN_CACHE)
    second_half = SwiGLUForward(weights[-2], weights[-1], count * positions, shape.eps)
    scratch = kept or _Kept(shape, x[:count], len(saying), len(saying[0]) // width)
    said = x.new_empty(count, shape.places(x), width)
    for part in parts:
        n = part.stop - part.start
        here = part if kept else slice(0, n)
        e, pooled, shares, mixed = (
            t[here] for t in (scratch.e, scratch.pooled, scratch.shares, scratch.mixed)
        )
        first, second = scratch.factors[:, here]
        torch.mm(x[part].view(-1, width), scores, out=e.view(n * positions, -1))
        kernels.exponential(e.view(n * positions, -1).numpy(), shape.limit)
        members = shape.of(part)
        kernels.pool(x[part].numpy(), e.numpy(), members, pooled.numpy(), shares.numpy())
        for row in range(n):
            ins, outs = (torch.split(t[row], shape.sizes(x)) for t in (pooled, said))
            for mean, weight, message in zip(ins, saying, outs, strict=True):
                torch.mm(mean, weight, out=message)
        kernels.hear(
            x[part].numpy(), said[:n].numpy(), members, mixed.numpy(), first.numpy(), shape.eps
        )
        m = n * positions
        second_half.run(mixed.view(m, width), out[part].view(m, width), second.view(-1))
    return out


def _messages_back(
    row: Sequence[Tensor],
    sizes: list[int],
    saying: Sequence[Tensor],
    of_saying: Sequence[Tensor],
) -> None:
    """The backward pass of the messages of a row: from their gradient, that of the means, which is
    written, and those of the weights, which are added to."""
    of_said, of_pooled, pooled = (torch.split(t, sizes) for t in row)
    for message, of_mean, mean, weight, of_weight in zip(
        of_said, of_pooled, pooled, saying, of_saying, strict=True
    ):
        torch.mm(message, weight, out=of_mean)
        of_weight.addmm_(message.T, mean)


class _Layer(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, shape: _Shape, x: Tensor, *weights: Tensor) -> Tensor:
        x = x.contiguous()
        heads = weights[1].shape[1] // x.shape[2]
        kept = _Kept(shape, x, len(shape.counts) + 1, heads)
        out = _forward(shape, x, weights, kept)
        ctx.shape = shape
        ctx.save_for_backward(x, out, *kept.tensors(), *weights)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, out, e, pooled, shares, mixed, factors, *weights = ctx.saved_tensors
        shape: _Shape = ctx.shape
        scores, *saying, gate_up, down = weights
        positions, width = x.shape[1:]
        upstream = grads[0].contiguous()
        grad_x = torch.empty_like(out)
        of_score_weight, *of_saying = (torch.zeros_like(weight) for weight in (scores, *saying))
        count, parts = parts_of(len(x), positions * down.shape[1], IN_CACHE)
        second_half = SwiGLUBackward(gate_up, down, count * positions)
        between = x.new_empty(count * positions, width)
        of_said = x.new_empty(count, shape.places(x), width)
        of_pooled = torch.empty_like(pooled[:count])
        of_scores = torch.empty_like(e[:count])
        for part in parts:
            n = part.stop - part.start
            m = n * positions
            members = shape.of(part)
            y, grad, back = mixed[part].view(m, width), between[:m], grad_x[part]
            first, second = (f[part].view(-1) for f in factors)
            coming, after = (t[part].view(m, width) for t in (upstream, out))
            second_half.run(coming, after, y, second, grad)
            kernels.normalise_back(
                grad.numpy(), y.numpy(), first.numpy(), back.view(m, width).numpy()
            )
            kernels.hear_back(back.numpy(), members, of_said[:n].numpy())
            for row in zip(of_said[:n], of_pooled[:n], pooled[part], strict=True):
                _messages_back(row, shape.sizes(x), saying, of_saying)
            kernels.pool_back(
                x[part].numpy(),
                e[part].numpy(),
                members,
                pooled[part].numpy(),
                shares[part].numpy(),
                of_pooled[:n].numpy(),
                back.numpy(),
                of_scores[:n].numpy(),
                shape.limit,
            )
            flat = of_scores[:n].view(m, -1)
            of_score_weight.addmm_(flat.T, x[part].view(m, width))
            back.view(m, width).addmm_(flat, scores)
        of_mlp = second_half.of_gate_up, second_half.of_down
        return None, grad_x, of_score_weight, *of_saying, *of_mlp
