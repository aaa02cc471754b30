"""`hrm tui`: the app, in a terminal that can show it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm.cli import options
from hrm.errors import UserError
from hrm.terminal import shown
from puzzles import names


def tui(
    first: Annotated[
        str,
        typer.Argument(
            metavar="[TASK]",
            help="sudoku, maze or arc; may be left out. [default: what PUZZLE looks like]",
            autocompletion=options.complete_task,
        ),
    ] = "",
    second: Annotated[
        str,
        typer.Argument(
            metavar="[PUZZLE]",
            help="A file, an example's name such as hard, the 81 characters of a Sudoku, or an ARC "
            "task's id. [default: a bundled example]",
            autocompletion=options.complete_puzzle,
        ),
    ] = "",
    *,
    task: Annotated[
        str | None,
        typer.Option(
            help="sudoku, maze or arc. [default: what PUZZLE looks like]",
            autocompletion=options.complete_task,
            parser=options.task_name,
            metavar="TASK",
        ),
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Show a trace that `hrm solve --trace` saved."),
    ] = None,
    model: options.Model = "",
    rules: options.Rules = "",
    size: options.Size = 0,
    screen: Annotated[
        str, typer.Option(metavar="NAME", help="First screen: solve, play, models or train.")
    ] = "solve",
    device: options.Device = "auto",
    threads: options.Threads = 0,
    budget: options.Budget = 60.0,
) -> None:
    """Open the app: watch a model think, play, train, manage models.

    \b
      hrm tui              a bundled Sudoku
      hrm tui maze medium  a bundled maze
      hrm tui puzzle.txt   whatever is in the file
    """
    from hrm_tui.launch import launch

    named, puzzle = task_and_puzzle(first, second)
    if named and task not in (None, named):
        raise UserError(f"{named} was named, and --task {task}", "Give one of them.")
    code = launch(
        puzzle,
        task=task or named,
        trace=trace,
        model=model,
        rules=rules,
        size=size,
        screen=screen,
        device=device,
        threads=threads,
        budget=budget,
    )
    raise typer.Exit(code)


def task_and_puzzle(first: str, second: str) -> tuple[str, str]:
    """The task is first where there are two words, or where the only one is its name and no file
    has that name."""
    if second and first not in names():
        raise UserError(
            f"{shown(first)} is no task", f"Give a TASK, of {', '.join(names())}, then a PUZZLE."
        )
    if second or (first in names() and not Path(first).exists()):
        return first, second
    return "", first
