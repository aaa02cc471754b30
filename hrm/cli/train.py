"""`hrm train`: collects the settings of a run, then starts, resumes or shows it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrm.cli.completion import complete_model, complete_preset, complete_task, task_name
from hrm.cli.help import output_option
from hrm.cli.options import Rules, Size, flattened
from hrm.cli.output import print_json
from hrm.cli.train_run import Hardware, Outputs, begin, resume
from hrm.errors import UserError
from hrm.model.config import AT_INFERENCE
from hrm.terminal import clean
from hrm.training.config import TrainConfig
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
    task_of,
)
from hrm.training.standing import RUNS

if TYPE_CHECKING:
    from hrm.model.hrm import HRM

what_option = partial(typer.Option, rich_help_panel="What to train")
setting_option = partial(typer.Option, rich_help_panel="Settings")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What to train and until when; None for an option that was not given."""

    task: Annotated[
        str | None,
        what_option(
            metavar="TASK",
            help="sudoku, maze, arc, grid (your data), or a kind of your own.",
            autocompletion=complete_task,
        ),
    ] = None
    preset: Annotated[
        str | None,
        what_option(
            metavar="NAME",
            help="Named configuration, see above. [default: mini]",
            autocompletion=complete_preset,
        ),
    ] = None
    data: Annotated[
        str | None,
        what_option(
            metavar="PATH",
            help="Puzzles, ARC tasks or a data set. [default: generated]",
        ),
    ] = None
    rules: Rules = ""
    size: Size = 0
    minutes: Annotated[
        float | None, what_option(metavar="N", help="Stop after N minutes of training.")
    ] = None
    steps: Annotated[int | None, what_option(metavar="N", help="Stop after N optimiser steps.")] = (
        None
    )
    seed: Annotated[
        int | None,
        what_option(metavar="N", help="Random seed of weights, data and exploration. [default: 0]"),
    ] = None
    resume: Annotated[
        Path | None, what_option(metavar="DIR", help="Resume the run in this folder.")
    ] = None
    start: Annotated[
        str,
        what_option(
            metavar="NAME",
            help="Start from the weights of this model: a name, file or run.",
            autocompletion=complete_model,
        ),
    ] = ""

    @property
    def end(self) -> dict[str, Any]:
        """The settings that end the run."""
        return {"minutes": self.minutes, "steps": self.steps}

    def chosen(self, pairs: Sequence[str]) -> dict[str, Any]:
        """The other settings that were given; `pairs` of `--set` must not contradict them."""
        values = {
            "task": self.task,
            "preset": self.preset,
            "data": self.data,
            "seed": self.seed,
            "mix": self._mix(pairs),
        }
        return {key: value for key, value in values.items() if value is not None}

    def _mix(self, pairs: Sequence[str]) -> Mapping[str, float] | None:
        """Generated puzzles with `--rules` and `--size`; None if neither is given."""
        if not self.rules and not self.size:
            return None
        if self.task is None or self.data or any(pair.startswith("mix=") for pair in pairs):
            raise UserError(
                "--rules and --size apply to generated puzzles of one kind",
                "Give --task, and neither --data nor --set mix=…",
            )
        from hrm.puzzle_files import read_rules
        from puzzles import domain

        return {read_rules(domain(task_name(self.task)), self.rules, self.size): 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingOptions:
    config: Annotated[
        Path | None, setting_option(metavar="FILE", help="Settings in a TOML file.")
    ] = None
    set_: Annotated[
        list[str] | None,
        setting_option("--set", metavar="KEY=VALUE", help="Change one setting; may be repeated."),
    ] = None
    show: Annotated[
        bool,
        setting_option("--show", help="Print every setting with its source as TOML, and stop."),
    ] = False


@flattened
def train(
    what: RunOptions,
    settings: SettingOptions,
    machine: Hardware,
    out: Annotated[
        Path | None,
        output_option(metavar="DIR", help="Folder of the run. [default: runs/TASK-TIME]"),
    ] = None,
    *,
    outputs: Outputs,
) -> None:
    chosen = what.chosen(settings.set_ or [])
    model = None
    if what.resume is None:
        resolved, model = _new_run(what, settings, chosen, machine.device)
    elif chosen or settings.set_ or settings.config or what.start or out:
        raise UserError(
            "--resume uses the run's own settings",
            "It can be combined with --minutes, --steps, --show and the options for output, except "
            "--out, and for the machine.",
        )
    else:
        resolved = _resumed(what.resume, what.end)
    if settings.show:
        _show(resolved, as_json=outputs.as_json)
    elif what.resume is not None:
        raise typer.Exit(resume(resolved.config, what.resume, machine, outputs))
    else:
        folder = out or RUNS / time.strftime(f"{resolved.config.task}-%Y%m%d-%H%M%S")
        raise typer.Exit(begin(resolved.config, folder, machine, outputs, start=model))


def _new_run(
    what: RunOptions, settings: SettingOptions, chosen: Mapping[str, Any], device: str
) -> tuple[Resolved, HRM | None]:
    """The settings of a new run, and the model that `--start` names."""
    if device == "auto":
        from hrm.devices import usable_device

        device = usable_device(device)
    layers: list[Layer] = [from_file(settings.config)] if settings.config else []
    layers.append(from_environment(os.environ))
    layers.append(from_flags({**chosen, **what.end}, settings.set_ or []))
    if not what.start:
        return resolve(layers, device), None
    from hrm.model.checkpoint import load_model
    from hrm.store.registry import resolve_model

    model = load_model(resolve_model(what.start, task_of(layers)))
    resolved = resolve([from_model(model.config, what.start), *layers], device)
    return resolved, _with_architecture(model, resolved.config, what.start)


def _with_architecture(model: HRM, config: TrainConfig, start: str) -> HRM:
    """The model, grown if the settings ask for more heads or cell features than it has."""
    from hrm.model.grow import can_grow, grow

    halting: dict[str, Any] = {name: getattr(config.model, name) for name in AT_INFERENCE}
    own = replace(model.config, **halting)
    if own == config.model:
        return model
    if not can_grow(own, config.model):
        raise UserError(
            f"{start} has another architecture than this run",
            "Leave out the settings of the model; it keeps the architecture of the weights. Only "
            "more heads of the same head_width, and more cell_features, can be added.",
        )
    return grow(model, config.model, config.seed)


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


def _resumed(folder: Path, end: Mapping[str, Any]) -> Resolved:
    from hrm.training.run import read_config

    return resolve_again(read_config(folder), f"{folder / 'config.json'}", from_flags(end))


def _show(resolved: Resolved, *, as_json: bool) -> None:
    if as_json:
        print_json({"settings": by_source(resolved)})
    else:
        typer.echo(clean(as_toml(resolved)))
