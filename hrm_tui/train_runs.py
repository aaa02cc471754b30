"""The runs in a folder: how each stands, and how it came to its end. Read from their files, which
take no torch; see `hrm.runs` for what they are."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from hrm.terminal import clean_line
from hrm.train_events import Evaluated, StepDone
from hrm_tui.train_child import LOG, PROCESS, TALK, is_alive, process_note
from hrm_tui.train_records import object_of, parse

CONFIG, METRICS, MODEL = "config.json", "metrics.jsonl", "model.safetensors"

State: TypeAlias = Literal["training", "elsewhere", "finished", "stopped", "failed", "broken off"]
"""`training`: a process that an app began; `elsewhere`: one that somebody else seems to have begun.
`broken off`: it ended without a word, as by a power cut."""

FRESH = 180.0
"""Seconds; metrics that changed since then belong to a run that goes on."""

_MOST_RUNS = 200
_END = 1 << 14
_MOST_CONFIG = 1 << 14


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands, and the sentence for it."""

    state: State
    why: str


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run at a glance; `step` is 0 and `evaluated` None where nothing was recorded yet."""

    folder: Path
    task: str
    standing: Standing
    step: int
    evaluated: Evaluated | None


def runs_in(root: Path) -> list[RunInfo]:
    """The newest first; empty where there is no such folder."""
    newest = sorted(_folders(root), key=_changed, reverse=True)[:_MOST_RUNS]
    return [_info(folder) for folder in newest]


def in_training(root: Path) -> list[Path]:
    """Folders of the runs at which a process is at work that an app has begun."""
    return [folder for folder in _folders(root) if is_alive(folder)]


def _folders(root: Path) -> list[Path]:
    """Of runs, those that have only just been begun included."""
    try:
        return [folder for folder in root.iterdir() if _is_run(folder)]
    except OSError:
        return []


def _is_run(folder: Path) -> bool:
    try:
        return any((folder / name).is_file() for name in (CONFIG, PROCESS))
    except OSError:  # it may not be entered
        return False


def _changed(folder: Path) -> float:
    """When the run recorded something last, in seconds since 1970."""
    for name in (METRICS, CONFIG, PROCESS):
        try:
            return (folder / name).stat().st_mtime
        except OSError:
            continue
    return 0.0


def _info(folder: Path) -> RunInfo:
    events = [parse(line) for line in _last_lines(folder / METRICS)]
    steps = [event.step for event in events if isinstance(event, StepDone | Evaluated)]
    # the metrics have each tenth step only; the log has the one at which it stopped
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
    """Empty where the run does not say."""
    try:
        with (folder / CONFIG).open(encoding="utf-8", errors="replace") as file:
            text = file.read(_MOST_CONFIG)
    except OSError:
        return ""
    return clean_line(str(object_of(text).get("task", "")), 20)


def standing(folder: Path) -> Standing:
    """How the run stands now, from its lock, its log and, where that is silent, what it said."""
    if is_alive(folder):
        return Standing("training", "")
    note = process_note(folder)
    begins = note.get("log")
    records = [object_of(line) for line in _last_lines(folder / LOG, _natural(begins))]
    if records and records[-1].get("event") == "stop":
        return _ended(folder, str(records[-1].get("reason", "")))
    if note and not records:
        return Standing("failed", last_error(folder) or "It ended before it began.")
    ours = bool(note) and len(records) == 1  # begun by an app, which knows that it is gone
    if records and not ours and time.time() - _changed(folder) < FRESH:
        return Standing("elsewhere", "Another process seems to train it.")
    why = last_error(folder) if ours else ""
    return Standing("broken off", why or "It was broken off; r goes on from what was saved last.")


def _ended(folder: Path, reason: str) -> Standing:
    if reason == "finished":
        return Standing("finished", "It has come to its end.")
    if reason == "stopped":
        return Standing("stopped", "Stopped and saved; it can be resumed.")
    return Standing("failed", last_error(folder) or clean_line(reason))


def last_error(folder: Path) -> str:
    """The error that the run's process told, with its hint in a second line; else its last line."""
    lines = [clean_line(line, 300) for line in _last_lines(folder / TALK)]
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].startswith("error: "):
            hints = [line for line in lines[number + 1 :] if line.startswith("hint: ")]
            texts = [lines[number], *hints[:1]]
            return "\n".join(text.partition(": ")[2] for text in texts)
    return lines[-1] if lines else ""


def _natural(value: object) -> int:
    """0 for what is no number that a file of ours has."""
    return value if isinstance(value, int) and 0 <= value < 1 << 62 else 0


def _last_lines(path: Path, offset: int = 0) -> list[str]:
    """The last lines of a file that are not empty, of its part from `offset` on."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            start = max(offset, size - _END)
            file.seek(start)
            lines = file.read(_END).split(b"\n")
    except OSError:
        return []
    whole = lines if start == offset else lines[1:]
    return [line.decode("utf-8", "replace") for line in whole if line.strip()]
