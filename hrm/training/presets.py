"""Named configurations: preset → task → the settings that differ from the defaults.

`mini` is our own. The others are published recipes, from the papers and repositories of HRM (arXiv
2506.21734, github.com/sapientinc/HRM) and TRM (arXiv 2510.04871,
github.com/SamsungSAILMontreal/TinyRecursiveModels). Like `hrm.training.objective`, both divide the
summed loss by the rows of the global batch and halve the halting losses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np

from hrm.errors import UserError
from hrm.training.config import TrainConfig, build
from puzzles import names

Settings = Mapping[str, Any]

ENDS = frozenset(("steps", "minutes"))
"""Settings that end a run; giving one of them replaces both."""


@dataclass(frozen=True, slots=True)
class Preset:
    """`about` is a description; `tasks` maps tasks to flat settings (`hrm.training.config`);
    `on_cuda` are additional settings on CUDA."""

    about: str
    tasks: Mapping[str, Settings]
    on_cuda: Settings = field(default_factory=dict)


ANY = "mini"
"""The preset that is available for every kind of puzzle."""

_SUDOKU, _MAZE, _ARC = {"vocabulary": 11}, {"vocabulary": 6}, {"vocabulary": 12}

_MINI = {
    "hidden": 64,
    "heads": 4,
    "intermediate": 192,
    "high_layers": 2,
    "low_layers": 2,
    "gradient": "last_cycle",
    "halting": "halt_only",
    "halt_reads": "mean",
    "warmup": 50,  # a run of a few minutes has hundreds of steps
    "minutes": 5.0,
}
_MINI_VARIANTS = 1
_MINI_HEADS = 4

_INTERCHANGEABLE = {
    "hidden": 32,
    "heads": 2,
    "intermediate": 64,
    "relation_mix": "mean",
    "positions": "none",
    "halt_threshold": 2.0,  # surer than 88 %
}
"""Settings of a model with interchangeable symbols."""

_RECIPE = {
    # hidden 512 in 8 heads and a SwiGLU of expansion 4, 1536 wide, are the defaults
    "prefix": 1,
    "puzzle_ids": 1,
    "puzzle_width": 512,
    "loss": "stablemax",
    "max_segments": 16,
    "exploration": 0.1,
    "halting_weight": 0.5,
    "optimizer": "adam_atan2",
    "learning_rate": 1e-4,
    "weight_decay": 1.0,
    "puzzle_rate": 1e-4,
    "puzzle_decay": 1.0,
    "warmup": 2000,
    "schedule": "constant",
    "clip": 0.0,
    "ema_decay": 0.0,
}
# The recipes' global batch is 768 rows on any number of GPUs. Steps are their epochs over 1000
# puzzles; ARC's are 100,000 epochs over 960 tasks of four pairs or so.
_RECIPE_SUDOKU = {**_RECIPE, **_SUDOKU, "mix": {"minimal": 1.0}, "batch_cells": 768 * 81}
_RECIPE_MAZE = {**_RECIPE, **_MAZE, "mix": {"30": 1.0}, "batch_cells": 768 * 900}
_RECIPE_VARIANTS = 100
"""Variants of each task; the recipe's 1000 need a data set on disk and as many puzzle ids."""
_RECIPE_ARC = {
    **_RECIPE,
    **_ARC,
    "mix": {"arc1-training": _RECIPE_VARIANTS, "arc1-evaluation": _RECIPE_VARIANTS},
    "puzzle_ids": 800 * _RECIPE_VARIANTS,
    "batch_cells": 768 * 900,
    "weight_decay": 0.1,
    "puzzle_rate": 1e-2,
    "puzzle_decay": 0.1,
}
_BFLOAT16 = {"dtype": "bfloat16"}
"""As published; most CPUs emulate it, several times slower than float32."""
_HRM_STEPS = 20_000 * 1000 // 768
_TRM_STEPS = 50_000 * 1000 // 768
_ARC_STEPS = 520_000

