"""What programs and chats write before or behind every line of a text: names of files and numbers
as grep prints them, the frame of bat, `$` for line ends, and who sent a message and when."""

from __future__ import annotations

import re

from puzzles.text.markup import SOFT

_FEWEST = 3
"""Lines that must have the same mark."""

_LONGEST = 1_000_000
"""Characters of a text in which marks are looked for."""

_FILE = re.compile(r"^[ \t]*+([\w./\\-]{1,80}\.[A-Za-z]\w{0,7}):(?:\d{1,5}:)?", re.MULTILINE)
_END = re.compile(r"(?:\^M)?([$¶¬↵⏎])[ \t]*$", re.MULTILINE)
_RULER = re.compile(r"^─{3,}[┬┼┴]─{3,}[ \t]*\n?", re.MULTILINE)
_BESIDE = re.compile(r"^ *\d* *│ ?", re.MULTILINE)
_DATE = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? \d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?"
_SENDER = re.compile(rf"^(?:\[{_DATE}\] |{_DATE} - )[^:\n]{{1,40}}:[ \t]", re.MULTILINE)


def without_line_marks(text: str) -> str:
    """The same text where no mark stands at every line. Lines keep their numbers."""
    if len(text) > _LONGEST:
        return text
    lines = sum(1 for line in text.split("\n") if line.strip())
    if lines < _FEWEST:
        return text
    names = _FILE.findall(text) if ":" in text else []
    if len(names) == lines and len(set(names)) == 1:
        text = _FILE.sub("", text)
    ends = _END.findall(text)
    if len(ends) == lines and len(set(ends)) == 1 and text.count(ends[0]) == lines:
        text = _END.sub("", text)
    if "│" in text and len(_RULER.findall(text)) > 1:
        text = _BESIDE.sub("", _RULER.sub("\n", text))
    senders = len(_SENDER.findall(text)) if ":" in text else 0
    if senders and 2 * senders < lines:  # a message has several lines
        text = _SENDER.sub(SOFT, text)
    return text
