"""The configuration of a training run: a frozen dataclass, and its settings as a flat mapping.

Presets, files, environment variables and options all use the same flat names for the settings of
the run and of its model; `build` turns them into a checked configuration. `require_fit` checks a
configuration against its training data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_origin, get_type_hints

import numpy as np

from hrm.data.rows import Source
from hrm.errors import ModelError, UserError
from hrm.model.config import HRMConfig
from hrm.records import RecordError, require
from puzzles import domain
from puzzles.contract.protocol import AnyDomain

_RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**63 - 1),
    "batch_cells": (1, math.inf),
    "max_segments": (1, math.inf),
    "evaluate_count": (1, math.inf),
    "keep": (1, math.inf),
    "exploration": (0, 1),
    "floor": (0, 1),
    "evaluate_share": (0.001, 1),
    "ema_decay": (0, 1),
}
"""Smallest and largest value; settings without an entry may be any number from 0."""

RENAMED = {"average": "ema_decay", "matrix_rate": "muon_lr"}
"""Names of settings in earlier versions, still accepted in files, variables and `--set`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """All settings of a training run, except for the machine it runs on.

    >>> from dataclasses import replace
    >>> from hrm import preset
    >>> config = replace(preset("mini", "maze", steps=100), learning_rate=2e-3)
    >>> config.optimizer
    'muon'

    task             sudoku, maze, arc, grid, or the name of an installed domain
    model            the architecture
    mix              generated puzzles: kind → weight (see `hrm.data.sources.sources`)
    seed             random seed of weights, data and exploration
    steps, minutes   end of the run, whichever comes first; 0: no limit
    batch_cells      cells per step; rows = batch_cells / cells of the canvas
    max_segments     segments after which a row is replaced
    exploration      probability, per segment, that a random minimum number of segments applies
    loss             softmax, or stablemax (in float64)
    optimizer        muon: Muon for the stacks' matrices and AdamW for the rest; adam_atan2: for all
    learning_rate    of AdamW or AdamATan2
    labels           stored, or nearest: the right answer closest to the model's output (mazes)
    muon_lr          learning rate of Muon
    weight_decay     decoupled weight decay of all optimisers
    warmup           steps of linear warm-up
    schedule, floor  learning-rate factor: cosine from 1 to `floor` over the run, or constant
    clip             largest gradient norm; 0: no clipping
    ema_decay        decay of the moving average of the weights, which is saved; 0: no average
    halting_weight   weight of the halting losses
    puzzle_rate, puzzle_decay   learning rate and weight decay of the puzzle embedding (sign-SGD)
    evaluate_every   seconds between evaluations on held-out puzzles; 0: only at the end
    evaluate_share   largest share of the run's time for evaluations, which then come less often
    evaluate_count   number of held-out puzzles
    evaluate_level   level of generated held-out puzzles; empty: the domain's choice
    save_every       seconds between saves
    keep             number of trainer states to keep, including the newest
    q_target         target of q_continue: deferred reads it from the next segment, one step later;
                     exact runs a second forward pass, as in the paper
    dtype            type of activations; parameters and optimisers stay float32
    data             folder or file of training data (see `hrm data`); empty: generated from `mix`
    """

    task: str
    model: HRMConfig
    mix: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    steps: int = 0
    minutes: float = 0.0
    batch_cells: int = 5184
    max_segments: int = 6
    exploration: float = 0.1
    loss: Literal["softmax", "stablemax"] = "softmax"
    optimizer: Literal["muon", "adam_atan2"] = "muon"
    learning_rate: float = 1e-3
    labels: Literal["stored", "nearest"] = "stored"
    muon_lr: float = 1e-2
    weight_decay: float = 0.01
    warmup: int = 200
    schedule: Literal["cosine", "constant"] = "cosine"
    floor: float = 0.05
    clip: float = 1.0
    ema_decay: float = 0.999
    halting_weight: float = 0.1
    puzzle_rate: float = 1e-2
    puzzle_decay: float = 0.1
    evaluate_every: float = 300.0
    evaluate_share: float = 0.05
    evaluate_count: int = 200
    evaluate_level: str = ""
    save_every: float = 60.0
    keep: int = 2
    q_target: Literal["deferred", "exact"] = "deferred"
    dtype: Literal["float32", "bfloat16"] = "float32"
    data: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.mix, Mapping):
            raise UserError(
                f"mix must be kinds and their weights, not {self.mix!r}",
                "For example: --set mix=easy:2,hard:1",
            )
        try:
            for name, kind in get_type_hints(type(self)).items():
                if name not in ("model", "mix"):
                    require(name, getattr(self, name), kind, *_RANGES.get(name, ()))
            for kind_name, weight in self.mix.items():
                require(f"mix of {kind_name}", weight, float)
        except RecordError as error:
            raise UserError(str(error)) from None
        if not self.steps and not self.minutes:
            raise UserError("a run needs an end", "Give --minutes or --steps.")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TrainConfig:
        rest = {RENAMED.get(name, name): value for name, value in values.items() if name != "model"}
        unknown = sorted(set(rest) - {f.name for f in fields(cls)})
        if unknown:
            raise UserError(f"unknown training setting {unknown[0]!r}")
        return cls(model=HRMConfig.from_mapping(values["model"]), **rest)


