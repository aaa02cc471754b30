"""Puzzles in fields of several lines, as CSV keeps them within quotes: each as lines of its own."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from io import StringIO

from puzzles.text.markup import SOFT
from puzzles.text.surroundings import says_answer

# the first line of such a field; Rust ends its strings with "#
_BEGIN = re.compile(r'^(?:[^"\n]{0,400}[,;\t])?"(?!##?[;,)]*\n)[^"\n]{0,400}\n', re.MULTILINE)
_FEWEST, _LONGEST = 3, 1_000_000
"""Lines of a field that may be a drawing, and characters of a text in which they are looked for."""


def with_fields_as_lines(text: str) -> str:
    """The fields of several lines, a title of answers above those of a column that says so; the
    same text where there is none. Lines keep their numbers, except where a field has fewer."""
    if len(text) > _LONGEST or not _BEGIN.search(text, 0, 20_000):
        return text
    records = _records(text)
    drawn = [field for record in records for field in record if field.count("\n") >= _FEWEST - 1]
    if not drawn or not all(record for record in records[:1]):
        return text
    names = records[0] if not any("\n" in field for field in records[0]) else []
    parts: list[str] = []
    at = 0
    for record in records:
        for number, field in enumerate(record):
            begin = text.find(field, at) if field.count("\n") >= _FEWEST - 1 else -1
            if begin < 0:
                continue
            parts.append("\n" * text.count("\n", at, begin) or SOFT)
            title = names[number] if number < len(names) else ""
            parts += [SOFT, title, SOFT] if says_answer(title) else [SOFT]
            parts += [field, SOFT]
            at = begin + len(field)
    return "".join(parts)


def _records(text: str) -> Sequence[list[str]]:
    """Those of CSV, with the mark between fields that its first line has."""
    first = text.lstrip("\n").split("\n", maxsplit=1)[0]
    mark = next((c for c in "\t;," if c in first), ",")
    try:
        return [record for record in csv.reader(StringIO(text), delimiter=mark) if record]
    except csv.Error:
        return []
