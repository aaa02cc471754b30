"""The commands of `hrm models` that get, check, share and remove models."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import typer

from hrm.cli.models_list import SCHEMA, Entry, entries, megabytes
from hrm.cli.models_pull import Wanted, fetch_model, is_interactive
from hrm.cli.options import AsJson, ModelName, Yes
from hrm.cli.output import talk_console
from hrm.errors import EXIT_MODEL, ModelError, UserError
from hrm.published import CHECKPOINT, CONFIG
from hrm.registry import BUNDLED, KNOWN, display_name, resolve_model
from hrm.store import add, prune, remove, verify
from hrm.store_installed import existing
from hrm.terminal import clean_line

WithEmbeddings: TypeAlias = Annotated[
    bool, typer.Option("--with-embeddings", help="Keep a large table of puzzle embeddings.")
]


def pull_model(
    reference: Annotated[
        str, typer.Argument(metavar="NAME", help="org/name[@revision][:file], or an address.")
    ],
    sha256: Annotated[str, typer.Option(help="What the weights' file must hash to.")] = "",
    name: Annotated[str, typer.Option(help="Install under this name.")] = "",
    with_embeddings: WithEmbeddings = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Use what is on this computer; ask no server.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch a published model, check it and convert it."""
    endings = {known.name.rpartition("/")[2]: known.name for known in KNOWN}
    wanted = Wanted(
        reference=endings.get(reference, reference),
        sha256=sha256,
        name=name,
        with_embeddings=with_embeddings,
        offline=offline,
    )
    fetched = fetch_model(wanted, as_json=as_json)
    if not as_json:
        task = fetched.task or "TASK"
        talk_console().print(
            f"{fetched.name} is ready: `hrm solve {task} PUZZLE --model {fetched.name}`"
        )


def import_model(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file of hrm, or a folder.")],
    name: Annotated[str, typer.Option(help="Install under this name.  [default: PATH's]")] = "",
    with_embeddings: WithEmbeddings = False,
    as_json: AsJson = False,
) -> None:
    """Copy a model into the store: a file or run of hrm, or an official HRM or TRM folder."""
    added = add(path, name or _name_of(path), with_embeddings=with_embeddings)
    if as_json:
        typer.echo(json.dumps({"schema": SCHEMA, **asdict(added), "path": str(added.path)}))
    else:
        talk_console().print(f"{added.name} is installed, {megabytes(added.bytes)}")


def _name_of(path: Path) -> str:
    """Links are not followed: in the hub's cache they lead to files that are called by a hash."""
    whole = Path(os.path.abspath(path))
    for folder in whole.parents:
        if folder.name.startswith("models--"):  # …/models--org--name/snapshots/commit/checkpoint
            return folder.name.rpartition("--")[2]
    return display_name(whole)


def export_model(
    name: ModelName,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="File, or folder for official.")],
    to: Annotated[
        Literal["safetensors", "base", "official", "onnx"],
        typer.Option(
            help="safetensors: one file of hrm; base: the same, ARC's table of tasks reduced to "
            "its mean; official: checkpoint and all_config.yaml; onnx: one segment."
        ),
    ] = "safetensors",
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
) -> None:
    """Write a model for other programs, or for another computer."""
    from hrm.export import export_base, export_official, export_onnx, export_safetensors

    source = resolve_model(name)
    official = (out / CHECKPOINT, out / CONFIG) if to == "official" else ()
    if not force and (out.is_file() or any(file.exists() for file in official)):
        raise UserError(f"{out} is there already", "Choose another place, or say --force.")
    if to == "official":
        export_official(source, out)
    elif to == "onnx":
        export_onnx(source, out)
    elif to == "base":
        export_base(source, out)
    else:
        export_safetensors(source, out)
    talk_console().print(f"{clean_line(str(out))} is written")


def verify_models(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="All, if none is given.")] = "",
    as_json: AsJson = False,
) -> None:
    """Hash models again and compare with what was bundled or installed."""
    checked = [
        entry
        for entry in entries()
        if entry.path is not None and name in ("", entry.name, entry.source)
    ]
    if not checked:
        raise ModelError(f"no model {name!r} is here", "`hrm models list` shows those there are.")
    results = [_verified(entry) for entry in checked]
    if as_json:
        typer.echo(json.dumps({"schema": SCHEMA, "models": results}))
    else:
        for result in results:
            word = "ok" if result["ok"] else f"BAD, it should be {result['expected']}"
            typer.echo(clean_line(f"{result['name']}  {result['actual']}  {word}", 500))
    if not all(result["ok"] for result in results):
        typer.echo("hint: remove and fetch a bad model again, or reinstall a bundled one", err=True)
        raise typer.Exit(EXIT_MODEL)


def _verified(entry: Entry) -> dict[str, Any]:
    if entry.where == "installed":
        found = verify(entry.name)
        return {"name": entry.name, **asdict(found)}
    actual = "missing"
    if entry.path is not None and entry.path.is_file():
        actual = hashlib.sha256(entry.path.read_bytes()).hexdigest()
    ok = actual == entry.sha256
    return {"name": entry.name, "ok": ok, "expected": entry.sha256, "actual": actual}


def remove_models(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Installed models.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove installed models."""
    for name in names:
        if name in BUNDLED.values():
            raise ModelError(f"{name} is bundled and cannot be removed")
    names = list(dict.fromkeys(existing(name).name for name in names))
    if not yes:
        _ask(f"Remove {', '.join(clean_line(name, 80) for name in names)}?")
    freed = sum(remove(name) for name in names)
    if as_json:
        typer.echo(json.dumps({"schema": SCHEMA, "removed": names, "freed": freed}))
    else:
        talk_console().print(f"{megabytes(freed)} freed")


def _ask(question: str) -> None:
    """Raises `UserError` where nobody can answer, `typer.Abort` where the answer is no."""
    if not is_interactive():
        raise UserError("there is nobody to ask whether to remove it", "Say --yes.")
    typer.confirm(question, abort=True, err=True)


def prune_store(as_json: AsJson = False) -> None:
    """Remove unfinished downloads and what interrupted commands left behind."""
    freed = prune()
    if as_json:
        typer.echo(json.dumps({"schema": SCHEMA, "freed": freed}))
    else:
        talk_console().print(f"{megabytes(freed)} freed" if freed else "nothing to remove")
