"""`hrm record`: a live solve or a trace as every format there is; bad input says what to do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from scripted import MAZE, SUDOKU, Script, Shell


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    script = Script()
    monkeypatch.setattr("hrm.cli.record.open_solver", script.open)
    return script


def test_one_solve_gives_every_format(shell: Shell, script: Script) -> None:
    outs = [part for name in ("t.svg", "t.gif", "t.png", "t.cast") for part in ("--out", name)]
    ran = shell("record", "sudoku", SUDOKU, *outs)
    assert (ran.code, ran.out) == (0, "")
    assert len(script.settings) == 1
    assert script.settings[0].beliefs
    lines = ran.err.splitlines()
    assert lines[0].startswith("t.svg: 4 frames, ")
    assert lines[2].startswith("t.png: a still, ")
    title = ElementTree.parse("t.svg").getroot().find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == "sudoku · line 1 · scripted"
    assert Image.open("t.gif").n_frames == 4  # type: ignore[attr-defined]
    assert Image.open("t.png").format == "PNG"
    header = json.loads(Path("t.cast").read_text("utf-8").splitlines()[0])
    assert header["version"] == 2


@pytest.mark.parametrize(("task", "text"), [("sudoku", SUDOKU), ("maze", MAZE)])
def test_a_trace_gives_the_same_picture_as_the_solve(
    shell: Shell, script: Script, monkeypatch: pytest.MonkeyPatch, task: str, text: str
) -> None:
    monkeypatch.setattr("hrm.cli.solve.open_solver", script.open)
    shell("solve", task, "-", "--trace", "t.jsonl", stdin=text.encode())
    assert shell("record", "--trace", "t.jsonl", "-o", "trace.svg").code == 0
    assert shell("record", task, "-", "-o", "live.svg", stdin=text.encode()).code == 0
    assert Path("trace.svg").read_bytes() == Path("live.svg").read_bytes()


def test_size_pace_and_theme_are_options(shell: Shell, script: Script) -> None:
    shell("record", "maze", "-", "-o", "one.cast", stdin=MAZE.encode())
    shell("record", "maze", "-", "-o", "two.cast", "--screen", "60x20", stdin=MAZE.encode())
    shell("record", "maze", "-", "-o", "three.cast", "--speed", "15", stdin=MAZE.encode())
    shell("record", "maze", "-", "-o", "light.svg", "--theme", "light", stdin=MAZE.encode())

    def read(name: str) -> list[object]:
        return [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]

    (one, *_, last), (two, *_), (*_, fast) = map(read, ("one.cast", "two.cast", "three.cast"))
    assert one["height"] > two["height"]  # type: ignore[index]
    assert two["height"] <= 22  # type: ignore[index]
    assert fast[0] == pytest.approx(last[0] / 10, abs=0.01)  # type: ignore[index]
    assert '"#fbfaf7"' in Path("light.svg").read_text("utf-8")


def test_the_first_of_several_puzzles_is_recorded_and_it_says_so(
    shell: Shell, script: Script
) -> None:
    ran = shell("record", "sudoku", "-", "-o", "t.svg", stdin=f"{SUDOKU}\n{SUDOKU}\n".encode())
    assert ran.code == 0
    assert "note: of 2 puzzles the first is recorded" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sudoku", SUDOKU, "-o", "t.webm"), "does not end in .svg, .gif, .png or .cast"),
        (("-o", "t.svg"), "there is nothing to record"),
        (("sudoku", "-o", "t.svg"), "there is nothing to record"),
        (("sudoku", "--trace", "t.jsonl", "-o", "t.svg"), "--trace brings its own puzzle"),
        (("sudoku", SUDOKU, "-o", "t.svg", "-o", "t.svg"), "is named twice"),
        (("sudoku", SUDOKU, "-o", "t.svg", "--at", "2"), "--at is for a PNG"),
        (("sudoku", SUDOKU, "-o", "t.svg", "--screen", "80"), "is not a size such as 80x38"),
        (("sudoku", SUDOKU, "-o", "t.svg", "--screen", "8x38"), "8 columns are not between 40 and"),
        (("sudoku", SUDOKU, "-o", "t.svg", "--theme", "blue"), "'blue' is not dark or light"),
        (("sudoku", SUDOKU), "--out"),
    ],
)
def test_what_cannot_be_recorded_is_reported_and_nothing_is_written(
    shell: Shell, script: Script, arguments: tuple[str, ...], words: str
) -> None:
    ran = shell("record", *arguments)
    assert ran.code == 2
    assert words in ran.err
    assert len(ran.err.splitlines()) <= 2
    assert not script.settings
    assert not list(Path.cwd().glob("t.*"))


def test_without_pillow_only_the_formats_that_need_it_are_refused(
    shell: Shell, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    ran = shell("record", "sudoku", SUDOKU, "-o", "t.gif")
    assert ran.code == 2
    assert "pip install 'hrm-tui[images]'" in ran.err
    assert shell("record", "sudoku", SUDOKU, "-o", "t.svg").code == 0
