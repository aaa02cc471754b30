"""Writing a file so that a reader finds the old content or the new, never a part.

Where `hrm` keeps files of its own: downloaded models, chosen defaults, what the app remembers
and, after a crash, what went wrong.

One process at a time: a lock that the system releases when its holder ends, even by kill -9.

The lock file is removed by its holder, so that finished downloads leave nothing behind. A
lock on a file that is no longer the one of that name does not count, and is tried again.
"""

from __future__ import annotations

import atexit
import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hrm.errors import UserError
from hrm.terminal import clean_line, shown

if TYPE_CHECKING:
    from filelock import BaseFileLock


def destination(path: Path) -> tuple[Path, bool]:
    """Where writing to `path` leads, links followed, and whether a whole file can be put there.

    Not in the place of a pipe or a device; and /dev/stdout may be a file that the shell appends to.
    """
    if path.is_absolute() and path.parts[1:2] in (("dev",), ("proc",)):
        return path, False
    target = Path(os.path.realpath(path))
    return target, target.is_file() or not target.exists()


def write_atomically(path: Path, data: bytes) -> None:
    """The file has all of `data` or stays as it was. Raises `UserError`."""
    with _replaced(path) as file, writing(path):
        file.write(data)


@contextmanager
def written_whole(path: Path) -> Iterator[StringIO]:
    """A file for the yielded text: it appears complete or, after an exception, not at all.

    Opened at once, so that a place that cannot be written is known before the work is done.
    """
    with _replaced(path) as file:
        text = StringIO()
        yield text
        with writing(path):
            file.write(text.getvalue().encode())


@contextmanager
def written_if(*paths: Path | None) -> Iterator[list[StringIO | None]]:
    """As `written_whole` for several files, None without a path; raises `UserError` if two are one.

    Print after it: a reader of standard output that goes away must not cost the files.
    """
    require_different(*paths)
    with ExitStack() as files:
        yield [files.enter_context(written_whole(p)) if p else None for p in paths]


_unfinished: set[Path] = set()
"""Part files of `_replaced`."""


@atexit.register  # a signal may come between opening a file and the code that removes it
def remove_unfinished() -> None:
    """So that a process which ends at once leaves no part files."""
    for partial in tuple(_unfinished):
        with suppress(OSError):
            partial.unlink()


@contextmanager
def _replaced(path: Path) -> Iterator[BinaryIO]:
    """A file beside `path`, which takes its place, synced, when the block ends without an error.

    What cannot be renamed over, such as a pipe or /dev/stdout, is appended to.
    """
    partial = None
    try:
        with writing(path):
            target, whole = destination(path)
            if whole:
                partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
                _unfinished.add(partial)
            file = (partial or target).open("wb" if whole else "ab")
        try:
            yield file
            with writing(path):
                file.flush()
                if partial:
                    os.fsync(file.fileno())
                file.close()
                if partial:
                    partial.replace(target)
        finally:
            with suppress(OSError):  # what could not be flushed was said above
                file.close()
    finally:
        if partial:
            with suppress(OSError):  # where it is gone, or the error above said it
                partial.unlink()
            _unfinished.discard(partial)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what the system says against writing at `path` into a `UserError`."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"{clean_line(str(path))} cannot be written ({reason})",
            "Make room, or choose another place.",
        ) from error


def make_folder(path: Path) -> Path:
    """`path`, made with its parents where it is not there. Raises `UserError`."""
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex, read from the disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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


class Lock:
    """Advisory lock on `path`, whose folder must exist. Not for threads to share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: BaseFileLock | None = None

    def acquire(self) -> bool:
        """Whether it is ours now; never waits. Raises OSError where the disk has no locks."""
        from filelock import FileLock, Timeout

        if not self.path.parent.is_dir():  # which the package would make
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.path))
        # no soft lock in its place: that one stays when its holder is killed
        lock = FileLock(self.path, blocking=False, thread_local=False, fallback_to_soft=False)
        try:
            lock.acquire()
        except Timeout:
            return False
        self._held = lock
        return True

    def release(self) -> None:
        """Give it up and remove the file; harmless where the lock is not held."""
        if self._held is None:
            return
        # first the file, then the lock: in the other order a third process could lock a file that
        # is about to vanish, beside the next holder of the name
        with suppress(OSError):
            self.path.unlink()
        self._held.release()
        self._held = None


def hold(path: Path, taken: str, hint: str) -> Lock:
    """The lock at `path`, held; raises `UserError(taken, hint)` where another process has it.

    Where there can be no lock (a disk without them, a folder that is not there) no process is
    refused.
    """
    lock = Lock(path)
    try:
        free = lock.acquire()
    except OSError:
        free = True
    if not free:
        raise UserError(taken, hint)
    return lock
