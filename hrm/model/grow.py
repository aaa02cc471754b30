"""More heads and cell features for a trained model, which computes the same as before at first.

As in Net2Net (arXiv 1511.05641): what a new head reads is random, what it writes is multiplied by
0, and so are new features; training then finds a use for them.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from hrm.model.config import HRMConfig
from hrm.model.hrm import HRM

_GROWS = ("heads", "head_width", "relation_heads", "cell_features")


def can_grow(small: HRMConfig, large: HRMConfig) -> bool:
    """Whether `large` is `small` with more heads of the same width, or more cell features."""
    free = small.heads - small.relation_heads
    return (
        _rest(small) == _rest(large)
        and not large.symbols
        and small.per_head == large.per_head
        and large.relation_heads >= small.relation_heads
        and large.heads - large.relation_heads >= free
        and large.cell_features >= small.cell_features
    )


def _rest(config: HRMConfig) -> dict[str, Any]:
    return {name: value for name, value in asdict(config).items() if name not in _GROWS}


def grow(model: HRM, config: HRMConfig, seed: int) -> HRM:
    """`model` with the heads and features of `config`, see `can_grow`; `seed` draws the weights of
    new heads."""
    small = model.config
    grown = HRM(config, torch.Generator().manual_seed(seed))
    grown.compute_dtype = model.compute_dtype
    free = small.heads - small.relation_heads
    kept = [
        *range(small.relation_heads),
        *range(config.relation_heads, config.relation_heads + free),
    ]
    known = model.state_dict()
    for name, tensor in grown.state_dict().items():
        if name == "embed_features":
            tensor.zero_()
            tensor[: small.cell_features] = known.get(name, tensor[:0])
        elif name.endswith("attention.qkv.weight"):
            _by_head(tensor, config, 3)[:, kept] = _by_head(known[name], small, 3)
        elif name.endswith("attention.out.weight"):
            tensor.zero_()
            _by_head(tensor.T, config, 1)[:, kept] = _by_head(known[name].T, small, 1)
        else:
            tensor.copy_(known[name])
    return grown.eval().requires_grad_(False)


def _by_head(weight: Tensor, config: HRMConfig, parts: int) -> Tensor:
    """A view (parts, heads, head width, hidden) of rows that belong to heads."""
    return weight.view(parts, config.heads, config.per_head, -1)
