"""Recordings: a trace's puzzles and events, or a sentence that says why it is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scripted import MAZE, SUDOKU, segment
from scripted_engine import ScriptedEngine

from hrm.errors import PuzzleFileError
from hrm.events import SolveEvent, Started
from hrm.solving.policy import Policy
from hrm.solving.recording import read_recording
from hrm.solving.trace import to_json
from puzzles import domain


def events(task: str = "sudoku") -> list[SolveEvent]:
    (puzzle,) = domain(task).parse(SUDOKU if task == "sudoku" else MAZE)
    return list(ScriptedEngine().solve(task, puzzle, Policy(segments=4, attempts=0)))


def saved(folder: Path, *trace: SolveEvent) -> Path:
    path = folder / "trace.jsonl"
    path.write_text("".join(to_json(event) + "\n" for event in trace), encoding="utf-8")
    return path


@pytest.mark.parametrize("task", ["sudoku", "maze"])
def test_a_trace_reads_back_as_puzzle_and_events(tmp_path: Path, task: str) -> None:
    trace = events(task)
    second = [replace(event, puzzle=1) for event in trace]
    recording = read_recording(saved(tmp_path, *trace, *second))
    assert recording.domain.name == task
    assert len(recording.puzzles) == 2
    assert [type(event) for event in recording.of(1)] == [type(event) for event in trace]
    assert {event.puzzle for event in recording.of(1)} == {1}


def test_what_is_no_trace_is_refused(tmp_path: Path) -> None:
    start, first, *_ = events()
    assert isinstance(start, Started)
    broken: list[tuple[list[SolveEvent], str]] = [
        ([], "no events"),
        ([first], "not of one kind"),
        ([start, events("maze")[0]], "not of one kind"),
        ([replace(start, domain="chess")], "not of one kind"),
        ([replace(start, text="x")], "bad puzzle"),
        ([replace(start, puzzle=3)], "from 0"),
        ([start, replace(first, puzzle=1)], "does not fit"),
        ([start, segment(1, np.ones((2, 2), np.uint8))], "does not fit"),
    ]
    for trace, words in broken:
        with pytest.raises(PuzzleFileError, match=words):
            read_recording(saved(tmp_path, *trace))


@pytest.mark.parametrize(("task", "most"), [("sudoku", 25), ("maze", 9), ("arc", 9)])
def test_an_answer_has_no_symbols_beyond_those_of_its_kind(
    tmp_path: Path, task: str, most: int
) -> None:
    kind = domain(task)
    puzzle = (kind.find(kind.default_example) or [])[0]
    start = replace(events()[0], domain=task, text=kind.format(puzzle))
    for symbol in (most, most + 1):
        answer = np.full(kind.encode(puzzle, "native").shape, symbol, np.uint8)
        path = saved(tmp_path, start, segment(1, answer))
        if symbol == most:
            assert kind.render(puzzle, read_recording(path).of(0)[1].answer).rows
            continue
        with pytest.raises(PuzzleFileError, match="does not fit"):
            read_recording(path)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(PuzzleFileError, match=r"cannot read .*: No such file"):
        read_recording(tmp_path / "missing.jsonl")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PuzzleFileError, match="it is not text"):
        read_recording(tmp_path / "binary")
