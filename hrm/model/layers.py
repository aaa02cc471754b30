"""The parts of a transformer layer: RMS norm, rotary positions, attention, SwiGLU, token mixing.

Layers are post-norm and free of biases, as in HRM (arXiv 2506.21734) and TRM (arXiv 2510.04871).
Parameters may be float32 while activations are bfloat16: every product casts its weight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hrm.model.geometry import Geometry

# Standard deviation of a unit normal truncated at two standard deviations.
_TRUNCATED_STD = 0.87962566103423978


def truncated_normal_(
    tensor: Tensor, std: float, generator: torch.Generator | None = None
) -> Tensor:
    """Fill with a normal cut at ±2σ and rescaled so that `std` is the real standard deviation."""
    scale = std / _TRUNCATED_STD
    with torch.no_grad():
        nn.init.trunc_normal_(tensor, 0.0, scale, -2 * scale, 2 * scale, generator=generator)
    return tensor


LARGE = 12**3
"""From that many states of a puzzle on, compiled passes are worth loading for it alone: a segment
of a 12×12 Sudoku takes 0.03 s in place of 0.14, of a 25×25 0.15 in place of 1.2."""


def suits_compiled_passes(x: Tensor) -> bool:
    """Whether states x (B, L · S, D) go through what is compiled for float32 on a CPU. A single
    small puzzle is solved before that is loaded, which takes half a second."""
    on_cpu = x.device.type == "cpu" and x.dtype == torch.float32
    alone = len(x) == 1 and x.shape[1] < LARGE and not torch.is_grad_enabled()
    return on_cpu and not alone and not torch.compiler.is_compiling()


def rms_norm(x: Tensor, eps: float) -> Tensor:
    """Divide by the root mean square of the last axis; no gain, computed in float32."""
    wide = x.float()
    return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + eps)).to(x.dtype)


class Linear(nn.Module):
    """Bias-free product with `weight` (outputs, inputs), truncated LeCun normal at the start."""

    def __init__(self, inputs: int, outputs: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        weight = torch.empty(outputs, inputs)
        self.weight = nn.Parameter(truncated_normal_(weight, inputs**-0.5, generator))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight.to(x.dtype))


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate channel i of the first half with channel i of the second; x is (..., S, width)."""
    first, second = x.chunk(2, dim=-1)
    turned = torch.cat((-second, first), dim=-1)
    return (x * cos + turned * sin).to(x.dtype)


