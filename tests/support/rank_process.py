"""One of several processes that train together; started by `test_distributed`, as torchrun would.

Usage: rank_process.py dies|hangs FOLDER. First all goes well, of which the first process prints one
JSON object; then the second is lost in the middle of a run.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tiny
import torch

from hrm.data.rows import Rows
from hrm.errors import UserError
from hrm.model.hrm import HRM
from hrm.training.config import TrainConfig
from hrm.training.distributed import Ranks, from_environment
from hrm.training.events import Evaluated, Saved, StepDone
from hrm.training.loop import train
from hrm.training.run import Run
from hrm.training.trainer import Trainer

MAZES = TrainConfig(
    task="maze",
    model=replace(tiny.MAZE, prefix=1, puzzle_ids=1, puzzle_width=16),
    mix={"5": 0.5, "6": 0.5},
    steps=6,
    batch_cells=180,  # seven rows and five, which two processes cannot halve
    max_segments=3,
    exploration=0.5,
    evaluate_count=5,
    evaluate_every=0,
    warmup=2,
)
DRILL = tiny.drill_config(
    model=replace(
        tiny.DRILL,
        halting="q_learning",
        gradient="last_cycle",
        prefix=1,
        puzzle_ids=6,
        puzzle_width=16,
    ),
    batch_cells=42,
    exploration=0.5,
    optimizer="adam_atan2",
    loss="stablemax",
)

MANY = replace(DRILL, batch_cells=120)


@dataclass(frozen=True)
class Named(tiny.Drill):
    """Rows of six puzzles, so that some are seen by both processes and some by one."""

    def make(self, rng: np.random.Generator, count: int) -> Rows:
        rows = super().make(rng, count)
        return replace(rows, puzzle_ids=rng.integers(0, 6, count))


def drilled(config: TrainConfig, ranks: Ranks | None) -> dict[str, Any]:
    """Figures of eight steps, and the puzzle embedding after them."""
    trainer = Trainer(config, [Named((2, 3), 0.5), Named((1, 5), 0.5)], ranks=ranks)
    figures = [trainer.train_step() for _ in range(8)]
    trainer.close()
    return {
        "losses": [done.loss for done in figures],
        "shares": [(d.exact, d.cells, d.segments, d.halting, d.examples) for d in figures],
        "table": trainer.model.puzzle_embedding.tolist(),
    }


def drilled_by_two_threads(ranks: Ranks | None) -> dict[str, Any]:
    """Of enough rows that each process gives some of its own to a second thread."""
    torch.set_num_threads(2)
    try:
        return drilled(MANY, ranks)
    finally:
        torch.set_num_threads(1)


def ran(run: Run) -> dict[str, Any]:
    """Losses of a run to its end, and its last evaluation."""
    events = list(run.train(run.evaluator(run.held_out(), 3)))
    evaluated = next(event for event in events if isinstance(event, Evaluated))
    assert isinstance(events[-1], Saved)
    return {
        "losses": [event.loss for event in events if isinstance(event, StepDone)],
        "evaluated": (evaluated.solved, evaluated.count, evaluated.cells, evaluated.segments),
    }


def unjudged(model: HRM, loss: float) -> Evaluated:
    return Evaluated(step=0, loss=loss, solved=0, count=1, cells=0.0, segments=1.0, seconds=0.0)


def stopped_by_the_second(ranks: Ranks) -> int:
    """The step at which all stop when only the second process is asked to, after its third."""
    trainer = Trainer(DRILL, [Named()], ranks=ranks)

    def asked() -> bool:
        return ranks.rank == 1 and trainer.step == 3

    list(train(trainer, save=lambda saved: str(saved.step), evaluate=unjudged, stop=asked))
    return trainer.step


def all_goes_well(ranks: Ranks, folder: Path) -> dict[str, Any]:
    results = {
        "deferred": drilled(DRILL, ranks),
        "threads": drilled_by_two_threads(ranks),
        "exact": drilled(replace(DRILL, q_target="exact", clip=0.0), ranks),
        "run": ran(Run.create(folder / "together", MAZES, ranks=ranks)),
        "resumed": ran(Run.resume(folder / "handed over", replace(MAZES, steps=9), ranks=ranks)),
        "stopped": stopped_by_the_second(ranks),
    }
    try:
        Trainer(replace(DRILL, batch_cells=6), [Named()], ranks=ranks)
    except UserError as error:
        results["too few rows"] = error.message
    return results


def one_is_lost(ranks: Ranks, how: str) -> None:
    trainer = Trainer(DRILL, [Named()], ranks=ranks)
    while True:
        trainer.train_step()
        if trainer.step == 2 and ranks.rank == 1:
            if how == "hangs":
                os.kill(os.getpid(), signal.SIGSTOP)
            os._exit(1)


def main(arguments: Sequence[str]) -> int:
    how, folder = arguments
    torch.set_num_threads(1)
    ranks = from_environment(os.environ)
    assert ranks is not None
    try:
        with replace(ranks, timeout=120.0 if how == "dies" else 10.0) as ranks:
            results = all_goes_well(ranks, Path(folder))
            if ranks.writes:
                sys.stdout.write(json.dumps(results))
                sys.stdout.flush()
            one_is_lost(ranks, how)
    except UserError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
