"""Bars and curves made of characters."""

from __future__ import annotations

import math

import pytest

from hrm.plot import Axis
from hrm_tui.widgets.charts import column, curve, gauge


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(0.0, " "), (0.001, "▁"), (0.5, "▄"), (1.0, "█"), (7.0, "█"), (math.nan, " ")],
)
def test_a_column_shows_anything_above_nothing(share: float, drawn: str) -> None:
    assert column(share) == drawn


@pytest.mark.parametrize(
    ("share", "drawn"),
    [
        (0.0, "    "),
        (0.5, "██  "),
        (0.53125, "██▏ "),
        (1.0, "████"),
        (-1.0, "    "),
        (2.0, "████"),
        (math.nan, "    "),
    ],
)
def test_a_gauge_fills_its_width_in_eighths(share: float, drawn: str) -> None:
    assert gauge(share, 4) == drawn


def test_a_curve_falls_from_top_left_to_bottom_right() -> None:
    points = [(1.0, 1.0), (2.0, 0.1), (3.0, 0.01), (4.0, 0.001)]
    sizes = Axis(0.001, 1.0, logarithmic=True)
    assert curve(points[:2], Axis(1, 2), Axis(0.1, 1.0, logarithmic=True), 1, 1) == ["⢁"]
    top, bottom = curve(points, Axis(1, 4), sizes, 2, 2)
    assert (top[0], bottom[1]) == ("⠡", "⢂")


def test_a_curve_leaves_out_what_has_no_place() -> None:
    sizes = Axis(0.1, 1.0, logarithmic=True)
    odd = [(1.0, 0.0), (2.0, math.nan), (3.0, math.inf), (9.0, 0.5)]
    assert curve(odd, Axis(1, 4), sizes, 2, 2) == ["  ", "  "]
    assert curve([], Axis(1, 4), sizes, 3, 2) == ["   ", "   "]
