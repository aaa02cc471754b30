"""What the shell completes, and names of tasks as the command line reads them."""

from __future__ import annotations

from difflib import get_close_matches

import typer

from hrm.errors import PuzzleFileError
from hrm.puzzle_files import exists, read_text
from hrm.terminal import shown
from puzzles import domain, domains, names
from puzzles.contract.protocol import AnyDomain


def task_name(text: str) -> str:
    """`text`, if it is the name of a task; typer calls this as a parser."""
    if text not in names():
        known = ", ".join(map(repr, names()))
        near = get_close_matches(text, names(), n=1)
        perhaps = _task_first(text) or (f" Did you mean {near[0]!r}?" if near else "")
        raise typer.BadParameter(f"{shown(text)!r} is not one of {known}.{perhaps}")
    return text


def _task_first(text: str) -> str:
    """What to write where a puzzle stands in the place of the task, else nothing."""
    is_file = exists(text, folder=False)
    try:
        puzzle = read_text(text) if is_file else text
    except PuzzleFileError:
        puzzle = ""
    likeliest = max(domains(), key=lambda kind: kind.likeness(puzzle))
    if likeliest.likeness(puzzle):
        return f" Give the task first: {likeliest.name} {shown(text) if is_file else 'PUZZLE'}"
    return " Give the task first, then the file." if is_file else ""


def complete_task(incomplete: str) -> list[str]:
    return [name for name in names() if name.startswith(incomplete)]


def complete_puzzle(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of puzzles that need no file; the shell adds files where none fits."""
    return [name for kind in _named(ctx) or domains() for name in kind.complete(incomplete)]


def complete_level(ctx: typer.Context, incomplete: str) -> list[str]:
    levels = [level for kind in _named(ctx) for level in kind.levels or kind.collections]
    return [level for level in levels if level.startswith(incomplete)]


def complete_data(ctx: typer.Context, incomplete: str) -> list[str]:
    """Published sets; the shell adds files where none fits."""
    sets = [name for kind in _named(ctx) for name in kind.collections]
    return [name for name in sets if name.startswith(incomplete)]


def _named(ctx: typer.Context) -> list[AnyDomain]:
    """The task that the command line names so far, if any; `hrm tui` calls it `first`."""
    task = ctx.params.get("task") or ctx.params.get("first")
    return [domain(task)] if task in names() else []


def complete_model(incomplete: str) -> list[str]:
    from hrm.store.catalog import entries

    return [model.name for model in entries() if model.name.startswith(incomplete)]


def complete_preset(incomplete: str) -> list[str]:
    from hrm.training.presets import PRESETS

    return [name for name in PRESETS if name.startswith(incomplete)]
