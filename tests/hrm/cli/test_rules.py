"""`--rules` and `--size` on the command line: what they choose, and who refuses them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
import toy
from scripted import Shell

from hrm.model.checkpoint import save_model
from puzzles import registered

RULES = 'size = 4\nsymbols = "RGBY"\nrules = ["x"]\n'


@pytest.fixture(autouse=True)
def _known() -> Iterator[None]:
    with registered(toy.LightsDomain()):
        yield


def test_puzzles_are_made_read_judged_and_solved_under_a_rules_file(shell: Shell) -> None:
    Path("mine.toml").write_text(RULES)
    made = shell("generate", "sudoku", "--rules", "mine.toml", "--seed", 1, "--output", "made.txt")
    assert made.code == 0, made.err
    bare = "\n".join(Path("made.txt").read_text().splitlines()[2:]) + "\n"
    Path("bare.txt").write_text(bare)
    assert shell("check", "sudoku", "bare.txt").code != 0  # R is no symbol without its rules
    checked = shell("check", "sudoku", "bare.txt", "--rules", "mine.toml")
    assert checked.code == 0, checked.err
    solved = shell(
        "solve", "sudoku", "bare.txt", "--rules", "mine.toml", "--output", "out.txt",
        "--trace", "trace.jsonl", "--threads", 1,
    )  # fmt: skip
    assert solved.code == 0, solved.err
    head, rows = Path("out.txt").read_text().split("x\n", 1)
    assert head == "symbols: RGBY\nrules: "
    assert set(rows) == set("RGBY\n")
    Path("board.txt").write_text(solved.out)  # what is printed says its rules, too
    for printed in ("board.txt", "out.txt"):
        alone = shell("check", "sudoku", printed)
        assert alone.code == 0, alone.err
    judged = shell("check", "sudoku", "bare.txt", "out.txt", "--rules", "mine.toml")
    assert judged.code == 0, judged.out
    assert shell("replay", "trace.jsonl").out == solved.out


@pytest.mark.parametrize("size", [4, 6, 12])
def test_a_size_is_made_and_solved_and_its_trace_replays(shell: Shell, size: int) -> None:
    made = shell("generate", "sudoku", "--size", size, "--seed", 2, "--output", "made.txt")
    assert made.code == 0, made.err
    solved = shell("solve", "sudoku", "made.txt", "--trace", "t.jsonl", "-q", "--threads", 1)
    assert solved.code == 0, solved.err
    rows = solved.out.split()
    assert [len(row) for row in rows] == [size] * size
    assert shell("replay", "t.jsonl").code == 0


def test_puzzles_are_measured_under_rules(shell: Shell) -> None:
    ran = shell(
        "eval", "sudoku", "--size", 6, "--rules", "jigsaw", "--count", 2, "--threads", 1, "--json"
    )
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["rules"] == "jigsaw,size=6"


def test_the_bundled_model_solves_latin_squares_which_have_no_regions(shell: Shell) -> None:
    ran = shell("eval", "sudoku", "--rules", "latin", "--size", 7, "--count", 8, "--seed", 1,
                "--attempts", 0, "--threads", 1, "--json")  # fmt: skip
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["scores"]["single"]["count"] >= 6


@pytest.mark.parametrize("task", ["maze", "lights"])
@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--rules", "x"), "puzzles have no rules to choose"),
        (("--size", 6), "puzzles cannot be chosen"),
    ],
)
def test_other_puzzles_refuse_them(
    shell: Shell, task: str, option: tuple[object, ...], said: str
) -> None:
    for command in (("generate", task), ("check", task, "one"), ("solve", task, "one")):
        ran = shell(*command, *option)
        assert (ran.code, ran.out) == (3, "")
        assert f"error: {'the size of ' if 'cannot' in said else ''}{task} {said}" in ran.err


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--rules", "none.toml"), "there is no file none.toml"),
        (("--rules", "x,mine.toml"), "a rules file stands alone"),
        (("--rules", "y"), "there is no rule 'y'"),
        (("--rules", "bad.toml"), "bad.toml: the rules have no field 'sizes'"),
        (("--rules", "mine.toml", "--size", 9), "mine.toml: the rules are for 4×4 puzzles"),
        (("--size", 3), "4 to 25 rows"),
    ],
)
def test_rules_that_cannot_be_are_named(
    shell: Shell, option: tuple[object, ...], said: str
) -> None:
    Path("mine.toml").write_text(RULES)
    Path("bad.toml").write_text("sizes = 3\n")
    ran = shell("check", "sudoku", "hard", *option)
    assert (ran.code, ran.out) == (3, "")
    assert said in ran.err


@pytest.mark.parametrize(
    ("command", "said", "hint"),
    [
        ("check sudoku hard --size 12 --rules jigsaw", "a 12×12 puzzle is wanted", "size out"),
        ("check sudoku hard --rules x,jigsaw", "a jigsaw needs its regions", "below the puzzle"),
        ("check sudoku 16x16 --rules windoku", "C stands twice in window 3", "and its rules"),
        ("generate sudoku --size 12 --rules windoku", "windoku needs square boxes", "windoku out"),
        ("generate sudoku --rules latin,jigsaw", "exclude one another", "Rules are x,"),
        ("generate sudoku --size 7", "a 7×7 grid has no boxes", "rule latin, or jigsaw"),
        ("generate sudoku --rules boxes=2x3 --size 9", "do not fit a 9×9", "times width must be 9"),
    ],
)
def test_rules_that_do_not_go_together_are_refused_with_what_to_do(
    shell: Shell, command: str, said: str, hint: str
) -> None:
    ran = shell(*command.split())
    assert (ran.code, ran.out) == (3, "")
    assert said in ran.err
    assert hint in ran.err.split("hint: ")[1]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (("--size", 6), "the model knows 9×9 only, this puzzle is 6×6"),
        (("--rules", "x"), "the model knows the usual 9×9 only, this puzzle has rules of its own"),
        (("--rules", "jigsaw"), "the model knows the usual 9×9 only"),
    ],
)
@pytest.mark.parametrize("positions", ["none", "learned"])
def test_a_model_of_digits_that_differ_says_what_it_knows(
    shell: Shell, tmp_path: Path, rules: tuple[object, ...], said: str, positions: str
) -> None:
    """Official models count positions in reading order; earlier ones of ours had relation heads."""
    cells = {"positions": "learned", "cells": 81} if positions == "learned" else {}
    config = replace(tiny.SUDOKU, **cells)
    path = tmp_path / "digits.safetensors"
    save_model(path, config, tiny.build(config).state_dict(), {"domain": "sudoku"})
    made = shell("generate", "sudoku", *rules, "--seed", 1, "--output", "made.txt")
    assert made.code == 0, made.err
    for command in ("solve", "eval"):
        puzzles = ("made.txt",) if command == "solve" else ("--data", "made.txt")
        ran = shell(command, "sudoku", *puzzles, "--model", path, "--threads", 1)
        assert ran.code == 4
        assert f"error: {said}" in ran.err
        assert "interchangeable" in ran.err


def test_data_sets_of_other_sizes_are_built_trained_on_and_refused_where_they_cannot_be(
    shell: Shell,
) -> None:
    built = shell("data", "build", "sudoku", "six", "--size", 6, "--count", 4, "--test", 2,
                  "--augment", 1)  # fmt: skip
    assert built.code == 0, built.err
    assert "8 rows of 36 cells" in built.out
    trained = shell(
        "train", "--task", "sudoku", "--data", "six", "--steps", 1, "--out", "run", "--threads", 1,
        "--set", "hidden=8", "--set", "heads=1", "--set", "intermediate=16", "--set",
        "batch_cells=72", "--set", "evaluate_count=2",
    )  # fmt: skip
    assert trained.code == 0, trained.err
    for option, said, instead in (
        (("--size", 12), "more symbols than a data set has", "mix=12:1"),
        (("--mix", "x:1,6:2"), "further rules cannot be in a data set", "mix=x:1,6:2"),
    ):
        refused = shell("data", "build", "sudoku", "no", *option, "--count", 2, "--test", 0)
        assert refused.code == 2
        assert said in refused.err
        _, _, command = refused.err.partition("Train without a data set: hrm ")
        assert command.strip() == f"train --task sudoku --set {instead}"
        shown = shell(*shlex.split(command), "--show")
        assert shown.code == 0, shown.err
        assert not Path("no").exists()


def test_data_sets_refuse_rules_and_name_the_command_that_trains_on_them(shell: Shell) -> None:
    refused = shell("data", "build", "sudoku", "no", "--rules", "x")
    assert (refused.code, Path("no").exists()) == (2, False)
    assert "--rules cannot be kept in a data set" in refused.err
    assert "`hrm train` has --rules" in refused.err
    assert "--rules" not in shell("data", "build", "--help").out
