"""Matrices as programs print and fill them: with their columns in several blocks, because a line is
too short for all, and in C++ with `<<` and commas. Both become rows of numbers, one a line."""

from __future__ import annotations

import re
from itertools import pairwise

_LONGEST = 500_000
"""Characters of a text in which they are looked for."""

_HEAD = re.compile(
    r"[ \t]*(?:Columns?[ ](\d{1,3})(?:[ ](?:through|and|to|-)[ ]\d{1,3})?:?"
    r"|\[,(\d{1,3})\](?:[ \t]+\[,\d{1,3}\])*)[ \t]*"
)
"""Above a block: in Octave and MATLAB, and in R."""

_DIGIT = re.compile(r"\d")
_LABEL = re.compile(r"[ \t]*\[\d{1,3},\]")
_STREAM = re.compile(
    r"^[^\n]{0,120}?<<[ \t\n]*(?=-?\d)((?:-?\d+\s*,\s*){15,5000}-?\d+)\s*\)?;", re.M
)
_LINE_ENDS = re.compile(r"^[ \t]+|[ \t]*,[ \t]*$", re.M)


def with_whole_rows(text: str) -> str:
    """The rows of such matrices in the lines of their first block; the same text where it has
    none. Lines keep their numbers."""
    if len(text) > _LONGEST:
        return text
    if "<<" in text:
        text = _STREAM.sub(lambda match: _LINE_ENDS.sub("", match[1]), text)
    return _joined(text) if "Column" in text or "[,1]" in text else text


def _joined(text: str) -> str:
    lines = text.split("\n")
    blocks: list[tuple[int, int, list[int]]] = []  # first column, line of the title, lines of rows
    is_open = False
    for at, line in enumerate(lines):
        head = _HEAD.fullmatch(line) if len(line) < 1_000 else None
        if head:
            blocks.append((int(head[1] or head[2]), at, []))
            is_open = True
        elif is_open and _DIGIT.search(line):
            blocks[-1][2].append(at)
        elif is_open and (blocks[-1][2] or line.strip()):
            is_open = False
    starts = [i for i, block in enumerate(blocks) if block[0] == 1]
    for start, end in pairwise([*starts, len(blocks)]):
        _join(lines, blocks[start:end])
    return "\n".join(lines)


def _join(lines: list[str], blocks: list[tuple[int, int, list[int]]]) -> None:
    """Put the blocks of one matrix behind each other, where they are equally high."""
    firsts = [first for first, _, _ in blocks]
    heights = {len(rows) for _, _, rows in blocks}
    if len(blocks) < 2 or len(heights) > 1 or firsts != sorted(set(firsts)):
        return
    for parts in zip(*(rows for _, _, rows in blocks), strict=True):
        whole = " ".join(" ".join(_LABEL.sub("", lines[at]).split()) for at in parts)
        for at in parts:
            lines[at] = ""
        lines[parts[0]] = whole
    for _, title, _ in blocks:
        lines[title] = ""
