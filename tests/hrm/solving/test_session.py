"""A session: one puzzle kept in a model's mind, so that more can be asked of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from tiny import MAZE, SUDOKU, Oracle, build, with_copies

from hrm.events import Finished, Segment, SolveEvent, Started, Update
from hrm.solving.policy import Policy
from hrm.solving.session import Session, solve
from puzzles import domain
from puzzles.sudoku.puzzle import Sudoku

DOMAIN = with_copies("sudoku")
(PUZZLE,) = DOMAIN.find("hard") or []
SINGLE = Policy(segments=3, attempts=0)


def segments(events: Iterable[SolveEvent]) -> list[Segment]:
    return [event for event in events if isinstance(event, Segment)]


def session(right_from: int = 99) -> Session:
    return Session(Oracle("sudoku", right_from=right_from).model(), DOMAIN, PUZZLE)


def test_thinking_on_is_the_same_as_having_thought_longer_at_once() -> None:
    model = build(replace(SUDOKU, high_cycles=2))
    longer = replace(SINGLE, segments=5)
    at_once = segments(solve(model, DOMAIN, PUZZLE, longer))
    kept = Session(model, DOMAIN, PUZZLE)
    in_two = [*segments(kept.start(SINGLE)), *segments(kept.think_on(longer))]
    assert [event.number for event in in_two] == [1, 2, 3, 4, 5]
    for left, right in zip(at_once, in_two, strict=True):
        np.testing.assert_array_equal(left.answer, right.answer)
        np.testing.assert_array_equal(left.changed, right.changed)
        assert (left.q_halt, left.low_residuals) == (right.q_halt, right.low_residuals)
    assert in_two[-1].limit == 5


def test_thinking_on_gives_no_second_start_and_a_new_end_with_all_seconds() -> None:
    kept = session(right_from=5)
    (*_, first) = kept.start(SINGLE)
    events = list(kept.think_on(replace(SINGLE, segments=9)))
    last = events[-1]
    assert isinstance(first, Finished)
    assert isinstance(last, Finished)
    assert not any(isinstance(event, Started) for event in events)
    assert (first.solved, last.solved, last.segments) == (False, True, 5)
    assert last.seconds > first.seconds


def test_a_limit_that_was_reached_before_is_refused() -> None:
    kept = session()
    with pytest.raises(ValueError, match="0 segments"):
        list(kept.think_on(SINGLE))
    list(kept.start(SINGLE))
    with pytest.raises(ValueError, match="3 segments"):
        list(kept.think_on(SINGLE))


def test_copies_are_tried_on_demand_after_a_single_pass() -> None:
    givens = PUZZLE.givens
    blind = Oracle("sudoku", blind=lambda board: tuple(board.ravel() - 1) == givens)
    kept = Session(blind.model(), DOMAIN, PUZZLE)
    with pytest.raises(ValueError, match="not ended"):
        list(kept.try_again(SINGLE))
    (*_, single) = kept.start(SINGLE)
    (*shown, end) = kept.try_again(replace(SINGLE, attempts=4))
    assert isinstance(single, Finished)
    assert isinstance(end, Finished)
    assert (single.solved, end.solved) == (False, True)
    assert (end.found, end.attempts) == ("symmetric copies", 4)
    assert all(isinstance(event, Segment) and event.attempt for event in shown)


def test_an_interrupted_pass_continues_where_it_stood() -> None:
    kept = session(right_from=3)
    events = kept.start(Policy(segments=16, attempts=0))
    assert isinstance(next(events), Started)
    next(events)
    events.close()  # type: ignore[attr-defined]
    rest = segments(kept.think_on(Policy(segments=16, attempts=0)))
    assert [event.number for event in rest] == [2, 3]


def test_updates_are_counted_by_cycle_and_step() -> None:
    updates: list[Update] = []
    model = build(replace(SUDOKU, high_cycles=2, low_cycles=3))
    kept = Session(model, DOMAIN, PUZZLE, report=updates.append)
    list(kept.start(Policy(segments=1, attempts=0)))
    cycles = [(update.level, update.cycle, update.step) for update in updates]
    steps = [("low", 1), ("low", 2), ("low", 3), ("high", 3)]
    assert cycles == [(level, cycle, step) for cycle in (1, 2) for level, step in steps]
    assert {(update.cycles, update.steps) for update in updates} == {(2, 3)}


def test_a_report_that_raises_leaves_the_state_of_the_segment_before() -> None:
    model = build(SUDOKU)
    fine = segments(solve(model, DOMAIN, PUZZLE, SINGLE))
    calls = iter(range(100))

    def interrupt(_: Update) -> None:
        if next(calls) == 3:  # in the middle of segment 2
            raise KeyboardInterrupt

    kept = Session(model, DOMAIN, PUZZLE, report=interrupt)
    with pytest.raises(KeyboardInterrupt):
        list(kept.start(SINGLE))
    rest = segments(kept.think_on(SINGLE))
    assert [event.number for event in rest] == [2, 3]
    for left, right in zip(fine[1:], rest, strict=True):
        np.testing.assert_array_equal(left.answer, right.answer)
        assert left.q_halt == right.q_halt


@pytest.mark.parametrize("task", ["sudoku", "maze"])
def test_alternatives_begin_with_the_answer_and_its_confidence(task: str) -> None:
    kind = domain(task)
    (puzzle, *_) = kind.find(kind.default_example) or []
    model = build(SUDOKU if task == "sudoku" else MAZE)
    (shown,) = segments(solve(model, kind, puzzle, Policy(segments=1, attempts=0)))
    others = shown.alternatives
    assert others is not None
    assert shown.confidence is not None
    assert others.tokens.shape == (3, *shown.answer.shape)
    np.testing.assert_array_equal(others.probabilities[0], shown.confidence)
    np.testing.assert_array_equal(kind.decode(others.tokens[0], puzzle, "native"), shown.answer)
    assert (np.diff(others.probabilities, axis=0) <= 0).all()
    assert (others.probabilities.sum(0) <= 1 + 1e-5).all()


def test_copies_have_no_alternatives() -> None:
    model = build(SUDOKU)
    events = segments(solve(model, DOMAIN, Sudoku(PUZZLE.givens), Policy(segments=1, attempts=2)))
    assert [event.alternatives is None for event in events] == [False, *[True] * (len(events) - 1)]
    assert len(events) > 1


def test_beliefs_change_nothing_else_and_end_with_the_answer() -> None:
    model = build(replace(SUDOKU, high_cycles=2))
    plain = segments(Session(model, DOMAIN, PUZZLE).start(SINGLE))
    shown = segments(Session(model, DOMAIN, PUZZLE, beliefs=True).start(SINGLE))
    for left, right in zip(plain, shown, strict=True):
        assert left.beliefs is None
        assert right.beliefs is not None
        assert right.beliefs.shape == (2, 9, 9, 11)
        assert (left.q_halt, left.high_residuals) == (right.q_halt, right.high_residuals)
        np.testing.assert_array_equal(left.answer, right.answer)
        assert right.confidence is not None
        likeliest = right.beliefs[-1].max(-1)
        np.testing.assert_allclose(likeliest / 255, right.confidence, atol=0.002)
