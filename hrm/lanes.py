"""A batch in training whose rows live on their own clocks."""

from __future__ import annotations

from typing import Any

import torch

from hrm.data import Batch, Source, Stream, to_batch
from hrm.model import HRM, Carry


class Lane:
    """A batch of one canvas whose rows are replaced as they halt."""

    def __init__(self, model: HRM, source: Source, stream: Stream, rows: int) -> None:
        relations = source.relations()
        allowed = None if relations is None else torch.tensor(relations)
        self.geometry = model.geometry(source.shape, allowed)
        self.stream = stream
        self.cells = source.shape[0] * source.shape[1]
        self.start = model.initial_carry((1, self.cells))
        self.carry = model.initial_carry((rows, self.cells))
        self.batch = to_batch(stream.take(rows))
        self.steps = torch.zeros(rows, dtype=torch.int64)
        self.halted = torch.zeros(rows, dtype=torch.bool)

    def refill(self) -> int:
        """Replace the rows that have halted; returns how many."""
        rows = self.halted.nonzero().flatten()
        if len(rows):
            fresh = to_batch(self.stream.take(len(rows)))
            self.batch.tokens[rows] = fresh.tokens
            self.batch.labels[rows] = fresh.labels
            if self.batch.puzzle_ids is not None and fresh.puzzle_ids is not None:
                self.batch.puzzle_ids[rows] = fresh.puzzle_ids
            self.carry = self.carry.restart(self.halted, self.start)
            self.steps[rows] = 0
        return len(rows)

    def state(self) -> dict[str, Any]:
        return {
            "position": self.stream.position,
            "carry": (self.carry.high, self.carry.low),
            "batch": (self.batch.tokens, self.batch.labels, self.batch.puzzle_ids),
            "steps": self.steps,
            "halted": self.halted,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.stream.position = state["position"]
        self.carry = Carry(*state["carry"])
        self.batch = Batch(*state["batch"])
        self.steps = state["steps"]
        self.halted = state["halted"]
