"""The bundled checkpoints, each with a card (`NAME.json`) that says how it was trained."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from hrm.errors import ModelError
from hrm.records import read_record

BUNDLED = {"sudoku": "sudoku-mini", "maze": "maze-mini", "arc": "arc-mini"}


@dataclass(frozen=True, slots=True)
class Card:
    """A bundled model. `sha256` is the hash of its file; `facts` is the JSON of its card."""

    name: str
    task: str
    path: Path
    sha256: str
    facts: dict[str, Any]


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
    """The cards of all bundled models in this installation."""
    found = []
    for task, name in BUNDLED.items():
        card = bundled_folder() / f"{name}.json"
        if card.is_file():
            facts = read_record(card, dict[str, Any])
            path = bundled_folder() / f"{name}.safetensors"
            found.append(Card(name, task, path, facts["sha256"], facts))
    return found
