"""Which viewers a solve or a replay gets, and the exit code that its results mean."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hrm.cli.boards import Boards
from hrm.cli.viewers import Bar, BareAnswers, JsonLines, Results, Totals, Viewer
from hrm.errors import EXIT_SOLVED, EXIT_UNSOLVED
from puzzles.base import AnyDomain


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a person wants to see a run; `animate` None means in a terminal only."""

    as_json: bool = False
    quiet: bool = False
    animate: bool | None = None
    speed: float
    live: bool = True


def viewers_for(
    look: Look, results: Results, kind: AnyDomain, puzzles: Sequence[Any]
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
    if total == 1 or not kind.checkable:
        animate = sys.stdout.isatty() if look.animate is None else look.animate
        viewers.append(Boards(kind, puzzles, animate=animate, speed=look.speed))
    elif look.live:
        viewers.append(Bar(total))
    if total > 1:
        viewers.append(Totals(results, total, timed=look.live))
    return viewers


def exit_code(results: Results, total: int) -> int:
    """Solved unless an answer is known to be wrong or is missing."""
    wrong = any(end.solved is False for end in results.finished.values())
    return EXIT_UNSOLVED if wrong or len(results.finished) < total else EXIT_SOLVED
