"""The layout of `--help`: arguments, then options by group, in plain text.

Typer's own panels import rich and Markdown, which would double the time that `--help` takes.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import typer
import typer.core

ARGUMENTS = "Arguments"
PUZZLES = "Puzzles"
THINKING = "Thinking"
OUTPUT = "Output"
MACHINE = "Machine"
BROWSER = "Browser"
OTHER = "Options"
_LAST = (OTHER, OUTPUT, BROWSER, MACHINE)

puzzle_option = partial(typer.Option, rich_help_panel=PUZZLES)
thinking_option = partial(typer.Option, rich_help_panel=THINKING)
output_option = partial(typer.Option, rich_help_panel=OUTPUT)
machine_option = partial(typer.Option, rich_help_panel=MACHINE)


def help_alone(ctx: typer.Context) -> None:
    """Print the help of a group of commands that is called without a command."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


class UsualAsItIs:
    """Mixed into a command or group, does not convert values that were not given: the first
    conversion imports pydantic, a tenth of the time until the app is there."""

    def get_params(self, ctx: Any) -> list[Any]:
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]  # of what it is mixed into
        for param in params:
            _take_usual_as_it_is(param)
        return params


class PlainCommand(UsualAsItIs, typer.core.TyperCommand):
    """A command whose options are listed under the `rich_help_panel` of each."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        arguments = (p for p in self.get_params(ctx) if p.param_type_name == "argument")
        return ["[OPTIONS]", *map(_names, arguments)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if getattr(param, "hidden", False):
                continue
            is_argument = param.param_type_name == "argument"
            group = ARGUMENTS if is_argument else getattr(param, "rich_help_panel", None) or OTHER
            groups.setdefault(group, []).append((_names(param), _help(param)))
        # --help has no group; list it after the last one
        own = groups.pop(OTHER, [])
        last = [record for record in own if "--help" in record[0]]
        groups[OTHER] = [record for record in own if record not in last]
        order = [*(name for name in groups if name not in _LAST), *_LAST]
        sections = [(name, groups[name]) for name in order if groups.get(name)]
        if not sections or sections[-1][0] == ARGUMENTS:
            sections.append((OTHER, []))
        sections[-1][1].extend(last)
        for name, records in sections:
            with formatter.section(name):
                formatter.write_dl(records)


class PlainGroup(UsualAsItIs, typer.core.TyperGroup):
    """A group of commands, of each of which the whole first line is shown."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, of.get_short_help_str(100)) for name, of in found if of and not of.hidden]
            )


def _take_usual_as_it_is(param: Any) -> None:
    usual, converted = param.default, param.process_value
    several = param.multiple or param.nargs != 1
    if several or param.required or callable(usual) or "process_value" in vars(param):
        return

    def process(ctx: Any, value: Any) -> Any:
        if value is not None and value is not usual:
            return converted(ctx, value)
        return param.callback(ctx, param, value) if param.callback else value

    param.process_value = process


def _names(param: Any) -> str:
    """An option's names with its placeholder, or an argument's placeholder."""
    if param.param_type_name == "argument":
        return str(param.metavar or param.name.upper())
    names = ", ".join(sorted(param.opts, key=len))
    if param.secondary_opts:
        names += " / " + ", ".join(param.secondary_opts)
    return names if param.is_flag else f"{names} {param.metavar or 'TEXT'}"


def _help(param: Any) -> str:
    text = param.help or ""
    usual = param.default
    nothing = usual is None or usual is False or usual == "" or callable(usual)
    if nothing or param.required or not param.show_default or "[default" in text:
        return text
    return (
        f"{text} [default: {usual:g}]" if isinstance(usual, float) else f"{text} [default: {usual}]"
    )