class Attention(nn.Module):
    """Self-attention whose first heads may be confined to the relations of a `Geometry`."""

    def __init__(
        self, hidden: int, heads: int, head_width: int, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.heads, self.head_width = heads, head_width
        self.qkv = Linear(hidden, 3 * heads * head_width, generator)
        self.out = Linear(heads * head_width, hidden, generator)

    def forward(self, x: Tensor, geometry: Geometry) -> Tensor:
        near, groups, shares = geometry.neighbours, geometry.groups, geometry.shares
        pointing = 0 if near is None else near.shape[1]
        related = pointing if groups is None else pointing + groups.shape[1]
        q, k, v = self._project(x, related)
        mixed = [] if near is None else [pick(v[:, :pointing], near)]
        if groups is not None and shares is not None:
            mixed.append(pooled(v[:, pointing:related], groups, shares))
        if related < self.heads:
            if geometry.cos is not None and geometry.sin is not None:
                q, k = (rotate(t, geometry.cos, geometry.sin) for t in (q, k))
            seen = v[:, related:]
            mixed.append(F.scaled_dot_product_attention(q, k, seen, attn_mask=geometry.mask))
        merged: Tensor = self.out(torch.cat(mixed, dim=1).transpose(1, 2).flatten(2))
        return merged

    def _project(self, x: Tensor, related: int) -> tuple[Tensor, Tensor, Tensor]:
        """Queries and keys of the heads after the first `related`, which need none, and values of
        all: (B, heads, S, head width) each."""
        weight = self.qkv.weight.to(x.dtype)
        if related:
            all_heads, unused = self.heads * self.head_width, related * self.head_width
            weight = torch.cat((weight[unused:all_heads], weight[all_heads + unused :]))
        heads = F.linear(x, weight).view(*x.shape[:2], -1, self.head_width).transpose(1, 2)
        asking = self.heads - related
        return heads[:, :asking], heads[:, asking : 2 * asking], heads[:, 2 * asking :]


def pick(values: Tensor, near: Tensor) -> Tensor:
    """For values (B, P, S, W), what each position's neighbour (B or 1, P, S) holds.

    In float32, for its gradient's sake: that sums over all who point to a position."""
    held = values.float().flatten(0, 2).index_select(0, _flat_index(near, values))
    return held.view(values.shape).to(values.dtype)


def pooled(values: Tensor, groups: Tensor, shares: Tensor) -> Tensor:
    """For values (B, Q, S, W), the mean over each position's group; linear in S.

    In float32, too: CUDA rounds a sum of hundreds of bfloat16 after every addition."""
    parts = (values.float() * shares[..., None]).flatten(0, 2)
    index = _flat_index(groups, values)
    means = torch.zeros_like(parts).index_add(0, index, parts)
    return means.index_select(0, index).view(values.shape).to(values.dtype)


def _flat_index(positions: Tensor, values: Tensor) -> Tensor:
    """Positions (B or 1, H, S) in values (B, H, S, W) whose first three axes are flattened."""
    batch, heads, cells, _ = values.shape
    offset = torch.arange(batch * heads, device=values.device).view(batch, heads, 1) * cells
    return (positions + offset).flatten()


class SwiGLU(nn.Module):
    """down(silu(gate(x)) · up(x)), with gate and up in one product."""

    def __init__(
        self, hidden: int, intermediate: int, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.gate_up = Linear(hidden, 2 * intermediate, generator)
        self.down = Linear(intermediate, hidden, generator)

    def forward(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        inner: Tensor = self.down(F.silu(gate) * up)
        return inner


class Layer(nn.Module):
    """Mix over positions, then over channels, each followed by add and norm.

    With `mix_width` the positions are mixed by a SwiGLU across a fixed number of them (TRM's MLP
    variant, which normalises over positions there) instead of attention.
    """

    def __init__(
        self,
        hidden: int,
        heads: int,
        head_width: int,
        intermediate: int,
        *,
        eps: float,
        positions: int | None = None,
        mix_width: int = 0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.eps = eps
        self.attention = None if positions else Attention(hidden, heads, head_width, generator)
        self.token_mlp = SwiGLU(positions, mix_width, generator) if positions else None
        self.mlp = SwiGLU(hidden, intermediate, generator)

    def forward(self, x: Tensor, geometry: Geometry) -> Tensor:
        if self.attention is not None:
            x = rms_norm(x + self.attention(x, geometry), self.eps)
        elif self.token_mlp is not None:
            across = x.transpose(1, 2)
            x = rms_norm(across + self.token_mlp(across), self.eps).transpose(1, 2)
        return rms_norm(x + self.mlp(x), self.eps)


class MessageLayer(nn.Module):
    """The parts of a layer whose positions hear values of others, in `heads` of `head_width`
    channels, before a SwiGLU. `hrm.model.message_passes` has its passes for a CPU."""

    def __init__(
        self,
        hidden: int,
        heads: int,
        head_width: int,
        intermediate: int,
        *,
        eps: float,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.eps, self.head_width = eps, head_width
        self.values = Linear(hidden, heads * head_width, generator)
        self.out = Linear(heads * head_width, hidden, generator)
        self.mlp = SwiGLU(hidden, intermediate, generator)

    def finish(self, x: Tensor, heard: Tensor) -> Tensor:
        """What the layer makes of its input and of the messages."""
        y = rms_norm(x + self.out(heard), self.eps)
        return rms_norm(y + self.mlp(y), self.eps)

    def weights(self) -> list[Tensor]:
        """As `message_passes.layer` takes them."""
        linear = (self.values, self.out, self.mlp.gate_up, self.mlp.down)
        return [part.weight for part in linear]


class Stack(nn.Module):
    """One level of the hierarchy: layers applied to the state plus what is injected into it."""

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, state: Tensor, injected: Tensor, geometry: Geometry) -> Tensor:
        x = state + injected
        for layer in self.layers:
            x = layer(x, geometry)
        return x


def embedding_scale(hidden: int) -> float:
    """Factor that brings embeddings of standard deviation 1/√hidden to unit variance."""
    return math.sqrt(hidden)
