"""Fetching a model in front of a person: progress on stderr, and how to go on after Ctrl-C."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from hrm.cli.output import talk_console
from hrm.errors import ModelError
from hrm.registry import KNOWN, NotInstalledError
from hrm.store import Converting, Downloading, Installed, Ready, pull
from hrm.terminal import clean_line

SCHEMA = 1
_NAME_WIDTH = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to fetch, as `hrm.store.pull` takes it."""

    reference: str
    sha256: str = ""
    name: str = ""
    with_embeddings: bool = False
    offline: bool = False


def fetch_model(wanted: Wanted, *, as_json: bool = False) -> Installed:
    """Pull and show it. Raises what the pull raises, and KeyboardInterrupt after saying that the
    part which has arrived is kept."""
    events = pull(
        wanted.reference,
        sha256=wanted.sha256,
        with_embeddings=wanted.with_embeddings,
        offline=wanted.offline,
        name=wanted.name,
    )
    console = talk_console()
    try:
        with ExitStack() as stack:
            stack.enter_context(closing(events))
            if as_json:
                return _as_lines(events)
            if console.is_terminal:
                return _with_bars(events, stack.enter_context(_bars(console)))
            return _in_words(events, console)
    except KeyboardInterrupt:
        console.print(
            "What has arrived is kept: the same command goes on from there, "
            "`hrm models prune` removes it."
        )
        raise


def fetch_missing(missing: NotInstalledError, task: str, *, yes: bool) -> Path:
    """Fetch the model that a solve lacks, if the person agrees, in a terminal or ahead; raises
    `missing` where they do not, or cannot be asked."""
    if not yes and not _agrees(missing.reference):
        raise missing
    fetched = fetch_model(Wanted(reference=missing.reference))
    if fetched.task not in ("", task):
        name = clean_line(fetched.name, 80)
        raise ModelError(
            f"{name} is a model for {fetched.task}, not for {task}",
            f"It is installed now: `hrm solve {fetched.task} … --model {name}`.",
        )
    return fetched.path


def is_interactive() -> bool:
    """Whether a question would be seen and could be answered."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _agrees(reference: str) -> bool:
    if not is_interactive():
        return False
    size = next((known.bytes for known in KNOWN if known.name == reference), 0)
    about = f" (about {size / 1e6:,.0f} MB)" if size else ""
    return typer.confirm(f"Fetch {clean_line(reference, 120)}{about}?", err=True)


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        DownloadColumn(),
        # the events' rate: rich's own would count what an earlier run left as fetched now
        TextColumn("{task.fields[pace]}", markup=False),
        console=console,
    )


def _with_bars(events: Iterator[Downloading | Converting | Ready], progress: Progress) -> Installed:
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
                progress.update(bars[file], completed=done, total=total, pace=pace(event))
    raise _unfinished()


def pace(event: Downloading) -> str:
    """Rate, and how long the rest will take at that rate: `3.2 MB/s, 1:05 left`."""
    if event.rate <= 0:
        return "waiting"
    rate = f"{event.rate / 1e6:.1f} MB/s"
    if event.total is None:
        return rate
    seconds = round((event.total - event.done) / event.rate)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    left = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{rate}, {left} left"


def _in_words(events: Iterator[Downloading | Converting | Ready], console: Console) -> Installed:
    """For a log: a line when a file begins, and one when it is converted."""
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


def _as_lines(events: Iterator[Downloading | Converting | Ready]) -> Installed:
    for event in events:
        match event:
            case Ready(model):
                facts = {**asdict(model), "path": str(model.path)}
                _line("ready", facts)
                return model
            case Converting() | Downloading():
                _line(type(event).__name__.lower(), asdict(event))
    raise _unfinished()


def _line(kind: str, facts: dict[str, object]) -> None:
    sys.stdout.write(json.dumps({"schema": SCHEMA, "event": kind, **facts}) + "\n")
    sys.stdout.flush()


def _unfinished() -> RuntimeError:
    return RuntimeError("a pull ended without its model")
