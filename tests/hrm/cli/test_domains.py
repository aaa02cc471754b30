"""A domain from outside in every command, without a line about it in `hrm`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny
import toy
from scripted import Shell

from hrm.model.checkpoint import save_model
from puzzles import registered

OFTEN = ("--threads", 1, "--segments", 2)


@pytest.fixture(autouse=True)
def _known() -> Iterator[None]:
    with registered(toy.LightsDomain()):
        yield


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "lights.safetensors"
    save_model(path, toy.MODEL, tiny.build(toy.MODEL).state_dict(), {"domain": "lights"})
    return path


def test_it_is_generated_checked_and_solved(shell: Shell, model: Path, tmp_path: Path) -> None:
    made = shell("generate", "lights", "--seed", 3, "--count", 2, "--output", "made.txt")
    assert made.code == 0, made.err
    checked = shell("check", "lights", "made.txt")
    assert checked.code == 0, checked.err
    assert checked.out.splitlines()[-1] == "sound 2 / 2"
    solved = shell(
        "solve", "lights", "made.txt", "--model", model, *OFTEN, "--output", "answers.txt",
        "--trace", "trace.jsonl",
    )  # fmt: skip
    assert solved.code in (0, 1), solved.err
    assert len((tmp_path / "answers.txt").read_text().splitlines()) == 2
    judged = shell("check", "lights", "made.txt", "answers.txt")
    assert judged.code == solved.code
    replayed = shell("replay", "trace.jsonl")
    assert replayed.code == solved.code, replayed.err


def test_one_puzzle_is_drawn(shell: Shell, model: Path) -> None:
    Path("one.txt").write_text("-+\n+-\n")
    ran = shell("solve", "lights", "one.txt", "--model", model, *OFTEN, "--animate")
    assert ran.code in (0, 1), ran.err
    assert "-+" in ran.out


def test_it_is_evaluated(shell: Shell, model: Path) -> None:
    ran = shell("eval", "lights", "--model", model, "--count", 4, *OFTEN, "--attempts", 1, "--json")
    assert ran.code == 0, ran.err
    record = json.loads(ran.out)
    assert (record["task"], record["n"]) == ("lights", 4)
    assert list(record["by_difficulty"]) == ["3x4"]
    table = shell("eval", "lights", "--model", model, "--count", 4, *OFTEN)
    assert "one pass, rules checked" in table.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("solve", "lights", "one.txt"), "no model for lights is bundled or chosen"),
        (("generate", "lights", "--level", "huge"), "lights has no level huge"),
        (("check", "lights", "nothing"), "neither a file nor a known lights puzzle"),
        (("solve", "lamps", "one.txt"), "'lamps' is not one of 'sudoku', 'maze', 'arc', 'lights'"),
        (("train", "--task", "lights", "--steps", 1), "lights"),
    ],
)
def test_what_it_has_not_is_said(shell: Shell, arguments: tuple[object, ...], said: str) -> None:
    Path("one.txt").write_text("-+\n+-\n")
    ran = shell(*arguments)
    assert ran.code in (2, 3, 4), (ran.out, ran.err)
    assert said in " ".join(ran.err.split())
