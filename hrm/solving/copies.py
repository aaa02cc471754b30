"""Symmetric copies of a puzzle, and mapping their results back to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hrm.events import CycleBeliefs
from hrm.solving.policy import Policy
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Layout, Undo

DRAWS = 8
"""Random symmetries drawn per copy, because some are drawn twice."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A symmetric copy of puzzle number `owner`; `undo` maps its answers back."""

    owner: int
    attempt: int
    puzzle: Any
    undo: Undo


def copies(
    domain: AnyDomain, puzzle: Any, policy: Policy, owner: int, layout: Layout
) -> list[Copy]:
    """Up to `policy.copies` different symmetric copies, determined by the seed and `owner`.

    There may be fewer: a maze has at most eight symmetries, and copies with another canvas shape,
    such as a transposed rectangle, are left out.
    """
    rng = np.random.default_rng([policy.seed, owner])
    canvas = domain.encode(puzzle, layout).shape
    found: list[Copy] = []
    for _ in range(DRAWS * policy.copies):
        twin, undo = domain.augment(puzzle, rng)
        known = twin == puzzle or any(twin == copy.puzzle for copy in found)
        if not known and domain.encode(twin, layout).shape == canvas:
            found.append(Copy(owner, len(found) + 1, twin, undo))
        if len(found) == policy.copies:
            break
    return found


def undone(
    beliefs: CycleBeliefs, copy: Copy, domain: AnyDomain, layout: Layout
) -> CycleBeliefs | None:
    """Map the beliefs of a copy back to the puzzle as given; None unless `undo` only permutes cells
    and symbols.

    `undo` maps answers, not beliefs. The permutation of cells is found by mapping answers that
    contain one bit of every cell's index, that of symbols by mapping constant answers.
    """
    shape = beliefs.shape[1:3]
    source = _sources(copy.undo, shape)
    if source is None:
        return None
    canvas = domain.encode(copy.puzzle, layout)
    values = [
        int(domain.decode(np.full_like(canvas, token), copy.puzzle, layout).max(initial=0))
        for token in range(beliefs.shape[-1])
    ]
    tokens = list(range(len(values)))
    for token, value in enumerate(values):
        if value:
            meant = int(copy.undo(np.full(shape, value, np.uint8)).flat[0])
            if meant not in values:
                return None
            tokens[values.index(meant)] = token
    flat = beliefs.reshape(len(beliefs), -1, len(values))
    moved = flat[:, source][..., tokens]
    return moved.reshape(beliefs.shape)


def _sources(undo: Undo, shape: tuple[int, ...]) -> NDArray[np.int64] | None:
    """For every cell of the puzzle, the index of the copy's cell that `undo` puts there."""
    cells = np.arange(np.prod(shape)).reshape(shape)
    blank = undo(np.zeros(shape, np.uint8))
    if blank.shape != shape or (undo(np.ones(shape, np.uint8)) == blank).any():
        return None
    found = np.zeros(shape, np.int64)
    for bit in range(int(cells.max(initial=0)).bit_length()):
        found += (undo((cells >> bit & 1).astype(np.uint8)) != blank).astype(np.int64) << bit
    source = found.ravel()
    return source if np.array_equal(np.sort(source), cells.ravel()) else None
