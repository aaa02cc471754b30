r"""What programs write around the characters that a person sees: HTML and XML, BBCode, colours of a
terminal, control marks, and the quotes of strings with several lines.

Lines and columns of what is left are those that a person sees. A row of a table becomes a line with
a tab after each cell.
"""

from __future__ import annotations

import re
from html import unescape

_CELLS = 81
"""Elements of HTML without elements in them, each a cell."""

SOFT = "\x1e"
"""A line end that is none in the text, such as `<br>`: lines behind it keep their number."""

_COLOURS = re.compile(r"\x1b\[[0-9;:]{0,40}m")
_BACKGROUND = re.compile(r"\x1b\[(?:[0-9;]{0,20};)?(?:7|4[0-8]|10[0-7])[;m]")
_CONTROLS = re.compile("[\x00-\x08\x0c\x0e-\x1a\x7f\u200e\u200f\u061c\u2066-\u2069]")
_LINE_ENDS = re.compile("[\x0b\x85\u2028\u2029]")
_IS_MARKED_UP = re.compile(r"</[A-Za-z]\w{0,20}>|<(?:br|td|pre|input|row)\b", re.IGNORECASE)
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|head)\b.*?(?:</\1\s*>|(?=<body\b)|\Z)|<[!?][^<>]{0,2000}>",
    re.IGNORECASE | re.DOTALL,
)
_TABLE_ROW = re.compile(r"<tr\b.*?(?=</tr|<tr\b|\Z)", re.IGNORECASE | re.DOTALL)
_INPUT = re.compile(
    r"""<input\b[^<>]{0,400}?\bvalue\s*=\s*["']?([^"'<>\s]{0,9})[^<>]{0,400}>""", re.IGNORECASE
)
_CELL_END = re.compile(r"</(?:td|th|cell|c)\s*>", re.IGNORECASE)
_LINE_END = re.compile(r"(?:</(?:tr|row|p|div|li|r|line|h\d|pre|table)\s*>|<br\s*/?>)", re.I)
_LINK = re.compile(
    r"""<a\b[^<>]{0,200}?\bhref\s*=\s*["']([^"'<>]{0,2000})["'][^<>]{0,200}>""", re.I
)
_TAG = re.compile(r"</?[A-Za-z][\w:.-]{0,40}(?:\s[^<>]{0,2000})?/?>")
_BBCODE = re.compile(
    r"\[(code|quote|pre|tt|b|i|u|url|size|color|font|spoiler|php|hide)(?:=[^\]\n]{0,200})?\]|"
    r"\[/(\w{1,9})\]",
    re.IGNORECASE,
)
_CODE_LINE = re.compile(
    r"(?:^|(?<=\x1e))[ \t]*+(?:(?:[-*+•]|\d{1,3}[.)])[ \t]+)?`([^`\n]+)`[ \t]*\\?(?=\n|\x1e|\Z)",
    re.MULTILINE,
)
"""Lines that Markdown marks as code one by one, perhaps of a list."""

_FEWEST = 3
_GLUED = re.compile(
    r"(?:^|(?<=\x1e))([ \t]*)```(?=[^\s`A-Za-z][^`\n]*(?:```[ \t]*)?$)|(?<=[^\s`])```(?=[ \t]*$)",
    re.MULTILINE,
)
"""A code fence on the line of the first or of the last row, as chats have it."""

_ESCAPE = re.compile(r"\\([#*_.|+~>\[\]-])")
"""Of Markdown, which some editors write before each mark."""

_SPOILER = re.compile(r"^>!(.*?)!<[ \t]*$", re.MULTILINE)

_DIFF = re.compile(r"^@@ -\d", re.MULTILINE)
_NOT_ADDED = re.compile(r"^(?:diff |index |new file|--- |\+\+\+ |@@ |-)[^\n]*", re.MULTILINE)
_WIKI_ROWS = re.compile(r"^\{\|[^\n]*\n(.*?)(?:^\|\}|\Z)", re.MULTILINE | re.DOTALL)
_WIKI_CELL = re.compile(r"\|\||\n[|!]|!!")
_LEAF = re.compile(
    r"<(div|span|li|button|label)\b[^<>]{0,400}>\s*+(?:&nbsp;)?([^<>\s]?)\s*+</\1\s*>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,20});")
_BEGIN = re.compile(
    r"^([ \t]*+)(?:[\w.$: &*']{1,60}(?::=|=)[ \t]*+)?(?:[\w.]{1,30}\()?"
    r"(?:[rfbuRFBU]{0,2}(?:\"\"\"|''')|`(?!`)|r#+\"|R\"\w{0,16}\(|\[\[(?=[ \t]*\n|[#█+]))\\?"
    r"(?:[ \t]*+\n|(?=\S))",
    re.MULTILINE,
)
_RAW = re.compile(r"R\"\w{0,16}\(|=[ \t]*\[\[[ \t]*(?=\n|[#█+])")
"""Of C++ and Lua."""

