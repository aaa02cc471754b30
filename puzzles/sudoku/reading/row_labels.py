"""Numbers, letters and words that stand above the columns and before or behind the rows of a drawn
Sudoku."""

from __future__ import annotations

import re
from collections.abc import Sequence

from puzzles.sudoku.rules import SMALLEST
from puzzles.text.labels import are_counted
from puzzles.text.text_grid import Line

BARS = str.maketrans(dict.fromkeys("│║┃┆┊‖¦!", "|"))
"""Marks that are as good as a bar."""

_PREFIX = re.compile(
    r"(\s*+(?:(?:row|line|r|l|ligne|zeile|fila)[ _]?)?\[?(?:\d{1,2}|[A-Z]),?\]?"
    r"(?:\s*+(?:[|:│║=]\s*+|[.)\]-]\s++)|\s++))(?=\S)",
    re.IGNORECASE,
)
_WORDED = re.compile(r"\s*+(?:\d{1,5}[ \t]++)?(\.?[A-Za-z]{2,12})[ \t]++(?=[\d._\"'])")
_CORNER = re.compile(r"(?![xX]\b)[A-Za-z][A-Za-z_/\\*]{0,8}")
_SUFFIX = re.compile(r"(?<=\S)\s++(?:[|│║]\s*+)?(?:\d{1,2}|[A-Z])\s*+$")


def is_header(text: str) -> bool:
    """Whether a line names the columns one after the other."""
    labels = [word for word in re.split(r"[\s|,;│║]+", text.translate(BARS)) if word]
    return len(labels) >= SMALLEST and are_columns(labels)


def are_columns(labels: Sequence[str]) -> bool:
    """Whether labels count columns, perhaps behind a name of the rows such as `row`."""
    return are_counted(labels) or (
        _CORNER.fullmatch(labels[0]) is not None and are_counted(labels[1:])
    )


def unlabelled(rows: Sequence[Line]) -> list[Line] | None:
    """Without the number or letter that is written before each row."""
    found = [_PREFIX.match(row.text) for row in rows]
    ends = [match.end() for match in found if match]
    if len(ends) < len(rows) or not rows:
        return None
    labels = [
        row.text[:end].strip().rstrip(":.)|│║=-").strip()
        for row, end in zip(rows, ends, strict=True)
    ]
    size = next((n for n in (9, len(rows)) if len(rows) % n == 0), 0)
    blocks = [labels[i : i + size] for i in range(0, len(labels), size)] if size else []
    if not blocks or not all(map(are_counted, blocks)):
        return None
    left = [
        row._replace(text=" " * end + row.text[end:]) for row, end in zip(rows, ends, strict=True)
    ]
    return unlabelled_behind(left) or left


def without_word(rows: Sequence[Line]) -> list[Line] | None:
    """Without the one word that stands before each row, as DATA does in BASIC."""
    found = [_WORDED.match(row.text) for row in rows]
    words = [match[1] for match in found if match]
    if len(words) < len(rows) or len(set(words)) != 1:
        return None
    return [
        row._replace(text=" " * match.end() + row.text[match.end() :])
        for row, match in zip(rows, found, strict=True)
        if match
    ]


def unlabelled_behind(rows: Sequence[Line]) -> list[Line] | None:
    """Without the number or letter that is written behind each row."""
    found = [_SUFFIX.search(row.text) for row in rows]
    begins = [match.start() for match in found if match]
    if len(begins) < len(rows) or len(rows) != 9:
        return None
    labels = [row.text[at:].strip(" |│║") for row, at in zip(rows, begins, strict=True)]
    cut = [row._replace(text=row.text[:at]) for row, at in zip(rows, begins, strict=True)]
    whole = all(sum(not c.isspace() and c not in "|│║" for c in row.text) == 9 for row in cut)
    return cut if whole and are_counted(labels) else None
