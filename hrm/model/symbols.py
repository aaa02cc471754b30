"""The layer of a model with interchangeable symbols, which share one set of weights.

The state has a vector for every cell and symbol. A cell receives weighted means over the groups
that it belongs to (row, column, box …), separately for each symbol, and over the other symbols of
the cell. The layer is equivariant to permutations of symbols and to permutations of cells that keep
the groups, and the same weights work for groups and grids of any size. Symbol-equivariant recursion
is described in arXiv 2603.02193.

For float32 on a CPU, `hrm.model.symbol_passes` does the same in a third of the time.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hrm.model.geometry import Geometry
from hrm.model.layers import Linear, SwiGLU, rms_norm, suits_compiled_passes, truncated_normal_

SCORE_LIMIT = 15.0
"""Bound of a score, whose exponential is a weight."""


def kinds(tokens: Tensor, symbols: int, first: int) -> Tensor:
    """For tokens (B, L), of which `first` is the first symbol, one-hot (B, L · symbols, 3): the
    cell is blank, has this symbol, or has another."""
    given = tokens[..., None] - first
    here = given == torch.arange(symbols, device=tokens.device)
    known = (given >= 0).expand_as(here)
    return torch.stack((~known, here, known & ~here), dim=-1).flatten(1, 2)


class SymbolLayer(nn.Module):
    """Post-norm, as `hrm.model.layers.Layer`: add the messages of the groups, then a SwiGLU of each
    cell and symbol.

    Of every group `heads` weighted means are taken; the weights are a softmax over its members of
    scores, which are linear in their states. The message of a group is linear in its means, with
    weights for each relation (`saying`).
    """

    def __init__(
        self,
        hidden: int,
        relations: int,
        heads: int,
        intermediate: int,
        *,
        eps: float,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.eps, self.heads = eps, heads
        scores = torch.empty(relations + 1, heads, hidden)
        self.scores = nn.Parameter(truncated_normal_(scores, hidden**-0.5, generator))
        self.saying = nn.ModuleList(
            Linear(heads * hidden, hidden, generator) for _ in range(relations + 1)
        )
        self.mlp = SwiGLU(hidden, intermediate, generator)

    def forward(self, x: Tensor, geometry: Geometry) -> Tensor:
        """x (B, L · S, D), the symbols of a cell one after the other."""
        if geometry.members is None:
            raise ValueError("a model with symbols needs the relations of its cells")
        if not suits_compiled_passes(x):
            return self.plain(x, geometry)
        from hrm.model.symbol_passes import layer

        order = self._order(geometry)
        saying = [self.saying[slot].get_parameter("weight") for slot in order]
        weights = (
            self._scores(order, geometry).flatten(0, 1),
            *saying,
            self.mlp.gate_up.weight,
            self.mlp.down.weight,
        )
        members = geometry.members.numpy()
        return layer(x, members, geometry.counts, weights, eps=self.eps, limit=SCORE_LIMIT)

    def _order(self, geometry: Geometry) -> list[int]:
        """The weights for each relation, and last those for a cell's own symbols."""
        own = len(self.saying) - 1
        return [*(geometry.slots or range(own)), own]

    def _scores(self, order: list[int], geometry: Geometry) -> Tensor:
        scores = self.scores if order == list(range(len(self.saying))) else self.scores[order]
        return scores if geometry.sharpness == 1.0 else scores * geometry.sharpness

    def plain(self, x: Tensor, geometry: Geometry) -> Tensor:
        """The same by autograd's own operations, on any device and in any type."""
        members, symbols, width = geometry.members, geometry.symbols, x.shape[2]
        assert members is not None
        cells = x.view(len(x), -1, symbols, width)
        order = self._order(geometry)
        scores = torch.einsum("blsd,rhd->rblsh", cells, self._scores(order, geometry).to(x.dtype))
        weights = scores.clamp(-SCORE_LIMIT, SCORE_LIMIT).exp()
        heard = cells
        first = 0
        for r, count in enumerate(geometry.counts):
            numbers = torch.arange(first, first + count, device=x.device)
            inside = (members[:, r, :, None] == numbers).to(x.dtype)  # (n, L, G)
            first += count
            means = _weighted(inside, weights[r], cells)
            said = self.saying[order[r]](means)
            heard = heard + torch.einsum("blg,bgsd->blsd", inside.expand(len(x), -1, -1), said)
        shares = weights[-1] / weights[-1].sum(2, keepdim=True)
        own = self.saying[-1](torch.einsum("blsh,blsd->blhd", shares, cells).flatten(2))
        mixed = rms_norm((heard + own[:, :, None]).view(x.shape), self.eps)
        return rms_norm(mixed + self.mlp(mixed), self.eps)


def _weighted(inside: Tensor, weights: Tensor, cells: Tensor) -> Tensor:
    """Means (B, G, S, H · D) of cells (B, L, S, D) by weights (B, L, S, H) over the groups that
    they are `inside` (1 or B, L, G); of a group without members 0."""
    inside = inside.expand(len(cells), -1, -1)
    sums = torch.einsum("blg,blsh,blsd->bgshd", inside, weights, cells)
    totals = torch.einsum("blg,blsh->bgsh", inside, weights)
    return (sums / totals.clamp_min(1e-12)[..., None]).flatten(3)
