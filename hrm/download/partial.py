"""Partial downloads, from which a later process can resume.

Bytes are written unbuffered, so they survive kill -9. They may not survive a power failure, so a
download counts as complete only after its hash was read back from the disk.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from hrm.download.references import RemoteFile
from hrm.errors import NetworkError, UserError
from hrm.files import Lock, sha256_of
from hrm.records import RecordError, read_record

_SPARE = 16 << 20
"""Bytes to leave free on the disk."""

_STRONG = re.compile(r'"[!#-~]*"')  # RFC 9110, without the bytes that no header can hold
_FULL = (errno.ENOSPC, errno.EDQUOT)
_ELSEWHERE = "set HRM_HOME to a folder on another disk"


@dataclass(frozen=True, slots=True)
class Note:
    """Where the bytes of a partial file came from. `url` is without secrets; `etag` identifies the
    version of the file, for If-Range."""

    url: str = ""
    etag: str = ""
    total: int | None = None

    @property
    def strong_etag(self) -> str:
        """The ETag if it is strong; a weak one does not guarantee identical bytes."""
        return self.etag if _STRONG.fullmatch(self.etag) else ""


class Partial:
    """A partial download, named by the hash of the expected content, so that all processes that
    download the same content share it. Use it only while holding its `lock`."""

    def __init__(self, folder: Path, file: RemoteFile) -> None:
        key = file.sha256 or file.git_sha1 or hashlib.sha256(file.url.encode()).hexdigest()
        self.path = folder / f"{key}.partial"
        self.lock = Lock(folder / f"{key}.lock")
        self._note_path = folder / f"{key}.json"
        self._descriptor: int | None = None

    @property
    def size(self) -> int:
        """Bytes so far; also correct while another process writes."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def read_note(self) -> Note:
        """The note, or an empty one if it is missing or damaged."""
        try:
            return read_record(self._note_path, Note)
        except (OSError, RecordError):
            return Note()

    def start_over(self, note: Note) -> None:
        """Discard all bytes and write the note for those to come."""
        self.clear()
        self._note_path.write_text(json.dumps(asdict(note)), encoding="utf-8")

    def append(self, chunk: bytes) -> None:
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(self.path, flags, 0o644)
        left = memoryview(chunk)
        while left:
            left = left[os.write(self._descriptor, left) :]

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def clear(self) -> None:
        """Remove bytes and note."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._note_path.unlink(missing_ok=True)

    def settle(self) -> None:
        """Sync the file to disk before it is hashed."""
        if self._descriptor is None:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        os.fsync(self._descriptor)
        self.close()

    def move_to(self, target: Path) -> None:
        """Rename the file to `target` and remove the note."""
        self.path.replace(target)
        sync(target.parent)
        self._note_path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Sync a file, or a folder, so that a rename in it survives a power failure, if the system
    supports it."""
    with suppress(OSError):  # Windows cannot open folders
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def git_sha1_of(path: Path) -> str:
    """Git's blob hash: SHA-1 over a header with the size, and the content."""
    digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: digest).hexdigest()


def is_known(file: RemoteFile) -> bool:
    """Whether a hash of the content is known."""
    return bool(file.sha256 or file.git_sha1)


def matches(path: Path, file: RemoteFile) -> bool:
    """Whether the content of `path` has the hash of `file`, or its size if no hash is known."""
    if file.size is not None and path.stat().st_size != file.size:
        return False
    if file.sha256:
        return sha256_of(path) == file.sha256
    return not file.git_sha1 or git_sha1_of(path) == file.git_sha1


def require_space(folder: Path, needed: int) -> None:
    """Raises `NetworkError` unless `needed` and `_SPARE` bytes are free on the disk of `folder`."""
    free = shutil.disk_usage(folder).free
    if needed + _SPARE > free:
        raise NetworkError(
            f"{folder} has {free / 1e6:.0f} MB free and {(needed + _SPARE) / 1e6:.0f} are needed",
            f"Make room (`hrm models prune` removes unfinished downloads), or {_ELSEWHERE}.",
        )


_Kind = TypeVar("_Kind", bound=UserError)


def disk_error(error: OSError, folder: Path, kind: type[_Kind]) -> _Kind:
    """The error for a failed write in `folder`."""
    if error.errno in _FULL:
        return kind(
            f"the disk of {folder} is full",
            f"Make room and run the command again: it resumes where it stopped. Or {_ELSEWHERE}.",
        )
    reason = error.strerror or type(error).__name__
    return kind(
        f"{error.filename or folder} cannot be written ({reason})",
        "Check its rights and the disk, or set HRM_HOME to a folder that you can write to.",
    )
