"""A layer for states of the ways out of a cell, for puzzles whose answer is a path.

What lies beyond a way is what lies beyond the other ways of the cell it leads to, as in belief
propagation: nothing that came from here is told back. Weights are shared by all ways. Only open
ways are computed, so a corridor cell costs two states, a wall none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from hrm.model.config import MESSAGES
from hrm.model.geometry import Geometry
from hrm.model.layers import MessageLayer, suits_compiled_passes, truncated_normal_

Observer: TypeAlias = Callable[[Literal["low", "high"], Tensor, Tensor], None]
"""Called after every update with the level, and its state before and after, (B, P + L, D)."""


@dataclass(frozen=True, slots=True)
class OpenWays:
    """The T open ways of a batch, in order of row, cell and way.

    places  (T,) where their states lie among those of all B · L · W ways
    cells   (T,) their cells among B · L
    ways    (T,) from 0
    back    (T,) the open way that leads back from the next cell
    far     (T,) the open way that leads back from the end of the corridor
    first   (T,) the first open way of the same cell; all follow one another
    others  (T, W - 1) the other open ways of the same cell; where there are fewer, some repeat
    alone   (T, 1) whether there are none
    degree  (T,) how many open ways the cell has
    shape   B, L, W
    """

    places: Tensor
    cells: Tensor
    ways: Tensor
    back: Tensor
    far: Tensor
    first: Tensor
    others: Tensor
    alone: Tensor
    degree: Tensor
    shape: tuple[int, int, int]

    @classmethod
    def of(cls, geometry: Geometry, batch: int) -> OpenWays:
        assert geometry.back is not None
        assert geometry.far is not None
        count = geometry.ways
        back, far = (pointers.expand(batch, -1) for pointers in (geometry.back, geometry.far))
        is_open = (back >= 0).flatten()
        places = is_open.nonzero().flatten()
        number = is_open.cumsum(0) - 1
        start = places // back.shape[1] * back.shape[1]
        cells, ways = places // count, places % count
        turned = (ways[:, None] + torch.arange(1, count, device=ways.device)) % count
        candidates = cells[:, None] * count + turned
        there = is_open[candidates]
        any_other = candidates.gather(1, there.long().argmax(1, keepdim=True))
        others = torch.where(there, candidates, any_other)
        alone = ~there.any(1, keepdim=True)
        return cls(
            places=places,
            cells=cells,
            ways=ways,
            back=number[back.flatten()[places] + start],
            far=number[far.flatten()[places] + start],
            first=torch.searchsorted(cells, cells),
            others=number[torch.where(alone, places[:, None], others)],
            alone=alone,
            degree=there.sum(1) + 1,
            shape=(batch, back.shape[1] // count, count),
        )

    def pack(self, states: Tensor) -> Tensor:
        """(T, D) of all states (B, L · W, D)."""
        return states.flatten(0, 1).index_select(0, self.places)

    def unpacked(self, observer: Observer) -> Observer:
        """An observer of packed states, which tells `observer` of all."""
        return lambda level, before, after: observer(level, self.unpack(before), self.unpack(after))

    def unpack(self, states: Tensor) -> Tensor:
        """All states (B, L · W, D), 0 for closed ways, of (T, D)."""
        batch, cells, ways = self.shape
        everywhere = states.new_zeros(batch * cells * ways, states.shape[1])
        return everywhere.index_copy(0, self.places, states).view(batch, cells * ways, -1)


def means_over(states: Tensor, back: Tensor, count: int) -> Tensor:
    """(B, L · W / count, D): the mean of the open ones among each `count` ways that follow one
    another, of states (B, L · W, D) that are 0 for closed ways; `back` as in `Geometry`."""
    batch, _, width = states.shape
    number = (back >= 0).view(len(back), -1, count).sum(2).clamp_min(1)
    return states.view(batch, -1, count, width).sum(2) / number[..., None].to(states.dtype)


class WayLayer(MessageLayer):
    """Each way hears, in a head each: the way that leads back from the next cell, the greatest of
    the other ways there and at the end of the corridor, the greatest of the other ways of its own
    cell, and the mean of all ways of its cell. Then a SwiGLU; both with add and norm."""

    def __init__(
        self,
        hidden: int,
        head_width: int,
        intermediate: int,
        *,
        eps: float,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(hidden, MESSAGES, head_width, intermediate, eps=eps, generator=generator)

    def forward(self, x: Tensor, ways: OpenWays) -> Tensor:
        if not suits_compiled_passes(x[None]):
            return self.plain(x, ways)
        from hrm.model.message_passes import layer
        from hrm.model.way_passes import WayMessages

        return layer(x, WayMessages.of(ways), self.weights(), eps=self.eps)

    def plain(self, x: Tensor, ways: OpenWays) -> Tensor:
        """The same by autograd's own operations, on any device and in any type."""
        return self.finish(x, self._heard(self.values(x).float(), ways).to(x.dtype))

    def _heard(self, values: Tensor, ways: OpenWays) -> Tensor:
        """In float32, for its gradient's sake: the end of a long corridor is heard by many."""
        width = self.head_width
        back, shared, candidates = (
            values[:, :width],
            values[:, width : 2 * width],
            values[:, 2 * width :],
        )
        each = candidates.index_select(0, ways.others.flatten()).view(len(values), -1, 3 * width)
        greatest = each.amax(1).masked_fill(ways.alone, 0.0)
        near, far, own = (greatest[:, start : start + width] for start in (0, width, 2 * width))
        sums = values.new_zeros(ways.shape[0] * ways.shape[1], width).index_add(
            0, ways.cells, shared
        )
        heard = (
            back.index_select(0, ways.back),
            near.index_select(0, ways.back),
            far.index_select(0, ways.far),
            own,
            sums.index_select(0, ways.cells) / ways.degree[:, None],
        )
        return torch.cat(heard, dim=1)


class WayInputs(nn.Module):
    """What is said of each way besides the token of its cell: that of the next cell, how many ways
    the cell has, how long the corridor is, and a vector of the way's own, which tells left from
    right where two paths are equally short."""

    def __init__(
        self, vocabulary: int, ways: int, hidden: int, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()

        def table(rows: int) -> nn.Parameter:
            return nn.Parameter(truncated_normal_(torch.empty(rows, hidden), 1.0, generator))

        self.next = table(vocabulary)
        self.degree, self.length = table(ways + 1), table(1)
        self.way = table(ways)

    def forward(self, tokens: Tensor, geometry: Geometry, ways: OpenWays) -> Tensor:
        """(T, D) for tokens (B, L)."""
        assert geometry.lengths is not None
        next_cells = ways.cells[ways.back]
        length = geometry.lengths.expand(len(tokens), -1).flatten()[ways.places]
        return (
            self.next[tokens.flatten()[next_cells]]
            + self.degree[ways.degree]
            + self.way[ways.ways]
            + length[:, None] * self.length
        )
