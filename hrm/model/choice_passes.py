"""The messages of `hrm.model.choices.ChoiceLayer`, compiled for float32 on a CPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from hrm.model import kernels
from hrm.model.geometry import Geometry
from hrm.model.kernels import HEAD_WIDTH
from hrm.model.swiglu_passes import parts_of

__all__ = ["HEAD_WIDTH", "ChoiceMessages"]

IN_CACHE = 120_000
"""Elements of the largest buffer; several of them fit into a cache of 1 MB."""


@dataclass(frozen=True, slots=True)
class ChoiceMessages:
    """Where the heads of a layer look, and how many choices there are; positions are numbered row,
    cell, choice."""

    pointers: NDArray[np.int64]
    groups: NDArray[np.int64]
    shares: NDArray[np.float32]
    symbols: int
    rows: int
    row: int
    """Positions of a row."""

    @classmethod
    def of(cls, x: Tensor, geometry: Geometry) -> ChoiceMessages:
        """For x (B, L · S, D)."""
        cells = x.shape[1] // geometry.symbols
        near, groups, shares = geometry.neighbours, geometry.groups, geometry.shares
        none = np.zeros((1, 0, cells), np.int64)
        return cls(
            none if near is None else near.numpy(),
            none if groups is None else groups.numpy(),
            none.astype(np.float32) if shares is None else shares.numpy(),
            geometry.symbols,
            *x.shape[:2],
        )

    def parts(self, wide: int) -> list[slice]:
        _, parts = parts_of(self.rows, self.row * wide, IN_CACHE)
        return [slice(part.start * self.row, part.stop * self.row) for part in parts]

    def notes(self, positions: int, wide: int) -> Tensor:
        return Tensor(positions, 0)

    def hear(self, part: slice, values: Tensor, heard: Tensor, notes: Tensor) -> None:
        pointers = self._some(self.pointers, part)
        kernels.follow(self._by_row(values), pointers, self.symbols, self._by_row(heard))
        self._average(part, values, heard)

    def hear_back(self, part: slice, grad: Tensor, notes: Tensor, back: Tensor) -> None:
        pointers = self._some(self.pointers, part)
        kernels.follow_back(self._by_row(grad), pointers, self.symbols, self._by_row(back))
        self._average(part, grad, back)

    def _average(self, part: slice, values: Tensor, heard: Tensor) -> None:
        groups, shares = (self._some(t, part) for t in (self.groups, self.shares))
        start = self.pointers.shape[1] * HEAD_WIDTH
        said, result = self._by_row(values), self._by_row(heard)
        kernels.average(said, groups, shares, self.symbols, start, result)
        kernels.average_choices(said, self.symbols, result)

    def _by_row(self, states: Tensor) -> NDArray[np.float32]:
        found: NDArray[np.float32] = states.view(-1, self.row, states.shape[1]).numpy()
        return found

    def _some(self, of_rows: NDArray[Any], part: slice) -> NDArray[Any]:
        """The rows of a part, or the only row, which is for all."""
        if len(of_rows) == 1:
            return of_rows
        return of_rows[part.start // self.row : part.stop // self.row]
