"""The curve of a training run: what is drawn where, from records that anyone may have written."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Shell

from hrm.errors import UserError
from hrm.movie.curve import HEIGHT, WIDTH, Learning, draw_learning, read_learning
from hrm.movie.frames import THEMES, theme

SVG = "{http://www.w3.org/2000/svg}"
STEP = {
    "kind": "step",
    "loss": 1.0,
    "cells": 0.5,
    "segments": 2.0,
    "halting": 1.0,
    "examples": 64,
    "rows_per_second": 70.0,
    "progress": 0.5,
    "rate": 1.0,
}
MEASURED = {"kind": "evaluation", "loss": 1.0, "cells": 0.9, "segments": 16.0, "seconds": 9.0}


def run_of(folder: Path, *, task: str = "sudoku") -> Path:
    """100 steps in 200 seconds, measured after 50 and 100 of them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        STEP | {"step": step, "exact": step / 200, "seconds": 2.0 * step}
        for step in range(10, 101, 10)
    ]
    lines.insert(5, MEASURED | {"step": 50, "solved": 25, "count": 100})
    lines.append(MEASURED | {"step": 100, "solved": 96, "count": 100})
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "metrics.jsonl").write_text(f"no record\n{text}{{", encoding="utf-8")
    (folder / "config.json").write_text(json.dumps({"task": task}), encoding="utf-8")
    return folder


def test_what_was_measured_stands_at_the_time_of_its_step(tmp_path: Path) -> None:
    learning = read_learning(run_of(tmp_path))
    assert (learning.task, learning.count, learning.steps) == ("sudoku", 100, 100)
    assert learning.minutes == pytest.approx(200 / 60)
    assert learning.measured == [(pytest.approx(100 / 60), 0.25), (pytest.approx(200 / 60), 0.96)]
    assert len(learning.learned) == 10


@pytest.mark.parametrize("name", THEMES)
def test_the_picture_has_a_point_for_each_measurement(tmp_path: Path, name: str) -> None:
    text = draw_learning(read_learning(run_of(tmp_path)), theme(name))
    root = ElementTree.fromstring(text)
    assert len(root.findall(f"{SVG}circle")) == 1 + 2  # the legend's, and two that were measured
    said = [element.text for element in root.iter(f"{SVG}text")]
    assert {"sudoku: 100 steps in 3.3 min", "solved of 100 held-out puzzles", "96 %"} <= {*said}
    assert "<script" not in text


@given(
    st.floats(0, 1e5),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=20),
)
def test_nothing_is_drawn_outside_of_the_picture(
    minutes: float, points: list[tuple[float, float]]
) -> None:
    placed = [(minutes * part, share) for part, share in points]
    learning = Learning("sudoku", 10, 100, minutes, placed, placed or [(0.0, 0.0)])
    root = ElementTree.fromstring(draw_learning(learning, theme("dark")))
    for circle in root.findall(f"{SVG}circle"):
        assert 0 <= float(circle.attrib["cx"]) <= WIDTH
        assert 0 <= float(circle.attrib["cy"]) <= HEIGHT
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.attrib["x"]) <= WIDTH
        assert 0 < float(text.attrib["y"]) <= HEIGHT


def test_a_name_from_outside_is_text(tmp_path: Path) -> None:
    text = draw_learning(read_learning(run_of(tmp_path, task="</text><script>")), theme("dark"))
    assert "<script" not in text


def test_a_folder_without_a_record_says_what_to_give(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(UserError, match="no record of a training run"):
            read_learning(folder)


def test_the_command_draws_a_run(shell: Shell) -> None:
    run_of(Path("run"))
    ran = shell("record", "--run", "run", "--out", "curve.svg", "--theme", "light")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("curve.svg: a still, ")
    assert Path("curve.svg").read_text("utf-8").startswith("<svg")
    assert shell("record", "--run", "run", "--out", "curve.png").code == 2
    assert shell("record", "sudoku", "hard", "--run", "run", "--out", "curve.svg").code == 2
    assert not Path("curve.png").exists()
