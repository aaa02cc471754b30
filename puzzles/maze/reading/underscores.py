"""Mazes drawn with `_` for floors and `|` for walls, as many generators print them: a line of `_`
above, then two characters a cell, what is below it and what is right of it.

```
 _ _ _
|S  |_|
|_|_ G|
```
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from puzzles.maze.reading.drawings import ENDS, Drawing, Row

_MARKS = frozenset("_| .") | ENDS


def is_underscored(drawing: Drawing) -> bool:
    """Whether walls are drawn so: each `|` between two cells, and nothing else in the first row."""
    texts = _texts(drawing.rows)
    first, rows = texts[0], texts[1:]
    drawn = set("".join(texts))
    return (
        len(texts) > 2
        and {"_", "|"} <= drawn <= _MARKS
        and set(first) <= {"_", " "}
        and all(set(row[::2]) <= {"|", "_", " "} for row in rows)
        and not any("|" in row[1::2] for row in rows)
        and all(row[0] in "| " for row in rows)
    )


def from_underscores(drawing: Drawing) -> Drawing:
    """Cells, what is between them and posts, each a cell of the maze."""
    texts = _texts(drawing.rows)
    begin = min(len(row.text) - len(row.text.lstrip(" ")) for row in drawing.rows[1:])
    top = "".join("#" if at % 2 == 0 or c == "_" else " " for at, c in enumerate(texts[0]))
    found = [_row(drawing.rows[0], top, begin)]
    for number, text in enumerate(texts[1:], start=1):
        last = number == len(texts) - 1
        cells, below = "", ""
        for at, character in enumerate(text):
            if at % 2 == 0:
                cells += "#" if character == "|" else " "
                below += "#"
            else:
                letter = character in ENDS
                cells += character if letter else " "
                below += "#" if character == "_" or (letter and last) else " "
        found += [_row(drawing.rows[number], line, begin) for line in (cells, below)]
    return replace(drawing, rows=tuple(found), exact=True)


def _texts(rows: Sequence[Row]) -> list[str]:
    """Equally long texts of an odd length, without the indentation of all but the first."""
    begin = min(
        (len(row.text) - len(row.text.lstrip(" ")) for row in rows[1:] if row.text.strip()),
        default=0,
    )
    cut = [row.text[begin:].rstrip() for row in rows]
    width = max(map(len, cut)) // 2 * 2 + 1
    return [text.ljust(width) for text in cut]


def _row(row: Row, text: str, begin: int) -> Row:
    return Row(row.number, text, range(begin + 1, begin + 1 + len(text)))
