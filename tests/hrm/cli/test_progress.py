"""A model that needs seconds for a segment shows how far it has come inside it."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from scripted import SUDOKU, SUDOKU_ANSWER, Shell, finished, segment

from hrm.cli.boards import Boards
from hrm.events import Update
from hrm.solving.wording import progress_inside
from puzzles import domain

GOLDEN = Path(__file__).parents[2] / "support" / "golden" / "official-sudoku"
LOW = Update(level="low", cycle=1, cycles=2, step=2, steps=4)
HIGH = Update(level="high", cycle=2, cycles=2, step=4, steps=4)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal of 80 columns receives."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=80, color_system=None, markup=False)
    monkeypatch.setattr("hrm.cli.output.data_console", lambda: console)
    return written


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every update counts as late."""
    monkeypatch.setattr("hrm.cli.boards.PATIENCE", -1.0)
    for module in ("hrm.solving.pacing", "hrm.cli.boards"):
        monkeypatch.setattr(f"{module}.frame_seconds", lambda *_: 0.0)


def boards(*, animate: bool = True) -> Boards:
    kind = domain("sudoku")
    return Boards(kind, kind.parse(SUDOKU), animate=animate, speed=1000, pause=lambda _: None)


def test_where_a_segment_stands() -> None:
    assert progress_inside(LOW, 3) == "segment 3: cycle 1 of 2, low step 2 of 4 …"
    assert progress_inside(HIGH, 3) == "segment 3: cycle 2 of 2, high level …"


@pytest.mark.usefixtures("impatient")
def test_progress_comes_below_the_board_before_it(screen: io.StringIO) -> None:
    viewer = boards()
    viewer.inside(LOW)
    assert "segment 1: cycle 1 of 2" in screen.getvalue()
    kind = domain("sudoku")
    [puzzle] = kind.parse(SUDOKU)
    viewer.show(segment(1, kind.read_answers(SUDOKU_ANSWER, [puzzle])[0]))
    screen.truncate(0)
    viewer.inside(HIGH)
    viewer.close()
    shown = screen.getvalue()
    assert shown.index("segment 1 of 16") < shown.index("segment 2: cycle 2 of 2, high level …")


def test_quick_segments_show_none(screen: io.StringIO) -> None:
    viewer = boards()
    viewer.inside(LOW)
    viewer.close()
    assert screen.getvalue() == ""


@pytest.mark.usefixtures("impatient")
def test_nothing_moves_without_animation(screen: io.StringIO) -> None:
    viewer = boards(animate=False)
    viewer.inside(LOW)
    viewer.close()
    assert screen.getvalue() == ""


@pytest.mark.usefixtures("impatient")
def test_a_solve_shows_it(shell: Shell, screen: io.StringIO) -> None:
    options = ("--segments", 2, "--attempts", 0, "--animate")
    assert shell("solve", "sudoku", SUDOKU, "--model", GOLDEN, *options).code == 1
    for words in ("segment 1: cycle 1 of 2, low step 1 of 2", "segment 2: cycle 2 of 2, high"):
        assert words in screen.getvalue()


@pytest.mark.usefixtures("impatient")
def test_an_animation_says_how_likely_the_answer_is_and_why_it_continues(
    screen: io.StringIO,
) -> None:
    viewer = boards()
    kind = domain("sudoku")
    [puzzle] = kind.parse(SUDOKU)
    answer = kind.read_answers(SUDOKU_ANSWER, [puzzle])[0]
    unsure = replace(segment(1, answer), q_halt=-6.72, q_continue=6.72, violations=27, unsure=49)
    for event in (unsure, segment(2, answer, stops=True), finished(answer)):
        viewer.show(event)
    viewer.close()
    shown = screen.getvalue()
    assert "27 rules broken · 49 cells unsure" in shown
    assert "The network sees 1 chance in 830 that it is right, so it continues." in shown
    assert "The network is 93 % sure that it is right, so it stops." in shown
    assert "halt 0." not in shown
    assert "…" not in shown


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_verdict_wraps_between_words_in_a_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = said(width, monkeypatch, terminal=True)
    lines = shown.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("Solved in"))
    assert max(map(len, lines[start:])) <= width
    assert len(lines[start:]) > 1
    assert " ".join(line.rstrip() for line in lines[start:]) == VERDICT


def test_a_verdict_is_one_line_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    assert VERDICT in said(40, monkeypatch, terminal=False).splitlines()


VERDICT = (
    "Solved in 3 segments, 0.10 s, single pass. Every rule holds. The network was 93 % sure of "
    "this answer, so it stopped."
)


def said(width: int, monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> str:
    """The result of a solve as `Boards` prints it."""
    kind = domain("sudoku")
    [puzzle] = kind.parse(SUDOKU)
    answer = kind.read_answers(SUDOKU_ANSWER, [puzzle])[0]
    written = io.StringIO()
    console = Console(
        file=written, force_terminal=terminal, width=width, color_system=None, markup=False
    )
    monkeypatch.setattr("hrm.cli.output.data_console", lambda: console)
    viewer = boards(animate=False)
    viewer.show(segment(3, answer, stops=True))
    viewer.show(finished(answer))
    viewer.close()
    return written.getvalue()
