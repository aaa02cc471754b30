"""Writing a file so that whoever reads it finds the old content or the new, never a part.

Where `hrm` keeps files of its own: downloaded models, chosen defaults, what the app remembers
and, after a crash, what went wrong.

One process at a time: a lock that the system takes back when its holder dies, even by kill -9.

The lock file is removed by its holder, so that finished downloads leave nothing behind. Whoever
gets a lock on a file that is no longer the one of that name has got nothing, and tries again.
"""

from __future__ import annotations

import atexit
import errno
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import StringIO
from pathlib import Path

from hrm.errors import UserError
from hrm.terminal import shown


def destination(path: Path) -> tuple[Path, bool]:
    """Where writing to `path` leads, links followed, and whether a whole file can be put there.

    Not in the place of a pipe or a device; and /dev/stdout may be a file that the shell appends to.
    """
    if path.is_absolute() and path.parts[1:2] in (("dev",), ("proc",)):
        return path, False
    target = Path(os.path.realpath(path))
    return target, target.is_file() or not target.exists()


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside `path`, fsync, rename. Raises `UserError` where that cannot be done."""
    partial = None
    try:
        target, whole = destination(path)
        if whole:
            partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        with (partial or target).open("wb" if partial else "ab") as file:
            file.write(data)
            file.flush()
            if partial:
                os.fsync(file.fileno())
        if partial:
            partial.replace(target)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written ({error.strerror})", "Make room, or choose another place."
        ) from error
    finally:
        if partial:
            with suppress(OSError):  # it says what the error above already said
                partial.unlink()


HOME_VARIABLE = "HRM_HOME"
"""Environment variable that moves every folder of `hrm` under one place of the user's choice."""


def _own(kind: str) -> Path | None:
    home = os.environ.get(HOME_VARIABLE, "").strip()
    return Path(os.path.expanduser(home)) / kind if home else None


def cache_dir() -> Path:
    """Folder for files that can be fetched again; not created here."""
    from platformdirs import user_cache_path

    return _own("cache") or user_cache_path("hrm", appauthor=False)


def state_dir() -> Path:
    """Folder for defaults, saved games, drafts and logs of crashes; not created here."""
    from platformdirs import user_state_path

    return _own("state") or user_state_path("hrm", appauthor=False)


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


_unfinished: set[Path] = set()
"""What `written_whole` has in hand."""


@atexit.register  # a signal may come between opening a file and the code that removes it
def remove_unfinished() -> None:
    """So that a process which ends at once leaves no part files."""
    for partial in tuple(_unfinished):
        with suppress(OSError):
            partial.unlink()


@contextmanager
def written_whole(path: Path) -> Iterator[StringIO]:
    """A file for the yielded text: it appears complete or, after an exception, not at all.

    Opened at once, so that a place that cannot be written is known before the work is done. What
    cannot be renamed over, such as a pipe or /dev/stdout, is appended to.
    """
    partial = None
    try:
        target, whole = destination(path)
        if whole:
            partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
            _unfinished.add(partial)
        file = (partial or target).open("w" if whole else "a", encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None
    text = StringIO()
    try:
        yield text
        try:
            with file:
                file.write(text.getvalue())
            if partial:
                partial.replace(target)
        except OSError as error:
            raise _unwritable(path, error) from None
    finally:
        file.close()
        if partial:
            partial.unlink(missing_ok=True)
            _unfinished.discard(partial)


@contextmanager
def written_if(*paths: Path | None) -> Iterator[list[StringIO | None]]:
    """As `written_whole` for several files, None without a path; raises `UserError` if two are one.

    Print after it: a reader of standard output that goes away must not cost the files.
    """
    require_different(*paths)
    with ExitStack() as files:
        yield [files.enter_context(written_whole(p)) if p else None for p in paths]


def require_different(*paths: Path | None) -> None:
    """Raises `UserError` if two of the given paths lead to one file; devices may be shared."""
    seen = set()
    for path in paths:
        if path is None:
            continue
        with suppress(OSError, ValueError):  # writing will say what is wrong with it
            target, whole = destination(path)
            if whole and target in seen:
                raise UserError(f"{shown(str(path))} is named twice", "Give two names.")
            seen.add(target)


def _unwritable(path: Path, error: Exception) -> UserError:
    reason = getattr(error, "strerror", None) or str(error)
    return UserError(f"cannot write {shown(str(path))}: {reason}", "Choose another place.")