def flat(config: TrainConfig) -> dict[str, Any]:
    """All settings of a run and its model except the task; the names do not clash."""
    run = {f.name: getattr(config, f.name) for f in fields(config)}
    del run["task"], run["model"]
    return run | asdict(config.model)


def build(task: str, values: Mapping[str, Any]) -> TrainConfig:
    """Build a configuration from flat settings; raises `UserError`, which names the field."""
    unknown = next((key for key in values if key not in SETTINGS), None)
    if unknown is not None:
        raise UserError(
            f"unknown setting {unknown!r}", "`hrm train --show` lists every setting and its value."
        )
    of_model = {key: value for key, value in values.items() if key in MODEL_SETTINGS}
    of_run = {key: value for key, value in values.items() if key not in MODEL_SETTINGS}
    try:
        model = HRMConfig(**of_model)
    except ValueError as error:
        raise UserError(f"the model cannot be built: {error}") from error
    return TrainConfig(task=task, model=model, **of_run)


def override(config: TrainConfig, settings: Mapping[str, str]) -> TrainConfig:
    """Apply settings given as text; a key is a field of `TrainConfig` or of its model."""
    return build(
        config.task, flat(config) | {key: value_of(key, text) for key, text in settings.items()}
    )


def value_of(key: str, text: str) -> Any:
    """Parse the text of a setting; `mix` is written `kind:weight,kind:weight`. A text that cannot
    be parsed is returned as it is, and refused by the configuration."""
    kind = SETTINGS.get(key)
    with suppress(ValueError):
        if kind in (int, float):
            return kind(text)
        if get_origin(kind) is Mapping:
            pairs = (part.partition(":") for part in text.split(","))
            return {kind_name.strip(): float(weight) for kind_name, _, weight in pairs}
        if kind is bool and text in ("true", "false"):
            return text == "true"
    return text


MODEL_SETTINGS: Mapping[str, Any] = get_type_hints(HRMConfig)
SETTINGS: Mapping[str, Any] = {
    key: kind
    for key, kind in {**get_type_hints(TrainConfig), **MODEL_SETTINGS}.items()
    if key not in ("task", "model")
}
"""Every setting of a run and its model, with its type."""


def require_fit(config: TrainConfig, sources: Sequence[Source]) -> None:
    """Raises `UserError` if vocabulary, canvas, relation heads or evaluation level do not fit the
    task and its `sources`."""
    from hrm.data.sources import domain_of  # slow to import

    if config.evaluate_level and (config.data or domain(config.task).collections):
        raise UserError(
            f"evaluate_level={config.evaluate_level} is of generated puzzles, and this run is "
            "evaluated with those of its data that it does not train on",
            "Leave it out.",
        )
    kind, model = domain_of(config.task, config.data), config.model
    if config.evaluate_level and config.evaluate_level not in kind.levels:
        raise _misfit("evaluate_level", config.evaluate_level, f"levels {', '.join(kind.levels)}")
    if model.vocabulary != kind.spec.size:
        raise _misfit(
            "vocabulary",
            model.vocabulary,
            f"{kind.spec.size} tokens",
            "Leave it out; --start takes a model of the same task.",
        )
    for source in sources:
        _require_canvas(model, kind, source)


def _require_canvas(model: HRMConfig, kind: AnyDomain, source: Source) -> None:
    """Raises `UserError` if the model does not fit the canvas of a source, or its rules."""
    height, width = source.shape
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
    ruled = getattr(source, "ruled", False)
    if kind.spec.further and not model.symbols and (source.shape != kind.spec.official or ruled):
        what = "further rules" if ruled else f"canvases of {height}x{width}"
        raise UserError(
            f"the data has {what}, which only a model with interchangeable symbols can learn",
            "Choose --preset mini, or leave them out of the mix.",
        )
    relations = kind.relations(np.zeros((1, height, width), dtype=np.uint8))
    if missing := model.missing(relations):
        name, there = missing
        raise _misfit(name, getattr(model, name), there)


def require_float64(config: TrainConfig, device: str) -> None:
    """Raises `ModelError` if the device cannot compute the loss."""
    if device.startswith("mps") and config.loss == "stablemax":
        raise ModelError(
            "the stablemax loss needs float64, which mps does not have", "Add --set loss=softmax."
        )


def _misfit(setting: str, value: object, there: str, hint: str = "Leave it out.") -> UserError:
    return UserError(f"{setting}={value} does not fit: the task has {there}", hint)
