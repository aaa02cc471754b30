"""Starting and leaving `hrm tui` on a terminal: refusals, signals, crashes, quitting."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest
from scripted import Shell
from terminal import Terminal

from hrm.cli.tui import task_and_puzzle
from hrm_tui.crashes import read_leniently

STAGED = """
import sys, threading
sys.path.insert(0, {tests!r})
from scripted_engine import ScriptedEngine
import hrm_tui.engine
from hrm_tui.screens import PLACES, Place
from hrm.cli.boundary import main

class Slow(ScriptedEngine):
    def load(self):
        super().load()
        threading.Event().wait({load})

hrm_tui.engine.TorchEngine = lambda *_: Slow()
PLACES["solve"] = Place("stage", "Noted", "f2", "Note puzzles")
sys.exit(main(["tui", *sys.argv[1:]]))
"""
"""The whole command with a screen and an engine that need no torch; loading takes some seconds."""


@contextmanager
def running(
    folder: Path, *arguments: str, load: float = 0.0, before: str = ""
) -> Iterator[Terminal]:
    """`hrm tui` after its first paint; `before` is Python that runs first."""
    program = before + STAGED.format(tests=str(Path(__file__).parents[1] / "support"), load=load)
    terminal = Terminal([sys.executable, "-c", program, *arguments], folder)
    try:
        terminal.wait_for(b"nothing yet")
        yield terminal
    finally:
        terminal.close()


def test_without_a_terminal_it_refuses_with_a_hint(shell: Shell) -> None:
    ran = shell("tui")
    assert ran.code == 2
    assert "is not a terminal" in ran.err
    assert "hint: `hrm solve`" in ran.err


def test_a_dumb_terminal_is_refused(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    ran = shell("tui")
    assert ran.code == 2
    assert "TERM=dumb" in ran.err
    assert "hrm solve" in ran.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nosuch.txt"], 3, "neither a file nor a known sudoku puzzle"),
        (["--screen", "kitchen"], 2, "there is no screen kitchen"),
        (["--trace", "none.jsonl"], 3, "cannot read none.jsonl"),
        (["-"], 2, "standard input"),
    ],
)
def test_what_cannot_be_opened_is_reported_before_the_app_starts(
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    monkeypatch.setattr("hrm_tui.launch.require_terminal", lambda: None)
    ran = shell("tui", *arguments)
    assert ran.code == code
    assert words in ran.err
    assert ran.out == ""


def test_a_refusal_leaves_the_terminal_alone(tmp_path: Path) -> None:
    terminal = Terminal([sys.executable, "-m", "hrm", "tui", "nosuch.txt"], tmp_path)
    try:
        assert terminal.end(40) == 3
        assert b"hint: " in terminal.written
        assert b"\x1b[?1049h" not in terminal.written
    finally:
        terminal.close()


def leave_by(folder: Path, number: signal.Signals, load: float) -> None:
    with running(folder, load=load) as terminal:
        begun = time.monotonic()
        terminal.process.send_signal(number)
        assert terminal.end() == 128 + number
        assert time.monotonic() - begun < 50  # 1 s on a machine that has nothing else to do
        assert terminal.restored
        assert b"Traceback" not in terminal.written


@pytest.mark.parametrize(
    ("number", "load"),  # idle, and while a thread is busy that nothing can interrupt
    [(signal.SIGINT, 0.0), (signal.SIGTERM, 60.0), (signal.SIGHUP, 60.0)],
)
def test_a_signal_restores_the_terminal(
    tmp_path: Path, number: signal.Signals, load: float
) -> None:
    leave_by(tmp_path, number, load)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("load", [0.0, 60.0])
def test_signals_again_and_again(tmp_path: Path, number: signal.Signals, load: float) -> None:
    for _ in range(20):
        leave_by(tmp_path, number, load)


def test_quitting_during_work_does_not_wait_for_it(tmp_path: Path) -> None:
    with running(tmp_path, load=60.0) as terminal:
        begun = time.monotonic()
        terminal.type(b"q")
        assert terminal.end() == 0
        assert time.monotonic() - begun < 50  # the work takes 60
        assert terminal.restored


def test_leaving_does_not_wait_for_the_interpreter_to_take_everything_apart(
    tmp_path: Path,
) -> None:
    late = "import atexit, os; atexit.register(os._exit, 99)\n"  # runs after what comes later
    with running(tmp_path, before=late) as terminal:
        terminal.type(b"q")
        assert terminal.end() == 0
        assert terminal.restored


def test_text_that_was_being_typed_survives_a_signal(tmp_path: Path) -> None:
    with running(tmp_path) as terminal:
        terminal.type(b"n")
        terminal.wait_for(b"Type or paste")
        terminal.type(b"\x1b[200~5 3 unfinished\x1b[201~")
        terminal.wait_for(b"no puzzle")
        terminal.process.send_signal(signal.SIGHUP)
        assert terminal.end() == 128 + signal.SIGHUP
    assert (tmp_path / ".hrm" / "state" / "draft.txt").read_text() == "5 3 unfinished"


@pytest.mark.parametrize("signalled", [True, False], ids=["with a signal", "without one"])
def test_a_terminal_that_goes_away_ends_the_app(tmp_path: Path, signalled: bool) -> None:
    with running(tmp_path) as terminal:
        os.close(terminal.master)
        if signalled:
            terminal.process.send_signal(signal.SIGHUP)
        assert terminal.process.wait(50) == 128 + signal.SIGHUP
        terminal.master = os.open(os.devnull, os.O_RDONLY)


def test_an_app_that_hangs_is_ended_and_the_terminal_restored_all_the_same(tmp_path: Path) -> None:
    program = STAGED.format(tests=str(Path(__file__).parents[1] / "support"), load=0).replace(
        "sys.exit(main",
        "import stage, time\n"
        "stage.Noted.action_pause = lambda self: (open('hangs', 'w').close(), time.sleep(60))\n"
        "sys.exit(main",
    )
    terminal = Terminal([sys.executable, "-c", program], tmp_path)
    try:
        terminal.wait_for(b"nothing yet")
        terminal.type(b" ")
        end = time.monotonic() + 60
        while not (tmp_path / "hangs").exists():
            assert time.monotonic() < end
            terminal.read(0.05)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.end() == 128 + signal.SIGTERM
        assert terminal.restored
    finally:
        terminal.close()


def test_a_crash_is_one_line_and_the_place_of_the_log(tmp_path: Path) -> None:
    with running(tmp_path) as terminal:
        terminal.type(b"z")
        assert terminal.end() == 70
        assert terminal.restored
        after = terminal.written.rpartition(b"\x1b[?1049l")[2]
        said = [line for line in after.split(b"\n") if b":" in line]
    log = tmp_path / ".hrm" / "state" / "crash.log"
    assert len(said) == 2
    assert b"something in hrm went wrong" in said[0]
    assert b"the details are in" in said[1]
    assert str(log).encode() in after
    assert b"Traceback" not in terminal.written
    assert "Traceback" in log.read_text()
    assert "action_fail" in log.read_text()


def test_bytes_that_are_not_utf8_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    linux_driver = import_module("textual.drivers.linux_driver")
    monkeypatch.setattr(linux_driver, "getincrementaldecoder", None)
    read_leniently()
    decoder = linux_driver.getincrementaldecoder("utf-8")()
    assert decoder.decode(b"a\xff\xe2\x82") == "a\N{REPLACEMENT CHARACTER}"
    assert decoder.decode(b"\xac") == "\N{EURO SIGN}"


@pytest.mark.parametrize(
    ("words", "task_and_rest"),
    [
        (("maze", "medium"), ("maze", "medium")),
        (("maze", ""), ("maze", "")),
        (("hard", ""), ("", "hard")),
        (("", ""), ("", "")),
    ],
)
def test_a_task_may_be_named_before_the_puzzle(
    words: tuple[str, str], task_and_rest: tuple[str, str]
) -> None:
    assert task_and_puzzle(*words) == task_and_rest


def test_a_file_goes_before_a_task_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "maze").write_text("#")
    assert task_and_puzzle("maze", "") == ("", "maze")


def test_two_words_whose_first_is_no_task_are_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hrm_tui.launch.require_terminal", lambda: None)
    assert "sudok is not a task" in shell("tui", "sudok", "hard").err
    assert "maze was named, and --task sudoku" in shell("tui", "maze", "--task", "sudoku").err
