"""What a text looks like that is no Sudoku as it stands: candidates, `#` for blanks, numbers that a
spreadsheet changed. Said in place of the first character that is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LOOKED_AT = 100_000
"""Characters at the beginning of a text that are looked at."""

_SIDE, _CELLS = 9, 81
"""Of a puzzle."""

_ROWS = 5
"""From so many rows of a kind on, a text is taken for that kind."""

_LONGEST = 2_000
"""Characters of a line that may be a fact or an id."""

_CANDIDATES = re.compile(r"(?<![\w.])u?(?=[1-9]{2,9}(?![\w.]))1?2?3?4?5?6?7?8?9?(?![\w.])")
_LONG = re.compile(r"(?<![0-9.])[0-9.]{729}(?![0-9.])")
_SPREADSHEET = re.compile(r"(?<![\w.])[1-9](?:[.,]\d+)?E\+?\d{2}(?!\w)", re.IGNORECASE)
_SHORT = re.compile(r"(?<![0-9.])[1-9](?=[1-9]*0)[0-9]{59,79}(?![0-9.])")
_HASHES = re.compile(r"[1-9#]{9}|[1-9#]{81}")
_KILLER = re.compile(
    r"\s*\d{1,2}(?:x\d{1,2})?[xj]{0,2}k[a-z0-9]*:|3x3:[a-z\d]*:\d*k|3x3:.*:k:|\bkiller\b|SumoCueV",
    re.IGNORECASE,
)
_PACKED = re.compile(
    r"(f-puzzles\.com|sudokupad\.app|app\.crackingthecryptic\.com|penpa-edit|puzz\.link|pzv\.jp|"
    r"pzprxs|sudokulab\.net)\S{0,40}[/#?=]\w",
    re.IGNORECASE,
)
_ONE_BY_ONE = re.compile(
    r"[\[({]?\b([0-9])\s*,\s*([0-9])\s*(?:,\s*|\)\s*:\s*)[1-9]\b\s*[\])},;]"
    r"|\bx_?(\d),?_?(\d)\s*=?\s*[1-9]\)"
)
_BLANKS = frozenset(" .0_-*|")
_FEWEST = 17
"""Fewer cells are not meant as a puzzle."""

_FACT = re.compile(r"\s*(?:\w+\(\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\)\s*\.\s*)+")


@dataclass(frozen=True, slots=True)
class Look:
    message: str
    hint: str
    line: int


def looks_like(text: str) -> Look | None:
    """What is said of a text, None where it looks like nothing in particular."""
    lines = text[:_LOOKED_AT].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    looks = (_hashes, _notations, _letters, _one_by_one, _candidates, _short)
    return next((found for look in looks if (found := look(lines)) is not None), None)


def _hashes(lines: Sequence[str]) -> Look | None:
    rows = [n for n, line in enumerate(lines, start=1) if _HASHES.fullmatch(line.strip())]
    if not any("#" in lines[n - 1] for n in rows):
        return None
    if len(rows) < _ROWS and len(lines[rows[0] - 1]) < _CELLS:
        return None
    return Look("# stands where blanks are, but begins a comment", "Write . for a blank.", rows[0])


def _notations(lines: Sequence[str]) -> Look | None:
    for number, line in enumerate(lines, start=1):
        notation = _notation(line, number)
        if notation is not None:
            return notation
        if _SPREADSHEET.search(line):
            return Look(
                f"{_shown(_SPREADSHEET, line)} is a puzzle that a spreadsheet took for a number",
                "Import that column as text, then save the file again.",
                number,
            )
    return None


def _letters(lines: Sequence[str]) -> Look | None:
    rows = [n for n, line in enumerate(lines, start=1) if _is_lettered(line)]
    if len(rows) != _SIDE or len(set("".join(lines[n - 1] for n in rows)) - _BLANKS) > _SIDE:
        return None
    return Look(
        "letters stand where digits are",
        "Write which letters they are above the grid, such as `symbols: ABCDEFGHI`.",
        rows[0],
    )


def _one_by_one(lines: Sequence[str]) -> Look | None:
    triples = [
        (match.group(1, 2, 3, 4), n)
        for n, line in enumerate(lines, start=1)
        for match in _ONE_BY_ONE.finditer(line)
    ]
    if len(triples) < _FEWEST or len(dict(triples)) < len(triples):
        return None
    return Look(
        "these are cells one by one, and which number is the row is not said",
        "Write the whole grid, one row a line, blanks as dots.",
        triples[0][1],
    )


def _candidates(lines: Sequence[str]) -> Look | None:
    rows = [n for n, line in enumerate(lines, start=1) if len(_CANDIDATES.findall(line)) >= 2]
    if len(rows) < _ROWS:
        return None
    return Look(
        "these look like candidates, several digits in a cell",
        "Write one digit a cell, blanks as dots.",
        rows[0],
    )


def _short(lines: Sequence[str]) -> Look | None:
    for number, line in enumerate(lines, start=1):
        short = _SHORT.search(line)
        if short and any(mark in line for mark in ",;\t"):
            return Look(
                f"{len(short.group())} digits: a spreadsheet may have taken the zeros away with "
                "which a puzzle of 81 begins",
                "Import that column as text, then save the file again.",
                number,
            )
    return None


def _notation(line: str, number: int) -> Look | None:
    """What a line is in the notation of other puzzles and programs."""
    if _LONG.search(line):
        return Look(
            "729 characters are the candidates of each cell, not a puzzle",
            "Write the 81 cells of the puzzle, blanks as dots.",
            number,
        )
    if len(line) > _LONGEST:
        return None
    if _KILLER.search(line):
        return Look(
            "killer Sudokus, which have sums, cannot be read",
            "Give a Sudoku with digits, one line of 81 characters.",
            number,
        )
    if _FACT.fullmatch(line):
        return Look(
            "these are facts of a logic program, one cell each",
            "Write the whole grid, one row a line, blanks as dots.",
            number,
        )
    if packed := _PACKED.search(line):
        return Look(
            f"a link to {packed[1].lower()} holds its puzzle in packed form",
            "Open it, and copy the grid or its 81 digits.",
            number,
        )
    return None


def _is_lettered(line: str) -> bool:
    """Whether a line has nine cells, letters and blanks."""
    cells = "".join(line.replace("|", "").split())
    return (
        len(cells) == _SIDE
        and any(c.isalpha() for c in cells)
        and all(c.isalpha() or c in _BLANKS for c in cells)
    )


def _shown(pattern: re.Pattern[str], line: str) -> str:
    found = pattern.search(line)
    return found.group()[:20] if found else ""
