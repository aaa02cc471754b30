"""The bundled checkpoints, each with a card (`NAME.json`) that says how it was trained."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from hrm.errors import ModelError
from hrm.records import RecordError, read_record

BUNDLED = {"sudoku": "sudoku-mini", "maze": "maze-mini", "arc": "arc-mini"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How many of `n` puzzles were `solved`, in a single pass where that is known; for ARC
    `pass_at_2` is the mean over tasks. `command` measures it again."""

    set: str
    n: Annotated[int, Meta(ge=1)]
    solved: Annotated[int, Meta(ge=0)]
    command: str
    single_pass: Annotated[int, Meta(ge=0)] | None = None
    pass_at_2: Annotated[float, Meta(ge=0, le=1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What `NAME.json` says of a bundled model; `sha256` is the hash of its file. `note` is for
    those who use it, `training` and `history` are for those who train it again."""

    name: str
    task: str
    sha256: str
    bytes: int
    parameters: int
    licence: str
    commands: tuple[str, ...]
    accuracy: tuple[Measured, ...]
    training: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    history: str = ""

    @property
    def path(self) -> Path:
        return bundled_folder() / f"{self.name}.safetensors"


def bundled_folder() -> Path:
    return Path(str(files("hrm") / "bundled"))


def bundled_model(task: str) -> Path:
    """The file of the bundled model for a task; raises `ModelError` if there is none.

    >>> bundled_model("maze").name
    'maze-mini.safetensors'
    """
    if task not in BUNDLED:
        raise ModelError(f"no model for {task} is bundled", f"Bundled: {', '.join(BUNDLED)}.")
    path = bundled_folder() / f"{BUNDLED[task]}.safetensors"
    if not path.is_file():
        raise ModelError(
            f"the bundled model {BUNDLED[task]} is missing from this installation",
            "Install again, or give --model PATH.",
        )
    return path


def cards() -> list[Card]:
    """The cards of all bundled models in this installation; raises `ModelError` for a bad one."""
    paths = [bundled_folder() / f"{name}.json" for name in BUNDLED.values()]
    return [_read_card(path) for path in paths if path.is_file()]


def _read_card(path: Path) -> Card:
    try:
        return read_record(path, Card)
    except (OSError, RecordError) as error:
        raise ModelError(f"{path} cannot be read ({error})", "Install hrm again.") from error
