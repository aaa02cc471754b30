"""One line about the cell under the cursor: how sure the model is of it and what else it weighs."""

from __future__ import annotations

from hrm.events import Segment
from puzzles.base import AnyDomain, Position

LEAST = 0.005
"""Alternatives below half a per cent are not worth their place."""


def cell_line(kind: AnyDomain, segment: Segment | None, at: Position | None) -> str:
    """`r5c2: 4 61 %  8 22 %  2 9 %`; rows and columns count from 1 as in the rules' sentences."""
    if at is None:
        return "h j k l or a click: look at a cell"
    name = f"r{at[0] + 1}c{at[1] + 1}"
    if segment is None:
        return f"{name}: no segment yet"
    rows, columns = segment.answer.shape
    if at[0] >= rows or at[1] >= columns:
        return f"{name}: outside the answer"
    if segment.alternatives is not None:
        shares = segment.alternatives.probabilities[:, at[0], at[1]].tolist()
        tokens = segment.alternatives.tokens[:, at[0], at[1]].tolist()
        weighed = [
            f"{_glyph(kind, token)} {100 * share:.0f} %"
            for token, share in zip(tokens, shares, strict=True)
            if share >= LEAST
        ]
        return f"{name}: {'   '.join(weighed)}"
    if segment.confidence is not None:
        return f"{name}: {100 * float(segment.confidence[at]):.0f} % sure"
    return f"{name}: a copy's confidence is not known"


def _glyph(kind: AnyDomain, token: int) -> str:
    glyphs = kind.spec.glyphs
    return (glyphs[token] if token < len(glyphs) else "") or "?"
