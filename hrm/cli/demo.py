"""`hrm demo`: solves the bundled puzzles one after the other, in an endless loop."""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeAlias

from rich.console import Console
from rich.live import Live
from rich.text import Text

from hrm.cli import options
from hrm.cli.help import PUZZLES, output_option, thinking_option
from hrm.cli.options import task_option
from hrm.cli.output import data_console
from hrm.engine import Solver, SolveSettings, open_solver
from hrm.errors import UserError
from hrm.events import Update
from hrm.movie.scenes import Scene, Scenes
from hrm.movie.stage import LEAST, Stage
from hrm.solving.pacing import SEGMENTS_A_SECOND, Projector
from hrm.solving.policy import Policy
from hrm.styles import Palette
from puzzles import domain, names
from puzzles.contract.protocol import AnyDomain

_ADAPT_SECONDS = 20.0

Once: TypeAlias = Annotated[bool, output_option("--once", help="End after the last puzzle.")]
Tasks: TypeAlias = Annotated[
    list[str] | None,
    task_option(
        "--task",
        help="sudoku, maze or arc; may be repeated. [default: all]",
        rich_help_panel=PUZZLES,
    ),
]
AdaptFor: TypeAlias = Annotated[
    float,
    thinking_option(metavar="SECONDS", min=1.0, max=86400.0, help="Time to adapt to an ARC task."),
]


def demo(
    *,
    task: Tasks = None,
    once: Once = False,
    speed: options.Speed = SEGMENTS_A_SECOND,
    budget: AdaptFor = _ADAPT_SECONDS,
    device: options.Device = "auto",
    threads: options.Threads = 0,
) -> None:
    """Show bundled puzzles being solved, one after the other, until a key is pressed.

    \b
      hrm demo                     everything, again and again
      hrm demo --task maze --once  mazes only, each once
    """
    console = data_console()
    _require_room(console)
    examples = list(_examples(task or names()))
    if not examples:
        raise UserError(
            f"there is no bundled example of {', '.join(task or [])}",
            "`hrm solve --animate` shows a puzzle of your own.",
        )
    settings = SolveSettings(device=device, threads=threads, policy=Policy(budget=budget))
    with ExitStack() as stack:
        stack.enter_context(suppress(_KeyPressedError))
        stack.enter_context(_single_keys())
        live = stack.enter_context(Live(console=console, screen=True, auto_refresh=False))
        player = _Player(live, settings, speed, "" if once else "any key ends the demo")
        for example in examples if once else itertools.cycle(examples):
            player.play(example)


def _require_room(console: Console) -> None:
    hint = "`hrm record sudoku minimal --out solve.svg` needs no terminal."
    if not console.is_terminal or console.is_dumb_terminal:
        raise UserError("standard output is not a terminal that can show a demo", hint)
    columns, lines = console.size
    if columns < LEAST[0] or lines < LEAST[1]:
        raise UserError(
            f"the terminal has {columns} columns and {lines} lines, the demo needs "
            f"{LEAST[0]} and {LEAST[1]}",
            "Make the window larger.",
        )


@dataclass(frozen=True, slots=True)
class _Example:
    """A puzzle to show, and its title."""

    kind: AnyDomain
    puzzle: Any
    title: str


def _examples(tasks: Iterable[str]) -> Iterator[_Example]:
    """The showcase puzzles of every task, or its default example if it has none."""
    for kind in map(domain, dict.fromkeys(tasks)):
        for name in kind.showcase or (kind.default_example,):
            for puzzle in ((kind.find(name) if name else None) or [])[:1]:
                yield _Example(kind, puzzle, f"{kind.name} · {name} · {kind.summary(puzzle)}")


class _KeyPressedError(Exception):
    """Ends the demo."""


class _Player:
    """Plays examples on a terminal; opens each model once."""

    def __init__(self, live: Live, settings: SolveSettings, speed: float, note: str) -> None:
        self._live, self._speed, self._note = live, speed, note
        self._settings = replace(settings, beliefs=True, report=self._inside)
        self._solvers: dict[str, Solver] = {}
        self._palette = Palette.of(live.console)
        self._title = ""
        self._projector: Projector[Scene] = Projector(self._draw, _wait)

    def play(self, example: _Example) -> None:
        """Solve a puzzle and show it; raises `_KeyPressedError`."""
        self._title = example.title
        room = self._stage.room
        scenes = Scenes(example.kind, example.puzzle, room, speed=self._speed)
        for event in self._solver(example.kind)([example.puzzle]):
            if room != self._stage.room:
                room = self._stage.room
                scenes.resize(room)
            for scene in scenes.of(event):
                self._projector.add(scene)
            self._advance()
        self._projector.finish()
        _wait(0)

    def _solver(self, kind: AnyDomain) -> Solver:
        if kind.name not in self._solvers:
            self._solvers[kind.name] = open_solver(kind, self._settings)
        return self._solvers[kind.name]

    @property
    def _stage(self) -> Stage:
        """A stage with the current size of the terminal."""
        return Stage(*self._live.console.size, self._palette)

    def _inside(self, update: Update) -> None:
        """Called inside a segment: keep the animation going."""
        self._advance()

    def _advance(self) -> None:
        """Show what is due, and listen for a key."""
        _wait(0)
        self._projector.play()

    def _draw(self, scene: Scene) -> None:
        lines = self._stage.lines(self._title, scene, self._note)
        self._live.update(Text("\n").join(lines), refresh=True)


def _wait(seconds: float) -> None:
    """Sleep, unless a key is pressed on a terminal."""
    if not sys.stdin.isatty():
        time.sleep(seconds)
    elif _pressed(seconds):
        raise _KeyPressedError


def _pressed(seconds: float) -> bool:
    """Whether a key is pressed within that time."""
    if sys.platform == "win32":
        import msvcrt

        until = time.monotonic() + seconds
        while not msvcrt.kbhit():
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
        msvcrt.getch()
        return True
    import select

    if not select.select([sys.stdin], [], [], seconds)[0]:
        return False
    os.read(sys.stdin.fileno(), 1024)  # all of it: an arrow key is several characters
    return True


@contextmanager
def _single_keys() -> Iterator[None]:
    """Switch the terminal to unbuffered input without echo."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
