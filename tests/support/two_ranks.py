"""Two processes with the environment that torchrun would give them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from torch.distributed import TCPStore


@contextmanager
def two_processes(*arguments: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Both find each other through a store of this process, as torchrun's do through its own, so
    no port has to be free later on; neither outlives the test."""
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    common = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(store.port),
        "WORLD_SIZE": "2",
        "TORCHELASTIC_USE_AGENT_STORE": "True",
        "TORCHELASTIC_RESTART_COUNT": "0",
    }
    started: list[subprocess.Popen[str]] = []
    try:
        for rank in ("0", "1"):
            own = {"RANK": rank, "LOCAL_RANK": rank, "OMP_NUM_THREADS": "1"}
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env={**os.environ, **common, **own},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
            started.append(process)
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()
