"""ARC tasks and answers as text: the task file of the ARC repositories (`train` and `test` lists of
`input` and `output`), the challenges file of the ARC Prize (`{id: task}`, test outputs missing) and
its submission file. The text comes from anywhere; nothing but `PuzzleError` comes out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from puzzles.arc.documents import tasks_of
from puzzles.arc.mending import load_mended
from puzzles.arc.pairs import grid_of
from puzzles.arc.puzzle import ArcPuzzle, Grid, Pair, as_answer, as_grid
from puzzles.contract.tokens import Answer
from puzzles.errors import PuzzleError
from puzzles.text.encoding import MAX_TEXT, decoded
from puzzles.text.json_text import TASK, field_of, kind, load_json, read_grid

MAX_FILES = 5_000
"""Most tasks that a folder may hold; ARC-AGI-2 has 1,120."""

MAX_NAME = 64
"""Longest id of a task, in characters."""


_NO_TASKS = frozenset(("sample_submission.json", "submission.json", "index.json", "package.json"))
_SUBMISSION = 'A submission is {"ID": [{"attempt_1": …, "attempt_2": …}, …], …}, a list of tests.'
_CHALLENGES, _SOLUTIONS = "challenges.json", "solutions.json"


def read_tasks(text: str, name: str = "") -> list[ArcPuzzle]:
    """One puzzle for each test of each task, in the order of the text.

    `name` becomes the id of a task file; without it the id comes from the task's content, eight
    hexadecimal digits like those of ARC. A task that is there twice counts once. Raises
    `PuzzleError` naming task, pair, row and column.
    """
    found: dict[str, list[ArcPuzzle]] = {}
    for task, content in tasks_of(text):
        identity = (name and _task_name(name)) if task is None else _task_name(task)
        tests = read_task(content, identity)
        if found.setdefault(tests[0].task, tests) != tests:
            raise PuzzleError(
                f"task {tests[0].task} has two contents in this text",
                hint="Give each an id of its own.",
            )
    return [puzzle for tests in found.values() for puzzle in tests]


def read_task(task: object, name: str) -> list[ArcPuzzle]:
    """The puzzles of one task that JSON decoding gave; raises `PuzzleError`."""
    place = f"task {name}: " if name else ""
    if not isinstance(task, dict):
        raise PuzzleError(f"{place}expected an object with train and test, not {kind(task)}")
    demonstrations = tuple(
        Pair(
            read_grid(field_of(pair, "input", where), f"{where}, input"),
            read_grid(field_of(pair, "output", where), f"{where}, output"),
        )
        for where, pair in _pairs(task, "train", place)
    )
    tests = [
        (
            read_grid(field_of(pair, "input", where), f"{where}, input"),
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
    """The puzzles of a JSON file; raises `PuzzleError`, which names the file."""
    text = _text_of(path)
    try:
        return read_named(text, path)
    except PuzzleError as error:
        raise PuzzleError(f"{_shown(path)}: {error}", hint=error.hint, cells=error.cells) from error


def read_named(text: str, path: Path) -> list[ArcPuzzle]:
    """Those of the text of the file at `path`: a task's id is the file's stem, if that may be one,
    and challenges know the solutions beside them. Raises `PuzzleError`."""
    return with_solutions(read_tasks(text, path.stem if is_name(path.stem) else ""), path)


def _shown(path: Path) -> str:
    return path.name if path.name.isprintable() else ascii(path.name)


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_TEXT + 1)
        if len(content) > MAX_TEXT:
            raise PuzzleError(f"{_shown(path)}: larger than the limit of {MAX_TEXT} bytes")
        return decoded(content)
    except OSError as error:
        raise PuzzleError(f"{_shown(path)}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        hint = "a task is a JSON file"
        raise PuzzleError(f"{_shown(path)}: not UTF-8 text", hint=hint) from error


def with_solutions(puzzles: list[ArcPuzzle], path: Path) -> list[ArcPuzzle]:
    """The tests of the ARC Prize's `…challenges.json` with the outputs that `…solutions.json`
    beside it knows; other puzzles as they are. Raises `PuzzleError`."""
    beside = path.with_name(path.name.replace(_CHALLENGES, _SOLUTIONS))
    if not path.name.endswith(_CHALLENGES) or not beside.is_file():
        return puzzles
    text = _text_of(beside)
    try:
        solutions = load_json(text)
    except PuzzleError as error:
        raise PuzzleError(f"{_shown(beside)}: {error}", hint=error.hint) from error
    if not isinstance(solutions, dict):
        raise PuzzleError(f"{_shown(beside)}: solutions are an object of tasks")

    def solved(puzzle: ArcPuzzle) -> ArcPuzzle:
        outputs = solutions.get(puzzle.task)
        if puzzle.output or not isinstance(outputs, list) or puzzle.test >= len(outputs):
            return puzzle
        place = f"{_shown(beside)}, task {puzzle.task}, test {puzzle.test + 1}"
        return replace(puzzle, output=read_grid(outputs[puzzle.test], place))

    return [solved(puzzle) for puzzle in puzzles]


def is_task_file(path: Path) -> bool:
    """Not one that macOS hides, nor the solutions of challenges beside them, nor an example of a
    submission."""
    challenges = path.name.replace(_SOLUTIONS, _CHALLENGES)
    solves = path.name.endswith(_SOLUTIONS) and path.with_name(challenges).is_file()
    other = path.name.lower() in _NO_TASKS
    return path.is_file() and not path.name.startswith(".") and not solves and not other


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
    """For each of `puzzles` the attempt that is known to be right, else the first; raises
    `PuzzleError` if there is none."""
    if text.lstrip("\ufeff \n").startswith("output_id"):
        raise PuzzleError("this is a table of the competition of 2020", hint=_SUBMISSION)
    try:
        submission = load_mended(text)
        return [as_answer(_attempt(submission, puzzle)) for puzzle in puzzles]
    except PuzzleError as error:
        if error.hint != TASK:
            raise
        raise PuzzleError(str(error), hint=_SUBMISSION, cells=error.cells) from None


def _attempt(submission: object, puzzle: ArcPuzzle) -> Grid:
    if not isinstance(submission, dict):
        raise PuzzleError(f"a submission is an object of tasks, not {kind(submission)}", hint=TASK)
    place = f"task {puzzle.task}, test {puzzle.test + 1}"
    tests = submission.get(puzzle.task)
    if not isinstance(tests, list) or len(tests) <= puzzle.test:
        raise PuzzleError(f"{place}: no answer in the submission", hint=TASK)
    test = tests[puzzle.test]
    first = field_of(test, "attempt_1", place)
    attempts = [("attempt_1", first), ("attempt_2", test.get("attempt_2"))]
    given = [(name, grid) for name, grid in attempts if grid not in (None, [])]
    grids = [
        read_grid(grid_of(grid, None, f"{place}, {name}"), f"{place}, {name}")
        for name, grid in given or attempts[:1]
    ]
    return next((grid for grid in grids if grid == puzzle.output), grids[0])


def _pairs(task: dict[str, object], key: str, place: str) -> Iterator[tuple[str, object]]:
    """The entries of `train` or `test`, each with the words that say where it is."""
    entries = field_of(task, key, place.removesuffix(": ") or "the task")
    if not isinstance(entries, list) or not entries:
        raise PuzzleError(f"{place}{key} is a list of at least one pair, not {kind(entries)}")
    for number, entry in enumerate(entries, start=1):
        yield f"{place}{key} pair {number}", entry


def _known_output(pair: object, place: str) -> Grid | None:
    """A test's output, None where it is missing, null or an empty list."""
    if not isinstance(pair, dict) or pair.get("output") in (None, []):
        return None
    return read_grid(pair["output"], f"{place}, output")


def is_name(name: str) -> bool:
    """Whether it may be the id of a task, and is safe to show."""
    return 0 < len(name) <= MAX_NAME and name.isprintable()


def _task_name(name: str) -> str:
    if not is_name(name):
        raise PuzzleError(
            f"{name[:MAX_NAME]!a} is not an id of a task",
            hint=f"an id has 1 to {MAX_NAME} printable characters",
        )
    return name


def _content_id(demonstrations: tuple[Pair, ...], inputs: tuple[Grid, ...]) -> str:
    return hashlib.sha256(repr((demonstrations, inputs)).encode()).hexdigest()[:8]


def _attempts(answers: Sequence[Grid]) -> dict[str, Grid]:
    """The two attempts of one test. A 1x1 grid says that there is no answer; nothing else can."""
    first, *rest = answers or [((0,),)]
    return {"attempt_1": first, "attempt_2": rest[0] if rest else first}
