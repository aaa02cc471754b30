"""The answers of which a model was surest, for models with a `halt_patience`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from puzzles.contract.tokens import BoolGrid, Tokens


class Surest:
    """For each row of a batch, the segment with the highest chance of a right answer, from 1, and
    that answer (rows, height, width). Without `patience` they are those of the newest segment."""

    numbers: NDArray[np.int64]
    answers: Tokens

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._chances: NDArray[np.float64] | None = None

    def see(self, number: int, chances: Sequence[float], answers: Tokens) -> BoolGrid:
        """Record a segment; returns for which rows the model has waited `patience` segments for a
        higher chance."""
        newest = np.array(chances)
        if self._chances is None or not self._patience:
            self.numbers = np.full(len(answers), number)
            self._chances, self.answers = newest, answers
        else:
            surer = newest > self._chances
            self._chances = np.where(surer, newest, self._chances)
            self.numbers = np.where(surer, number, self.numbers)
            self.answers = np.where(surer[:, None, None], answers, self.answers)
        waited: BoolGrid = (self._patience > 0) & (number - self.numbers >= self._patience)
        return waited

    def keep(self, staying: BoolGrid) -> None:
        """Drop the rows that are False in `staying`."""
        if self._chances is not None:
            self._chances, self.numbers = self._chances[staying], self.numbers[staying]
            self.answers = self.answers[staying]
