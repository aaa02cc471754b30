"""`hrm train`: settles a run's settings, trains, shows how it goes, and can always be stopped."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from hrm.cli.options import AsJson, Device, Threads
from hrm.cli.train_run import Hardware, Outputs, begin, go_on
from hrm.errors import UserError
from hrm.events import SCHEMA
from hrm.terminal import clean
from hrm.training.presets import PRESETS
from hrm.training.settings import (
    Resolved,
    as_toml,
    by_source,
    from_environment,
    from_file,
    from_flags,
    resolve,
    resolve_again,
)


def train(
    task: Annotated[str | None, typer.Option(help="sudoku, maze or arc.")] = None,
    preset: Annotated[
        str | None, typer.Option(help="Named configuration, see below.  [default: mini]")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="A file of puzzles, a folder of ARC tasks or a data set.  [default: generated]",
        ),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="End after this much training time in all.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="End after this many optimiser steps in all.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run.  [default: runs/TASK-TIME]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of weights, data and exploration.  [default: 0]")
    ] = None,
    device: Device = "cpu",
    resume: Annotated[Path | None, typer.Option(help="Continue the run in this folder.")] = None,
    start: Annotated[
        str, typer.Option(help="Begin with the weights of this model: a name or a file.")
    ] = "",
    config: Annotated[
        Path | None, typer.Option(help="Settings as a TOML file; --show prints one.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting; may be repeated."),
    ] = None,
    threads: Threads = 0,
    compile_: Annotated[
        bool, typer.Option("--compile", help="Compile the model (needs a C++ compiler).")
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write scalars into the run's folder, too.")
    ] = False,
    show: Annotated[
        bool,
        typer.Option("--show", help="Print every setting and where it comes from, and stop."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    told = Outputs(as_json=as_json, tensorboard=tensorboard)
    own = {"task": task, "preset": preset, "data": data, "seed": seed}
    end = {"minutes": minutes, "steps": steps}
    if resume is not None:
        if set_ or start or out or config or any(value is not None for value in own.values()):
            raise UserError(
                "--resume goes on with the run's own settings",
                "With it go --minutes, --steps and what does not change the run, like --device.",
            )
        resolved = _resumed(resume, end)
    else:
        layers = [from_environment(os.environ), from_flags({**own, **end}, set_ or [])]
        if config:
            layers.insert(0, from_file(config))
        if device == "auto":
            from hrm.devices import usable_device

            device = usable_device(device)
        resolved = resolve(layers, device)
    machine = Hardware(device=device, threads=threads, compiled=compile_)
    if show:
        _show(resolved, as_json=as_json)
    elif resume is not None:
        raise typer.Exit(go_on(resolved.config, resume, machine, told))
    else:
        folder = out or Path("runs") / time.strftime(f"{resolved.config.task}-%Y%m%d-%H%M%S")
        raise typer.Exit(begin(resolved.config, folder, machine, told, start=start))


_WIDTH = max(map(len, PRESETS))
_PRESETS = "\n".join(f"  {name:<{_WIDTH}}  {preset.about}" for name, preset in PRESETS.items())
train.__doc__ = f"""Train a model; Ctrl-C saves, --resume continues.

A setting comes from --set, else from a variable HRM_KEY, else from --config, else from the preset.

\b
Presets:
{_PRESETS}

\b
Several processes: torchrun --nproc-per-node N -m hrm train …
"""


def _resumed(folder: Path, end: Mapping[str, Any]) -> Resolved:
    from hrm.training.run import read_config

    return resolve_again(read_config(folder), f"{folder / 'config.json'}", from_flags(end))


def _show(resolved: Resolved, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"schema": SCHEMA, "settings": by_source(resolved)}))
    else:
        typer.echo(clean(as_toml(resolved)))
