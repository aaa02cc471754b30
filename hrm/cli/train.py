"""`hrm train`: trains a model from generated data, shows how it goes, and can always be stopped."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrm.errors import EXIT_INTERRUPTED, EXIT_SOLVED, UserError
from hrm.events import SCHEMA
from hrm.terminal import clean_line

if TYPE_CHECKING:
    from hrm.runs import Run
    from hrm.trainer import Evaluated, Saved, StepDone

EVALUATION_SEGMENTS = 16
"""Limit of a held-out puzzle's single pass during training."""

LINE_EVERY = 15.0
"""Seconds between lines where stderr is not a terminal."""


def train(
    task: Annotated[str, typer.Option(help="sudoku, maze or arc.")] = "",
    preset: Annotated[str, typer.Option(help="Named configuration.")] = "mini",
    minutes: Annotated[float, typer.Option(help="End after this much training time.")] = 0.0,
    steps: Annotated[int, typer.Option(help="End after this many optimiser steps.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder of the run.")] = None,
    seed: Annotated[int, typer.Option(help="Of weights, data and exploration.")] = 0,
    resume: Annotated[Path | None, typer.Option(help="Continue the run in this folder.")] = None,
    start: Annotated[
        str, typer.Option(help="Begin with the weights of this model: a name or a file.")
    ] = "",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A setting, key=value; may be repeated.")
    ] = None,
    threads: Annotated[int, typer.Option(help="CPU threads; 0: all.")] = 0,
    compile_: Annotated[
        bool, typer.Option("--compile", help="Compile the model (needs a C++ compiler).")
    ] = False,
    show: Annotated[bool, typer.Option("--show", help="Print the configuration and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One event a line on stdout.")] = False,
) -> None:
    """Train a model on generated puzzles; Ctrl-C saves, --resume continues."""
    import torch

    from hrm.presets import preset as named
    from hrm.runs import Run, read_config
    from hrm.training import override

    end: dict[str, Any] = {
        name: value for name, value in (("minutes", minutes), ("steps", steps)) if value
    }
    if resume is not None:
        if set_ or start or out:
            raise UserError(
                "--resume goes on with the run's own settings",
                "Only --minutes and --steps can be given with it.",
            )
        config = replace(read_config(resume), **end)
    else:
        if not task:
            raise UserError("no task is given", "For example: hrm train --task sudoku --minutes 5")
        config = named(preset, task, seed=seed, **(end or {"minutes": 5.0}))
        config = override(config, _settings(set_ or []))
    if show:
        typer.echo(json.dumps(config.to_json(), indent=2))
        return
    if threads:
        torch.set_num_threads(threads)
    if resume is not None:
        run = Run.resume(resume, config)
    else:
        run = Run.create(out or Path("runs") / time.strftime(f"{task}-%Y%m%d-%H%M%S"), config)
        if start:
            _start_from(run, start)
    if compile_:
        run.trainer.model.low.compile()
        run.trainer.model.high.compile()
    raise typer.Exit(_follow(run, as_json=as_json))


def _settings(pairs: list[str]) -> dict[str, str]:
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UserError(f"--set {pair!r} is not key=value")
        settings[key.strip()] = value.strip()
    return settings


def _start_from(run: Run, start: str) -> None:
    from hrm.checkpoint import load_model
    from hrm.registry import resolve_model

    weights = load_model(resolve_model(start, run.config.task))
    if weights.config != run.config.model:
        raise UserError(
            f"{start} has another architecture than this run",
            "Give the same preset and --set values that it was trained with.",
        )
    run.trainer.start_from(weights.state_dict())


def _follow(run: Run, *, as_json: bool) -> int:
    """Consume the run's events until its end or a signal; returns the exit code."""
    from hrm.trainer import Saved
    from hrm.trainer import train as events_of
    from puzzles.domains import domain

    task = domain(run.config.task)
    held_out = run.held_out(task)
    evaluate = run.evaluator(task, held_out, EVALUATION_SEGMENTS)
    events = events_of(run.trainer, save=run.save, evaluate=evaluate)
    with _stop_signals() as stop, _display(run) as display:
        for event in events:
            if not isinstance(event, Saved):
                run.record(event)
            display.show(event)
            if as_json:
                line = {"schema": SCHEMA, "event": type(event).__name__, **asdict(event)}
                typer.echo(json.dumps(line))
            if stop:
                events.close()  # type: ignore[attr-defined]  # a generator: saves, then ends
                break
    if stop:
        _say(f"Stopped and saved. Continue with: hrm train --resume {quote(str(run.folder))}")
        return EXIT_INTERRUPTED if stop[0] == signal.SIGINT else 128 + stop[0]
    _say(f"Done. Solve with: hrm solve {run.config.task} PUZZLE --model {quote(str(run.folder))}")
    return EXIT_SOLVED


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """Collects SIGINT and SIGTERM, so that a step is never cut in two; a second one is at once."""
    received: list[int] = []

    def note(number: int, frame: Any) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)
        _say("Stopping after this step …")

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(text: str) -> None:
    sys.stderr.write(clean_line(text) + "\n")
    sys.stderr.flush()


class _Lines:
    """Progress where stderr is not a terminal: a line now and then."""

    def __init__(self) -> None:
        self._last = -LINE_EVERY

    def show(self, event: StepDone | Evaluated | Saved) -> None:
        text = _sentence(event)
        now = time.monotonic()
        if text and (not hasattr(event, "progress") or now - self._last >= LINE_EVERY):
            self._last = now
            _say(text)


class _Bar:
    """Progress in a terminal: one bar, evaluations above it."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=1.0, figures="")

    def show(self, event: StepDone | Evaluated | Saved) -> None:
        text = _sentence(event)
        if hasattr(event, "progress"):
            self._progress.update(self._task, completed=event.progress, figures=text)
        elif text:
            self._progress.console.print(text, markup=False, highlight=False)


def _sentence(event: StepDone | Evaluated | Saved) -> str:
    from hrm.trainer import Evaluated, StepDone

    if isinstance(event, StepDone):
        left = event.seconds * (1 / event.progress - 1) if event.progress else 0.0
        return (
            f"step {event.step} · loss {event.loss:.3f} · right {event.exact:4.0%} · "
            f"cells {event.cells:5.1%} · segments {event.segments:.1f} · "
            f"{event.rows_per_second:.0f} examples/s · {left / 60:.1f} min left"
        )
    if isinstance(event, Evaluated):
        return (
            f"step {event.step} · held out: solved {event.solved} of {event.count} "
            f"({event.solved / event.count:.1%}), cells {event.cells:.1%}, "
            f"{event.segments:.1f} segments ({event.seconds:.0f} s)"
        )
    return ""


@contextmanager
def _display(run: Run) -> Iterator[_Lines | _Bar]:
    _say(f"Training {run.config.task} in {run.folder}")
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (BarColumn(bar_width=20), TextColumn("{task.fields[figures]}", markup=False))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield _Bar(progress)
