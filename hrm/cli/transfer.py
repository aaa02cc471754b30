"""The commands of `hrm models` that pull, import, export, verify and remove models."""

from __future__ import annotations

import os
import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from hrm.bundled import BUNDLED
from hrm.cli.completion import complete_model
from hrm.cli.options import AsJson, ModelName
from hrm.cli.output import is_interactive, print_json, talk_console
from hrm.cli.pulling import follow
from hrm.errors import EXIT_MODEL, ModelError, UserError
from hrm.model.files import CHECKPOINT, CONFIG
from hrm.store.catalog import entries, verified
from hrm.store.installed import existing, remove
from hrm.store.registry import KNOWN, display_name, resolve_model
from hrm.terminal import clean_line, megabytes

Force: TypeAlias = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]
WithEmbeddings: TypeAlias = Annotated[
    bool, typer.Option("--with-embeddings", help="Keep a large table of puzzle embeddings (ARC).")
]


def pull_model(
    reference: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A name from `hrm models list`, org/name[@revision][:file], or a URL.",
            autocompletion=complete_model,
        ),
    ],
    sha256: Annotated[
        str, typer.Option(metavar="HEX", help="Expected SHA-256 of the weights.")
    ] = "",
    name: Annotated[str, typer.Option(metavar="NAME", help="Install under this name.")] = "",
    with_embeddings: WithEmbeddings = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Use files on this computer only.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Download a published model, verify it and convert it.

    \b
      hrm models pull sapientinc/HRM-checkpoint-sudoku-extreme
      hrm models pull bnsh/HRM-checkpoint-sudoku-full --name full
    """
    from hrm.store.pull import pull

    endings = {known.name.rpartition("/")[2]: known.name for known in KNOWN}
    events = pull(
        endings.get(reference, reference),
        sha256=sha256,
        name=name,
        with_embeddings=with_embeddings,
        offline=offline,
    )
    fetched = follow(events, as_json=as_json)
    if not as_json:
        task = fetched.task or "TASK"
        talk_console().print(
            f"{fetched.name} is ready: `hrm solve {task} PUZZLE --model {fetched.name}`"
        )


def import_model(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A model file, a training run, or a folder.")
    ],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="Install under this name. [default: PATH's]")
    ] = "",
    with_embeddings: WithEmbeddings = False,
    as_json: AsJson = False,
) -> None:
    """Install a model from a file, a training run or a folder.

    \b
      hrm models import runs/sudoku-20260101-120000 --name mine
      hrm models import checkpoints/hrm-arc    a folder of the HRM or TRM project
    """
    from hrm.store.manage import add

    added = add(path, name or _name_of(path), with_embeddings=with_embeddings)
    if as_json:
        print_json({**asdict(added), "path": str(added.path)})
    else:
        talk_console().print(f"{added.name} is installed, {megabytes(added.bytes)}")


def _name_of(path: Path) -> str:
    """A name from a path. Links are not followed: in the hub's cache they lead to hashes."""
    whole = Path(os.path.abspath(path))
    for folder in whole.parents:
        if folder.name.startswith("models--"):  # …/models--org--name/snapshots/commit/checkpoint
            return folder.name.rpartition("--")[2]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", display_name(whole)).strip("-._")[:96] or "model"


def export_model(
    name: ModelName,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="File to write; with --to official, a folder.")
    ],
    to: Annotated[
        Literal["safetensors", "base", "official", "onnx"],
        typer.Option(
            metavar="FORMAT",
            help="safetensors; base (safetensors, ARC's puzzle embeddings reduced to their mean); "
            "official (checkpoint and all_config.yaml); onnx (one segment).",
        ),
    ] = "safetensors",
    force: Force = False,
) -> None:
    """Write a model to a file for another program or computer.

    \b
      hrm models export sudoku-mini sudoku.safetensors
      hrm models export sudoku-mini sudoku.onnx --to onnx
    """
    from hrm.model.export import export_base, export_official, export_onnx, export_safetensors

    source = resolve_model(name)
    official = (out / CHECKPOINT, out / CONFIG) if to == "official" else ()
    _require_new(out, *official, force=force)
    if to == "official":
        export_official(source, out)
    elif to == "onnx":
        export_onnx(source, out)
    elif to == "base":
        export_base(source, out)
    else:
        export_safetensors(source, out)
    talk_console().print(f"{clean_line(str(out))} is written")


def _require_new(out: Path, *inside: Path, force: bool) -> None:
    if not force and (out.is_file() or any(file.exists() for file in inside)):
        raise UserError(f"{out} is there already", "Choose another path, or add --force.")


def average_models(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="Two or more names from `hrm models list`, or paths.",
            autocompletion=complete_model,
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to write.")],
    force: Force = False,
) -> None:
    """Average the weights of models that were trained from the same start.

    \b
      hrm models average runs/first runs/second --out mean.safetensors
      hrm models average sudoku-mini runs/further --out mean.safetensors

    Stages of one training often solve more together than the last one alone. Halting and all else
    are those of the last.
    """
    from hrm.model.export import export_average

    sources = [resolve_model(name) for name in names]
    _require_new(out, force=force)
    export_average(sources, out)
    talk_console().print(f"{clean_line(str(out))} is written")


def verify_models(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="One model. [default: all]")] = "",
    as_json: AsJson = False,
) -> None:
    """Compare models with the SHA-256 on record.

    \b
      hrm models verify
      hrm models verify sudoku-mini
    """
    checked = [
        entry
        for entry in entries()
        if entry.path is not None and entry.sha256 and name in ("", entry.name, entry.source)
    ]
    if not checked:
        raise ModelError(f"no model {name!r} is here", "`hrm models list` shows those there are.")
    results = [{"name": entry.name, **asdict(verified(entry))} for entry in checked]
    if as_json:
        print_json({"models": results})
    else:
        for result in results:
            word = "ok" if result["ok"] else f"BAD, it should be {result['expected']}"
            typer.echo(clean_line(f"{result['name']}  {result['actual']}  {word}", 500))
    if not all(result["ok"] for result in results):
        typer.echo("hint: remove and fetch a bad model again, or reinstall a bundled one", err=True)
        raise typer.Exit(EXIT_MODEL)


def remove_models(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Installed models.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove installed models.

    \b
      hrm models rm HRM-checkpoint-sudoku-extreme
      hrm models rm old-one old-two --yes
    """
    for name in names:
        if name in BUNDLED.values():
            raise ModelError(f"{name} is bundled and cannot be removed")
    names = list(dict.fromkeys(existing(name).name for name in names))
    if not yes:
        _ask(f"Remove {', '.join(clean_line(name, 80) for name in names)}?")
    freed = sum(remove(name) for name in names)
    if as_json:
        print_json({"removed": names, "freed": freed})
    else:
        talk_console().print(f"{megabytes(freed)} freed")


def _ask(question: str) -> None:
    """Ask for confirmation; raises `UserError` without a terminal, `typer.Abort` if declined."""
    if not is_interactive():
        raise UserError("cannot ask for confirmation without a terminal", "Add --yes.")
    typer.confirm(question, abort=True, err=True)


def prune_store(as_json: AsJson = False) -> None:
    """Remove what interrupted downloads, imports and other commands left.

    \b
      hrm models prune
      hrm models prune --json
    """
    from hrm.store.manage import prune

    freed = prune()
    if as_json:
        print_json({"freed": freed})
    else:
        talk_console().print(f"{megabytes(freed)} freed" if freed else "nothing to remove")
