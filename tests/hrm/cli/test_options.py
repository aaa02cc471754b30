"""A dataclass of options is one parameter in the code and many options on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import signature
from typing import Annotated

import typer
from typer.testing import CliRunner

from hrm.cli.options import flattened


@dataclass(frozen=True, kw_only=True)
class Size:
    rows: Annotated[int, typer.Argument(min=1)]
    columns: Annotated[int, typer.Option(min=1)] = 3


seen: list[tuple[Size, str]] = []


@flattened
def draw(size: Size, ink: Annotated[str, typer.Option("--colour")] = "black") -> None:
    """Draw a table."""
    seen.append((size, ink))


def test_fields_are_parameters_with_their_defaults_and_ranges() -> None:
    app = typer.Typer()
    app.command()(draw)
    run = CliRunner().invoke
    assert run(app, ["2"]).exit_code == 0
    assert run(app, ["4", "--columns", "5", "--colour", "red"]).exit_code == 0
    assert seen == [(Size(rows=2), "black"), (Size(rows=4, columns=5), "red")]
    assert run(app, ["0"]).exit_code == 2
    assert run(app, []).exit_code == 2
    assert list(signature(draw).parameters) == ["rows", "columns", "ink"]
    assert "Draw a table." in run(app, ["--help"]).output
