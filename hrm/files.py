"""Writing a file so that whoever reads it finds the old content or the new, never a part."""

from __future__ import annotations

import os
from pathlib import Path

from hrm.errors import UserError


def destination(path: Path) -> tuple[Path, bool]:
    """Where writing to `path` leads, links followed, and whether a whole file can be put there.

    Not in the place of a pipe or a device; and /dev/stdout may be a file that the shell appends to.
    """
    if path.is_absolute() and path.parts[1:2] in (("dev",), ("proc",)):
        return path, False
    target = path.resolve()
    return target, target.is_file() or not target.exists()


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside `path`, fsync, rename. Raises `UserError` where that cannot be done."""
    target, whole = destination(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with (partial if whole else target).open("wb" if whole else "ab") as file:
            file.write(data)
            file.flush()
            if whole:
                os.fsync(file.fileno())
        if whole:
            partial.replace(target)
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror})") from error
    finally:
        if whole:
            partial.unlink(missing_ok=True)
