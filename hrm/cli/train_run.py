"""One training run in this process: opened or continued, followed to its end or to a signal."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from hrm.cli.train_progress import Viewer, json_lines, progress, say
from hrm.errors import EXIT_INTERRUPTED, EXIT_SOLVED, UserError
from hrm.files import hold
from hrm.training.config import TrainConfig
from hrm.training.events import Evaluated, StepDone, TrainEvent
from puzzles.text.text_grid import counted

if TYPE_CHECKING:
    from torch import Tensor

    from hrm.training.distributed import Ranks
    from hrm.training.run import Run

EVALUATION_SEGMENTS = 16
"""Limit of a held-out puzzle's single pass during training."""

MOST_LISTED = 40
"""Symbols and sizes that are named."""

_COMPILERS = ("c++", "g++", "clang++", "cl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """What a run is trained on; nothing here changes what it learns, but for rounding."""

    device: str = "cpu"
    threads: int = 0
    compiled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Who is told of a run, besides the person at the terminal."""

    as_json: bool = False
    tensorboard: bool = False


def begin(
    config: TrainConfig, folder: Path, machine: Hardware, outputs: Outputs, *, start: str = ""
) -> int:
    """Train in a new folder, from random weights or those of the model `start`; the exit code."""
    with _processes(config, machine, outputs) as (device, ranks):
        from hrm.training.run import Run

        weights = _weights_of(start, config) if start else None
        with _alone(folder, ranks):
            run = Run.create(folder, config, device=device, ranks=ranks, start=weights)
            return _follow(run, machine, device, outputs)


def go_on(config: TrainConfig, folder: Path, machine: Hardware, outputs: Outputs) -> int:
    """Continue the run in `folder`; the exit code."""
    with _processes(config, machine, outputs) as (device, ranks), _alone(folder, ranks):
        from hrm.training.run import Run

        run = Run.resume(folder, config, device=device, ranks=ranks)
        if run.ranks.writes:
            for warning in run.warnings:
                say(f"warning: {warning}")
        return _follow(run, machine, device, outputs)


@contextmanager
def _alone(folder: Path, ranks: Ranks) -> Iterator[None]:
    """No other process trains in the folder, or begins to; raises `UserError`. What is made for
    this goes again if nothing comes into it."""
    if not ranks.writes:
        yield
        return
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    with suppress(OSError):  # `Run.create` says what is wrong with it
        folder.mkdir(parents=True, exist_ok=True)
    taken = f"another process trains in {folder}"
    lock = hold(folder / ".lock", taken, "Wait for it, or stop it, or choose another --out.")
    try:
        yield
    finally:
        lock.release()
        with suppress(OSError):  # one is not empty
            for one in made:
                one.rmdir()


@contextmanager
def _processes(
    config: TrainConfig, machine: Hardware, outputs: Outputs
) -> Iterator[tuple[str, Ranks]]:
    """The usable device, and this process's place among those that torchrun started."""

    from hrm.devices import usable_device
    from hrm.training.config import require_float64
    from hrm.training.distributed import from_environment

    device = usable_device(machine.device, machine.threads)
    require_float64(config, device)
    if machine.compiled:
        _require_compiler()
    if outputs.tensorboard:
        from hrm.training.tensorboard import require_tensorboard

        require_tensorboard()
    with from_environment(os.environ, device) as ranks:
        yield device, ranks


def _require_compiler() -> None:
    """torch.compile would only find out during the first step, and say so in a page of text."""
    own = os.environ.get("CXX")
    if not any(shutil.which(name) for name in ((own,) if own else _COMPILERS)):
        raise UserError(
            f"--compile needs a C++ compiler, and there is no {own or ', '.join(_COMPILERS)}",
            "Install one (on Debian: apt install g++), or train without --compile.",
        )


def _weights_of(start: str, config: TrainConfig) -> dict[str, Tensor]:
    from hrm.model.checkpoint import load_model
    from hrm.store.registry import resolve_model

    model = load_model(resolve_model(start, config.task))
    # when to halt is decided at inference, whatever the weights were trained with
    if replace(model.config, halt_threshold=config.model.halt_threshold) != config.model:
        raise UserError(
            f"{start} has another architecture than this run",
            "Leave out the settings of the model; it keeps the architecture of the weights.",
        )
    return model.state_dict()


def _follow(run: Run, machine: Hardware, device: str, outputs: Outputs) -> int:
    """Consume the run's events until its end or a signal."""
    if machine.compiled:
        run.trainer.model.low.compile()
        run.trainer.model.high.compile()
    task = run.kind
    # who learned to answer at once has never seen a second segment
    segments = EVALUATION_SEGMENTS if run.config.max_segments > 1 else 1
    held_out = run.held_out(task)
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

        evaluate = run.evaluator(task, held_out, segments, report=tell)
        with closing(run.train(evaluate, stop=lambda: bool(received))) as events:
            for event in events:
                tell(event)
    return _ended(run, received[0] if received else 0)


def _found(run: Run) -> str:
    """What a run's data turned out to hold."""
    symbols = [glyph for glyph in run.kind.spec.glyphs if glyph]
    sizes = sorted({source.shape for source in run.sources})
    listed = " ".join(symbols[:MOST_LISTED]) + (" …" if len(symbols) > MOST_LISTED else "")
    shapes = ", ".join(f"{height}x{width}" for height, width in sizes[:MOST_LISTED])
    return f"The data has {counted(len(symbols), 'symbol')} ({listed}) on grids of {shapes}"


def _ended(run: Run, number: int) -> int:
    """Says how to go on; the exit code after signal `number`, 0: none."""
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
    """All that looks at the events; of several processes only the first has any."""
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
    """Collects SIGINT and SIGTERM, so that a step is never cut in two; a second one is at once."""
    received: list[int] = []

    def note(number: int, frame: Any) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)
        if talks:
            say("Stopping after this step …")

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
