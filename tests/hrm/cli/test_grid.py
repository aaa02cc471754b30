"""A person's own grids, from a CSV or a data set of any vocabulary to a solved file: no code."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import published
import pytest
from scripted import Shell

from hrm.model.checkpoint import read_metadata

SMALL = (
    *("--set", "hidden=32", "--set", "intermediate=16", "--set", "high_layers=1"),
    *("--set", "low_layers=1", "--set", "batch_cells=64", "--set", "evaluate_count=3"),
)
FEW = ("--threads", 1, "--device", "cpu")


@pytest.fixture
def walls(tmp_path: Path) -> Path:
    """Mirror images of 3x4 drawings."""
    rng = np.random.default_rng(0)
    lines = ["input,output"]
    for _ in range(30):
        grid = rng.choice(np.array([".", "#"]), (3, 4))
        sides = ("\n".join("".join(row) for row in side) for side in (grid, grid[:, ::-1]))
        lines.append(",".join(f'"{side}"' for side in sides))
    path = tmp_path / "walls.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def train(shell: Shell, data: object, *arguments: object) -> None:
    where = ("--data", data, "--steps", 2, "--out", "run", *FEW)
    ran = shell("train", "--task", "grid", *where, *SMALL, *arguments)
    assert ran.code == 0, ran.err
    assert "The data has " in ran.err


def test_a_csv_is_trained_on_and_what_came_of_it_solves(shell: Shell, walls: Path) -> None:
    train(shell, walls)
    config, about = read_metadata(Path("run/model.safetensors"))
    assert (config.vocabulary, config.positions) == (3, "rope2d")
    assert (config.heads, config.relation_heads, config.relation_mix) == (8, 6, "mean")
    assert about["facts"] == {"glyphs": ["", "#", "."], "shapes": [[3, 4]]}
    Path("one.txt").write_text("#...\n.#..\n....\n")
    solved = shell("solve", "grid", "one.txt", "--model", "run", *FEW, "--output", "answer.txt")
    assert solved.code == 0, solved.err  # nobody can know whether it is right
    answer = Path("answer.txt").read_text()
    assert [len(line) for line in answer.splitlines()] == [4, 4, 4]
    assert set(answer) <= set("#.?\n")
    traced = shell("solve", "grid", walls, "--model", "run", *FEW, "--trace", "t.jsonl", "--quiet")
    assert traced.code in (0, 1), traced.err
    assert shell("replay", "t.jsonl", "--no-animate").code == traced.code
    ran = shell("eval", "grid", "--data", walls, "--model", "run", "--count", 5, *FEW)
    assert ran.code == 0, ran.err
    assert "of them right, by its own halting" in ran.out
    assert "one pass" not in ran.out
    resumed = shell("train", "--resume", "run", "--steps", 3, *FEW)
    assert resumed.code == 0, resumed.err


def test_what_a_model_was_not_trained_on_is_named(shell: Shell, walls: Path) -> None:
    train(shell, walls)
    for text, said in (
        ("#..\n.#.\n...\n", "one.txt: line 1: the grid is 3x3; the model was trained on 3x4"),
        ("#..x\n.#..\n....\n", "row 1, column 4 of the grid has the unknown symbol 'x'"),
    ):
        Path("one.txt").write_text(text)
        ran = shell("solve", "grid", "one.txt", "--model", "run", *FEW)
        assert ran.code == 3
        assert said in " ".join(ran.err.split())
    ran = shell("solve", "grid", "one.txt", "--model", "sudoku-mini")
    assert ran.code == 4
    assert "sudoku-mini was not trained for grid" in ran.err
    assert shell("solve", "grid", "one.txt").code == 4


def test_a_model_becomes_the_default_of_a_task_without_a_bundled_one(
    shell: Shell, walls: Path
) -> None:
    train(shell, walls)
    Path("one.txt").write_text("#...\n.#..\n....\n")
    assert "grid" not in shell("models", "default").out
    chosen = shell("models", "default", "grid", "run/model.safetensors")
    assert chosen.code == 0, chosen.err
    assert f"grid    {Path('run/model.safetensors').resolve()}" in shell("models", "default").out
    assert shell("solve", "grid", "one.txt", *FEW).code == 0
    assert shell("models", "default", "grid", "--unset").out.split() == ["grid", "none"]
    assert shell("solve", "grid", "one.txt").code == 4


def test_outputs_of_other_sizes(shell: Shell) -> None:
    lines = [f'"{word}","{word[: n % 3 + 1]}"' for n, word in enumerate(["abc", "bca", "aab"] * 9)]
    Path("words.csv").write_text("\n".join(["input,output", *sorted(set(lines)), 'abca,"ab\nca"']))
    train(shell, "words.csv")
    _, about = read_metadata(Path("run/model.safetensors"))
    assert about["facts"]["canvas"] == [2, 4]
    ran = shell("solve", "grid", "words.csv", "--model", "run", *FEW, "--trace", "t.jsonl")
    assert ran.code in (0, 1), ran.err
    assert shell("replay", "t.jsonl", "--no-animate").code == ran.code
    ran = shell("eval", "grid", "--data", "words.csv", "--model", "run", *FEW, "--json")
    assert json.loads(ran.out)["n"] == len(set(lines)) + 1
    built = shell("data", "build", "grid", "set", "--source", "words.csv", "--test", 2)
    assert "of 8 cells, 5 tokens" in built.out, built.err


def test_a_data_set_of_any_vocabulary(shell: Shell, tmp_path: Path) -> None:
    rows = np.random.default_rng(1).integers(1, 17, (12, 20)).astype(np.uint8)
    for split in ("train", "test"):
        groups = [[(row[None], row[None], 0)] for row in rows]
        published.write_split(tmp_path / "set", split, groups, vocabulary=17, cells=20)
    train(shell, "set")
    _, about = read_metadata(Path("run/model.safetensors"))
    assert about["facts"] == {"glyphs": [str(n) for n in range(17)], "shapes": [[1, 20]]}
    Path("one.json").write_text(json.dumps(rows[0].tolist()))
    ran = shell("solve", "grid", "one.json", "--model", "run", *FEW, "--quiet")
    assert ran.code == 0, ran.err
    assert len(json.loads(ran.out)) == 20
    ran = shell("eval", "grid", "--data", "set", "--model", "run", *FEW, "--json")
    assert json.loads(ran.out)["n"] == 12


def test_symbols_may_be_interchangeable(shell: Shell, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["input,output"]
    for _ in range(20):  # rows of a Latin square with a hole in each
        square = (np.arange(4)[:, None] + np.arange(4)) % 4 + 1
        square = rng.permutation(square)[:, rng.permutation(4)]
        holes = np.where(np.eye(4) == 1, 0, square)
        lines.append(f'"{json.dumps(holes.tolist())}","{json.dumps(square.tolist())}"')
    Path("latin.csv").write_text("\n".join(lines))
    train(shell, "latin.csv", "--set", "symbols=4")
    config, about = read_metadata(Path("run/model.safetensors"))
    assert about["facts"]["glyphs"] == ["", "0", "1", "2", "3", "4"]
    assert (config.symbols, config.relation_heads, config.positions) == (4, 2, "none")
    Path("one.json").write_text(
        "[[0, 2, 3, 4], [2, 0, 4, 1], [3, 4, 0, 2], [4, 1, 2, 0]]".replace(" ", "")
    )
    ran = shell("solve", "grid", "one.json", "--model", "run", *FEW, "--quiet")
    assert ran.code == 0, ran.err
    assert set(ran.out) <= set("1234\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("train", "--task", "grid"), "grid puzzles are not generated"),
        (("train", "--task", "grid", "--data", "none.csv"), "there is no data at none.csv"),
        (("train", "--task", "grid", "--data", "bad.csv"), "line 3: row 2 of the grid has 1 cells"),
        (("generate", "grid"), "grid puzzles are not generated"),
        (("eval", "grid", "--model", "sudoku-mini"), "was not trained for grid"),
        (("data", "build", "grid", "out"), "grid puzzles are not generated: give a file with"),
    ],
)
def test_what_cannot_be_done_is_reported(
    shell: Shell, arguments: tuple[str, ...], said: str
) -> None:
    Path("bad.csv").write_text('input,output\nab,ba\nab,"abc\nd"\n')
    ran = shell(*arguments)
    assert ran.code in (2, 3, 4), (ran.out, ran.err)
    assert said in " ".join(ran.err.split())
    assert "Traceback" not in ran.err


def test_a_data_set_is_built_of_a_csv(shell: Shell, walls: Path) -> None:
    ran = shell("data", "build", "grid", "set", "--source", walls, "--test", 4)
    assert ran.code == 0, ran.err
    assert "of 12 cells, 3 tokens" in ran.out
    assert json.loads(Path("set/train/dataset.json").read_text())["shape"] == [3, 4]
    train(shell, "set")
