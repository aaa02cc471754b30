"""Forward and backward pass of `hrm.model.choices.ChoiceLayer`, written out for float32 on a CPU.

As in `hrm.model.symbol_passes`, a few rows at a time go through the whole layer in buffers that
stay in the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hrm.model import kernels
from hrm.model.geometry import Geometry
from hrm.model.kernels import HEAD_WIDTH
from hrm.model.swiglu_passes import SwiGLUBackward, SwiGLUForward, parts_of

__all__ = ["HEAD_WIDTH", "layer"]

IN_CACHE = 120_000
"""Elements of the largest buffer; several of them fit into a cache of 1 MB."""


def layer(x: Tensor, geometry: Geometry, weights: Sequence[Tensor], *, eps: float) -> Tensor:
    """x (B, L · S, D) through a layer with the weights of the values, of what the heads return, of
    gate and up, and of the way down."""
    shape = _Shape.of(x, geometry, eps)
    if torch.is_grad_enabled() and any(t.requires_grad for t in (x, *weights)):
        out: Tensor = _Layer.apply(shape, x, *weights)  # type: ignore[no-untyped-call]
        return out
    return _forward(shape, x, weights, None)


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where the heads of a layer call look, and how many choices there are."""

    pointers: NDArray[np.int64]
    groups: NDArray[np.int64]
    shares: NDArray[np.float32]
    symbols: int
    eps: float

    @classmethod
    def of(cls, x: Tensor, geometry: Geometry, eps: float) -> _Shape:
        cells = x.shape[1] // geometry.symbols
        near, groups, shares = geometry.neighbours, geometry.groups, geometry.shares
        none = np.zeros((1, 0, cells), np.int64)
        return cls(
            none if near is None else near.numpy(),
            none if groups is None else groups.numpy(),
            none.astype(np.float32) if shares is None else shares.numpy(),
            geometry.symbols,
            eps,
        )

    def hear(self, rows: slice, values: Tensor, heard: Tensor) -> None:
        """Fill `heard` with the messages that the heads of some rows read from `values`."""
        kernels.follow(values.numpy(), _some(self.pointers, rows), self.symbols, heard.numpy())
        self._average(rows, values, heard)

    def hear_back(self, rows: slice, grad: Tensor, back: Tensor) -> None:
        """Fill `back` with the gradient of the values, from the gradient of the messages."""
        kernels.follow_back(grad.numpy(), _some(self.pointers, rows), self.symbols, back.numpy())
        self._average(rows, grad, back)

    def _average(self, rows: slice, values: Tensor, heard: Tensor) -> None:
        groups, shares = (_some(t, rows) for t in (self.groups, self.shares))
        start = self.pointers.shape[1] * HEAD_WIDTH
        kernels.average(values.numpy(), groups, shares, self.symbols, start, heard.numpy())
        kernels.average_choices(values.numpy(), self.symbols, heard.numpy())


def _some(of_rows: NDArray[Any], rows: slice) -> NDArray[Any]:
    """The rows of a part, or the only row, which is for all."""
    return of_rows[rows] if len(of_rows) > 1 else of_rows


class _Kept:
    """What the forward pass keeps for the backward pass."""

    def __init__(self, x: Tensor, wide: int) -> None:
        rows, positions, _ = x.shape
        self.heard = x.new_empty(rows, positions, wide)
        self.mixed = torch.empty_like(x)
        """The state between both halves of the layer."""
        self.factors = x.new_empty(2, rows, positions)

    def tensors(self) -> tuple[Tensor, ...]:
        return self.heard, self.mixed, self.factors


def _forward(shape: _Shape, x: Tensor, weights: Sequence[Tensor], kept: _Kept | None) -> Tensor:
    # contiguous: products with a transposed view take up to three times as long
    to_values, to_state = (weight.detach().T.contiguous() for weight in weights[:2])
    x = x.detach().contiguous()
    positions, width = x.shape[1:]
    wide = to_values.shape[1]
    out = torch.empty_like(x)
    count, parts = parts_of(x, wide, IN_CACHE)
    second_half = SwiGLUForward(weights[2], weights[3], count * positions, shape.eps)
    scratch = kept or _Kept(x[:count], wide)
    values = x.new_empty(count, positions, wide)
    for part in parts:
        n = part.stop - part.start
        m = n * positions
        here = part if kept else slice(0, n)
        heard, y = scratch.heard[here], scratch.mixed[here].view(m, width)
        before = x[part].view(m, width)
        first, second = (factor.view(-1) for factor in scratch.factors[:, here])
        torch.mm(before, to_values, out=values[:n].view(m, wide))
        shape.hear(part, values[:n], heard)
        torch.addmm(before, heard.view(m, wide), to_state, out=y)
        kernels.normalise(y.numpy(), first.numpy(), shape.eps)
        second_half.run(y, out[part].view(m, width), second)
    return out


class _Layer(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, shape: _Shape, x: Tensor, *weights: Tensor) -> Tensor:
        kept = _Kept(x, len(weights[0]))
        out = _forward(shape, x, weights, kept)
        ctx.shape = shape
        ctx.save_for_backward(x.contiguous(), out, *kept.tensors(), *weights)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        shape: _Shape = ctx.shape
        x, out, heard, mixed, factors, *weights = ctx.saved_tensors
        to_values, to_state, gate_up, down = weights
        of_values, of_state = torch.zeros_like(to_values), torch.zeros_like(to_state)
        positions, width = x.shape[1:]
        wide = len(to_values)
        count, parts = parts_of(x, wide, IN_CACHE)
        second_half = SwiGLUBackward(gate_up, down, count * positions)
        upstream = grads[0].contiguous()
        grad_x = torch.empty_like(x)
        upper, lower = x.new_empty(2, count * positions, width)
        of_heard, back = x.new_empty(2, count, positions, wide)
        for part in parts:
            n = part.stop - part.start
            m = n * positions
            grad, below = upper[:m], lower[:m]
            before, y, after, coming = (t[part].view(m, width) for t in (x, mixed, out, upstream))
            first, second = (factor.view(-1) for factor in factors[:, part])
            second_half.run(coming, after, y, second, grad)
            kernels.normalise_back(grad.numpy(), y.numpy(), first.numpy(), below.numpy())
            of_state.addmm_(below.T, heard[part].view(m, wide))
            torch.mm(below, to_state, out=of_heard[:n].view(m, wide))
            shape.hear_back(part, of_heard[:n], back[:n])
            of_values.addmm_(back[:n].view(m, wide).T, before)
            torch.addmm(below, back[:n].view(m, wide), to_values, out=grad_x[part].view(m, width))
        return None, grad_x, of_values, of_state, second_half.of_gate_up, second_half.of_down
