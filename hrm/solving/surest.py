"""The answer of a pass of which the model was surest, for models with a `halt_patience`."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Surest(Generic[T]):
    """What was last seen with the highest chance of being right, and after which segment. Without
    `patience` it is what was seen last."""

    def __init__(self, patience: int) -> None:
        self._patience, self._chance = patience, -1.0
        self.number = 0

    def see(self, number: int, chance: float, seen: T) -> bool:
        """Whether the model has waited `patience` segments for a higher chance."""
        if chance > self._chance or not self._patience:
            self.number, self._chance, self.seen = number, chance, seen
        return 0 < self._patience <= number - self.number
