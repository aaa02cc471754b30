"""Which model a person wants for a task where none is named: `default-models.json`."""

from __future__ import annotations

import json
from pathlib import Path

from hrm.errors import UserError
from hrm.files import write_atomically
from hrm.paths import state_dir


def defaults_file() -> Path:
    """Task to model, as a JSON object; absent until a default is chosen."""
    return state_dir() / "default-models.json"


def read_defaults() -> dict[str, str]:
    """Task to the model's name or absolute path. Raises `UserError` where the file is broken."""
    path = defaults_file()
    try:
        chosen = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise _unusable(path) from error
    if not isinstance(chosen, dict) or not all(
        isinstance(name, str) and name for name in chosen.values()
    ):
        raise _unusable(path)
    return chosen


def _unusable(path: Path) -> UserError:
    return UserError(f"{path} is not a list of default models", "Remove it and choose again.")


def set_default(task: str, name: str) -> None:
    _write({**read_defaults(), task: name})


def unset_default(task: str) -> None:
    """Back to the bundled model; nothing happens where there was no choice."""
    _write({of: name for of, name in read_defaults().items() if of != task})


def _write(chosen: dict[str, str]) -> None:
    path = defaults_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path.parent} cannot be made ({error.strerror})") from error
    write_atomically(path, json.dumps(chosen, indent=2, sort_keys=True).encode() + b"\n")
