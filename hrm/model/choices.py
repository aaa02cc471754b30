"""The layer of a model that weighs every token that an answer may have, such as the colours of a
task.

The state has a vector for every cell and choice. As in `hrm.model.layers`, heads follow a pointer
or take the mean over a group of cells, here for each choice by itself; one more head takes the mean
over the choices of a cell. All choices share the weights, so permuting them permutes the answer.

For float32 on a CPU, `hrm.model.choice_passes` does the same in half the time.
"""

from __future__ import annotations

import torch
from torch import Tensor

from hrm.model.geometry import Geometry
from hrm.model.layers import MessageLayer, pick, pooled, suits_compiled_passes

KINDS = 6
"""What can be said of a choice: that it is one, that the cell has it, that it is the background or
no symbol, and that the cell has it and it is either of these."""


def choice_inputs(tokens: Tensor, geometry: Geometry, first: int) -> Tensor:
    """Inputs (B, L · S, `KINDS` + 2 F) for tokens (B, L), of which `first` is the first symbol, the
    background; all tokens before it count as the last of them. They say whether the cell has this
    choice, and whether the choice is the background or no symbol at all. The F features of the cell
    follow, and again where the cell has the choice."""
    choices, features = geometry.choices, geometry.features
    assert choices is not None
    here = tokens.clamp_min(first - 1)[..., None] == choices[:, None]  # (B, L, S)
    background, none = ((choices == token)[:, None].expand_as(here) for token in (first, first - 1))
    kinds = (torch.ones_like(here), here, background, none, here & background, here & none)
    said = torch.stack(kinds, dim=-1)
    if features is not None:
        of_cell = features[:, :, None].expand(*here.shape, -1)
        said = torch.cat((said.to(of_cell.dtype), of_cell, here[..., None] * of_cell), dim=-1)
    return said.flatten(1, 2)


class ChoiceLayer(MessageLayer):
    """Post-norm, as `hrm.model.layers.Layer`: `heads` of `head_width` channels, then a SwiGLU."""

    def forward(self, x: Tensor, geometry: Geometry) -> Tensor:
        """x (B, L · S, D), the choices of a cell one after the other."""
        if not suits_compiled_passes(x):
            return self.plain(x, geometry)
        from hrm.model.choice_passes import HEAD_WIDTH, ChoiceMessages
        from hrm.model.message_passes import layer

        if self.head_width != HEAD_WIDTH:
            return self.plain(x, geometry)
        messages = ChoiceMessages.of(x, geometry)
        return layer(x.flatten(0, 1), messages, self.weights(), eps=self.eps).view(x.shape)

    def plain(self, x: Tensor, geometry: Geometry) -> Tensor:
        """The same by autograd's own operations, on any device and in any type."""
        near, groups, shares = geometry.neighbours, geometry.groups, geometry.shares
        rows, positions, _ = x.shape
        cells, symbols = positions // geometry.symbols, geometry.symbols
        values = self.values(x).view(rows, cells, symbols, -1, self.head_width)
        values = values.permute(0, 3, 1, 2, 4).flatten(3)  # (B, heads, L, S · head width)
        pointing = 0 if near is None else near.shape[1]
        mixed = [] if near is None else [pick(values[:, :pointing], near)]
        if groups is not None and shares is not None:
            mixed.append(pooled(values[:, pointing:-1], groups, shares))
        own = values[:, -1:].view(rows, 1, cells, symbols, -1)
        mixed.append(own.mean(3, keepdim=True).expand_as(own).flatten(3))
        heard = torch.cat(mixed, dim=1).view(rows, -1, cells, symbols, self.head_width)
        return self.finish(x, heard.permute(0, 2, 3, 1, 4).reshape(rows, positions, -1))
