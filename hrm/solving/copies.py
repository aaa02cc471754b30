"""Symmetric copies of a puzzle, whose answers can be mapped back to it."""

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
"""Random symmetries that are drawn for each copy that is wanted, as some are drawn twice."""


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
    """Up to `policy.copies` different symmetric copies; the same seed gives the same copies.

    There may be fewer: a maze has eight symmetries at most, and a rectangle that lies on its side
    needs another canvas than the puzzle.
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
    """What a copy believes, about the puzzle as given; None where `undo` does more than to move
    cells and to exchange symbols.

    `undo` knows answers only. Where it puts each cell is read off answers of 0 and 1 that are the
    binary digits of the cells' numbers, and which symbols it exchanges off answers of one symbol.
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
    """For every cell of the puzzle the number of the copy's cell that it comes from."""
    cells = np.arange(np.prod(shape)).reshape(shape)
    blank = undo(np.zeros(shape, np.uint8))
    if blank.shape != shape or (undo(np.ones(shape, np.uint8)) == blank).any():
        return None
    found = np.zeros(shape, np.int64)
    for bit in range(int(cells.max(initial=0)).bit_length()):
        found += (undo((cells >> bit & 1).astype(np.uint8)) != blank).astype(np.int64) << bit
    source = found.ravel()
    return source if np.array_equal(np.sort(source), cells.ravel()) else None
