"""Texts that stand in a text, tried where the whole cannot be understood: strings of JSON, such as
the messages of a chat or a record of a data set, the one code fence, and what a mail quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from puzzles.errors import PuzzleError
from puzzles.text.json_text import load_json
from puzzles.text.markup import SOFT
from puzzles.text.surroundings import says_answer

_LONGEST = 100_000
"""Characters of a text in which they are looked for."""

_LONG = 41
"""Characters from which on a string of one line may be a puzzle, perhaps one that lacks cells."""

_CELLS = 4
"""Entries of a list that may be a row of cells."""

_MOST = 1_000
"""Strings of a text that are put together."""

_FENCE = re.compile(
    r"^[ \t]*(?:```|~~~)[^\n`]*\n(.*?)\n[ \t]*(?:```|~~~)[ \t]*$", re.DOTALL | re.MULTILINE
)
_STRING = re.compile(
    r"""(?:["']?(?P<name>\w{1,40})["']?\s*[:=]\s*)?(?<!\w)(?P<quote>["'])"""
    r"""(?P<inner>(?:[^"'\\\n]|\\.)*+)(?P=quote)"""
)
_ESCAPED = re.compile(r"\\(.)")
_MEANT = {"n": SOFT, "r": "", "t": "\t"}
_FEW = 9
"""Digits and walls that may stand outside of a fence, fewer than a row has."""


def inner_texts(text: str, *, in_json: bool = True) -> Iterator[str]:
    """Each of these that there is; without those `in_json` where they were tried before."""
    if len(text) > _LONGEST:
        return
    yield from texts_in_json(text) if in_json else ()
    fences = list(_FENCE.finditer(text))
    if len(fences) == 1:
        begin, end = fences[0].span()
        if sum(c.isdigit() or c == "#" for c in text[:begin] + text[end:]) < _FEW:
            yield fences[0][1]
    lines = text.strip("\ufeff\n").split("\n")
    quoted = [line.startswith(">") for line in lines if line.strip()]
    if quoted and all(quoted):
        yield "\n".join(re.sub(r"^(?:> ?)+", "", line) for line in lines)


def texts_in_json(text: str) -> Iterator[str]:
    """The strings of a text that is JSON, or of its one line that is JSON with JSON in a string."""
    if len(text) > _LONGEST:
        return
    if text.lstrip("\ufeff \t\n")[:1] in ("{", "[", '"'):
        yield from _in_json(text)
    elif '\\"' in text:
        lines = [line for line in text.split("\n") if '\\"' in line]
        if len(lines) == 1 and (inside := re.search(r"[{\[].*[}\]]", lines[0])):
            yield from _in_json(inside[0])


def drawn_in_json(text: str) -> str | None:
    """The strings of several lines of a text that is JSON, or JSON on each line, one below the
    other; names of answers stand above theirs. None where there are none."""
    if (
        len(text) > _LONGEST
        or "\\n" not in text
        or text.lstrip("\ufeff \t\n")[:1] not in ("{", "[")
    ):
        return None
    found: list[tuple[str, str]] = []
    try:
        found += _strings(load_json(text), "")
    except PuzzleError:
        try:
            for line in text.strip().split("\n"):
                found += _strings(load_json(line), "")
        except PuzzleError:
            return None
    found = [(name, drawn_in_json(inner) or inner) for name, inner in found]
    drawn = [(name, inner) for name, inner in found if inner.count("\n") > 1]
    if not 0 < len(drawn) <= _MOST:
        return None
    return "\n\n".join(f"{name}:\n{inner}" if says_answer(name) else inner for name, inner in drawn)


def with_strings_as_lines(text: str) -> str:
    """With the lines of strings that hold several, for the lines of code or JSON that hold nothing
    else with a wall; names of answers stand above theirs. Lines keep their numbers."""
    if "\\n" not in text or len(text) > _LONGEST:
        return text
    for _ in range(2):  # JSON may stand in a string of JSON
        lines = text.split("\n")
        text = "\n".join(_of_strings(line) if "\\n" in line else line for line in lines)
    return text


def _of_strings(line: str) -> str:
    found = [string for string in _STRING.finditer(line) if string["inner"].count("\\n") > 1]
    if not found or "#" in _STRING.sub("", line):
        return line
    drawn = []
    for string in found:
        name = string["name"] or ""
        inner = _ESCAPED.sub(lambda m: _MEANT.get(m[1], m[1]), string["inner"])
        drawn.append(f"{name}:{SOFT}{inner}" if says_answer(name.replace("_", " ")) else inner)
    return (SOFT * 2).join(["", *drawn, ""])


def _in_json(text: str) -> Iterator[str]:
    """The longer strings of a text that is JSON, one below the other, each below its name; none
    where the puzzle may be something else: the first is called an answer, or lists have cells."""
    try:
        document = load_json(text)
    except PuzzleError:
        return
    found = list(_strings(document, ""))
    if 0 < len(found) <= _MOST and not says_answer(found[0][0]) and not _has_cells(document):
        yield "\n\n".join(f"{name}:\n{inner}" if name else inner for name, inner in found)


def _has_cells(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_has_cells, value.values()))
    if not isinstance(value, list):
        return False
    short = (each for each in value if isinstance(each, int | str) and len(str(each)) < _LONG)
    cells = sum(1 for _ in short)
    return cells >= _CELLS or any(map(_has_cells, value))


def _strings(value: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if "\n" in value or len(value) >= _LONG:
            yield name.replace("_", " "), value
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield from _strings(inside, key)
    elif isinstance(value, list):
        for inside in value:
            yield from _strings(inside, name)
