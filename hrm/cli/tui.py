"""`hrm tui`: opens the app in the terminal, or serves it to a browser."""

from __future__ import annotations

import gc
import sys
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from hrm.cli import options
from hrm.cli.completion import complete_puzzle, complete_task
from hrm.cli.help import BROWSER
from hrm.errors import UserError
from hrm.terminal import shown
from puzzles import names

browser_option = partial(typer.Option, rich_help_panel=BROWSER)

_HOST, _PORT = "127.0.0.1", 8000


First: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="[TASK]",
        help="sudoku, maze or arc; may be left out. [default: what PUZZLE looks like]",
        autocompletion=complete_task,
    ),
]
Second: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="[PUZZLE]",
        help="A file, an example's name such as hard, the 81 characters of a Sudoku, or an ARC "
        "task's id. [default: a bundled example]",
        autocompletion=complete_puzzle,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """What the app shows first."""

    task: Annotated[
        str | None,
        options.task_option(help="The same as the argument TASK."),
    ] = None
    trace: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Show a trace that `hrm solve --trace` saved."),
    ] = None
    model: options.Model = ""
    rules: options.Rules = ""
    size: options.Size = 0
    screen: Annotated[
        str, typer.Option(metavar="NAME", help="First screen: solve, play, models or train.")
    ] = "solve"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    device: options.Device = "auto"
    threads: options.Threads = 0
    budget: options.Budget = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    serve: Annotated[bool, browser_option("--serve", help="Show it in a browser instead.")] = False
    host: Annotated[
        str,
        browser_option(
            metavar="ADDRESS",
            help="Where to listen; others than this machine's own let anybody use the app.",
        ),
    ] = _HOST
    port: Annotated[
        int,
        browser_option(
            metavar="N", min=0, max=65535, help="Port to listen on; 0 takes a free one."
        ),
    ] = _PORT


@options.flattened
def tui(
    first: First = "",
    second: Second = "",
    *,
    start: StartOptions,
    engine: EngineOptions,
    web: WebOptions,
) -> None:
    """Open the app: watch a model think, play, train, manage models.

    \b
      hrm tui              a bundled Sudoku
      hrm tui maze medium  a bundled maze
      hrm tui puzzle.txt   whatever is in the file
      hrm tui --serve      in a browser, at http://127.0.0.1:8000/
    """
    named, puzzle = task_and_puzzle(first, second)
    if named and start.task not in (None, named):
        raise UserError(f"{named} was named, and --task {start.task}", "Give one of them.")
    if not web.serve and (web.host, web.port) != (_HOST, _PORT):
        raise UserError("--host and --port are for --serve", "Add --serve, or leave them out.")
    start = replace(start, task=start.task or named)
    if web.serve:
        _serve(web, puzzle, start, engine)
        return
    gc.disable()  # imports make many objects and no garbage; the app collects it once it is drawn
    try:
        from hrm_tui.launch import launch

        code = launch(puzzle, **asdict(start), **asdict(engine))
    finally:
        gc.enable()
    raise typer.Exit(code)


def task_and_puzzle(first: str, second: str) -> tuple[str, str]:
    """Split the arguments into task ("" if not given) and puzzle.

    A single argument is a task if it is the name of one and of no file.
    """
    if second and first not in names():
        raise UserError(
            f"{shown(first)} is not a task",
            f"Give a TASK ({', '.join(names())}), then a PUZZLE.",
        )
    if second or (first in names() and not Path(first).exists()):
        return first, second
    return "", first


def _serve(web: WebOptions, puzzle: str, start: StartOptions, engine: EngineOptions) -> None:
    try:
        from hrm_tui.web.server import is_local, serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("textual_serve", "aiohttp"):
            raise
        raise UserError(
            "--serve needs textual-serve, which is not installed",
            "Install it with `pip install 'hrm-tui[web]'`.",
        ) from None
    from hrm.cli.output import talk_console
    from hrm_tui.launch import prepared

    prepared(puzzle, **asdict(start))  # report errors here rather than in the browser
    talk = talk_console()
    if not is_local(web.host):
        talk.print(
            f"warning: everybody who can reach {web.host} can use the app and write files as you"
        )
    command = [sys.executable, "-m", "hrm", "tui"]
    for name, value in {**asdict(start), **asdict(engine)}.items():
        if value:
            command += [f"--{name}", str(value)]
    if puzzle:
        command += ["--", puzzle]
    serve(
        command,
        web.host,
        web.port,
        lambda address: talk.print(f"{address} shows the app; ctrl+c ends it"),
    )
