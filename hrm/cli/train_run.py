"""One training run in this process: starts or resumes it and stops it cleanly on a signal."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

from hrm.cli import options
from hrm.cli.help import machine_option, output_option
from hrm.cli.train_progress import Viewer, json_lines, progress, say
from hrm.errors import EXIT_INTERRUPTED, EXIT_SOLVED
from hrm.files import hold, make_folder
from hrm.training.config import TrainConfig
from hrm.training.events import Evaluated, StepDone, TrainEvent
from puzzles.text.text_grid import counted

if TYPE_CHECKING:
    from hrm.model.hrm import HRM
    from hrm.training.distributed import Ranks
    from hrm.training.run import Run

EVALUATION_SEGMENTS = 16
"""Most segments for each held-out puzzle."""

MOST_LISTED = 40
"""Most symbols and sizes that a message lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """Where a run is trained. Apart from rounding, nothing here changes the result."""

    device: options.Device = "auto"
    threads: options.Threads = 0
    compiled: Annotated[
        bool, machine_option("--compile", help="Use torch.compile (needs a C++ compiler).")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What a run writes besides its folder and the progress on the terminal."""

    tensorboard: Annotated[
        bool,
        output_option(
            "--tensorboard", help="Also write TensorBoard scalars into the run's folder."
        ),
    ] = False
    as_json: options.AsJson = False


def begin(
    config: TrainConfig,
    folder: Path,
    machine: Hardware,
    outputs: Outputs,
    *,
    start: HRM | None = None,
) -> int:
    """Train in a new folder, from random weights or those of `start`; returns the exit code."""
    with _processes(config, machine, outputs) as (device, ranks), _alone(folder, ranks):
        from hrm.training.run import Run

        weights = start.state_dict() if start else None
        run = Run.create(folder, config, device=device, ranks=ranks, start=weights)
        return _follow(run, machine, device, outputs)


def resume(config: TrainConfig, folder: Path, machine: Hardware, outputs: Outputs) -> int:
    """Continue the run in `folder`; returns the exit code."""
    with _processes(config, machine, outputs) as (device, ranks), _alone(folder, ranks):
        from hrm.training.run import Run

        run = Run.resume(folder, config, device=device, ranks=ranks)
        if run.ranks.writes:
            for warning in run.warnings:
                say(f"warning: {warning}")
            if run.trainer.progress() >= 1.0:
                say("The run is at its end already; --minutes or --steps sets a later one.")
        return _follow(run, machine, device, outputs)


@contextmanager
def _alone(folder: Path, ranks: Ranks) -> Iterator[None]:
    """Hold the lock of the folder; raises `UserError` if another process trains there.

    Folders created for the lock are removed again if the run leaves them empty.
    """
    if not ranks.writes:
        yield
        return
    created = [path for path in (folder, *folder.parents) if not path.exists()]
    make_folder(folder)  # before puzzles are generated, which takes a while
    taken = f"another process trains in {folder}"
    lock = hold(folder / ".lock", taken, "Wait for it, or stop it, or choose another --out.")
    try:
        yield
    finally:
        lock.release()
        with suppress(OSError):  # stops at the first folder that is not empty
            for path in created:
                path.rmdir()


@contextmanager
def _processes(
    config: TrainConfig, machine: Hardware, outputs: Outputs
) -> Iterator[tuple[str, Ranks]]:
    """The device to use, and this process's rank among those that torchrun started."""
    from hrm.devices import require_compiler, usable_device
    from hrm.training.config import require_float64
    from hrm.training.distributed import from_environment

    device = usable_device(machine.device, machine.threads)
    require_float64(config, device)
    if machine.compiled:
        require_compiler()
    if outputs.tensorboard:
        from hrm.training.tensorboard import require_tensorboard

        require_tensorboard()
    with from_environment(os.environ, device) as ranks:
        yield device, ranks


def _follow(run: Run, machine: Hardware, device: str, outputs: Outputs) -> int:
    """Train until the end or a signal; returns the exit code."""
    if machine.compiled:
        run.trainer.model.compile_stacks()
    # a model trained with one segment has never seen a second one
    segments = EVALUATION_SEGMENTS if run.config.max_segments > 1 else 1
    held_out = run.held_out()
    talks = run.ranks.writes
    if talks:
        where = "" if device == "cpu" else f" on {device}"
        say(f"Training {run.config.task} in {run.folder}{where}")
        if run.facts:
            say(_found(run))
    with (
        _stop_signals(talks=talks) as received,
        _viewers(run, device, outputs) as viewers,
    ):

        def tell(event: TrainEvent) -> None:
            for show in viewers:
                show(event)

        evaluate = run.evaluator(held_out, segments, report=tell)
        with closing(run.train(evaluate, stop=lambda: bool(received))) as events:
            for event in events:
                tell(event)
    return _ended(run, received[0] if received else 0)


def _found(run: Run) -> str:
    """The symbols and grid sizes found in the data."""
    symbols = [glyph for glyph in run.kind.spec.glyphs if glyph]
    sizes = sorted({source.shape for source in run.sources})
    listed = " ".join(symbols[:MOST_LISTED]) + (" …" if len(symbols) > MOST_LISTED else "")
    shapes = ", ".join(f"{height}x{width}" for height, width in sizes[:MOST_LISTED])
    return f"The data has {counted(len(symbols), 'symbol')} ({listed}) on grids of {shapes}"


def _ended(run: Run, number: int) -> int:
    """Print what to do next; returns the exit code after signal `number` (0: none)."""
    folder = quote(str(run.folder))
    if run.trainer.progress() >= 1.0 and not number:
        ending = f"Done. Solve with: hrm solve {run.config.task} PUZZLE --model {folder}"
    else:
        ending = f"Stopped and saved. Continue with: hrm train --resume {folder}"
    if run.ranks.writes:
        say(ending)
    if not number:
        return EXIT_SOLVED
    return EXIT_INTERRUPTED if number == signal.SIGINT else 128 + number


@contextmanager
def _viewers(run: Run, device: str, outputs: Outputs) -> Iterator[list[Viewer]]:
    """The consumers of the run's events. Of several processes only the first has any."""
    with ExitStack() as stack:
        viewers: list[Viewer] = []
        if run.ranks.writes:

            def record(event: Any) -> None:
                if isinstance(event, StepDone | Evaluated):
                    run.record(event)

            viewers += [record, stack.enter_context(progress(device))]
            if outputs.as_json:
                viewers.append(json_lines(device))
            if outputs.tensorboard:
                from hrm.training.tensorboard import scalars

                viewers.append(stack.enter_context(scalars(run.folder, run.trainer.step)))
        yield viewers


@contextmanager
def _stop_signals(*, talks: bool) -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM, so that the current step can end; a second one interrupts."""
    received: list[int] = []

    def note(number: int, frame: Any) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)
        if talks:
            say("Stopping after this step or evaluation …")

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
