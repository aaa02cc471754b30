"""`hrm demo` on a terminal of its own, with the bundled models."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import toy
from scripted import Shell
from terminal import Terminal

from hrm.cli.demo import _examples
from puzzles import domain, names, registered

ENTERED, LEFT, CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Terminal]]:
    """Terminals that are closed in the end."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def demo(tmp_path: Path, started: list[Terminal], *arguments: str, **environment: str) -> Terminal:
    command = [sys.executable, "-m", "hrm", "demo", "--threads", "1", *arguments]
    terminal = Terminal(command, tmp_path, **environment)
    started.append(terminal)
    return terminal


def restored(terminal: Terminal) -> bool:
    after = terminal.written.rpartition(ENTERED)[2]
    return LEFT in after and CURSOR in after and terminal.same_settings


def test_once_shows_a_solve_to_its_end_and_leaves_the_terminal_as_it_was(
    tmp_path: Path, started: list[Terminal]
) -> None:
    terminal = demo(tmp_path, started, "--task", "maze", "--once", "--speed", "100")
    assert terminal.end(240) == 0
    assert restored(terminal)
    for words in (
        "maze · tree · 30×30",
        "the puzzle",
        "segment 1 of 16, cycle 1 of 2",
        "Solved in",
    ):
        assert words in terminal.text
    assert "any key" not in terminal.text


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "xterm"}])
def test_it_continues_until_a_key_is_pressed(
    tmp_path: Path, started: list[Terminal], environment: dict[str, str]
) -> None:
    terminal = demo(tmp_path, started, "--task", "sudoku", "--speed", "200", **environment)
    terminal.wait_for(b"Solved in")
    assert "any key ends the demo" in terminal.text
    terminal.written = terminal.written[: terminal.written.index(b"Solved in")]
    terminal.wait_for(b"Solved in")  # a second time
    terminal.type(b"\x1b[A")
    assert terminal.end() == 0
    assert restored(terminal)


def test_what_is_no_terminal_is_refused(shell: Shell) -> None:
    ran = shell("demo")
    assert (ran.code, ran.out) == (2, "")
    assert "is not a terminal" in ran.err
    assert "hrm record" in ran.err


def test_every_task_with_examples_has_something_to_show() -> None:
    examples = list(_examples(names()))
    with_examples = {name for name in names() if domain(name).examples()}
    assert {example.kind.name for example in examples} == with_examples >= {"sudoku", "maze", "arc"}
    assert all(example.title.startswith(f"{example.kind.name} · ") for example in examples)
    assert next(example.kind.name for example in _examples(["maze", "sudoku", "maze"])) == "maze"
    assert len({id(example.puzzle) for example in examples}) == len(examples)


def test_a_task_without_examples_says_so(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm.cli.demo._require_room", lambda console: None)
    with registered(toy.LightsDomain()):
        ran = shell("demo", "--task", "lights")
    assert (ran.code, ran.out) == (2, "")
    assert "no bundled example of lights" in ran.err
