"""`hrm bench`: measures the speed of a model on this machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from hrm.cli.completion import complete_preset
from hrm.cli.options import AsJson, Device, Threads, task_option
from hrm.cli.output import print_json

if TYPE_CHECKING:
    from hrm.evaluation.bench import BenchResult


SMALL = 128
"""Largest hidden size for which a CPU gets the batch that a mini is trained with."""


def bench(
    task: Annotated[str, task_option(help="sudoku, maze or arc.")] = "sudoku",
    preset: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Named configuration; see `hrm train --help`.",
            autocompletion=complete_preset,
        ),
    ] = "mini",
    device: Device = "auto",
    batch: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, help="Rows in a training step. [default: what suits the device]"
        ),
    ] = 0,
    threads: Threads = 0,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; may be repeated."),
    ] = None,
    compile_: Annotated[
        bool, typer.Option("--compile", help="Compile the model with torch.compile first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure how fast this machine runs and trains a model, beside its matmul peak.

    \b
      hrm bench
      hrm bench --task maze --preset hrm-27m --device cuda
    """
    import torch

    from hrm.devices import require_compiler, usable_device
    from hrm.evaluation.bench import BenchResult, measure
    from hrm.training.config import override
    from hrm.training.presets import preset as named
    from hrm.training.settings import settings

    if compile_:
        require_compiler()
    where = torch.device(usable_device(device, threads))
    config = override(named(preset, task, where.type, steps=1), settings(set_ or []))
    rows = batch or (768 if where.type != "cpu" else 64 if config.model.hidden <= SMALL else 16)
    for event in measure(config, where, rows, compiled=compile_):
        if not isinstance(event, BenchResult):
            typer.echo(f"measuring {event} …", err=True)
        elif as_json:
            print_json({"task": task, "preset": preset, **asdict(event)})
        else:
            typer.echo(_table(f"{preset} for {task}", event))


def _table(model: str, f: BenchResult) -> str:
    lines = {
        "model": f"{model}, {f.parameters:,} parameters",
        "device": f"{f.device}, {f.dtype}, {f.threads} CPU threads",
        "matmul peak": f"{f.peak / 1e9:,.1f} GFLOP/s",
        "segment, batch 1": f"{1000 * f.latency:,.1f} ms on {f.cells} cells",
        f"training, batch {f.rows}": f"{1000 * f.step:,.0f} ms a step, "
        f"{f.examples:,.1f} example-segments/s",
        "of the peak": f"{f.fraction:.2f} ({f.achieved / 1e9:,.1f} GFLOP/s by operation count)",
        "peak memory": f"{f.memory / 2**20:,.0f} MiB",
    }
    width = max(map(len, lines))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in lines.items())
