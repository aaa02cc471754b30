"""Every help fits a screen and says defaults; its examples are lines that the command takes."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from command import environment

from hrm.cli.boundary import COMMANDS, app
from hrm.cli.completion import (
    complete_data,
    complete_level,
    complete_model,
    complete_preset,
    complete_puzzle,
    complete_task,
)
from puzzles import domain, names

ROOT: Any = typer.main.get_command(app)


def test_a_default_is_what_its_conversion_would_give() -> None:
    """Defaults are not converted, see `UsualAsItIs`."""
    seen = 0
    for _, command in commands():
        ctx = typer.Context(command)
        for param in command.get_params(ctx):
            if "process_value" in vars(param) and param.default is not None:
                given = type(param).process_value(param, ctx, param.default)
                usual = param.process_value(ctx, param.default)
                assert (usual, type(usual)) == (given, type(given)), param.name
                seen += 1
    assert seen > 50


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
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 48
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


@pytest.mark.parametrize("name", EVERY)
def test_every_command_has_two_examples(name: str) -> None:
    assert [of for of, _ in examples()].count(name) >= 2


@pytest.mark.parametrize("name", ["models", "data"])
def test_a_group_shows_examples_and_the_whole_first_line_of_each_command(name: str) -> None:
    group = ROOT.get_command(None, name)
    text = group.get_help(typer.Context(group, info_name=f"hrm {name}"))
    assert len(re.findall(rf"^ {{4}}hrm {name} ", text, re.MULTILINE)) >= 2
    assert "..." not in text.partition("Commands:")[2]


def test_a_default_of_zero_is_shown() -> None:
    assert "Random seed of the attempts. [default: 0]" in text_of("solve")


def test_usage_names_arguments_as_they_are_listed() -> None:
    assert text_of("check").startswith("Usage: hrm check [OPTIONS] TASK PUZZLE [ANSWER]\n")
    assert text_of("models rm").startswith("Usage: hrm models rm [OPTIONS] NAME...\n")


def test_help_waits_for_no_model_network_or_compiler(tmp_path: Path) -> None:
    heavy = {"torch", "numba", "httpx", "textual", "PIL", "pygments", "hrm.data.sources"}
    modules = sorted({module for module, _, _ in COMMANDS.values()})
    code = f"import sys, {', '.join(modules)}; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert ran.stdout.strip() == "[]"


def test_levels_in_the_help_are_those_there_are() -> None:
    help_text = " ".join(text_of("generate").split())
    for task in ("sudoku", "maze"):
        assert ", ".join(domain(task).levels) in help_text


def test_the_shell_completes_tasks_examples_levels_and_models() -> None:
    assert complete_task("ma") == ["maze"]
    assert set(complete_task("")) >= set(names())
    context = typer.Context(EVERY["solve"])
    context.params = {"task": "maze"}
    assert complete_level(context, "m") == ["medium"]
    assert "medium" in complete_puzzle(context, "me")
    assert "sudoku-mini" in complete_model("sud")
    assert complete_preset("hrm") == ["hrm-27m"]
    context.params = {"task": "arc"}
    assert complete_level(context, "arc1-e") == complete_data(context, "arc1-e")
    assert complete_level(context, "arc1-e") == ["arc1-evaluation"]
    context.params = {"first": "sudoku"}  # as `hrm tui` calls it
    assert "hard" in complete_puzzle(context, "ha")


def test_the_shell_completes_the_ids_of_arc_tasks() -> None:
    context = typer.Context(EVERY["solve"])
    context.params = {"task": "arc"}
    assert "f76d97a5" in complete_puzzle(context, "f7")
    assert complete_puzzle(context, "f76d97a5") == ["f76d97a5"]
    assert complete_puzzle(context, "no-such") == []
    for name in complete_puzzle(context, "0a"):
        assert domain("arc").find(name)
    none = set(complete_puzzle(context, ""))  # two thousand ids would help nobody
    assert none == set(domain("arc").examples())


def test_a_word_is_completed_by_the_program_itself(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from hrm.cli.boundary import main; main()"],
        env=environment(tmp_path)
        | {
            "_HRM_COMPLETE": "complete_bash",
            "COMP_WORDS": "hrm solve arc f76d",
            "COMP_CWORD": "3",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.stdout.split() == ["f76d97a5"]
