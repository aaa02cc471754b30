"""The ablation script: equal runs, nothing done twice, a table that counts right."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from hrm.cli.boundary import main
from hrm.errors import UserError
from hrm.evaluation.ablation import CLUES, VARIANTS, AblationPlan, Score, ablate, held_out, table
from hrm.training.run import read_config
from hrm.training.settings import from_flags, resolve
from puzzles.sudoku.domain import SudokuDomain

SMALL = ("hidden=16", "intermediate=24", "batch_cells=162", "low_layers=1", "high_layers=1")
TWO = {name: VARIANTS[name] for name in ("mini", "a state for each cell")}


@pytest.fixture
def plan(tmp_path: Path) -> AblationPlan:
    return AblationPlan(out=tmp_path / "out", steps=2, seeds=1, count=3, changes=SMALL)


def test_every_run_is_trained_and_measured_once(plan: AblationPlan) -> None:
    calls: list[Sequence[str]] = []

    def train(arguments: Sequence[str]) -> int:
        calls.append(arguments)
        return main(arguments)

    shown = ablate(plan, TWO, train)
    assert len(calls) == 2
    config = read_config(plan.out / "a-state-for-each-cell-0")
    assert (config.model.symbols, config.model.relation_mix, config.steps) == (0, "attention", 2)
    score = json.loads((plan.out / "mini-0" / "score.json").read_text(encoding="utf-8"))
    assert (score["count"], score["steps"]) == (3, 2)
    assert (plan.out / "table.md").read_text(encoding="utf-8") == shown
    assert ablate(plan, TWO, train) == shown
    assert len(calls) == 2
    for other in (replace(plan, count=4), replace(plan, steps=3), replace(plan, threads=2)):
        with pytest.raises(UserError, match="is of 3 puzzles and 2 steps"):
            ablate(other, TWO, train)


def test_a_run_that_was_stopped_is_continued(plan: AblationPlan) -> None:
    def interrupted(arguments: Sequence[str]) -> int:
        (plan.out / "mini-0").mkdir(parents=True)
        (plan.out / "mini-0" / "config.json").touch()
        return 130

    with pytest.raises(KeyboardInterrupt):
        ablate(plan, TWO, interrupted)

    def fails(arguments: Sequence[str]) -> int:
        assert list(arguments[:3]) == ["train", "--resume", str(plan.out / "mini-0")]
        return 2

    with pytest.raises(UserError, match="mini-0 ended with exit code 2"):
        ablate(plan, TWO, fails)


def test_held_out_puzzles_are_what_they_are_called() -> None:
    eased, minimal = held_out(5)
    again, _ = held_out(5)
    assert [p.givens for p in eased] == [p.givens for p in again]
    assert all(np.count_nonzero(p.givens) == CLUES for p in eased)
    assert all(np.count_nonzero(p.givens) < CLUES for p in minimal)
    kind = SudokuDomain()
    for puzzle in eased + minimal:
        assert len(kind.solve(puzzle)) == 1
        assert kind.check(puzzle, np.array(puzzle.solution, np.uint8).reshape(9, 9)).solved
    assert len({p.givens for p in eased + minimal}) == 10


def test_the_table_has_mean_and_range() -> None:
    scores = [
        Score(effort="", eased=eased, minimal=0, count=10, steps=100, examples=1000 * eased)
        for eased in (2, 3, 10)
    ]
    shown = table(
        {"mini": scores, "Q-continue": []}, VARIANTS, AblationPlan(out=Path("x"), count=10)
    )
    assert (
        "| mini | the preset | 3 | 50.0 (20.0 to 100.0) | 0.0 (0.0 to 0.0) | 100 | 5,000 |" in shown
    )
    assert "Q-continue" not in shown
    assert "2 minutes of training each" in shown
    assert "n = 10" in shown


def test_variants_differ_from_the_preset_only_in_what_they_say() -> None:
    for changes in VARIANTS.values():
        resolved = resolve([from_flags({"task": "sudoku"}, changes)])
        changed = {key for key, source in resolved.sources.items() if source == "--set"}
        assert changed == {change.partition("=")[0] for change in changes}


def test_ctrl_c_is_handed_on_and_the_run_has_time_to_save(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(subprocess.Popen[bytes]):
        """Is interrupted while it is waited for, and ends as a run that saved."""

        got: ClassVar[list[int]] = []

        def send_signal(self, sig: int) -> None:
            self.got.append(sig)

        def wait(self, timeout: float | None = None) -> int:
            if not self.got:
                raise KeyboardInterrupt
            super().wait(timeout)
            return 130

    monkeypatch.setattr(subprocess, "Popen", Stopped)
    monkeypatch.setattr(sys, "executable", "true")
    assert main(["ablate", "--out", str(tmp_path)]) == 130
    assert "Run the same command again to resume" in capsys.readouterr().err
    assert Stopped.got == [signal.SIGINT]


def test_wrong_usage_is_reported_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mini-0").mkdir()
    (tmp_path / "mini-0" / "score.json").write_text("[]", encoding="utf-8")
    assert main(["ablate", "--out", str(tmp_path), "--seeds", "1"]) == 2
    said = capsys.readouterr().err
    assert "score.json cannot be read" in said
    assert "hint: Delete it" in said


def command(tmp_path: Path, *asked: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hrm", "ablate", "--out", str(tmp_path / "out"), *asked],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "HRM_HOME": str(tmp_path), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.slow
def test_the_command_runs_as_it_is_documented(tmp_path: Path) -> None:
    with command(tmp_path, "--steps", "2", "--seeds", "1", "--count", "2") as ran:
        out, error = ran.communicate(timeout=500)
    assert ran.returncode == 0, error
    for name in VARIANTS:
        assert f"| {name} |" in out


@pytest.mark.slow
def test_an_interrupt_of_the_command_alone_ends_it_and_keeps_the_run(tmp_path: Path) -> None:
    with command(tmp_path, "--minutes", "20", "--seeds", "1", "--count", "2") as ran:
        log = tmp_path / "out" / "mini-0" / "log.jsonl"
        while not (log.exists() and log.stat().st_size) and ran.poll() is None:
            time.sleep(0.2)  # until the run has begun; nothing is measured
        os.kill(ran.pid, signal.SIGINT)
        _, error = ran.communicate(timeout=200)
    assert ran.returncode == 130, error
    assert "Run the same command again" in error
    assert (tmp_path / "out" / "mini-0" / "model.safetensors").exists()
