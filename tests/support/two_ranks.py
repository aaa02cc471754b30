"""Two processes with the environment that torchrun would give them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def two_processes(*arguments: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Both with the environment that torchrun would give them; neither outlives the test."""
    common = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2"}
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
