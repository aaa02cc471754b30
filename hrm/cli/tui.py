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
            help="A file, an example's name such as hard, 81 characters of Sudoku, an ARC id. "
            "[default: an example]",
        ),
    ] = "",
    *,
    task: Annotated[
        str | None,
        typer.Option(
            help="sudoku, maze or arc.  [default: what PUZZLE looks like]",
            parser=options.task_name,
            metavar="TASK",
        ),
    ] = None,
    trace: Annotated[
        Path | None, typer.Option(help="Show a trace that `hrm solve --trace` saved.")
    ] = None,
    model: options.Model = "",
    screen: Annotated[
        str, typer.Option(help="The first screen: solve, play, models or train.")
    ] = "solve",
    device: options.Device = "cpu",
    threads: options.Threads = 0,
    budget: options.Budget = 60.0,
) -> None:
    """Open the app: watch a model think, step by step."""
    from hrm_tui.launch import launch

    code = launch(
        puzzle,
        task=task or "",
        trace=trace,
        model=model,
        screen=screen,
        device=device,
        threads=threads,
        budget=budget,
    )
    raise typer.Exit(code)
