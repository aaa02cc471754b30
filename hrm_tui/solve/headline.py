"""The first line of the solve screen: the puzzle, the model, how it stands."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import clamp

from hrm.terminal import clean_line

_MOST, _LEAST = 60, 8
"""Characters of the puzzle's name; what is behind the state's first word is left out before a name
has fewer than the second."""


def headline(
    width: int, kind: str, source: str, middles: Sequence[str], state: str, style: str
) -> Content:
    """The first of `middles` that there is room for stands between the name and the state."""
    before = f"hrm ▸ {kind} ▸ "
    if len(before) + _LEAST + 2 + len(state) > width:
        state = state.partition(" · ")[0]
    for_source = width - len(before) - len(state) - 2
    left = before + clean_line(source, clamp(for_source, 1, _MOST))
    rest = width - len(left) - len(state)
    middle = next((said for said in middles if len(said) + 4 <= rest), "")
    free = rest - len(middle)
    gap = max(1, free // 2)
    return Content.assemble(
        (left, "bold"),
        " " * gap,
        (middle, "$foreground-muted"),
        " " * max(1, free - gap),
        (state, f"bold {style}"),
    )
