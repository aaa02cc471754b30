"""Every help fits a screen and says defaults; its examples are lines that the command takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from hrm.cli.boundary import COMMANDS, app
from hrm.cli.completion import complete_level, complete_model, complete_puzzle, complete_task
from puzzles import domain, names

ROOT: Any = typer.main.get_command(app)


def commands() -> Iterator[tuple[str, Any]]:
    for name in COMMANDS:
        found = ROOT.get_command(None, name)
        inner = getattr(found, "commands", None)
        if inner is None:
            yield name, found
        else:
            yield from ((f"{name} {one}", inner[one]) for one in inner if not inner[one].hidden)


EVERY = dict(commands())


def text_of(name: str) -> str:
    return str(EVERY[name].get_help(typer.Context(EVERY[name], info_name=f"hrm {name}")))


@pytest.mark.parametrize("name", EVERY)
def test_help_fits_a_screen(name: str) -> None:
    lines = text_of(name).splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) <= 58
    assert "range>" not in "\n".join(lines)
    assert "--help" in lines[-1]


@pytest.mark.parametrize("name", EVERY)
def test_every_option_has_a_help_and_a_placeholder(name: str) -> None:
    for param in EVERY[name].params:
        if not param.hidden:
            assert param.help, param.name
            assert param.param_type_name == "argument" or param.is_flag or param.metavar, param.name


def examples() -> list[tuple[str, str]]:
    shown = re.compile(r"^ {4}(?:torchrun .* -m )?hrm (.+?)(?:  .*)?$", re.MULTILINE)
    return [(name, line) for name in EVERY for line in shown.findall(text_of(name))]


@pytest.mark.parametrize(("name", "line"), examples())
def test_the_examples_are_command_lines_that_the_command_takes(name: str, line: str) -> None:
    arguments = shlex.split(line)
    assert " ".join(arguments).startswith(name)
    context = EVERY[name].make_context(name, arguments[len(name.split()) :])
    assert context.params


def test_the_long_commands_have_examples() -> None:
    with_examples = {name for name, _ in examples()}
    assert {"solve", "tui", "train", "eval", "generate", "bench", "data build"} <= with_examples


def test_levels_in_the_help_are_those_there_are() -> None:
    told = " ".join(text_of("generate").split())
    for task in ("sudoku", "maze"):
        assert ", ".join(domain(task).levels) in told


def test_the_shell_completes_tasks_examples_levels_and_models() -> None:
    assert complete_task("ma") == ["maze"]
    assert set(complete_task("")) >= set(names())
    context = typer.Context(EVERY["solve"])
    context.params = {"task": "maze"}
    assert complete_level(context, "m") == ["medium"]
    assert "medium" in complete_puzzle(context, "me")
    assert "sudoku-mini" in complete_model("sud")
