"""Numbers as characters: bars in eighths of a cell, and curves in braille dots."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

_RISING = " ▁▂▃▄▅▆▇█"
_GROWING = " ▏▎▍▌▋▊▉"
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a braille character by line and column (Unicode block U+2800)."""

LEAST = 1e-4
"""Residuals below this are drawn as this: the curve is logarithmic and must end somewhere."""


def column(share: float) -> str:
    """One character whose height is `share` of 1; anything above 0 is visible."""
    return _RISING[0 if share <= 0 else max(1, min(8, round(8 * share)))]


def gauge(share: float, width: int) -> str:
    """A bar of `width` characters, filled up to `share` of 1."""
    eighths = round(8 * width * max(0.0, min(1.0, share)))
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_GROWING[rest] if rest else "")).ljust(width)


def curve(values: Sequence[float], width: int, height: int) -> list[str]:
    """The last `2 * width` values as `height` lines of `width` braille characters, logarithmic.

    The top is the largest value or 1, the bottom the smallest of those that are drawn.
    """
    drawn = [
        math.log(max(value, LEAST)) if math.isfinite(value) else 0.0
        for value in values[-2 * width :]
    ]
    top, bottom = max([0.0, *drawn]), min(drawn, default=0.0)
    span = (top - bottom) or 1.0
    dots = ((x, round((4 * height - 1) * (top - y) / span)) for x, y in enumerate(drawn))
    return braille(dots, width, height)


def braille(dots: Iterable[tuple[int, int]], width: int, height: int) -> list[str]:
    """`height` lines of `width` characters with dots at (x, y), two across and four down in each.

    (0, 0) is at the upper left; every dot has to be inside.
    """
    cells = [[0] * width for _ in range(height)]
    for x, y in dots:
        cells[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
    return ["".join(chr(0x2800 + bits) if bits else " " for bits in line) for line in cells]
