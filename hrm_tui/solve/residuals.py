"""What the two levels of the state do while the model thinks, beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from textual.content import Content
from textual.widgets import Static

from hrm.events import Segment
from hrm.plot import Convergence
from hrm_tui.widgets.charts import curve

TITLE = "how far each update moves the state"

_LABEL = 6
"""Columns of the axis: a number and its tick."""


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

    def render(self) -> Content:
        low = list(chain.from_iterable(segment.low_residuals for segment in self._segments))
        high = list(chain.from_iterable(segment.high_residuals for segment in self._segments))
        width = max(1, (self.size.width - _LABEL - 2) // 2)
        height = max(1, self.size.height - 2)
        if not low and not high:
            return Content.styled(f"{TITLE}\nnothing yet", "$foreground-muted")
        seen = Convergence.of(low, high, most=2 * width)
        ends = f"{seen.sizes.high:.2g}", f"{seen.sizes.low:.2g}"
        labels = [ends[0], *[""] * (height - 2), ends[1]][-height:]
        heads = ("fast state", "slow state")
        lines = [
            Content.styled(TITLE, "$foreground-muted"),
            Content.styled(f"{'':{_LABEL}}{heads[0]:<{width}}  {heads[1]}", "$foreground-muted"),
        ]
        curves = (curve(of, seen.cycles, seen.sizes, width, height) for of in (seen.low, seen.high))
        for label, fast, slow in zip(labels, *curves, strict=True):
            axis = f"{label[: _LABEL - 2]:>{_LABEL - 2}} ┤"
            lines.append(Content.assemble((axis, "$foreground-muted"), fast, "  ", slow))
        return Content("\n").join(lines)
