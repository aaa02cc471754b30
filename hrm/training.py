"""How a run is configured: one frozen dataclass, and the table of presets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from hrm.config import HRMConfig
from hrm.errors import UserError

_RANGES: dict[str, tuple[int, float]] = {
    "seed": (0, 2**63 - 1),
    "batch_cells": (1, math.inf),
    "max_segments": (1, math.inf),
    "evaluate_count": (1, math.inf),
    "exploration": (0, 1),
    "floor": (0, 1),
    "average": (0, 1),
}
"""Smallest and largest value, where it is not just any number from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Everything that decides a run, apart from the machine it runs on.

    task             sudoku, maze or arc
    model            the architecture
    mix              generated data: kind → weight (see `hrm.data.sources`)
    seed             of weights, data and exploration
    steps, minutes   end of the run, whichever comes first; 0: not limited by it
    batch_cells      cells a step, so that rows = batch_cells / cells of the canvas
    max_segments     segments after which a row is replaced
    exploration      probability that a row must think for a random number of segments
    loss             softmax, or stablemax in float64
    optimizer        muon: Muon on the stacks' matrices, AdamW on the rest; adam_atan2: on all
    learning_rate    of AdamW and AdamATan2
    matrix_rate      of Muon
    weight_decay     decoupled, of either
    warmup           steps of linear warm-up
    schedule, floor  cosine from 1 to `floor` over the run, or constant
    clip             largest gradient norm; 0: not clipped
    average          decay of the weights' moving average, which is what is saved; 0: none
    halting_weight   of the halting losses beside the answer's loss
    puzzle_rate, puzzle_decay   sign-SGD of the puzzle embedding
    evaluate_every   seconds between evaluations on held-out puzzles; 0: only at the end
    evaluate_count   held-out puzzles
    save_every       seconds between saves
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
    matrix_rate: float = 1e-2
    weight_decay: float = 0.01
    warmup: int = 200
    schedule: Literal["cosine", "constant"] = "cosine"
    floor: float = 0.05
    clip: float = 1.0
    average: float = 0.999
    halting_weight: float = 0.1
    puzzle_rate: float = 1e-2
    puzzle_decay: float = 0.1
    evaluate_every: float = 300.0
    evaluate_count: int = 200
    save_every: float = 60.0

    def __post_init__(self) -> None:
        for name, kind in get_type_hints(type(self)).items():
            value = getattr(self, name)
            if kind in (int, float):
                _require_number(name, value, whole=kind is int)
            if get_origin(kind) is Literal and value not in get_args(kind):
                choices = ", ".join(get_args(kind))
                raise UserError(f"{name} must be one of {choices}, not {value!r}")
        for kind_name, weight in self.mix.items():
            _require_number(f"mix of {kind_name}", weight)
        if not self.steps and not self.minutes:
            raise UserError("a run needs an end", "Give --minutes or --steps.")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TrainConfig:
        rest = {name: value for name, value in values.items() if name != "model"}
        unknown = sorted(set(rest) - {f.name for f in fields(cls)})
        if unknown:
            raise UserError(f"unknown training setting {unknown[0]!r}")
        return cls(model=HRMConfig.from_mapping(values["model"]), **rest)


def _require_number(name: str, value: object, *, whole: bool = False) -> None:
    kinds = int if whole else (int, float)
    low, high = _RANGES.get(name, (0, math.inf))
    number = isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not low <= value <= high:  # type: ignore[operator]  # it is a number here
        what = "a whole number" if whole else "a number"
        span = f"from {low}" if high == math.inf else f"from {low} to {high}"
        raise UserError(f"{name} must be {what} {span}, not {value!r}")


def override(config: TrainConfig, settings: Mapping[str, str]) -> TrainConfig:
    """Apply `key=value` texts, all at once; a key is a field of `TrainConfig` or of its model."""
    of_model: dict[str, Any] = {}
    of_run: dict[str, Any] = {}
    for key, text in settings.items():
        if key in {f.name for f in fields(HRMConfig)}:
            of_model[key] = _value(HRMConfig, key, text)
        elif key in {f.name for f in fields(TrainConfig)} - {"model", "task"}:
            of_run[key] = _value(TrainConfig, key, text)
        else:
            raise UserError(
                f"unknown setting {key!r}", "`hrm train --show` lists every setting and its value."
            )
    try:
        return replace(config, model=replace(config.model, **of_model), **of_run)
    except ValueError as error:
        raise UserError(f"the model cannot be built: {error}") from error


def _value(owner: type, key: str, text: str) -> Any:
    kind = get_type_hints(owner)[key]
    try:
        if kind in (int, float):
            return kind(text)
        if get_origin(kind) is Mapping:
            pairs = (part.partition(":") for part in text.split(","))
            return {kind_name.strip(): float(weight) for kind_name, _, weight in pairs}
    except ValueError as error:
        raise UserError(f"{key}={text!r} is not a value for it ({error})") from error
    return text
