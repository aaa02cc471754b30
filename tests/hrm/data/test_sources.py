"""What a run gets from the path in its configuration: rows, held-out puzzles, identifiers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import published
import pytest
import tiny
from scripted import SUDOKU, SUDOKU_ANSWER

from hrm.data.build import BuildRecipe, build
from hrm.data.build_arc import build_arc
from hrm.data.layout import read_identifiers
from hrm.data.sources import data_hash, held_out, identity_rows, open_sources, sources
from hrm.errors import PuzzleFileError, UserError
from hrm.training.config import TrainConfig
from hrm.training.run import Run
from puzzles import domain
from puzzles.arc.datasets import load_tasks
from puzzles.arc.puzzle import ArcPuzzle

GIVENS = SUDOKU.replace(".", "0")
SWAP = str.maketrans("12", "21")


@pytest.fixture
def sudokus(tmp_path: Path) -> Path:
    """As the reference would have written it."""
    folder = tmp_path / "published"
    group = [(GIVENS, SUDOKU_ANSWER), (GIVENS.translate(SWAP), SUDOKU_ANSWER.translate(SWAP))]
    test = (
        GIVENS.translate(str.maketrans("34", "43")),
        SUDOKU_ANSWER.translate(str.maketrans("34", "43")),
    )
    published.write_sudokus(folder, [group], [test])
    return folder


def test_a_published_set_is_trained_on(sudokus: Path) -> None:
    (source,) = sources("sudoku", {}, 0, str(sudokus))
    rows = source.make(np.random.default_rng(0), 40)
    assert rows.puzzle_ids is None
    drawn = {bytes(row) for row in rows.tokens}
    wanted = {published.tokens(text).tobytes() for text in (GIVENS, GIVENS.translate(SWAP))}
    assert drawn == wanted
    (source,) = sources("sudoku", {}, 1, data=str(sudokus))
    assert source.make(np.random.default_rng(0), 2).puzzle_ids is not None
    assert source.task == "sudoku"


def test_its_test_split_is_held_out(sudokus: Path) -> None:
    (puzzle,) = held_out(str(sudokus), "sudoku", 10, np.random.default_rng(0))
    assert "".join(map(str, puzzle.givens)) == GIVENS.translate(str.maketrans("34", "43"))
    assert domain("sudoku").check(puzzle, np.array(puzzle.solution, np.uint8).reshape(9, 9)).solved
    assert identity_rows(str(sudokus), "sudoku", [puzzle], 0) is None
    assert identity_rows(str(sudokus), "sudoku", [puzzle], 1) == [0]


def test_a_test_row_that_is_no_puzzle_is_named(sudokus: Path) -> None:
    np.save(sudokus / "test" / "all__labels.npy", np.full((1, 81), 4, np.uint8))
    with pytest.raises(PuzzleFileError, match=r"row 0: .*stands 9 times"):
        held_out(str(sudokus), "sudoku", 1, np.random.default_rng(0))


def test_a_set_without_tests_says_so(tmp_path: Path) -> None:
    out = tmp_path / "out"
    list(build("sudoku", out, BuildRecipe(count=3, tests=0, mix={"minimal": 1.0})))
    with pytest.raises(PuzzleFileError, match="holds no puzzle to evaluate with"):
        held_out(str(out), "sudoku", 1, np.random.default_rng(0))


def test_mazes_of_a_set_are_held_out_with_their_path(tmp_path: Path) -> None:
    out = tmp_path / "out"
    list(build("maze", out, BuildRecipe(count=3, tests=6, mix={"7": 1.0})))
    mazes = held_out(str(out), "maze", 4, np.random.default_rng(0))
    assert len(set(mazes)) == 4
    assert all(maze.shape == (7, 7) and maze.path for maze in mazes)
    (source,) = open_sources("maze", str(out), 0)
    assert source.shape == (7, 7)


@pytest.mark.parametrize(
    ("task", "words"), [("maze", "it has 11 tokens, maze has 6"), ("arc", "11 tokens, arc has 12")]
)
def test_a_set_of_another_task_is_refused(sudokus: Path, task: str, words: str) -> None:
    with pytest.raises(PuzzleFileError, match=words):
        open_sources(task, str(sudokus), 1)


def test_a_canvas_that_is_not_the_tasks_is_refused(tmp_path: Path) -> None:
    rows = np.ones((1, 36), np.uint8)
    published.write_split(tmp_path, "train", [[(rows, rows, 0)]], vocabulary=11, cells=36)
    with pytest.raises(PuzzleFileError, match="36 cells, which is no canvas of sudoku"):
        open_sources("sudoku", str(tmp_path), 0)


def test_paths_of_no_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PuzzleFileError, match="there is no data at"):
        open_sources("sudoku", str(tmp_path / "none"), 0)
    with pytest.raises(PuzzleFileError, match=r"there is no train/dataset\.json"):
        open_sources("sudoku", str(tmp_path), 0)
    with pytest.raises(PuzzleFileError, match=r"holds no \.json files"):
        open_sources("arc", str(tmp_path), 9)


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    """Three public tasks in the original layout, one of them for evaluation."""
    folder = tmp_path / "tasks"
    for number, puzzle in enumerate(load_tasks("arc1-training")[:4]):
        if puzzle.test:
            continue
        part = folder / "data" / ("evaluation" if number == 0 else "training")
        part.mkdir(parents=True, exist_ok=True)
        train = [{"input": pair.input, "output": pair.output} for pair in puzzle.demonstrations]
        test = [{"input": puzzle.input, "output": puzzle.output}]
        (part / f"{puzzle.task}.json").write_text(json.dumps({"train": train, "test": test}))
    return folder


def test_a_built_arc_set_gives_back_its_tasks(tasks: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    list(build_arc(Path(out), [str(tasks)], 3, 0))
    first = load_tasks("arc1-training")[0]
    (test,) = held_out(out, "arc", 5, np.random.default_rng(0))
    assert isinstance(test, ArcPuzzle)
    assert test == first
    assert test.output == first.output
    (row,) = identity_rows(out, "arc", [test], 100) or []
    names = read_identifiers(Path(out))
    assert names[row] == first.task
    with pytest.raises(UserError, match=f"the data has {len(names)} puzzle identifiers"):
        open_sources("arc", out, len(names) - 1)
    (source,) = open_sources("arc", out, len(names))
    rows = source.make(np.random.default_rng(0), 60)
    assert rows.puzzle_ids is not None
    assert set(rows.puzzle_ids.tolist()) <= set(range(1, len(names)))
    assert (rows.tokens[:, 0] == 0).any()  # moved away from the corner where they are stored
    (Path(out) / "identifiers.json").unlink()  # as of a data set that lost it
    nameless = held_out(out, "arc", 50, np.random.default_rng(0))
    assert len(nameless) == 4
    assert sorted(identity_rows(out, "arc", nameless, 100) or []) == list(range(row, row + 4))
    (Path(out) / "identifiers.json").write_text('["<blank>"]')
    with pytest.raises(PuzzleFileError, match="fewer names than identifiers"):
        held_out(out, "arc", 50, np.random.default_rng(0))


def test_arc_tasks_are_trained_on_without_a_build(tasks: Path) -> None:
    count = len(list(tasks.rglob("*.json")))
    found = open_sources("arc", str(tasks), 2 * count + 1)
    used = {i for s in found for i in s.make(np.random.default_rng(0), 99).puzzle_ids.tolist()}  # type: ignore[union-attr]
    assert used == set(range(2 * count))
    tests = held_out(str(tasks), "arc", 99, np.random.default_rng(0))
    assert len(tests) == count
    rows = identity_rows(str(tasks), "arc", tests, 2 * count + 1)
    assert sorted(rows or []) == [2 * number for number in range(count)]
    with pytest.raises(UserError, match=f"the data has {count} tasks, the model 1 puzzle ids"):
        open_sources("arc", str(tasks), 1)


def test_arc_tasks_without_any_output_cannot_evaluate(tmp_path: Path) -> None:
    pair = {"input": [[1]], "output": [[2]]}
    (tmp_path / "a.json").write_text(json.dumps({"train": [pair], "test": [{"input": [[1]]}]}))
    with pytest.raises(PuzzleFileError, match="no test of the tasks"):
        held_out(str(tmp_path), "arc", 1, np.random.default_rng(0))


def test_the_hash_tells_data_apart(sudokus: Path) -> None:
    same, other = (
        data_hash([sources("sudoku", {kind: 1.0})[0]], 8) for kind in ("minimal", "eased")
    )
    assert same == data_hash([sources("sudoku", {"minimal": 1.0})[0]], 8)
    assert len({same, other, data_hash(sources("sudoku", {}, 0, str(sudokus)), 8)}) == 3
    plain, blank = (sources("sudoku", {"minimal": 1.0}, ids) for ids in (0, 1))
    assert data_hash(plain, 8) != data_hash(blank, 8)


def test_a_run_trains_and_evaluates_on_own_data(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    swaps = [str.maketrans("1" + digit, digit + "1") for digit in "23456789"]
    lines = [f"{GIVENS.translate(swap)},{SUDOKU_ANSWER.translate(swap)}" for swap in swaps]
    path.write_text("\n".join(lines))
    config = TrainConfig(
        task="sudoku", model=tiny.SUDOKU, steps=2, batch_cells=162, evaluate_count=4, data=str(path)
    )
    run = Run.create(tmp_path / "run", config)
    (puzzle,) = run.held_out()
    assert any("".join(map(str, puzzle.givens)) in line for line in lines)
    seen = {bytes(row) for row in run.trainer.batches[0].examples.tokens.numpy().astype(np.uint8)}
    assert len(seen) == 2
    assert run.trainer.train_step().step == 1
    assert replace(config, data="").data == ""
