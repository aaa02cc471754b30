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

_STEP = re.compile(r"step_(\d{1,18})")

MAX_HEADER = 1 << 20
"""Largest header in bytes; ours have at most 20 thousand, safetensors allows a hundred million."""


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """What a header says of one tensor, as far as it is read here."""

    shape: tuple[Annotated[int, Meta(ge=0, lt=2**53)], ...]


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a safetensors file."""

    texts: dict[str, str]
    tensors: dict[str, TensorEntry]

    @property
    def parameters(self) -> int:
        return sum(math.prod(tensor.shape) for tensor in self.tensors.values())


def read_header(path: Path) -> Header:
    """Raises `OSError`, and `ValueError` for a header that is too long or not of the form above."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > MAX_HEADER:
            raise ValueError(f"a header of {length} bytes")
        values = read_object(file.read(length))
    texts = converted(values.pop("__metadata__", {}), dict[str, str])
    return Header(texts, converted(values, dict[str, TensorEntry]))


def read_object(text: str | bytes) -> dict[str, Any]:
    """A JSON object, also with NaN in it. A name that is there twice is refused, because readers
    differ on which one counts. Raises `ValueError`."""
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
