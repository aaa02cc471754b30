"""Named configurations: one table from preset and task to a resolved training configuration."""

from __future__ import annotations

from typing import Any

from hrm.config import HRMConfig
from hrm.errors import UserError
from hrm.training import TrainConfig

_MINI: dict[str, Any] = {
    "hidden": 64,
    "heads": 4,
    "intermediate": 192,
    "high_layers": 2,
    "low_layers": 2,
    "gradient": "last_cycle",
    "halting": "halt_only",
    "halt_reads": "mean",
}
_ARC_VARIANTS = 8
_MODELS: dict[tuple[str, str], dict[str, Any]] = {
    # three heads look along row, column and box, one everywhere; no positions, so that the model
    # is as symmetric as the puzzle
    ("mini", "sudoku"): {**_MINI, "vocabulary": 11, "positions": "none", "relation_heads": 3},
    # four heads carry the neighbours' states: information moves one cell a layer, on any size
    ("mini", "maze"): {
        **_MINI,
        "vocabulary": 6,
        "positions": "none",
        "relation_heads": 4,
        "low_cycles": 3,
    },
    # the rule of a task is in its row of the puzzle embedding, one row for each of its variants
    ("mini", "arc"): {
        **_MINI,
        "vocabulary": 12,
        "hidden": 128,
        "intermediate": 384,
        "positions": "rope2d",
        "prefix": 1,
        "puzzle_ids": 400 * _ARC_VARIANTS,
        "puzzle_width": 128,
    },
}
_RUNS: dict[tuple[str, str], dict[str, Any]] = {
    ("mini", "sudoku"): {"mix": {"eased": 0.7, "minimal": 0.3}, "max_segments": 6},
    ("mini", "maze"): {
        "mix": {"9": 0.25, "11": 0.2, "13": 0.2, "15": 0.35},
        "max_segments": 8,
        "batch_cells": 7200,
    },
    ("mini", "arc"): {
        "mix": {"arc1-training": _ARC_VARIANTS},
        "max_segments": 3,
        "batch_cells": 2048,
        "evaluate_every": 1200.0,
        "evaluate_count": 100,
    },
}


def preset_names(task: str) -> list[str]:
    return [name for name, of in _MODELS if of == task]


def preset(name: str, task: str, **run: Any) -> TrainConfig:
    """The configuration of a preset; `run` gives the run's own settings (seed, steps, minutes)."""
    if (name, task) not in _MODELS:
        known = ", ".join(preset_names(task)) or "none"
        raise UserError(f"there is no preset {name!r} for {task!r}", f"Presets: {known}.")
    model = HRMConfig(**_MODELS[name, task])
    return TrainConfig(task=task, model=model, **{**_RUNS[name, task], **run})
