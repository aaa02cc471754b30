"""Exports models: to `.safetensors`, averaged, to the published layout, and one segment as ONNX."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor, nn

from hrm.errors import ModelError, UserError
from hrm.files import make_folder, write_atomically
from hrm.model.checkpoint import load_model, read_checkpoint, read_metadata, save_model
from hrm.model.config import AT_INFERENCE, HRMConfig
from hrm.model.files import CHECKPOINT, CONFIG, INITIAL_STATES
from hrm.model.geometry import BY_ROW, Geometry
from hrm.model.hrm import HRM, Carry, mean_row, sampled
from hrm.model.official import config_of, official_name, official_settings
from puzzles import domain, domains, names
from puzzles.contract.protocol import AnyDomain

_MEASURED = ("valid", "count", "cells")
"""Metadata about an evaluation of a run's weights, which says nothing of weights made from them."""

OPSET = 18
ONNX_OUTPUTS = ("logits", "q_halt", "q_continue", "next_z_H", "next_z_L")


def export_safetensors(source: Path, target: Path) -> None:
    """Write the model at `source`, in any layout, as a `.safetensors` file."""
    config, metadata, weights = read_checkpoint(source)
    save_model(target, config, weights, metadata)


def export_base(source: Path, target: Path) -> None:
    """One `.safetensors` file in which the table of task variants of an ARC model is reduced to its
    mean row: an adaptation needs no more, and the file gets smaller."""
    model = load_model(source)
    _, metadata, weights = read_checkpoint(source)
    rows = model.config.puzzle_ids
    if not rows:
        raise ModelError(f"{source} has no puzzle embedding", "Use --to safetensors.")
    save_model(
        target,
        replace(model.config, puzzle_ids=1),
        {**weights, "puzzle_embedding": mean_row(model)},
        _unmeasured(metadata, puzzle_embedding=f"mean of {sampled(rows)} variants of tasks"),
    )


def export_average(sources: Sequence[Path], target: Path) -> None:
    """Write the mean of the weights of several models, such as stages of one training.

    All else is that of the last one, except what was measured of it. Raises `ModelError` for models
    of different architectures, or for fewer than two. Averaged weights are described in arXiv
    2203.05482.
    """
    if len(sources) < 2:
        raise ModelError("one model has no average", "Name two or more.")
    config, metadata, weights = read_checkpoint(sources[-1])
    sums = {name: weight.double() for name, weight in weights.items()}
    for source in sources[:-1]:
        other, _, more = read_checkpoint(source)
        for field in fields(config):
            ours, theirs = (getattr(c, field.name) for c in (config, other))
            if ours != theirs and field.name not in AT_INFERENCE:
                raise ModelError(
                    f"{source} has another architecture than {sources[-1]}: "
                    f"{field.name}={theirs}, not {ours}",
                    "Only models that began with the same weights have a useful average.",
                )
        for name, weight in more.items():
            sums[name] += weight.double()
    means = {name: (t / len(sources)).to(weights[name].dtype) for name, t in sums.items()}
    save_model(target, config, means, _unmeasured(metadata, average=len(sources)))


def _unmeasured(metadata: Mapping[str, Any], **made: Any) -> dict[str, Any]:
    """Metadata for new weights, with how they were `made`."""
    return {name: value for name, value in metadata.items() if name not in _MEASURED} | made


def export_official(source: Path, folder: Path) -> None:
    """Write `checkpoint` and `all_config.yaml` into `folder`, which is made if it is missing.

    Tensors keep their bits. How the gradient flows in training is the one setting that is lost; any
    other that the layout cannot express is a `ModelError` that names it.
    """
    config, _, weights = read_checkpoint(source)
    if not config.low_layers:
        raise _unsaid(source, "low_layers", 0)
    try:
        arch = official_settings(config)
    except ValueError:
        raise _unsaid(source, "intermediate", config.intermediate) from None
    _require_same(source, config, config_of(arch, weights, source))
    buffer = io.BytesIO()
    torch.save({official_name(name): weight.clone() for name, weight in weights.items()}, buffer)
    make_folder(folder)
    write_atomically(folder / CHECKPOINT, buffer.getvalue())
    write_atomically(folder / CONFIG, yaml.safe_dump({"arch": arch}).encode())


def _require_same(source: Path, ours: HRMConfig, said: HRMConfig) -> None:
    for field in fields(HRMConfig):
        want, got = getattr(ours, field.name), getattr(said, field.name)
        if want != got and field.name != "gradient":
            raise _unsaid(source, field.name, want)


