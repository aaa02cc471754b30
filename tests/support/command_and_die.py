"""Commands that die, or whose disk is full, at points drawn at random, and are then run again.

Standard input is a JSON list of plans: `fault` ("kill" or "disk"), `folder`, `rounds`, `command`.
FOLDER/start, if there is one, is what a round begins with; the command runs in the round's own
folder, with `HRM_HOME` below it. Two faults come in a row, so that the resumed command meets one
too, then the command runs to its end. Every second kill is drawn from the lines of the modules that
write files. Prints a JSON list with one object a plan: the undisturbed run, and for each round what
every run said and left.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from dying import add, in_child, take

from hrm.cli.boundary import main as hrm
from hrm.files import sha256_of

EVERYWHERE = ("",)
WRITERS = ("files.py", "evaluation/log.py", "store/", "data/writer.py", "data/npy.py", "movie/")
FAULTS = 2


def files_of(folder: Path) -> dict[str, str]:
    """Every file of a round and the hash of its content."""
    return {
        str(path.relative_to(folder)): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class Round:
    """One folder in which the command is tried."""

    def __init__(self, base: Path, number: int, command: list[str]) -> None:
        self.folder, self.command = base / str(number), command
        if (base / "start").is_dir():
            shutil.copytree(base / "start", self.folder)
        self.folder.mkdir(exist_ok=True)

    def attempt(
        self,
        room: int = resource.RLIM_INFINITY,
        run: Callable[[Callable[[], None]], int] = lambda work: in_child(work, 0),
    ) -> dict[str, Any]:
        """The command with room for so many bytes in a file; what it said and left."""
        # pipes, because the limit is for standard output too; a command says less than they hold
        (out, to_out), (err, to_err) = os.pipe(), os.pipe()

        def work() -> None:
            os.chdir(self.folder)
            os.environ["HRM_HOME"] = str(self.folder / "home")
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
            with (
                open(to_out, "w", encoding="utf-8", closefd=False) as stdout,
                open(to_err, "w", encoding="utf-8", closefd=False) as stderr,
                redirect_stdout(stdout),
                redirect_stderr(stderr),
            ):
                add(0, hrm(self.command))

        killed = run(work)
        for end in (to_out, to_err):
            os.close(end)
        said = []
        for end in (out, err):
            with open(end, encoding="utf-8") as stream:
                said.append(stream.read())
        lines = take(1)
        return {
            "killed": killed,
            "lines": lines,
            "code": take(0),
            "out": said[0],
            "err": said[1],
            "files": files_of(self.folder),
        }


def here(work: Callable[[], None]) -> int:
    """In this process, so that later children find everything imported and compiled."""
    work()
    return 0


def carried_out(fault: str, folder: str, rounds: int, command: list[str]) -> dict[str, Any]:
    base, rng = Path(folder), random.Random(7)
    calm = Round(base, 0, command).attempt(run=here)
    assert calm["code"] == 0, calm["err"]
    lines = {
        within: Round(base, number, command).attempt(
            run=lambda work, within=within: in_child(work, 0, within)
        )["lines"]
        for number, within in enumerate((EVERYWHERE, WRITERS), start=-2)
    }
    largest = max((base / "0" / name).stat().st_size for name in calm["files"])
    results = []
    for number in range(1, rounds + 1):
        one = Round(base, number, command)
        tries = []
        for attempt in range(FAULTS):
            within = (EVERYWHERE, WRITERS)[(number + attempt) % 2]
            line = rng.randint(1, lines[within])
            if fault == "kill":
                tries.append(one.attempt(run=lambda work, a=line, b=within: in_child(work, a, b)))
            else:
                tries.append(one.attempt(rng.randrange(largest)))
        results.append({"tries": tries, "last": one.attempt()})
    return {"calm": calm, "rounds": results}


if __name__ == "__main__":
    print(json.dumps([carried_out(**plan) for plan in json.load(sys.stdin)]))  # noqa: T201
