"""The second half of a symbol or choice layer, written out for float32 on a CPU.

It is norm(y + down(silu(gate(y)) · up(y))). The backward pass recomputes gate and up, which is as
fast as keeping them in memory.
"""

from __future__ import annotations

import torch
from torch import Tensor

from hrm.model import kernels


def parts_of(rows: int, size: int, elements: int) -> tuple[int, list[slice]]:
    """The most rows that are computed together, and these parts of the batch: as many rows as keep
    a buffer of `size` a row within `elements`, at least one."""
    count = max(1, min(rows, elements // size))
    return count, [slice(i, min(i + count, rows)) for i in range(0, rows, count)]


class SwiGLUForward:
    """The forward pass with the weights `gate_up` (2 I, D) and `down` (D, I), for at most `most`
    positions at a time."""

    def __init__(self, gate_up: Tensor, down: Tensor, most: int, eps: float) -> None:
        # contiguous: products with a transposed view take up to three times as long
        self._to_gate, self._to_up = (half.detach().T.contiguous() for half in gate_up.chunk(2))
        self._to_state = down.detach().T.contiguous()
        self._inner = down.new_empty(3, most, down.shape[1])
        self._eps = eps

    def run(self, y: Tensor, out: Tensor, factor: Tensor) -> None:
        """Fill `out` (n, D) for y (n, D), and `factor` (n,) as `kernels.normalise` does."""
        gate, up, both = self._inner[:, : len(y)]
        torch.mm(y, self._to_gate, out=gate)
        torch.mm(y, self._to_up, out=up)
        kernels.gate_up(gate.numpy(), up.numpy(), both.numpy())
        torch.addmm(y, both, self._to_state, out=out)
        kernels.normalise(out.numpy(), factor.numpy(), self._eps)


class SwiGLUBackward:
    """The backward pass; adds up the gradients of the weights in `of_gate_up` and `of_down`."""

    def __init__(self, gate_up: Tensor, down: Tensor, most: int) -> None:
        self._gate, self._up = gate_up.chunk(2)
        self._to_gate, self._to_up = (half.T.contiguous() for half in (self._gate, self._up))
        self._down = down
        self._inner = down.new_empty(6, most, down.shape[1])
        self.of_gate_up, self.of_down = torch.zeros_like(gate_up), torch.zeros_like(down)

    def run(self, upstream: Tensor, out: Tensor, y: Tensor, factor: Tensor, grad: Tensor) -> None:
        """Fill `grad`, the gradient of y, from that of `out`; all (n, D) except `factor` (n,)."""
        gate, up, of_both, both, of_silu, of_linear = self._inner[:, : len(y)]
        of_gate, of_up = self.of_gate_up.chunk(2)
        kernels.normalise_back(upstream.numpy(), out.numpy(), factor.numpy(), grad.numpy())
        torch.mm(y, self._to_gate, out=gate)
        torch.mm(y, self._to_up, out=up)
        torch.mm(grad, self._down, out=of_both)
        kernels.gate_up_back(*(t.numpy() for t in (gate, up, of_both, both, of_silu, of_linear)))
        self.of_down.addmm_(grad.T, both)
        of_gate.addmm_(of_silu.T, y)
        of_up.addmm_(of_linear.T, y)
        grad.addmm_(of_silu, self._gate).addmm_(of_linear, self._up)
