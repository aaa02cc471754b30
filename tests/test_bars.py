"""Bars and curves made of characters."""

from __future__ import annotations

import math

import pytest

from hrm_tui.bars import column, curve, gauge


@pytest.mark.parametrize(
    ("share", "drawn"), [(0.0, " "), (0.001, "▁"), (0.5, "▄"), (1.0, "█"), (7.0, "█")]
)
def test_a_column_shows_anything_above_nothing(share: float, drawn: str) -> None:
    assert column(share) == drawn


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(0.0, "    "), (0.5, "██  "), (0.53125, "██▏ "), (1.0, "████"), (-1.0, "    "), (2.0, "████")],
)
def test_a_gauge_fills_its_width_in_eighths(share: float, drawn: str) -> None:
    assert gauge(share, 4) == drawn


def test_a_curve_falls_from_top_left_to_bottom_right() -> None:
    assert curve([1.0, 0.1], 1, 1) == ["⢁"]
    top, bottom = curve([1.0, 0.1, 0.01, 0.001], 2, 2)
    assert (top[0], bottom[1]) == ("⠡", "⢂")


def test_a_curve_keeps_the_newest_values_and_survives_odd_ones() -> None:
    assert curve([5.0, *[0.5] * 4], 2, 1) == curve([0.5] * 4, 2, 1)
    assert curve([], 3, 2) == ["   ", "   "]
    odd = curve([0.0, math.nan, math.inf, 1e9], 2, 2)
    assert all(len(line) == 2 for line in odd)
