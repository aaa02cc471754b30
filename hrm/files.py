"""Writing a file so that whoever reads it finds the old content or the new, never a part."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from hrm.errors import UserError


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
