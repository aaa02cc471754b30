"""Reads model files without torch: file names of published models, and safetensors headers, whose
length is not trusted.

A safetensors file begins with eight bytes, the header's length (little endian), then the JSON:
tensor names to `dtype`, `shape` and `data_offsets`, and `__metadata__`, names to texts.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

CHECKPOINT = "checkpoint"
CONFIG = "all_config.yaml"
"""File names of a published model: its weights, and the configuration beside them."""

_STEP = re.compile(r"step_(\d{1,18})")

MAX_HEADER = 1 << 20
"""Largest header in bytes; ours have at most 20 thousand, safetensors allows a hundred million."""


def read_header(path: Path) -> dict[str, Any]:
    """Raises `OSError`, and `ValueError` for a header that is too long, no JSON, no object, or has
    a name twice, of which safetensors would take the last."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > MAX_HEADER:
            raise ValueError(f"a header of {length} bytes")
        try:
            header = json.loads(file.read(length), object_pairs_hook=_without_repeats)
        except RecursionError:
            raise ValueError("a header nested too deep") from None
    if not isinstance(header, dict):
        raise ValueError("a header that is no object")
    return header


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a name is twice in its header")
    return values


def weights_name(names: Iterable[str]) -> str | None:
    """Which of a folder's files has the weights: `checkpoint`, or else the latest `step_N` that
    training left there, as in what others published of the Tiny Recursive Model."""
    found = set(names)
    if CHECKPOINT in found:
        return CHECKPOINT
    return max(filter(_STEP.fullmatch, found), key=lambda name: int(name[5:]), default=None)


def is_published(path: Path) -> bool:
    """Whether a file has published weights: by its name, with the configuration beside it."""
    return weights_name([path.name]) is not None and (path.parent / CONFIG).is_file()


def weights_file(folder: Path) -> Path:
    """The same of a folder here; where there is none, `checkpoint`, which then is missing."""
    try:
        names = os.listdir(folder)
    except OSError:
        names = []
    return folder / (weights_name(names) or CHECKPOINT)
