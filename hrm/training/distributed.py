"""Several processes that train one model, as `torchrun` starts them.

Every process draws the same stream of puzzles and the same random numbers for the whole batch, and
computes its own part of the rows. So the puzzles of a run, and which row gets which, do not
depend on how many processes there are.
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
"""Seconds that a process waits for the others: longer than a save of the largest model takes."""

DEAD_HINT = (
    "Its own messages say why. All processes stop now; --resume continues from the last checkpoint."
)


@dataclass(frozen=True, slots=True)
class Ranks:
    """The place of this process among `world`: `rank` of all, `local` of those on this machine;
    `gpus` says that each has a GPU to itself.

    The default is a process by itself, for which every method is the identity. As a context it
    opens and closes the process group. All methods but `share` are collective: every process must
    call them in the same order. They raise `UserError` if another process has gone.
    """

    rank: int = 0
    world: int = 1
    local: int = 0
    timeout: float = TIMEOUT
    gpus: bool = False

    @property
    def writes(self) -> bool:
        """Whether this is the process that writes files and messages."""
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
        """`cuda` is the GPU with this process's number on its machine; other names stay."""
        return f"cuda:{self.local}" if name == "cuda" and self.world > 1 else name

    def share(self, rows: int) -> slice:
        """This process's part of a batch; the parts differ by one row at most."""
        if rows < self.world:
            raise UserError(
                f"a batch of {rows} rows cannot be shared by {self.world} processes",
                "Start fewer processes, or raise --set batch_cells=…",
            )
        return slice(self.rank * rows // self.world, (self.rank + 1) * rows // self.world)

    def gather(self, part: Tensor, rows: int) -> Tensor:
        """(rows, …) of all processes, in order, from each one's `share`."""
        if self.world == 1:
            return part
        # parts of unequal length: everybody adds theirs to zeros
        whole = part.new_zeros(rows, *part.shape[1:])
        whole[self.share(rows)] = part
        with self._together():
            dist.all_reduce(whole)
        return whole

    def sum(self, values: Sequence[float]) -> list[float]:
        """Each value summed over the processes, on the host and in float64."""
        if self.world == 1:
            return list(values)
        summed = torch.tensor(values, dtype=torch.float64)
        with self._together():
            dist.all_reduce(summed)
        total: list[float] = summed.tolist()
        return total

    def agree(self, value: float) -> float:
        """The value of rank 0, which decides what depends on a clock."""
        (agreed,) = self.sum([value if self.rank == 0 else 0.0])
        return agreed

    def any(self, value: bool) -> bool:
        return self.sum([float(value)]) != [0.0]

    def sum_gradients(self, model: nn.Module, rows: int) -> None:
        """Gradients of the processes' own rows to those of all `rows`.

        Not `DistributedDataParallel`: it averages over processes where rows may be unequal, expects
        one `forward` a step, and sums a sparse gradient only by making it dense. The gradients are
        summed as one flat tensor; of a sparse one (the puzzle embedding, an entry for each row of
        the batch), entries are collected, and the optimiser sums those of one row of the table.
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
    """The place that `torchrun` gave this process, by itself if it was not started by it."""
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
