"""Small charts as text, for a terminal or a README: each series has a marker of its own, so that
nothing hangs on colour."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Points = Sequence[tuple[float, float]]

MARKERS = "●○▲△■□◆◇×+"
_BETWEEN = "·"


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, shown as `name`; the ends are powers of ten where it is logarithmic."""

    low: float
    high: float
    logarithmic: bool = False
    name: str = ""

    @classmethod
    def over(cls, values: Sequence[float], *, logarithmic: bool = False, name: str = "") -> Axis:
        """As long as the finite values; on a logarithmic axis those above 0."""
        drawn = [v for v in values if math.isfinite(v) and (v > 0 or not logarithmic)]
        low, high = min(drawn, default=1.0), max(drawn, default=1.0)
        if low == high:
            low, high = (low / 2, high * 2) if logarithmic else (low - 0.5, high + 0.5)
        return cls(low, high, logarithmic, name)

    def share(self, value: float) -> float:
        """0 at the low end, 1 at the high one, nan where a value has no place."""
        if not self.logarithmic:
            return (value - self.low) / (self.high - self.low)
        if value <= 0:
            return math.nan
        return math.log(value / self.low) / math.log(self.high / self.low)

    def ends(self) -> tuple[str, str]:
        return f"{self.low:.4g}", f"{self.high:.4g}"


def chart(
    series: Mapping[str, Points], x: Axis, y: Axis, *, width: int = 64, height: int = 14
) -> str:
    """The y name, the plot between its axes, the x name and a legend, as lines of text.

    At most as many series as `MARKERS`; what lies outside of an axis is left out, and later series
    are drawn over earlier ones.
    """
    field = _Field(x, y, width, height)
    for points in series.values():
        field.join(points)
    for points, mark in zip(series.values(), MARKERS, strict=False):
        for point in points:
            field.put(*point, mark)
    bottom, top = y.ends()
    margin = max(len(bottom), len(top))
    labels = [top, *[""] * (height - 2), bottom]
    lines = [y.name] if y.name else []
    lines += [
        f"{label:>{margin}} ┤{''.join(row)}" for label, row in zip(labels, field.grid, strict=True)
    ]
    low, high = x.ends()
    indent = " " * (margin + 2)
    lines.append(indent[:-1] + "└" + "─" * width)
    lines.append(indent + low + x.name.center(width - len(low) - len(high)) + high)
    legend = [f"{mark} {name}" for name, mark in zip(series, MARKERS, strict=False)]
    lines.append(indent + "   ".join(legend))
    return "\n".join(line.rstrip() for line in lines)


class _Field:
    """The characters between the axes."""

    def __init__(self, x: Axis, y: Axis, width: int, height: int) -> None:
        self._x, self._y = x, y
        self._width, self._height = width, height
        self.grid = [[" "] * width for _ in range(height)]

    def put(self, x: float, y: float, mark: str) -> None:
        across, up = self._x.share(x), self._y.share(y)
        if 0 <= across <= 1 and 0 <= up <= 1:
            self._mark(across, up, mark)

    def join(self, points: Points) -> None:
        """Dots from each point to the next, straight as the axes go."""
        places = [(self._x.share(x), self._y.share(y)) for x, y in points]
        for (x0, y0), (x1, y1) in pairwise(places):
            for step in range(4 * self._width):
                share = step / (4 * self._width)
                across, up = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
                if 0 <= across <= 1 and 0 <= up <= 1:
                    self._mark(across, up, _BETWEEN)

    def _mark(self, across: float, up: float, mark: str) -> None:
        line = round((1 - up) * (self._height - 1))
        self.grid[line][round(across * (self._width - 1))] = mark
