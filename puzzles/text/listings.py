"""Lists of cells in the notation of any language, cut into tokens: JSON, Python, numpy, C, Rust,
MATLAB, Lisp and whatever else puts brackets around rows.

What a word, a key or a bracket means is left to the kind of puzzle; this only finds them, with
line and column, and never evaluates anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["open", "close", "key", "string", "number", "word", "comma", "row"]

_TOKEN = re.compile(
    r"""(?P<comment>(?<!:)//[^\n]*+|/\*.*?(?:\*/|\Z)|\\["'`]|(?:\#|--)(?=[ \t])[^\n]*+"""
    r"""|\.\.\.(?=[ \t]*+\n)|\w++\.\.\w++|(?:\[\w+\]|\b\d++)\s*+=>)"""
    r"""|(?P<open>[\[({])|(?P<close>[\])}])"""
    r"""|(?P<key>(?:"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|[^\W\d][\w-]{0,99}+)\s*+(?::(?!:)|=>|=(?!=)))"""
    r"""|(?P<string>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|`[^`\n]*+`)"""
    r"""|(?P<number>-?\d++(?:\.(?!\.)\d*+)?+(?:[eE][+-]?\d++)?+)"""
    r"""|(?P<word>\*[^\W\d][\w-]*+\*|[^\W\d]\w*+|[.?*·])|(?P<comma>,)|(?P<row>;|\n)""",
    re.DOTALL,
)
_WRAPPED = re.compile(
    r"\b(?:np\.|numpy\.)?(?:u?int\d*|float\d*|str_|Some|Just|OptionalInt\.of)\s?"
    r"\((-?\d++(?:\.\d*+)?+|'[^'\\]{0,9}'|\"[^\"\\]{0,9}\")\)"
)
_MAYBE = re.compile(r"\b(?:Some|Just) +(?=-?\d)|\b[bu](?=['\"])")
_SEMICOLONS = re.compile(r"[\[(|]\s*+-?\d{1,2}\s*+;\s*+-?\d{1,2}\s*+;")


class Token(NamedTuple):
    """`text` as it is written, and where it begins, line and column counted from 1."""

    kind: Kind
    text: str
    line: int
    column: int


def tokens(text: str) -> Iterator[Token]:
    """Without comments and without what wraps a number, such as `np.int64(5)` or `Just 5`. A
    semicolon is a comma where it parts cells."""
    line, begin = 1, -1
    commas = _SEMICOLONS.search(text) is not None
    text = _MAYBE.sub(lambda match: " " * len(match[0]), _WRAPPED.sub(_unwrapped, text))
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        if commas and token == ";":
            kind = "comma"
        if kind != "comment":
            yield Token(kind, token, line, match.start() - begin)  # type: ignore[arg-type]
        newlines = token.count("\n")
        if newlines:
            line, begin = line + newlines, match.start() + token.rindex("\n")


def _unwrapped(match: re.Match[str]) -> str:
    """The number alone, in its place."""
    before = match.start(1) - match.start()
    return " " * before + match[1] + " " * (match.end() - match.end(1))
