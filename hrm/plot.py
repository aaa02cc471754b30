"""Charts as text, in which every series has its own marker and needs no colour.

`Convergence` holds the series of the HRM paper's figure 3 (arXiv 2506.21734): the low level
converges within each cycle and is reset by the next, the high level converges over all cycles. The
solve screen draws it for one puzzle, `hrm analyze` as a mean over many.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Points = Sequence[tuple[float, float]]

MARKERS = "●○▲△■□◆◇×+"
_BETWEEN = "·"
_MEETING = "*"
"""Drawn where points of several series coincide."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of values and its label."""

    low: float
    high: float
    logarithmic: bool = False
    name: str = ""

    @classmethod
    def over(cls, values: Sequence[float], *, logarithmic: bool = False, name: str = "") -> Axis:
        """An axis that spans all finite values (above 0, if logarithmic)."""
        drawn = [v for v in values if math.isfinite(v) and (v > 0 or not logarithmic)]
        low, high = min(drawn, default=1.0), max(drawn, default=1.0)
        if low == high:
            low, high = (low / 2, high * 2) if logarithmic else (low - 0.5, high + 0.5)
        return cls(low, high, logarithmic, name)

    def share(self, value: float) -> float:
        """Position of a value: 0 at the low end, 1 at the high end, nan if it has none."""
        if not self.logarithmic:
            return (value - self.low) / (self.high - self.low)
        if value <= 0:
            return math.nan
        return math.log(value / self.low) / math.log(self.high / self.low)

    def ends(self) -> tuple[str, str]:
        return f"{self.low:.4g}", f"{self.high:.4g}"


@dataclass(frozen=True, slots=True)
class Frame:
    """Two axes over a grid of characters; positions are (column, line) from the top left."""

    x: Axis
    y: Axis
    columns: int
    lines: int

    def spots(self, points: Points) -> Iterator[tuple[int, int]]:
        """Positions of the points; those outside the axes are left out."""
        return self._inside((self.x.share(x), self.y.share(y)) for x, y in points)

    def path(self, points: Points) -> Iterator[tuple[int, int]]:
        """Positions on straight lines between successive points."""
        shares = [(self.x.share(x), self.y.share(y)) for x, y in points]
        steps = 4 * self.columns
        for (x0, y0), (x1, y1) in pairwise(shares):
            yield from self._inside(
                (x0 + i / steps * (x1 - x0), y0 + i / steps * (y1 - y0)) for i in range(steps)
            )

    def _inside(self, shares: Iterable[tuple[float, float]]) -> Iterator[tuple[int, int]]:
        for across, up in shares:
            if 0 <= across <= 1 and 0 <= up <= 1:
                yield round(across * (self.columns - 1)), round((1 - up) * (self.lines - 1))


def chart(
    series: Mapping[str, Points], x: Axis, y: Axis, *, width: int = 64, height: int = 14
) -> str:
    """A chart as lines of text: y label, plot, x label and legend.

    Draws at most `len(MARKERS)` series. Points outside the axes are left out; points of several
    series in one position get a marker of their own.
    """
    frame = Frame(x, y, width, height)
    grid = [[" "] * width for _ in range(height)]
    for points in series.values():
        for column, line in frame.path(points):
            grid[line][column] = _BETWEEN
    meeting = False
    for points, mark in zip(series.values(), MARKERS, strict=False):
        for column, line in frame.spots(points):
            alone = grid[line][column] in (" ", _BETWEEN, mark)
            grid[line][column] = mark if alone else _MEETING
            meeting |= not alone
    bottom, top = y.ends()
    margin = max(len(bottom), len(top))
    labels = [top, *[""] * (height - 2), bottom]
    lines = [y.name] if y.name else []
    lines += [f"{label:>{margin}} ┤{''.join(row)}" for label, row in zip(labels, grid, strict=True)]
    low, high = x.ends()
    indent = " " * (margin + 2)
    lines.append(indent[:-1] + "└" + "─" * width)
    lines.append(indent + low + x.name.center(width - len(low) - len(high)) + high)
    legend = [f"{mark} {name}" for name, mark in zip(series, MARKERS, strict=False)]
    lines.append(indent + "   ".join([*legend, *([f"{_MEETING} several"] if meeting else [])]))
    return "\n".join(line.rstrip() for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """‖Δz‖ / ‖z‖ of each update against cycles: `low` has several points per cycle, `high` one.
    `sizes` is the common y axis."""

    low: Points
    high: Points
    cycles: Axis
    sizes: Axis

    @classmethod
    def of(cls, low: Sequence[float], high: Sequence[float], most: int = 0) -> Convergence:
        """From the relative steps of all updates, in order.

        With `most` (at least 2; 0: no limit) only the newest `most` low-level steps are shown, on
        an x axis of constant length.
        """
        steps = len(low) / len(high) if low and high else 1.0
        count = len(low) or len(high)
        newest = max(count, most)
        oldest = newest - most + 1 if most else 0
        cycles = Axis(oldest / steps, newest / steps, name="cycles")
        drawn = [
            [(x, size) for x, size in points if cycles.low <= x <= cycles.high]
            for points in (_points(low, steps), _points(high, 1.0))
        ]
        sizes = [size for points in drawn for _, size in points]
        return cls(
            low=drawn[0],
            high=drawn[1],
            cycles=cycles,
            sizes=Axis.over(sizes, logarithmic=True, name="‖Δz‖ / ‖z‖"),
        )


def _points(sizes: Sequence[float], steps: float) -> Points:
    return [(number / steps, size) for number, size in enumerate(sizes, start=1)]
