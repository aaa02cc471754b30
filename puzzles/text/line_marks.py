"""What programs and chats write before or behind every line of a text: names of files and numbers
as grep prints them, the frame of bat, `$` for line ends, and who sent a message and when."""

from __future__ import annotations

import re
from collections.abc import Sequence

from puzzles.text.markup import SOFT

_FEWEST = 3
"""Lines that have the same mark, and as many as all others."""

_LONGEST = 1_000_000
"""Characters of a text in which marks are looked for."""

_FILE = re.compile(r"^([ \t>]*+)([\w./\\-]{1,80}\.[A-Za-z]\w{0,7}):(?:\d{1,5}:)?", re.MULTILINE)
_END = re.compile(r"(?:\^M)?([$¶¬↵⏎\\])[ \t]*$", re.MULTILINE)
_RULER = re.compile(r"^─{3,}[┬┼┴]─{3,}[ \t]*\n?", re.MULTILINE)
_BESIDE = re.compile(r"^ *\d* *│ ?", re.MULTILINE)
_DATE = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? \d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?"
_SENDER = re.compile(rf"^(?:\[{_DATE}\] |{_DATE} - )[^:\n]{{1,40}}:[ \t]", re.MULTILINE)


_LOG = re.compile(
    r"^(?:(?:\[\d{1,2}:\d\d\]|\[?(?:\d{4}-\d\d-\d\d[T ])?\d{1,2}:\d\d:\d\d(?:[.,]\d{1,6})?Z?\]?)"
    r"(?P<mark>[ \t]+[|:-](?=[ \t]))?[ \t]?)?"
    r"(?P<name>(?:[A-Z]{4,8}:\w[\w.]{0,30}:|\[?[A-Za-z][A-Za-z./_ -]{1,30}(?:[\]:>|)]+|[ ]-(?=[ ]))"
    r"|(?:echo|rem|REM)(?=[ ]))?)"
    r"[ \t]?(?=[^\n])",
    re.MULTILINE,
)
_COMMENT = re.compile(r"[ \t]*+/\*+[ \t]*\n((?:[ \t]*+\*(?:[ \t][^\n]*)?\n)+)[ \t]*\*/[ \t]*")
_STARS = re.compile(r"^[ \t]*+\*[ \t]?", re.MULTILINE)
_NUMBER = re.compile(r"[ \t]{0,8}(\d{1,6})(?:[:|│.]?[ \t]|[:|│]|$)")
_QUOTED = re.compile(
    r"^(?P<before>[^\"'\n]{0,60}[A-Za-z][^\"'\n]{0,60}?)(?P<quote>[\"'])(?P<row>[^\"'\n]{3,400}?)(?:\\n)?"
    r"(?P=quote)(?P<behind>[^\"'\n]{0,40})$",
    re.MULTILINE,
)


def _are_most(found: Sequence[str], lines: int) -> bool:
    return len(found) >= _FEWEST and 2 * len(found) >= lines


def with_quoted_lines_alone(text: str) -> str:
    """With the strings alone of lines that are a string in the same code, as `print("…")`, where
    most lines are; numbers in the code may differ."""
    if len(text) > _LONGEST or ('"' not in text and "'" not in text):
        return text

    def code(match: re.Match[str]) -> str:
        return re.sub(r"\d+", "0", match["before"] + match["quote"]) + match[
            "behind"
        ].strip().rstrip(",;")

    lines = sum(1 for line in text.split("\n") if line.strip())
    codes = [code(match) for match in _QUOTED.finditer(text)]
    usual = max(set(codes), key=codes.count, default="")
    if not _are_most([each for each in codes if each == usual], lines):
        return text
    return _QUOTED.sub(lambda m: m["row"] if code(m) == usual else m[0], text)


def without_line_numbers(text: str) -> str:
    """Without the numbers that count the lines of a text; as it is where one line has none."""
    lines = text.rstrip().split("\n")
    found = [_NUMBER.match(line) for line in lines]
    numbers = [int(match[1]) for match in found if match]
    first = numbers[0] if numbers else 0
    if len(lines) < _FEWEST or numbers != [*range(first, first + len(lines))]:
        return text
    return "\n".join(match.string[match.end() :] for match in found if match)


def _without_logs(text: str, lines: int) -> str:
    """Without a time, or a name such as `[INFO]` or `main:`, before most lines."""
    found = [match.group("name", "mark") for match in _LOG.finditer(text) if match[0].strip()]
    usual = max(set(found), key=found.count) if found else ("", None)
    if not _are_most([name for name, mark in found if (name, mark) == usual], lines):
        return text
    return _LOG.sub(lambda m: "" if m.group("name", "mark") == usual else m[0], text)


def without_line_marks(text: str) -> str:
    """The same text where no mark stands at every line. Lines keep their numbers."""
    if len(text) > _LONGEST:
        return text
    lines = sum(1 for line in text.split("\n") if line.strip())
    if lines < _FEWEST:
        return text
    if "*/" in text:
        text = _COMMENT.sub(lambda match: _STARS.sub("", match[1]), text)
    names = [name for _, name in _FILE.findall(text)] if ":" in text else []
    if len(set(names)) == 1 and _are_most(names, lines):
        text = _FILE.sub(r"\1", text)
    ends = _END.findall(text)
    if len(set(ends)) == 1 and _are_most(ends, lines) and text.count(ends[0]) == len(ends):
        text = _END.sub("", text)
    if "│" in text and len(_RULER.findall(text)) > 1:
        text = _BESIDE.sub("", _RULER.sub("\n", text))
    text = _without_logs(text, lines)
    senders = _SENDER.findall(text) if ":" in text else []
    if _are_most(senders, lines):  # a message has one line, or several
        text = _SENDER.sub("", text)
    elif senders:
        text = _SENDER.sub(SOFT, text)
    return text
