"""Arguments and options of the commands, each with its range and its line of help.

How long and how wide a model may think: the options that `hrm solve` and `hrm eval` share.

Options that several commands share, as one dataclass that is a single parameter of each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, get_type_hints

import typer

from hrm.errors import UserError
from hrm.solving.policy import Policy
from hrm.terminal import shown
from puzzles import domain, names
from puzzles.base import AnyDomain

_LARGEST = 2**63 - 1
"""Of the seeds that every generator takes."""


def help_alone(ctx: typer.Context) -> None:
    """A group of commands named without one of them prints its help, as `hrm` does."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def task_name(text: str) -> str:
    """A kind of puzzle that there is; installed packages are asked only when one is named."""
    if text not in names():
        known = ", ".join(map(repr, names()))
        raise typer.BadParameter(f"{shown(text)!r} is not one of {known}.")
    return text


Task: TypeAlias = Annotated[
    str, typer.Argument(metavar="TASK", help="sudoku, maze or arc.", parser=task_name)
]
PuzzleSource: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="PUZZLE",
        help="A file, an example's name such as hard, 81 characters of Sudoku, an ARC id or "
        "folder, or - for standard input.",
    ),
]
AnswerFile: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="[ANSWER]", help="A file as `hrm solve --output` writes it.")
]
TraceFile: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FILE", help="A trace that `hrm solve --trace` saved.")
]

Model: TypeAlias = Annotated[
    str, typer.Option(help="A model's name or path.  [default: `hrm models default`]")
]
ModelName: TypeAlias = Annotated[
    str, typer.Argument(metavar="NAME", help="As `hrm models list` says, or a path.")
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Device: TypeAlias = Annotated[str, typer.Option(help="cpu, cuda, mps or auto.")]
Threads: TypeAlias = Annotated[
    int, typer.Option(min=0, max=1024, help="Threads of torch; 0 leaves it the choice.")
]
Segments: TypeAlias = Annotated[
    int, typer.Option(min=1, max=4096, help="Segments of one pass at most (ARC: 8).")
]
MinSegments: TypeAlias = Annotated[
    int, typer.Option(min=1, max=4096, help="Segments before the model may stop.")
]
Attempts: TypeAlias = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=4096,
        help="Symmetric copies to try: after a wrong answer, with another --select always; of ARC "
        "the variants that vote; what-ifs for a model whose symbols are interchangeable.  "
        "[default: 8 copies, 512 what-ifs]",
    ),
]
SelectHow: TypeAlias = Annotated[
    Literal["verified", "first-to-halt", "vote", "q"],
    typer.Option("--select", help="Which attempt's answer counts; verified asks the rules."),
]
Noise: TypeAlias = Annotated[
    float,
    typer.Option(min=0.0, max=100.0, help="Noise on the state of attempts that are chosen among."),
]
Seed: TypeAlias = Annotated[
    int, typer.Option(min=0, max=_LARGEST, help="Seed of the symmetric copies.")
]
Budget: TypeAlias = Annotated[
    float,
    typer.Option(
        min=1.0, max=86400.0, help="Seconds to adapt to an ARC task, or at most for what-ifs."
    ),
]

Animate: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--animate/--no-animate",
        help="Show every segment of one puzzle.  [default: only in a terminal]",
    ),
]
Speed: TypeAlias = Annotated[
    float, typer.Option(min=0.1, max=1000.0, help="Segments a second that the animation shows.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Quiet: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print only the answers, as --output writes them.")
]
Output: TypeAlias = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write to this file, all or nothing.")
]
SaveTrace: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--trace",
        help="Save the events for `hrm replay` (JSON Lines, 3-10 KB a segment of one puzzle).",
    ),
]

Level: TypeAlias = Annotated[
    str, typer.Option(help="How hard; a wrong one is answered with the list.  [default: the first]")
]
Count: TypeAlias = Annotated[int, typer.Option(min=1, max=100_000, help="How many puzzles.")]
AnySeed: TypeAlias = Annotated[
    int | None,
    typer.Option("--seed", min=0, max=_LARGEST, help="Seed.  [default: random, printed on stderr]"),
]

Data: TypeAlias = Annotated[
    str, typer.Option(help="A file, an ARC folder, id or data set.  [default: generated puzzles]")
]
Draw: TypeAlias = Annotated[
    int,
    typer.Option(
        "--count", min=0, help="Puzzles to generate, or to draw from --data; 0: 200, or all of it."
    ),
]
DrawSeed: TypeAlias = Annotated[
    int, typer.Option("--seed", min=0, max=_LARGEST, help="Of what is drawn, and of the copies.")
]
Csv: TypeAlias = Annotated[Path | None, typer.Option(help="Write the figures as a table.")]
Svg: TypeAlias = Annotated[Path | None, typer.Option(help="Write the chart as a picture.")]

_USUAL = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """The options as they were given; see `Policy` for what they mean."""

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
        """Raises `UserError` where they contradict each other, or mean nothing for `task`."""
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
    """`command` as Typer has to see it: the fields of a dataclass in the place of a parameter that
    is one. Their names must differ from those of its other parameters."""
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

    called.__signature__ = Signature(shown)  # type: ignore[attr-defined]  # where inspect looks
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
    """The level that `level` means, the first if it is empty."""
    if not kind.levels:
        raise UserError(f"{kind.name} puzzles are not generated", "Give a file.")
    if level and level not in kind.levels:
        raise typer.BadParameter(
            f"{kind.name} has no level {shown(level)}; it has {', '.join(kind.levels)}"
        )
    return level or kind.levels[0]
