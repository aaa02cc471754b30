"""Box-drawing and block characters as geometry, so that pictures need no font for them and they
always join.

A cell is 1 wide and 1 high here; (0, 0) is its upper left corner.
"""

from __future__ import annotations

import unicodedata
from functools import cache

SIDES = ("UP", "RIGHT", "DOWN", "LEFT")

Strokes = tuple[int, int, int, int]
"""How heavy the line from the middle to each of `SIDES` is: 0 none, 1 light, 2 heavy."""

Block = tuple[float, float, float, float]
"""Left, top, width, height."""

_BOTH = {"HORIZONTAL": ("LEFT", "RIGHT"), "VERTICAL": ("UP", "DOWN")}
_WEIGHTS = {"LIGHT": 1, "HEAVY": 2}


@cache
def strokes(character: str) -> Strokes | None:
    """The strokes of a box-drawing character, from its Unicode name; None for other characters, and
    for double, diagonal and dashed lines."""
    name = unicodedata.name(character, "")
    if not name.startswith("BOX DRAWINGS ") or {"DOUBLE", "DIAGONAL", "DASH"} & set(name.split()):
        return None
    found = dict.fromkeys(SIDES, 0)
    first = 0
    for part in name.removeprefix("BOX DRAWINGS ").split(" AND "):
        words = part.split()
        own = next((_WEIGHTS[word] for word in words if word in _WEIGHTS), first)
        first = first or own  # `HEAVY UP AND RIGHT` says it once for all
        for word in words:
            for side in _BOTH.get(word, (word,)):
                if side in found:
                    found[side] = own
    up, right, down, left = found.values()
    return up, right, down, left


@cache
def block(character: str) -> Block | None:
    """The rectangle of █ ▀ ▄ ▌ ▐ or an eighth block; None for other characters."""
    code = ord(character)
    if code == 0x2580:
        return 0.0, 0.0, 1.0, 0.5
    if code == 0x2590:
        return 0.5, 0.0, 0.5, 1.0
    if 0x2581 <= code <= 0x2588:
        height = (code - 0x2580) / 8
        return 0.0, 1 - height, 1.0, height
    if 0x2589 <= code <= 0x258F:
        return 0.0, 0.0, (0x2590 - code) / 8, 1.0
    return None
