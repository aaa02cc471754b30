"""`hrm train`: settles a run's settings, trains, shows how it goes, and can always be stopped."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from hrm.cli.help import machine_option, output_option
from hrm.cli.options import (
    AsJson,
    Device,
    Rules,
    Size,
    Threads,
    complete_model,
    complete_task,
    task_name,
)
from hrm.cli.output import print_json
from hrm.cli.train_run import Hardware, Outputs, begin, go_on
from hrm.errors import UserError
from hrm.terminal import clean
from hrm.training.presets import PRESETS
from hrm.training.settings import (
    Layer,
    Resolved,
    as_toml,
    by_source,
    from_environment,
    from_file,
    from_flags,
    from_model,
    resolve,
    resolve_again,
)
from hrm.training.standing import RUNS

what_option = partial(typer.Option, rich_help_panel="What to train")
setting_option = partial(typer.Option, rich_help_panel="Settings")


def complete_preset(incomplete: str) -> list[str]:
    return [name for name in PRESETS if name.startswith(incomplete)]


def train(
    task: Annotated[
        str | None,
        what_option(
            metavar="TASK",
            help="sudoku, maze, arc, grid (your own data), or a kind of your own.",
            autocompletion=complete_task,
        ),
    ] = None,
    preset: Annotated[
        str | None,
        what_option(
            metavar="NAME",
            help="Named configuration, see above. [default: mini]",
            autocompletion=complete_preset,
        ),
    ] = None,
    data: Annotated[
        str | None,
        what_option(
            metavar="PATH",
            help="A file of puzzles, a folder of ARC tasks, or a data set. [default: generated "
            "puzzles]",
        ),
    ] = None,
    rules: Rules = "",
    size: Size = 0,
    minutes: Annotated[
        float | None, what_option(metavar="N", help="Stop after N minutes of training.")
    ] = None,
    steps: Annotated[
        int | None, what_option(metavar="N", help="Stop after N optimiser steps.")
    ] = None,
    out: Annotated[
        Path | None,
        output_option(metavar="DIR", help="Folder of the run. [default: runs/TASK-TIME]"),
    ] = None,
    seed: Annotated[
        int | None,
        what_option(metavar="N", help="Random seed of weights, data and exploration. [default: 0]"),
    ] = None,
    device: Device = "auto",
    resume: Annotated[
        Path | None, what_option(metavar="DIR", help="Resume the run in this folder.")
    ] = None,
    start: Annotated[
        str,
        what_option(
            metavar="NAME",
            help="Start from the weights of this model: a name, file or run.",
            autocompletion=complete_model,
        ),
    ] = "",
    config: Annotated[
        Path | None, setting_option(metavar="FILE", help="Settings in a TOML file.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        setting_option("--set", metavar="KEY=VALUE", help="Change one setting; may be repeated."),
    ] = None,
    threads: Threads = 0,
    compile_: Annotated[
        bool, machine_option("--compile", help="Use torch.compile (needs a C++ compiler).")
    ] = False,
    tensorboard: Annotated[
        bool,
        output_option(
            "--tensorboard", help="Also write TensorBoard scalars into the run's folder."
        ),
    ] = False,
    show: Annotated[
        bool,
        setting_option("--show", help="Print every setting with its source as TOML, and stop."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    outputs = Outputs(as_json=as_json, tensorboard=tensorboard)
    own: dict[str, Any] = {"task": task, "preset": preset, "data": data, "seed": seed}
    own["mix"] = _mix_of(task, rules, size, data, set_ or [])
    end = {"minutes": minutes, "steps": steps}
    if resume is not None:
        if set_ or start or out or config or any(value is not None for value in own.values()):
            raise UserError(
                "--resume uses the run's own settings",
                "It can be combined with --minutes, --steps, --device, --threads and --compile.",
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
        if start:
            layers.insert(0, _architecture(start, resolved.config.task))
            resolved = resolve(layers, device)
    machine = Hardware(device=device, threads=threads, compiled=compile_)
    if show:
        _show(resolved, as_json=as_json)
    elif resume is not None:
        raise typer.Exit(go_on(resolved.config, resume, machine, outputs))
    else:
        folder = out or RUNS / time.strftime(f"{resolved.config.task}-%Y%m%d-%H%M%S")
        raise typer.Exit(begin(resolved.config, folder, machine, outputs, start=start))


_WIDTH = max(map(len, PRESETS))
_PRESETS = "\n".join(f"  {name:<{_WIDTH}}  {preset.about}" for name, preset in PRESETS.items())
train.__doc__ = f"""Train a model. Ctrl-C saves the run; --resume continues it.

\b
  hrm train --task sudoku --minutes 4
  hrm train --resume runs/sudoku-20260101-120000
  torchrun --nproc-per-node 2 -m hrm train --task maze

Settings come from --set, then environment variables HRM_KEY, then --config, then the preset.

\b
Presets:
{_PRESETS}
"""


def _mix_of(
    task: str | None, rules: str, size: int, data: str | None, pairs: Sequence[str]
) -> Mapping[str, float] | None:
    """Generated puzzles under the rules and of the size that were given, None where none were."""
    if not rules and not size:
        return None
    if task is None or data or any(pair.startswith("mix=") for pair in pairs):
        raise UserError(
            "--rules and --size are of generated puzzles of one kind",
            "Give --task, and neither --data nor --set mix=…",
        )
    from hrm.puzzle_files import read_rules
    from puzzles import domain

    return {read_rules(domain(task_name(task)), rules, size): 1.0}


def _architecture(start: str, task: str) -> Layer:
    """Weights are continued with as they are built, unless a setting says otherwise."""
    from hrm.model.checkpoint import load_model
    from hrm.store.registry import resolve_model

    return from_model(load_model(resolve_model(start, task)).config, start)


def _resumed(folder: Path, end: Mapping[str, Any]) -> Resolved:
    from hrm.training.run import read_config

    return resolve_again(read_config(folder), f"{folder / 'config.json'}", from_flags(end))


def _show(resolved: Resolved, *, as_json: bool) -> None:
    if as_json:
        print_json({"settings": by_source(resolved)})
    else:
        typer.echo(clean(as_toml(resolved)))
