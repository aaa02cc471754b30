"""The commands of `hrm models` that only look or choose: list, show, default."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from hrm.cli.models_list import (
    SCHEMA,
    Entry,
    accuracy_line,
    entries,
    header_facts,
    list_as_json,
    megabytes,
    print_list,
)
from hrm.cli.options import AsJson, ModelName
from hrm.cli.output import data_console, talk_console
from hrm.defaults import read_defaults, set_default, unset_default
from hrm.errors import ModelError, UserError
from hrm.published import weights_file
from hrm.registry import BUNDLED, NotInstalledError, default_model, resolve_model
from hrm.store_installed import find
from hrm.terminal import clean_line
from puzzles.domains import NAMES, domain


def list_models(
    task: Annotated[
        Literal["sudoku", "maze", "arc"] | None, typer.Option(help="Only models for this task.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the models that are bundled, installed or published."""
    shown = [entry for entry in entries() if task in (None, entry.task)]
    if as_json:
        typer.echo(list_as_json(shown))
        return
    console = data_console()
    console.soft_wrap = False
    print_list(console, shown)
    talk_console().print(
        "* default of its task; `hrm models pull NAME` fetches an available one or any org/name"
    )


def show_model(name: ModelName, as_json: AsJson = False) -> None:
    """Show all that is known of a model, or of a file."""
    entry = _entry(name)
    facts = entry.as_json()
    if entry.path is not None:
        facts["metadata"] = header_facts(entry.path)[1]
    if as_json:
        typer.echo(json.dumps({"schema": SCHEMA, **facts}))
        return
    facts.update(accuracy="", bytes=megabytes(entry.bytes), parameters=f"{entry.parameters:,}")
    for key, value in facts.items():
        if value and key != "metadata":
            typer.echo(f"{key:<11} {clean_line(str(value), 1000)}")
    for accuracy in entry.accuracy:
        typer.echo(f"{'accuracy':<11} {accuracy_line(accuracy)}")
    for key, value in facts.get("metadata", {}).items():
        typer.echo(f"{clean_line(key, 40):<11} {clean_line(str(value), 200)}")


def _entry(name: str) -> Entry:
    """By name or source, or of a file or folder here, which is then read whole; `ModelError`."""
    for entry in entries():
        if name in (entry.name, entry.source):
            return entry
    if not Path(name).exists() and (there := find(name)) is not None:
        return next(entry for entry in entries() if entry.path == there.path)
    path = resolve_model(name)
    from hrm.checkpoint import read_checkpoint

    config, facts, weights = read_checkpoint(path)
    by_vocabulary = (of for of in NAMES if domain(of).spec.size == config.vocabulary)
    return Entry(
        name=name,
        task=str(facts.get("domain") or next(by_vocabulary, "?")),
        where="file",
        default=False,
        parameters=sum(weight.numel() for weight in weights.values()),
        bytes=(weights_file(path) if path.is_dir() else path).stat().st_size,
        accuracy=(),
        path=path,
    )


def default_models(
    task: Annotated[str, typer.Argument(metavar="[TASK]", help="sudoku, maze or arc.")] = "",
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="A model's name or path.")] = "",
    unset: Annotated[bool, typer.Option("--unset", help="Back to the bundled model.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show or choose the model that a task uses where --model is not given."""
    if task and task not in BUNDLED:
        raise UserError(f"there is no task {task!r}", f"Tasks are {', '.join(BUNDLED)}.")
    if unset and name:
        raise UserError("--unset goes back to the bundled model", f"Leave out {name} or --unset.")
    if unset:
        for of in [task] if task else list(read_defaults()):
            unset_default(of)
    elif name:
        _choose(task, name)
        if not as_json:
            return
    chosen = {of: default_model(of) for of in ([task] if task else BUNDLED)}
    if as_json:
        typer.echo(json.dumps({"schema": SCHEMA, "defaults": chosen}))
        return
    for of, model in chosen.items():
        typer.echo(f"{of:<7} {clean_line(model)}")


def _choose(task: str, name: str) -> None:
    """Raises `ModelError` where there is no such model, or it is for another task."""
    chosen = _entry(name)
    if chosen.path is None:
        raise NotInstalledError(name)
    if chosen.task not in (task, "?"):
        raise ModelError(
            f"{clean_line(name, 80)} is a model for {chosen.task}, not for {task}",
            f"`hrm models list --task {task}` shows those that fit.",
        )
    set_default(task, str(Path(name).resolve()) if chosen.where == "file" else chosen.name)
    talk_console().print(f"{task} uses {clean_line(str(chosen.path))}")
