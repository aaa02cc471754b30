"""The list of models that `hrm models` and the app show, and its text forms.

Nothing here imports torch: sizes and parameter counts are read from file headers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from hrm.bundled import cards
from hrm.model.files import read_header, read_object
from hrm.store.installed import Installed, Verified, installed, verify, verify_file
from hrm.store.registry import KNOWN, Known, ReportedAccuracy, default_model, measured
from hrm.terminal import megabytes
from hrm.training.standing import MODEL, RunInfo, trained
from puzzles import names

ROOMY, NARROW = 96, 72
"""Terminal widths. From `ROOMY` on a table has all columns; from `NARROW` on it omits the file size
and the number of puzzles behind an accuracy, below that also parameters and state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry:
    """One model. `parameters` and `bytes` are 0 if unknown; `path` is None and `sha256` empty for a
    model that is not on this computer."""

    name: str
    task: str
    where: Literal["bundled", "installed", "run", "available", "file"]
    default: bool
    parameters: int
    bytes: int
    accuracy: tuple[ReportedAccuracy, ...]
    path: Path | None = None
    sha256: str = ""
    source: str = ""
    revision: str = ""
    note: str = ""

    @property
    def size(self) -> str:
        """The file size as text; `?` if unknown."""
        return megabytes(self.bytes) if self.bytes else "?"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "path": None if self.path is None else str(self.path)}


def entries() -> list[CatalogEntry]:
    """All models: bundled, installed, training runs below the current folder, then published ones
    that are not installed."""
    there = installed()
    sources = {model.source for model in there}
    known = [_available(model) for model in KNOWN if model.name not in sources]
    runs = [_run(run) for run in trained() if run.task in names()]
    return [*_bundled(), *(_installed(model) for model in there), *runs, *known]


def here(task: str) -> list[CatalogEntry]:
    """The models on this computer that solve `task`, its default first."""
    fitting = [entry for entry in entries() if entry.task == task and entry.path is not None]
    return sorted(fitting, key=lambda entry: not entry.default)


def _bundled() -> list[CatalogEntry]:
    return [
        CatalogEntry(
            name=card.name,
            task=card.task,
            where="bundled",
            default=default_model(card.task) == card.name,
            parameters=card.parameters,
            bytes=card.bytes,
            accuracy=measured(card),
            path=card.path,
            sha256=card.sha256,
            note=card.note,
        )
        for card in cards()
    ]


def _installed(model: Installed) -> CatalogEntry:
    parameters, facts = header_facts(model.path)
    known = next((known for known in KNOWN if known.name == model.source), None)
    task = model.task or "?"
    return CatalogEntry(
        name=model.name,
        task=task,
        where="installed",
        default=bool(model.task) and default_model(model.task) in (model.name, model.source),
        parameters=parameters,
        bytes=model.bytes,
        accuracy=known.accuracy if known else _held_out(facts.get("valid"), facts.get("count")),
        path=model.path,
        sha256=model.file_sha256,
        source=model.source,
        revision=model.revision,
        note=known.note if known else "",
    )


def _run(run: RunInfo) -> CatalogEntry:
    path = run.folder / MODEL
    try:
        size = path.stat().st_size
    except OSError:  # removed meanwhile
        size = 0
    return CatalogEntry(
        name=str(run.folder),
        task=run.task,
        where="run",
        default=default_model(run.task) in (str(run.folder), str(run.folder.resolve())),
        parameters=header_facts(path)[0],
        bytes=size,
        accuracy=_held_out(run.evaluated.solved, run.evaluated.count) if run.evaluated else (),
        path=path,
        note=f"a training run of yours, {run.standing.state} at step {run.step:,}",
    )


def _available(known: Known) -> CatalogEntry:
    return CatalogEntry(
        name=known.name,
        task=known.task,
        where="available",
        default=False,
        parameters=known.parameters,
        bytes=known.bytes,
        accuracy=known.accuracy,
        source=known.name,
        note=known.note,
    )


def verified(entry: CatalogEntry) -> Verified:
    """Hash the file of a model again. Raises `ModelError` if it cannot be read."""
    if entry.where == "installed":
        return verify(entry.name)
    if entry.path is None or not entry.path.is_file():
        return Verified(False, entry.sha256, "missing")
    return verify_file(entry.path, entry.sha256)


def training_facts(entry: CatalogEntry) -> dict[str, Any]:
    """What is known of a model's training: of a bundled one from its card, for the last of its
    commands may only have stored a setting, else from its file; empty if that is not here."""
    for card in cards() if entry.where == "bundled" else ():
        if card.name == entry.name:
            commands = {f"command {n}": text for n, text in enumerate(card.commands, start=1)}
            return {"licence": card.licence, **card.training, **commands}
    return {} if entry.path is None else header_facts(entry.path)[1]


def header_facts(path: Path) -> tuple[int, dict[str, Any]]:
    """Parameter count and metadata of a `.safetensors` file; (0, {}) if unreadable."""
    try:
        header = read_header(path)
        return header.parameters, read_object(header.texts.get("metadata", "{}"))
    except (OSError, ValueError):
        return 0, {}


def _held_out(solved: object, count: object) -> tuple[ReportedAccuracy, ...]:
    """The accuracy that `hrm train` measured and wrote; none if these are no counts."""
    if not isinstance(solved, int) or not isinstance(count, int) or not 0 <= solved <= count != 0:
        return ()
    share = 100 * solved / count
    return (ReportedAccuracy("held out in training", share, count, "measured here"),)


def short_name(entry: CatalogEntry) -> str:
    """The name to use it by: a known published model needs no owner."""
    return entry.name.rpartition("/")[2] if entry.where == "available" else entry.name


def solved_share(entry: CatalogEntry, *, counted: bool = True) -> str:
    """The first accuracy, `97.2 % of 500`; `?` if unknown."""
    if not entry.accuracy:
        return "?"
    first = entry.accuracy[0]
    return f"{first.percent:.1f} %" + (f" of {first.n:,}" if counted and first.n else "")


def words_of(value: object) -> str:
    """A metadata value as text; the weights of a mixture become percentages."""
    if isinstance(value, dict) and value and all(map(_is_number, value.values())):
        total = sum(value.values()) or 1
        shares = [f"{name} {part / total:.0%}" for name, part in value.items()]
        return str(next(iter(value))) if len(value) == 1 else ", ".join(shares)
    if isinstance(value, list | tuple):
        return ", ".join(map(words_of, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {words_of(part)}" for name, part in value.items())
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def accuracy_line(accuracy: ReportedAccuracy) -> str:
    """Accuracy, puzzle set, number of puzzles and source in one line."""
    number = f"n {accuracy.n:,}" if accuracy.n else "n not given"
    return f"{accuracy.percent:.1f} % {accuracy.set} ({number}, {accuracy.source})"


def millions(parameters: int) -> str:
    """Millions of parameters: `27 M`, `0.23 M`; `?` if unknown."""
    if not parameters:
        return "?"
    digits = 0 if parameters >= 1e7 else 1 if parameters >= 1e6 else 2
    return f"{parameters / 1e6:.{digits}f} M"
