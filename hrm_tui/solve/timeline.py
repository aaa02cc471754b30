"""One column a segment: how many cells are unsure, how much changed, how many rules are broken, how
much the model wants to stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.segment import Segment as Piece
from rich.style import Style
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from hrm.events import Segment
from hrm.solving.wording import broken_rules, chance, halting_scale
from hrm_tui.widgets.charts import column

LABEL = 22
"""Columns before the first bar: a name and the value of the segment that is shown."""


class Series(NamedTuple):
    """Counts, or shares of 1 with their words; None where a segment does not say."""

    name: str
    value_of: Callable[[Segment], float | None]
    ink: str
    words: Callable[[Segment], str] | None = None


WORK = (
    Series("cells unsure", lambda segment: _count(segment.unsure), "$primary"),
    Series("cells changed", lambda segment: float(segment.changed.sum()), "$secondary"),
    Series("rules broken", lambda segment: _count(_broken(segment)), "$error"),
)
"""From what the model believes to what comes of it."""

WORK_WITHOUT_RULES = WORK[:-1]
"""Where rules are not known, as of ARC tasks."""

HALTING = (Series("chance", halting_scale, "$primary", chance),)
"""How likely the network thinks its answer is to be right."""

_LABEL_INK, _HERE_INK, _STOPS_INK = "$foreground-muted", "bold $foreground", "$accent"
_LATER_INK = "$border-blurred"
"""Why not component classes, see `board`."""


def _broken(segment: Segment) -> int | None:
    known = segment.violations is not None or segment.broken
    return broken_rules(segment) if known else None


def _count(number: int | None) -> float | None:
    return None if number is None else float(number)


class Timeline(Widget):
    """Click a column to go to its segment; it scrolls when there are more columns than fit. Bars
    are as high as there is room for.

    Counts are drawn by their square root, because the first segment changes nearly everything.
    """

    DEFAULT_CSS = "Timeline { height: auto; }"

    class Chosen(Message):
        """Segment number `position`, counted over all that are there, was clicked."""

        def __init__(self, position: int) -> None:
            super().__init__()
            self.position = position

    def __init__(self, series: tuple[Series, ...], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.series = series
        self._segments: Sequence[Segment] = ()
        self._position = 0
        self._ended = 0
        self._thought = 0
        self._first = 0
        self._limit = 0

    def show(
        self,
        segments: Sequence[Segment],
        position: int,
        limit: int = 0,
        *,
        ended: int | None = None,
        seen: int | None = None,
    ) -> None:
        """Mark segment `position`, from 1; 0 marks none. Up to `limit` there are empty columns.

        The values beside the names are those of segment `ended`, the last one that had ended in
        the frame; bars after it are muted, and those after `seen` are not drawn yet.
        """
        self._thought = len(segments)
        self._segments, self._limit = segments[:seen], limit
        self._position = min(position, len(segments))
        self._ended = min(self._position if ended is None else ended, len(self._segments))
        self._keep_visible()
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.series) + 2

    def _keep_visible(self) -> None:
        fit = max(1, self._fit)
        at = max(0, self._position - 1)
        self._first = max(at - fit + 1, min(self._first, at))
        columns = max(len(self._segments), self._position)
        self._first = max(0, min(self._first, columns - fit))

    @property
    def _step(self) -> int:
        """Columns a segment: two where all that may come fit in two."""
        wanted = max(len(self._segments), self._limit)
        return 2 if 2 * wanted <= self.size.width - LABEL else 1

    @property
    def _fit(self) -> int:
        return (self.size.width - LABEL) // self._step

    def on_resize(self) -> None:
        self._keep_visible()
        self.refresh()

    def on_click(self, event: Click) -> None:
        position = self._first + (event.x - LABEL) // self._step + 1
        if event.x >= LABEL and position <= self._thought:
            self.post_message(self.Chosen(position))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self._scroll(1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        self._scroll(-1)

    def _scroll(self, by: int) -> None:
        self._first = max(0, min(self._first + by, len(self._segments) - self._fit))
        self.refresh()

    @property
    def _lines(self) -> int:
        """Of a bar."""
        return max(1, (self.size.height - 2) // len(self.series))

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        bars = self._lines * len(self.series)
        if y < bars:
            series, line = divmod(y, self._lines)
            pieces = self._bars(self.series[series], self._lines - 1 - line)
        elif y == bars:
            pieces = [Piece(" " * LABEL, base), Piece(self._numbers(), self._ink(_LABEL_INK))]
        elif y == bars + 1 and self._position:
            before = LABEL + (self._position - 1 - self._first) * self._step
            inside = LABEL <= before < self.size.width
            pieces = [Piece(" " * before, base), Piece("▲", self._ink(_HERE_INK))] if inside else []
        else:
            pieces = []
        return Strip(pieces).crop_extend(0, self.size.width, base)

    def _bars(self, series: Series, line: int) -> list[Piece]:
        """A line of the bars, counted from their feet, where their name and value are."""
        values = [series.value_of(segment) for segment in self._segments]
        shares = values if series.words else _shares(values)
        label = " " * LABEL
        if not line:
            room = LABEL - len(series.name) - 1
            label = f"{series.name}{self._value(series, values):>{room}} "
        pieces = [Piece(label, self._ink(_LABEL_INK))]
        for index, one in enumerate(shares[self._first : self._first + self._fit], self._first):
            share = one or 0.0
            bar = column(_part(share, line, self._lines)).ljust(self._step)
            stops = series.words is not None and share > 0.5
            ink = _STOPS_INK if stops else series.ink
            pieces.append(Piece(bar, self._ink(ink if index < self._ended else _LATER_INK)))
        return pieces

    def _value(self, series: Series, values: Sequence[float | None]) -> str:
        """Of the last segment that had ended."""
        now = values[self._ended - 1] if self._ended else None
        if now is None:
            return ""
        return series.words(self._segments[self._ended - 1]) if series.words else f"{now:.0f}"

    def _numbers(self) -> str:
        """1 2 3 … while one figure is enough, then every fifth; where copies or what-ifs begin, a
        line and their name, which stands before it where there is no room behind."""
        width = self._fit * self._step
        line = [" "] * (width + 4)
        for index in range(self._first, min(self._first + self._fit, self._total)):
            at = (index - self._first) * self._step
            text = "·" if index >= len(self._segments) else self._number(index)
            if text.startswith("│") and at + len(text) > width:
                text = f"{text[1:]}│"[-at - 1 :]
                line[at - len(text) + 1 : at + 1] = text
            elif line[at] == " ":
                line[at : at + len(text)] = text
        return "".join(line[:width])

    @property
    def _total(self) -> int:
        return max(len(self._segments), self._limit)

    def _number(self, index: int) -> str:
        segment = self._segments[index]
        if segment.attempt:
            if index > self._first and self._segments[index - 1].attempt:
                return ""
            return "│copies" if segment.hypothesis is None else "│what-ifs"
        sparse = self._step == 1 or segment.number > 9
        return "" if sparse and segment.number % 5 and segment.number > 1 else str(segment.number)

    def _ink(self, style: str) -> Style:
        return (self.visual_style + self.app.stylesheet.parse_style(style)).rich_style


def _shares(counts: Sequence[float | None]) -> list[float | None]:
    """Square roots of counts as shares of the largest one."""
    top = math.sqrt(max((one for one in counts if one is not None), default=0.0)) or 1.0
    return [None if one is None else math.sqrt(one) / top for one in counts]


def _part(share: float, line: int, lines: int) -> float:
    """Of a bar of so many lines, what lies in one of them; no bar touches the one above it."""
    return min(1.0, max(0.0, share * (lines - 1 / 8) - line))
