"""Atomic writes, the folders of `hrm`, and locks between processes.

A write either replaces the whole file or leaves the old one. The system releases a lock when its
process ends, even by kill -9.
"""

from __future__ import annotations

import atexit
import errno
import hashlib
import os
import re
import secrets
import shutil
import sys
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
    """The target of `path` with links resolved, and whether a rename may replace it.

    Pipes and devices cannot be replaced; /dev/stdout may be a file that the shell appends to.
    """
    if path.is_absolute() and path.parts[1:2] in (("dev",), ("proc",)):
        return path, False
    target = Path(os.path.realpath(path))
    return target, target.is_file() or not target.exists()


def write_atomically(path: Path, *parts: bytes | memoryview) -> None:
    """Write `parts`, one after another, to `path`, or leave it unchanged. Raises `UserError`."""
    with _replaced(path) as file, writing(path):
        for part in parts:
            file.write(part)


@contextmanager
def written_whole(path: Path) -> Iterator[StringIO]:
    """Write the text put into the yielded buffer, unless an exception is raised.

    The file is opened at the start, so an unwritable path is reported before the work is done.
    """
    with _replaced(path) as file:
        text = StringIO()
        yield text
        with writing(path):
            file.write(text.getvalue().encode())


@contextmanager
def written_if(*paths: Path | None) -> Iterator[list[StringIO | None]]:
    """`written_whole` for several optional paths; raises `UserError` if two name one file.

    Print results after this block: a closed pipe on standard output must not lose the files.
    """
    require_different(*paths)
    with ExitStack() as files:
        yield [files.enter_context(written_whole(p)) if p else None for p in paths]


_unfinished: set[Path] = set()
"""Temporary files of `_replaced` that exist now."""


@atexit.register  # a signal may come between opening a file and the code that removes it
def remove_unfinished() -> None:
    """Remove the temporary files of writes that did not finish."""
    for partial in tuple(_unfinished):
        with suppress(OSError):
            partial.unlink()


@contextmanager
def _replaced(path: Path) -> Iterator[BinaryIO]:
    """A temporary file beside `path` that is synced and renamed to it at the end of the block.

    A path that cannot be replaced, such as a pipe or /dev/stdout, is appended to.
    """
    partial = None
    try:
        with writing(path):
            target, whole = destination(path)
            if whole:
                remove_stale(target)
                partial = partial_of(target)
                _unfinished.add(partial)
            file = (partial or target).open("xb" if whole else "ab")
            if partial:
                claim(file.fileno(), partial)
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
            with suppress(OSError):  # reported above
                file.close()
    finally:
        if partial:
            with suppress(OSError):  # gone, or reported above
                partial.unlink()
            _unfinished.discard(partial)


_PARTIAL = re.compile(r"\.(.+)\.[0-9a-f]{8}\.partial")


def partial_of(target: Path) -> Path:
    """A new name beside `target` for what will be renamed to it; `claim` it once it exists."""
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")


def claim(descriptor: int, partial: Path) -> None:
    """Lock the open file or folder `partial`, which tells others that its writer lives.

    Raises OSError if it was removed between its creation and the lock. On a disk without locks
    nothing is locked, and nothing is removed there.
    """
    if sys.platform == "win32":  # where an open file cannot be removed
        return
    import fcntl

    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.stat(partial)


def remove_stale(target: Path) -> None:
    """Remove what writers of `target` left beside it when they were killed."""
    with suppress(OSError, ValueError):  # writing will report it
        for entry in list(os.scandir(target.parent)):
            found = _PARTIAL.fullmatch(entry.name)
            if found and found[1] == target.name:
                _remove_unclaimed(entry)


def remove_all_stale(folder: Path) -> int:
    """Remove what killed writers left in `folder` and below; returns the number of bytes freed."""
    freed = 0
    for place, _, _ in os.walk(folder):
        with suppress(OSError):
            for entry in list(os.scandir(place)):
                size = entry.stat(follow_symlinks=False).st_size
                if _PARTIAL.fullmatch(entry.name) and _remove_unclaimed(entry):
                    freed += size
    return freed


