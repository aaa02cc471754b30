"""`hrm train` as a person or a program meets it: help, settings, progress, events, knobs."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import tiny
from rich.console import Console
from scripted import Shell

from hrm.cli import train_run
from hrm.cli.train_progress import Lines, Panel, StepMeans, evaluation
from hrm.errors import EXIT_MODEL, EXIT_SOLVED, EXIT_USAGE
from hrm.training.config import TrainConfig
from hrm.training.distributed import Ranks
from hrm.training.events import Evaluated, Saved, StepDone, seconds_left
from hrm.training.presets import PRESETS
from hrm.training.run import Run, read_config

SMALL = ("hidden=16", "intermediate=24", "batch_cells=100", "evaluate_count=2", "evaluate_every=0")
MAZE = [
    *("--task", "maze", "--threads", "1", "--set", "mix=5:1"),
    *(part for setting in SMALL for part in ("--set", setting)),
]

STEP = StepDone(
    step=1200,
    loss=0.5,
    exact=0.25,
    cells=0.875,
    segments=3.4,
    halting=0.9,
    examples=9000,
    rows_per_second=512.0,
    progress=0.25,
    seconds=60.0,
    rate=1.0,
)
EVALUATED = Evaluated(
    step=1200, loss=0.5, solved=3, count=4, cells=0.99, segments=5.25, seconds=2.0
)


def events_of(output: str) -> list[dict[str, Any]]:
    """Without those inside an evaluation."""
    events = [json.loads(line) for line in output.splitlines()]
    return [event for event in events if event.get("event") != "Measuring"]


def test_help_describes_every_preset(shell: Shell) -> None:
    ran = shell("train", "--help")
    assert ran.code == EXIT_SOLVED
    for name, preset in PRESETS.items():
        assert any(name in line and preset.about in line for line in ran.out.splitlines())


def test_show_prints_a_file_that_config_takes(shell: Shell, tmp_path: Path) -> None:
    first = shell("train", *MAZE, "--seed", "9", "--show", "--out", "run")
    assert first.code == EXIT_SOLVED
    assert "seed = 9" in first.out
    assert not (tmp_path / "run").exists()
    (tmp_path / "mine.toml").write_text(first.out, encoding="utf-8")
    again = shell("train", "--config", "mine.toml", "--show", "--json")
    settings = json.loads(again.out)["settings"]
    assert settings["hidden"] == {"value": 16, "source": "mine.toml"}
    assert settings["mix"]["value"] == {"5": 1.0}


def test_a_variable_of_the_environment_is_used(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HRM_MAX_SEGMENTS", "9")
    ran = shell("train", "--task", "sudoku", "--show")
    [line] = [line for line in ran.out.splitlines() if line.startswith("max_segments")]
    assert line.endswith("# HRM_MAX_SEGMENTS from the environment")
    assert line.startswith("max_segments = 9 ")
    monkeypatch.setenv("HRM_MAX_SEGMENT", "9")
    ran = shell("train", "--task", "sudoku", "--show")
    assert ran.code == EXIT_USAGE
    assert "HRM_MAX_SEGMENT from the environment" in ran.err
    assert "Perhaps max_segments?" in ran.err


def test_a_run_shows_what_it_continues_with(shell: Shell) -> None:
    assert shell("train", *MAZE, "--steps", "1", "--out", "run").code == EXIT_SOLVED
    ran = shell("train", "--resume", "run", "--steps", "7", "--show", "--json")
    settings = json.loads(ran.out)["settings"]
    assert settings["steps"] == {"value": 7, "source": "--steps"}
    assert settings["hidden"] == {"value": 16, "source": "run/config.json"}
    assert read_config(Path("run")).steps == 1


def test_resuming_a_run_at_its_end_says_how_to_train_on(shell: Shell) -> None:
    assert shell("train", *MAZE, "--steps", "1", "--out", "run").code == EXIT_SOLVED
    ran = shell("train", "--resume", "run")
    assert ran.code == EXIT_SOLVED
    assert "at its end already; --minutes or --steps sets a later one" in ran.err


def test_a_run_does_not_start_from_a_model_of_another_task(shell: Shell) -> None:
    ran = shell("train", "--task", "maze", "--steps", "1", "--start", "sudoku-mini")
    assert ran.code == EXIT_USAGE
    assert "--start takes a model of the same task" in ran.err


@pytest.mark.parametrize(
    "extra",
    [
        ("--task", "maze"),
        ("--preset", "mini"),
        ("--seed", "0"),
        ("--data", "x.csv"),
        ("--config", "x.toml"),
        ("--set", "seed=1"),
        ("--out", "other"),
        ("--start", "maze-mini"),
    ],
)
def test_a_run_that_continues_takes_no_other_settings(shell: Shell, extra: tuple[str, str]) -> None:
    ran = shell("train", "--resume", "run", *extra)
    assert ran.code == EXIT_USAGE
    assert "--resume uses the run's own settings" in ran.err


@pytest.mark.parametrize(
    "knobs",
    [
        ("gradient=one_step",),
        ("max_segments=1",),
        ("ways=0", "relation_heads=2", "cell_features=4"),
        ("ways=0", "heads=4", "positions=rope2d"),
        ("optimizer=adam_atan2",),
        ("halting=q_learning",),
        ("halting=q_learning", "q_target=exact"),
        ("dtype=bfloat16", "loss=stablemax"),
        ("ema_decay=0", "clip=0", "schedule=constant"),
    ],
    ids=" ".join,
)
def test_every_knob_trains(shell: Shell, knobs: tuple[str, ...]) -> None:
    pairs = [part for knob in knobs for part in ("--set", knob)]
    ran = shell("train", *MAZE, *pairs, "--steps", "2", "--json", "--out", "run")
    assert ran.code == EXIT_SOLVED, ran.err
    events = events_of(ran.out)
    assert [event["event"] for event in events] == ["StepDone"] * 2 + ["Evaluated", "Saved"]
    shown = json.loads(shell("train", "--resume", "run", "--show", "--json").out)["settings"]
    for key, value in (knob.split("=") for knob in knobs):
        assert shown[key]["value"] in (value, type(shown[key]["value"])(value))


def test_baselines_train_from_the_command(shell: Shell) -> None:
    small = ["--task", "sudoku", "--set", "mix=eased:1", *MAZE[6:], "--set", "heads=4"]
    small += ["--set", "puzzle_width=16", "--steps", "2"]
    ran = shell("train", *small, "--preset", "transformer", "--json", "--out", "run")
    assert ran.code == EXIT_SOLVED, ran.err
    events = events_of(ran.out)
    assert events[0]["segments"] == 1.0
    assert events[2]["segments"] == 1.0  # never asked for a segment that it was not trained on


def test_programs_get_progress_with_time_and_memory(shell: Shell) -> None:
    ran = shell("train", *MAZE, "--steps", "2", "--json", "--out", "run")
    first, last, *_ = events_of(ran.out)
    assert first["schema"] == 1
    assert first["seconds_left"] == pytest.approx(first["seconds"])
    assert last["seconds_left"] == 0
    assert first["memory"] > 50_000_000


def test_tensorboard_gets_the_metrics(shell: Shell) -> None:
    reader = import_module("tensorboard.backend.event_processing.event_accumulator")
    ran = shell("train", *MAZE, "--steps", "10", "--tensorboard", "--out", "run")
    assert ran.code == EXIT_SOLVED, ran.err
    again = shell("train", "--resume", "run", "--steps", "20", "--tensorboard")
    assert again.code == EXIT_SOLVED, again.err
    found = reader.EventAccumulator("run/tensorboard").Reload()
    losses = [scalar.value for scalar in found.Scalars("train/loss")]
    assert [scalar.step for scalar in found.Scalars("train/loss")] == [10, 20]
    records = events_of(Path("run/metrics.jsonl").read_text(encoding="utf-8"))
    want = [record["loss"] for record in records if record["kind"] == "step"]
    assert losses == pytest.approx(want)
    assert [scalar.step for scalar in found.Scalars("held_out/solved")] == [10, 20]


def test_without_tensorboard_the_extra_is_named(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    ran = shell("train", *MAZE, "--steps", "1", "--tensorboard", "--out", "run")
    assert ran.code == EXIT_USAGE
    assert "pip install 'hrm-tui[tensorboard]'" in ran.err
    assert not Path("run").exists()


def test_a_device_that_is_not_there_is_named(shell: Shell) -> None:
    ran = shell("train", *MAZE, "--steps", "1", "--device", "abacus", "--out", "run")
    assert ran.code == EXIT_MODEL
    assert "abacus" in ran.err
    assert not Path("run").exists()


def test_float64_is_not_asked_of_metal(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm.devices.usable_device", lambda name, threads: name)
    asked = [*MAZE, "--set", "loss=stablemax", "--device", "mps", "--out", "run"]
    ran = shell("train", *asked)
    assert ran.code == EXIT_MODEL
    assert "--set loss=softmax" in ran.err


def test_compiling_without_a_compiler_is_reported_at_once(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    ran = shell("train", *MAZE, "--steps", "1", "--compile", "--out", "run")
    assert ran.code == EXIT_USAGE
    assert "--compile needs a C++ compiler" in ran.err
    assert not Path("run").exists()
    assert "--compile needs a C++ compiler" in shell("bench", "--compile").err


def test_a_damaged_state_is_reported(shell: Shell) -> None:
    run = ["train", *MAZE, "--steps", "3", "--set", "save_every=0", "--out", "run"]
    assert shell(*run).code == EXIT_SOLVED
    (Path("run") / "state.pt").write_bytes(b"")
    ran = shell("train", "--resume", "run", "--steps", "4")
    assert ran.code == EXIT_SOLVED, ran.err
    assert "warning: a state was damaged" in ran.err


def test_a_display_shows_running_means() -> None:
    figures = StepMeans("cpu")
    assert figures.learning() == "preparing …"
    figures.update(STEP)
    figures.update(replace(STEP, step=1201, loss=1.5, exact=0.75, progress=0.5))
    assert "loss 0.600 · right  30%" in figures.learning()
    assert "step 1,201 · 512 segments/s" in figures.speed()
    assert figures.speed().endswith("MiB · 1.0 min left")


def test_seconds_left_follow_the_share_that_is_done() -> None:
    assert seconds_left(STEP) == pytest.approx(180)
    assert seconds_left(replace(STEP, progress=0.0)) == 0
    assert seconds_left(replace(STEP, progress=1.0)) == 0


def test_an_evaluation_says_of_how_many() -> None:
    assert evaluation(EVALUATED) == (
        "step 1,200 · held out: solved 3 of 4 (75.0%), cells 99.0%, 5.2 segments (2 s)"
    )


def test_a_log_gets_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    lines = Lines(StepMeans("cpu"))
    for seconds in (100, 105, 114, 115, 116):
        now = float(seconds)
        lines(replace(STEP, step=seconds))
    lines(EVALUATED)
    lines(Saved(step=116, path="x", final=False))
    lines(replace(STEP, step=117, progress=1.0))
    said = capsys.readouterr().err.splitlines()
    assert [line.split(" · ")[0] for line in said] == [
        "step 100",
        "step 115",
        "step 1,200",
        "step 117",
    ]


def test_a_terminal_gets_a_bar_and_two_lines() -> None:
    panel = Panel(StepMeans("cpu"))
    console = Console(file=io.StringIO(), width=80)
    panel(STEP)
    with console.capture() as drawn:
        console.print(panel)
    lines = drawn.get().splitlines()
    assert len(lines) == 3
    assert "━" in lines[0]
    assert lines[1].startswith("loss 0.500")
    assert lines[2].startswith("step 1,200")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    config = TrainConfig(
        task="maze", model=tiny.MAZE, mix={"5": 1.0}, steps=1, batch_cells=50, evaluate_count=1
    )
    made = Run.create(tmp_path / "run", config)
    yield made
    made.trainer.close()


def test_only_the_first_process_talks(run: Run) -> None:
    with ExitStack() as stack:
        outputs = train_run.Outputs(as_json=True)
        assert len(stack.enter_context(train_run._viewers(run, "cpu", outputs))) == 3
        run.ranks = Ranks(1, 2)
        assert stack.enter_context(train_run._viewers(run, "cpu", outputs)) == []


def test_help_does_not_wait_for_torch() -> None:
    code = "import sys, hrm.cli.train; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_two_processes_tell_one_story(tmp_path: Path) -> None:
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    asked = [*MAZE, "--steps", "3", "--json", "--out", str(tmp_path / "run")]
    ran = subprocess.run(
        [*launch, "-m", "hrm", "train", *asked],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "HRM_HOME": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    events = [event["event"] for event in events_of(ran.stdout)]
    assert events == ["StepDone"] * 3 + ["Evaluated", "Saved"]
    assert ran.stderr.count("Done. Solve with") == 1
