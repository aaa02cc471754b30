"""`hrm tui`: the app, in a terminal that can show it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from hrm.cli import options
from hrm.cli.help import BROWSER
from hrm.cli.output import talk_console
from hrm.errors import UserError
from hrm.terminal import shown
from puzzles import names

browser_option = partial(typer.Option, rich_help_panel=BROWSER)

_HOST, _PORT = "127.0.0.1", 8000


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
    serve: Annotated[bool, browser_option("--serve", help="Show it in a browser instead.")] = False,
    host: Annotated[
        str,
        browser_option(
            metavar="ADDRESS",
            help="Where to listen; others than this machine's own let anybody use the app.",
        ),
    ] = _HOST,
    port: Annotated[
        int,
        browser_option(
            metavar="N", min=0, max=65535, help="Port to listen on; 0 takes a free one."
        ),
    ] = _PORT,
) -> None:
    """Open the app: watch a model think, play, train, manage models.

    \b
      hrm tui              a bundled Sudoku
      hrm tui maze medium  a bundled maze
      hrm tui puzzle.txt   whatever is in the file
      hrm tui --serve      in a browser, at http://127.0.0.1:8000/
    """
    named, puzzle = task_and_puzzle(first, second)
    if named and task not in (None, named):
        raise UserError(f"{named} was named, and --task {task}", "Give one of them.")
    if not serve and (host, port) != (_HOST, _PORT):
        raise UserError("--host and --port are for --serve", "Add --serve, or leave them out.")
    begin: dict[str, Any] = {
        "task": task or named,
        "trace": trace,
        "model": model,
        "rules": rules,
        "size": size,
        "screen": screen,
    }
    running: dict[str, Any] = {"device": device, "threads": threads, "budget": budget}
    if serve:
        _serve(host, port, puzzle, begin, running)
        return
    from hrm_tui.launch import launch

    raise typer.Exit(launch(puzzle, **begin, **running))


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


def _serve(
    host: str, port: int, puzzle: str, begin: Mapping[str, Any], running: Mapping[str, Any]
) -> None:
    """Serve what `hrm tui` would show with these options."""
    try:
        from hrm_tui.web.server import is_local, serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("textual_serve", "aiohttp"):
            raise
        raise UserError(
            "--serve needs textual-serve, which is not installed",
            "Install it with `pip install 'hrm-tui[web]'`.",
        ) from None
    from hrm_tui.launch import prepared

    prepared(puzzle, **begin)  # what is wrong is said here and not in a browser
    talk = talk_console()
    if not is_local(host):
        talk.print(f"warning: whoever can reach {host} can use the app and write files as you")
    options_given = [
        part
        for name, value in {**begin, **running}.items()
        if value
        for part in (f"--{name}", str(value))
    ]
    command = [
        sys.executable,
        "-m",
        "hrm",
        "tui",
        *options_given,
        *(["--", puzzle] if puzzle else []),
    ]
    serve(
        command, host, port, lambda address: talk.print(f"{address} shows the app; ctrl+c ends it")
    )
