"""`hrm models`: its command group, and the commands list, show and default."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hrm.cli.help import PlainCommand, PlainGroup, help_alone
from hrm.cli.options import AsJson, ModelName, task_option
from hrm.cli.output import data_console, print_json, print_text, talk_console
from hrm.cli.transfer import (
    average_models,
    export_model,
    import_model,
    prune_store,
    pull_model,
    remove_models,
    verify_models,
)
from hrm.errors import ModelError, UserError
from hrm.model.files import INITIAL_STATES, weights_file
from hrm.store.catalog import (
    NARROW,
    ROOMY,
    CatalogEntry,
    accuracy_line,
    entries,
    millions,
    short_name,
    solved_share,
    training_facts,
    words_of,
)
from hrm.store.installed import find
from hrm.store.registry import (
    NotInstalledError,
    default_model,
    read_defaults,
    resolve_model,
    set_default,
    unset_default,
)
from hrm.terminal import clean_line
from puzzles import domains, names

models = typer.Typer(
    name="models",
    rich_markup_mode=None,
    callback=help_alone,
    invoke_without_command=True,
    add_completion=False,
    cls=PlainGroup,
    help="""List, download, verify, share and remove models.

    \b
      hrm models list
      hrm models pull sapientinc/HRM-checkpoint-sudoku-extreme
    """,
)


def list_models(
    task: Annotated[str | None, task_option(help="Only models for this task.")] = None,
    as_json: AsJson = False,
) -> None:
    """List bundled, installed, trained and published models.

    \b
      hrm models list
      hrm models list --task maze --json
    """
    shown = [entry for entry in entries() if task in (None, entry.task)]
    if as_json:
        print_json({"models": [entry.as_json() for entry in shown]})
        return
    console = data_console()
    console.soft_wrap = False
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = ROOMY + 24  # do not cut names in a pipe
    print_list(console, shown)
    print_text(
        talk_console(),
        "* the default for its puzzles. `hrm models show NAME` tells more; `hrm models pull NAME` "
        "fetches an available one, or any org/name.",
    )


models.command("list", cls=PlainCommand)(list_models)
models.command("ls", hidden=True, cls=PlainCommand)(list_models)


def show_model(name: ModelName, as_json: AsJson = False) -> None:
    """Show everything known about a model.

    \b
      hrm models show sudoku-mini
      hrm models show runs/sudoku-20260101-120000
    """
    entry = _entry(name)
    facts = entry.as_json()
    if entry.path is not None:
        facts["metadata"] = training_facts(entry)
    if as_json:
        print_json(facts)
        return
    _print_facts(_facts(entry, facts))


def _facts(entry: CatalogEntry, facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and values; the many commands behind a bundled model are counted."""
    used = f"yes, for {entry.task}" if entry.default else ""
    said = {"default": used, "parameters": f"{entry.parameters:,}", "bytes": entry.size}
    for key, value in {**facts, **said}.items():
        if value and key not in ("metadata", "accuracy"):
            yield "size" if key == "bytes" else key, clean_line(str(value), 1000)
    for accuracy in entry.accuracy:
        yield "accuracy", accuracy_line(accuracy)
    trained = facts.get("metadata", {})
    commands = [key for key in trained if key.startswith("command ")]
    for key, value in trained.items():
        if key not in commands:
            yield clean_line(key, 40), clean_line(words_of(value), 1000)
    if commands:
        yield "commands", f"{len(commands)}; --json has them"


def _print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """In two columns, wrapped between words in a terminal."""
    listed, console = list(facts), data_console()
    width = max(len(name) for name, _ in listed)
    if not console.is_terminal:
        for name, value in listed:
            typer.echo(f"{name:<{width}}  {value}")
        return
    table = Table.grid(padding=(0, 2))
    for name, value in listed:
        table.add_row(Text(name), Text(value))
    console.print(table, soft_wrap=False)


models.command("show", cls=PlainCommand)(show_model)
models.command("pull", cls=PlainCommand)(pull_model)
models.command("verify", cls=PlainCommand)(verify_models)
models.command("rm", cls=PlainCommand)(remove_models)
models.command("prune", cls=PlainCommand)(prune_store)
models.command("import", cls=PlainCommand)(import_model)
models.command("export", cls=PlainCommand)(export_model)
models.command("average", cls=PlainCommand)(average_models)


