"""A published model, what a pull of it is called with, and what it may leave behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import httpx
from hub_server import Fault, Hub

from hrm.download.fetch import Downloading
from hrm.download.http import RetryPolicy
from hrm.files import cache_dir
from hrm.store import installed as store_installed
from hrm.store import pull as store_pull

GOLDEN = Path(__file__).parent / "golden" / "official-sudoku"
CHECKPOINT = (GOLDEN / "checkpoint").read_bytes()
CONFIG = (GOLDEN / "all_config.yaml").read_bytes()
SHA256 = hashlib.sha256(CHECKPOINT).hexdigest()
HALF = len(CHECKPOINT) // 2
NEW_COMMIT = "f" * 40

Pull: TypeAlias = Callable[..., store_installed.Installed]


def remains() -> set[str]:
    """What lies in our folders beside installed models."""
    files = (path for path in cache_dir().rglob("*") if not path.is_dir())
    return {path.name for path in files if path.parent.parent.name != "models"}


def cancelled(hub: Hub, client: httpx.Client, patience: RetryPolicy) -> None:
    """A pull that is closed when half of the checkpoint is there."""
    hub.faults["content"] = [Fault(cut=HALF, stall=True)]
    tired = replace(patience, read=0.2)  # before it is told that half has come
    with closing(store_pull.pull("org/model", client=client, patience=tired)) as events:
        for event in events:
            if isinstance(event, Downloading) and event.done == HALF:
                break
