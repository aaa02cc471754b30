"""Playback: where a viewer stands while events arrive."""

from __future__ import annotations

import numpy as np
import pytest
from scripted import finished, segment

from hrm.events import Adapted, SolveEvent, Started
from hrm_tui.solve.playback import SPEEDS, Playback

ANSWER = np.ones((2, 2), dtype=np.uint8)
STARTED = Started(domain="sudoku", model="m", text="", name="", limit=16, attempts=0)
FINISHED = finished(ANSWER)


@pytest.fixture
def whole() -> Playback:
    """Three segments and their end."""
    playback = Playback()
    events: list[SolveEvent] = [segment(number, ANSWER) for number in (1, 2, 3)]
    for event in (STARTED, *events, FINISHED):
        playback.add(event)
    return playback


def test_it_waits_for_events_and_follows_them() -> None:
    playback = Playback(playing=True)
    assert not playback.tick()
    playback.add(STARTED)
    assert not playback.tick()
    playback.add(segment(1, ANSWER))
    assert playback.tick()
    assert not playback.tick()
    assert (playback.position, playback.playing) == (1, True)


def test_it_pauses_at_the_end_and_plays_again_from_the_beginning(whole: Playback) -> None:
    whole.toggle()
    while whole.tick():
        assert not whole.playing or not whole.at_end
    assert (whole.position, whole.at_end, whole.playing) == (4, True, False)
    whole.toggle()
    assert (whole.position, whole.playing) == (0, True)


@pytest.mark.parametrize(("asked", "shown"), [(-1, 0), (2, 2), (99, 4)])
def test_going_stays_within_the_frames_and_pauses(whole: Playback, asked: int, shown: int) -> None:
    whole.playing = True
    whole.go(asked)
    assert (whole.position, whole.playing) == (shown, False)


def test_each_frame_has_its_segment_and_the_end_the_last_one(whole: Playback) -> None:
    numbers = []
    for position in range(5):
        whole.go(position)
        numbers.append(whole.segment.number if whole.segment else None)
    assert numbers == [None, 1, 2, 3, 3]


def test_thinking_on_drops_the_end_and_leaves_it_out_of_the_trace(whole: Playback) -> None:
    whole.go(4)
    whole.reopen()
    assert (whole.position, whole.at_end, whole.last) == (3, False, 3)
    whole.add(segment(4, ANSWER))
    whole.add(FINISHED)
    kinds = [type(event).__name__ for event in whole.events]
    assert kinds == ["Started", *["Segment"] * 4, "Finished"]


def test_adapting_is_kept_for_the_trace_but_is_no_frame() -> None:
    playback = Playback()
    adapted = Adapted(step=1, loss=0.5, reproduced=0, demonstrations=2, seconds=1.0, budget=60.0)
    playback.add(adapted)
    assert (playback.last, playback.events) == (0, [adapted])


def test_clearing_keeps_the_speed_which_ends_at_both_ends(whole: Playback) -> None:
    for _ in range(9):
        whole.change_speed(1)
    assert whole.speed == SPEEDS[-1]
    whole.clear()
    assert (whole.speed, whole.last, whole.events) == (SPEEDS[-1], 0, [])
    for _ in range(9):
        whole.change_speed(-1)
    assert whole.speed == SPEEDS[0]


def adapted(step: int) -> Adapted:
    return Adapted(step=step, loss=1.0, reproduced=0, demonstrations=3, seconds=step, budget=60.0)


def looks(playback: Playback) -> list[int]:
    """The steps of the look that is shown, before and after each tick until it stands still."""
    seen = [playback.learned.step if playback.learned else 0]
    while playback.tick():
        seen.append(playback.learned.step if playback.learned else 0)
    return seen


def test_what_was_learned_is_stepped_through_like_frames() -> None:
    playback = Playback(playing=True)
    for step in (1, 2, 3):
        playback.add(adapted(step))
        assert playback.learned is playback.adapted[-1]
    for expected in (2, 1, 1):
        playback.step(-1)
        assert playback.learned is not None
        assert (playback.learned.step, playback.playing) == (expected, False)
    playback.add(adapted(4))  # it learns on, and what is looked at stays
    assert playback.learned is playback.adapted[0]
    playback.step(1)
    assert playback.learned is playback.adapted[1]
    playback.toggle()
    assert playback.delay > 0.1
    assert looks(playback) == [2, 3, 4]
    playback.add(adapted(5))
    assert playback.learned is playback.adapted[-1]
    playback.add(segment(1, ANSWER))
    assert playback.tick()
    assert playback.learned is None
    playback.step(-1)
    assert playback.learned is playback.adapted[-1]
    playback.go(0)
    assert playback.learned is playback.adapted[0]


def test_a_replay_begins_with_the_first_look() -> None:
    playback = Playback()
    for event in (STARTED, adapted(1), adapted(2), adapted(3), segment(1, ANSWER), FINISHED):
        playback.add(event)
    playback.go(2)
    assert playback.at_end
    playback.toggle()
    assert looks(playback) == [1, 2, 3, 0, 0]
    assert playback.at_end