def default_models(
    task: Annotated[str, typer.Argument(metavar="[TASK]", help="sudoku, maze, arc, grid …")] = "",
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Model name, file or run.")] = "",
    unset: Annotated[bool, typer.Option("--unset", help="Use the bundled model again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show or choose the model used without --model.

    \b
      hrm models default
      hrm models default sudoku runs/sudoku-20260101-120000
    """
    if task and task not in names():
        raise UserError(f"there is no task {task!r}", f"Tasks are {', '.join(names())}.")
    if unset and name:
        raise UserError("--unset goes back to the bundled model", f"Leave out {name} or --unset.")
    if unset:
        for of in [task] if task else list(read_defaults()):
            unset_default(of)
    elif name:
        _choose(task, name)
        if not as_json:
            return
    listed = [task] if task else filter(default_model, names())
    chosen = {of: default_model(of) for of in listed}
    if as_json:
        print_json({"defaults": chosen})
        return
    for of, model in chosen.items():
        typer.echo(f"{of:<7} {clean_line(model) or 'none'}")


models.command("default", cls=PlainCommand)(default_models)


def _entry(name: str) -> CatalogEntry:
    """Find a model by name or source, or read a file or folder completely; raises `ModelError`."""
    for entry in entries():
        if name in (entry.name, short_name(entry), entry.source):
            return entry
    if not Path(name).exists() and (there := find(name)) is not None:
        return next(entry for entry in entries() if entry.path == there.path)
    path = resolve_model(name)
    from hrm.model.checkpoint import read_checkpoint

    config, facts, weights = read_checkpoint(path)
    by_vocabulary = (of.name for of in domains() if of.spec.size == config.vocabulary)
    return CatalogEntry(
        name=name,
        task=str(facts.get("domain") or next(by_vocabulary, "?")),
        where="file",
        default=False,
        parameters=sum(weights[name].numel() for name in weights.keys() - set(INITIAL_STATES)),
        bytes=(weights_file(path) if path.is_dir() else path).stat().st_size,
        accuracy=(),
        path=path,
    )


def _choose(task: str, name: str) -> None:
    """Set a default; raises `ModelError` if there is no such model or it is for another task."""
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


def print_list(console: Console, shown: Sequence[CatalogEntry]) -> None:
    """A table with one line per model and as many columns as fit; `*` marks defaults."""
    width = console.width
    columns: list[tuple[str, int, list[str]]] = [
        ("puzzle", 0, [clean_line(entry.task, 12) for entry in shown]),
        ("parameters", NARROW, [millions(entry.parameters) for entry in shown]),
        ("size", ROOMY, [entry.size for entry in shown]),
        ("solved", 0, [solved_share(entry, counted=width >= ROOMY) for entry in shown]),
        ("state", NARROW, [entry.where for entry in shown]),
    ]
    fitting = [(heading, cells) for heading, least, cells in columns if width >= least]
    widest = [max(map(len, (heading, *cells))) for heading, cells in fitting]
    rest = max(8, width - sum(widest) - 2 * len(widest) - 1)  # only the name may be cut
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("model", no_wrap=True, overflow="ellipsis", max_width=rest)
    for (heading, _), least in zip(fitting, widest, strict=True):
        right = heading in ("parameters", "size")
        table.add_column(heading, justify="right" if right else "left", min_width=least)
    for row, entry in enumerate(shown):
        table.add_row(_name(entry, rest), *(Text(cells[row]) for _, cells in fitting))
    console.print(table)


def _name(entry: CatalogEntry, width: int) -> Text:
    """In `width` columns: cut in the middle, for names of variants differ at their ends."""
    name, mark = clean_line(short_name(entry)), " *" if entry.default else ""
    room = max(3, width - len(mark))
    if len(name) > room:
        name = f"{name[: (room - 1) // 2]}…{name[-(room // 2) :]}"
    return Text.assemble((name, "bold"), mark)
