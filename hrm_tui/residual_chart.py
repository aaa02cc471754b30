"""Hierarchical convergence: the low level settles within a cycle and is stirred up by the next one,
the high level settles over all of them (Wang et al., 2025, figure 3)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from rich.text import Text
from textual.widgets import Static

from hrm.events import Segment
from hrm_tui.bars import curve


class ResidualChart(Static):
    """‖Δz‖ / ‖z‖ of every update up to the segment that is shown, logarithmic, newest at the right;
    the steps of both levels beside each other."""

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
        left, right = (curve(values, width, height) for values in (low, high))
        title = f"{_title('‖Δz_L‖', low):<{width}}  {_title('‖Δz_H‖', high)}"
        lines = [Text(title[: self.size.width])]
        lines += [Text(f"{a}  {b}") for a, b in zip(left, right, strict=True)]
        return Text("\n").join(lines)


def _title(name: str, values: Sequence[float]) -> str:
    return f"{name} {values[-1]:.3f}" if values else name
