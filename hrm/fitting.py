"""Whether a run's settings fit the puzzles that it is to be trained on, asked before it begins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hrm.data import Source
from hrm.errors import ModelError, UserError
from hrm.training import TrainConfig
from puzzles.domains import domain


def require_fit(config: TrainConfig, sources: Sequence[Source]) -> None:
    """Raises `UserError` for a vocabulary, canvas, number of relation heads or level of evaluation
    that the task and its `sources` have not."""
    kind, model = domain(config.task), config.model
    if config.evaluate_level and (config.data or config.task == "arc"):
        raise UserError(
            f"evaluate_level={config.evaluate_level} is of generated puzzles, and this run is "
            "evaluated with those of its data that it does not train on",
            "Leave it out.",
        )
    if config.evaluate_level and config.evaluate_level not in kind.levels:
        raise _misfit("evaluate_level", config.evaluate_level, f"levels {', '.join(kind.levels)}")
    if model.vocabulary != kind.spec.size:
        raise _misfit("vocabulary", model.vocabulary, f"{kind.spec.size} tokens")
    for height, width in (source.shape for source in sources):
        cells = height * width
        if model.cells not in (0, cells):
            raise _misfit("cells", model.cells, f"canvases of {height}x{width} = {cells} cells")
        if model.layout == "official" and (height, width) != kind.spec.official:
            rows, columns = kind.spec.official
            raise UserError(
                f"the data has canvases of {height}x{width}, this model knows {rows}x{columns} "
                "only: its positions are counted in reading order",
                f"Choose --preset mini, or data of {rows}x{columns}.",
            )
        relations = kind.relations(np.zeros((1, height, width), dtype=np.uint8))
        if lacking := model.lacking(relations):
            name, there = lacking
            raise _misfit(name, getattr(model, name), there)


def require_float64(config: TrainConfig, device: str) -> None:
    """Raises `ModelError` where the loss cannot be computed on a device."""
    if device.startswith("mps") and config.loss == "stablemax":
        raise ModelError(
            "the stablemax loss needs float64, which mps has not", "Add --set loss=softmax."
        )


def _misfit(setting: str, value: object, there: str) -> UserError:
    return UserError(f"{setting}={value} does not fit: the task has {there}", "Leave it out.")
