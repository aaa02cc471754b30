"""Saves and loads models as `.safetensors` files with configuration and metadata in the header.

Loading is strict: every key, shape and type is checked against the configuration, NaN weights are
refused, and a SHA-256 in the header covers configuration, metadata and tensors; safetensors checks
none of that. The model is first built on the meta device, so wrong sizes in a header cost no
memory. `hrm.model.official` reads published folders.
"""

from __future__ import annotations

import hashlib
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

from hrm.bundled import cards
from hrm.devices import move
from hrm.errors import ModelError
from hrm.files import write_atomically
from hrm.model.config import HRMConfig
from hrm.model.files import is_published, read_header, read_object
from hrm.model.hrm import HRM
from hrm.model.official import read_official

__all__ = ["FORMAT", "load_model", "read_checkpoint", "read_metadata", "save_model"]

FORMAT = "hrm-1"
_REFETCH = "The file may be damaged or of another program; fetch or train it again."
_DTYPES = (torch.float32, torch.bfloat16, torch.float16, torch.float64)
_LARGE_TABLE = 1 << 24
"""Elements beyond which a puzzle embedding is neither hashed nor searched for NaN: it may be
gigabytes on disk, and only the rows in use are ever read."""
_KEYS = {"format", "config", "metadata", "hash"}


def save_model(
    path: Path,
    config: HRMConfig,
    weights: Mapping[str, Tensor],
    metadata: Mapping[str, Any],
) -> None:
    """Write `weights` under our names; `metadata` (domain, step, accuracy, data …) must be JSON."""
    settings = json.dumps(asdict(config), sort_keys=True)
    facts = json.dumps(dict(metadata), sort_keys=True)
    tensors = {name: t.detach().cpu().contiguous() for name, t in weights.items()}
    seen: set[int] = set()
    for name, tensor in tensors.items():  # safetensors refuses two names of one storage
        if tensor.untyped_storage().data_ptr() in seen:
            tensors[name] = tensor.clone()
        seen.add(tensor.untyped_storage().data_ptr())
    header = {
        "format": FORMAT,
        "config": settings,
        "metadata": facts,
        "hash": _content_hash(settings, facts, tensors),
    }
    write_atomically(path, *_in_order(save(tensors, metadata=header)))


def _in_order(file: bytes) -> tuple[bytes, memoryview]:
    """The header and the tensors of a file, the header's texts by name.

    safetensors writes the texts in a random order, so one model would have many SHA-256s.
    """
    start = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:start])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of eight
    return len(text).to_bytes(8, "little") + text, memoryview(file)[start:]


def _content_hash(settings: str, facts: str, weights: Mapping[str, Tensor]) -> str:
    """SHA-256 over both header texts and every weight's name, type, shape and bytes, by name."""
    digest = hashlib.sha256(json.dumps([FORMAT, settings, facts]).encode())
    for name, weight in sorted(weights.items()):
        digest.update(json.dumps([name, str(weight.dtype), list(weight.shape)]).encode())
        if not _is_large_table(name, weight):
            digest.update(weight.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _is_large_table(name: str, weight: Tensor) -> bool:
    return name == "puzzle_embedding" and weight.numel() > _LARGE_TABLE


@contextmanager
def _opened(path: Path) -> Iterator[tuple[dict[str, str], Any]]:
    """The texts of the header, and the file."""
    try:
        texts = read_header(path).texts  # bounds it before safetensors parses it
        with safe_open(path, framework="pt") as file:
            yield texts, file
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file", "Give the path of a model.") from None
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(f"{path}: not a safetensors file ({error})", _REFETCH) from error


def _read_texts(path: Path, header: Mapping[str, str]) -> tuple[HRMConfig, dict[str, Any]]:
    if header.get("format") != FORMAT:
        raise ModelError(
            f"{path}: its format is {header.get('format', 'not given')!r}, not {FORMAT!r}", _REFETCH
        )
    if unknown := sorted(header.keys() - _KEYS):
        raise ModelError(f"{path}: bad header (unknown entry {unknown[0]!r})", _REFETCH)
    if "config" not in header:
        raise ModelError(f"{path}: its header has no configuration", _REFETCH)
    part = "configuration"
    try:
        config = HRMConfig.from_mapping(read_object(header["config"]))
        part = "metadata"
        return config, read_object(header.get("metadata", "{}"))
    except ValueError as error:
        raise ModelError(f"{path}: bad {part} in its header: {error}", _REFETCH) from error


def read_metadata(path: Path) -> tuple[HRMConfig, dict[str, Any]]:
    """Read configuration and metadata from the header, without checking the hash."""
    with _opened(path) as (header, _):
        return _read_texts(path, header)


def read_checkpoint(path: Path) -> tuple[HRMConfig, dict[str, Any], dict[str, Tensor]]:
    """Configuration, metadata and weights under our names, memory-mapped and as they are stored,
    of our file or an official folder (which has no metadata).

    Raises `ModelError` naming the first tensor that is missing, unknown, of the wrong shape or not
    finite, or a content that is not the one that was saved.
    """
    if path.is_dir() or is_published(path):
        config, weights = read_official(path)
        _check_weights(path, _outline(path, config).state_dict(), weights)
        return config, {}, weights
    with _opened(path) as (header, file):
        config, metadata = _read_texts(path, header)
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    _check_weights(path, _outline(path, config).state_dict(), weights)
    _check_hash(path, header, weights)
    return config, metadata, weights


def load_model(
    path: str | os.PathLike[str],
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
) -> HRM:
    """Load a `.safetensors` file of hrm, or a published folder, ready for inference.

    >>> from hrm import bundled_model, load_model
    >>> model = load_model(bundled_model("sudoku"))
    >>> model.config.vocabulary
    11

    Activations are computed in `dtype`. Raises `ModelError` for a file that is missing, damaged or
    not a model.
    """
    path = Path(path)
    config, _, weights = read_checkpoint(path)
    model = _outline(path, config)
    model.load_state_dict(weights, assign=True)
    model.q_head.float()  # halting is decided in float32, however the file stores it
    model.compute_dtype = dtype
    move(model, device)
    return model.eval().requires_grad_(False)


def _outline(path: Path, config: HRMConfig) -> HRM:
    """The model on the meta device, without memory for its weights."""
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
        if not _is_large_table(name, weight) and not bool(torch.isfinite(weight).all()):
            raise ModelError(f"{path}: weight {name!r} has NaN or infinite values", _REFETCH)


def _check_hash(path: Path, header: Mapping[str, str], weights: Mapping[str, Tensor]) -> None:
    """Check the hash in the header, or, if it has none, the hash of the whole file from the card of
    a bundled model or from `FILE.sha256` beside it, in the format of sha256sum."""
    given = header.get("hash")
    if given is not None:
        if given != _content_hash(header["config"], header.get("metadata", "{}"), weights):
            raise ModelError(f"{path}: its content is not what was saved (hash differs)", _REFETCH)
        return
    known = {card.sha256 for card in cards()}
    try:
        beside = path.with_name(f"{path.name}.sha256").read_text(encoding="ascii").split()
        known.update(beside[:1])
    except (OSError, ValueError):
        pass
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found not in known:
        raise ModelError(
            f"{path}: nothing says what its content should be (no hash in its header)",
            f"If you made it: sha256sum {path.name} > {path.name}.sha256, in its folder.",
        )
