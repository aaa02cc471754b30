"""Reads the state of training runs from their folders (see `hrm.training.run`), without torch.

Also parses events from the lines of metrics.jsonl and of `hrm train --json`. The files are
untrusted: unreadable lines are ignored.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from hrm.records import RecordError, converted, decoded
from hrm.terminal import clean_line
from hrm.training.events import Evaluated, Measuring, Saved, StepDone, TrainEvent

CONFIG, METRICS, MODEL = "config.json", "metrics.jsonl", "model.safetensors"

State: TypeAlias = Literal["training", "elsewhere", "finished", "stopped", "failed", "interrupted"]
"""`training`: by a process that an app started; `elsewhere`: apparently by another process;
`interrupted`: ended without a reason, for example by a power cut."""

RUNS = Path("runs")
"""The default folder for runs, below the current one."""

FRESH = 180.0
"""A run whose metrics changed within this many seconds counts as training."""

_MOST_RUNS = 200
_END = 1 << 14
_END_OF_METRICS = 1 << 20
"""Bytes at the end of metrics.jsonl, enough for 30,000 steps: between two evaluations lie many."""
_MOST_CONFIG = 1 << 14


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a run, and a sentence about it."""

    state: State
    why: str

    @property
    def going_on(self) -> bool:
        """Whether a process is at work on the run, as far as can be seen."""
        return self.state in ("training", "elsewhere")


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run in a list; `step` is 0 and `evaluated` None if nothing was recorded yet."""

    folder: Path
    task: str
    standing: Standing
    step: int
    evaluated: Evaluated | None


def runs_in(root: Path) -> list[RunInfo]:
    """The runs in a folder, newest first; empty if there is no such folder."""
    newest = sorted(_folders(root), key=_changed, reverse=True)[:_MOST_RUNS]
    return [_info(folder) for folder in newest]


def trained(root: Path = RUNS) -> list[RunInfo]:
    """The runs that have saved a model, newest first."""
    return [run for run in runs_in(root) if has_model(run.folder)]


def has_model(folder: Path) -> bool:
    """Whether the run has saved a model."""
    return (folder / MODEL).is_file()


def in_training(root: Path) -> list[Path]:
    """Folders of the runs that an app is training now."""
    return [folder for folder in _folders(root) if is_alive(folder)]


def _folders(root: Path) -> list[Path]:
    """The folders of all runs, including those that have just been started."""
    try:
        return [folder for folder in root.iterdir() if _is_run(folder)]
    except OSError:
        return []


def _is_run(folder: Path) -> bool:
    try:
        return any((folder / name).is_file() for name in (CONFIG, PROCESS))
    except OSError:  # no permission
        return False


def _changed(folder: Path) -> float:
    """The time of the run's last record, in seconds since 1970."""
    for name in (METRICS, CONFIG, PROCESS):
        try:
            return (folder / name).stat().st_mtime
        except OSError:
            continue
    return 0.0


def _info(folder: Path) -> RunInfo:
    lines = _last_lines(folder / METRICS, most=_END_OF_METRICS)
    evaluations = [line for line in lines if '"evaluation"' in line]
    events = list(map(parse, evaluations[-2:] + lines[-2:]))  # the last may be half written
    steps = [event.step for event in events if isinstance(event, StepDone | Evaluated)]
    # metrics.jsonl has every tenth step, log.jsonl the last one
    steps += [_natural(object_of(line).get("step")) for line in _last_lines(folder / LOG)]
    evaluated = [event for event in events if isinstance(event, Evaluated)]
    return RunInfo(
        folder=folder,
        task=task_of(folder),
        standing=standing(folder),
        step=max(steps, default=0),
        evaluated=evaluated[-1] if evaluated else None,
    )


def task_of(folder: Path) -> str:
    """The task of a run; empty if unknown."""
    try:
        with (folder / CONFIG).open(encoding="utf-8", errors="replace") as file:
            text = file.read(_MOST_CONFIG)
    except OSError:
        return ""
    return clean_line(str(object_of(text).get("task", "")), 20)


