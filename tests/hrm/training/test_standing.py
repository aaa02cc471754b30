"""What a list of runs says, read from their folders."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from hrm.training.events import Evaluated
from hrm.training.standing import runs_in

STEP = {
    "kind": "step",
    "loss": 0.1193226690083975,
    "exact": 0.8,
    "cells": 0.9801980257034302,
    "segments": 2.8,
    "halting": 0.9375,
    "examples": 75,
    "rows_per_second": 35.499561151092344,
    "progress": 0.5,
    "seconds": 7.902585916000135,
    "rate": 0.3333323000417936,
}


def test_an_evaluation_many_steps_ago_is_listed(tmp_path: Path) -> None:
    evaluated = Evaluated(
        step=10, loss=0.1, solved=3, count=4, cells=0.9, segments=2.0, seconds=1.0
    )
    records = [{"kind": "evaluation", **asdict(evaluated)}]
    records += [{**STEP, "step": step} for step in range(20, 20_001, 10)]
    lines = [*map(json.dumps, records), '{"kind": "step", "st']  # being written
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.json").write_text('{"task": "maze"}')
    (run / "metrics.jsonl").write_text("\n".join(lines))
    (info,) = runs_in(tmp_path)
    assert (info.step, info.evaluated) == (20_000, evaluated)
