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

_THREE = 3
"""Candidates that some cell has; all others may be numbers up to 25."""

_LONGEST = 2_000
"""Characters of a line that may be a fact or an id."""

_CANDIDATES = re.compile(r"(?<![\w.])u?(?=[1-9]{2,9}(?![\w.]))1?2?3?4?5?6?7?8?9?(?![\w.])")
_LONG = re.compile(r"(?<![0-9.])[0-9.]{729}(?![0-9.])")
_SPREADSHEET = re.compile(r"(?<![\w.])[1-9](?:[.,]\d+)?E\+?(?:[67]\d|80)(?!\w)", re.IGNORECASE)
_SHORT = re.compile(r"(?<![0-9.])[1-9](?=[1-9]*0)[0-9]{59,79}(?![0-9.])")
_HASHES = re.compile(r"[1-9#]{9}|[1-9#]{81}")
_KILLER = re.compile(
    r"\s*\d{1,2}(?:x\d{1,2})?[xj]{0,2}k[a-z0-9]*:|3x3:[a-z\d]*:\d*k|3x3:.*:k:|\bkiller\b|SumoCueV",
    re.IGNORECASE,
)
_PACKED = re.compile(
    r"(sudokumaker\.app|sudokuwiki\.org|f-puzzles\.com|sudokupad\.app|app\.crackingthecryptic\.com|penpa-edit|puzz\.link|pzv\.jp|"
    r"pzprxs|sudokulab\.net)\S{0,40}[/#?=]\w",
    re.IGNORECASE,
)
_ONE_BY_ONE = re.compile(
    r"[\[({\"']?\b([0-9])\s*,\s*([0-9])\s*(?:,\s*|[)\"']\s*[:=]\s*)[1-9]\b\s*(?:[\])},;]|$)"
    r"|\b(?:x|cell)_?(\d),?_?(\d)[\"']?\s*[:=]?\s*[1-9]\b"
)
_RECOGNIZED = re.compile(r"(?=.*\d)[\d._*|lIiOoDSsBZzgqb-]{9}(?:[\d._*|lIiOoDSsBZzgqb-]{72})?")
_LIKE_DIGITS = re.compile(r"[lIiOoDSsBZzgqb]")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BLANKS = frozenset(" .0_-*|")
_FEWEST = 17
"""Fewer cells are not meant as a puzzle."""

_BARE_PACKED = re.compile(r"\s*(?:fpuz|fpuzzles|scl|scf|ctc)[A-Za-z0-9+/=_-]{12,}\s*")
_LINK = re.compile(r"\s*https?://\S+\s*")
_WORDS = (
    (re.compile(r"(?:I{1,3}|IV|VI{0,3}|IX)", re.IGNORECASE), "Roman numerals"),
    (re.compile(r"one|two|three|four|five|six|seven|eight|nine", re.IGNORECASE), "words"),
)
_FACT = re.compile(r"\s*(?:\w+\(\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\)\s*\.\s*)+")


_OPEN = "Open it, and copy the grid or its 81 digits."
_NOTATIONS = (
    (
        _KILLER.search,
        "killer Sudokus, which have sums, cannot be read",
        "Give a Sudoku with digits, one line of 81 characters.",
    ),
    (
        _FACT.fullmatch,
        "these are facts of a logic program, one cell each",
        "Write the whole grid, one row a line, blanks as dots.",
    ),
    (
        _BARE_PACKED.fullmatch,
        "this is a puzzle in packed form, as f-puzzles and SudokuPad share them",
        _OPEN,
    ),
    (_LINK.fullmatch, "this link holds no 81 digits, and links are not followed", _OPEN),
)
"""Of other puzzles and programs."""


@dataclass(frozen=True, slots=True)
class Look:
    message: str
    hint: str
    line: int


def looks_like(text: str) -> Look | None:
    """What is said of a text, None where it looks like nothing in particular."""
    lines = text[:_LOOKED_AT].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    looks = (
        _hashes,
        _notations,
        _regions,
        _numerals,
        _letters,
        _recognized,
        _one_by_one,
        _candidates,
        _short,
    )
    return next((found for look in looks if (found := look(lines)) is not None), None)


