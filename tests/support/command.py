"""The command in a process of its own, with files of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import hrm

ROOT = Path(hrm.__file__).parents[1]


def process(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "HRM_HOME": str(home), "PYTHONUTF8": "1"}
