"""The parts of one transformer layer: RMS norm, rotary positions, attention, SwiGLU, token mixing.

Layers are post-norm and free of biases, as in HRM (arXiv 2506.21734) and TRM (arXiv 2510.04871).
Parameters may be float32 while activations are bfloat16: every product casts its weight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

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


@dataclass(frozen=True, slots=True)
class Geometry:
    """What attention knows of where the S = prefix + cells positions lie; made once per canvas.

    `cos`, `sin`: (S, head width) rotary tables. `mask`: (1, heads, S, S), 0 where a head may look,
    else -inf. `neighbours`: (R, S), given instead of a mask when each of the first R heads sees
    exactly one position from every position: attention over one key is that key's value.
    """

    cos: Tensor | None = None
    sin: Tensor | None = None
    mask: Tensor | None = None
    neighbours: Tensor | None = None


def rotary_tables(coordinates: Tensor, width: int, theta: float) -> tuple[Tensor, Tensor]:
    """cos and sin (S, width) for `coordinates` (S, axes); an axis rotates width / axes channels."""
    axes = coordinates.shape[1]
    share = width // axes
    rates = 1.0 / theta ** (torch.arange(0, share, 2, dtype=torch.float32) / share)
    angles = (coordinates.float()[:, :, None] * rates).flatten(1)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate channel i of the first half with channel i of the second; x is (..., S, width)."""
    first, second = x.chunk(2, dim=-1)
    turned = torch.cat((-second, first), dim=-1)
    return (x * cos + turned * sin).to(x.dtype)


class Attention(nn.Module):
    """Self-attention whose first heads may be confined to the relations of a `Geometry`."""

    def __init__(self, hidden: int, heads: int, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = Linear(hidden, 3 * hidden, generator)
        self.out = Linear(hidden, hidden, generator)

    def forward(self, x: Tensor, geometry: Geometry) -> Tensor:
        batch, cells, hidden = x.shape
        near = geometry.neighbours
        if near is not None and len(near) == self.heads:
            values = F.linear(x, self.qkv.weight[2 * hidden :].to(x.dtype))
            mixed = _pick(self._split(values)[0], near)
        else:
            q, k, v = self._split(self.qkv(x))
            if geometry.cos is not None and geometry.sin is not None:
                q, k = (rotate(t, geometry.cos, geometry.sin) for t in (q, k))
            if near is None:
                mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=geometry.mask)
            else:
                n = len(near)
                far = F.scaled_dot_product_attention(q[:, n:], k[:, n:], v[:, n:])
                mixed = torch.cat((_pick(v[:, :n], near), far), dim=1)
        merged: Tensor = self.out(mixed.transpose(1, 2).reshape(batch, cells, hidden))
        return merged

    def _split(self, projected: Tensor) -> Tensor:
        """(B, S, n·D) to (n, B, heads, S, D / heads)."""
        batch, cells, width = projected.shape
        inner = self.out.weight.shape[1] // self.heads
        split = projected.view(batch, cells, width // (self.heads * inner), self.heads, inner)
        return split.permute(2, 0, 3, 1, 4)


def _pick(values: Tensor, neighbours: Tensor) -> Tensor:
    """For values (B, R, S, W), what each position's neighbour (R, S) holds."""
    batch, related, cells, width = values.shape
    offset = torch.arange(related, device=values.device)[:, None] * cells
    flat = values.reshape(batch, related * cells, width)
    picked = flat.index_select(1, (neighbours + offset).flatten())
    return picked.view(batch, related, cells, width)


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
        intermediate: int,
        *,
        eps: float,
        positions: int | None = None,
        mix_width: int = 0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.eps = eps
        self.attention = None if positions else Attention(hidden, heads, generator)
        self.token_mlp = SwiGLU(positions, mix_width, generator) if positions else None
        self.mlp = SwiGLU(hidden, intermediate, generator)

    def forward(self, x: Tensor, geometry: Geometry) -> Tensor:
        if self.attention is not None:
            x = rms_norm(x + self.attention(x, geometry), self.eps)
        elif self.token_mlp is not None:
            across = x.transpose(1, 2)
            x = rms_norm(across + self.token_mlp(across), self.eps).transpose(1, 2)
        return rms_norm(x + self.mlp(x), self.eps)


class Stack(nn.Module):
    """One level of the hierarchy: layers applied to the state plus what is injected into it."""

    def __init__(self, layers: list[Layer]) -> None:
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
