"""ARC tasks as text that is almost JSON: with a variable before it, trailing commas, single quotes
or words around it, JSON lines, and texts with titles instead of JSON.

Nothing is executed: what cannot be mended to JSON is refused as it stands.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sized
from contextlib import suppress
from io import StringIO
from itertools import islice

from puzzles.arc.blocks import from_blocks
from puzzles.arc.labels import refuse_beside
from puzzles.errors import PuzzleError
from puzzles.text.json_text import TASK, load_json
from puzzles.text.line_marks import without_line_numbers
from puzzles.text.markup import unmarked
from puzzles.text.surroundings import quote_end

MAX_MENDED = 1_000_000
"""Longest text, in characters, of which a wrong spelling is mended."""

MAX_TASKS = 5_000
"""Most tasks of one text; ARC-AGI-2 has 1,120."""

_BEFORE = re.compile(r"\s*(?:(?:var|let|const)\s+)?[\w.$\[\]\"']{1,80}\s*(?:=|\()\s*(?=[{\[])")
_AFTER = re.compile(r"[\s;)]*\Z")
_STRING = r'"(?:[^"\\\n]|\\.)*+"'
_SPARE_COMMA = re.compile(rf"({_STRING}|\\.)|,(?=\s{{0,200}}[}}\]])")
_WORDS = re.compile(rf"({_STRING}|\\.)|\b(None|True|False)\b")
_JSON_WORDS = {"None": "null", "True": "true", "False": "false"}
_KEY = re.compile(r"([{,]\s{0,200})(train|test|input|output)(\s{0,9}:)")
_COMMENT = re.compile(rf"({_STRING}|\\.)|//[^\n]*+|/\*.*?(?:\*/|\Z)", re.DOTALL)
_ARRAY = re.compile(
    r"\b(?:np\.|numpy\.)?(?:array|tensor)\((\[[^()]{0,9000}\])(?:,\s{0,40}dtype=[\w.]+)?\)"
)
_DEEPEST = 4
"""Arrays in arrays, as numpy writes them."""

_OBJECT = re.compile(r"\{\s*[\"'\w]|\[\s*[\[{]")
_PART = re.compile(
    r"\b(train|test)(?:ing)?(?:[ _](?:pairs?|examples?))?\b"
    r"[^\w\[{}]{0,20}(?:json|python)?[^\w\[{}]{0,9}(?=\[)",
    re.IGNORECASE,
)
_COLUMNS = ({"train", "test"}, {"input", "output"}, {"task"})
"""Of tables that hold tasks."""

_SCALAR = re.compile(r"\bnp\.\w{3,9}\((-?\d{1,3})\)")
_BETWEEN_OBJECTS = re.compile(r"(?<=\})\s*(?=\{\s*[\"'])")
_TAG = re.compile(
    r"</?(?:((?:train|test|example)(?:_?(?:input|output))?|input|output)\w{0,9})(?:\s[^<>\n]{0,60})?>"
    r"|<\|/?(input|output|train|test|example)[^|<>\n]{0,20}\|>",
    re.IGNORECASE,
)
_TO_ASCII = str.maketrans("“”„‟″\xa0", '"""""' + " ")
_OTHER_FILES = (
    (
        re.compile(r"\s*<(?:!doctype|html)", re.IGNORECASE),
        "this is a web page, not a task",
        "Download the file itself; on GitHub, with the button Raw.",
    ),
    (
        re.compile(r"version https://git-lfs"),
        "this is a pointer of Git LFS, not the file",
        "Run `git lfs pull`, or download the file itself.",
    ),
    (re.compile(r"404"), "this is the answer of a server that has no such file", "Check the link."),
    (
        re.compile(r"\s*https?://\S+\s*\Z"),
        "this is a link, and links are not followed",
        "Download the file, and give its name.",
    ),
)


def loaded(text: str) -> object:
    """The JSON of a text, or a task made of its titles; raises `PuzzleError`."""
    try:
        return _unpacked(load_json(text))
    except PuzzleError as error:
        if not isinstance(error.__cause__, json.JSONDecodeError):
            raise
        for pattern, words, hint in _OTHER_FILES:
            if pattern.match(text):
                raise PuzzleError(words, hint=hint) from None
        lines = [line for line in text.splitlines() if line.strip()]
        is_lines = len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines)
        if is_lines and _is_json(lines[0]):
            require_few(lines)
            return [_line(number, line) for number, line in enumerate(lines, start=1)]
        if len(text) > MAX_MENDED:
            raise
        text = without_line_numbers(text.replace("\r\n", "\n").replace("\r", "\n"))
        for mended in _readings(text):
            with suppress(PuzzleError):
                return _unpacked(load_json(mended))
        if (documents := _several(text)) is not None:
            return documents
        lines = unmarked(_without_arrays(_untagged(text))).split("\n")
        try:
            task = from_blocks("\n".join(line[quote_end(line) :] for line in lines))
        except PuzzleError:
            refuse_beside(text)
            raise
        if task is not None:
            return task
        if "{" not in text:
            refuse_beside(text)
            raise PuzzleError(
                "not JSON, and no text with the titles Input: and Output:",
                hint=f"{TASK} Or write Input: and Output: above the rows of digits.",
            ) from None
        raise


def load_mended(text: str) -> object:
    """The JSON of a field or a file, perhaps in Python's spelling or with words around it; raises
    `PuzzleError`."""
    try:
        return load_json(text)
    except PuzzleError:
        if len(text) > MAX_MENDED:
            raise
        for mended in _readings(text):
            with suppress(PuzzleError):
                return load_json(mended)
        raise


def require_few(tasks: Sized) -> None:
    if len(tasks) > MAX_TASKS:
        raise PuzzleError(
            f"a text of {len(tasks):,} tasks, more than the limit of {MAX_TASKS:,}",
            hint="Split it into smaller files.",
        )