def _hashes(lines: Sequence[str]) -> Look | None:
    bare = [re.sub(r"[ |│]", "", line) for line in lines]
    rows = [n for n, line in enumerate(bare, start=1) if _HASHES.fullmatch(line)]
    cells = {c for n in rows for c in bare[n - 1]}
    if "#" not in cells or cells == {"#"}:
        return None
    if len(rows) < _ROWS and len(bare[rows[0] - 1]) < _CELLS:
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


def _regions(lines: Sequence[str]) -> Look | None:
    """Below a puzzle nine rows that no Sudoku has, with every digit nine times."""
    rows = [(n, line.strip()) for n, line in enumerate(lines, start=1) if line.strip()]
    below = rows[-_SIDE:]
    cells = "".join(row for _, row in below)
    whole = len(rows) == 2 * _SIDE and re.fullmatch(r"[1-9]{81}", cells)
    if not whole or any(cells.count(digit) != _SIDE for digit in "123456789"):
        return None
    if all(len(set(row)) == _SIDE for _, row in below):
        return None
    return Look(
        "these look like the regions of the puzzle above",
        "Write the word regions above them.",
        below[0][0],
    )


def _numerals(lines: Sequence[str]) -> Look | None:
    for pattern, name in _WORDS:
        rows = [n for n, line in enumerate(lines, start=1) if _is_row_of(pattern, line)]
        if len(rows) >= _ROWS:
            return Look(
                f"{name} stand where digits are",
                "Write the digits 1 to 9, blanks as dots.",
                rows[0],
            )
    return None


def _is_row_of(pattern: re.Pattern[str], line: str) -> bool:
    """Whether a line has nine cells, blanks or what `pattern` matches."""
    cells = re.split(r"[\s,;|]+", line.strip(" \t,;|")) if len(line) < _LONGEST else []
    written = [cell for cell in cells if not _BLANKS.issuperset(cell)]
    return len(cells) == _SIDE and bool(written) and all(map(pattern.fullmatch, written))


def _letters(lines: Sequence[str]) -> Look | None:
    cells = {n: _lettered(line) for n, line in enumerate(lines, start=1)}
    rows = [n for n, written in cells.items() if written]
    written = "".join(cells[n] for n in rows)
    size, symbols = len(rows), "".join(sorted(set(written.upper()) - _BLANKS))
    if size < _SIDE or len(written) != size**2 or len(symbols) > size:
        return None
    if any(len(cells[n]) != size for n in rows):
        return None
    shown = symbols if len(symbols) == size else _ALPHABET[:size]
    return Look(
        "letters stand where digits are",
        f"Write which letters they are above the grid, such as `symbols: {shown}`.",
        rows[0],
    )


def _recognized(lines: Sequence[str]) -> Look | None:
    """Letters among digits that a program read from a picture."""
    cells = [re.sub(r"[ \t│]", "", line) for line in lines]
    rows = [n for n, row in enumerate(cells, start=1) if _RECOGNIZED.fullmatch(row)]
    if sum(len(cells[n - 1]) for n in rows) != _CELLS:
        return None
    for number in rows:
        if found := _LIKE_DIGITS.search(cells[number - 1]):
            return Look(
                f"{found[0]!a} stands among digits, as text recognition writes a digit it is like",
                "Compare with the picture; write digits, and one mark for blanks.",
                number,
            )
    return None


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
    found = [
        (n, cells)
        for n, line in enumerate(lines, start=1)
        if len(cells := _CANDIDATES.findall(line)) >= 2 and not re.search(r"[^\W\d_]{2}", line)
    ]
    rows = [n for n, _ in found]
    if len(rows) < _ROWS or max(len(cell) for _, cells in found for cell in cells) < _THREE:
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
    if packed := _PACKED.search(line):
        return Look(f"a link to {packed[1].lower()} holds its puzzle in packed form", _OPEN, number)
    known = next(((words, hint) for look, words, hint in _NOTATIONS if look(line)), None)
    return Look(*known, number) if known else None


def _lettered(line: str) -> str:
    """The cells of a line of letters and blanks, empty where it is another."""
    cells = "".join(line.replace("|", "").split()) if len(line) < _LONGEST else ""
    is_row = any(c.isalpha() for c in cells) and all(c.isalpha() or c in _BLANKS for c in cells)
    return cells if is_row else ""


def _shown(pattern: re.Pattern[str], line: str) -> str:
    found = pattern.search(line)
    return found.group()[:20] if found else ""
