"""Evaluation in several processes started by `torchrun`.

All processes draw the same puzzles. In each round every process evaluates its share, and then all
results are exchanged; the first process writes the log and the report.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

import torch.distributed as dist

from hrm.errors import UserError
from hrm.evaluation.scores import PuzzleResult
from hrm.training.distributed import Ranks

T = TypeVar("T")

Judge: TypeAlias = Callable[[Mapping[int, Any]], Iterable[PuzzleResult]]
"""Maps numbered puzzles to their results, in any order."""

PATIENCE = 24 * 3600.0
"""Seconds that a process waits for the others; the end of a process is noticed at once."""


def everyone(ranks: Ranks, own: T) -> list[T]:
    """Gather `own` of every process, by rank. Collective; raises `UserError` if a process ended."""
    if ranks.world == 1:
        return [own]
    gathered: list[Any] = [None] * ranks.world
    try:
        dist.all_gather_object(gathered, own)
    except RuntimeError as error:
        raise UserError(
            f"another of the {ranks.world} processes has ended or gives no answer",
            "Its own messages say why. The same command resumes from the log, if --out names one.",
        ) from error
    return gathered


def judge_together(
    ranks: Ranks,
    puzzles: Mapping[int, Any],
    judge: Judge,
    size: int,
    unit: Callable[[Any], Hashable] | None = None,
) -> Iterator[PuzzleResult]:
    """Evaluate all puzzles with `judge`, in rounds of at most `size` units per process.

    `unit` maps a puzzle to its unit, which is not split (an ARC task); by default every puzzle is
    a unit.
    """
    if ranks.world == 1:
        yield from judge(puzzles)
        return
    units: dict[Hashable, dict[int, Any]] = {}
    for number, puzzle in puzzles.items():
        units.setdefault(unit(puzzle) if unit else number, {})[number] = puzzle
    shares = list(units.values())
    for first in range(0, len(shares), size * ranks.world):
        # interleaved, because neighbours may be equally hard
        own = shares[first : first + size * ranks.world][ranks.rank :: ranks.world]
        own_puzzles = {number: puzzle for share in own for number, puzzle in share.items()}
        for found in everyone(ranks, list(judge(own_puzzles))):
            yield from found
