"""Streams and files of the command: appended to, full, closed, or killed in the middle."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command import environment, process
from scripted import SUDOKU, Script, Shell

from hrm.files import write_atomically

GENERATE = ("-m", "hrm", "generate", "sudoku", "--seed", "1")


def run(tmp_path: Path, redirection: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = process(*GENERATE, *options)
    shell = ["sh", "-c", f'"$@" {redirection}', "sh", *command]
    return subprocess.run(
        shell, env=environment(tmp_path), cwd=tmp_path, check=False, capture_output=True, text=True
    )


def test_what_is_written_to_a_stream_goes_where_the_shell_sent_it(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("precious\n")
    assert run(tmp_path, ">> kept.txt", "-o", "/dev/stdout").returncode == 0
    first, made = kept.read_text().splitlines()
    assert (first, len(made)) == ("precious", 81)
    assert run(tmp_path, "| cat", "-o", "/dev/stdout").stdout == f"{made}\n"


@pytest.mark.parametrize("option", ["", "-o /dev/full"])
def test_a_full_disk_is_no_bug(tmp_path: Path, option: str) -> None:
    ran = run(tmp_path, "" if option else "> /dev/full", *option.split())
    assert ran.returncode == 2
    assert re.match(r"error: (cannot write|/dev/full cannot be written)", ran.stderr)
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(("task", "drawn"), [("maze", "##"), ("sudoku", "------+-------+------")])
def test_boards_are_drawn_where_the_encoding_has_no_lines_or_blocks(
    tmp_path: Path, task: str, drawn: str
) -> None:
    example = "small" if task == "maze" else "hard"
    ran = subprocess.run(
        process("-m", "hrm", "check", task, example),
        env=environment(tmp_path) | {"PYTHONIOENCODING": "ascii"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert drawn in ran.stdout
    assert ran.stdout.isascii()
    assert "?" not in ran.stdout


def test_closed_streams_are_no_bug(tmp_path: Path) -> None:
    ran = run(tmp_path, ">&-", "-o", "made.txt")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert run(tmp_path, ">&-").returncode == 0
    assert run(tmp_path, ">&- 2>&-", "--level", "none").returncode == 2
    command = process("-m", "hrm", "check", "sudoku", "-")
    shell = ["sh", "-c", '"$@" <&-', "sh", *command]
    ran = subprocess.run(
        shell, env=environment(tmp_path), check=False, capture_output=True, text=True
    )
    assert ran.returncode == 3
    assert "standard input is closed" in ran.stderr


def test_nothing_unfinished_stays_after_sigterm(tmp_path: Path) -> None:
    many = process(*GENERATE, "--level", "extreme", "--count", "100000", "-o", "made.txt")
    with subprocess.Popen(many, env=environment(tmp_path), cwd=tmp_path) as running:
        end = time.monotonic() + 60
        while not list(tmp_path.glob(".made.txt.*")) and time.monotonic() < end:
            time.sleep(0.02)
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 143
    assert not list(tmp_path.glob("*made*"))


def test_nothing_unfinished_stays_where_the_exception_of_sigterm_is_lost(tmp_path: Path) -> None:
    script = """
import contextlib, time, pathlib
from hrm.cli.boundary import _terminated
from hrm.files import written_whole
with written_whole(pathlib.Path("made.txt")):
    with contextlib.suppress(SystemExit):
        _terminated(15, None)
    time.sleep(60)
"""
    ran = subprocess.run(
        process("-c", script), env=environment(tmp_path), cwd=tmp_path, check=False, timeout=50
    )
    assert ran.returncode == 143
    assert not list(tmp_path.glob("*made*"))


def test_a_link_is_followed_to_the_file_that_it_means(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    link.symlink_to(real)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    write_atomically(Path(os.devnull), b"gone")
    assert not Path(os.devnull).is_file()


def test_an_old_trace_stays_until_there_is_a_model(shell: Shell, script: Script) -> None:
    Path("t.jsonl").write_text("old")
    ran = shell("solve", "sudoku", SUDOKU, "--trace", "t.jsonl", "--output", "./t.jsonl")
    assert ran.code == 2
    assert "is named twice" in ran.err
    assert Path("t.jsonl").read_text() == "old"
    assert shell("solve", "sudoku", SUDOKU, "--trace", "t.jsonl").code == 0
    assert Path("t.jsonl").read_text().startswith('{"schema"')


def test_a_model_that_is_missing_costs_no_trace(shell: Shell) -> None:
    Path("t.jsonl").write_text("old")
    assert shell("solve", "sudoku", SUDOKU, "--trace", "t.jsonl", "--model", "nope").code == 4
    assert Path("t.jsonl").read_text() == "old"
