"""Arguments and options that several commands share, each with its range, help and completion.

Options that belong together are the fields of a dataclass; a command that takes such a dataclass
as a parameter is decorated with `flattened`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import partial, wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, get_type_hints

import typer

from hrm.cli.completion import (
    complete_data,
    complete_level,
    complete_model,
    complete_puzzle,
    complete_task,
    task_name,
)
from hrm.cli.help import machine_option, output_option, puzzle_option, thinking_option
from hrm.errors import UserError
from hrm.solving.policy import ATTEMPTS, Policy
from hrm.terminal import shown
from puzzles import domain
from puzzles.contract.protocol import AnyDomain

_LARGEST_SEED = 2**63 - 1


task_option = partial(typer.Option, metavar="TASK", parser=task_name, autocompletion=complete_task)
task_argument = typer.Argument(
    metavar="TASK",
    help="sudoku, maze, arc, grid, or a kind of your own.",
    parser=task_name,
    autocompletion=complete_task,
)
Task: TypeAlias = Annotated[str, task_argument]
PuzzleSource: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="PUZZLE",
        help="A file, an example (hard), 81 characters, an ARC id, or - (stdin).",
        autocompletion=complete_puzzle,
    ),
]
AnswerFile: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="[ANSWER]", help="A file that `hrm solve --output` wrote.")
]
TraceFile: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FILE", help="A trace that `hrm solve --trace` saved.")
]

Model: TypeAlias = Annotated[
    str,
    thinking_option(
        metavar="NAME",
        help="Model name, file or training run. [default: the task's]",
        autocompletion=complete_model,
    ),
]
ModelName: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A name from `hrm models list`, or a path.",
        autocompletion=complete_model,
    ),
]
Yes: TypeAlias = Annotated[
    bool, machine_option("--yes", "-y", help="Download a missing model without asking.")
]
Device: TypeAlias = Annotated[
    str, machine_option(metavar="DEVICE", help="cpu, cuda, mps, or auto: the fastest.")
]
Threads: TypeAlias = Annotated[
    int,
    machine_option(metavar="N", min=0, max=1024, help="CPU threads; 0: torch decides."),
]
Segments: TypeAlias = Annotated[
    int, thinking_option(metavar="N", min=1, max=4096, help="Most segments in one pass (ARC: 8).")
]
MinSegments: TypeAlias = Annotated[
    int, thinking_option(metavar="N", min=1, max=4096, help="Fewest segments before it may stop.")
]
Attempts: TypeAlias = Annotated[
    int | None,
    thinking_option(
        metavar="N",
        min=0,
        max=4096,
        help=f"What-ifs (default {ATTEMPTS['what-ifs']}) or copies "
        f"({ATTEMPTS['symmetric copies']}) to try; 0: none.",
    ),
]
SelectHow: TypeAlias = Annotated[
    Literal["verified", "first-to-halt", "vote", "q"],
    thinking_option(
        "--select",
        metavar="HOW",
        help="Answer to take: verified (by the rules), first-to-halt, vote, or q (highest q_halt).",
    ),
]
Noise: TypeAlias = Annotated[
    float,
    thinking_option(
        metavar="STD",
        min=0.0,
        max=100.0,
        help="Noise in the state; needs another --select.",
    ),
]
Seed: TypeAlias = Annotated[
    int, thinking_option(metavar="N", min=0, max=_LARGEST_SEED, help="Random seed of the attempts.")
]
Steps: TypeAlias = Annotated[
    int,
    thinking_option(
        "--steps",
        metavar="N",
        min=0,
        max=1_000_000,
        help="ARC: training steps instead of --budget, repeatable.",
        show_default=False,
    ),
]
Budget: TypeAlias = Annotated[
    float,
    thinking_option(
        metavar="SECONDS",
        min=1.0,
        max=86400.0,
        help="Limit for what-ifs or for an ARC task.",
    ),
]

Animate: TypeAlias = Annotated[
    bool | None,
    output_option("--animate/--no-animate", help="Show the reasoning. [default: in a terminal]"),
]
Speed: TypeAlias = Annotated[
    float, output_option(metavar="N", min=0.1, max=1000.0, help="Segments shown per second.")
]
AsJson: TypeAlias = Annotated[bool, output_option("--json", help="Print JSON, one object a line.")]
Quiet: TypeAlias = Annotated[
    bool, output_option("--quiet", "-q", help="Print only the answers, as --output writes them.")
]
Output: TypeAlias = Annotated[
    Path | None,
    output_option("--output", "-o", metavar="FILE", help="Write the result to this file."),
]
SaveTrace: TypeAlias = Annotated[
    Path | None,
    output_option(
        "--trace",
        metavar="FILE",
        help="Save for `hrm replay`, 3 to 10 KB a segment.",
    ),
]

Rules: TypeAlias = Annotated[
    str,
    puzzle_option(
        metavar="NAMES|FILE",
        help="Sudoku: x, windoku, latin, jigsaw, boxes=2x3 or a .toml.",
    ),
]
Size: TypeAlias = Annotated[
    int,
    puzzle_option(
        metavar="N",
        min=0,
        max=100,
        help="Sudoku: rows, 4 to 25. [default: as written, else 9]",
        show_default=False,
    ),
]

Level: TypeAlias = Annotated[
    str,
    puzzle_option(
        metavar="LEVEL",
        help="Sudoku: easy, newspaper, medium, hard, minimal, extreme. Maze: small, medium, large, "
        "hard, tree. ARC: a public set such as arc1-training. [default: the first]",
        autocompletion=complete_level,
    ),
]
Count: TypeAlias = Annotated[
    int, puzzle_option(metavar="N", min=1, max=100_000, help="Number of puzzles.")
]
AnySeed: TypeAlias = Annotated[
    int | None,
    puzzle_option(
        "--seed",
        metavar="N",
        min=0,
        max=_LARGEST_SEED,
        help="Random seed. [default: random, printed on stderr]",
    ),
]

Data: TypeAlias = Annotated[
    str,
    puzzle_option(
        metavar="PATH",
        help="File, ARC folder, id or data set. [default: generated]",
        autocompletion=complete_data,
    ),
]
Draw: TypeAlias = Annotated[
    int,
    puzzle_option(
        "--count",
        metavar="N",
        min=0,
        help="Puzzles; 0: all of --data, else 200.",
    ),
]
DrawSeed: TypeAlias = Annotated[
    int,
    puzzle_option(
        "--seed",
        metavar="N",
        min=0,
        max=_LARGEST_SEED,
        help="Random seed of puzzles and attempts.",
    ),
]
Csv: TypeAlias = Annotated[
    Path | None, output_option(metavar="FILE", help="Write the numbers as CSV.")
]
Svg: TypeAlias = Annotated[
    Path | None, output_option(metavar="FILE", help="Write the chart as SVG.")
]

_USUAL = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long and how often a model tries; see `Policy` for the meaning of each field."""

    segments: Segments = _USUAL.segments
    attempts: Attempts = _USUAL.attempts
    select: SelectHow = _USUAL.select
    noise: Noise = _USUAL.noise

    def policy(
        self,
        task: str,
        seed: int,
        budget: float,
        min_segments: int = _USUAL.min_segments,
    ) -> Policy:
        """Raises `UserError` for options that contradict each other or do not apply to `task`."""
        if domain(task).adapts and (self.select != "verified" or self.noise):
            option = "--noise" if self.select == "verified" else "--select"
            raise UserError(
                f"{option} does not apply to {task}: a vote over copies always chooses its answers",
                "Leave out --select and --noise.",
            )
        return Policy(
            segments=self.segments,
            min_segments=min_segments,
            attempts=self.attempts,
            seed=seed,
            select=self.select,
            noise=self.noise,
            budget=budget,
        )


def flattened(command: Callable[..., None]) -> Callable[..., None]:
    """Expand each dataclass parameter of `command` into one Typer parameter per field.

    Field names must not clash with each other or with the command's own parameters.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    shown: list[Parameter] = []
    for name, own in signature(command).parameters.items():
        if name in groups:
            shown += _fields(groups[name])
        else:
            shown.append(own.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[name]))

    @wraps(command)
    def called(**values: Any) -> None:
        for name, kind in groups.items():
            values[name] = kind(**{field.name: values.pop(field.name) for field in fields(kind)})
        command(**values)

    called.__signature__ = Signature(shown)  # type: ignore[attr-defined]  # read by inspect
    return called


def _fields(kind: Any) -> list[Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(kind)
    ]


def require_level(kind: AnyDomain, level: str) -> str:
    """`level`, or the domain's first one if it is empty. Raises `UserError` if there is none."""
    if not kind.levels:
        raise UserError(f"{kind.name} puzzles are not generated", "Give a file.")
    if level and level not in kind.levels:
        raise typer.BadParameter(
            f"{kind.name} has no level {shown(level)}; it has {', '.join(kind.levels)}"
        )
    return level or kind.levels[0]
