"""What a text looks like that is no Sudoku as it stands: candidates, `#` for blanks, numbers that a
spreadsheet changed. Said in place of the first character that is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LOOKED_AT = 100_000
"""Characters at the beginning of a text that are looked at."""

_LONGEST = 2_000
"""Characters of a line that may be a fact or an id."""

_CANDIDATES = re.compile(r"(?<![\w.])u?(?=[1-9]{2,9}(?![\w.]))1?2?3?4?5?6?7?8?9?(?![\w.])")
_LONG = re.compile(r"(?<![0-9.])[0-9.]{729}(?![0-9.])")
_SPREADSHEET = re.compile(r"(?<![\w.])[1-9](?:[.,]\d+)?E\+?\d{2}(?!\w)", re.IGNORECASE)
_SHORT = re.compile(r"(?<![0-9.])[1-9](?=[1-9]*0)[0-9]{59,79}(?![0-9.])")
_HASHES = re.compile(r"[1-9#]{9}|[1-9#]{81}")
_KILLER = re.compile(r"3x3:[a-z\d]*:\d*k|3x3:.*:k:|\bkiller\b", re.IGNORECASE)
_FACT = re.compile(r"\s*(?:\w+\(\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\)\s*\.\s*)+")


@dataclass(frozen=True, slots=True)
class Look:
    message: str
    hint: str
    line: int


def looks_like(text: str) -> Look | None:
    """What is said of a text, None where it looks like nothing in particular."""
    lines = text[:_LOOKED_AT].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    hashes = [n for n, line in enumerate(lines, start=1) if _HASHES.fullmatch(line.strip())]
    if any("#" in lines[n - 1] for n in hashes) and (
        len(hashes) >= 5 or len(lines[hashes[0] - 1]) > 80
    ):
        return Look(
            "# stands where blanks are, but begins a comment", "Write . for a blank.", hashes[0]
        )
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
    candidates = [n for n, line in enumerate(lines, start=1) if len(_CANDIDATES.findall(line)) >= 2]
    if len(candidates) >= 5:
        return Look(
            "these look like candidates, several digits in a cell",
            "Write one digit a cell, blanks as dots.",
            candidates[0],
        )
    for number, line in enumerate(lines, start=1):
        short = _SHORT.search(line)
        if (short and "," in line) or (short and ";" in line) or (short and "\t" in line):
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
    return None


def _shown(pattern: re.Pattern[str], line: str) -> str:
    found = pattern.search(line)
    return found.group()[:20] if found else ""
