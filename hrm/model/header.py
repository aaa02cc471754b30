"""The header of a safetensors file as JSON, without torch and without believing its length.

The file begins with eight bytes, the header's length (little endian), then the JSON: tensor names
to `dtype`, `shape` and `data_offsets`, and `__metadata__`, names to texts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MAX_HEADER = 1 << 20
"""Bytes; the largest of ours has 20 thousand. safetensors itself would parse a hundred million."""


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
