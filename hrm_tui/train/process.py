"""Runs as processes of their own: `hrm train --json` writes into its run's folder, not into a pipe,
so that it can outlive the app and the next app finds it again.

Beside the run's own files its folder then has

process.json  the process and where its part of log.jsonl begins; locked as long as it lives
events.jsonl  what it prints, one event a line
talk.log      what it says to people
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hrm.errors import UserError
from hrm.files import require_own_files, writing
from hrm.training.standing import (
    EVENTS,
    LOG,
    PROCESS,
    TALK,
    file_size,
    has_begun,
    is_alive,
    process_note,
)

HRM = (sys.executable, "-m", "hrm")
"""The program; tests put a script in its place."""

_BY_HAND = "Run the command that is shown in a terminal of its own."


@dataclass(frozen=True, slots=True)
class NewRun:
    """A new run: `minutes` of training in all."""

    task: str
    preset: str
    minutes: float

    def arguments(self, folder: Path | None = None) -> list[str]:
        """For a run in `folder`, whose events are read; without one as a person would begin it."""
        minutes = f"{self.minutes:g}"
        wanted = ["--task", self.task, "--preset", self.preset, "--minutes", minutes]
        return ["train", *wanted, *(["--json", "--out", str(folder)] if folder else [])]


def resume_arguments(folder: Path) -> list[str]:
    return ["train", "--resume", str(folder), "--json"]


def as_typed(arguments: Sequence[str]) -> str:
    """The command as a person would type it."""
    return shlex.join(["hrm", *arguments])


def start(
    folder: Path, arguments: Sequence[str], program: Sequence[str] = HRM
) -> subprocess.Popen[bytes]:
    """Begin to train in `folder`, which is made. Raises `UserError`, also where a process that an
    app has begun is still at work on it."""
    if sys.platform == "win32":
        raise UserError("the app cannot begin to train on Windows", _BY_HAND)
    import fcntl

    require_own_files(folder, "tensorboard")
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / PROCESS, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # the child gets the open file and with it the lock, which goes when the child does
        child = _spawn(folder, [*program, *arguments], lock)
        note = {"pid": child.pid, "log": file_size(folder / LOG)}
        os.ftruncate(lock, 0)
        os.write(lock, json.dumps(note).encode())
    except BlockingIOError:
        raise UserError(f"{folder} is being trained already") from None
    except OSError as error:
        raise UserError(f"training cannot begin ({error.strerror or error})", _BY_HAND) from error
    finally:
        os.close(lock)
    return child


def _spawn(folder: Path, command: Sequence[str], lock: int) -> subprocess.Popen[bytes]:
    with (folder / EVENTS).open("wb") as events, (folder / TALK).open("wb") as talk:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=events,
            stderr=talk,
            start_new_session=True,  # neither ctrl-c nor a closed terminal ends it
            pass_fds=(lock,),
        )


def ask_to_stop(folder: Path) -> bool:
    """Have the run's process save and end; False where there is none. One that has not begun has
    nothing to save and only ends: wait for `has_begun` where the run is to be resumed later."""
    identity = process_note(folder).get("pid")
    if not isinstance(identity, int) or identity <= 1 or not is_alive(folder):
        return False
    try:
        os.kill(identity, signal.SIGINT if has_begun(folder) else signal.SIGTERM)
    except OSError:
        return False
    return True
