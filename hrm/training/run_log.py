"""The line-based files of a run: metrics.jsonl with its metrics, log.jsonl with starts and stops.

A line of the log has an `event` (start, resume or stop), the `time` in UTC and the `step`. Starts
and resumes add versions, machine and a hash of the data; stops add the reason.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hrm import __version__
from hrm.files import write_atomically, writing
from hrm.records import RecordError, decoded

METRICS = "metrics.jsonl"
LOG = "log.jsonl"


def append(path: Path, record: Mapping[str, Any]) -> None:
    """Append a line. Raises `UserError` if writing fails."""
    with writing(path), path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def log(folder: Path, event: str, step: int, **facts: Any) -> None:
    time = datetime.now(UTC).isoformat(timespec="seconds")
    append(folder / LOG, {"event": event, "time": time, "step": step, **facts})


def machine(device: str, processes: int) -> dict[str, Any]:
    """Facts that may make two runs of one configuration differ."""
    return {
        "hrm": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "platform": platform.platform(),
        "threads": torch.get_num_threads(),
        "device": device,
        "processes": processes,
    }


def first_data(folder: Path) -> str:
    """The hash of the data at the start of the run; empty if unknown."""
    for record in _records(folder / LOG):
        if record.get("event") == "start":
            return str(record.get("data", ""))
    return ""


def cut_metrics(folder: Path, step: int) -> None:
    """Drop the records after `step`, which a resumed run writes again, and incomplete lines."""
    path = folder / METRICS
    if not path.exists():
        return
    steps = range(step + 1)
    kept = [record for record in _records(path) if record.get("step") in steps]
    write_atomically(path, "".join(json.dumps(record) + "\n" for record in kept).encode())


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of all complete lines."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        with suppress(RecordError):
            yield decoded(line, dict[str, Any])
