"""Starting the app, and leaving it so that the terminal is as it was.

Four things keep a process from ending: a worker thread inside one long segment of torch, which
nothing can interrupt; the interpreter, which takes a second to take torch apart; a signal, after
which Textual alone would leave the alternate screen and the mouse reports on; and a terminal that
went away. So signals end the app in its own way, and where that takes too long the process ends
itself, with the exit code it would have had.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Timer
from types import FrameType
from typing import TYPE_CHECKING

from hrm.errors import EXIT_BUG, UserError
from hrm.files import remove_unfinished
from hrm.puzzle_files import read_rules
from hrm.terminal import shown
from hrm_tui.crashes import read_leniently
from hrm_tui.settings import read_settings
from hrm_tui.sources import Chosen, first_of, made, read_source, read_trace
from puzzles import NAMES, domain

if TYPE_CHECKING:
    from hrm_tui.app import HrmApp, Start

PATIENCE = 0.7
"""Seconds for the app to leave after a signal; who leaves should be in the shell within one."""

LINGER = 0.25
"""Seconds for busy threads after the app has left."""

LAST_WORDS = 5.0
"""The same where something is to be said and logged first, on a slow machine as well."""

LOOK_EVERY = 1.0
"""Seconds between looks whether the terminal is still there. Where it goes away without a SIGHUP,
as for a process of another session, Textual would read its end for ever."""

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)

_RESTORE = (
    b"\x1b[?2004l\x1b[?7h\x1b[?2048l"  # pasting, line wrap, reports of the size
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # the mouse
    b"\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"  # keyboard protocol, screen, cursor, focus
)
"""What Textual writes when it leaves, for the case that it cannot."""


def launch(
    puzzle: str,
    *,
    task: str = "",
    trace: Path | None = None,
    model: str = "",
    rules: str = "",
    size: int = 0,
    screen: str = "solve",
    device: str = "cpu",
    threads: int = 0,
    budget: float = 60.0,
) -> int:
    """Run the app on this terminal and return the exit code; raises UserError, and what crashed
    the app once the terminal is restored."""
    require_terminal()
    start = prepared(
        puzzle, task=task, trace=trace, model=model, rules=rules, size=size, screen=screen
    )
    from hrm.solving.policy import Policy
    from hrm_tui.app import HrmApp
    from hrm_tui.engine import TorchEngine

    read_leniently()
    settings = read_settings()
    alone = len(start.chosen.puzzles) == 1  # else one of them is chosen first
    start = replace(start, autoplay=settings.autoplay and alone)
    app = HrmApp(TorchEngine(device, threads, Policy(budget=budget)), settings, start)
    code = run(app, mouse=settings.mouse)
    crashed = app.crash is not None and code <= 128
    # The interpreter waits for busy threads before it ends; nothing they could still do is wanted.
    _end_after(LAST_WORDS if crashed else LINGER, code)
    if app.crash is not None and crashed:
        raise app.crash
    # Handlers run last in, first out: nothing of what the interpreter would take apart after this
    # one is worth the wait, and once it has begun, the timer's thread no longer runs.
    atexit.register(_end, code)
    return code


def prepared(
    puzzle: str,
    *,
    task: str = "",
    trace: Path | None = None,
    model: str = "",
    rules: str = "",
    size: int = 0,
    screen: str = "solve",
) -> Start:
    """What the app begins with; raises UserError for what it could not show."""
    if trace is not None and (puzzle or task):
        raise UserError("--trace brings its own puzzle", "Leave out PUZZLE and --task.")
    rules_and_size = (rules, size) if rules or size else None
    if trace is not None and rules_and_size:
        raise UserError("--trace brings its own rules", "Leave out --rules and --size.")
    if puzzle:
        chosen = read_source(puzzle, task, rules_and_size=rules_and_size, model=model)
    else:
        chosen = (
            _first_puzzle(task, trace)
            if rules_and_size is None
            else _made(task or NAMES[0], *rules_and_size)
        )
    from hrm_tui.app import Start
    from hrm_tui.screens import PLACES

    if screen not in PLACES:
        raise UserError(f"there is no screen {shown(screen)}", f"Screens: {', '.join(PLACES)}.")
    if chosen.trace is not None and screen != "solve":
        raise UserError("--trace is for the solve screen", "Leave out --screen.")
    return Start(chosen=chosen, screen=screen, trace=chosen.trace, model=model)


WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
"""What textual-serve names in TEXTUAL_DRIVER: input and output are pipes to a browser."""


def in_browser() -> bool:
    return os.environ.get("TEXTUAL_DRIVER") == WEB_DRIVER


def require_terminal() -> None:
    """Raise UserError where a full-screen app cannot be shown or steered."""
    if in_browser():
        return
    hint = "`hrm solve` needs no such terminal: hrm solve sudoku hard --animate"
    if os.environ.get("TERM", "") in ("dumb", "unknown"):
        raise UserError(f"a terminal with TERM={os.environ['TERM']} cannot show the app", hint)
    streams = {"input": sys.__stdin__, "output": sys.__stdout__, "error": sys.__stderr__}
    for name, stream in streams.items():
        if stream is None or not stream.isatty():
            raise UserError(f"standard {name} is not a terminal, so the app cannot be shown", hint)


def _first_puzzle(task: str, trace: Path | None) -> Chosen:
    return first_of(task or NAMES[0]) if trace is None else read_trace(trace)


def _made(task: str, rules: str = "", size: int = 0) -> Chosen:
    """A new puzzle of the first level, under rules and of a size as on the command line."""
    kind = domain(task)
    rule_text = read_rules(kind, rules, size)
    if not kind.levels:
        raise UserError(f"{task} puzzles are not generated", "Give a PUZZLE.")
    return made(task, kind.levels[0], rule_text)


def run(app: HrmApp, *, mouse: bool = True) -> int:
    """The app's exit code: 0, 128 + the signal that ended it, or what its crash means.

    The event loop is not closed: a thread that is still busy will want to tell it that it is done.
    """
    loop = asyncio.new_event_loop()
    workers = ThreadPoolExecutor(thread_name_prefix="hrm-worker")
    # not asyncio's own, which waits for its threads when it is closed
    loop.set_default_executor(workers)
    with _ended_by_signals(app, loop) as received:
        try:
            app.run(loop=loop, mouse=mouse)
        finally:
            app.save_state()
            workers.shutdown(wait=False, cancel_futures=True)
    if received:
        return 128 + received[0]
    if app.crash is not None:
        return app.crash.exit_code if isinstance(app.crash, UserError) else EXIT_BUG
    return app.return_code or 0


@contextmanager
def _ended_by_signals(app: HrmApp, loop: asyncio.AbstractEventLoop) -> Iterator[list[int]]:
    """Collects the signal that ended the app, which leaves as if its person had quit."""
    received: list[int] = []
    timers: list[Timer] = []
    restore = _terminal_restorer()
    parent = os.getppid()

    def end(number: int, frame: FrameType | None) -> None:
        if not received:
            received.append(number)
            timers.append(_end_after(PATIENCE, 128 + number, restore))
            loop.call_soon_threadsafe(app.exit)

    def look() -> None:
        # in a browser, what died is the server that started this process
        if os.getppid() == parent if in_browser() else os.isatty(0):
            loop.call_later(LOOK_EVERY, look)
        else:
            end(signal.SIGHUP, None)

    before = {number: signal.signal(number, end) for number in SIGNALS}
    if hasattr(signal, "SIGHUP"):
        loop.call_later(LOOK_EVERY, look)
    try:
        yield received
    finally:
        for timer in timers:
            timer.cancel()
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if received else handler)


def _end_after(seconds: float, code: int, first: Callable[[], None] | None = None) -> Timer:
    """End the process with `code` unless it has ended by then or the timer is cancelled."""

    def end() -> None:
        if first is not None:
            first()
        _end(code)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    return timer


def _end(code: int) -> None:
    """End the process now, without files that a thread had only begun to write."""
    try:
        remove_unfinished()
    finally:
        os._exit(code)


def _terminal_restorer() -> Callable[[], None]:
    """A function that puts the terminal back to how it is now, and never fails."""
    try:
        import termios
    except ImportError:  # Windows, where Textual's driver has nothing of this to restore
        return lambda: None
    if in_browser():
        return lambda: None
    before = termios.tcgetattr(0)

    def restore() -> None:
        with suppress(OSError, termios.error):
            os.write(2, _RESTORE)
            termios.tcsetattr(0, termios.TCSANOW, before)

    return restore
