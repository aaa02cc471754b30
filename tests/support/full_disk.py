"""A disk that is full from one of the program's operations on, for files below one folder.

Every operation that needs room in turn, rather than bytes counted: a file is made, a folder, a
link, bytes are written, synced or copied. The write that meets the full disk leaves half of its
bytes there, as real ones do. What is open for reading only is left alone.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import pytest


class FullDisk:
    """Counts the operations below `folder`; number `full_at` fails, and with `stays` all later
    ones too, as if nothing had made room."""

    def __init__(self, folder: Path, full_at: int | None = None, *, stays: bool = True) -> None:
        self.folder = os.path.realpath(folder)
        self.full_at, self.stays = full_at, stays
        self.done = 0

    @property
    def was_met(self) -> bool:
        return self.full_at is not None and self.done > self.full_at

    def is_full(self, *, moves: bool = False) -> bool:
        """Count one operation; whether there is no room for it. A name that moves needs room only
        where its new folder has none left, so later ones succeed."""
        number = self.done
        self.done += 1
        if self.full_at is None:
            return False
        return number == self.full_at or (self.stays and not moves and number > self.full_at)

    def step(self, path: object = None, *, moves: bool = False) -> None:
        if self.is_full(moves=moves):
            raise self.error(path)

    def error(self, path: object = None) -> OSError:
        name = None if path is None else os.fsdecode(path)  # type: ignore[arg-type]
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)

    def holds(self, path: object) -> bool:
        if isinstance(path, int):
            try:
                path = os.readlink(f"/proc/self/fd/{path}")
            except OSError:
                return False
        full = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]
        return full == self.folder or full.startswith(self.folder + os.sep)

    def put_in(self, patch: pytest.MonkeyPatch) -> None:
        """In the place of the functions that write files."""
        real_open = io.open
        opened = self._opened(real_open)
        patch.setattr("io.open", opened)
        patch.setattr("builtins.open", opened)
        for name in ("mkdir", "fsync"):
            patch.setattr(os, name, self._checked(getattr(os, name), 0))
        for name in ("link", "symlink"):
            patch.setattr(os, name, self._checked(getattr(os, name), 1))
        for name in ("rename", "replace"):
            patch.setattr(os, name, self._checked(getattr(os, name), 1, moves=True))
        patch.setattr(os, "write", self._halved(os.write))
        patch.setattr(os, "sendfile", self._checked(os.sendfile, 0))
        patch.setattr(os, "open", self._made(os.open))

    def _checked(
        self, work: Callable[..., Any], which: int, *, moves: bool = False
    ) -> Callable[..., Any]:
        @wraps(work)
        def checked(*arguments: Any, **options: Any) -> Any:
            if self.holds(arguments[which]):
                path = arguments[which]
                self.step(None if isinstance(path, int) else path, moves=moves)
            return work(*arguments, **options)

        return checked

    def _halved(self, write: Callable[[int, Any], int]) -> Callable[[int, Any], int]:
        def halved(descriptor: int, data: Any) -> int:
            if self.holds(descriptor) and self.is_full():
                write(descriptor, memoryview(data)[: len(data) // 2])
                raise self.error()
            return write(descriptor, data)

        return halved

    def _made(self, real: Callable[..., int]) -> Callable[..., int]:
        def made(path: Any, flags: int, *rest: Any, **options: Any) -> int:
            if flags & os.O_CREAT and not os.path.lexists(path) and self.holds(path):
                self.step(path)
            return real(path, flags, *rest, **options)

        return made

    def _opened(self, real: Callable[..., Any]) -> Callable[..., Any]:
        disk = self

        class Raw(io.FileIO):
            def write(self, data: Any) -> int:
                if disk.is_full():
                    super().write(memoryview(data)[: len(data) // 2])
                    raise disk.error()
                return super().write(data)

        def opened(
            file: Any,
            mode: str = "r",
            buffering: int = -1,
            encoding: str | None = None,
            errors: str | None = None,
            newline: str | None = None,
            closefd: bool = True,
            opener: Any = None,
        ) -> Any:
            if not set(mode) & set("wax+") or not disk.holds(file):
                return real(file, mode, buffering, encoding, errors, newline, closefd, opener)
            if not isinstance(file, int) and not os.path.lexists(file):
                disk.step(file)
            raw = Raw(file, "".join(c for c in mode if c in "rwax+"), closefd, opener)
            if buffering == 0:
                return raw
            size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
            kind = io.BufferedRandom if "+" in mode else io.BufferedWriter
            binary = kind(raw, size)
            if "b" in mode:
                return binary
            return io.TextIOWrapper(binary, encoding, errors, newline, buffering == 1)

        return opened
