"""`hrm ablate`: compares variants of the Sudoku mini, trained for equal time."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from hrm.cli.options import Threads
from hrm.errors import EXIT_INTERRUPTED


def ablate(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the runs and the table.")],
    minutes: Annotated[
        float, typer.Option(metavar="M", min=0.01, help="Of training, for each run.")
    ] = 2.0,
    steps: Annotated[
        int, typer.Option(metavar="N", min=0, help="End each run after these instead.")
    ] = 0,
    seeds: Annotated[int, typer.Option(metavar="N", min=1, help="Runs of each variant.")] = 3,
    count: Annotated[
        int, typer.Option(metavar="N", min=1, help="Held-out puzzles of each set.")
    ] = 200,
    threads: Threads = 1,
) -> None:
    """Train variants of the Sudoku mini for equal time, and compare them.

    It can be stopped at any time: the same command resumes where it was.

    \b
      hrm ablate --out ablation                          about an hour
      hrm ablate --out quick --minutes 0.5 --seeds 1     a first look
    """
    from hrm.evaluation.ablation import AblationPlan, ablate

    plan = AblationPlan(
        out=out, minutes=minutes, steps=steps, seeds=seeds, count=count, threads=threads
    )
    # a shell starts background jobs with interrupts ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.stdout.write(ablate(plan))
    except KeyboardInterrupt:  # the current run has saved its state
        typer.echo("Stopped. Run the same command again to resume.", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
