"""Reading ARC tasks and answers from JSON that nobody vouches for, and writing both.

Formats: the task file of the ARC repositories (`train` and `test` lists of `input`/`output`), the
challenges file of the ARC Prize (`{id: task}`, test outputs missing) and its submission file.
A bomb is refused before the parser sees it, and nothing but `PuzzleError` comes out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NoReturn

from puzzles.arc_task import COLOURS, MAX_SIDE, ArcPuzzle, Grid, Pair, as_answer, as_grid
from puzzles.base import MAX_TEXT, Answer, PuzzleError

MAX_DEPTH = 8
"""Deepest nesting that is parsed; a cell of a challenges file lies six deep."""

MAX_FILES = 5_000
MAX_NAME = 64

_NO_ANSWER = [[0]]
"""Stands for a test without an answer; a submission has no other way to say so."""

# A string (closed or not) is one match, so that brackets and digits inside it do not count. The
# possessive quantifiers keep the scan linear on any text.
_SCAN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]|[0-9]{10,}', re.DOTALL)


def read_tasks(text: str, name: str = "") -> list[ArcPuzzle]:
    """One puzzle for each test of each task, in the order of the text.

    `name` becomes the id of a task file; without it the id comes from the task's content, eight
    hexadecimal digits like those of ARC. Raises `PuzzleError` naming task, pair, row and column.
    """
    document = load_json(text)
    if not isinstance(document, dict) or not document:
        raise PuzzleError(
            f"an ARC task is an object with train and test, not {_kind(document)}",
            hint='expected {"train": [{"input": …, "output": …}, …], "test": [{"input": …}]}',
        )
    if "train" in document or "test" in document:
        return read_task(document, name and _task_name(name))
    return [
        puzzle for key, task in document.items() for puzzle in read_task(task, _task_name(key))
    ]


def read_task(task: object, name: str) -> list[ArcPuzzle]:
    """The puzzles of one task that JSON decoding gave; raises `PuzzleError`."""
    place = f"task {name}: " if name else ""
    if not isinstance(task, dict):
        raise PuzzleError(f"{place}expected an object with train and test, not {_kind(task)}")
    demonstrations = tuple(
        Pair(
            _read_grid(_field(pair, "input", where), f"{where}, input"),
            _read_grid(_field(pair, "output", where), f"{where}, output"),
        )
        for where, pair in _pairs(task, "train", place)
    )
    tests = [
        (
            _read_grid(_field(pair, "input", where), f"{where}, input"),
            _known_output(pair, where),
        )
        for where, pair in _pairs(task, "test", place)
    ]
    identity = name or _content_id(demonstrations, tuple(grid for grid, _ in tests))
    return [
        ArcPuzzle(
            task=identity,
            demonstrations=demonstrations,
            input=grid,
            output=output,
            test=number,
            name=identity if len(tests) == 1 else f"{identity} test {number + 1}",
        )
        for number, (grid, output) in enumerate(tests)
    ]


def read_file(path: Path) -> list[ArcPuzzle]:
    """The puzzles of a JSON file; a task's id is the file's stem. Raises `PuzzleError`."""
    shown = path.name if path.name.isprintable() else ascii(path.name)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_TEXT + 1)
        if len(content) > MAX_TEXT:
            raise PuzzleError(f"larger than the limit of {MAX_TEXT} bytes")
        return read_tasks(content.decode("utf-8"), path.stem)
    except PuzzleError as error:
        raise PuzzleError(f"{shown}: {error}", hint=error.hint, cells=error.cells) from error
    except OSError as error:
        raise PuzzleError(f"{shown}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise PuzzleError(f"{shown}: not UTF-8 text", hint="a task is a JSON file") from error


def read_folder(path: Path) -> list[ArcPuzzle]:
    """The puzzles of every `*.json` of a folder, by file name; raises `PuzzleError`.

    An id that occurs in two files is refused, because a submission could hold only one of them.
    """
    files = sorted(file for file in path.glob("*.json") if file.is_file())
    if not files:
        raise PuzzleError("the folder holds no .json file", hint="a task is a JSON file")
    if len(files) > MAX_FILES:
        raise PuzzleError(f"the folder holds {len(files)} tasks, more than {MAX_FILES}")
    found: list[ArcPuzzle] = []
    owners: dict[str, str] = {}
    for file in files:
        puzzles = read_file(file)
        for task in {puzzle.task for puzzle in puzzles}:
            if owners.setdefault(task, file.name) != file.name:
                raise PuzzleError(f"task {task} is in {owners[task]!a} and in {file.name!a}")
        found += puzzles
    return found


def write_task(puzzle: ArcPuzzle) -> str:
    """A challenges file with this one test, without its output, on one line."""
    train = [{"input": pair.input, "output": pair.output} for pair in puzzle.demonstrations]
    task = {"train": train, "test": [{"input": puzzle.input}]}
    return json.dumps({puzzle.task: task}, separators=(",", ":"))


def write_submission(answers: Sequence[tuple[ArcPuzzle, Sequence[Answer]]]) -> str:
    """ARC Prize submission: two attempts for each test of each task, in the order of `answers`.

    A single answer is given twice; a test that has none, or was not asked, gets a 1x1 grid.
    """
    tasks: dict[str, dict[int, list[Grid]]] = {}
    for puzzle, attempts in answers:
        tasks.setdefault(puzzle.task, {})[puzzle.test] = [as_grid(each) for each in attempts[:2]]
    submission = {
        task: [_attempts(tests.get(number, [])) for number in range(max(tests) + 1)]
        for task, tests in tasks.items()
    }
    return json.dumps(submission, separators=(",", ":")) + "\n"


def read_submission(text: str, puzzles: Sequence[ArcPuzzle]) -> list[Answer]:
    """The first attempt for each of `puzzles`; raises `PuzzleError` if one is missing."""
    submission = load_json(text)
    if not isinstance(submission, dict):
        raise PuzzleError(f"a submission is an object of tasks, not {_kind(submission)}")
    answers = []
    for puzzle in puzzles:
        place = f"task {puzzle.task}, test {puzzle.test + 1}"
        tests = submission.get(puzzle.task)
        if not isinstance(tests, list) or len(tests) <= puzzle.test:
            raise PuzzleError(f"{place}: no answer in the submission")
        grid = _field(tests[puzzle.test], "attempt_1", place)
        answers.append(as_answer(_read_grid(grid, f"{place}, attempt_1")))
    return answers


def load_json(text: str) -> object:
    """Decode untrusted JSON of at most `MAX_TEXT` characters; raises `PuzzleError`.

    Stricter than the standard: no duplicate keys, no NaN or infinity, no number of ten digits.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_TEXT:
        raise PuzzleError(f"the text has {len(text)} characters, more than the limit of {MAX_TEXT}")
    if not text.strip():
        raise PuzzleError("the text is empty", hint="a task is a JSON object")
    _refuse_bombs(text)
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise PuzzleError(
            f"not JSON: {error.msg}",
            hint="an ARC task is a JSON object with train and test",
            line=error.lineno,
            column=error.colno,
        ) from error


def _refuse_bombs(text: str) -> None:
    """Raise for nesting or numbers that a JSON decoder could choke on, in one linear pass."""
    depth = 0
    for match in _SCAN.finditer(text):
        first = match.group()[0]
        if first in "]}":
            depth -= 1
        elif first in "[{":
            depth += 1
        if depth > MAX_DEPTH or first.isdigit():
            long = f"a number of {match.end() - match.start()} digits"
            line = text.count("\n", 0, match.start()) + 1
            column = match.start() - text.rfind("\n", 0, match.start())
            what = long if first.isdigit() else f"nested deeper than {MAX_DEPTH} levels"
            raise PuzzleError(what, hint="no ARC task needs that", line=line, column=column)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    decoded = dict(pairs)
    if len(decoded) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise PuzzleError(f"the key {_shown(twice)} occurs twice in one object")
    return decoded


def _refuse_constant(constant: str) -> NoReturn:
    raise PuzzleError(f"{constant} is not a colour", hint=_COLOUR_HINT)
