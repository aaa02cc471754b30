"""Five megabytes of anything: each reader takes at most about a second of CPU time and 200 MB for
it, and either reads it or says what is wrong.

Among the texts are those that make a careless pattern look through the rest of a text again from
each of its characters: comments, tags and strings that are begun and never ended.
"""

from __future__ import annotations

import json
import os
import random
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import cycle, islice
from pathlib import Path

import pytest
from scripted import SUDOKU

from hrm.errors import UserError
from hrm.puzzle_files import read_puzzles, read_rules
from hrm.solving.recording import read_recording
from hrm.training.run import read_config
from hrm.training.standing import standing
from puzzles import domain
from puzzles.errors import PuzzleError

BYTES = 5_000_000
SECONDS, MEGABYTES = 3.0, 200
"""CPU seconds on a machine whose cores are shared count double, and more."""

_LEAST = 8.0
"""Seconds of CPU time after which a reader is stopped."""

ROWS = [SUDOKU[at : at + 9] for at in range(0, 81, 9)]
NUMBERS = [[int(c.replace(".", "0")) for c in row] for row in ROWS]
MAZE = "#########\n#S#     #\n# # ### #\n#   # #G#\n#########\n"
PAIR = {"input": [[1, 2], [0, 1]], "output": [[2, 1], [1, 0]]}
TASK = json.dumps({"train": [PAIR], "test": [PAIR]})
BOX = "5 3 . | . 7 . | . . .\n6 . . | 1 9 5 | . . .\n. 9 8 | . . . | . 6 .\n------+-------+------\n"
EVENT = f'{{"schema":1,"event":"segment","puzzle":0,"number":1,"limit":16,"answer":{NUMBERS}}}\n'


def drawn(alphabet: str, line: int) -> str:
    """Of these characters at random, in lines of so many, or in one for 0."""
    text = "".join(random.Random(1).choices(alphabet, k=BYTES))
    return "\n".join(text[at : at + line] for at in range(0, BYTES, line)) if line else text


