"""What a measurement is of: a model that is named beyond doubt, and puzzles that anyone can draw
again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from hrm.cli.engine import usable_device
from hrm.cli.inputs import read_puzzles
from hrm.errors import UserError
from puzzles.base import AnyDomain, PuzzleError

if TYPE_CHECKING:
    from hrm.model import HRM

GENERATED = 200
"""Puzzles that are generated if nobody says how many."""


def opened(task: str, model: str, device: str, threads: int) -> tuple[HRM, dict[str, Any]]:
    """The model, and its `model` name and `sha256` for the record; raises `ModelError`."""
    import torch

    from hrm.checkpoint import load_model
    from hrm.registry import display_name, resolve_model

    if threads:
        torch.set_num_threads(threads)
    path = resolve_model(model, task)
    file = path / "checkpoint" if path.is_dir() else path
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    network = load_model(path, device=usable_device(device))
    return network, {"model": display_name(path), "sha256": digest}


def origin(kind: AnyDomain, data: str, level: str) -> str:
    """Where `drawn` takes its puzzles from, for the record."""
    return data or f"generated {level or kind.levels[0]}"


def drawn(kind: AnyDomain, data: str, level: str, count: int, seed: int) -> list[Any]:
    """What is evaluated: generated puzzles, or those of --data, or `count` drawn from them."""
    import numpy as np

    rng = np.random.default_rng(seed)
    try:
        if not data:
            return [kind.generate(rng, level or kind.levels[0]) for _ in range(count or GENERATED)]
    except PuzzleError as error:
        raise UserError(str(error), error.hint) from error
    if level:
        raise UserError("--level is of generated puzzles", "Leave out --level or --data.")
    puzzles = _arc_set(data) if kind.name == "arc" else None
    puzzles = puzzles or read_puzzles(kind, data)
    if not count:
        return puzzles
    if kind.name != "arc":
        return [puzzles[i] for i in sorted(rng.permutation(len(puzzles))[:count])]
    tasks = sorted({puzzle.task for puzzle in puzzles})  # ARC counts tasks, all tests of each
    drawn = {tasks[i] for i in rng.permutation(len(tasks))[:count]}
    return [puzzle for puzzle in puzzles if puzzle.task in drawn]


def _arc_set(name: str) -> list[Any]:
    from puzzles.arc import DATASETS, load_tasks

    return next((list(load_tasks(known)) for known in DATASETS if known == name), [])
