"""Numbers as characters: bars in eighths of a cell, and curves in braille dots between the least
and the largest value."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from textual.content import Content
from textual.widgets import Static

from hrm.plot import Axis, Frame, Points

_RISING = " ▁▂▃▄▅▆▇█"
_GROWING = " ▏▎▍▌▋▊▉"
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a braille character by line and column (Unicode block U+2800)."""


def column(share: float) -> str:
    """One character whose height is `share` of 1; anything above 0 is visible, what is no number
    is not."""
    return _RISING[max(1, min(8, round(8 * share))) if share > 0 else 0]


def gauge(share: float, width: int) -> str:
    """A bar of `width` characters, filled up to `share` of 1."""
    eighths = round(8 * width * min(1.0, share)) if share > 0 else 0
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_GROWING[rest] if rest else "")).ljust(width)


def curve(points: Points, x: Axis, y: Axis, width: int, height: int) -> list[str]:
    """`height` lines of `width` braille characters with a dot for every point within the axes."""
    return braille(Frame(x, y, 2 * width, 4 * height).spots(points), width, height)


def braille(dots: Iterable[tuple[int, int]], width: int, height: int) -> list[str]:
    """`height` lines of `width` characters with dots at (x, y), two across and four down in each.

    (0, 0) is at the upper left; every dot has to be inside.
    """
    cells = [[0] * width for _ in range(height)]
    for x, y in dots:
        cells[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
    return ["".join(chr(0x2800 + bits) if bits else " " for bits in line) for line in cells]


class Chart(Static):
    """`name` and its newest value above, the curve below between its axes, with their ends.

    `low` and `high` fix the upright axis, otherwise it spans what is drawn; `percent` writes it in
    hundredths; `x` is the name of the other one; `none` is said without values.
    """

    DEFAULT_CSS = "Chart { height: 1fr; min-height: 3; padding: 0 1; }"

    def __init__(
        self,
        name: str,
        *,
        low: float | None = None,
        high: float | None = None,
        percent: bool = False,
        x: str = "step",
        none: str = "",
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id, markup=False)
        self._title, self._none = name, none
        self._low, self._high = low, high
        self._percent, self._x = percent, x
        self._points: Points = ()
        self._newest = ""

    def show(self, points: Points, newest: str) -> None:
        """Points by rising x; `newest` is the value in the title."""
        self._points, self._newest = points, newest
        self.refresh()

    def render(self) -> Content:
        title = Content.assemble((self._title, "$foreground-muted"), " ", (self._newest, "bold"))
        if not self._points:
            return Content("\n").join([title, Content(self._none)])
        values = [y for _, y in self._points]
        low = min(values) if self._low is None else self._low
        high = max(values) if self._high is None else self._high
        height = max(1, self.size.height - 2)
        labels = self._labels(low, high, height)
        margin = max(map(len, labels))
        width = max(1, self.size.width - margin - 2)
        rows = dots(self._points, low, high, width, height)
        lines = [
            Content.assemble(
                (f"{label:>{margin}} {'┤' if label else '│'}", "$foreground-muted"),
                (row, "$primary"),
            )
            for label, row in zip(labels, rows, strict=True)
        ]
        axis = f"{'':>{margin}} └{self._across(width)}"
        return Content("\n").join([title, *lines, Content.styled(axis, "$foreground-muted")])

    def _labels(self, low: float, high: float, height: int) -> list[str]:
        """One a line: both ends, and the middle where there is a line for it."""
        labels = [""] * height
        places = {0: high, height - 1: low} if height > 1 else {0: high}
        if height >= 5 and height % 2:
            places[height // 2] = (low + high) / 2
        for line, value in places.items():
            labels[line] = f"{value:.0%}" if self._percent else f"{value:.3g}"
        return labels

    def _across(self, width: int) -> str:
        """The lower axis, its ends and its name in it."""
        first, last = f"{self._points[0][0]:,.0f}", f"{self._points[-1][0]:,.0f}"
        left = f" {self._x} {first} "
        right = f" {last} " if last != first else ""
        return f"{left}{'─' * (width - len(left) - len(right))}{right}"[:width]


def dots(points: Points, low: float, high: float, width: int, height: int) -> list[str]:
    """`height` lines of `width` braille characters with a curve from the first x to the last.

    It has no gaps; a value beyond an end of the axis is drawn there.
    """
    drawn: list[tuple[int, int]] = []
    span, before = (high - low) or 1.0, -1
    for x, value in enumerate(columns(points, 2 * width)):
        share = min(1.0, max(0.0, (value - low) / span))
        y = round((4 * height - 1) * (1 - share))
        drawn += [(x, dot) for dot in _from_to(before, y)]
        before = y
    return braille(drawn, width, height)


def columns(points: Points, count: int) -> list[float]:
    """The mean y of each of `count` equal stretches of x, interpolated where one has no point.

    A single value where all points have the same x.
    """
    first, last = points[0][0], points[-1][0]
    if first == last:
        return [points[-1][1]]
    found: dict[int, list[float]] = {}
    for x, y in points:
        found.setdefault(round((x - first) / (last - first) * (count - 1)), []).append(y)
    means = {place: sum(values) / len(values) for place, values in found.items()}
    drawn = [means[0]]
    for (a, before), (b, after) in pairwise(sorted(means.items())):
        drawn += [before + (after - before) * step / (b - a) for step in range(1, b - a + 1)]
    return drawn


def _from_to(before: int, y: int) -> range:
    """The dots of a column: from beside the last column's (-1: there is none) to its own."""
    if before < 0 or before == y:
        return range(y, y + 1)
    return range(before + 1, y + 1) if before < y else range(y, before)
