"""Charts as text: markers are where the numbers say."""

from __future__ import annotations

import math

from hrm.plot import Axis, chart


def plotted(text: str) -> list[str]:
    return [line.split("┤", 1)[1] for line in text.splitlines() if "┤" in line]


def test_corners_are_corners() -> None:
    text = chart(
        {"up": [(0, 0), (10, 1)]}, Axis(0, 10, name="steps"), Axis(0, 1), width=11, height=5
    )
    rows = plotted(text)
    assert len(rows) == 5
    assert rows[0].endswith("●")
    assert len(rows[0]) == 11
    assert rows[-1].startswith("●")
    assert rows[2][5] == "·"
    assert "steps" in text
    assert text.splitlines()[-1].strip() == "● up"


def test_a_logarithmic_axis_spaces_powers_alike() -> None:
    points = [(1.0, 0.0), (10.0, 0.0), (100.0, 0.0)]
    x = Axis.over([p for p, _ in points], logarithmic=True)
    (row,) = plotted(chart({"a": points}, x, Axis(-1, 1), width=21, height=3))[1:2]
    assert [place for place, mark in enumerate(row) if mark == "●"] == [0, 10, 20]


def test_series_have_their_own_markers_and_one_for_where_they_meet() -> None:
    text = chart({"a": [(0, 0), (1, 1)], "b": [(0, 0)]}, Axis(0, 1), Axis(0, 1), width=5, height=3)
    assert plotted(text)[-1].startswith("*")
    assert plotted(text)[0].endswith("●")
    assert "● a   ○ b   * several" in text


def test_what_has_no_place_is_left_out() -> None:
    points = [(0.0, 1.0), (1.0, math.nan), (2.0, math.inf), (1.0, -4.0), (1.0, 0.5)]
    text = chart({"a": points}, Axis(0, 1, logarithmic=False), Axis(0, 1), width=5, height=3)
    assert text.count("●") == 3  # two points and the legend
    log = chart({"a": [(-1.0, 0.5)]}, Axis.over([1, 10], logarithmic=True), Axis(0, 1))
    assert log.count("●") == 1


def test_axes_of_nothing_or_one_value_still_have_a_length() -> None:
    assert Axis.over([]).low < Axis.over([]).high
    assert Axis.over([3.0], logarithmic=True) == Axis(1.5, 6.0, logarithmic=True)
    assert Axis.over([math.nan, 2.0]) == Axis(1.5, 2.5)