def standing(folder: Path) -> Standing:
    """The state of a run, from its lock, its log, and the output of its process."""
    if is_alive(folder):
        return Standing("training", "")
    note = process_note(folder)
    begins = note.get("log")
    records = [object_of(line) for line in _last_lines(folder / LOG, _natural(begins))]
    if records and records[-1].get("event") == "stop":
        return _ended(folder, str(records[-1].get("reason", "")))
    if note and not records:
        return Standing("failed", last_error(folder) or "It ended before it began.")
    # one that an app started is known to have ended, by its lock
    ours = bool(note) and len(records) == 1
    if records and not ours and time.time() - _changed(folder) < FRESH:
        return Standing("elsewhere", "Another process seems to train it.")
    why = last_error(folder) if ours else ""
    return Standing(
        "interrupted", why or "It was interrupted; r resumes it from the last checkpoint."
    )


def _ended(folder: Path, reason: str) -> Standing:
    if reason == "finished":
        return Standing("finished", "Trained to its end.")
    if reason == "stopped":
        return Standing("stopped", "Stopped and saved; it can be resumed.")
    return Standing("failed", last_error(folder) or clean_line(reason))


def last_error(folder: Path) -> str:
    """The error message of the run's process, with the hint on a second line; else its last
    line of output."""
    lines = [clean_line(line, 300) for line in _last_lines(folder / TALK)]
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].startswith("error: "):
            hints = [line for line in lines[number + 1 :] if line.startswith("hint: ")]
            texts = [lines[number], *hints[:1]]
            return "\n".join(text.partition(": ")[2] for text in texts)
    return lines[-1] if lines else ""


def _natural(value: object) -> int:
    """`value` if it is an integer in [0, 2^62), else 0."""
    return value if isinstance(value, int) and 0 <= value < 1 << 62 else 0


def _last_lines(path: Path, offset: int = 0, most: int = _END) -> list[str]:
    """The non-empty lines in the last `most` bytes of a file, ignoring all before `offset`."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            start = max(offset, size - most)
            file.seek(start)
            lines = file.read(most).split(b"\n")
    except OSError:
        return []
    whole = lines if start == offset else lines[1:]
    return [line.decode("utf-8", "replace") for line in whole if line.strip()]


_KINDS: dict[str, type[TrainEvent]] = {
    "StepDone": StepDone,
    "step": StepDone,
    "Measuring": Measuring,
    "Evaluated": Evaluated,
    "evaluation": Evaluated,
    "Saved": Saved,
}
_PIECE = 1 << 20
_LONGEST = 1 << 14
"""Longest line in bytes; normal lines have a few hundred."""


def parse(line: str) -> TrainEvent | None:
    """The event in a line, or None."""
    record = object_of(line)
    kind = record.get("event", record.get("kind"))
    made = _KINDS.get(kind) if isinstance(kind, str) else None
    if made is None:
        return None
    try:
        return cast(TrainEvent, converted(record, made))
    except RecordError:
        return None


def object_of(line: str) -> dict[str, Any]:
    """The JSON object in a line, or an empty one."""
    try:
        return decoded(line, dict[str, Any]) if len(line) <= _LONGEST else {}
    except RecordError:
        return {}


class Tail:
    """Follows a growing file and returns each complete line once.

    A file that became shorter is read again from the start.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._rest = b""

    def lines(self) -> Iterator[str]:
        """The lines since the last call; none if there is no such file."""
        try:
            with self._path.open("rb") as file:
                if file.seek(0, 2) < self._offset:
                    self._offset, self._rest = 0, b""
                file.seek(self._offset)
                while piece := file.read(_PIECE):
                    self._offset += len(piece)
                    *whole, self._rest = (self._rest + piece).split(b"\n")
                    yield from (line.decode("utf-8", "replace") for line in whole)
                    self._rest = self._rest[:_LONGEST]
        except OSError:
            return


PROCESS, EVENTS, TALK = "process.json", "events.jsonl", "talk.log"
LOG = "log.jsonl"


def file_size(path: Path) -> int:
    """In bytes; 0 for a file that cannot be read."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def is_alive(folder: Path) -> bool:
    """Whether a process that an app started is training the run."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        with (folder / PROCESS).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def has_begun(folder: Path) -> bool:
    """Whether the run's process has printed a step. Before that it has no signal handlers yet, so
    a signal would end it with an error."""
    return file_size(folder / EVENTS) > 0


def process_note(folder: Path) -> dict[str, object]:
    """`pid`, and `log`: the size of log.jsonl at the start; empty if no app started the run."""
    try:
        with (folder / PROCESS).open(encoding="utf-8", errors="replace") as file:
            return object_of(file.read(1000))
    except OSError:
        return {}
