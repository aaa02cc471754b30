"""Children of this process that die by kill -9 at a line of the program that is drawn at random.

Lines, not moments: a busy machine reaches the same ones, and a line that writes a file is reached
as often as one that computes.
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import hrm

SHARED = mmap.mmap(-1, 16)
"""Two numbers that survive the children: bytes that a test counts, and lines that were run."""

PACKAGE = str(Path(hrm.__file__).parent)


def add(slot: int, amount: int) -> None:
    (value,) = struct.unpack_from("q", SHARED, 8 * slot)
    struct.pack_into("q", SHARED, 8 * slot, value + amount)


def take(slot: int) -> int:
    (value,) = struct.unpack_from("q", SHARED, 8 * slot)
    struct.pack_into("q", SHARED, 8 * slot, 0)
    return int(value)


def die_at(line: int, within: Sequence[str] = ("",)) -> Callable[..., Any]:
    """A trace function that counts lines of the package, of modules whose path below it begins with
    one of `within`, and kills this process at one."""
    places = tuple(str(Path(PACKAGE) / part) if part else PACKAGE for part in within)

    def trace(frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        if not frame.f_code.co_filename.startswith(places):
            return None
        if event == "line":
            add(1, 1)
            (ran,) = struct.unpack_from("q", SHARED, 8)
            if ran == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


def in_child(work: Callable[[], None], line: int, within: Sequence[str] = ("",)) -> int:
    """Do it in a child that dies at this line (0: never); the signal that ended it, or 0."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            sys.settrace(die_at(line, within))
            work()
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