def _readings(text: str) -> Iterator[str]:
    """What a text may mean as JSON, the nearest first."""
    text = text.translate(_TO_ASCII)
    inside = _inside(text)
    yield _mended(text)
    yield _mended(inside)
    if '\\"' in text:
        yield _mended(_inside(text.replace('\\"', '"')))
    if (table := _of_table(text)) is not None:
        yield table
    if (parts := _two_parts(text)) is not None:
        yield _mended(parts)
    begin = re.search(r"\{\s*[\"']\w", text)
    if begin and not inside.startswith(text[begin.start() : begin.end() + 9]):
        yield _mended(_cut(text, begin.start()))


def _is_json(line: str) -> bool:
    try:
        load_json(line)
    except PuzzleError as error:
        return not isinstance(error.__cause__, json.JSONDecodeError)
    return True


def _unpacked(document: object) -> object:
    """JSON that was written as a string of JSON, once more or in a list."""
    if isinstance(document, str) and document.lstrip()[:1] in ("{", "["):
        return load_json(document)
    entries = document if isinstance(document, list) else []
    texts = [entry for entry in entries if isinstance(entry, str) and entry.lstrip()[:1] == "{"]
    if texts and len(texts) == len(entries):
        return [load_json(each) for each in texts]
    return document


def _inside(text: str) -> str:
    """The outermost brackets among prose, in a code fence or in an e-mail, without comments."""
    text = "\n".join(line[quote_end(line) :] for line in unmarked(text).split("\n"))
    begin = re.search(r"[{\[]\s*[\"'{\w\[/]", text)
    return _cut(text, begin.start()) if begin else text


def _cut(text: str, begin: int) -> str:
    """From a bracket to the last one that closes it, without comments and arrays around lists."""
    text = text[begin : text.rfind("}" if text[begin] == "{" else "]") + 1]
    return _without_arrays(_COMMENT.sub(lambda m: m[1] or "", text))


def _without_arrays(text: str) -> str:
    """The lists alone that numpy and torch write as arrays, also in each other."""
    for _ in range(_DEEPEST):
        text, changes = _ARRAY.subn(r"\1", text)
        if not changes:
            break
    return text


def _several(text: str) -> list[object] | None:
    """Objects that follow each other without a list around them, None where they do not."""
    objects = _BETWEEN_OBJECTS.split(text.strip())
    if len(objects) < 2:
        return None
    try:
        return [load_json(each) for each in objects]
    except PuzzleError:
        return None


def _two_parts(text: str) -> str | None:
    """One object of the two lists that a text calls train and test, one after the other."""
    found = {match[1].lower(): match for match in _PART.finditer(text)}
    if set(found) != {"train", "test"} or "{" not in text:
        return None
    train, test = found["train"], found["test"]
    if train.start() > test.start() or "{" in text[: train.start()]:
        return None
    first, second = text[train.end() : test.start()], text[test.end() :]
    lists = (part[: part.rfind("]") + 1] for part in (first, second))
    return '{{"train": {}, "test": {}}}'.format(*map(_mended, lists))


def _of_table(text: str) -> str | None:
    """The columns of CSV as JSON, an object for each record: train and test, the pairs of input and
    output, or a task."""
    head = text.lstrip("\ufeff\n").split("\n", maxsplit=1)[0][:400]
    mark = max(",;\t", key=head.count)
    names = {name.strip(' "\r').lower() for name in head.split(mark)}
    if not any(columns <= names for columns in _COLUMNS) or head[:1] in ("{", "["):
        return None
    csv.field_size_limit(MAX_MENDED)
    try:
        table = csv.DictReader(StringIO(text.lstrip("\ufeff\n")), delimiter=mark)
        table.fieldnames = [name.strip().lower() for name in table.fieldnames or ()]
        records = list(islice(table, MAX_TASKS + 1))
    except csv.Error:
        return None
    if not 0 < len(records) <= MAX_TASKS:
        return None
    if "task" in names and "train" not in names:
        return json.dumps([{**r, "task": _loaded_or(r.get("task"))} for r in records])
    return json.dumps([{k: v for k, v in record.items() if k} for record in records])


def _loaded_or(text: object) -> object:
    """The JSON of a field, or the field itself if it is not JSON."""
    with suppress(PuzzleError):
        return load_mended(str(text))
    return text


def _line(number: int, line: str) -> object:
    try:
        return load_json(line)
    except PuzzleError as error:
        raise PuzzleError(f"JSON line {number}: {error}", hint=error.hint) from None


def _mended(text: str) -> str:
    """The text without a variable or call around the object, without spare commas, and in JSON's
    spelling in place of Python's."""
    text = _SCALAR.sub(r"\1", text)
    before = _BEFORE.match(text)
    if before:
        text = _AFTER.sub("", text[before.end() :])
    if '"' not in text:
        text = text.replace("'", '"').replace("(", "[").replace(")", "]")
    text = _KEY.sub(r'\1"\2"\3', text)
    text = _WORDS.sub(lambda m: m[1] or _JSON_WORDS[m[2]], text)
    return _SPARE_COMMA.sub(lambda m: m[1] or "", text)


def _untagged(text: str) -> str:
    """The text with titles in place of tags such as `<input>`; where these are closed, they are not
    those of HTML."""
    if "</" not in text and "<|" not in text:
        return text

    def title(tag: re.Match[str]) -> str:
        words = (tag[1] or tag[2]).lower().replace("_", "")
        words = re.sub(r"(?<=.)(?=input|output)", " ", words)
        return "\n" if "/" in tag[0][:3] else f"\n{words}:\n"

    return _TAG.sub(title, text)
