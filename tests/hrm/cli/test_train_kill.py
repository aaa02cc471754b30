"""Killed at any moment, a run goes on as if nothing had happened."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from maze_run import lines
from scripted import Shell
from train_process import TINY, started

from hrm.errors import EXIT_SOLVED
from hrm.model.checkpoint import load_model

KILLS = 50
STEPS = 150
TIMES = ("seconds", "rows_per_second")
WHOLE = [*TINY, "--set", "save_every=0", "--steps", STEPS]


def metrics(folder: Path) -> list[dict[str, Any]]:
    records = lines(folder / "metrics.jsonl")
    return [{k: v for k, v in record.items() if k not in TIMES} for record in records]


def kill_once(folder: Path, out: Path, rng: random.Random) -> None:
    """Start or resume, and kill: while it starts, at a step, or anywhere in the saves between."""
    new = not (out / "config.json").exists()
    options = [*WHOLE, "--out", out] if new else ["--resume", out, "--threads", "1"]
    with started(folder, *options, "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stderr.readline()  # it is about to begin
        for _ in range(rng.randrange(4)):
            process.stdout.readline()
        # some bytes and no whole line: not only the ends of events
        process.stdout.read(rng.randrange(120))
        process.kill()
    if not (out / "config.json").exists():
        shutil.rmtree(out, ignore_errors=True)


@pytest.mark.slow
def test_fifty_kills_do_not_change_a_run(shell: Shell, tmp_path: Path) -> None:
    calm, out = tmp_path / "calm", tmp_path / "killed"
    assert shell("train", *WHOLE, "--out", calm).code == EXIT_SOLVED
    rng = random.Random(7)
    for _ in range(KILLS):
        kill_once(tmp_path, out, rng)
    log = lines(out / "log.jsonl")
    assert sum(line["event"] in ("start", "resume") for line in log) >= KILLS // 2
    assert 0 < max(line["step"] for line in log) < STEPS
    ran = shell("train", "--resume", out, "--threads", "1")
    assert ran.code == EXIT_SOLVED, ran.err
    assert metrics(out) == metrics(calm)
    want = load_model(calm / "model.safetensors").state_dict()
    got = load_model(out / "model.safetensors").state_dict()
    assert all(torch.equal(got[name], weight) for name, weight in want.items())