_TRM = {
    "high_layers": 0,
    "low_layers": 2,
    "high_cycles": 3,
    "low_cycles": 6,
    "gradient": "last_cycle",
    "prefix": 16,
    "halting": "halt_only",
    "ema_decay": 0.999,
}
# As large as HRM's two stacks of four. One segment, so nothing is ever revised.
_TRANSFORMER = {
    "high_layers": 8,
    "low_layers": 0,
    "high_cycles": 1,
    "low_cycles": 1,
    "halting": "halt_only",
    "max_segments": 1,
    "exploration": 0.0,
}

PRESETS: Mapping[str, Preset] = {
    "mini": Preset(
        "under 0.25M parameters, trains in minutes on a CPU",
        {
            # digits are interchangeable, as are the cells of a group: row, column, box, and what a
            # box shares with a row and with a column
            "sudoku": {
                **_MINI,
                **_SUDOKU,
                **_INTERCHANGEABLE,
                "symbols": 9,
                "relation_heads": 5,
                "mix": {"eased": 0.45, "minimal": 0.3, "extreme": 0.2, "sparse": 0.05},
                "max_segments": 8,
            },
            # a state for each way out of a cell, told what lies beyond the next cell and the end of
            # the corridor, so that information moves from junction to junction
            "maze": {
                **_MINI,
                **_MAZE,
                "hidden": 32,
                "heads": 2,
                "intermediate": 64,
                "positions": "none",
                "ways": 4,
                "halt_threshold": 2.0,
                "halt_agreement": 1.0,
                "low_cycles": 3,
                "labels": "nearest",
                "mix": {"9": 0.25, "11": 0.2, "13": 0.2, "15": 0.35},
                "max_segments": 8,
                "batch_cells": 7200,
            },
            # the rule of a task is in its row of the puzzle embedding; all heads look along
            # relations that are read off each input grid, which costs the same for every cell;
            # sizes and extremes, which no mean can see, are features of each cell; all colours
            # that a task has share the weights
            "arc": {
                **_MINI,
                **_ARC,
                "hidden": 32,
                "heads": 8,
                "intermediate": 64,
                "relation_heads": 16,
                "relation_mix": "mean",
                "cell_features": 9,
                "positions": "none",
                "symbols": 10,
                "choices": True,
                "puzzle_ids": 400 * _MINI_VARIANTS,
                "puzzle_width": 32 * 12,
                "learning_rate": 5e-3,
                "mix": {"arc1-training": _MINI_VARIANTS},
                "max_segments": 3,
                "batch_cells": 2048,
                "evaluate_every": 1200.0,
                "evaluate_count": 20,
            },
        },
        # a GPU is idle with a CPU's small batches; the rates are the CPU's, and not tuned for it
        on_cuda={"dtype": "bfloat16", "batch_cells": 20_736},
    ),
    "hrm-27m": Preset(
        "the HRM paper's model, 27M parameters, GPU",
        {
            "sudoku": {**_RECIPE_SUDOKU, "steps": _HRM_STEPS},
            "maze": {**_RECIPE_MAZE, "steps": _HRM_STEPS},
            "arc": {**_RECIPE_ARC, "steps": _ARC_STEPS},
        },
        on_cuda=_BFLOAT16,
    ),
    "trm-mlp": Preset(
        "Tiny Recursive Model with an MLP, 5M, GPU",
        {
            "sudoku": {
                **_RECIPE_SUDOKU,
                **_TRM,
                "positions": "none",
                "cells": 81,
                "token_intermediate": 512,
                "steps": _TRM_STEPS,
            },
        },
        on_cuda=_BFLOAT16,
    ),
    "trm-attention": Preset(
        "Tiny Recursive Model with attention, 7M, GPU",
        {
            "sudoku": {**_RECIPE_SUDOKU, **_TRM, "steps": _TRM_STEPS},
            "maze": {**_RECIPE_MAZE, **_TRM, "low_cycles": 4, "steps": _TRM_STEPS},
            "arc": {**_RECIPE_ARC, **_TRM, "low_cycles": 4, "steps": _ARC_STEPS},
        },
        on_cuda=_BFLOAT16,
    ),
    "transformer": Preset(
        "plain transformer as baseline, 27M, GPU",
        {
            "sudoku": {**_RECIPE_SUDOKU, **_TRANSFORMER, "steps": _HRM_STEPS},
            "maze": {**_RECIPE_MAZE, **_TRANSFORMER, "steps": _HRM_STEPS},
            "arc": {**_RECIPE_ARC, **_TRANSFORMER, "steps": _ARC_STEPS},
        },
        on_cuda=_BFLOAT16,
    ),
    "full-sudoku": Preset(
        "HRM for millions of Sudokus, 27M, GPU",
        {
            "sudoku": {
                **_RECIPE_SUDOKU,
                "positions": "learned",
                "cells": 81,
                "low_cycles": 8,
                "loss": "softmax",
                "max_segments": 8,
                "batch_cells": 2304 * 81,
                "learning_rate": 3e-4,
                "weight_decay": 0.1,
                "puzzle_rate": 3e-4,
                "puzzle_decay": 0.1,
                "schedule": "cosine",
                "floor": 0.1,
                # 100 epochs over the 3.8 million puzzles of Sudoku-Extreme
                "steps": 100 * 3_831_994 // 2304,
            },
        },
        on_cuda=_BFLOAT16,
    ),
}


