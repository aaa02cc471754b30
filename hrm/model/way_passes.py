"""The messages of `hrm.model.ways.WayLayer`, compiled for float32 on a CPU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hrm.model import way_kernels
from hrm.model.config import MESSAGES
from hrm.model.ways import OpenWays

IN_CACHE = 120_000
"""Elements of the largest buffer; several of them fit into a cache of 1 MB."""


@dataclass(frozen=True, slots=True)
class WayMessages:
    """Who hears whom, as in `OpenWays`; the ways of row i begin at `starts[i]`."""

    back: NDArray[np.int64]
    far: NDArray[np.int64]
    first: NDArray[np.int64]
    degree: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, ways: OpenWays) -> WayMessages:
        batch, cells, count = ways.shape
        back, far, first, degree, places = (
            t.numpy() for t in (ways.back, ways.far, ways.first, ways.degree, ways.places)
        )
        starts = np.searchsorted(places, np.arange(batch + 1) * (cells * count))
        return cls(back, far, first, degree, starts)

    def parts(self, wide: int) -> list[slice]:
        """As many rows together as keep a buffer within `IN_CACHE`, at least one."""
        found, begin = [], 0
        for end, after in zip(self.starts[1:], [*self.starts[2:], None], strict=True):
            if after is None or (after - begin) * wide > IN_CACHE:
                found.append(slice(int(begin), int(end)))
                begin = end
        return found

    def notes(self, positions: int, wide: int) -> Tensor:
        return torch.empty(positions, 3 * wide // MESSAGES, dtype=torch.uint8)

    def hear(self, part: slice, values: Tensor, heard: Tensor, notes: Tensor) -> None:
        back, far, first = self._within(part)
        degree, filled = self.degree[part], (heard.numpy(), notes.numpy())
        way_kernels.hear(values.numpy(), back, far, first, degree, *filled)

    def hear_back(self, part: slice, grad: Tensor, notes: Tensor, back: Tensor) -> None:
        there, far, first = self._within(part)
        degree, chosen, result = self.degree[part], notes.numpy(), back.numpy()
        way_kernels.hear_back(grad.numpy(), there, far, first, degree, chosen, result)

    def _within(self, part: slice) -> Iterator[NDArray[np.int64]]:
        """`back`, `far` and `first` of a part, numbered within it."""
        return (of[part] - part.start for of in (self.back, self.far, self.first))
