"""Saving and loading models: one `.safetensors` file that says in its header what it is.

A load is strict: every key, shape and type is checked against the configuration, and NaN weights
are refused; safetensors itself checks neither. Official folders are read by `hrm.official`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from hrm.config import HRMConfig
from hrm.errors import ModelError
from hrm.model import HRM
from hrm.official import read_official

FORMAT = "hrm-1"
_REFETCH = "The file may be damaged or of another program; fetch or train it again."


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside `path`, fsync, rename: `path` holds the old or the new content, never a part."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def save_model(
    path: Path,
    config: HRMConfig,
    weights: Mapping[str, Tensor],
    metadata: Mapping[str, Any],
) -> None:
    """Write `weights` under our names; `metadata` (domain, step, accuracy, data …) must be JSON."""
    header = {
        "format": FORMAT,
        "config": json.dumps(asdict(config), sort_keys=True),
        "metadata": json.dumps(dict(metadata), sort_keys=True),
    }
    tensors = {name: t.detach().cpu().contiguous() for name, t in weights.items()}
    write_atomically(path, save(tensors, metadata=header))


def read_metadata(path: Path) -> tuple[HRMConfig, dict[str, Any]]:
    """Configuration and metadata from the header alone."""
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file") from None
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path}: not a safetensors file ({error})", _REFETCH) from error
    if header.get("format") != FORMAT:
        raise ModelError(
            f"{path}: its format is {header.get('format', 'not given')!r}, not {FORMAT!r}", _REFETCH
        )
    try:
        config = HRMConfig.from_mapping(json.loads(header["config"]))
        metadata = json.loads(header.get("metadata", "{}"))
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise ModelError(f"{path}: bad header ({error})", _REFETCH) from error
    return config, metadata if isinstance(metadata, dict) else {}


def load_model(
    path: str | os.PathLike[str],
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
) -> HRM:
    """Load our file, or an official folder, ready for inference.

    `dtype` is what activations are computed in. Raises `ModelError` naming the first tensor that is
    missing, unknown, of the wrong shape or not finite.
    """
    path = Path(path)
    if path.is_dir():
        config, weights = read_official(path)
    else:
        config, _ = read_metadata(path)
        with safe_open(path, framework="pt") as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    with torch.device("meta"):
        model = HRM(config)
    _check_weights(path, model.state_dict(), weights)
    model.load_state_dict(weights, assign=True)
    model.compute_dtype = dtype
    try:
        return model.to(device).eval().requires_grad_(False)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(
            f"device {str(device)!r} cannot be used ({reason})", "`hrm doctor` lists the devices."
        ) from error


def _check_weights(
    path: Path, expected: Mapping[str, Tensor], weights: Mapping[str, Tensor]
) -> None:
    for name in sorted(expected.keys() | weights.keys()):
        if name not in weights:
            raise ModelError(f"{path}: weight {name!r} is missing", _REFETCH)
        if name not in expected:
            raise ModelError(f"{path}: weight {name!r} is unknown", _REFETCH)
        want, got = tuple(expected[name].shape), tuple(weights[name].shape)
        if want != got:
            raise ModelError(f"{path}: weight {name!r} has shape {got}, wants {want}", _REFETCH)
        if not weights[name].is_floating_point():
            raise ModelError(f"{path}: weight {name!r} is {weights[name].dtype}", _REFETCH)
        # the puzzle table may be gigabytes on disk: only the rows in use are ever read
        if name != "puzzle_embedding" and not bool(torch.isfinite(weights[name]).all()):
            raise ModelError(f"{path}: weight {name!r} has NaN or infinite values", _REFETCH)
