"""The app as its users have it: the real command and model, in tmux where there is one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scripted import SUDOKU
from terminal import Terminal

from puzzles import domain

_MINIMAL = domain("sudoku").find("minimal") or []
_COMMAND = [sys.executable, "-m", "hrm", "tui"]


@contextmanager
def in_tmux(folder: Path) -> Iterator[tuple[Callable[[str], None], Callable[[], str]]]:
    """Functions that send a key and that read the pane."""
    server = ["tmux", "-L", f"hrm-test-{os.getpid()}", "-f", os.devnull]

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*server, *arguments], check=True, capture_output=True, text=True, timeout=60
        )
        return done.stdout

    program = " ".join([f"HRM_HOME={folder / '.hrm'}", *_COMMAND, "puzzle.txt"])
    run("new-session", "-d", "-x", "110", "-y", "34", "-c", str(folder), program)
    try:
        yield lambda key: run("send-keys", key) and None, lambda: run("capture-pane", "-p")
    finally:
        run("kill-server")


@contextmanager
def on_pty(folder: Path) -> Iterator[tuple[Callable[[str], None], Callable[[], str]]]:
    """The same on a plain pty, whose text is everything that was ever drawn."""
    terminal = Terminal([*_COMMAND, "puzzle.txt"], folder)

    def send(key: str) -> None:
        terminal.type({"Space": b" "}.get(key, key.encode()))

    def read() -> str:
        terminal.read(0.1)
        return terminal.text

    try:
        yield send, read
    finally:
        terminal.close()


def test_a_file_is_opened_solved_to_the_end_and_the_app_left(tmp_path: Path) -> None:
    (tmp_path / "puzzle.txt").write_text(SUDOKU)
    place = in_tmux if shutil.which("tmux") else on_pty
    with place(tmp_path) as (send, read):

        def wait_for(pattern: str) -> None:
            deadline = time.monotonic() + 60
            while not re.search(pattern, shown := re.sub(r"[│┃⁺\s]+", " ", read())):
                assert time.monotonic() < deadline, shown

        wait_for(r"puzzle\.txt .*5 3 · · 7 ·")  # it begins by itself
        wait_for(r"Solved in \d+ segments?")  # the panel's lines stand beside the board's
        wait_for("so it stopped|It stopped because")
        wait_for("5 3 4 6 7 8 9 1 2")
        send("q")


def test_one_thought_is_seen_in_five_frames_or_more_by_the_default_pace(tmp_path: Path) -> None:
    (tmp_path / "puzzle.txt").write_text(domain("sudoku").format(_MINIMAL[0]))
    place = in_tmux if shutil.which("tmux") else on_pty
    with place(tmp_path) as (_, read):
        frames: dict[str, float] = {}
        deadline = time.monotonic() + 120
        while "● solved" not in (screen := read()):  # it begins by itself
            assert time.monotonic() < deadline, screen
            for found in re.findall(r"segment \d+ of \d+, cycle \d+", screen):
                frames.setdefault(found, time.monotonic())
    assert len(frames) >= 5
    times = list(frames.values())
    assert times[-1] - times[0] > 2  # a person can follow it
