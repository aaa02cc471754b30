"""Stands in for `hrm train` as the app runs it: a run's files and lines, without torch.

`python train_script.py MODE train --task … --out DIR` or `… --resume DIR`; MODE is what becomes of
it: `waits` trains until SIGINT, `ends` finishes, `fails` before it begins, `dies` without a word,
`diverges` with an error of its own, `loads` first waits for a file `go` in the folder above, as
deaf to signals as an import, and then is like `waits`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

STEP = {
    "cells": 0.5,
    "exact": 0.1,
    "segments": 2.5,
    "halting": 0.9,
    "rows_per_second": 98.0,
    "rate": 0.01,
}


def put(path: Path, record: dict[str, object]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def say(event: str, **facts: object) -> None:
    sys.stdout.write(json.dumps({"schema": 1, "event": event, **facts}) + "\n")
    sys.stdout.flush()


def fail(*lines: str) -> None:
    sys.stderr.write("\n".join(["Training", *lines]) + "\n")
    sys.exit(2)


def main(mode: str, arguments: list[str]) -> int:
    if mode == "fails":
        fail("error: preset [b]mini[/b] is \x1b[31mbroken", "hint: Mend it.")
    resumed = "--resume" in arguments
    folder = Path(arguments[arguments.index("--resume" if resumed else "--out") + 1])
    task = arguments[arguments.index("--task") + 1] if not resumed else "sudoku"
    if mode == "loads":
        while not (folder.parent / "go").exists():
            time.sleep(0.01)
        mode = "waits"
    stopped: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: stopped.append(number))
    (folder / "config.json").write_text(json.dumps({"task": task}))
    put(folder / "log.jsonl", {"event": "resume" if resumed else "start", "step": 0})
    if mode == "dies":
        os._exit(1)
    first = 31 if resumed else 1
    for step in range(first, first + 20):
        facts = {"step": step, "loss": 3 / step, "seconds": 2.0 * step, "progress": step / 100}
        say("StepDone", **STEP, **facts, examples=64 * step, seconds_left=1.0, memory=0)
        if step % 10 == 0:
            put(folder / "metrics.jsonl", {"kind": "step", **STEP, **facts, "examples": 64 * step})
    solved = {"step": step, "loss": 0.1, "solved": 12, "count": 100, "cells": 0.9}
    evaluated = {**solved, "segments": 3.0, "seconds": 1.0}
    put(folder / "metrics.jsonl", {"kind": "evaluation", **evaluated})
    say("Evaluated", **evaluated)
    (folder / "model.safetensors").write_bytes(b"weights")
    say("Saved", step=step, path=str(folder / "model.safetensors"), final=mode == "ends")
    while mode == "waits" and not stopped:
        signal.pause()
    reasons = {"waits": "stopped", "ends": "finished", "diverges": "training diverged"}
    put(folder / "log.jsonl", {"event": "stop", "step": step, "reason": reasons[mode]})
    if mode == "diverges":
        fail("error: training diverged: the loss is nan", "hint: Lower the learning rate.")
    return 130 if stopped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
