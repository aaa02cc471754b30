"""Children of this process that die by kill -9 just before one of their operations on files.

Every operation in turn, rather than points drawn at random: the moments between two renames are
too short to be met by chance.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

OPERATIONS = ("open", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate")
"""Names of audit events; `os.replace` is `os.rename` too. fsync has none."""


def _die_before(number: int) -> None:
    left = number

    def step() -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    sync = os.fsync

    def synced(descriptor: Any) -> None:
        step()
        sync(descriptor)

    os.fsync = synced
    sys.addaudithook(lambda event, _: step() if event in OPERATIONS else None)


def in_child(work: Callable[[], object]) -> int:
    """Do it in a child; its exit code, which is 1 after an exception, or the signal it died by,
    negative."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_before(number: int, work: Callable[[], object]) -> bool:
    """Do it in a child that dies before its operation `number`; whether it came to that."""

    def killed() -> None:
        _die_before(number)
        work()

    code = in_child(killed)
    assert code in (0, -signal.SIGKILL)
    return code != 0


def killed_at_each(prepare: Callable[[], None], work: Callable[[], object]) -> Iterator[int]:
    """Prepare, do it in a child that dies, and yield, once for each operation of the work."""
    for number in count():
        prepare()
        if not killed_before(number, work):
            return
        yield number