def _remove_unclaimed(entry: os.DirEntry[str]) -> bool:
    """Remove a temporary file or folder unless its writer lives; whether it was removed."""
    is_folder = entry.is_dir(follow_symlinks=False)
    if not is_folder and not entry.is_file(follow_symlinks=False):
        return False
    try:
        if sys.platform == "win32":
            if not is_folder:  # a folder does not show whether it is in use
                os.unlink(entry.path)
            return not is_folder
        import fcntl

        access = os.O_RDONLY if is_folder else os.O_RDWR  # network disks lock only what they write
        descriptor = os.open(entry.path, access | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(entry.path) if is_folder else os.unlink(entry.path)
        finally:
            os.close(descriptor)
    except OSError:  # in use, gone, or of another user
        return False
    return True


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn errors of writing to `path` into a `UserError`."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"{clean_line(str(path))} cannot be written ({reason})",
            "Make room, or choose another place.",
        ) from error


def require_own_files(folder: Path, *folders: str) -> None:
    """Raises `UserError` where a file in a folder, or one of its `folders`, is a link that leads
    out of it: somebody else's folder must not decide where is written. It may be a link itself."""
    if not folder.is_dir():
        return
    inside = os.path.realpath(folder)
    with writing(folder), os.scandir(folder) as entries:
        links = [entry for entry in entries if entry.is_symlink()]
    for link in links:
        target = os.path.realpath(link.path)
        written = link.name in folders or not os.path.isdir(target)
        if written and os.path.commonpath((inside, target)) != inside:
            raise UserError(
                f"{shown(link.path)} is a link to {shown(target)}, outside of its folder",
                "Put the file itself in its place, or remove the link.",
            )


def make_folder(path: Path) -> Path:
    """Create a folder and its parents if needed. Raises `UserError`."""
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_different(*paths: Path | None) -> None:
    """Raises `UserError` if two paths name the same file; devices may be shared."""
    seen = set()
    for path in paths:
        if path is None:
            continue
        with suppress(OSError, ValueError):  # writing will report it
            target, whole = destination(path)
            if whole and target in seen:
                raise UserError(f"{shown(str(path))} is named twice", "Give two names.")
            seen.add(target)


HOME_VARIABLE = "HRM_HOME"
"""Environment variable: a folder that holds all files of `hrm`."""


def _own(kind: str) -> Path | None:
    home = os.environ.get(HOME_VARIABLE, "").strip()
    return Path(os.path.expanduser(home)) / kind if home else None


def cache_dir() -> Path:
    """Folder for files that can be downloaded again; not created here."""
    from platformdirs import user_cache_path

    return _own("cache") or user_cache_path("hrm", appauthor=False)


def state_dir() -> Path:
    """Folder for defaults, saved games, drafts and crash logs; not created here."""
    from platformdirs import user_state_path

    return _own("state") or user_state_path("hrm", appauthor=False)


class Lock:
    """Advisory lock on `path`, whose folder must exist; not shared between threads.

    The holder removes the lock file, so that finished downloads leave nothing behind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: BaseFileLock | None = None

    def acquire(self) -> bool:
        """Try to lock, without waiting; returns success. Raises OSError on a disk without locks."""
        from filelock import FileLock, Timeout

        if not self.path.parent.is_dir():  # filelock would create it
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.path))
        # a soft lock would stay when its holder is killed
        lock = FileLock(self.path, blocking=False, thread_local=False, fallback_to_soft=False)
        try:
            lock.acquire()
        except Timeout:
            return False
        self._held = lock
        return True

    def release(self) -> None:
        """Release the lock and remove its file; does nothing if it is not held."""
        if self._held is None:
            return
        # unlink before releasing: otherwise another process could lock the file just before it is
        # removed, while a third one locks a new file of the same name
        with suppress(OSError):
            self.path.unlink()
        self._held.release()
        self._held = None


def hold(path: Path, taken: str, hint: str) -> Lock:
    """Acquire the lock at `path`; raises `UserError(taken, hint)` if another process holds it.

    If no lock is possible (a disk without locks, a missing folder), the caller goes ahead.
    """
    lock = Lock(path)
    try:
        free = lock.acquire()
    except OSError:
        free = True
    if not free:
        raise UserError(taken, hint)
    return lock
