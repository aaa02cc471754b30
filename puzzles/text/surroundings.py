"""What stands around a puzzle in a text: `> ` of e-mail, code fences, headings and sentences, and
the line ends that a shell leaves as two characters."""

from __future__ import annotations

import re

_QUOTE = re.compile(r">(?:[ ]?>)*+[ ]?")
_JSON_STRING = re.compile(r'\\"|"(?:[^"\\\n]|\\.)*+"(?=\s*+[,}\]])')
_WORD = re.compile(r"[^\W\d_]{2,}")
_TIME = re.compile(r"\b\d{1,4}([-/.:])\d{1,2}(?:\1\d{1,4})?\b")
_RULER = re.compile(r"\s*([=~]{3,}|(?:```|~~~).*)\s*")
_PROMPT = re.compile(r"\s*(?:[$%❯]|>>>|(?:In|Out)[ ]?\[\d*\]:)\s*")
_CODE = re.compile(
    r"""\s*+(?:(?:(?:const|let|var|my|val|static|char)\s+){0,3}[A-Za-z_$@][\w.$@\[\]]{0,40}\s*+"""
    r"""(?::=|=:|=|<-|:)\s*+(?:%[wWqQ]?[\[({<|]|qw\s*[(\[{/<]|<<[~-]?["']?\w+["']?|[\[({|>]|array\()?"""
    r"""|[\])}]+[;,.]?|[\[({]|/\*+|\*+/|(?:EOS|EOF|EOT|HEREDOC|END);?)\s*"""
)
_LETTER_HEAD = re.compile(
    r"\s*(?:From|To|Cc|Bcc|Date|Subject|Sent|Reply-To)\s*:.*|\s*\d{4}-\d\d-\d\d(?:[T ].*)?|"
    r"\s*P[12]\s*"
)
"""Of a mail; a date; of a bitmap in characters."""

_ANSWER = re.compile(
    r"[\W\d_]*(?:the\s+)?(?:answer|solution|solved|solución|solucion|soluzione|solução|lösung|"
    r"loesung|oplossing|решение|ответ|解答|答案|output|expected(?:\s+output)?)s?"
    r"(?:\s+(?:grid|board|puzzle))?[\W\d_]*",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"(\s*puzzle\s{2,})(?:answer|solution)\b", re.IGNORECASE)
_LONGEST = 8_000
"""Characters of a line that may be a sentence."""


def unescaped(text: str) -> str:
    r"""The text with line ends in place of `\n`, as an argument in a shell has them."""
    if "\\n" not in text or "\n" in text.strip("\ufeff\r\n"):
        return text
    if any("\\n" in match[0] for match in _JSON_STRING.finditer(text)):
        return text
    whole = text.strip()
    if len(whole) > 1 and whole[0] == whole[-1] and whole[0] in "\"'":
        text = whole[1:-1]
    return text.replace("\\r", "").replace("\\n", "\n")


def quote_end(line: str) -> int:
    """How many characters at the beginning of a line quote it."""
    quote = _QUOTE.match(line)
    return quote.end() if quote else 0


def is_text(line: str, cell_letters: frozenset[str]) -> bool:
    """Whether a line is words around a drawing, a fence, a ruler or code before and after it.
    `cell_letters` are those that cells are made of: a word of others is text."""
    if len(line) > _LONGEST:
        return False
    if _CODE.fullmatch(line) or _LETTER_HEAD.fullmatch(line):
        return True
    words = [word for word in _WORD.findall(line) if not cell_letters.issuperset(word)]
    if words:
        marks = sum(not character.isspace() for character in _TIME.sub("", line))
        letters = sum(map(len, words))
        if 2 * letters >= marks - letters:
            return True
    return bool(_RULER.fullmatch(line) or _PROMPT.fullmatch(line))


def says_answer(line: str) -> bool:
    """Whether a line says that what follows is the answer of the puzzle before it."""
    return len(line) < 80 and _ANSWER.fullmatch(line) is not None


def beside(line: str) -> int:
    """The column, from 0, at which the answer begins beside the puzzle, as `hrm` prints them; 0 if
    a line is no title of two pictures."""
    found = _BESIDE.match(line)
    return found.end(1) if found else 0
