"""`hrm tui`: the app, in a terminal that can show it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm.cli import options


def tui(
    puzzle: Annotated[
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
      hrm tui                     a bundled Sudoku
      hrm tui --task maze medium  a bundled maze
    """
    from hrm_tui.launch import launch

    code = launch(
        puzzle,
        task=task or "",
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
