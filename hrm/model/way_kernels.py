"""What the ways out of a cell hear, compiled with numba for float32 on a CPU; see `hrm.model.ways`.

The open ways of a cell follow one another: `first` (n,) is the number of the first one of each
way's cell, `degree` (n,) how many there are. W is the width of a head.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.compiled import compiled_floats

Floats: TypeAlias = NDArray[np.float32]
Numbers: TypeAlias = NDArray[np.int64]
Choices: TypeAlias = NDArray[np.uint8]

_F = np.float32

NOBODY = 255
"""In place of the number of a way, where a cell has no other."""


@compiled_floats
def hear(
    values: Floats,
    back: Numbers,
    far: Numbers,
    first: Numbers,
    degree: Numbers,
    heard: Floats,
    chosen: Choices,
) -> None:
    """Fill `heard` (n, 5 W) from `values` (n, 5 W), and `chosen` (n, 3 W) with the numbers, within
    the cell, of the ways whose values were the greatest."""
    n, wide = values.shape
    width = wide // 5
    greatest = np.empty((n, 3 * width), np.float32)
    for t in range(n):
        for c in range(3 * width):
            greatest[t, c] = _F(0)
            chosen[t, c] = NOBODY
        empty = True
        for number in range(degree[t]):
            other = first[t] + number
            if other == t:
                continue
            for c in range(3 * width):
                value = values[other, 2 * width + c]
                if empty or value > greatest[t, c]:
                    greatest[t, c] = value
                    chosen[t, c] = number
            empty = False
    for t in range(n):
        for c in range(width):
            heard[t, c] = values[back[t], c]
            heard[t, width + c] = greatest[back[t], c]
            heard[t, 2 * width + c] = greatest[far[t], width + c]
            heard[t, 3 * width + c] = greatest[t, 2 * width + c]
    _mean(values, width, first, degree, heard, 4 * width)


@compiled_floats
def hear_back(
    grad: Floats,
    back: Numbers,
    far: Numbers,
    first: Numbers,
    degree: Numbers,
    chosen: Choices,
    result: Floats,
) -> None:
    """Fill `result`, the gradient of `values`, from `grad`, that of `heard`; see `hear`."""
    n, wide = grad.shape
    width = wide // 5
    greatest = np.zeros((n, 3 * width), np.float32)
    result[:] = _F(0)
    for t in range(n):
        for c in range(width):
            result[back[t], c] += grad[t, c]
            greatest[back[t], c] += grad[t, width + c]
            greatest[far[t], width + c] += grad[t, 2 * width + c]
            greatest[t, 2 * width + c] += grad[t, 3 * width + c]
    for t in range(n):
        if degree[t] == 1:
            continue
        for c in range(3 * width):
            result[first[t] + chosen[t, c], 2 * width + c] += greatest[t, c]
    _mean(grad, 4 * width, first, degree, result, width)


@compiled_floats
def _mean(
    values: Floats, start: int, first: Numbers, degree: Numbers, means: Floats, to: int
) -> None:
    """From the channels of `values` at `start` to those of `means` at `to`: the mean over all ways
    of the cell."""
    n, width = len(values), values.shape[1] // 5
    for t in range(n):
        share = _F(1) / _F(degree[t])
        for c in range(width):
            means[t, to + c] = _F(0)
        for other in range(first[t], first[t] + degree[t]):
            for c in range(width):
                means[t, to + c] += values[other, start + c] * share