def _unsaid(source: Path, setting: str, value: object) -> ModelError:
    return ModelError(
        f"{source}: the official layout cannot say {setting} = {value}",
        "Export it with --to safetensors or --to onnx.",
    )


class _Segment(nn.Module):
    """One segment with a fixed canvas, from tensors to tensors."""

    def __init__(self, model: HRM, geometry: Geometry) -> None:
        super().__init__()
        self.model, self.geometry = model, geometry

    def forward(
        self, tokens: Tensor, high: Tensor, low: Tensor, puzzle_ids: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        out = self.model.segment(Carry(high, low), tokens, puzzle_ids, self.geometry)
        return out.logits, out.q_halt, out.q_continue, out.carry.high, out.carry.low


def export_onnx(source: Path, target: Path) -> Mapping[str, tuple[int, ...]]:
    """Write one segment in float32; returns the shapes of the inputs, in which the batch (any size)
    is 0.

    Inputs: `tokens` (B, L) int64, `z_H` and `z_L` (B, P + L, D), and `puzzle_ids` (B,) int64 if the
    model has any; outputs: `ONNX_OUTPUTS`. A first segment starts from `high_init` and `low_init`,
    which are in the file's metadata. The canvas is the official one of the task, 9×9 or 30×30.
    Raises `UserError` if the optional packages are missing.
    """
    _require_onnx()
    model = load_model(source)
    kind = _domain_of(source, model.config)
    geometry = _geometry(model, kind)
    height, width = kind.spec.official
    # two rows, because the exporter takes a batch of one for a constant
    carry = model.initial_carry((2, height * width))
    inputs = {
        "tokens": torch.ones(2, height * width, dtype=torch.int64),
        "z_H": carry.high,
        "z_L": carry.low,
    }
    if model.config.puzzle_ids:
        inputs["puzzle_ids"] = torch.zeros(2, dtype=torch.int64)
    batch = torch.export.Dim("batch")
    with torch.no_grad(), _quiet():
        program = torch.onnx.export(
            _Segment(model, geometry).eval(),
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=list(ONNX_OUTPUTS),
            dynamic_shapes=tuple({0: batch} for _ in inputs),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    write_atomically(target, _with_start(program.model_proto, model))
    return {name: (0, *tensor.shape[1:]) for name, tensor in inputs.items()}


def _require_onnx() -> None:
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"{error.name} is not installed, which ONNX files need",
            "pip install 'hrm-tui[onnx]'",
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence warnings of the exporter about torchvision, which is not used, and about its own
    deprecations."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def _domain_of(source: Path, config: HRMConfig) -> AnyDomain:
    """The domain that the file names, else the one with this vocabulary, which every layout
    shows."""
    about = {} if source.is_dir() else read_metadata(source)[1]
    named = str(about.get("domain", ""))
    if named in names():
        return domain(named).with_facts(about.get("facts", {}))
    for kind in domains():
        if kind.spec.size == config.vocabulary:
            return kind
    raise ModelError(
        f"{source}: a vocabulary of {config.vocabulary} tokens belongs to no known task",
        "Its canvas is unknown; export it with --to safetensors or --to official.",
    )


def _geometry(model: HRM, kind: AnyDomain) -> Geometry:
    """Rotary tables and masks of the official canvas, which must be the same for every puzzle."""
    if not model.config.relates:
        return model.geometry(kind.spec.official)
    shape = (1, *kind.spec.official)
    other = np.random.default_rng(0).integers(0, kind.spec.size, shape, dtype=np.uint8)
    found = [
        model.geometry(kind.spec.official, kind.relations(canvas))
        for canvas in (np.zeros(shape, dtype=np.uint8), other)
    ]
    for name in BY_ROW:
        one, two = (getattr(geometry, name) for geometry in found)
        if one is not None and not torch.equal(one, two):
            raise ModelError(
                f"what this {kind.name} model reads off each puzzle's own grid cannot be in ONNX",
                "Export it with --to safetensors.",
            )
    return found[0]


def _with_start(proto: Any, model: HRM) -> bytes:
    """The serialised ONNX model, with what a caller needs for the first segment."""
    start = {name: json.dumps(getattr(model, name).float().tolist()) for name in INITIAL_STATES}
    for key, value in {"config": json.dumps(asdict(model.config)), **start}.items():
        entry = proto.metadata_props.add()
        entry.key, entry.value = key, value
    serialised: bytes = proto.SerializeToString()
    return serialised
