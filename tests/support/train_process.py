"""The command that trains, in a process of its own that tests may stop in earnest."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SETTINGS = ("hidden=16", "intermediate=24", "high_layers=1", "low_layers=1", "high_cycles=1")
TINY = [
    *("--task", "maze", "--threads", "1", "--set", "mix=5:1", "--set", "batch_cells=100"),
    *(part for setting in SETTINGS for part in ("--set", setting)),
    *("--set", "evaluate_count=2", "--set", "evaluate_every=0"),
]


@contextmanager
def started(folder: Path, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """`hrm train` in a process of its own, which does not outlive the test."""
    environment = {**os.environ, "HRM_HOME": str(folder / ".hrm"), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "hrm", "train", *map(str, arguments)],
        cwd=Path(__file__).parents[2],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
