"""Kernels between the matrix products of symbol and choice layers, each a single pass over memory.

Compiled with numba for float32 on a CPU. Arrays are C-contiguous and do not overlap, unless it says
so: the compiler then works on sixteen numbers at a time. `symbol_passes` and `choice_passes` use
them. What groups or heads pass on to a cell are messages: `said` by a group, `heard` by a cell.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.compiled import compiled_floats

Floats: TypeAlias = NDArray[np.float32]

Members: TypeAlias = NDArray[np.int64]

_F = np.float32

HEAD_WIDTH = 4
"""Channels of a head of a choice layer, fixed so that the compiler unrolls the loops over them."""


@compiled_floats
def normalise(x: Floats, factor: Floats, eps: float) -> None:
    """Divide x (n, D) by the root mean square of each row, in place; `factor` (n,) says by what."""
    n, width = x.shape
    for i in range(n):
        total = _F(0)
        for j in range(width):
            total += x[i, j] * x[i, j]
        factor[i] = _F(1) / np.sqrt(total / _F(width) + _F(eps))
        for j in range(width):
            x[i, j] *= factor[i]


@compiled_floats
def normalise_back(grad: Floats, out: Floats, factor: Floats, result: Floats) -> None:
    """The backward pass of `normalise`: from the gradient of its output `out`, that of its
    input."""
    n, width = out.shape
    for i in range(n):
        shared = _F(0)
        for j in range(width):
            shared += grad[i, j] * out[i, j]
        shared /= _F(width)
        for j in range(width):
            result[i, j] = (grad[i, j] - out[i, j] * shared) * factor[i]


@compiled_floats
def exponential(scores: Floats, limit: float) -> None:
    """exp of the scores (n, K), in place; they are first clipped to ±limit."""
    n, width = scores.shape
    bits, poly = np.empty(width, np.int32), np.empty(width, np.float32)
    power = bits.view(np.float32)
    for i in range(n):
        for j in range(width):
            exponent = min(max(scores[i, j], _F(-limit)), _F(limit)) * _F(1.44269504)
            whole = np.floor(exponent + _F(0.5))
            rest = exponent - whole
            bits[j] = np.int32((whole + _F(127)) * _F(8388608))
            p = _F(0.00133335581) * rest + _F(0.00961812911)
            p = (p * rest + _F(0.0555041087)) * rest + _F(0.240226507)
            poly[j] = (p * rest + _F(0.693147181)) * rest + _F(1)
        for j in range(width):
            scores[i, j] = power[j] * poly[j]


@compiled_floats
def pool(x: Floats, e: Floats, members: Members, pooled: Floats, shares: Floats) -> None:
    """Weighted means of x (B, L · S, D) over groups of cells, symbol by symbol, and over symbols.

    `members` (1 or B, R, L): the number in 0…G - 1 of a cell's group of each relation, or -1.
    `e` (B, L · S, (R + 1) · H) are the weights. `pooled` (B, G · S + L, H · D) has the means of the
    groups and after them those over each cell's symbols; `shares` (B, the same, H)
    one over the sums of weights.
    """
    rows, _, width = x.shape
    heads, cells = shares.shape[2], members.shape[2]
    relations = members.shape[1]
    symbols = x.shape[1] // cells
    own = pooled.shape[1] - cells
    for b in range(rows):
        pooled[b, :, :] = _F(0)
        shares[b, :, :] = _F(0)
        who = members[b if len(members) > 1 else 0]
        for cell in range(cells):
            for r in range(relations + 1):
                group = who[r, cell] if r < relations else 0
                if group < 0:
                    continue
                for s in range(symbols):
                    i = cell * symbols + s
                    place = group * symbols + s if r < relations else own + cell
                    for h in range(heads):
                        w = e[b, i, r * heads + h]
                        shares[b, place, h] += w
                        for j in range(width):
                            pooled[b, place, h * width + j] += w * x[b, i, j]
        for place in range(pooled.shape[1]):
            for h in range(heads):
                if shares[b, place, h] > _F(0):
                    share = _F(1) / shares[b, place, h]
                    shares[b, place, h] = share
                    for j in range(width):
                        pooled[b, place, h * width + j] *= share


@compiled_floats
def hear(
    x: Floats, said: Floats, members: Members, out: Floats, factor: Floats, eps: float
) -> None:
    """Add to x the messages of each cell's groups and of the cell itself, and normalise.

    `out`, as x, is (B, L · S, D). `said` (B, G · S + L, D) holds the messages in the order of
    `pooled`; `factor` (B, L · S) is as in `normalise`.
    """
    rows, _, width = x.shape
    relations, cells = members.shape[1], members.shape[2]
    symbols = x.shape[1] // cells
    own = said.shape[1] - cells
    for b in range(rows):
        who = members[b if len(members) > 1 else 0]
        for cell in range(cells):
            for s in range(symbols):
                i = cell * symbols + s
                for j in range(width):
                    out[b, i, j] = x[b, i, j] + said[b, own + cell, j]
                for r in range(relations):
                    if who[r, cell] >= 0:
                        place = who[r, cell] * symbols + s
                        for j in range(width):
                            out[b, i, j] += said[b, place, j]
                total = _F(0)
                for j in range(width):
                    total += out[b, i, j] * out[b, i, j]
                factor[b, i] = _F(1) / np.sqrt(total / _F(width) + _F(eps))
                for j in range(width):
                    out[b, i, j] *= factor[b, i]


@compiled_floats
def hear_back(grad: Floats, members: Members, of_said: Floats) -> None:
    """The gradient of `said` from that of the sum (B, L · S, D), before it is normalised."""
    rows, _, width = grad.shape
    relations, cells = members.shape[1], members.shape[2]
    symbols = grad.shape[1] // cells
    own = of_said.shape[1] - cells
    for b in range(rows):
        of_said[b, :, :] = _F(0)
        who = members[b if len(members) > 1 else 0]
        for cell in range(cells):
            for s in range(symbols):
                i = cell * symbols + s
                for j in range(width):
                    of_said[b, own + cell, j] += grad[b, i, j]
                for r in range(relations):
                    if who[r, cell] >= 0:
                        place = who[r, cell] * symbols + s
                        for j in range(width):
                            of_said[b, place, j] += grad[b, i, j]


@compiled_floats
def pool_back(
    x: Floats,
    e: Floats,
    members: Members,
    pooled: Floats,
    shares: Floats,
    of_pooled: Floats,
    grad: Floats,
    of_scores: Floats,
    limit: float,
) -> None:
    """The backward pass of `pool`: from the gradient of `pooled`, that of x, which is added to
    `grad`, and that of the scores."""
    rows, _, width = x.shape
    heads = shares.shape[2]
    relations, cells = members.shape[1], members.shape[2]
    symbols = x.shape[1] // cells
    own = pooled.shape[1] - cells
    high, low = np.exp(_F(limit)) * _F(0.999), np.exp(-_F(limit)) * _F(1.001)
    middle = np.empty((pooled.shape[1], heads), np.float32)
    for b in range(rows):
        of_scores[b, :, :] = _F(0)
        for place in range(pooled.shape[1]):
            for h in range(heads):
                total = _F(0)
                for j in range(h * width, (h + 1) * width):
                    total += pooled[b, place, j] * of_pooled[b, place, j]
                middle[place, h] = total
        who = members[b if len(members) > 1 else 0]
        for cell in range(cells):
            for r in range(relations + 1):
                group = who[r, cell] if r < relations else 0
                if group < 0:
                    continue
                for s in range(symbols):
                    i = cell * symbols + s
                    place = group * symbols + s if r < relations else own + cell
                    for h in range(heads):
                        w = e[b, i, r * heads + h]
                        share = w * shares[b, place, h]
                        total = _F(0)
                        for j in range(width):
                            total += of_pooled[b, place, h * width + j] * x[b, i, j]
                        for j in range(width):
                            grad[b, i, j] += share * of_pooled[b, place, h * width + j]
                        if low < w < high:
                            of_scores[b, i, r * heads + h] = share * (total - middle[place, h])


@compiled_floats
def gate_up(gate: Floats, up: Floats, out: Floats) -> None:
    """out = silu(gate) · up, all (n, K)."""
    n, width = out.shape
    bits, poly = np.empty(width, np.int32), np.empty(width, np.float32)
    power = bits.view(np.float32)
    for i in range(n):
        for j in range(width):
            # e to the -gate = 2 to the (whole + rest)
            exponent = min(max(gate[i, j] * _F(-1.44269504), _F(-126)), _F(126))
            whole = np.floor(exponent + _F(0.5))
            rest = exponent - whole
            bits[j] = np.int32((whole + _F(127)) * _F(8388608))
            p = _F(0.00133335581) * rest + _F(0.00961812911)
            p = (p * rest + _F(0.0555041087)) * rest + _F(0.240226507)
            poly[j] = (p * rest + _F(0.693147181)) * rest + _F(1)
        for j in range(width):
            out[i, j] = gate[i, j] * up[i, j] / (_F(1) + power[j] * poly[j])


@compiled_floats
def gate_up_back(
    gate: Floats, up: Floats, grad: Floats, out: Floats, of_gate: Floats, of_up: Floats
) -> None:
    """Compute `out` of `gate_up` again, and from its gradient those of gate and up; all (n, K)."""
    n, width = out.shape
    bits, poly = np.empty(width, np.int32), np.empty(width, np.float32)
    power = bits.view(np.float32)
    for i in range(n):
        for j in range(width):  # as in `gate_up`; a function of its own would not be vectorised
            exponent = min(max(gate[i, j] * _F(-1.44269504), _F(-126)), _F(126))
            whole = np.floor(exponent + _F(0.5))
            rest = exponent - whole
            bits[j] = np.int32((whole + _F(127)) * _F(8388608))
            p = _F(0.00133335581) * rest + _F(0.00961812911)
            p = (p * rest + _F(0.0555041087)) * rest + _F(0.240226507)
            poly[j] = (p * rest + _F(0.693147181)) * rest + _F(1)
        for j in range(width):
            sigmoid = _F(1) / (_F(1) + power[j] * poly[j])
            silu = gate[i, j] * sigmoid
            out[i, j] = silu * up[i, j]
            of_gate[i, j] = grad[i, j] * up[i, j] * (sigmoid + silu * (_F(1) - sigmoid))
            of_up[i, j] = grad[i, j] * silu


@compiled_floats
def follow(values: Floats, pointers: Members, symbols: int, heard: Floats) -> None:
    """The messages of the pointer heads: from `values` to `heard`, both (B, L · S, H · HEAD_WIDTH),
    those of the cell that `pointers` (1 or B, P, L) name."""
    pointing, cells = pointers.shape[1], pointers.shape[2]
    for b in range(values.shape[0]):
        near = pointers[b if len(pointers) > 1 else 0]
        for cell in range(cells):
            for p in range(pointing):
                for s in range(symbols):
                    for k in range(HEAD_WIDTH):
                        seen = values[b, near[p, cell] * symbols + s, p * HEAD_WIDTH + k]
                        heard[b, cell * symbols + s, p * HEAD_WIDTH + k] = seen


@compiled_floats
def follow_back(grad: Floats, pointers: Members, symbols: int, result: Floats) -> None:
    """The gradient of `values` from that of `heard`; see `follow`."""
    pointing, cells = pointers.shape[1], pointers.shape[2]
    for b in range(grad.shape[0]):
        near = pointers[b if len(pointers) > 1 else 0]
        result[b, :, : pointing * HEAD_WIDTH] = _F(0)
        for cell in range(cells):
            for p in range(pointing):
                for s in range(symbols):
                    for k in range(HEAD_WIDTH):
                        pull = grad[b, cell * symbols + s, p * HEAD_WIDTH + k]
                        result[b, near[p, cell] * symbols + s, p * HEAD_WIDTH + k] += pull


@compiled_floats
def average_choices(values: Floats, symbols: int, heard: Floats) -> None:
    """The messages of the last head: from `values` to `heard`, both (B, L · S, H · HEAD_WIDTH), the
    mean over all choices of a cell. The backward pass is the same with the gradients."""
    rows, positions, width = values.shape
    part = _F(1) / _F(symbols)
    for b in range(rows):
        for first in range(0, positions, symbols):
            for k in range(width - HEAD_WIDTH, width):
                total = _F(0)
                for s in range(symbols):
                    total += values[b, first + s, k]
                for s in range(symbols):
                    heard[b, first + s, k] = total * part


@compiled_floats
def average(
    values: Floats, groups: Members, shares: Floats, symbols: int, start: int, heard: Floats
) -> None:
    """The messages of the heads from channel `start` on: from `values` to `heard`, both (B, L · S,
    H · HEAD_WIDTH), the mean over a cell's group. `groups` (1 or B, Q, L) names a cell of it,
    `shares` (as `groups`) is one over its size. The backward pass is the same with the
    gradients."""
    cells = groups.shape[2]
    sums = np.empty((cells * symbols, HEAD_WIDTH), np.float32)
    for b in range(values.shape[0]):
        who = groups[b if len(groups) > 1 else 0]
        share = shares[b if len(shares) > 1 else 0]
        for g in range(groups.shape[1]):
            first = start + g * HEAD_WIDTH
            sums[:] = _F(0)
            for cell in range(cells):
                for s in range(symbols):
                    for k in range(HEAD_WIDTH):
                        own = values[b, cell * symbols + s, first + k]
                        sums[who[g, cell] * symbols + s, k] += share[g, cell] * own
            for cell in range(cells):
                for s in range(symbols):
                    for k in range(HEAD_WIDTH):
                        mean = sums[who[g, cell] * symbols + s, k]
                        heard[b, cell * symbols + s, first + k] = mean
