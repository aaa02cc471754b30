"""`hrm solve` runs a model on puzzles; `hrm replay` shows a saved trace again."""

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
from hrm.cli.solve_options import SolveOptions
from hrm.cli.viewers import Bar, BareAnswers, JsonLines, Results, Totals, Viewer, present
from hrm.engine import open_solver
from hrm.errors import EXIT_SOLVED, EXIT_UNSOLVED, PuzzleFileError
from hrm.events import Update
from hrm.files import destination, require_different, writing, written_whole
from hrm.solving.pacing import SEGMENTS_A_SECOND
from hrm.solving.recording import read_recording
from puzzles.contract.protocol import AnyDomain
from puzzles.errors import TooHardError


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewOptions:
    animate: options.Animate = None
    speed: options.Speed = SEGMENTS_A_SECOND
    as_json: options.AsJson = False

    @property
    def animates(self) -> bool:
        """Whether the board of a single puzzle is shown segment by segment."""
        if self.as_json:
            return False
        return sys.stdout.isatty() if self.animate is None else self.animate


@flattened
def solve(
    task: options.Task,
    puzzle: options.PuzzleSource,
    *,
    how: SolveOptions,
    effort: Effort,
    min_segments: options.MinSegments = 1,
    seed: options.Seed = 0,
    budget: options.Budget = 60.0,
    steps: options.Steps = 0,
    view: ViewOptions,
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
    kind, puzzles = how.read(task, puzzle)
    _require_solvable(kind, puzzles, quiet=quiet)
    if policy.select != "verified" and len(puzzles) > 1 and not quiet:
        talk_console().print(  # the result of a single puzzle says this itself
            f"note: --select {policy.select} chooses the answers, the rules only judge"
        )
    viewers: list[Viewer] = []

    def report(update: Update) -> None:
        for viewer in viewers:
            viewer.inside(update)

    beliefs = trace is not None or (view.animates and not quiet)
    settings = how.settings(task, policy, steps=steps, report=report, beliefs=beliefs)
    results = Results()
    with ExitStack() as files:
        answers = None if output is None else files.enter_context(written_whole(output))
        traced = None if trace is None else files.enter_context(_opened(trace))
        solver = open_solver(kind, settings)
        viewers += viewers_for(view, results, kind, puzzles, quiet=quiet)
        if traced is not None:
            viewers.append(_recorder(traced))  # empties the file: from here on it is replaced
        present(solver(puzzles), viewers)
        if answers is not None:
            answers.write(results.answers(kind, puzzles))
    raise typer.Exit(exit_code(results, len(puzzles)))


def _require_solvable(kind: AnyDomain, puzzles: Sequence[Any], *, quiet: bool) -> None:
    """Solve exactly before the model runs: raise if no puzzle has a solution, else print notes."""
    if not kind.exact:
        return
    answers = [_answers(kind, puzzle) for puzzle in puzzles]
    if not any(answers):
        one = len(puzzles) == 1
        raise PuzzleFileError(
            "the puzzle has no solution" if one else "none of the puzzles has a solution",
            "Compare the puzzle and its rules with their source.",
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
    """The number of solutions, at most two; 1 if the search was too hard."""
    try:
        return len(kind.solve(puzzle))
    except TooHardError:
        return 1


def _opened(path: Path) -> TextIO:
    """The file of a trace, opened without emptying it."""
    with writing(path):
        return path.open("a", encoding="utf-8", newline="\n")


def _recorder(file: TextIO) -> JsonLines:
    """Write events as they come, so that an interrupted trace still replays."""
    if destination(Path(file.name))[1]:
        file.truncate(0)
    return JsonLines(file.write, file.flush, beliefs=True)


@flattened
def replay(file: options.TraceFile, *, view: ViewOptions) -> None:
    """Show a saved trace again, without a model.

    \b
      hrm replay think.jsonl
      hrm replay think.jsonl --speed 0.5
    """
    recording = read_recording(file)
    results = Results()
    viewers = viewers_for(view, results, recording.domain, recording.puzzles, live=False)
    present(recording.events, viewers)
    if unfinished := len(recording.puzzles) - len(results.finished):
        talk_console().print(f"note: the trace ends before {unfinished} of its puzzles did")
    raise typer.Exit(exit_code(results, len(recording.puzzles)))


def viewers_for(
    view: ViewOptions,
    results: Results,
    kind: AnyDomain,
    puzzles: Sequence[Any],
    *,
    quiet: bool = False,
    live: bool = True,
) -> list[Viewer]:
    """Boards for a single puzzle and for ARC tests, a table for several puzzles.

    `results` is the first viewer, because the others read from it. `live` is False for a replay.
    """
    if view.as_json:
        return [results, JsonLines(sys.stdout.write, sys.stdout.flush)]
    if quiet:
        return [results, BareAnswers(results, kind, puzzles)]
    total = len(puzzles)
    viewers: list[Viewer] = [results]
    if total == 1 or kind.adapts:
        viewers.append(Boards(kind, puzzles, animate=view.animates, speed=view.speed))
    elif live:
        viewers.append(Bar(total))
    if total > 1:
        viewers.append(Totals(results, total, timed=live))
    return viewers


def exit_code(results: Results, total: int) -> int:
    """`EXIT_UNSOLVED` if an answer is wrong or missing."""
    wrong = any(end.solved is False for end in results.finished.values())
    return EXIT_UNSOLVED if wrong or len(results.finished) < total else EXIT_SOLVED
