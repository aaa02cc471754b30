"""What the shell completes, and names of tasks as the command line reads them."""

from __future__ import annotations

from difflib import get_close_matches

import typer

from hrm.terminal import shown
from puzzles import domain, names


def task_name(text: str) -> str:
    """`text`, if it is the name of a task; typer calls this as a parser."""
    if text not in names():
        known = ", ".join(map(repr, names()))
        near = get_close_matches(text, names(), n=1)
        perhaps = f" Did you mean {near[0]!r}?" if near else ""
        raise typer.BadParameter(f"{shown(text)!r} is not one of {known}.{perhaps}")
    return text


def complete_task(incomplete: str) -> list[str]:
    return [name for name in names() if name.startswith(incomplete)]


def complete_puzzle(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of examples; the shell adds files where none fits."""
    task = ctx.params.get("task")
    known = [task] if task in names() else names()
    found = [name for kind in known for name in domain(kind).examples()]
    return [name for name in found if name.startswith(incomplete)]


def complete_level(ctx: typer.Context, incomplete: str) -> list[str]:
    task = ctx.params.get("task")
    levels = domain(task).levels if task in names() else ()
    return [level for level in levels if level.startswith(incomplete)]


def complete_model(incomplete: str) -> list[str]:
    from hrm.store.catalog import entries

    return [model.name for model in entries() if model.name.startswith(incomplete)]


def complete_preset(incomplete: str) -> list[str]:
    from hrm.training.presets import PRESETS

    return [name for name in PRESETS if name.startswith(incomplete)]
