"""The numbers and letters that tables write beside rows and above columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LABEL = re.compile(
    r"(?:(?:r|row|l|line|c|col|column|x|y|v|ligne|zeile|spalte|fila|unnamed: ?)[ _]?)?"
    r"\[?,?(\d{1,2}|[A-Z]),?\]?:?",
    re.IGNORECASE,
)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def are_counted(labels: Sequence[str]) -> bool:
    """Whether labels count 0, 1, 2 …, 1, 2, 3 … or A, B, C …, with or without words before."""
    found = [_LABEL.fullmatch(label.strip().strip("\"'*`")) for label in labels]
    names = [match[1].upper() for match in found if match]
    if len(names) < len(labels):
        return False
    if all(name.isdigit() for name in names):
        first = int(names[0])
        return first in (0, 1) and [int(n) for n in names] == [*range(first, first + len(names))]
    return "".join(names) in (_ALPHABET[: len(names)], _ALPHABET[: len(names) + 1].replace("I", ""))
