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
    r"""(?P<comment>//[^\n]*+|/\*.*?\*/|(?:\#|--)(?=[ \t])[^\n]*+)"""
    r"""|(?P<open>[\[({])|(?P<close>[\])}])"""
    r"""|(?P<key>(?:"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|[^\W\d][\w-]*+)\s*+(?::(?!:)|=>|=(?!=)))"""
    r"""|(?P<string>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|`[^`\n]*+`)"""
    r"""|(?P<number>-?\d++(?:\.\d*+)?+(?:[eE][+-]?\d++)?+)"""
    r"""|(?P<word>[^\W\d]\w*+|[.?*·])|(?P<comma>,)|(?P<row>;|\n)""",
    re.DOTALL,
)
_WRAPPED = re.compile(
    r"\b(?:np\.|numpy\.)?(?:u?int\d*|float\d*|Some|Just|OptionalInt\.of)\s?\((-?\d+\.?\d*)\)"
)


class Token(NamedTuple):
    """`text` as it is written, and where it begins, line and column counted from 1."""

    kind: Kind
    text: str
    line: int
    column: int


def tokens(text: str) -> Iterator[Token]:
    """Without comments and without what wraps a number, such as `np.int64(5)` or `Some(5)`."""
    line, begin = 1, -1
    for match in _TOKEN.finditer(_WRAPPED.sub(_unwrapped, text)):
        kind, token = match.lastgroup, match.group()
        if kind != "comment":
            yield Token(kind, token, line, match.start() - begin)  # type: ignore[arg-type]
        newlines = token.count("\n")
        if newlines:
            line, begin = line + newlines, match.start() + token.rindex("\n")


def _unwrapped(match: re.Match[str]) -> str:
    """The number alone, in its place."""
    before = match.start(1) - match.start()
    return " " * before + match[1] + " " * (match.end() - match.end(1))
