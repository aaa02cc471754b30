"""One process at a time: a lock that the system takes back when its holder dies, even by kill -9.

The lock file is removed by its holder, so that finished downloads leave nothing behind. Whoever
gets a lock on a file that is no longer the one of that name has got nothing, and tries again.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

from hrm.errors import UserError

_HELD_ELSEWHERE = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK)


class Lock:
    """Advisory lock on `path`, whose folder must exist. Not for threads to share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Whether it is ours now; never waits. Raises OSError where the disk has no locks."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if _lock(descriptor) and self._is_current(descriptor):
                self._descriptor = descriptor
                return True
        finally:
            if self._descriptor is None:
                os.close(descriptor)
        return False

    def release(self) -> None:
        """Give it up and remove the file; harmless where the lock is not held."""
        if self._descriptor is None:
            return
        # first the file, then the lock: in the other order a third process could lock a file that
        # is about to vanish, beside the next holder of the name
        with suppress(OSError):
            self.path.unlink()
        os.close(self._descriptor)
        self._descriptor = None

    def _is_current(self, descriptor: int) -> bool:
        try:
            named = os.stat(self.path)
        except FileNotFoundError:
            return False
        return os.path.samestat(os.fstat(descriptor), named)


def hold(path: Path, taken: str, hint: str) -> Lock:
    """The lock at `path`, held; raises `UserError(taken, hint)` where another process has it.

    Where there can be no lock (a disk without them, a folder that is not there) nobody is refused.
    """
    lock = Lock(path)
    try:
        free = lock.acquire()
    except OSError:
        free = True
    if not free:
        raise UserError(taken, hint)
    return lock


def _lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD_ELSEWHERE:
            return False
        raise
    return True
