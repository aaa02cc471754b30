"""Pulls as the command line shows them, with bars in a terminal, in words, or as JSON; and the pull
of a model that a command lacks."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import DownloadColumn, Progress, TaskID, TextColumn

from hrm.cli.output import is_interactive, print_json, progress, talk_console
from hrm.errors import ModelError
from hrm.store.installed import Installed
from hrm.store.registry import KNOWN, NotInstalledError
from hrm.terminal import clean_line

if TYPE_CHECKING:  # its HTTP client takes longer to import than the rest of `--help`
    from hrm.store.pull import PullEvent

_NAME_WIDTH = 28


def follow(events: Generator[PullEvent, None, None], *, as_json: bool = False) -> Installed:
    """Run a pull and show its progress. On Ctrl-C, it says that the partial download is kept."""
    console = talk_console()
    try:
        with ExitStack() as stack:
            stack.enter_context(closing(events))
            if as_json:
                return _as_lines(events)
            if console.is_terminal:
                # the rate of the events: rich would count bytes of an earlier run as downloaded now
                pace = TextColumn("{task.fields[pace]}", markup=False)
                bars = progress(DownloadColumn(), pace, console=console)
                return _with_bars(events, stack.enter_context(bars))
            return _in_words(events, console)
    except KeyboardInterrupt:
        console.print(
            "What has arrived is kept: the same command resumes the download, "
            "`hrm models prune` removes it."
        )
        raise


def fetch_missing(missing: NotInstalledError, task: str, *, yes: bool) -> Path:
    """Download a missing model after confirmation (or with `yes`); raises `missing` if it is
    declined or cannot be asked for."""
    if not yes and not _agrees(missing.reference):
        raise missing
    from hrm.store.pull import pull

    fetched = follow(pull(missing.reference))
    if fetched.task not in ("", task):
        name = clean_line(fetched.name, 80)
        raise ModelError(
            f"{name} is a model for {fetched.task}, not for {task}",
            f"It is installed now: `hrm solve {fetched.task} … --model {name}`.",
        )
    return fetched.path


def _agrees(reference: str) -> bool:
    if not is_interactive():
        return False
    size = next((known.bytes for known in KNOWN if known.name == reference), 0)
    about = f" (about {size / 1e6:,.0f} MB)" if size else ""
    return typer.confirm(f"Fetch {clean_line(reference, 120)}{about}?", err=True)


def _with_bars(events: Iterator[PullEvent], progress: Progress) -> Installed:
    from hrm.download.fetch import Downloading
    from hrm.store.pull import Converting, Ready

    bars: dict[str, TaskID] = {}
    for event in events:
        match event:
            case Ready(model):
                return model
            case Converting():
                progress.console.print("checking and converting")
            case Downloading(file=file, done=done, total=total):
                if file not in bars:
                    shown = clean_line(file, _NAME_WIDTH)
                    bars[file] = progress.add_task(shown, total=total, pace="")
                progress.update(bars[file], completed=done, total=total, pace=event.pace)
    raise _unfinished()


def _in_words(events: Iterator[PullEvent], console: Console) -> Installed:
    """Without a terminal: a line when a file begins, and one when it is converted."""
    from hrm.download.fetch import Downloading
    from hrm.store.pull import Converting, Ready

    begun: set[str] = set()
    for event in events:
        match event:
            case Ready(model):
                return model
            case Converting():
                console.print("checking and converting")
            case Downloading(file=file, done=done, total=total, resumed_from=kept):
                answered = done or total is not None
                if answered and file not in begun:
                    begun.add(file)
                    size = "of unknown size" if total is None else f"{total / 1e6:,.1f} MB"
                    on = f", {kept / 1e6:,.1f} MB of it here already" if kept else ""
                    console.print(f"fetching {clean_line(file, 80)}, {size}{on}")
    raise _unfinished()


def _as_lines(events: Iterator[PullEvent]) -> Installed:
    from hrm.download.fetch import Downloading
    from hrm.store.pull import Converting, Ready

    for event in events:
        match event:
            case Ready(model):
                print_json({"event": "ready", **asdict(model), "path": str(model.path)})
                return model
            case Converting() | Downloading():
                print_json({"event": type(event).__name__.lower(), **asdict(event)})
    raise _unfinished()


def _unfinished() -> RuntimeError:
    return RuntimeError("a pull ended without its model")
