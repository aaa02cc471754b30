"""What the two levels of the state do while the model thinks, beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from rich.text import Text
from textual.widgets import Static

from hrm.events import Segment
from hrm.plot import Convergence, Points
from hrm_tui.widgets.charts import curve


class ResidualChart(Static):
    """‖Δz‖ / ‖z‖ of every update up to the segment that is shown, logarithmic; both levels over
    the same cycles and on the same scale. A low-level step is one dot wide."""

    DEFAULT_CSS = "ResidualChart { height: 1fr; min-height: 4; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._segments: Sequence[Segment] = ()

    def show(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self.refresh()

    def render(self) -> Text:
        low = list(chain.from_iterable(segment.low_residuals for segment in self._segments))
        high = list(chain.from_iterable(segment.high_residuals for segment in self._segments))
        width, height = max(1, (self.size.width - 2) // 2), max(1, self.size.height - 1)
        seen = Convergence.of(low, high, most=2 * width)
        left, right = (
            curve(points, seen.cycles, seen.sizes, width, height)
            for points in (seen.low, seen.high)
        )
        title = f"{_title('‖Δz_L‖', seen.low):<{width}}  {_title('‖Δz_H‖', seen.high)}"
        lines = [Text(title[: self.size.width])]
        lines += [Text(f"{a}  {b}") for a, b in zip(left, right, strict=True)]
        return Text("\n").join(lines)


def _title(name: str, points: Points) -> str:
    return f"{name} {points[-1][1]:.3f}" if points else name
