"""Symmetric copies of a puzzle, whose answers can be mapped back to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hrm.solving.policy import Policy
from puzzles.base import AnyDomain, Layout, Undo

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
