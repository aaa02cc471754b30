"""The checkpoints that ship, each with a card (`NAME.json`) that says how it was trained."""

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
    """What is known of a bundled model. `sha256` is of the file; `facts` is its card's JSON."""

    name: str
    task: str
    path: Path
    sha256: str
    facts: dict[str, Any]


def bundled_folder() -> Path:
    return Path(str(files("hrm") / "bundled"))


def bundled_model(task: str) -> Path:
    """File of the model that ships for a task: `load_model(bundled_model("maze"))`.

    Raises `ModelError` where none does.
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
    """Cards of the bundled models that are there."""
    found = []
    for task, name in BUNDLED.items():
        card = bundled_folder() / f"{name}.json"
        if card.is_file():
            facts = read_record(card, dict[str, Any])
            path = bundled_folder() / f"{name}.safetensors"
            found.append(Card(name, task, path, facts["sha256"], facts))
    return found
