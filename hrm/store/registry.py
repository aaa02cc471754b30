"""Finds models by name: bundled, installed and published ones, and any file or folder.

Also the user's default model for each task, in `default-models.json`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hrm.bundled import BUNDLED, Card, Measured, bundled_model
from hrm.errors import ModelError, UserError
from hrm.files import make_folder, state_dir, write_atomically
from hrm.model.files import weights_name
from hrm.records import RecordError, read_record

if TYPE_CHECKING:
    from hrm.store.installed import Installed


@dataclass(frozen=True, slots=True)
class ReportedAccuracy:
    """Percentage of the puzzles of a set that were solved exactly; `n` puzzles, 0 if unknown."""

    set: str
    percent: float
    n: int
    source: Literal["paper", "card", "measured here"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A published model. `bytes` is the size of the download, 0 if unknown."""

    name: str
    task: str
    parameters: int
    bytes: int
    accuracy: tuple[ReportedAccuracy, ...]
    note: str


# HRMs except ARC-2's have about 27,275,778 float32 weights, hence 109 MB. The HRM paper's numbers
# (arXiv 2506.21734) are for 27M parameters trained on 1000 examples. A maze's label is one of many
# shortest paths, so exact match is a lower bound. The authors of the Tiny Recursive Model (arXiv
# 2510.04871) published no weights; those here are by Xin Gao, with his numbers.
KNOWN = (
    Known(
        name="sapientinc/HRM-checkpoint-sudoku-extreme",
        task="sudoku",
        parameters=27_000_000,
        bytes=109_000_000,
        accuracy=(ReportedAccuracy("Sudoku-Extreme", 55.0, 422_786, "paper"),),
        note="the authors' own, trained on 1000 puzzles",
    ),
    Known(
        name="bnsh/HRM-checkpoint-sudoku-full",
        task="sudoku",
        parameters=27_000_000,
        bytes=109_000_000,
        accuracy=(
            ReportedAccuracy("Sudoku-Extreme, 16 segments", 98.7, 0, "card"),
            ReportedAccuracy("Sudoku-Extreme, 64 segments", 99.7, 0, "card"),
        ),
        note="trained on all 3.8 million puzzles",
    ),
    Known(
        name="sapientinc/HRM-checkpoint-maze-30x30-hard",
        task="maze",
        parameters=27_000_000,
        bytes=109_000_000,
        accuracy=(ReportedAccuracy("Maze-Hard 30×30, the labelled path", 74.5, 1000, "paper"),),
        note="the authors' own; smaller mazes are walled in to 30×30",
    ),
    Known(
        name="sapientinc/HRM-checkpoint-ARC-2",
        task="arc",
        parameters=27_000_000,
        bytes=2_250_000_000,
        accuracy=(
            ReportedAccuracy("ARC-AGI-1 evaluation, two attempts", 40.3, 400, "paper"),
            ReportedAccuracy("ARC-AGI-2 evaluation, two attempts", 5.0, 120, "paper"),
        ),
        note="2.1 GB of it is a table of puzzle embeddings, left out unless --with-embeddings",
    ),
    Known(
        name="Sanjin2024/TinyRecursiveModels-Sudoku-Extreme-mlp",
        task="sudoku",
        parameters=5_000_000,
        bytes=20_100_000,
        accuracy=(ReportedAccuracy("Sudoku-Extreme", 84.8, 422_786, "card"),),
        note="a Tiny Recursive Model (TRM-MLP) that others trained on 1000 puzzles",
    ),
    Known(
        name="Sanjin2024/TinyRecursiveModel-Maze-Hard",
        task="maze",
        parameters=7_000_000,
        bytes=27_300_000,
        accuracy=(ReportedAccuracy("Maze-Hard 30×30, the labelled path", 78.7, 1000, "card"),),
        note="a Tiny Recursive Model that others trained on 1000 mazes",
    ),
    Known(
        name="Sanjin2024/TinyRecursiveModels-ARC-AGI-1",
        task="arc",
        parameters=7_000_000,
        bytes=1_822_205_258,
        accuracy=(ReportedAccuracy("ARC-AGI-1 evaluation, two attempts", 41.0, 400, "card"),),
        note="a Tiny Recursive Model that others trained; 1.8 GB of it is a table of puzzle "
        "embeddings, left out unless --with-embeddings",
    ),
)
"""Published models with a known layout; any other `org/name` can be pulled as well."""


