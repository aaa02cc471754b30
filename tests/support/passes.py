"""Layers whose passes are written out for a CPU, beside what autograd makes of them."""

from __future__ import annotations

import torch
from torch import Tensor

from hrm.model.choices import ChoiceLayer
from hrm.model.geometry import Geometry
from hrm.model.symbols import SymbolLayer
from hrm.model.ways import OpenWays, WayLayer


def require_same_as_plain(
    layer: ChoiceLayer | SymbolLayer | WayLayer,
    geometry: Geometry | OpenWays,
    state: Tensor,
    pull: Tensor,
) -> None:
    """The output for `state`, and for the gradient `pull` of it those of the state and of all
    weights; the output without gradients, too."""
    found = []
    for forward in (layer.forward, layer.plain):
        layer.zero_grad()
        x = state.clone().requires_grad_()
        out = forward(x, geometry)
        (out * pull).sum().backward()
        assert x.grad is not None
        found.append((out.detach(), x.grad, *(p.grad for p in layer.parameters())))
    for fast, slow in zip(*found, strict=True):
        torch.testing.assert_close(fast, slow, rtol=2e-4, atol=2e-5)
    with torch.inference_mode():
        torch.testing.assert_close(layer(state, geometry), found[1][0], rtol=1e-4, atol=1e-5)
