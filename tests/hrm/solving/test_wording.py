"""The sentences about a segment: how sure the model is, and why it continues or stops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import MAZE, SUDOKU, finished, segment

from hrm.solving.segments import SegmentView, fillable
from hrm.solving.wording import (
    LEAST_SURE,
    MOST_SURE,
    brief,
    caption,
    chance,
    decision,
    halting_scale,
    sentence,
    verdict,
)
from puzzles import domain

ANSWER = np.ones((9, 9), np.uint8)
FINISHED = replace(finished(ANSWER), seconds=0.41)
BEFORE = replace(segment(2, ANSWER), violations=7, unsure=39)


def test_a_segment_says_how_sure_the_model_is_and_why_it_continues() -> None:
    said = (
        "7 rules broken, 39 cells unsure: the network sees a chance of 27 % that it is right, "
        "so it continues."
    )
    assert sentence(BEFORE) == said
    short = "7 rules broken, 39 cells unsure, chance to be right 27 %: continues"
    assert brief(BEFORE) == short
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
    holds = "Every rule holds. The network is 93 % sure that it is right, so it stops."
    assert sentence(sure) == holds
    doubtful = replace(sure, q_halt=-2.0, q_continue=2.0)  # the rules confirmed the answer
    assert sentence(doubtful) == "Every rule holds, so it stops."
    last = replace(BEFORE, number=16, stops=True)
    limit = "39 cells unsure: the network stops at the limit of 16 segments."
    assert sentence(last).endswith(limit)
    free = replace(BEFORE, violations=None, broken=(), stops=True, q_continue=-2.0)
    assert decision(free) == (
        "The network sees a chance of 27 % that it is right and expects no better, so it stops."
    )


def test_a_network_that_would_stop_says_what_keeps_it() -> None:
    wants = replace(BEFORE, q_halt=2.0, q_continue=-2.0)
    kept = "The network is 88 % sure, but a rule is broken, so it continues."
    assert decision(wants) == kept
    free = replace(wants, violations=None, broken=())
    assert decision(free).endswith("sure that it is right, but it may not stop yet.")
    hopes = replace(free, q_halt=1.0, q_continue=1.5)
    assert decision(hopes).endswith("is right but expects better, so it continues.")


@given(q=st.integers(-600, 600).map(lambda tenths: tenths / 10))
def test_every_chance_fits_a_line_and_the_halting_scale_follows_the_logit(q: float) -> None:
    here = replace(BEFORE, q_halt=q, q_continue=-q, violations=99, unsure=99)
    assert len(chance(here)) <= 14
    assert len(brief(here)) <= 81
    more = replace(here, q_halt=q + 1, q_continue=-q - 1)
    low, high = halting_scale(here), halting_scale(more)
    assert 0 <= low <= high <= 1
    assert (low > 0.5) == (q > 0)
    assert high - low > 0.02 or q < LEAST_SURE or q + 1 > MOST_SURE


def test_a_chance_below_the_threshold_of_the_model_is_not_enough() -> None:
    """Its halting logits count from the threshold, so that they do not say the chance."""
    here = replace(BEFORE, q_halt=-1.8, q_continue=1.8, chance=0.9)
    assert decision(here) == "The network is only 90 % sure that it is right, so it continues."
    assert halting_scale(here) < 0.5
    assert chance(here) == "90 %"


def test_small_chances_are_shown_as_one_in_so_many() -> None:
    chances = {-15.2: "1 in 1,000,000", -11.3: "1 in 81,000", -6.72: "1 in 830", -4.0: "2 %"}
    chances |= {0.45: "61 %", 3.96: "98 %", 9.0: "more than 99 %"}
    for logit, said in chances.items():
        assert chance(replace(BEFORE, q_halt=logit)) == said
    seen = "The network sees 1 chance in 830 that it is right, so it continues."
    assert decision(replace(BEFORE, q_halt=-6.72, q_continue=6.72)) == seen
    never = replace(BEFORE, q_halt=-800.0, q_continue=800.0)
    assert "sees under 1 chance in a million that it is right" in decision(never)


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
    doubt = "saw a chance of 27 % that this is right and expected no better, so it stopped."
    assert verdict(FINISHED, doubtful).endswith(doubt)
    assert verdict(FINISHED, None).endswith("The network was sure enough, so it stopped.")
    voted = verdict(replace(FINISHED, found="vote", attempts=8), last)
    assert voted.endswith("by vote over 8 copies. It equals the known answer.")
    for end in (FINISHED, replace(FINISHED, reason="limit"), replace(FINISHED, reason="verified")):
        assert not {"halt", "continue"} & set(verdict(end, last).split())