class NotInstalledError(ModelError):
    """A model that can be pulled; `reference` is the argument of `hrm models pull`."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"the model {reference!r} is not installed",
            f"`hrm models pull {reference}` fetches it.",
        )
        self.reference = reference


def measured(card: Card) -> tuple[ReportedAccuracy, ...]:
    """The accuracies on a card: of a single pass if given, for ARC the mean over tasks."""
    return tuple(
        ReportedAccuracy(
            found.set,
            100 * (_share(found) if found.pass_at_2 is None else found.pass_at_2),
            found.n,
            "measured here",
        )
        for found in card.accuracy
    )


def _share(found: Measured) -> float:
    return (found.solved if found.single_pass is None else found.single_pass) / found.n


def display_name(path: Path) -> str:
    """The name to show for a model file; for a run, the name of its folder."""
    if path.is_dir():
        return path.name
    plain = path.stem in ("model", "best") or weights_name([path.name])
    return path.parent.name if plain else path.stem


def resolve_model(name: str, task: str = "") -> Path:
    """The path of a model: the name of a bundled or installed one, a file, a folder (a run, or the
    published layout), `org/name` or a URL. An empty name means the default for the task.

    Raises `NotInstalledError` for a model that can be pulled, `ModelError` for an unknown name.
    """
    if not name and task:
        name = default_model(task)
        if not name:
            raise ModelError(f"no model for {task} is bundled or chosen", "Give --model PATH.")
    if name in BUNDLED.values():
        return bundled_model(next(of for of, known in BUNDLED.items() if known == name))
    path = Path(name or "?")  # Path("") is the current folder
    if path.name == name and (there := _find(name)):
        return there.path
    if path.is_dir() and (path / "model.safetensors").is_file():
        return path / "model.safetensors"
    if path.exists():
        return path
    return _fetched(name, task)


def _find(name: str) -> Installed | None:
    from hrm.store.installed import find

    return find(name)


def _fetched(name: str, task: str) -> Path:
    from hrm.download.references import parse_reference

    if there := _find(name):
        return there.path
    if name.startswith(("https://", "http://")) or parse_reference(name) is not None:
        raise NotInstalledError(name)
    endings = {known.name.rpartition("/")[2]: known.name for known in KNOWN}
    if name in endings:
        raise NotInstalledError(endings[name])
    near = get_close_matches(name, [*BUNDLED.values(), *endings, *endings.values()], n=1)
    raise ModelError(
        f"there is no model {name!r}" + (f" for {task}" if task else ""),
        (f"Perhaps {near[0]}? " if near else "")
        + f"Bundled: {', '.join(BUNDLED.values())}; `hrm models list` shows all, and the path of a "
        "file or folder works too.",
    )


def default_model(task: str) -> str:
    """The name of the default model for a task; empty if there is none."""
    return read_defaults().get(task, BUNDLED.get(task, ""))


def defaults_file() -> Path:
    """A JSON object, task → model; absent until a default is chosen."""
    return state_dir() / "default-models.json"


def read_defaults() -> dict[str, str]:
    """Task → name or absolute path of its model. Raises `UserError` if the file is damaged."""
    path = defaults_file()
    try:
        chosen = read_record(path, dict[str, str])
        if not all(chosen.values()):
            raise RecordError("it has an empty name")
    except FileNotFoundError:
        return {}
    except (OSError, RecordError) as error:
        raise UserError(
            f"{path} is not a list of default models: {error}", "Remove it and choose again."
        ) from error
    return chosen


def set_default(task: str, name: str) -> None:
    _write({**read_defaults(), task: name})


def unset_default(task: str) -> None:
    """Use the bundled model again."""
    _write({of: name for of, name in read_defaults().items() if of != task})


def _write(chosen: dict[str, str]) -> None:
    path = defaults_file()
    make_folder(path.parent)
    write_atomically(path, json.dumps(chosen, indent=2, sort_keys=True).encode() + b"\n")
