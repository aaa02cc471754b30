"""A domain from outside in every command, without a line about it in `hrm`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny
import toy
from scripted import Shell

from hrm.files import state_dir
from hrm.model.checkpoint import save_model
from puzzles import registered
from puzzles.contract.tokens import Answer, Layout, Tokens

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


def test_it_is_recorded(shell: Shell, model: Path) -> None:
    Path("one.txt").write_text("-+\n+-\n")
    ran = shell("record", "lights", "one.txt", "--model", model, *OFTEN, "-o", "one.svg")
    assert ran.code == 0, ran.err
    assert "<text" in Path("one.svg").read_text("utf-8")


def test_it_is_evaluated(shell: Shell, model: Path) -> None:
    ran = shell("eval", "lights", "--model", model, "--count", 4, *OFTEN, "--attempts", 1, "--json")
    assert ran.code == 0, ran.err
    record = json.loads(ran.out)
    assert (record["task"], record["n"]) == ("lights", 4)
    assert list(record["by_difficulty"]) == ["3x4"]
    table = shell("eval", "lights", "--model", model, "--count", 4, *OFTEN)
    assert "one pass" in table.out


class Failing(toy.LightsDomain):
    """Falls over wherever it decodes or is trained on."""

    name = "failing"

    def decode(self, tokens: Tokens, puzzle: toy.Lights, layout: Layout) -> Answer:
        raise IndexError("list index out of range")


def test_what_fails_in_it_is_named_without_a_traceback(shell: Shell, model: Path) -> None:
    Path("one.txt").write_text("-+\n+-\n")
    with registered(Failing()):
        ran = shell("solve", "failing", "one.txt", "--model", model, *OFTEN)
        assert ran.code == 3
        assert ran.err.splitlines()[-2:] == [
            "error: the domain failing failed in decode: IndexError: list index out of range",
            "hint: `hrm doctor --domain failing` says which of its properties fail. For its "
            f"authors: the details are in {state_dir() / 'crash.log'}.",
        ]
        assert "list index out of range" in (state_dir() / "crash.log").read_text()
        tried = shell("doctor", "--domain", "failing")
        assert tried.code == 1
        assert "fails  answers read back\n       the domain failing failed in decode" in tried.out
        assert "holds  the text of a puzzle reads back" in tried.out
        assert tried.out.splitlines()[-1].endswith("properties hold")


def test_its_properties_are_tried(shell: Shell) -> None:
    tried = shell("doctor", "--domain", "lights")
    assert tried.code == 0, tried.out
    assert "11 of 11 properties hold" in tried.out
    found = json.loads(shell("doctor", "--domain", "sudoku", "--json").out)
    assert (found["domain"], found["good"], len(found["properties"])) == ("sudoku", True, 11)
    assert shell("doctor", "--domain", "chess").code == 2


SMALL = (
    *("--set", "hidden=16", "--set", "intermediate=16", "--set", "high_layers=1"),
    *("--set", "low_layers=1", "--set", "batch_cells=48", "--set", "evaluate_count=3"),
)


def run(shell: Shell, out: str, *arguments: object) -> None:
    ran = shell("train", "--task", "lights", "--steps", 3, "--out", out, *SMALL, *arguments)
    assert ran.code == 0, ran.err
    assert "Solve with: hrm solve lights PUZZLE" in ran.err


def test_it_is_trained_as_any_other(shell: Shell) -> None:
    run(shell, "run")
    Path("one.txt").write_text("-+\n+-\n")
    solved = shell("solve", "lights", "one.txt", "--model", "run", *OFTEN)
    assert solved.code in (0, 1), solved.err
    ran = shell("eval", "lights", "--model", "run", "--count", 3, *OFTEN, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["n"] == 3
    resumed = shell("train", "--resume", "run", "--steps", 4)
    assert resumed.code == 0, resumed.err


def test_a_file_of_it_is_trained_on(shell: Shell) -> None:
    made = shell("generate", "lights", "--seed", 1, "--count", 30, "--output", "mine.txt")
    assert made.code == 0
    run(shell, "run", "--data", "mine.txt")


def test_a_data_set_of_it_is_built_and_trained_on(shell: Shell) -> None:
    sizes = ("--count", 12, "--test", 4, "--augment", 1)
    built = shell("data", "build", "lights", "set", *sizes)
    assert built.code == 0, built.err
    assert "train: 12 groups, 24 puzzles, 24 rows of 12 cells, 3 tokens" in built.out
    assert json.loads(Path("set/train/dataset.json").read_text())["shape"] == [3, 4]
    run(shell, "run", "--data", "set")
    ran = shell("eval", "lights", "--model", "run", "--data", "set", *OFTEN, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["n"] == 4
    shell("generate", "lights", "--seed", 1, "--count", 9, "--output", "mine.txt")
    built = shell("data", "build", "lights", "other", "--source", "mine.txt", "--test", 2)
    assert built.code == 0, built.err
    assert "test:  2 groups" in built.out


def test_it_is_looked_into(shell: Shell, model: Path) -> None:
    for command in ("scale", "analyze"):
        option = "--most" if command == "scale" else "--segments"
        ran = shell(command, "lights", "--model", model, "--count", 3, option, 2, "--threads", 1)
        assert ran.code == 0, ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("solve", "lights", "one.txt"), "no model for lights is bundled or chosen"),
        (("generate", "lights", "--level", "huge"), "lights has no level huge"),
        (("check", "lights", "nothing"), "neither a file nor a known lights puzzle"),
        (
            ("solve", "lamps", "one.txt"),
            "'lamps' is not one of 'sudoku', 'maze', 'arc', 'grid',",
        ),
        (("train", "--task", "lights", "--preset", "hrm-27m"), "Presets: mini"),
        (("train", "--task", "lights", "--set", "mix=huge:1"), "mix: unknown kind 'huge'"),
        (
            ("data", "build", "lights", "out", "--size", 5),
            "--size does not apply to generated puzzles",
        ),
    ],
)
def test_what_a_file_lacks_is_reported(
    shell: Shell, arguments: tuple[object, ...], said: str
) -> None:
    Path("one.txt").write_text("-+\n+-\n")
    ran = shell(*arguments)
    assert ran.code in (2, 3, 4), (ran.out, ran.err)
    assert said in " ".join(ran.err.split())
