"""`hrm record`: saves a solve as an animated picture or a terminal recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from hrm.cli import options
from hrm.cli.completion import complete_puzzle
from hrm.cli.help import output_option, puzzle_option
from hrm.cli.options import Effort, flattened
from hrm.cli.output import talk_console
from hrm.cli.solve_options import SolveOptions
from hrm.engine import open_solver
from hrm.errors import UserError
from hrm.events import SolveEvent
from hrm.files import require_different, write_atomically
from hrm.movie.curve import draw_learning, read_learning
from hrm.movie.formats import FORMATS, format_of, write_movie
from hrm.movie.frames import THEMES, make_movie, theme
from hrm.movie.scenes import scenes, title_of
from hrm.movie.stage import LEAST, Stage
from hrm.solving.pacing import SEGMENTS_A_SECOND
from hrm.solving.policy import Policy
from hrm.solving.recording import Recording, read_recording
from hrm.terminal import shown
from puzzles.contract.protocol import AnyDomain

MOST = (300, 120)
"""Columns and lines of the largest picture."""

_SCREEN = "80x38"


def _size(text: str) -> tuple[int, int]:
    """Columns and lines of `80x38`."""
    columns, cross, lines = text.lower().replace("×", "x").partition("x")
    if not (cross and columns.isdecimal() and lines.isdecimal()):
        raise typer.BadParameter(f"{shown(text)!r} is not a size such as {_SCREEN}.")
    size = int(columns[:6]), int(lines[:6])
    for given, least, most, name in zip(size, LEAST, MOST, ("columns", "lines"), strict=True):
        if not least <= given <= most:
            raise typer.BadParameter(f"{given} {name} are not between {least} and {most}.")
    return size


def _checked_size(text: str) -> str:
    _size(text)
    return text


def _checked_theme(text: str) -> str:
    if text not in THEMES:
        raise typer.BadParameter(f"{shown(text)!r} is not {' or '.join(THEMES)}.")
    return text


OptionalTask: TypeAlias = Annotated[str | None, options.task_argument]
RecordedPuzzle: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="PUZZLE",
        help="What `hrm solve` takes; of several puzzles the first is recorded.",
        autocompletion=complete_puzzle,
    ),
]
Out: TypeAlias = Annotated[
    list[Path],
    output_option(
        "--out",
        "-o",
        metavar="FILE",
        help=f"File: {', '.join(FORMATS)}; may be repeated.",
    ),
]
FromTrace: TypeAlias = Annotated[
    Path | None,
    puzzle_option(metavar="FILE", help="Record what `hrm solve --trace` saved."),
]
FromRun: TypeAlias = Annotated[
    Path | None,
    puzzle_option(metavar="DIR", help="Draw how a training run learned, as SVG."),
]
Screen: TypeAlias = Annotated[
    str,
    output_option(
        parser=_checked_size,
        metavar="COLUMNSxLINES",
        help="Room in characters.",
    ),
]
Theme: TypeAlias = Annotated[
    str, output_option(parser=_checked_theme, metavar="THEME", help="dark or light.")
]
At: TypeAlias = Annotated[
    float | None,
    output_option(
        metavar="SECONDS", min=0.0, help="The moment that a PNG shows. [default: the end]"
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovieView:
    screen: Screen = _SCREEN
    speed: options.Speed = SEGMENTS_A_SECOND
    theme: Theme = THEMES[0]
    at: At = None


@flattened
def record(
    task: OptionalTask = None,
    puzzle: RecordedPuzzle = "",
    *,
    out: Out,
    trace: FromTrace = None,
    run: FromRun = None,
    view: MovieView,
    how: SolveOptions,
    seed: options.Seed = 0,
    budget: options.Budget = 60.0,
    effort: Effort,
) -> None:
    """Record a solve, or a training run, as a picture for others.

    \b
      hrm record sudoku minimal --out solve.svg
      hrm record --trace solve.jsonl --out solve.gif --theme light
      hrm record --run runs/sudoku-20260101-120000 --out curve.svg

    SVG plays in browsers and READMEs, a .cast in a terminal (`asciinema play`); GIF and PNG need
    Pillow.
    """
    require_different(*out)
    formats = [format_of(path) for path in out]  # an unknown one is an error before the solve
    if view.at is not None and ".png" not in formats:
        raise UserError("--at is for a PNG, and none is written", "Leave it out.")
    if run is not None:
        if task or trace is not None:
            raise UserError("--run is recorded alone", "Leave out TASK, PUZZLE and --trace.")
        _draw_run(run, out, view)
        return
    if trace is not None:
        if task:
            raise UserError("--trace brings its own puzzle", "Leave out TASK and PUZZLE.")
        recording = read_recording(trace)
    elif task and puzzle:
        recording = _solved(task, puzzle, how, effort.policy(task, seed, budget))
    else:
        raise UserError(
            "there is nothing to record",
            "Give TASK and PUZZLE as for `hrm solve`, or --trace or --run.",
        )
    if (count := len(recording.puzzles)) > 1:
        talk_console().print(f"note: of {count} puzzles the first is recorded")
    _write(recording.domain, recording.puzzles[0], recording.of(0), out, view)


def _solved(task: str, puzzle: str, how: SolveOptions, policy: Policy) -> Recording:
    """The puzzles of the argument, the first of them solved."""
    kind, puzzles = how.read(task, puzzle)
    solver = open_solver(kind, how.settings(task, policy, beliefs=True))
    with talk_console().status("solving"):  # shown only in a terminal
        return Recording(kind, puzzles, list(solver(puzzles[:1])))


def _draw_run(folder: Path, out: Sequence[Path], view: MovieView) -> None:
    for path in out:
        if format_of(path) != ".svg":
            raise UserError(f"a run is drawn as SVG, not as {path.suffix}", "Give a .svg file.")
    picture = draw_learning(read_learning(folder), theme(view.theme)).encode()
    for path in out:
        write_atomically(path, picture)
        talk_console().print(f"{shown(str(path))}: a still, {len(picture) / 1000:.0f} KB")


def _write(
    kind: AnyDomain,
    puzzle: Any,
    events: Sequence[SolveEvent],
    out: Sequence[Path],
    view: MovieView,
) -> None:
    size, colours = _size(view.screen), theme(view.theme)
    room = Stage(*size, colours.palette).room
    movie = make_movie(
        title_of(events), scenes(kind, puzzle, events, room, speed=view.speed), size, colours
    )
    for path in out:
        length = write_movie(movie, path, at=view.at)
        still = format_of(path) == ".png"
        what = "a still" if still else f"{len(movie.frames)} frames, {movie.seconds:.1f} s"
        talk_console().print(f"{shown(str(path))}: {what}, {length / 1000:.0f} KB")
