"""Numbers as characters: bars in eighths of a cell, and curves in braille dots."""

from __future__ import annotations

from collections.abc import Iterable

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
