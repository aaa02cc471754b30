"""Whole commands that are killed by kill -9 at any line, or whose disk is full: nothing half is
ever under a final name, and the same command then does what it would have done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny
from command import ROOT
from scripted import SUDOKU, SUDOKU_ANSWER, Shell

from hrm.errors import EXIT_USAGE
from hrm.files import sha256_of
from hrm.model.checkpoint import save_model

SUPPORT = Path(__file__).parents[1] / "support"
MODEL = "home/cache/models/mine/model.safetensors"

Tried = dict[str, Any]


def run(plans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The undisturbed run, and the rounds, of every plan."""
    ran = subprocess.run(
        [sys.executable, SUPPORT / "command_and_die.py"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT), str(ROOT)])},
        input=json.dumps(plans),
        check=False,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert ran.returncode == 0, ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found


def a_model(path: Path, seed: int = 1) -> Path:
    weights = tiny.build(tiny.SUDOKU, seed).state_dict()
    save_model(path, tiny.SUDOKU, weights, {"domain": "sudoku"})
    return path


def evaluation(base: Path, shell: Shell) -> list[str]:
    puzzles = base / "puzzles.txt"
    dots = SUDOKU_ANSWER.replace("1", ".")
    puzzles.write_text("\n".join([SUDOKU, dots, *(dots[9 * n :] + dots[: 9 * n] for n in (3, 6))]))
    command = f"eval sudoku --model {a_model(base / 'm.safetensors')} --data {puzzles} --json"
    options = "--segments 2 --attempts 2 --batch 2 --device cpu --threads 1"
    return [*command.split(), *options.split(), "--out", "log.jsonl", "--csv", "table.csv"]


def generation(base: Path, shell: Shell) -> list[str]:
    command = "generate sudoku --level easy --count 3 --seed 1 --output"
    return [*command.split(), "made.txt"]


def data_set(base: Path, shell: Shell) -> list[str]:
    command = "data build sudoku built --count 6 --test 2 --augment 1 --seed"
    return [*command.split(), "1"]


def export(base: Path, shell: Shell) -> list[str]:
    model = a_model(base / "m.safetensors")
    return ["models", "export", str(model), "out.safetensors", "--force"]


def first_import(base: Path, shell: Shell) -> list[str]:
    return f"models import {a_model(base / 'm.safetensors')} --name mine --json".split()


def another_import(base: Path, shell: Shell) -> list[str]:
    """Of a file that has changed since it was imported."""
    command = first_import(base, shell)
    (base / "start").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HRM_HOME", str(base / "start" / "home"))
        assert shell(*command).code == 0
    a_model(base / "m.safetensors", seed=2)
    return command


def movie(base: Path, shell: Shell) -> list[str]:
    trace, model = base / "t.jsonl", a_model(base / "m.safetensors")
    options = ("--segments", 2, "--attempts", 0, "--device", "cpu", "--quiet")
    shell("solve", "sudoku", SUDOKU, "--model", model, "--trace", trace, *options)
    return ["record", "--trace", str(trace), "--out", "solve.svg", "--out", "solve.cast"]


COMMANDS: dict[str, Callable[[Path, Shell], list[str]]] = {
    "eval": evaluation,
    "generate": generation,
    "data build": data_set,
    "export": export,
    "import": first_import,
    "import again": another_import,
    "record": movie,
}
TIMED = {"log.jsonl", "table.csv"}
"""Files that hold seconds, so that no two are alike."""

VARIED = {"seconds", "path"}
"""Values that are not the same in every folder and run."""


def unvaried(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: unvaried(one) for key, one in value.items() if key not in VARIED}
    return [unvaried(one) for one in value] if isinstance(value, list) else value


def numbers_of(text: str) -> Any:
    """What was printed, as far as it is the same every time: a resumed evaluation has other
    batches, whose last digits differ."""
    if not text.startswith("{"):
        return text
    return unvaried(json.loads(text, parse_float=lambda number: round(float(number), 4)))


def kept(files: dict[str, str]) -> dict[str, str]:
    """Those under their final names, rather than locks and what is being written."""
    parts = ("home/cache/staging/", "home/cache/locks/")
    return {
        name: content
        for name, content in files.items()
        if not name.startswith(parts) and ".partial" not in name and not name.endswith(".lock")
    }


def judge(calm: Tried, one: dict[str, Any], base: Path) -> None:
    """A round: what each fault left, and what the last run did."""
    before = {file.relative_to(base / "start"): file for file in (base / "start").rglob("*.*")}
    old = {str(name): sha256_of(file) for name, file in before.items()}
    for tried in one["tries"]:
        for name, content in kept(tried["files"]).items():
            assert name in TIMED or content in (calm["files"].get(name), old.get(name)), name
        whole_model(kept(tried["files"]), base)
    last = one["last"]
    if "is there already" in last["err"]:  # the kill came after all was done
        assert last["code"] == EXIT_USAGE
    else:
        assert (last["code"], numbers_of(last["out"])) == (0, numbers_of(calm["out"])), last["err"]
    assert set(last["files"]) == set(calm["files"])
    for name in set(last["files"]) - TIMED:
        assert last["files"][name] == calm["files"][name]


def whole_model(files: dict[str, str], base: Path) -> None:
    """An installed model is there with what says its hash, or not at all. That an older one is then
    put back is tested in store/test_killed_installs.py."""
    source = MODEL.replace("model.safetensors", "source.json")
    assert (MODEL in files) == (source in files)


def carry_out(plans: list[tuple[str, str]], rounds: int, folder: Path, shell: Shell) -> None:
    """Every (fault, name of a command), judged."""
    written = []
    for number, (fault, name) in enumerate(plans):
        base = folder / str(number)
        base.mkdir()
        command = COMMANDS[name](base, shell)
        written.append({"fault": fault, "folder": str(base), "rounds": rounds, "command": command})
    for plan, found in zip(written, run(written), strict=True):
        assert len(found["rounds"]) == rounds
        for one in found["rounds"]:
            judge(found["calm"], one, Path(plan["folder"]))
        tries = [tried for one in found["rounds"] for tried in one["tries"]]
        if plan["fault"] == "kill":
            assert sum(tried["killed"] == signal.SIGKILL for tried in tries) >= rounds
        else:
            for tried in tries:
                said_so(tried)


def said_so(tried: Tried) -> None:
    """That a file could not be written; nothing of it is left."""
    assert tried["code"] == EXIT_USAGE, tried["err"]
    assert tried["err"].splitlines()[-2].startswith("error: ")
    assert "Traceback" not in tried["err"]
    assert not [name for name in tried["files"] if ".partial" in name]


def test_a_command_that_was_killed_or_met_a_full_disk_is_run_again(
    shell: Shell, tmp_path: Path
) -> None:
    plans = [("kill", "eval"), ("kill", "import again"), ("disk", "eval")]
    carry_out(plans, 2, tmp_path, shell)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["kill", "disk"])
@pytest.mark.parametrize("name", COMMANDS)
def test_fifty_faults(fault: str, name: str, shell: Shell, tmp_path: Path) -> None:
    carry_out([(fault, name)], 50, tmp_path, shell)
