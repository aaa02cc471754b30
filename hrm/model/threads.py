"""The rows of a batch on several threads of a CPU.

The products of a small model are too short to be worth sharing out one by one: on two cores, two
threads inside each operation made a training step of the Sudoku mini 1.4 times as fast as one, half
of the rows on each of two threads 1.9 times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TypeVar

import torch

T = TypeVar("T")

LEAST_ROWS = 4
"""Rows of a part below which more threads inside the operations are the better use."""


class Threads:
    """As many as torch has when this is made; each works on its part with one thread of torch."""

    def __init__(self) -> None:
        self._count = torch.get_num_threads()
        self._pool = ThreadPoolExecutor(
            max(1, self._count - 1), "part", initializer=torch.set_num_threads, initargs=(1,)
        )

    def parts(self, rows: int) -> list[slice]:
        """Slices of `rows`, of sizes that differ by one row at most; the same for the same number
        of threads."""
        count = max(1, min(self._count, rows // LEAST_ROWS))
        ends = [rows * number // count for number in range(count + 1)]
        return [slice(start, stop) for start, stop in pairwise(ends)]

    def map(self, work: Callable[[slice], T], parts: Sequence[slice]) -> list[T]:
        """What `work` makes of each part, in order."""
        if len(parts) == 1:
            return [work(parts[0])]
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            others = [self._pool.submit(work, part) for part in parts[1:]]
            return [work(parts[0]), *(other.result() for other in others)]
        finally:
            torch.set_num_threads(before)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


@cache
def shared_threads(count: int) -> Threads:
    """Those that all inference with `count` threads of torch shares, never closed."""
    return Threads()
