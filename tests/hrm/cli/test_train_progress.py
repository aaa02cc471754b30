"""What a terminal and a pipe show of a training while its held-out puzzles are measured."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from hrm.cli.train_progress import Lines, Panel, StepMeans
from hrm.training.events import Evaluated, Measuring, StepDone

STEP = StepDone(
    step=1200,
    loss=0.5,
    exact=0.25,
    cells=0.75,
    segments=3.0,
    halting=0.5,
    examples=9600,
    rows_per_second=80.0,
    progress=0.5,
    seconds=60.0,
    rate=1.0,
)
EVALUATED = Evaluated(
    step=1200, loss=0.5, solved=150, count=200, cells=0.9, segments=2.5, seconds=30.0
)


def drawn(panel: Panel) -> list[str]:
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(panel.__rich__())
    return [line.rstrip() for line in captured.get().splitlines()]


def test_while_puzzles_are_measured_the_panel_counts_them_in_place_of_the_time_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    panel = Panel(StepMeans("cpu"))
    panel(STEP)
    assert "80 segments/s" in drawn(panel)[-1]
    assert drawn(panel)[-1].endswith(" left")
    for done in (0, 120, 200):
        panel(Measuring(step=1200, done=done, count=200))
        assert drawn(panel)[-1] == f"step 1,200 · measuring {done} of 200 held-out puzzles"
    panel(EVALUATED)
    assert "measuring" not in drawn(panel)[-1]
    assert "held out: solved 150 of 200 (75.0%)" in capsys.readouterr().err
    assert all(len(line) < 80 for line in drawn(panel))


def test_the_next_step_ends_what_an_evaluation_without_a_result_said() -> None:
    panel = Panel(StepMeans("cpu"))
    panel(STEP)
    panel(Measuring(step=1200, done=7, count=200))
    panel(replace(STEP, step=1201))
    assert drawn(panel)[-1].startswith("step 1,201 · 80 segments/s")


def test_a_log_has_a_line_for_an_evaluation_and_none_for_its_progress(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = Lines(StepMeans("cpu"))
    for event in (STEP, Measuring(step=1200, done=7, count=200), EVALUATED):
        lines(event)
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("step 1,200 · 80 segments/s")
    assert second.startswith("step 1,200 · held out: solved 150 of 200")
