"""Saving and loading models: one `.safetensors` file that says in its header what it is.

A load is strict: every key, shape and type is checked against the configuration, and NaN weights
are refused; safetensors itself checks neither. The model is built on the meta device, so a header
that lies about sizes costs nothing. Official folders are read by `hrm.official`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from hrm.config import HRMConfig
from hrm.errors import ModelError, UserError
from hrm.model import HRM
from hrm.official import read_official

FORMAT = "hrm-1"
_REFETCH = "The file may be damaged or of another program; fetch or train it again."
_DTYPES = (torch.float32, torch.bfloat16, torch.float16, torch.float64)
_LARGE_TABLE = 1 << 24
"""Elements beyond which a puzzle embedding is not searched for NaN: it may be gigabytes on disk,
and only the rows in use are ever read."""


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside `path`, fsync, rename: `path` holds the old or the new content, never a part.

    Raises `UserError` where that cannot be done.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror})") from error
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


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file", "Give the path of a model.") from None
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(f"{path}: not a safetensors file ({error})", _REFETCH) from error


def read_metadata(path: Path) -> tuple[HRMConfig, dict[str, Any]]:
    """Configuration and metadata from the header alone."""
    with _opened(path) as file:
        header: dict[str, str] = file.metadata() or {}
    if header.get("format") != FORMAT:
        raise ModelError(
            f"{path}: its format is {header.get('format', 'not given')!r}, not {FORMAT!r}", _REFETCH
        )
    try:
        config = HRMConfig.from_mapping(json.loads(header["config"]))
        metadata = json.loads(header.get("metadata", "{}"))
    except KeyError:
        raise ModelError(f"{path}: its header has no configuration", _REFETCH) from None
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelError(f"{path}: bad header ({error})", _REFETCH) from error
    if not isinstance(metadata, dict):
        raise ModelError(f"{path}: bad header (its metadata is no object)", _REFETCH)
    return config, metadata


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
        with _opened(path) as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    model = _outline(path, config)
    _check_weights(path, model.state_dict(), weights)
    model.load_state_dict(weights, assign=True)
    model.q_head.float()  # halting is decided in float32, however the file stores it
    model.compute_dtype = dtype
    try:
        return model.to(device).eval().requires_grad_(False)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(
            f"device {str(device)!r} cannot be used ({reason})", "`hrm doctor` lists the devices."
        ) from error


def _outline(path: Path, config: HRMConfig) -> HRM:
    """The model without memory for its weights."""
    try:
        with torch.device("meta"):
            return HRM(config)
    except (RuntimeError, OverflowError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(
            f"{path}: its configuration asks for an impossible size ({reason})", _REFETCH
        ) from error


def _check_weights(
    path: Path, expected: Mapping[str, Tensor], weights: Mapping[str, Tensor]
) -> None:
    for name in sorted(expected.keys() | weights.keys()):
        if name not in weights:
            raise ModelError(f"{path}: weight {name!r} is missing", _REFETCH)
        if name not in expected:
            raise ModelError(f"{path}: weight {name!r} is unknown", _REFETCH)
        weight = weights[name]
        want, got = tuple(expected[name].shape), tuple(weight.shape)
        if want != got:
            raise ModelError(f"{path}: weight {name!r} has shape {got}, wants {want}", _REFETCH)
        if weight.dtype not in _DTYPES:
            raise ModelError(f"{path}: weight {name!r} is {weight.dtype}", _REFETCH)
        searched = name != "puzzle_embedding" or weight.numel() <= _LARGE_TABLE
        if searched and not bool(torch.isfinite(weight).all()):
            raise ModelError(f"{path}: weight {name!r} has NaN or infinite values", _REFETCH)