def again(begin: str, part: str, end: str = "") -> str:
    return begin + part * ((BYTES - len(begin) - len(end)) // len(part)) + end


PARTS = {
    "Sudokus, one a line": ("", SUDOKU + "\n", ""),
    "Sudokus in rows": ("", "\n".join(ROWS) + "\n\n", ""),
    "Sudokus in boxes": ("", BOX, ""),
    "Sudokus in CSV": ("puzzle,solution\n", f"{SUDOKU},\n", ""),
    "Sudokus in JSON": ("[", json.dumps(NUMBERS) + ",", json.dumps(NUMBERS) + "]"),
    "Sudokus as strings": ("[", f'"{SUDOKU}",', f'"{SUDOKU}"]'),
    "Sudokus in objects": ("", json.dumps({"puzzle": SUDOKU}) + "\n", ""),
    "Sudokus in sentences": ("", "Here is one:\n" + "\n".join(ROWS) + "\nCan you solve it?\n", ""),
    "Sudokus in fences": ("", "```\n" + "\n".join(ROWS) + "\n```\n", ""),
    "Sudokus in mails": ("", "> " + "\n> ".join(ROWS) + "\n", ""),
    "links": ("", f"https://www.sudokuwiki.org/sudoku.htm?bd={SUDOKU.replace('.', '0')}\n", ""),
    "rows of a table": ("", "| 5 | 3 |   |   | 7 |   |   |   |   |\n", ""),
    "a table of HTML": ("<table>", "<tr>" + "<td>5</td>" * 9 + "</tr>\n", "</table>"),
    "XML": ("<opensudoku>", f'<game data="{SUDOKU}" />\n', "</opensudoku>"),
    "candidates": ("", "| 12   3    4    | 5 67 8 | 9 1 23 |\n", ""),
    "mazes": ("", MAZE + "\n", ""),
    "mazes in JSON": ("[", json.dumps(MAZE.split()) + ",", json.dumps(MAZE.split()) + "]"),
    "a tall maze": ("", "#   #   #\n", ""),
    "a wide maze": ("#", " " * 1_000, "#\n"),
    "a maze of lines": ("", "+--+--+--+\n|  |     |\n", ""),
    "a map": ("type octile\nheight 9\nwidth 9\nmap\n", "@@@...@@@\n", ""),
    "ARC tasks": ("[", TASK + ",", TASK + "]"),
    "ARC tasks, one a line": ("", TASK + "\n", ""),
    "events": ("", EVENT, ""),
    "groups of rules": ("size = 9\n", '[[groups]]\nname = "a"\ncells = ["r1c1", "r2c2"]\n', ""),
    "names of rules": ("size = 9\nrules = [", '"x",', "]\n"),
    "lists": ("[", "[", ""),
    "deep lists": ("", "[", "]" * (BYTES // 2)),
    "deep objects": ("", '{"a":', ""),
    "a string": ('"', "a", '"'),
    "a number": ("[", "9", "]"),
    "escaped quotes": ('["', '\\"', ""),
    "an escaped string": ('"\\n', '\\"', ""),
    "words and dashes": ("[", "a-", ""),
    "comments without an end": ("[", "/*", ""),
    "comments of HTML": ("<b></b>", "<!--", ""),
    "heads of HTML": ("<b></b>", "<head ", ""),
    "scripts": ("<b></b>", "<script>", ""),
    "cells without an end": ("</td><td>", " ", "x"),
    "tables of a wiki": ("", "{|\n", ""),
    "long numbers in a call": ("int(", "1", ""),
    "values without an end": ("<values>", " ", ""),
    "quotes of three": ("", '"""\n', ""),
    "tags": ("", "[b]", ""),
    "entities": ("", "&#", ""),
    "patches": ("@@ -1 @@\n", "-1\n", ""),
    "labels and blanks": ("1", " ", "x"),
    "groups without cells": ("group a", " ", ""),
    "saved games": ("SAVEFILE\n", "PARAMS :1:x\n", ""),
    "matrices": ("", "matrix(c(", ""),
    "percent": ("", "%5B", ""),
    "colours": ("", "\x1b[41m ", ""),
    "strings begun": ("", 'x = "\n' + "\n".join(ROWS) + "\n", ""),
    "calls begun": ("", '(solve "', ""),
    "logs": ("", "INFO:root:" + "5 3 . . 7 . . . .\n", ""),
    "frames side by side": ("", "+-------+-------+  +-------+-------+\n", ""),
    "rulers and blanks": ("", "-" * 10 + " " * 80 + "\n", ""),
    "stars": ("[", "*a", ""),
    "a chat of tasks": ("[", json.dumps({"content": TASK}) + ",", "1]"),
    "lines of a notebook": ('{"cells":[', '{"source":["train, test\\n","{input"]},', "1]}"),
    **{f"only {mark!a}": ("", mark, "") for mark in " \n\t.01#,;|<>&=-_'\"`\\*{+█5٣"},
}
RANDOM: dict[str, tuple[str, int]] = {
    "digits": ("0123456789", 0),
    "digits and blanks": ("0123456789.", 81),
    "rows of digits": ("0123456789.", 9),
    "ASCII": ("".join(map(chr, range(32, 127))), 0),
    "lines of ASCII": ("".join(map(chr, range(32, 127))), 40),
    "marks of lists": ("[]{}(),:'\"5\n", 0),
    "marks of mazes": ("# SG", 30),
    "marks of markup": ("<>/&;!-tdr \n", 0),
}
BINARY: dict[str, Callable[[], bytes]] = {
    "bytes": lambda: random.Random(2).randbytes(BYTES),
    "zeros": lambda: bytes(BYTES),
    "UTF-16": lambda: b"\xff\xfe" + again("", SUDOKU + "\n")[: BYTES // 2 - 2].encode("utf-16-le"),
    "other letters": lambda: bytes(islice(cycle(range(160, 256)), BYTES)),
}


def content(name: str) -> bytes:
    if name in BINARY:
        return BINARY[name]()
    text = drawn(*RANDOM[name]) if name in RANDOM else again(*PARTS[name])
    return text.encode()[:BYTES]


def config_of(path: Path) -> None:
    (path.parent / "config.json").write_bytes(path.read_bytes())
    read_config(path.parent)


def run_of(path: Path) -> None:
    for name in ("config.json", "log.jsonl", "metrics.jsonl"):
        (path.parent / name).write_bytes(path.read_bytes())
    standing(path.parent)


def puzzles_of(task: str) -> Callable[[Path], object]:
    return lambda path: read_puzzles(domain(task), str(path))


READERS: dict[str, Callable[[Path], object]] = {
    **{task: puzzles_of(task) for task in ("sudoku", "maze", "arc")},
    "rules": lambda path: read_rules(domain("sudoku"), str(path)),
    "trace": read_recording,
    "configuration": config_of,
    "run": run_of,
}


def status(name: str) -> float:
    """Megabytes of this process's memory."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1_000


def costs(read: Callable[[Path], object], path: Path) -> tuple[float, float]:
    """CPU seconds and megabytes, of a process of its own; raises if it does anything else than to
    read the file or to refuse it."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (int(_LEAST), int(_LEAST) + 1))
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # its peak begins here
            before, began = status("VmRSS"), time.process_time()
            with suppress(UserError, PuzzleError):
                read(path)
            spent = time.process_time() - began
            os.write(into, json.dumps([spent, status("VmHWM") - before]).encode())
        finally:
            os._exit(0)
    os.close(into)
    with open(out, "rb") as stream:
        result = stream.read()
    os.waitpid(child, 0)
    assert result, "stopped, or ended by another exception"
    seconds, megabytes = json.loads(result)
    return seconds, megabytes


@pytest.mark.slow
@pytest.mark.parametrize("name", [*PARTS, *RANDOM, *BINARY])
@pytest.mark.parametrize("reader", READERS)
def test_a_reader_takes_a_second_at_most(name: str, reader: str, tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_bytes(content(name)[:1_000])
    with suppress(UserError, PuzzleError):  # what is imported only once does not count
        READERS[reader](path)
    path.write_bytes(content(name))
    spent, used = costs(READERS[reader], path)
    assert spent <= SECONDS, f"{spent:.2f} s"
    assert used <= MEGABYTES, f"{used:.0f} MB"
