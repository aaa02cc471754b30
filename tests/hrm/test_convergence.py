"""The series behind the solve screen's residual chart and that of `hrm analyze`."""

from __future__ import annotations

import math

import pytest

from hrm.plot import Convergence


def test_a_cycle_has_all_of_its_steps_and_ends_with_the_high_level() -> None:
    seen = Convergence.of([0.8, 0.4, 0.6, 0.2], [0.5, 0.1])
    assert seen.low == [(0.5, 0.8), (1.0, 0.4), (1.5, 0.6), (2.0, 0.2)]
    assert seen.high == [(1.0, 0.5), (2.0, 0.1)]
    assert (seen.cycles.low, seen.cycles.high) == (0, 2)
    assert (seen.sizes.low, seen.sizes.high) == (0.1, 0.8)
    assert seen.sizes.logarithmic


@pytest.mark.parametrize("steps", [1, 2, 3, 7])
def test_only_the_newest_steps_have_room_and_lie_on_the_axis_to_both_ends(steps: int) -> None:
    low = [1 / n for n in range(1, 10 * steps + 1)]
    seen = Convergence.of(low, low[::steps], most=6)
    assert [size for _, size in seen.low] == low[-6:]
    shares = [seen.cycles.share(x) for x, _ in seen.low]
    assert shares == pytest.approx([n / 5 for n in range(6)])
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert all(0 <= seen.cycles.share(x) <= 1 for x, _ in seen.high)
    assert seen.high[-1][0] == 10


def test_the_first_steps_stay_where_they_are_while_others_come() -> None:
    one, two = (Convergence.of([0.5] * count, [0.5] * (count // 2), most=20) for count in (2, 12))
    assert one.cycles == two.cycles
    assert one.low == two.low[:2]


def test_one_level_or_none_at_all_is_drawn_too() -> None:
    plain = Convergence.of([], [0.5, 0.25], most=4)
    assert (plain.low, plain.high) == ([], [(1.0, 0.5), (2.0, 0.25)])
    assert (plain.cycles.low, plain.cycles.high) == (1, 4)
    assert Convergence.of([], [], most=4).high == []


def test_sizes_that_are_no_numbers_leave_the_scale_alone() -> None:
    seen = Convergence.of([math.nan, 0.5, 0.0, 0.1], [math.inf, 0.2])
    assert (seen.sizes.low, seen.sizes.high) == (0.1, 0.5)
