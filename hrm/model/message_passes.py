"""Forward and backward pass of layers whose positions hear messages, written out for float32 on a
CPU: norm(x + out(heard(values(x)))), then the SwiGLU.

As in `hrm.model.symbol_passes`, a few rows at a time go through the whole layer in buffers that
stay in the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from hrm.model import kernels
from hrm.model.swiglu_passes import SwiGLUBackward, SwiGLUForward


class Messages(Protocol):
    """How a layer's positions, numbered through the batch, hear one another."""

    def parts(self, wide: int) -> list[slice]:
        """Positions that are computed together, with `wide` channels of values; they hear nothing
        of other parts."""
        ...

    def notes(self, positions: int, wide: int) -> Tensor:
        """Room for what `hear` keeps for `hear_back`, a row for each position."""
        ...

    def hear(self, part: slice, values: Tensor, heard: Tensor, notes: Tensor) -> None:
        """Fill `heard` with the messages that the positions of a part read from `values`, and
        `notes`; all have the positions of the part only."""
        ...

    def hear_back(self, part: slice, grad: Tensor, notes: Tensor, back: Tensor) -> None:
        """Fill `back` with the gradient of the values, from `grad`, that of the messages."""
        ...


def layer(x: Tensor, messages: Messages, weights: Sequence[Tensor], *, eps: float) -> Tensor:
    """x (N, D) through a layer with the weights of the values, of what is made of the messages, of
    gate and up, and of the way down."""
    if torch.is_grad_enabled() and any(t.requires_grad for t in (x, *weights)):
        out: Tensor = _Layer.apply(messages, eps, x, *weights)  # type: ignore[no-untyped-call]
        return out
    return _forward(messages, eps, x, weights, None)


class _Kept:
    """What the forward pass keeps for the backward pass."""

    def __init__(self, x: Tensor, messages: Messages, positions: int, wide: int) -> None:
        width = x.shape[1]
        self.heard = x.new_empty(positions, wide)
        self.mixed = x.new_empty(positions, width)
        """The state between both halves of the layer."""
        self.factors = x.new_empty(2, positions)
        self.notes = messages.notes(positions, wide)

    def tensors(self) -> tuple[Tensor, ...]:
        return self.heard, self.mixed, self.factors, self.notes


def _forward(
    messages: Messages, eps: float, x: Tensor, weights: Sequence[Tensor], kept: _Kept | None
) -> Tensor:
    # contiguous: products with a transposed view take up to three times as long
    to_values, to_state = (weight.detach().T.contiguous() for weight in weights[:2])
    x = x.detach().contiguous()
    wide = to_values.shape[1]
    out = torch.empty_like(x)
    parts = messages.parts(wide)
    most = max((part.stop - part.start for part in parts), default=0)
    second_half = SwiGLUForward(weights[2], weights[3], most, eps)
    scratch = kept or _Kept(x, messages, most, wide)
    values = x.new_empty(most, wide)
    for part in parts:
        n = part.stop - part.start
        here = part if kept else slice(0, n)
        heard, y, notes = (t[here] for t in (scratch.heard, scratch.mixed, scratch.notes))
        first, second = scratch.factors[:, here]
        torch.mm(x[part], to_values, out=values[:n])
        messages.hear(part, values[:n], heard, notes)
        torch.addmm(x[part], heard, to_state, out=y)
        kernels.normalise(y.numpy(), first.numpy(), eps)
        second_half.run(y, out[part], second)
    return out


class _Layer(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, messages: Messages, eps: float, x: Tensor, *weights: Tensor) -> Tensor:
        kept = _Kept(x, messages, len(x), len(weights[0]))
        out = _forward(messages, eps, x, weights, kept)
        ctx.messages = messages
        ctx.save_for_backward(x.contiguous(), out, *kept.tensors(), *weights)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        messages: Messages = ctx.messages
        x, out, heard, mixed, factors, notes, *weights = ctx.saved_tensors
        to_values, to_state, gate_up, down = weights
        of_values, of_state = torch.zeros_like(to_values), torch.zeros_like(to_state)
        wide = len(to_values)
        parts = messages.parts(wide)
        most = max((part.stop - part.start for part in parts), default=0)
        second_half = SwiGLUBackward(gate_up, down, most)
        upstream = grads[0].contiguous()
        grad_x = torch.empty_like(x)
        upper, lower = x.new_empty(2, most, x.shape[1])
        of_heard, back = x.new_empty(2, most, wide)
        for part in parts:
            n = part.stop - part.start
            grad, below = upper[:n], lower[:n]
            before, y, after, coming = (t[part] for t in (x, mixed, out, upstream))
            first, second = factors[:, part]
            second_half.run(coming, after, y, second, grad)
            kernels.normalise_back(grad.numpy(), y.numpy(), first.numpy(), below.numpy())
            of_state.addmm_(below.T, heard[part])
            torch.mm(below, to_state, out=of_heard[:n])
            messages.hear_back(part, of_heard[:n], notes[part], back[:n])
            of_values.addmm_(back[:n].T, before)
            torch.addmm(below, back[:n], to_values, out=grad_x[part])
        of_swiglu = second_half.of_gate_up, second_half.of_down
        return None, None, grad_x, of_values, of_state, *of_swiglu
