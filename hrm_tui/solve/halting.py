"""The decision after a segment as a tug-of-war in one line: continue, or stop."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from hrm.events import Segment
from hrm.solving.wording import halting_scale

_LEFT, _RIGHT = "continues ◀", "▶ stops"
_MOST = 30
"""Columns of the rope; more would say no more."""

_LEAST = 12
"""Columns that it keeps where something is said behind it."""


class TugOfWar(Static):
    """The mark is right of the middle where the model wants to stop. A segment in whose middle one
    is has decided nothing yet, so that the decision of the one before it stays. The scale is that
    of logits: as a share of 1 the mark would stay at the left end until the last segment."""

    DEFAULT_CSS = "TugOfWar { height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._decided: Segment | None = None
        self._where = ""

    def show(self, decided: Segment | None, where: str = "") -> None:
        """None: nothing was decided yet. `where` is said behind it where there is room."""
        self._decided, self._where = decided, where
        self.refresh()

    def render(self) -> Content:
        share = None if self._decided is None else halting_scale(self._decided)
        width = self.size.width - len(_LEFT) - len(_RIGHT)
        beside = width - len(self._where) - 3
        if not self._where or beside < _LEAST:
            return rope(share, max(3, min(_MOST, width)))
        return Content.assemble(rope(share, min(_MOST, beside)), "   ", (self._where, "bold"))


def rope(share: float | None, width: int) -> Content:
    """`continues ◀━━━●──┼────▶ stops`, `width` columns between the arrows; `share` is from 0, it
    continues, to 1, it stops."""
    if share is None:
        return Content.styled(f"{_LEFT}{'─' * width}{_RIGHT}", "$foreground-muted")
    place = round(min(1.0, max(0.0, share)) * (width - 1))
    stops = share > 0.5
    middle = width // 2
    marks = ["━"] * place + ["─"] * (width - place)
    marks[middle] = "╂" if place > middle else "┼"
    line = "".join(marks)
    colour = "$accent" if stops else "$primary"
    return Content.assemble(
        (_LEFT, "" if stops else f"bold {colour}"),
        (line[:place], "$foreground-muted"),
        ("●", f"bold {colour}"),
        (line[place + 1 :], "$foreground-muted"),
        (_RIGHT, f"bold {colour}" if stops else ""),
    )
