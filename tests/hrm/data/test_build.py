"""Built data sets: the published recipes, from the seed alone, in little memory."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hrm.data.arc_sets import is_variant
from hrm.data.build import Building, BuildRecipe, build
from hrm.data.build_arc import build_arc, collect, variants
from hrm.data.epochs import cut_grid
from hrm.data.layout import Examples, read_identifiers, read_split
from hrm.errors import UserError
from puzzles.arc.datasets import load_tasks
from puzzles.maze.bulk import tree_mazes
from puzzles.maze.domain import MazeDomain
from puzzles.maze.puzzle import WALL, Maze, rows_of
from puzzles.sudoku.bulk import minimal_puzzles
from puzzles.sudoku.solver import solve
from puzzles.text.text_grid import DIHEDRAL


def built(steps: Iterator[Building], folder: Path) -> tuple[Examples, Examples]:
    """Both splits of a build that ran to its end."""
    last: dict[str, Building] = {}
    for step in steps:
        assert step.done > getattr(last.get(step.split), "done", 0)
        last[step.split] = step
    assert all(step.done == step.total for step in last.values())
    training, test = (read_split(folder, split).sets[0] for split in ("train", "test"))
    return training, test


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def sudoku_csv(path: Path, count: int, seed: int) -> list[tuple[int, ...]]:
    givens, solutions = minimal_puzzles(np.random.default_rng(seed), count)
    lines = [
        f"x,{''.join(map(str, p))},{''.join(map(str, s))},{i}"
        for i, (p, s) in enumerate(zip(givens, solutions, strict=True))
    ]
    path.write_text("\n".join(["source,question,answer,rating", *lines]))
    return [tuple(row) for row in givens.tolist()]


def test_a_group_is_a_sudoku_and_its_copies(tmp_path: Path) -> None:
    puzzles = sudoku_csv(tmp_path / "a.csv", 20, 0)
    recipe = BuildRecipe(training=tmp_path / "a.csv", count=8, tests=5, augment=3, seed=1)
    training, test = built(build("sudoku", tmp_path / "out", recipe), tmp_path / "out")
    assert (training.groups, len(training.inputs), test.groups) == (8, 32, 5)
    originals = [tuple(row) for row in (training.inputs[::4] - 1).tolist()]
    held = [tuple(row) for row in (test.inputs - 1).tolist()]
    assert len(set(originals) | set(held)) == 13
    assert set(originals) | set(held) <= set(puzzles)
    for number, (tokens, targets) in enumerate(zip(training.inputs, training.labels, strict=True)):
        givens = tuple((tokens - 1).tolist())
        assert solve(givens) == [tuple((targets - 1).tolist())]
        assert (givens in puzzles) == (number % 4 == 0)
        original = originals[number // 4]
        assert sorted(Counter(givens).values()) == sorted(Counter(original).values())
    assert len(np.unique(training.inputs, axis=0)) == 32
    assert read_identifiers(tmp_path / "out") == ["<blank>"]


def test_the_seed_decides_and_nothing_else(tmp_path: Path) -> None:
    sudoku_csv(tmp_path / "a.csv", 30, 0)
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        recipe = BuildRecipe(training=tmp_path / "a.csv", count=5, augment=2, seed=seed)
        built(build("sudoku", tmp_path / name, recipe), tmp_path / name)
    assert content(tmp_path / "one") == content(tmp_path / "same")
    assert content(tmp_path / "one") != content(tmp_path / "other")


def test_a_file_of_tests_is_the_test_split(tmp_path: Path) -> None:
    sudoku_csv(tmp_path / "train.csv", 9, 0)
    others = sudoku_csv(tmp_path / "test.csv", 7, 1)
    recipe = BuildRecipe(
        training=tmp_path / "train.csv", testing=tmp_path / "test.csv", min_rating=4
    )
    training, test = built(build("sudoku", tmp_path / "out", recipe), tmp_path / "out")
    assert training.groups == 5
    assert [tuple(row) for row in (test.inputs - 1).tolist()] == others[4:]


def test_generated_sudokus(tmp_path: Path) -> None:
    recipe = BuildRecipe(count=12, tests=4, augment=1, mix={"minimal": 1.0})
    training, test = built(build("sudoku", tmp_path / "out", recipe), tmp_path / "out")
    assert (len(training.inputs), len(test.inputs)) == (24, 4)
    assert np.count_nonzero(training.inputs > 1, axis=1).max() <= 30
    both = np.concatenate([training.inputs[::2], test.inputs])
    assert len(np.unique(both, axis=0)) == 16


def test_a_group_of_mazes_is_its_eight_symmetries(tmp_path: Path) -> None:
    recipe = BuildRecipe(count=6, tests=3, augment=7, mix={"9": 1.0})
    training, test = built(build("maze", tmp_path / "out", recipe), tmp_path / "out")
    assert (training.groups, len(training.inputs), len(test.inputs)) == (6, 48, 3)
    domain = MazeDomain()
    for tokens, targets in zip(training.inputs, training.labels, strict=True):
        maze = Maze(rows_of(tokens.reshape(9, 9)))
        assert domain.check(maze, domain.decode(targets.reshape(9, 9), maze, "native")).solved
        assert np.array_equal(targets == WALL, tokens == WALL)  # walls are scored, as published
    first = training.inputs[:8].reshape(8, 9, 9)
    assert {np.rot90(first[0], k).tobytes() for k in range(4)} <= {m.tobytes() for m in first}
    with pytest.raises(UserError, match="8 symmetric copies"):
        list(build("maze", tmp_path / "no", BuildRecipe(count=1, augment=3)))


def test_mazes_of_a_file(tmp_path: Path) -> None:
    tokens, _ = tree_mazes(np.random.default_rng(0), 5, 30, 30, 0.1)
    path = tmp_path / "m.csv"
    path.write_text("\n".join("".join(rows_of(maze)) for maze in tokens))
    training, test = built(
        build("maze", tmp_path / "out", BuildRecipe(training=path, tests=2)), tmp_path / "out"
    )
    both = np.concatenate([training.inputs, test.inputs])
    assert both.shape == (5, 900)
    assert {row.tobytes() for row in both} == {maze.tobytes() for maze in tokens}
    path.write_text("S #\n   \n# G\n\nS # \n    \n# G \n")
    with pytest.raises(UserError, match="3x3 and of 3x4 cannot be in one data set"):
        list(build("maze", tmp_path / "no", BuildRecipe(training=path)))


def test_what_is_there_twice_is_not_in_both_splits(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    sudoku_csv(path, 20, 0)
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *rows * 5]))
    tokens, _ = tree_mazes(np.random.default_rng(0), 5, 9, 9, 0.1)
    mazes = tmp_path / "m.txt"
    mazes.write_text("\n\n".join("\n".join(rows_of(maze)) for maze in [*tokens] * 4))
    for task, file, count in (("sudoku", path, 20), ("maze", mazes, 5)):
        out = tmp_path / task
        training, test = built(build(task, out, BuildRecipe(training=file, tests=2)), out)
        assert (len(training.inputs), len(test.inputs)) == (count - 2, 2)
        assert len(np.unique(np.concatenate([training.inputs, test.inputs]), axis=0)) == count


def test_turned_mazes_are_one(tmp_path: Path) -> None:
    tokens, _ = tree_mazes(np.random.default_rng(0), 5, 9, 9, 0.1)
    copies = [symmetry.apply(maze) for maze in tokens for symmetry in DIHEDRAL]
    path = tmp_path / "m.txt"
    path.write_text("\n\n".join("\n".join(rows_of(maze)) for maze in copies).replace(" ", "."))
    out = tmp_path / "maze"
    training, test = built(build("maze", out, BuildRecipe(training=path, tests=2, augment=7)), out)
    assert (len(training.inputs), len(test.inputs)) == (3 * 8, 2)
    seen = {row.tobytes() for row in training.inputs}
    assert not any(row.tobytes() in seen for row in test.inputs)


@pytest.mark.parametrize("tests", [{}, {"testing": "a.csv"}], ids=["one file", "two"])
def test_a_rating_that_nothing_has_is_named(tmp_path: Path, tests: dict[str, str]) -> None:
    sudoku_csv(tmp_path / "a.csv", 3, 0)
    given = {name: tmp_path / file for name, file in tests.items()}
    recipe = BuildRecipe(training=tmp_path / "a.csv", min_rating=1e5, **given)
    with pytest.raises(UserError, match=r"a\.csv has no puzzle rated at least 100000"):
        list(build("sudoku", tmp_path / "out", recipe))
    assert not (tmp_path / "out").exists()


def test_too_many_tests_are_refused(tmp_path: Path) -> None:
    sudoku_csv(tmp_path / "a.csv", 3, 0)
    recipe = BuildRecipe(training=tmp_path / "a.csv", tests=3)
    with pytest.raises(UserError, match="3 puzzles, too few for 3 tests"):
        list(build("sudoku", tmp_path / "out", recipe))


def write_task(path: Path, seed: int, tests: int = 1) -> None:
    rng = np.random.default_rng(seed)

    def pair() -> dict[str, Any]:
        grids = [rng.integers(0, 10, rng.integers(2, 6, size=2)).tolist() for _ in range(2)]
        return dict(zip(("input", "output"), grids, strict=True))

    path.parent.mkdir(parents=True, exist_ok=True)
    task = {"train": [pair(), pair()], "test": [pair() for _ in range(tests)]}
    path.write_text(json.dumps(task))


def test_arc_splits_are_those_of_the_reference(tmp_path: Path) -> None:
    write_task(tmp_path / "data" / "training" / "aa.json", 1)
    write_task(tmp_path / "data" / "evaluation" / "bb.json", 2, tests=2)
    out = tmp_path / "out"
    training, test = built(build_arc(out, [str(tmp_path / "data")], 4, 0), out)
    names = read_identifiers(out)
    assert [name.partition("_")[0] for name in names] == ["<blank>", *["aa"] * 5, *["bb"] * 5]
    assert [is_variant(name) for name in names] == [False, *[False, True, True, True, True] * 2]
    assert len(set(names)) == 11
    assert (training.groups, test.groups) == (2, 1)
    assert np.diff(training.puzzle_starts).tolist() == [3] * 5 + [2] * 5  # aa's test is trained on
    assert np.diff(test.puzzle_starts).tolist() == [2] * 5
    assert training.identifiers.tolist() == list(range(1, 11))
    assert test.identifiers.tolist() == list(range(6, 11))
    task = collect([str(tmp_path / "data")])[1]
    for number, symmetry in enumerate(variants(task, 4, 0)):
        for which, pair in enumerate(task.tests):
            row = 2 * number + which
            for side, grid in ((test.inputs, pair.input), (test.labels, pair.output)):
                wanted = symmetry.apply(np.array(grid, np.uint8)) + 2
                assert np.array_equal(cut_grid(side[row]), wanted)


def test_without_an_evaluation_part_all_tests_are_the_test_split(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write_task(tmp_path / "mine" / f"{name}.json", 3)
    out = tmp_path / "out"
    training, test = built(build_arc(out, [str(tmp_path / "mine")], 0, 0), out)
    assert read_identifiers(out) == ["<blank>", "a", "b"]
    assert (len(training.inputs), len(test.inputs)) == (4, 2)


def test_copies_of_a_task_are_all_different_and_end_when_there_are_no_more(tmp_path: Path) -> None:
    plain = tmp_path / "plain.json"
    pair = {"input": [[0]], "output": [[0]]}
    plain.write_text(json.dumps({"train": [pair], "test": [pair]}))
    (task,) = collect([str(plain)])
    assert len(variants(task, 20, 0)) == 1
    pair = {"input": [[1, 0]], "output": [[1, 0]]}
    plain.write_text(json.dumps({"train": [pair], "test": [pair]}))
    (task,) = collect([str(plain)])
    assert 30 < len(variants(task, 200, 0)) <= 36  # nine colours, four turns


def test_public_tasks_are_held_out_if_any_source_holds_them_out() -> None:
    tasks = collect(["arc2-training", "arc1-evaluation"])
    names = {task.name: task for task in tasks}
    evaluation = {puzzle.task for puzzle in load_tasks("arc1-evaluation")}
    assert all(names[name].held_out == (name in evaluation) for name in names)
    assert list(names) == sorted(names)


def test_a_closed_build_leaves_nothing(tmp_path: Path) -> None:
    steps = build("sudoku", tmp_path / "out", BuildRecipe(count=40, tests=2, augment=2))
    next(steps)
    assert [path.name[:5] for path in tmp_path.iterdir()] == [".out."]
    steps.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("hrm.data.npy.os.fsync", full)
    with pytest.raises(UserError, match=r"cannot be written \(No space left on device\)"):
        list(build("sudoku", tmp_path / "out", BuildRecipe(count=4, tests=1)))
    assert list(tmp_path.iterdir()) == []


MEASURED = """
import resource, sys
from pathlib import Path
from hrm.data.build import BuildRecipe, build
for _ in build("sudoku", Path(sys.argv[1]), BuildRecipe(count=1000, augment=999, tests=10)):
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_a_million_rows_need_less_than_a_gigabyte(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=True,
    )
    kibibytes = int(ran.stdout) if sys.platform != "darwin" else int(ran.stdout) // 1024
    assert kibibytes < 1_000_000
    (examples,) = read_split(tmp_path / "out", "train").sets
    assert examples.inputs.shape == (1_000_000, 81)
