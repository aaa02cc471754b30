"""Data-parallel training in several processes started by `torchrun`.

Every process draws the same puzzles and random numbers for the whole batch, and computes its share
of the rows. So the puzzles of a run and their assignment to rows do not depend on the number of
processes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType

import torch
import torch.distributed as dist
from torch import Tensor, nn

from hrm.errors import UserError

TIMEOUT = 300.0
"""Seconds that a process waits for the others; saving the largest model takes less."""

DEAD_HINT = (
    "Its own messages say why. All processes stop now; --resume continues from the last checkpoint."
)


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process's `rank` among `world` processes, and `local` rank on its machine; with `gpus`
    each process has its own GPU.

    The default is a single process, for which every method is the identity. As a context manager
    it opens and closes the process group. All methods except `share` are collective: every process
    must call them in the same order. They raise `UserError` if another process has ended.
    """

    rank: int = 0
    world: int = 1
    local: int = 0
    timeout: float = TIMEOUT
    gpus: bool = False

    @property
    def writes(self) -> bool:
        """Whether this process writes files and messages."""
        return self.rank == 0

    def __enter__(self) -> Ranks:
        if self.world > 1:
            if self.gpus:
                self._take_gpu()
            try:
                dist.init_process_group(
                    "cpu:gloo,cuda:nccl" if self.gpus else "gloo",
                    rank=self.rank,
                    world_size=self.world,
                    timeout=timedelta(seconds=self.timeout),
                )
            except (RuntimeError, ValueError) as error:
                raise UserError(
                    f"process {self.rank} of {self.world} did not find the others "
                    f"({_first_line(error)})",
                    "Start them all with torchrun, with the same --rdzv-endpoint on every node.",
                ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.world > 1:
            dist.destroy_process_group()

    def _take_gpu(self) -> None:
        there = torch.cuda.device_count()
        if self.local >= there:
            raise UserError(
                f"process {self.local} of this machine has no GPU to itself, there are {there}",
                f"Start at most {there} with --nproc-per-node, or use --device cpu.",
            )
        torch.cuda.set_device(self.local)

    def device(self, name: str) -> str:
        """Map `cuda` to this process's own GPU; other names are unchanged."""
        return f"cuda:{self.local}" if name == "cuda" and self.world > 1 else name

    def share(self, rows: int) -> slice:
        """This process's rows of a batch; the shares differ by at most one row."""
        if rows < self.world:
            raise UserError(
                f"a batch of {rows} rows cannot be shared by {self.world} processes",
                "Start fewer processes, or raise --set batch_cells=…",
            )
        return slice(self.rank * rows // self.world, (self.rank + 1) * rows // self.world)

    def gather(self, part: Tensor, rows: int) -> Tensor:
        """Concatenate the shares of all processes to (rows, …)."""
        if self.world == 1:
            return part
        # shares differ in length, so each process adds its own to zeros
        whole = part.new_zeros(rows, *part.shape[1:])
        whole[self.share(rows)] = part
        with self._together():
            dist.all_reduce(whole)
        return whole

    def sum(self, values: Sequence[float]) -> list[float]:
        """Sum each value over the processes, on the CPU and in float64."""
        if self.world == 1:
            return list(values)
        summed = torch.tensor(values, dtype=torch.float64)
        with self._together():
            dist.all_reduce(summed)
        total: list[float] = summed.tolist()
        return total

    def agree(self, value: float) -> float:
        """The value of rank 0, for decisions that depend on a clock."""
        (agreed,) = self.sum([value if self.rank == 0 else 0.0])
        return agreed

    def any(self, value: bool) -> bool:
        return self.sum([float(value)]) != [0.0]

    def sum_gradients(self, model: nn.Module, rows: int) -> None:
        """Replace the gradients of this process's rows by those of all `rows`.

        `DistributedDataParallel` does not fit: it averages over processes with unequal shares,
        expects one `forward` per step, and makes sparse gradients dense. Here dense gradients are
        summed as one flat tensor. For the sparse gradient of the puzzle embedding, which has an
        entry per row of the batch, the entries are gathered and the optimiser sums duplicates.
        """
        if self.world == 1:
            return
        graded = [p for p in model.parameters() if p.grad is not None]
        for p in graded:
            if p.grad is not None and p.grad.is_sparse:
                indices = self.gather(p.grad._indices()[0], rows)
                values = self.gather(p.grad._values(), rows)
                p.grad = torch.sparse_coo_tensor(
                    indices[None], values, p.shape, check_invariants=False
                )
        dense = [p.grad for p in graded if p.grad is not None and not p.grad.is_sparse]
        flat = torch.cat([grad.flatten() for grad in dense])
        with self._together():
            dist.all_reduce(flat)
        parts = torch.split(flat, [grad.numel() for grad in dense])
        torch._foreach_copy_(dense, [f.view_as(g) for f, g in zip(parts, dense, strict=True)])

    @contextmanager
    def _together(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            raise UserError(
                f"another of the {self.world} processes has ended or gives no answer "
                f"({_first_line(error)})",
                DEAD_HINT,
            ) from error


def from_environment(environment: Mapping[str, str], device: str = "cpu") -> Ranks:
    """The rank that `torchrun` gave this process; a single process without `torchrun`."""
    if "RANK" not in environment or "WORLD_SIZE" not in environment:
        return Ranks()
    try:
        numbers = [int(environment.get(name, "0")) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK")]
    except ValueError as error:
        raise UserError(
            f"RANK, WORLD_SIZE and LOCAL_RANK must be whole numbers ({error})",
            "torchrun sets them; outside of it, unset them.",
        ) from error
    rank, world, local = numbers
    if not 0 <= rank < world or local < 0:
        raise UserError(
            f"RANK {rank} does not fit a WORLD_SIZE of {world}",
            "torchrun sets them; outside of it, unset them.",
        )
    if world > 1 and device.startswith("cuda:"):
        raise UserError(
            f"{device} is one GPU for {world} processes, each takes one of its own",
            "Use --device cuda.",
        )
    return Ranks(rank, world, local, gpus=device.startswith("cuda"))


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
