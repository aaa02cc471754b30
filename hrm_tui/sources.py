"""From what a person gives the app - a path, a name, pasted text - to puzzles and their task.

Nobody should have to say which kind of puzzle a text holds: the likeliest reading is tried first,
and if no reading succeeds, its error is the one that is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from hrm.errors import UserError
from hrm.puzzle_files import exists, read_puzzles, read_text
from hrm.terminal import clean_line
from puzzles import NAMES, domain
from puzzles.base import AnyDomain, PuzzleError

_JSON = re.compile(r"\s*(\{|\[\s*[\[{\d])")
_ROW = frozenset("#SGEo. \t")
_ANY_ROW = _ROW.union("ABsge")
_ARC_ID = re.compile(r"[0-9a-f]{8}")


class Current(NamedTuple):
    """The puzzle that all screens show; `source` says in a few words where it came from."""

    task: str
    puzzle: Any
    source: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a dialog returns: at least one puzzle of one task, from one source."""

    task: str
    puzzles: tuple[Any, ...]
    source: str

    def at(self, index: int) -> Current:
        return Current(self.task, self.puzzles[index], self.source)


def read_source(argument: str, task: str = "", likely: str = "sudoku") -> Chosen:
    """A file, folder, example's name, ARC id or 81 characters; of any task where `task` is empty.

    Raises UserError. Reading and parsing may take a second: the app does it in a worker thread.
    """
    if argument == "-":
        raise UserError(
            "the app reads keys from standard input, so no puzzle can come from there",
            "Give the name of a file, or paste the puzzle into the app.",
        )
    if exists(argument, folder=False) and not Path(argument).is_file():
        # a pipe may never end, and /dev/stdin would take the app's keys
        raise UserError(f"{clean_line(argument, 60)} is no file or folder", "Give another path.")
    tasks = (task,) if task else _order(_glance(argument), likely)
    source = clean_line(Path(argument).name or argument, 60)
    return _first(tasks, lambda name: read_puzzles(domain(name), argument), source)


def read_pasted(text: str, likely: str, source: str = "pasted text") -> Chosen:
    """Puzzles of a text; raises PuzzleError with line and column in its likeliest reading."""
    return _first(_order(text, likely), lambda name: domain(name).parse(text), source)


def with_known_output(kind: AnyDomain, puzzle: Any) -> Any:
    """A public ARC test with its output, which the text of a puzzle does not have."""
    found = kind.find(puzzle.task) if kind.name == "arc" else None
    return next((other for other in found or () if other == puzzle), puzzle)


def _glance(argument: str) -> str:
    """Text that tells the task: a file's, else the argument itself; raises UserError."""
    return read_text(argument) if exists(argument, folder=False) else argument


def _order(text: str, likely: str) -> tuple[str, ...]:
    """All tasks, the one that the text looks like first, then the one in use."""
    if _JSON.match(text) or _ARC_ID.fullmatch(text.strip()):
        looks = "arc"
    elif _looks_drawn(text):
        looks = "maze"
    elif sum(character.isdigit() for character in text) >= 17:
        looks = "sudoku"
    else:
        looks = likely
    return tuple(dict.fromkeys((looks, likely, *NAMES)))


def _looks_drawn(text: str) -> bool:
    """Whether a text is nothing but drawings of mazes, or has a row of one with an end in it."""
    rows = [set(line) for line in text.splitlines()]
    walled = [row for row in rows if "#" in row]
    return any(row <= _ROW and row & set("SGE") for row in walled) or (
        bool(walled) and all(row <= _ANY_ROW for row in rows)
    )


def _first(tasks: tuple[str, ...], read: Callable[[str], list[Any]], source: str) -> Chosen:
    first: PuzzleError | UserError | None = None
    for task in tasks:
        try:
            return Chosen(task, tuple(read(task)), source)
        except (PuzzleError, UserError) as error:
            first = first or error
    assert first is not None  # there is at least one task, and it failed
    raise first
