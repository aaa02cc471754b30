"""One long pass holds every shorter one."""

from __future__ import annotations

import numpy as np
import tiny

from hrm.evaluation.scaling import Passes, curve, passes
from hrm.solving.accuracy import accuracy
from puzzles.maze.domain import MazeDomain
from puzzles.sudoku.domain import SudokuDomain


def test_points_are_what_the_flags_say() -> None:
    right = np.array([[0, 1, 1, 1], [0, 0, 1, 0], [0, 0, 0, 0]], dtype=np.bool_)
    wants = np.array([[0, 0, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]], dtype=np.bool_)
    points = curve(
        [Passes(right[part], wants[part], right[part]) for part in (slice(1), slice(1, 3))]
    )
    assert [p.limit for p in points] == [1, 2, 4]
    assert [p.fixed for p in points] == [0, 1, 1]
    assert [p.halting for p in points] == [0, 1, 1]
    assert [p.checked for p in points] == [0, 1, 2]
    assert [p.used for p in points] == [1.0, 5 / 3, 8 / 3]
    assert [p.needed for p in points] == [1.0, 2.0, 3.0]
    assert {p.n for p in points} == {3}


def test_the_last_point_is_the_whole_pass() -> None:
    flags = np.zeros((1, 6), dtype=np.bool_)
    assert [p.limit for p in curve([Passes(flags, flags, flags)])] == [1, 2, 4, 6]


def test_its_own_halting_is_what_evaluation_measures() -> None:
    model, domain = tiny.build(tiny.MAZE), MazeDomain()
    rng = np.random.default_rng(2)
    puzzles = [domain.generate(rng, "small") for _ in range(5)]
    point = curve(list(passes(model, domain, puzzles, 4, batch=2)))[-1]
    measured = accuracy(model, domain, puzzles, 4)
    assert (point.halting, point.used) == (measured.valid, measured.segments)


def test_an_oracle_is_right_from_its_segment_on() -> None:
    oracle, domain = tiny.Oracle("sudoku", right_from=3, halts_from=4), SudokuDomain()
    rng = np.random.default_rng(3)
    puzzles = [domain.generate(rng, "easy") for _ in range(3)]
    points = curve(list(passes(oracle.model(), domain, puzzles, 4, batch=2)))
    assert [(p.limit, p.fixed, p.halting, p.used) for p in points] == [
        (1, 0, 0, 1.0),
        (2, 0, 0, 2.0),
        (4, 3, 3, 4.0),
    ]