def preset_names(task: str) -> list[str]:
    """The presets for a task; `mini` for a task that no preset mentions."""
    return [name for name, preset in PRESETS.items() if task in preset.tasks] or [ANY]


def preset_settings(
    name: str, task: str, device: str = "cpu", *, data: str = "", symbols: int = 0
) -> Settings:
    """The settings of a preset for a task and device, including its end (`steps`, `minutes`).

    For a task that no preset mentions, `mini` derives settings from the domain, its `data` and the
    number of interchangeable `symbols`.
    """
    found = PRESETS.get(name)
    if name == ANY and found is not None and task not in found.tasks and task in names():
        return _for_any(task, data, symbols)
    if found is None or task not in found.tasks:
        known = preset_names(task)
        near = get_close_matches(name, known, n=1)
        hint = f"Perhaps {near[0]}? " if near else ""
        listed = "; ".join(f"{known_name}: {PRESETS[known_name].about}" for known_name in known)
        raise UserError(
            f"there is no preset {name!r} for {task!r}", f"{hint}Presets: {listed or 'none'}."
        )
    return {**found.tasks[task], **(found.on_cuda if device.startswith("cuda") else {})}


def _for_any(task: str, data: str, symbols: int) -> Settings:
    """2D rotary positions, and a head for each relation of the domain."""
    from hrm.data.sources import domain_of

    kind = domain_of(task, data)
    canvas = np.zeros((1, *kind.spec.official), np.uint8)
    relations = kind.relations(canvas)
    training = kind.training()
    own: dict[str, Any] = {**_MINI, "vocabulary": kind.spec.size, "mix": dict(training.mix)}
    if symbols:
        groups = 0 if relations is None else relations.groups.shape[1]
        own |= {**_INTERCHANGEABLE, "symbols": symbols, "relation_heads": groups}
    else:
        heads = 8 if relations is not None and len(relations) > _MINI_HEADS else _MINI_HEADS
        related = 0 if relations is None else min(heads, len(relations))
        own |= {"positions": "rope2d", "heads": heads, "relation_heads": related}
        own["relation_mix"] = "mean"  # half the time of attention; as accurate on 100 N queens
    return {**own, "max_segments": 8, **training.settings}


def preset(name: str, task: str, device: str = "cpu", **run: Any) -> TrainConfig:
    """The configuration of a preset; keyword arguments change its settings.

    `steps` or `minutes` replace both ends of the preset. Raises `UserError` for an unknown preset
    or setting.

    >>> preset("mini", "sudoku", minutes=5.0, seed=1).model.hidden
    32
    """
    settings = preset_settings(name, task, device)
    if run.keys() & ENDS:
        settings = {key: value for key, value in settings.items() if key not in ENDS}
    return build(task, {**settings, **run})
