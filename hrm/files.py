"""Writing a file so that whoever reads it finds the old content or the new, never a part."""

from __future__ import annotations

import os
from pathlib import Path

from hrm.errors import UserError


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside `path`, fsync, rename. Raises `UserError` where that cannot be done."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror})") from error
    finally:
        partial.unlink(missing_ok=True)
