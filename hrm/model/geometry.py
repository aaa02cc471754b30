"""What a model knows of a canvas: where each position looks, and what is added to each cell."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hrm.model.config import HRMConfig
from puzzles.contract.relations import Relations

BY_ROW = (
    *("mask", "neighbours", "groups", "shares", "features", "members", "choices"),
    *("back", "far", "lengths"),
)


@dataclass(frozen=True, slots=True)
class Geometry:
    """What a model knows of a canvas with S = prefix + cells positions; made once per canvas.

    cos, sin    (S, head width) rotary tables
    neighbours  (n, P, S): the one position that each of the first P heads sees from every position;
                attention over one key is that key's value
    groups      (n, Q, S): each of the next Q heads takes the mean over positions of the same number
    shares      (n, Q, S): one over the number of these positions
    mask        (n, H - P - Q, S, S): 0 where the other heads may look, else -inf
    features    (n, cells, F), added to the embedding
    choices     (n, symbols): the tokens that an answer may have, for a model that weighs each

    For a model whose symbols are interchangeable:

    symbols     how many there are
    members     (n, R, cells): the number of a cell's group of each relation, or -1
    counts      the number of groups of each relation
    slots       the relation whose weights each relation uses
    sharpness   factor of the scores, see `sharpness_of`

    For a model with a state for each open way out of a cell, (n, L · W), as in `Relations`:

    ways        W, how many a cell may have
    back, far   the way that leads back from the next cell, and from the end of the corridor
    lengths     a measure of how long that corridor is

    n is the batch, or 1 if all rows are alike.
    """

    cos: Tensor | None = None
    sin: Tensor | None = None
    mask: Tensor | None = None
    neighbours: Tensor | None = None
    groups: Tensor | None = None
    shares: Tensor | None = None
    features: Tensor | None = None
    members: Tensor | None = None
    choices: Tensor | None = None
    back: Tensor | None = None
    far: Tensor | None = None
    lengths: Tensor | None = None
    counts: tuple[int, ...] = ()
    slots: tuple[int, ...] = ()
    symbols: int = 0
    ways: int = 0
    sharpness: float = 1.0

    @property
    def vectors(self) -> float:
        """How many vectors of a cell are computed, on average over the cells, if canvases say that;
        else 0."""
        if self.back is None:
            return self.symbols
        return self.ways * (self.back >= 0).double().mean().item()

    def take(self, rows: Tensor | slice) -> Geometry:
        """The geometry of some rows of a batch: a (B,) mask, indices, or a slice, which copies
        nothing."""
        by_row = {name: getattr(self, name) for name in BY_ROW}
        return replace(
            self,
            **{name: t[rows] for name, t in by_row.items() if t is not None and len(t) > 1},
        )


def geometry_of(
    config: HRMConfig,
    shape: tuple[int, int],
    relations: Relations | None,
    device: torch.device,
    dtype: torch.dtype,
) -> Geometry:
    """Rotary tables, pointers, attention masks and features for canvases of (height, width).

    There may be more `relations` than `relation_heads`, and more of their features than
    `cell_features`; the first ones are used, with symbols also those that share weights. A
    prefix and the cells see one another, except pointers and means, where each prefix position
    sees itself. Masks and features are of `dtype`.
    """
    cos = sin = None
    if config.positions in ("rope", "rope2d"):
        coordinates = _coordinates(shape, config.prefix, two_axes=config.positions == "rope2d")
        tables = rotary_tables(coordinates, config.per_head, config.rope_theta)
        cos, sin = (t.to(device) for t in tables)  # float32, whatever x is
    if config.token_intermediate or not config.relates:
        return Geometry(cos, sin)
    if missing := config.missing(relations):
        name, there = missing
        raise ValueError(f"the model has {name}={getattr(config, name)}, the canvas {there}")
    assert relations is not None
    if config.ways:
        assert relations.ways is not None
        back, far = (
            torch.from_numpy(pointers).flatten(1).to(device)
            for pointers in (relations.ways.back, relations.ways.far)
        )
        lengths = torch.from_numpy(relations.ways.lengths).flatten(1).to(device, dtype)
        return Geometry(back=back, far=far, lengths=lengths, ways=config.ways)
    if config.symbols and not config.choices:
        return _of_symbols(config, relations, device)
    features = torch.from_numpy(relations.features[..., : config.cell_features])
    geometry = replace(
        _looks(config, relations, device, dtype),
        cos=cos,
        sin=sin,
        features=features.to(device, dtype) if config.cell_features else None,
    )
    if not config.choices:
        return geometry
    assert relations.choices is not None
    choices = torch.from_numpy(relations.choices).to(device, torch.int64)
    return replace(geometry, choices=choices, symbols=choices.shape[1])


def rotary_tables(coordinates: Tensor, width: int, theta: float) -> tuple[Tensor, Tensor]:
    """cos and sin (S, width) for `coordinates` (S, axes); an axis rotates width / axes channels."""
    axes = coordinates.shape[1]
    share = width // axes
    rates = 1.0 / theta ** (torch.arange(0, share, 2, dtype=torch.float32) / share)
    angles = (coordinates.float()[:, :, None] * rates).flatten(1)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def _coordinates(shape: tuple[int, int], prefix: int, *, two_axes: bool) -> Tensor:
    """(S, axes) positions; a prefix lies before the cells, or at the origin of two axes."""
    height, width = shape
    if not two_axes:
        return torch.arange(prefix + height * width)[:, None]
    grid = torch.cartesian_prod(torch.arange(height), torch.arange(width)) + 1
    return torch.cat((torch.zeros(prefix, 2, dtype=grid.dtype), grid))


def _of_symbols(config: HRMConfig, relations: Relations, device: torch.device) -> Geometry:
    slots = slots_of(relations, config.relation_heads)
    members, counts = number_groups(relations.groups[:, list(slots)])
    return Geometry(
        members=torch.from_numpy(members).to(device),
        counts=counts,
        slots=tuple(slots.values()),
        symbols=relations.symbols or config.symbols,
        sharpness=sharpness_of(relations.symbols, config.symbols),
    )


def slots_of(relations: Relations, heads: int) -> dict[int, int]:
    """The relations that a model with `heads` relation heads uses, each with the relation whose
    weights it takes: the first ones their own, further ones with any group those of relation
    `shared`."""
    slots = {relation: relation for relation in range(heads)}
    if relations.shared >= 0:
        there = (relations.groups[:, heads:] >= 0).any((0, 2))
        slots |= dict.fromkeys((heads + np.flatnonzero(there)).tolist(), relations.shared)
    return slots


def sharpness_of(symbols: int, usual: int) -> float:
    """Factor of the scores where groups have more members than the model's `usual` number. A
    softmax over n members flattens with log n; the factor makes up for that.

    With it, `sudoku-mini`, trained on 9×9 alone, solved 13 of 24 minimal 12×12 Sudokus in one pass
    of 8 segments in place of 10, and a 25×25 of 400 clues that it failed at.
    """
    return math.log(symbols) / math.log(usual) if symbols > usual > 1 else 1.0


def number_groups(groups: NDArray[np.int64]) -> tuple[NDArray[np.int64], tuple[int, ...]]:
    """For groups (n, R, L) of R relations as in `Relations` of puzzles: the same with the groups
    of all relations numbered one after the other, and how many each relation has."""
    count, relations, cells = groups.shape
    there = np.zeros((count, relations, cells + 1), np.bool_)  # the last is for no group
    np.put_along_axis(there, groups, True, axis=2)
    there[..., -1] = False
    numbers = there.cumsum(2) - 1
    counts = (numbers[..., -1] + 1).max(0)
    firsts = np.concatenate(([0], counts.cumsum()[:-1]))
    members = np.take_along_axis(numbers, groups, axis=2) + firsts[:, None]
    return np.where(groups < 0, -1, members), tuple(counts.tolist())


def _looks(
    config: HRMConfig, relations: Relations, device: torch.device, dtype: torch.dtype
) -> Geometry:
    """What the relation heads see: pointers, means or masks."""
    pointers, groups = (
        torch.from_numpy(t).to(device) for t in (relations.pointers, relations.groups)
    )
    pointers = pointers[:, : config.relation_heads]
    groups = groups[:, : config.relation_heads - pointers.shape[1]]
    near = _with_prefix(pointers, config.prefix) if pointers.shape[1] else None
    if not groups.shape[1]:
        return Geometry(neighbours=near)
    if config.relation_mix == "attention":
        mask = _mask(groups, config.heads - pointers.shape[1], config.prefix, dtype)
        return Geometry(mask=mask, neighbours=near)
    pooled = _with_prefix(groups, config.prefix)
    sizes = torch.zeros_like(pooled).scatter_add_(-1, pooled, torch.ones_like(pooled))
    shares = sizes.gather(-1, pooled).reciprocal()
    return Geometry(neighbours=near, groups=pooled, shares=shares)


def _mask(groups: Tensor, heads: int, prefix: int, dtype: torch.dtype) -> Tensor:
    """(n, heads, S, S) for groups (n, G, L): the first G heads look within theirs only."""
    count, related, cells = groups.shape
    size = prefix + cells
    allowed = torch.ones(count, heads, size, size, dtype=torch.bool, device=groups.device)
    allowed[:, :related, prefix:, prefix:] = groups[..., :, None] == groups[..., None, :]
    # an additive mask takes the faster attention kernel on a CPU
    bias = torch.zeros(allowed.shape, dtype=dtype, device=groups.device)
    return bias.masked_fill_(~allowed, -torch.inf)


def _with_prefix(cells: Tensor, prefix: int) -> Tensor:
    """(n, H, S) positions of cells (n, H, L); those of the prefix come first, each by itself."""
    own = torch.arange(prefix, device=cells.device).expand(*cells.shape[:2], prefix)
    return torch.cat((own, cells + prefix), dim=-1)
