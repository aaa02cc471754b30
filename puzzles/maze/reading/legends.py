"""What a text says that the characters of a maze mean, such as `# = wall` or `WALL, PATH = 1, 0`.
What it says holds, also where the usual meaning is another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

LONGEST = 20_000
"""Characters of a text in which a legend is looked for."""

NAMED_CELLS = {
    **dict.fromkeys(("wall", "walls", "block", "blocked", "obstacle", "tree", "rock"), "#"),
    **dict.fromkeys(("path", "floor", "open", "empty", "free", "road", "passage", "space"), "."),
    **dict.fromkeys(("start", "begin", "entrance", "player"), "S"),
    **dict.fromkeys(("end", "goal", "exit", "finish", "target"), "G"),
}
"""Words that lists and legends have for a cell."""

_MORE = {
    **dict.fromkeys(("obstacles", "blocks", "solid"), "#"),
    **dict.fromkeys(("corridor", "walkable", "ground", "passages", "paths", "roads"), "."),
    **dict.fromkeys(("starting", "entry", "source"), "S"),
    **dict.fromkeys(("destination", "ending"), "G"),
}
_WORDS = NAMED_CELLS | _MORE
_WORD = "(?P<word>" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")\b"
_CHARACTER = r"[\"'`“‘(\[]?(?P<mark>[^\s\"'`“”‘’([{,;])[\"'`”’)\]]?"
_MEANS = (
    r"(?:\s*(?:=>|->|→|=|:|–|—|\||\b(?:is|are|means|marks|represents?|denotes?|indicates?|for)\b)\s*"
    r"|\s+-{1,2}\s+|\s+stands?\s+for\s+)"
)
_WRITTEN = (
    r"\s*(?:=|:|->|→|\(|\b(?:(?:is|are)\s+)?(?:represented|marked|denoted|shown|drawn|indicated)\s+"
    r"(?:by|with|as|using)\b|\b(?:is|are|as)\b|\s-{1,2}\s)\s*(?:(?:an?|the)\s+)?"
)
_ENTRY = re.compile(
    rf"(?<![^\s,;({{|*\-\"'`]){_CHARACTER}{_MEANS}(?:(?:an?|the|is)\s+)?[\"']?{_WORD}",
    re.IGNORECASE,
)
_TURNED = re.compile(
    rf"\b{_WORD}(?:\s+(?:cells?|position|point|space))?[\"']?{_WRITTEN}"
    rf"{_CHARACTER}(?=[\s,;.)\]}}|]|\Z)(?![ ,]*\d)",
    re.IGNORECASE,
)
_TOGETHER = re.compile(
    r"^[ \t]*((?:\w{3,12}[ ]?,[ ]?){1,3}\w{3,12})[ ]?=[ ]?[(\[]?((?:[\"']?\S[\"']?[ ]?,[ ]?){1,3}"
    r"[\"']?\S[\"']?)[)\]]?[ \t]*$",
    re.MULTILINE,
)
_BARE = re.compile(rf"(?<![\w.,])(?P<mark>\d) {_WORD}", re.IGNORECASE)
_FEWEST = 3
"""Numbers before words, without a mark between them, that may be a legend."""

_FLOOR_ONLY = frozenset("01.#P_-")
"""What a path may be that is all floor, and not the way from start to goal."""


def legend_of(text: str) -> dict[str, str]:
    """'#', '.', 'S' or 'G' for each character that a text gives one meaning; empty where it gives
    none, one number alone, or one meaning to two starts or goals."""
    if len(text) > LONGEST:
        return {}
    found: dict[str, str] = {}
    twice = set()
    for mark, word in _entries(text):
        meaning = _WORDS[word]
        if word.startswith("path") and mark not in _FLOOR_ONLY:
            continue
        if found.setdefault(mark, meaning) != meaning:
            twice.add(mark)
    legend = {mark: meaning for mark, meaning in found.items() if mark not in twice}
    count = Counter(legend.values())
    if len(legend) == 1 and next(iter(legend)).isdigit():  # as of `Maze 1: open to all`
        return {}
    return legend if count["S"] < 2 and count["G"] < 2 else {}


def is_entry(line: str) -> bool:
    """Whether a line is an entry of a legend and no row, such as `- G: goal (3, 7)`."""
    entry = _ENTRY.match(line.lstrip(" \t-*•+|"))
    return entry is not None


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for pattern in (_ENTRY, _TURNED):
        for match in pattern.finditer(text):
            yield match["mark"], match["word"].lower()
    bare = list(_BARE.finditer(text))
    if len({match["mark"] for match in bare}) >= _FEWEST:
        for match in bare:
            yield match["mark"], match["word"].lower()
    for names, marks in _TOGETHER.findall(text):
        words = [name.strip().lower() for name in names.split(",")]
        cells = [mark.strip(" \"'") for mark in marks.split(",")]
        if len(words) == len(cells) and all(word in _WORDS for word in words):
            yield from zip(cells, words, strict=True)
