"""Counts, intervals and calibration are what their formulas say."""

from __future__ import annotations

import pytest

from hrm.evaluation.scores import PuzzleResult, Scores, Share, by_difficulty, halting, wilson


def judged(number: int, right: bool, **other: object) -> PuzzleResult:
    values: dict[str, object] = {
        "puzzle": number,
        "name": "",
        "difficulty": "no guess",
        "halted": True,
        "segments": number + 1,
        "right": right,
        "exact": right,
        "path": None,
        "cells": 1.0 if right else 0.5,
        "single": right,
        "verified": True,
        "halting": ((0.25, False, False), (0.95, True, right)),
        "seconds": 0.5,
    }
    return PuzzleResult(**(values | other))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (98, 100, 0.93, 0.9945)],
)
def test_wilson_agrees_with_published_tables(count: int, n: int, low: float, high: float) -> None:
    assert wilson(count, n) == pytest.approx((low, high), abs=5e-4)


def test_nothing_counted_is_nothing_known() -> None:
    assert Share.of([]) == Share(count=0, n=0, low=0.0, high=1.0)
    assert Share.of([]).share == 0.0
    assert Scores.of([]).n == 0
    assert halting([]).segments == 0


def test_a_group_is_counted() -> None:
    scores = Scores.of([judged(n, n < 3) for n in range(4)])
    assert (scores.n, scores.right.count, scores.single.count, scores.verified.count) == (
        4,
        3,
        3,
        4,
    )
    assert scores.cells == pytest.approx(0.875)
    assert scores.segments == pytest.approx((2.5, 2.5, 3.7, 4.0))
    assert scores.path is None


def test_paths_are_counted_where_there_are_any() -> None:
    scores = Scores.of([judged(0, False, path=True), judged(1, False, path=False)])
    assert scores.path is not None
    assert (scores.path.count, scores.path.n) == (1, 2)


def test_groups_are_in_order_of_difficulty() -> None:
    names = ["10-19 guesses", "no guess", "3-9 guesses", "20+ guesses", "1-2 guesses"]
    groups = by_difficulty([judged(n, True, difficulty=name) for n, name in enumerate(names)])
    assert list(groups) == [
        "no guess",
        "1-2 guesses",
        "3-9 guesses",
        "10-19 guesses",
        "20+ guesses",
    ]


def test_calibration_is_the_gap_between_probability_and_outcome() -> None:
    stops = halting([judged(0, True), judged(1, False)])
    assert stops.segments == 4
    assert stops.accuracy == pytest.approx(0.75)  # one wish to halt was wrong
    assert [(b.count, b.right) for b in stops.bins] == [(2, 0.0), (2, 0.5)]
    assert stops.error == pytest.approx(0.5 * 0.25 + 0.5 * 0.45)


def test_a_certain_wish_is_in_the_last_bin() -> None:
    (only,) = halting([judged(0, True, halting=((1.0, True, True),))]).bins
    assert (only.low, only.high, only.count) == (0.9, 1.0, 1)
