"""`hrm solve`: run a model on puzzles.

`hrm replay`: show a saved trace again.

Which viewers a solve or a replay gets, and the exit code that its results mean.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import typer

from hrm.cli import options
from hrm.cli.boards import Boards
from hrm.cli.options import Effort, flattened
from hrm.cli.output import talk_console
from hrm.cli.viewers import Bar, BareAnswers, JsonLines, Results, Totals, Viewer, present
from hrm.engine import SolveSettings, domain_of_model, open_solver
from hrm.errors import EXIT_SOLVED, EXIT_UNSOLVED, PuzzleFileError
from hrm.events import Update
from hrm.files import destination, require_different, writing, written_whole
from hrm.puzzle_files import read_puzzles, read_rules
from hrm.solving.pacing import SEGMENTS_A_SECOND
from hrm.solving.recording import read_recording
from hrm.store.registry import NotInstalledError
from puzzles.contract.protocol import AnyDomain
from puzzles.errors import TooHardError


@flattened
def solve(
    task: options.Task,
    puzzle: options.PuzzleSource,
    *,
    rules: options.Rules = "",
    size: options.Size = 0,
    model: options.Model = "",
    yes: options.Yes = False,
    device: options.Device = "auto",
    threads: options.Threads = 0,
    effort: Effort,
    min_segments: options.MinSegments = 1,
    seed: options.Seed = 0,
    budget: options.Budget = 60.0,
    steps: options.Steps = 0,
    animate: options.Animate = None,
    speed: options.Speed = SEGMENTS_A_SECOND,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
    output: options.Output = None,
    trace: options.SaveTrace = None,
) -> None:
    """Solve puzzles with a trained model and show the reasoning.

    \b
      hrm solve sudoku hard                        a bundled example
      hrm solve maze maze.txt --output answer.txt  a file, its answer into another
    """
    policy = effort.policy(task, seed, budget, min_segments)
    require_different(output, trace)
    kind = domain_of_model(task, model)
    puzzles = read_puzzles(kind, puzzle, read_rules(kind, rules, size))
    _require_solvable(kind, puzzles, quiet=quiet)
    if (
        policy.select != "verified" and len(puzzles) > 1 and not quiet
    ):  # a single result says it itself
        talk_console().print(
            f"note: --select {policy.select} chooses the answers, the rules only judge"
        )
    viewers: list[Viewer] = []

    def report(update: Update) -> None:
        for viewer in viewers:
            viewer.inside(update)

    def fetch(missing: NotInstalledError) -> Path:
        from hrm.cli.transfer import fetch_missing  # its HTTP client takes time to import

        return fetch_missing(missing, task, yes=yes)

    look = ViewOptions(as_json=as_json, quiet=quiet, animate=animate, speed=speed)
    settings = SolveSettings(
        model=model,
        fetch=fetch,
        device=device,
        threads=threads,
        budget=budget,
        steps=steps,
        policy=policy,
        report=report,
        beliefs=look.animates or trace is not None,
    )
    results = Results()
    with ExitStack() as files:
        answers = None if output is None else files.enter_context(written_whole(output))
        traced = None if trace is None else files.enter_context(_opened(trace))
        solver = open_solver(kind, settings)
        recorder = [] if traced is None else [_recorder(traced)]  # an old one ends here
        viewers += [*viewers_for(look, results, kind, puzzles), *recorder]
        present(solver(puzzles), viewers)
        if answers is not None:
            answers.write(results.answers(kind, puzzles))
    raise typer.Exit(exit_code(results, len(puzzles)))


def _require_solvable(kind: AnyDomain, puzzles: Sequence[Any], *, quiet: bool) -> None:
    """Exact answers before the model runs: none anywhere is an error, the rest is worth a note."""
    if not kind.exact:
        return
    answers = [_answers(kind, puzzle) for puzzle in puzzles]
    if not any(answers):
        which = "the puzzle has" if len(puzzles) == 1 else "all the puzzles have"
        raise PuzzleFileError(
            f"{which} no solution", f"`hrm check {kind.name} PUZZLE` looks closer."
        )
    if quiet:
        return
    for number, count in enumerate(answers, start=1):
        which = "the puzzle" if len(puzzles) == 1 else f"puzzle {number}"
        if count == 0:
            talk_console().print(f"note: {which} has no solution, so no answer will hold")
        elif count > 1 and kind.unique:
            talk_console().print(f"note: {which} has more than one solution; any is accepted")


def _answers(kind: AnyDomain, puzzle: Any) -> int:
    """How many answers are found, 1 where the search is given up."""
    try:
        return len(kind.solve(puzzle))
    except TooHardError:
        return 1


def _opened(path: Path) -> TextIO:
    """A trace's file, which keeps what it holds as yet."""
    with writing(path):
        return path.open("a", encoding="utf-8", newline="\n")


def _recorder(file: TextIO) -> JsonLines:
    """Written as it happens: a trace that was cut short still replays."""
    if destination(Path(file.name))[1]:
        file.truncate(0)
    return JsonLines(file.write, file.flush, beliefs=True)


def replay(
    file: options.TraceFile,
    *,
    animate: options.Animate = None,
    speed: options.Speed = SEGMENTS_A_SECOND,
    as_json: options.AsJson = False,
) -> None:
    """Show a saved trace again, without a model."""
    recording = read_recording(file)
    look = ViewOptions(as_json=as_json, animate=animate, speed=speed, live=False)
    results = Results()
    viewers = viewers_for(look, results, recording.domain, recording.puzzles)
    present(recording.events, viewers)
    if unfinished := len(recording.puzzles) - len(results.finished):
        talk_console().print(f"note: the trace ends before {unfinished} of its puzzles did")
    raise typer.Exit(exit_code(results, len(recording.puzzles)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewOptions:
    """How a person wants to see a run; `animate` None means in a terminal only."""

    as_json: bool = False
    quiet: bool = False
    animate: bool | None = None
    speed: float
    live: bool = True

    @property
    def animates(self) -> bool:
        """Whether the boards of one puzzle are shown segment by segment."""
        shows = not self.as_json and not self.quiet
        return shows and (sys.stdout.isatty() if self.animate is None else self.animate)


def viewers_for(
    look: ViewOptions, results: Results, kind: AnyDomain, puzzles: Sequence[Any]
) -> list[Viewer]:
    """Boards for one puzzle and for the tests of ARC tasks, a table for more than one puzzle.

    `results` comes first: the viewers behind it read what it collected.
    """
    if look.as_json:
        return [results, JsonLines(sys.stdout.write, sys.stdout.flush)]
    if look.quiet:
        return [results, BareAnswers(results, kind, puzzles)]
    total = len(puzzles)
    viewers: list[Viewer] = [results]
    if total == 1 or kind.adapts:
        viewers.append(Boards(kind, puzzles, animate=look.animates, speed=look.speed))
    elif look.live:
        viewers.append(Bar(total))
    if total > 1:
        viewers.append(Totals(results, total, timed=look.live))
    return viewers


def exit_code(results: Results, total: int) -> int:
    """Solved unless an answer is known to be wrong or is missing."""
    wrong = any(end.solved is False for end in results.finished.values())
    return EXIT_UNSOLVED if wrong or len(results.finished) < total else EXIT_SOLVED
