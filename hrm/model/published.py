"""File names of a published model: its weights, and the configuration that lies beside them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

CHECKPOINT = "checkpoint"
CONFIG = "all_config.yaml"

_STEP = re.compile(r"step_(\d{1,18})")


def weights_name(names: Iterable[str]) -> str | None:
    """Which of a folder's files has the weights: `checkpoint`, or else the latest `step_N` that
    training left there, as in what others published of the Tiny Recursive Model."""
    found = set(names)
    if CHECKPOINT in found:
        return CHECKPOINT
    return max(filter(_STEP.fullmatch, found), key=lambda name: int(name[5:]), default=None)


def weights_file(folder: Path) -> Path:
    """The same of a folder here; where there is none, `checkpoint`, which then is missing."""
    try:
        names = os.listdir(folder)
    except OSError:
        names = []
    return folder / (weights_name(names) or CHECKPOINT)
