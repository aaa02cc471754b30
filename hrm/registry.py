"""Which models there are: those in the box, each with its card, and any file a person names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from hrm.errors import ModelError

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
    """File of the model that ships for a task."""
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
            facts = json.loads(card.read_text(encoding="utf-8"))
            path = bundled_folder() / f"{name}.safetensors"
            found.append(Card(name, task, path, facts["sha256"], facts))
    return found


def display_name(path: Path) -> str:
    """What a person calls the model in this file: a run's folder says more than its file."""
    return path.parent.name if path.stem in ("model", "best", "checkpoint") else path.stem


def resolve_model(name: str, task: str) -> Path:
    """A bundled model's name, a file of ours, or an official folder, to its path."""
    if name in BUNDLED.values():
        return bundled_model(next(of for of, known in BUNDLED.items() if known == name))
    path = Path(name)
    if path.is_dir() and (path / "model.safetensors").is_file():
        return path / "model.safetensors"
    if path.exists():
        return path
    raise ModelError(
        f"there is no model {name!r} for {task}",
        f"Bundled: {', '.join(BUNDLED.values())}; or give the path of a file or folder.",
    )
