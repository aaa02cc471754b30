"""Reads model files without torch: file names of published models, and safetensors headers, whose
length is not trusted.

A safetensors file begins with eight bytes, the header's length (little endian), then the JSON:
tensor names to `dtype`, `shape` and `data_offsets`, and `__metadata__`, names to texts.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from hrm.records import RecordError, converted

CHECKPOINT = "checkpoint"
CONFIG = "all_config.yaml"
"""File names of a published model: its weights, and the configuration beside them."""

INITIAL_STATES = ("high_init", "low_init")
"""Tensors of a file that are no parameters: they are drawn once and never trained."""

_STEP = re.compile(r"step_(\d{1,18})")

MAX_HEADER = 1 << 20
"""Largest header in bytes; ours have at most 20 thousand, safetensors allows a hundred million."""


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """The entry of a tensor in a header; only what is needed here is read."""

    shape: tuple[Annotated[int, Meta(ge=0, lt=2**53)], ...]


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a safetensors file."""

    texts: dict[str, str]
    tensors: dict[str, TensorEntry]

    @property
    def parameters(self) -> int:
        return sum(
            math.prod(tensor.shape)
            for name, tensor in self.tensors.items()
            if name not in INITIAL_STATES
        )


def read_header(path: Path) -> Header:
    """Read the header of a file; raises `OSError`, and `ValueError` for one that is too long or not
    of the form above."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > MAX_HEADER:
            raise ValueError(f"a header of {length} bytes")
        values = read_object(file.read(length))
    texts = converted(values.pop("__metadata__", {}), dict[str, str])
    return Header(texts, converted(values, dict[str, TensorEntry]))


def read_object(text: str | bytes) -> dict[str, Any]:
    """Parse a JSON object, which may hold NaN. Raises `ValueError`, also for a repeated name,
    because readers differ on which one counts."""
    try:
        values = json.loads(text, object_pairs_hook=_without_repeats)
        return converted(values, dict[str, Any])  # type: ignore[no-any-return]
    except RecursionError:
        raise RecordError("it is nested too deep") from None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise RecordError("it has a name twice")
    return values


def weights_name(names: Iterable[str]) -> str | None:
    """The file of the weights, by its name in a folder: `checkpoint`, else the latest `step_N`,
    which training leaves and which published Tiny Recursive Models have."""
    found = set(names)
    if CHECKPOINT in found:
        return CHECKPOINT
    return max(filter(_STEP.fullmatch, found), key=lambda name: int(name[5:]), default=None)


def is_published(path: Path) -> bool:
    """Whether a file holds published weights: it has their name, and the configuration is beside
    it."""
    return weights_name([path.name]) is not None and (path.parent / CONFIG).is_file()


def weights_file(folder: Path) -> Path:
    """The file of the weights in a folder; `checkpoint`, which is missing, if there is none."""
    try:
        names = os.listdir(folder)
    except OSError:
        names = []
    return folder / (weights_name(names) or CHECKPOINT)