_END = re.compile(
    r"(?:\"\"\"|'''|(?<!`)`|\"#+|\)\w{0,16}\"|(?<=[\n#█+])\]\])"
    r"(?:\.\w+\([^()\n]{0,30}\))?[;,)]*[ \t]*$",
    re.MULTILINE,
)

_PLAIN_STRING = re.compile(
    r"^[^\"'\n]{0,80}(?:[=(:]|<<<|\b(?:echo|printf)|\([\w-]{1,30}[ ])[ \t]{0,20}"
    r"(?P<quote>[\"'])(?:\\?[ \t]*\n)?"
    r"(?P<inner>(?:[^\"'\n]{3,400}\n){2,400}[^\"'\n]{0,400})(?P=quote)[^\"'\n]{0,80}$",
    re.MULTILINE,
)
"""A string over several lines in the quotes of any other, as shells, PHP, Lisp and Rust have it."""

_CONTINUED = re.compile(r"(?:\\n)?\\[ \t]*$", re.MULTILINE)
"""The end of a line of such a string in C, JavaScript and Rust."""


def unmarked(text: str) -> str:
    """What a person sees of a text; the same text where nothing is written around it."""
    if not text.isascii() or not text.isprintable():
        text = _CONTROLS.sub("", _COLOURS.sub("", text))
        text = _LINE_ENDS.sub(SOFT, text)
    if "@@ -" in text and _DIFF.search(text):
        text = re.sub(r"^\+", " ", _NOT_ADDED.sub("", text), flags=re.MULTILINE)
    if ">!" in text and "!<" in text:
        text = _SPOILER.sub(r"\1", text)
    if "{|" in text:
        text = _WIKI_ROWS.sub(_wiki_rows, text)
    if "<" in text and _IS_MARKED_UP.search(text):
        text = _seen(text)
    if "&" in text:
        text = _ENTITY.sub(lambda m: unescape(m[0]), text)
    if "[" in text:
        text = _without_bbcode(text)
    if "```" in text:
        text = _GLUED.sub(r"\1", text)
    escapes = text.count("\\")
    if escapes >= _FEWEST and len(_ESCAPE.findall(text)) == escapes:
        text = _ESCAPE.sub(r"\1", text)
    if "`" in text:
        text = _CODE_LINE.sub(r"\1", text) if len(_CODE_LINE.findall(text)) >= _FEWEST else text
    if '"""' in text or "'''" in text or "`" in text or '"#' in text or _RAW.search(text):
        text = _unquoted(text)
    return _PLAIN_STRING.sub(_lines_of_string, text)


def _lines_of_string(string: re.Match[str]) -> str:
    """The lines alone, which keep their numbers."""
    skipped = "\n" * (string[0].count("\n") - string["inner"].count("\n"))
    return skipped + _CONTINUED.sub("", string["inner"])


def has_background(text: str) -> bool:
    """Whether a terminal's text has coloured blanks, which are gone in `unmarked`."""
    return "\x1b[" in text and _BACKGROUND.search(text) is not None


def _seen(text: str) -> str:
    text = text.replace("<![CDATA[", "").replace("]]>", "")
    text = _UNSEEN.sub("", text) if _UNSEEN.sub("", text).strip() else text
    text = _TABLE_ROW.sub(lambda m: m[0].replace("\n", " "), text)
    text = _INPUT.sub(lambda m: m[1] or ".", text)
    if len(_LEAF.findall(text)) == _CELLS:
        text = _LEAF.sub(lambda m: (m[2] or ".") + "\t", text)
    text = _CELL_END.sub("\t", text)
    text = re.sub(rf"({_LINE_END.pattern})(?!\s*\n)", SOFT, text, flags=re.IGNORECASE)
    return _TAG.sub("", _LINK.sub(r" \1 ", text))


def _wiki_rows(table: re.Match[str]) -> str:
    """The rows of a table of MediaWiki as lines with a tab after each cell."""
    rows = []
    for row in re.split(r"^\|-[^\n]*\n", table[1], flags=re.MULTILINE):
        cells = _WIKI_CELL.split("\n" + row.rstrip("\n"))[1:]
        line = "".join(cell.strip() + "\t" for cell in cells)
        rows.append(line + "\n" * (row.count("\n") + 1))
    return "\n" + "".join(rows)


def _without_bbcode(text: str) -> str:
    """Without the tags that are opened and closed."""
    found = _BBCODE.findall(text)
    tags = {tag.lower() for tag, _ in found} & {tag.lower() for _, tag in found if tag}
    tags.discard("")

    def kept(match: re.Match[str]) -> str:
        return "" if (match[1] or match[2]).lower() in tags else match[0]

    return _BBCODE.sub(kept, text) if tags else text


def _unquoted(text: str) -> str:
    """Without the quotes of strings of several lines, and what they are assigned to."""
    parts, at = [], 0
    while (begin := _BEGIN.search(text, at)) and (end := _END.search(text, begin.end())):
        parts += [text[at : begin.start()], begin[1], text[begin.end() : end.start()]]
        at = end.end()
    return "".join([*parts, text[at:]])
