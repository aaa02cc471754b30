"""A batch in training whose rows are at different segments.

The puzzles, the segment counts and which rows have halted are kept on the host for the whole batch;
the device holds the tokens and the carry of the part of this process.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from hrm.data.rows import IGNORE_LABEL, Batch, Source, Stream, to_batch
from hrm.errors import UserError
from hrm.model.geometry import Geometry
from hrm.model.hrm import HRM, Carry
from hrm.training.distributed import Ranks
from puzzles import domain
from puzzles.contract.relations import Relations
from puzzles.contract.tokens import IGNORE
from puzzles.training import Pairs


def upload(tensor: Tensor, device: torch.device) -> Tensor:
    """A copy on the device, or the tensor itself if it is there. On CUDA it does not wait for the
    copy."""
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


class Download:
    """A tensor on its way to the host.

    On CUDA the copy is queued behind the work that makes the tensor. Queue more work before calling
    `read`, which waits only for the copy, and the device is never idle.
    """

    def __init__(self, tensor: Tensor) -> None:
        self._host = tensor.to("cpu", non_blocking=tensor.is_cuda)
        self._done = (
            torch.cuda.current_stream(tensor.device).record_event() if tensor.is_cuda else None
        )

    def read(self) -> Tensor:
        if self._done is not None:
            self._done.synchronize()
        return self._host


class TrainBatch:
    """A batch of one canvas whose rows are replaced as they halt.

    `examples`, `steps` and `halted` are for all `rows`, on the host; `part` and `carry` are for the
    rows `own` of this process, on the model's device.
    """

    def __init__(
        self, model: HRM, source: Source, stream: Stream, rows: int, ranks: Ranks | None = None
    ) -> None:
        self._model, self._source = model, source
        self._ranks = ranks or Ranks()
        self._device = model.device
        self._relations: Relations | None = None
        self._geometry: Geometry | None = None
        self.stream = stream
        self.cells = source.shape[0] * source.shape[1]
        self.own = self._ranks.share(rows)
        self.examples = self._drawn(rows)
        self._seat()
        self.begin()
        self.steps = torch.zeros(rows, dtype=torch.int64)
        self.halted = torch.zeros(rows, dtype=torch.bool)

    def begin(self) -> None:
        """Start every row with the model's initial state, as it is now."""
        local = self.own.stop - self.own.start
        self.start = self._model.initial_carry((1, self.cells), self.geometry)
        self.carry = self._model.initial_carry((local, self.cells), self.geometry)

    def refill(self) -> int:
        """Replace the rows that have halted; returns how many."""
        rows = self.halted.nonzero().flatten()
        if len(rows):
            fresh = self._drawn(len(rows))
            self.examples.tokens[rows] = fresh.tokens
            self.examples.labels[rows] = fresh.labels
            if self.examples.puzzle_ids is not None and fresh.puzzle_ids is not None:
                self.examples.puzzle_ids[rows] = fresh.puzzle_ids
            if self.examples.rules is not None and fresh.rules is not None:
                self.examples.rules[rows] = fresh.rules
            self._seat()
            self.carry = self.carry.restart(self.local(self.halted), self.start)
            self.steps[rows] = 0
        return len(rows)

    def _drawn(self, rows: int) -> Batch:
        """New rows of the stream; raises `UserError` if the model cannot give their answers."""
        drawn, config = to_batch(self.stream.take(rows)), self._model.config
        if config.symbols and not config.choices:
            scored = drawn.labels != IGNORE_LABEL
            lowest = int(torch.where(scored, drawn.labels, config.first_symbol).min())
            if lowest < config.first_symbol:
                raise UserError(
                    f"with symbols={config.symbols} an answer has tokens from "
                    f"{config.first_symbol} on, and one of the data has {lowest}",
                    f"Leave it out, or: --set symbols={config.vocabulary - lowest}",
                )
        return drawn

    def local(self, of_all: Tensor) -> Tensor:
        """This process's part of a tensor (rows, …), on the device."""
        return upload(of_all[self.own], self._device)

    def _seat(self) -> None:
        """Bring this process's rows to the device, and the relations of their cells."""
        ids = self.examples.puzzle_ids
        self.part = Batch(
            self.local(self.examples.tokens),
            self.local(self.examples.labels),
            None if ids is None else self.local(ids),
        )
        relations = self._related()
        if self._geometry is None or relations is not self._relations:
            self._relations = relations
            self._geometry = self._model.geometry(self._source.shape, relations)

    def _related(self) -> Relations | None:
        if not self._model.config.relates:
            return None
        canvases = self.examples.tokens[self.own].view(-1, *self._source.shape)
        rules = None if self.examples.rules is None else self.examples.rules[self.own].numpy()
        return domain(self._source.task).relations(canvases.to(torch.uint8).numpy(), rules)

    def nearest(self, part: Batch, logits: Tensor) -> Tensor:
        """Labels (B, L) of rows of `part`: the right answer that is closest to `logits` (B, L,
        V)."""
        scored = part.labels != IGNORE_LABEL
        pairs = Pairs(
            part.tokens.to("cpu", torch.uint8).numpy(),
            torch.where(scored, part.labels, IGNORE).to("cpu", torch.uint8).numpy(),
        )
        scores = logits.detach().float().cpu().numpy()
        found = domain(self._source.task).training().nearest(pairs, self._source.shape, scores)
        labels = torch.from_numpy(found).to(part.labels.device, part.labels.dtype)
        return torch.where(scored, labels, part.labels)

    @property
    def geometry(self) -> Geometry:
        """The geometry of the rows `own`, in their order."""
        assert self._geometry is not None
        return self._geometry

    def state(self) -> dict[str, Any]:
        """The state of all rows, so that any number of processes can resume from it; collective."""
        rows = len(self.steps)
        return {
            "position": self.stream.position,
            "carry": [self._ranks.gather(t, rows).cpu() for t in (self.carry.high, self.carry.low)],
            "batch": (
                self.examples.tokens,
                self.examples.labels,
                self.examples.puzzle_ids,
                self.examples.rules,
            ),
            "steps": self.steps,
            "halted": self.halted,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore a state, after the model's; raises `UserError` if its rows are of another
        canvas."""
        cells = state["batch"][0].shape[1]
        if cells != self.cells:
            raise UserError(
                f"the saved run has canvases of {cells} cells, this one {self.cells}",
                "Resume with the settings the run began with.",
            )
        self.begin()
        self.stream.position = state["position"]
        # cloned, or a part would keep the whole alive
        high, low = (t[self.own].clone().to(self._device) for t in state["carry"])
        self.carry = Carry(high, low)
        self.examples = Batch(*state["batch"])
        self._seat()
        self.steps = state["steps"]
        self.halted = state["halted"]
