"""The trainer states of a run on disk: the newest one and a few older ones as a fallback.

state.pt is the newest, state.1.pt the one before, and so on. A new state is written completely as
state.new.pt before the others are renamed, so the first state found is always the newest complete
one, even after a kill.
"""

from __future__ import annotations

import io
import pickle
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from hrm.files import write_atomically, writing

NEWEST = "state.pt"
_COMING = "state.new.pt"

DAMAGED = (
    OSError,
    RuntimeError,
    EOFError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    pickle.UnpicklingError,
)
"""What loading a damaged state can raise."""


def write_state(folder: Path, state: dict[str, Any], keep: int) -> None:
    """Write a new state and keep `keep` states. Raises `UserError` and then keeps the old ones."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    coming = folder / _COMING
    write_atomically(coming, buffer.getvalue())
    names = [folder / NEWEST, *(folder / f"state.{number}.pt" for number in range(1, keep))]
    with writing(names[0]):
        for newer, older in reversed(list(pairwise(names))):
            if newer.exists():
                newer.replace(older)
        coming.replace(names[0])
        for _, path in _numbered(folder):
            if path not in names:
                path.unlink()


def states(folder: Path) -> list[Path]:
    """The files that may hold a state, newest first; empty if nothing was saved."""
    coming, newest = folder / _COMING, folder / NEWEST
    found = [path for _, path in _numbered(folder)]
    if newest.exists() or found:
        found.insert(0, newest)  # listed even if missing, so that this is reported
    return [coming, *found] if coming.exists() else found


def read_state(path: Path) -> dict[str, Any]:
    """Load a state without executing code from it; raises one of `DAMAGED`."""
    state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    return state


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    numbers = ((path.suffixes[0][1:], path) for path in folder.glob("state.*.pt"))
    return sorted((int(number), path) for number, path in numbers if number.isdecimal())
