"""What the cells of an ARC input have to do with one another, for models with relation heads.

Everything is read off the input alone: neighbours, what a ray meets, mirror images; and rows,
columns, cells of one colour and connected objects. Permuting the colours 1-9 changes nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from puzzles.arc.puzzle import COLOURS, FIRST_COLOUR
from puzzles.contract.relations import Relations
from puzzles.contract.tokens import BoolGrid, Tokens

Numbers = NDArray[np.int64]

_BACKGROUND = 0
_OUTSIDE = -1


def relations(canvases: Tokens) -> Relations:
    """Eleven pointers, five groups and nine features for canvases (n, height, width).

    Pointers: the cell above, below, left, right; the first cell that is not background in each of
    these directions; the mirror images left to right, top to bottom and across the main diagonal.
    At the edge of the canvas a cell points to itself, as it does for a mirror image that lies
    outside the grid; a ray to the last cell. Groups: row, column, colour, object, everything.
    Features: see `_features`.
    """
    count, height, width = canvases.shape
    colours = canvases.astype(np.int64) - FIRST_COLOUR
    colours[colours < _BACKGROUND] = _OUTSIDE
    cells = np.broadcast_to(np.arange(height * width).reshape(height, width), colours.shape)
    neighbours = _towards_four(np.ones_like(colours, dtype=np.bool_))
    rays = _towards_four(colours != _BACKGROUND)
    pointers = [*neighbours, *rays, *_mirrored(colours)]
    columns = cells % width
    alike, joined = _alike(colours), objects(colours)
    groups = [cells - columns, columns, alike, joined, np.zeros_like(colours)]
    looks, means = (np.stack(r, 1).reshape(count, len(r), -1) for r in (pointers, groups))
    return Relations(looks, means, _features(colours, alike, joined))


def _features(colours: Numbers, alike: Numbers, joined: Numbers) -> NDArray[np.float32]:
    """(n, L, 9), all zero outside the grid: the logarithms of the sizes of a cell's object and of
    its colour; whether the object is a largest, a smallest (background aside) or touches the edge
    of the grid; whether the cell lies at its top, bottom, left or right edge."""
    inside, front = colours != _OUTSIDE, colours > _BACKGROUND
    sizes, shares = _sizes(joined), _sizes(alike)
    (top, bottom), (left, right) = (_span(inside.any(across)) for across in (2, 1))
    height, width = colours.shape[1:]
    rows, columns = np.arange(height)[:, None], np.arange(width)
    edges = [rows == top, rows == bottom, columns == left, columns == right]
    at_edge = edges[0] | edges[1] | edges[2] | edges[3]
    largest, smallest = (
        front & (sizes == of(np.where(front, sizes, none), axis=(1, 2), keepdims=True))
        for of, none in ((np.max, 0), (np.min, height * width + 1))
    )
    touching = _sizes(joined, at_edge & inside) > 0
    logarithms = [np.log2(sizes) / 4 - 0.5, np.log2(shares) / 4 - 1]  # about as large as flags
    flags = [np.broadcast_to(flag, colours.shape) for flag in (largest, smallest, touching, *edges)]
    found = np.stack([*logarithms, *flags], axis=-1) * inside[..., None]
    features: NDArray[np.float32] = found.reshape(len(colours), height * width, -1).astype("f4")
    return features


def _sizes(groups: Numbers, counted: BoolGrid | None = None) -> Numbers:
    """For each cell how many are in its group, of those that are `counted`."""
    flat = groups.reshape(len(groups), -1)
    numbers = flat + np.arange(len(flat))[:, None] * flat.shape[1]
    weights = None if counted is None else counted.ravel()
    counts = np.bincount(numbers.ravel(), weights, minlength=numbers.size)
    sizes: Numbers = counts[numbers].astype(np.int64).reshape(groups.shape)
    return sizes


def _alike(colours: Numbers) -> Numbers:
    """The first cell of each cell's colour; what is outside counts as one."""
    flat = colours.reshape(len(colours), -1)
    alike = np.zeros_like(flat)
    for colour in range(_OUTSIDE, COLOURS):
        same = flat == colour
        np.copyto(alike, same.argmax(axis=1)[:, None], where=same)
    return alike.reshape(colours.shape)


def _towards_four(stops: BoolGrid) -> list[Numbers]:
    """The cell at which each cell's ray up, down, left and right stops, itself not counted."""
    height, width = stops.shape[1:]
    rows, columns = np.arange(height)[:, None], np.arange(width)
    vertical, horizontal = stops, stops.transpose(0, 2, 1)
    up, left = (_first_above(grid) for grid in (vertical, horizontal))
    down, right = (
        grid.shape[1] - 1 - _first_above(grid[:, ::-1])[:, ::-1] for grid in (vertical, horizontal)
    )
    return [
        up * width + columns,
        down * width + columns,
        rows * width + left.transpose(0, 2, 1),
        rows * width + right.transpose(0, 2, 1),
    ]


def _first_above(stops: BoolGrid) -> Numbers:
    """The nearest row above each cell where the column has a stop, else row 0."""
    rows = np.where(stops, np.arange(stops.shape[1])[:, None], 0)
    nearest = np.maximum.accumulate(rows, axis=1)
    return np.concatenate((np.zeros_like(nearest[:, :1]), nearest[:, :-1]), axis=1)


def _mirrored(colours: Numbers) -> list[Numbers]:
    """The images of each cell left to right, top to bottom and across the main diagonal of its
    grid, which published data sets lay anywhere on the canvas."""
    height, width = colours.shape[1:]
    inside = colours != _OUTSIDE
    rows, columns = np.arange(height)[:, None], np.arange(width)
    (top, bottom), (left, right) = (_span(inside.any(across)) for across in (2, 1))
    turned, across = top + columns - left, left + rows - top
    diagonal = inside & (turned <= bottom) & (across <= right)
    own = rows * width + columns
    return [
        np.where(inside, rows * width + (left + right - columns), own),
        np.where(inside, (top + bottom - rows) * width + columns, own),
        np.where(diagonal, turned * width + across, own),
    ]


def _span(lines: BoolGrid) -> tuple[Numbers, Numbers]:
    """The first and the last line that is True, (n, 1, 1) each, for lines (n, L)."""
    first, last = lines.argmax(1), lines.shape[1] - 1 - lines[:, ::-1].argmax(1)
    return first[:, None, None], last[:, None, None]


def objects(colours: Numbers) -> Numbers:
    """(n, height, width): the first cell of each cell's connected object.

    Colours connect across corners too, the background by its edges only, so that a closed line has
    an inside. Everything outside the grid is one object.
    """
    labels = np.arange(colours.size).reshape(colours.shape)
    links = []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = np.s_[:, : -down or None, max(0, -right) : -right if right > 0 else None]
        there = np.s_[:, down:, max(0, right) : right if right < 0 else None]
        joined = colours[here] == colours[there]
        if down and right:
            joined &= colours[here] != _BACKGROUND
        links.append((here, there, joined))
    before = None
    while before is None or (labels != before).any():
        before = labels.copy()
        for here, there, joined in links:
            least = np.minimum(labels[here], labels[there])
            for end in (here, there):
                np.minimum(labels[end], least, out=labels[end], where=joined)
        labels = labels.ravel()[labels]  # a label's own label: chains shorten by half
    outside = colours == _OUTSIDE
    first_outside = outside.reshape(len(colours), -1).argmax(axis=1)
    named: Numbers = np.where(outside, first_outside[:, None, None], labels % colours[0].size)
    return named
