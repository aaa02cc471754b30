"""The command that trains leaves a run that can go on, however it is stopped."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from maze_run import CONFIG, lines
from scripted import Shell
from train_process import TINY, started

from hrm.errors import EXIT_INTERRUPTED, EXIT_MODEL, EXIT_SOLVED, EXIT_USAGE
from hrm.files import Lock
from hrm.model.checkpoint import load_model, read_metadata
from hrm.training.run import Run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no task is given"),
        (["--task", "chess"], "there is no task 'chess'"),
        (["--task", "maze", "--preset", "huge"], "there is no preset 'huge' for 'maze'"),
        (["--task", "maze", "--set", "speed=3"], "unknown setting 'speed'"),
        (["--task", "maze", "--set", "speed"], "--set 'speed' is not key=value"),
        (["--task", "maze", "--set", "hidden=15"], "hidden 15 is not a multiple of heads 2"),
        (["--task", "maze", "--set", "mix=9:nan"], "mix of 9 must be a number"),
        (["--task", "maze", "--set", "mix=99:1"], "'99' is not a maze size"),
        (["--task", "maze", "--steps", "-1"], "steps must be a whole number from 0"),
        (["--task", "maze", "--minutes", "nan"], "minutes must be a number from 0"),
        (["--resume", "nowhere"], "nowhere holds no run"),
        (["--resume", "nowhere", "--set", "seed=3"], "uses the run's own settings"),
    ],
)
def test_wrong_usage_is_reported_in_a_line(
    shell: Shell, arguments: list[str], message: str
) -> None:
    ran = (
        shell("train", "--out", "run", *arguments)
        if "--resume" not in arguments
        else shell("train", *arguments)
    )
    assert ran.code == EXIT_USAGE
    assert ran.err.startswith("error: ")
    assert message in ran.err


def test_a_run_starts_from_weights_of_its_own_architecture_only(
    shell: Shell, tmp_path: Path
) -> None:
    run = Run.create(tmp_path / "run", CONFIG)
    run.save(run.trainer)
    same = ["--task", "maze", "--set", "mix=5:1", "--set", "batch_cells=50", "--steps", "1"]
    assert shell("train", *same, "--out", "a", "--start", run.folder).code == EXIT_SOLVED
    other = shell("train", *same, "--set", "hidden=24", "--out", "b", "--start", run.folder)
    assert other.code == EXIT_USAGE
    assert "has another architecture" in other.err
    more = [part for key in ("heads=6", "head_width=4") for part in ("--set", key)]
    grown = shell("train", *same, *more, "--out", "d", "--start", run.folder)
    assert grown.code == EXIT_SOLVED, grown.err
    assert load_model(tmp_path / "d" / "model.safetensors").config.heads == 6
    assert shell("train", *same, "--out", "c", "--start", "nowhere").code == EXIT_MODEL


def stop_midway(folder: Path, number: signal.Signals) -> tuple[int, str]:
    """Start a long run, signal it after its first step, and return its exit code and stderr."""
    out = folder / "my run"
    with started(folder, *TINY, "--steps", "100000", "--json", "--out", out) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert (first["schema"], first["event"], first["step"]) == (1, "StepDone", 1)
        process.send_signal(number)
        _, errors = process.communicate(timeout=120)
    return process.returncode, errors


def test_ctrl_c_saves_and_the_run_continues_to_its_end(shell: Shell, tmp_path: Path) -> None:
    code, errors = stop_midway(tmp_path, signal.SIGINT)
    out = tmp_path / "my run"
    assert code == EXIT_INTERRUPTED
    assert f"hrm train --resume '{out}'" in errors
    assert "Traceback" not in errors
    step = read_metadata(out / "model.safetensors")[1]["step"]
    assert step >= 1
    end = step + 4
    ran = shell("train", "--resume", out, "--steps", end, "--json")
    assert ran.code == EXIT_SOLVED, ran.err
    events = [json.loads(line) for line in ran.out.splitlines()]
    events = [event for event in events if event["event"] != "Measuring"]
    assert [event["event"] for event in events] == ["StepDone"] * 4 + ["Evaluated", "Saved"]
    assert [event["step"] for event in events] == [*range(step + 1, end + 1), end, end]
    assert events[-1]["final"] is True
    assert f"--model '{out}'" in ran.err
    model = load_model(out / "model.safetensors")
    assert model.config.hidden == 16
    assert lines(out / "metrics.jsonl")[-1]["kind"] == "evaluation"


@pytest.mark.slow
def test_sigterm_saves_too(tmp_path: Path) -> None:
    code, errors = stop_midway(tmp_path, signal.SIGTERM)
    assert code == 128 + signal.SIGTERM
    assert "Stopped and saved" in errors
    assert Run.resume(tmp_path / "my run").trainer.step >= 1


def test_a_folder_that_cannot_be_made_is_reported_before_puzzles_are_generated(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Run, "create")
    (tmp_path / "file").touch()
    ran = shell("train", *TINY, "--steps", "1", "--out", "file/run")
    assert ran.code == EXIT_USAGE
    assert "error: file/run cannot be written (Not a directory)" in ran.err


def test_two_processes_do_not_begin_one_run(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    lock = Lock(folder / ".lock")
    assert lock.acquire()
    ran = shell("train", *TINY, "--steps", "1", "--out", folder)
    assert ran.code == EXIT_USAGE
    assert f"another process trains in {folder}" in ran.err
    assert [path.name for path in folder.iterdir()] == [".lock"]
    lock.release()


def test_a_run_that_cannot_be_leaves_no_folder(shell: Shell, tmp_path: Path) -> None:
    ran = shell("train", *TINY, "--set", "mix=5:1,4:1", "--out", tmp_path / "runs" / "run")
    assert ran.code == EXIT_USAGE
    assert not (tmp_path / "runs").exists()
    (tmp_path / "own").mkdir()
    assert shell("train", *TINY, "--set", "mix=5:1,4:1", "--out", tmp_path / "own").code == ran.code
    assert (tmp_path / "own").is_dir()


def test_two_processes_do_not_train_one_run(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert shell("train", *TINY, "--steps", "1", "--out", folder).code == EXIT_SOLVED
    before = (folder / "log.jsonl").read_bytes()
    lock = Lock(folder / ".lock")
    assert lock.acquire()
    ran = shell("train", "--resume", folder, "--steps", "2")
    assert ran.code == EXIT_USAGE
    assert f"another process trains in {folder}" in ran.err
    assert (folder / "log.jsonl").read_bytes() == before
    lock.release()
    assert shell("train", "--resume", folder, "--steps", "2").code == EXIT_SOLVED
    assert not (folder / ".lock").exists()


def test_a_short_run_leaves_a_model_and_talks_to_stderr_only(shell: Shell, tmp_path: Path) -> None:
    ran = shell("train", *TINY, "--steps", "4", "--out", tmp_path / "run")
    assert ran.code == EXIT_SOLVED, ran.err
    assert ran.out == ""
    assert "held out: solved" in ran.err
    assert "Done. Solve with: hrm solve maze PUZZLE --model" in ran.err
    assert load_model(tmp_path / "run" / "model.safetensors").config.hidden == 16
