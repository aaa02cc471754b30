"""Colours of ARC grids as people write them: digits, coloured squares, names, and dots for black.

Letters are refused: nobody says which colour each is.
"""

from __future__ import annotations

import re

_SQUARES = str.maketrans("⬛🟦🟥🟩🟨⬜🟪🟧🩵🟫", "0123456789", "\ufe0f")
_NAMES = {
    **dict.fromkeys(("black", "background"), 0),
    "blue": 1,
    "red": 2,
    "green": 3,
    "yellow": 4,
    **dict.fromkeys(("grey", "gray"), 5),
    **dict.fromkeys(("fuchsia", "magenta", "pink"), 6),
    "orange": 7,
    **dict.fromkeys(("teal", "azure", "cyan", "sky"), 8),
    **dict.fromkeys(("brown", "maroon"), 9),
}
_SHADES = {
    colour: number
    for number, names in enumerate((
        "#000000 #000", "#0074d9 #1e93ff", "#ff4136 #f93c31", "#2ecc40 #4fcc30",
        "#ffdc00", "#aaaaaa #aaa #999999", "#f012be #e53aa3", "#ff851b", "#7fdbff #87d8f1",
        "#870c25 #921231",
    ))
    for colour in names.split()
}  # fmt: skip
"""Of the site that shows ARC tasks, and of that of the ARC Prize."""

_NAMED = re.compile(rf"(?:[\s,;|\[\](){{}}'\"]*\b(?:{'|'.join(_NAMES)})\b)+[\s,;|\[\](){{}}'\"]*")
_NAME = re.compile(rf"\b(?:{'|'.join(_NAMES)})\b")
_TIGHT, _SPACED = (
    re.compile(r"[ \t]*[0-9._]+[ \t]*"),
    re.compile(r"[ \t]*[0-9._](?: [0-9._])+[ \t]*"),
)
_LONGEST = 2_000
"""Characters of a line of names."""


def in_digits(text: str) -> str:
    """The text with digits in place of coloured squares; unchanged if a white square may be black
    or grey, because no square is black."""
    if text.isascii() or ("⬜" in text and "⬛" not in text):
        return text
    return text.translate(_SQUARES)


def with_names_as_digits(line: str) -> str:
    """A line that holds nothing but names of colours, as digits with blanks between them; any other
    line unchanged."""
    lower = line.lower()
    if len(line) > _LONGEST or not _NAMED.fullmatch(lower):
        return line
    return " ".join(str(_NAMES[name]) for name in _NAME.findall(lower))


def colour_of(word: str) -> int | None:
    """The colour that a word or a code such as `#0074D9` means; None if it means none."""
    word = word.strip().lower()
    if re.fullmatch("[0-9]", word):
        return int(word)
    return _NAMES.get(word, _SHADES.get(word))


def has_dots(text: str) -> bool:
    """Whether rows mix digits with dots or low lines, which are then black: where no row has a 0
    beside them, and no lone row may be a number such as 3.5."""
    rows = [line for line in text.split("\n") if _TIGHT.fullmatch(line) or _SPACED.fullmatch(line)]
    mixed = [row for row in rows if dotted(row) and re.search(r"\d", row)]
    return len(mixed) > 1 and not any("0" in row for row in rows)


def dotted(line: str) -> bool:
    """Whether a line is cells of one character each, with a dot or a low line among them."""
    if "." not in line and "_" not in line:
        return False
    return bool(_TIGHT.fullmatch(line) or _SPACED.fullmatch(line))
