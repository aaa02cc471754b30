"""The smallest run on real data, for tests of its folder and of the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tiny

from hrm.model.hrm import HRM
from hrm.training.config import TrainConfig
from hrm.training.events import Evaluated
from hrm.training.run import Run

CONFIG = TrainConfig(
    task="maze",
    model=tiny.MAZE,
    mix={"5": 1.0},
    steps=40,
    batch_cells=100,
    max_segments=2,
    evaluate_count=2,
    warmup=2,
)


def no_evaluation(model: HRM, loss: float) -> Evaluated:
    return Evaluated(step=0, loss=loss, solved=0, count=1, cells=0.0, segments=1.0, seconds=0.0)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def save_twice(run: Run) -> None:
    for _ in range(2):
        run.trainer.train_step()
        run.save(run.trainer)
