"""ARC tasks in folders as they are cloned and downloaded: sub-folders, solutions beside challenges,
and files that hold no tasks."""

from __future__ import annotations

from pathlib import Path

from puzzles.arc.formats import MAX_FILES, is_task_file, read_file
from puzzles.arc.puzzle import ArcPuzzle
from puzzles.errors import PuzzleError


def task_files(folder: Path) -> list[Path]:
    """Every file of tasks in a folder and those in it, hidden folders left out, by path; raises
    `PuzzleError` for none or too many."""
    files = sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in (".json", ".jsonl")
        and is_task_file(file)
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )
    if not files:
        raise PuzzleError(
            "the folder and those in it hold no .json file", hint="a task is a JSON file"
        )
    if len(files) > MAX_FILES:
        raise PuzzleError(f"the folder holds {len(files)} tasks, more than {MAX_FILES}")
    return files


def _read(file: Path) -> list[ArcPuzzle]:
    try:
        return read_file(file)
    except PuzzleError as error:
        hint = f"{error.hint} If this file is no task, take it out of the folder.".strip()
        raise PuzzleError(str(error), hint=hint, cells=error.cells) from error


def read_folder(folder: Path) -> list[ArcPuzzle]:
    """The puzzles of every file of tasks in a folder and its folders; raises `PuzzleError`.

    A task that is in two files counts once; two tasks with one id are refused, because a submission
    could hold only one of them.
    """
    found: dict[str, tuple[Path, list[ArcPuzzle]]] = {}
    for file in task_files(folder):
        tasks: dict[str, list[ArcPuzzle]] = {}
        for puzzle in _read(file):
            tasks.setdefault(puzzle.task, []).append(puzzle)
        for task, tests in tasks.items():
            first, known = found.setdefault(task, (file, tests))
            if known != tests:
                places = " and in ".join(ascii(str(f.relative_to(folder))) for f in (first, file))
                raise PuzzleError(
                    f"task {task} has two contents, in {places}",
                    hint="Give one of their folders.",
                )
    return [puzzle for _, tests in found.values() for puzzle in tests]
