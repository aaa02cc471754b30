"""The sentences about a segment: how sure the model is, and why it continues or stops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scripted import MAZE, SUDOKU, finished, segment

from hrm.solving.segments import SegmentView, fillable
from hrm.solving.wording import caption, sentence, verdict
from puzzles import domain

ANSWER = np.ones((9, 9), np.uint8)
FINISHED = replace(finished(ANSWER), seconds=0.41)
BEFORE = replace(segment(2, ANSWER), violations=7, unsure=39)


def test_a_segment_says_how_sure_the_model_is_and_why_it_continues() -> None:
    said = "7 rules broken, 39 cells unsure: it is not sure yet, so it continues."
    assert sentence(BEFORE) == said
    unknown = replace(BEFORE, unsure=None)  # a copy, or a trace from before this was counted
    assert sentence(unknown).startswith("7 rules broken, 81 cells changed:")
    free = replace(BEFORE, violations=None, broken=(), unsure=1)
    assert sentence(free).startswith("1 cell unsure, 81 cells changed:")
    where = "segment 2 of 16, cycle 2 of 2"
    seen = replace(BEFORE, beliefs=np.zeros((2, 9, 9, 11), np.uint8))
    first = caption(seen, 2).splitlines()[0]
    assert first == f"{where} · 7 rules broken · 39 cells unsure · 81 changed"
    assert len(first) < 80


def test_a_segment_says_why_it_stops() -> None:
    sure = replace(segment(3, ANSWER, stops=True), violations=0, unsure=2)
    assert sentence(sure) == "Every rule holds, so it stops."
    last = replace(BEFORE, number=16, stops=True)
    assert sentence(last).endswith("39 cells unsure: it stops at the limit of 16 segments.")


@pytest.mark.parametrize(("task", "text"), [("sudoku", SUDOKU), ("maze", MAZE)])
def test_only_cells_that_a_model_fills_in_can_be_unsure(task: str, text: str) -> None:
    kind = domain(task)
    puzzle = kind.parse(text)[0]
    asked = fillable(kind, puzzle, "native")
    assert asked is not None
    walls = text.count("#")
    assert int(asked.sum()) == asked.size - walls - (2 if walls else 0)  # nor start and goal
    view = SegmentView(puzzle, 0)
    view.asked = asked
    assert view._unsure(np.full(asked.shape, 0.5, np.float32)) == int(asked.sum())
    assert view._unsure(np.full(asked.shape, 0.9, np.float32)) == 0
    assert view._unsure(None) is None


def test_of_answers_that_differ_in_size_every_cell_counts() -> None:
    kind = domain("arc")
    (puzzle, *_) = kind.find("mirror") or ()
    view = SegmentView(puzzle, 0)
    view.asked = fillable(kind, puzzle, "native")
    assert view._unsure(np.full((2, 3), 0.5, np.float32)) == 6


def test_the_end_says_in_plain_words_how_sure_the_network_was() -> None:
    last = segment(3, ANSWER, stops=True)
    assert verdict(FINISHED, last).endswith(
        "Every rule holds. The network was 93 % sure of this answer, so it stopped."
    )
    certain, doubtful = replace(last, q_halt=9.0), replace(last, q_halt=-1.0)
    assert "was more than 99 % sure of this answer, so" in verdict(FINISHED, certain)
    doubt = "was 27 % sure of this answer and expected less from going on, so it stopped."
    assert verdict(FINISHED, doubtful).endswith(doubt)
    assert verdict(FINISHED, None).endswith("The network was sure enough, so it stopped.")
    voted = verdict(replace(FINISHED, found="vote", attempts=8), last)
    assert voted.endswith("by vote over 8 copies. It equals the known answer.")
    for end in (FINISHED, replace(FINISHED, reason="limit"), replace(FINISHED, reason="verified")):
        assert not {"halt", "continue"} & set(verdict(end, last).split())
