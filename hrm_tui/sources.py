"""From what a person gives the app - a path, a name, pasted text - to puzzles and their task.

Nobody should have to say which kind of puzzle a text holds: the likeliest reading is tried first,
and if no reading succeeds, its error is the one that is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from hrm.engine import domain_of_model
from hrm.errors import UserError
from hrm.puzzle_files import exists, pasted_path, read_puzzles, read_rules, read_text
from hrm.solving.recording import is_recording, read_recording
from hrm.terminal import clean_line
from puzzles import domain, domains
from puzzles.errors import PuzzleError

_LONGEST_PATH = 4_096


class Current(NamedTuple):
    """The puzzle that all screens show; `source` says in a few words where it came from."""

    task: str
    puzzle: Any
    source: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a dialog returns: at least one puzzle of one task, from one source, which may be a
    `trace` of a solve."""

    task: str
    puzzles: tuple[Any, ...]
    source: str
    trace: Path | None = None

    def at(self, index: int) -> Current:
        return Current(self.task, self.puzzles[index], self.source)


def doubt_of(current: Current) -> str:
    """Why a puzzle that could be read has no answer, or more than one; empty where nothing is known
    to be wrong. Searching may take a second."""
    kind = domain(current.task)
    try:
        found = kind.soundness(current.puzzle)
    except PuzzleError:  # too hard to search, or the domain's own mistake
        return ""
    return "" if found.good else f"{found.sentence} Compare the puzzle with its source."


def read_source(
    argument: str,
    task: str = "",
    likely: str = "sudoku",
    rules_and_size: tuple[str, int] | None = None,
    model: str = "",
) -> Chosen:
    """A file, folder, example's name, ARC id or 81 characters; of any task where `task` is empty.

    `rules_and_size` are as on the command line, for the tasks that have such a choice; `model` is
    the one that the puzzles are for.

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
    if not rules_and_size and exists(argument, folder=False) and is_recording(Path(argument)):
        return read_trace(Path(argument))
    tasks = (task,) if task else _order(_glance(argument), likely)
    source = clean_line(Path(argument).name or argument, 60)

    def read(name: str) -> list[Any]:
        kind = domain_of_model(name, model)
        return read_puzzles(
            kind, argument, read_rules(kind, *rules_and_size) if rules_and_size else ""
        )

    return _first(tasks, read, source)


def read_pasted(text: str, likely: str, source: str = "pasted text") -> Chosen:
    """Puzzles of a text, or of the file or folder that it names; raises PuzzleError with line and
    column in its likeliest reading, or UserError for a file."""
    path = pasted_path(text) if len(text) < _LONGEST_PATH and "\n" not in text.strip() else text
    if path != text or exists(path.strip(), folder=False):
        return read_source(path.strip(), likely=likely)
    return _first(_order(text, likely), lambda name: domain(name).parse(text), source)


def read_trace(path: Path) -> Chosen:
    """The first puzzle of a saved solve, which goes with it; raises UserError."""
    recording = read_recording(path)
    first = recording.domain.published(recording.puzzles[0])
    return Chosen(recording.domain.name, (first,), clean_line(path.name, 60), path)


def first_of(task: str) -> Chosen:
    """What is shown where no puzzle is named: an example that takes a while, or a puzzle of the
    first level; raises UserError."""
    kind = domain(task)
    for example in (*kind.showcase, kind.default_example):
        if example:
            chosen = read_source(example, task)
            return replace(chosen, puzzles=chosen.puzzles[:1])  # nobody has asked for this one
    if not kind.levels:
        raise UserError(f"{task} has no example to show", "Give a PUZZLE.")
    return made(task, kind.levels[0])


def made(task: str, level: str, rules: str = "", title: str = "") -> Chosen:
    """A new puzzle of one of the domain's levels, under `rules` that have a `title`; raises
    PuzzleError. May take a second."""
    import numpy as np

    kind = domain(task)
    rng = np.random.default_rng()
    puzzle = kind.generate(rng, level, rules) if rules else kind.generate(rng, level)
    source = f"{title} {level}, generated".lstrip()
    return Chosen(task, (puzzle,), puzzle.name if kind.collections else source)


def _glance(argument: str) -> str:
    """The text that shows the task: a file's, else the argument; raises UserError."""
    return read_text(argument) if exists(argument, folder=False) else argument


def _order(text: str, likely: str) -> tuple[str, ...]:
    """All tasks, the one that the text looks like first, then the one in use."""
    kinds = list(domains())
    looks = max(kinds, key=lambda kind: kind.likeness(text))
    first = (looks.name,) if looks.likeness(text) else ()
    known = [kind.name for kind in kinds if not kind.needs_facts]  # those take any text
    usual = (likely,) if likely in known else ()
    return tuple(dict.fromkeys((*first, *usual, *known)))


def _first(tasks: tuple[str, ...], read: Callable[[str], list[Any]], source: str) -> Chosen:
    first: PuzzleError | UserError | None = None
    for task in tasks:
        try:
            return Chosen(task, tuple(read(task)), source)
        except (PuzzleError, UserError) as error:
            first = first or error
    assert first is not None  # there is at least one task, and it failed
    raise first
