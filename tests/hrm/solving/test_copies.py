"""What copies believe, about the puzzle as given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st

from hrm.events import Finished, Segment
from hrm.solving.copies import copies, undone
from hrm.solving.policy import Policy
from hrm.solving.session import Session
from hrm.solving.wording import verdict
from puzzles import domain
from puzzles.contract.tokens import Answer


@pytest.mark.parametrize(("name", "puzzle"), [("sudoku", "hard"), ("maze", "small")])
@given(seed=st.integers(0, 2**31))
def test_beliefs_are_moved_as_answers_are(name: str, puzzle: str, seed: int) -> None:
    kind = domain(name)
    [given] = kind.find(puzzle) or []
    [copy] = copies(kind, given, Policy(attempts=1, seed=seed), 0, "native")
    shape = kind.encode(copy.puzzle, "native").shape
    rng = np.random.default_rng(seed)
    tokens = rng.integers(0, kind.spec.size, shape).astype(np.uint8)
    certain = (np.arange(kind.spec.size) == tokens[..., None]).astype(np.uint8)[None]
    moved = undone(certain, copy, kind, "native")
    assert moved is not None
    said = kind.decode(moved[0].argmax(-1).astype(np.uint8), given, "native")
    assert np.array_equal(said, copy.undo(kind.decode(tokens, copy.puzzle, "native")))


def test_what_is_no_symmetry_is_not_undone() -> None:
    kind = domain("maze")
    [puzzle] = kind.find("small") or []
    [copy] = copies(kind, puzzle, Policy(attempts=1), 0, "native")
    beliefs = np.zeros((2, 9, 9, kind.spec.size), np.uint8)

    def merged(answer: Answer) -> Answer:
        return np.maximum(answer, answer[::-1])

    assert undone(beliefs, replace(copy, undo=merged), kind, "native") is None


def test_copies_are_shown_with_the_beliefs_of_the_leading_one() -> None:
    kind = tiny.with_copies("sudoku")
    [puzzle] = kind.find("hard") or []
    model = tiny.build(replace(tiny.SUDOKU, high_cycles=2))
    policy = Policy(segments=1, attempts=3)
    events = list(Session(model, kind, puzzle, beliefs=True).start(policy))
    shown = [event for event in events if isinstance(event, Segment) and event.attempt]
    assert len(shown) == policy.copy_segments
    for event in shown:
        assert event.tried is not None
        assert event.beliefs is not None
        assert [tried.attempt for tried in event.tried] == [1, 2, 3]
        leading = event.tried[event.attempt - 1]
        assert np.array_equal(leading.answer, event.answer)
        assert leading.violations == event.violations
        ranked = np.sort(event.beliefs[-1], -1)
        clear = ranked[..., -1] > ranked[..., -2]
        likeliest = event.beliefs[-1].argmax(-1).astype(np.uint8)
        said = kind.decode(likeliest, puzzle, "native")
        assert np.array_equal(said[clear], event.answer[clear])
    assert all(tried.over for tried in shown[-1].tried or ())
    quiet = Session(model, kind, puzzle).start(policy)
    assert all(e.tried is None and e.beliefs is None for e in quiet if isinstance(e, Segment))


def right_at_once(task: str, name: str) -> tuple[Any, Segment]:
    """An example and the one segment of a model that answers it at once."""
    kind = domain(task)
    [puzzle] = kind.find(name) or []
    oracle = tiny.Oracle(task, right_from=1)
    events = list(Session(oracle.model(), kind, puzzle).start(Policy(attempts=0)))
    [first] = [event for event in events if isinstance(event, Segment)]
    return puzzle, first


def test_the_first_segment_changes_blanks_only() -> None:
    puzzle, first = right_at_once("sudoku", "hard")
    assert np.array_equal(first.changed.ravel(), np.array(puzzle.givens) == 0)


def test_walls_of_a_maze_are_never_among_the_changed_cells() -> None:
    puzzle, first = right_at_once("maze", "small")
    assert np.array_equal(first.changed, first.answer == 1), "an empty path becomes the path"
    assert first.changed.any()
    walls = np.array([[cell == "#" for cell in row] for row in puzzle.rows])
    assert not first.changed[walls].any()


def test_as_many_copies_are_counted_as_were_tried() -> None:
    """A square maze has seven copies, though eight were asked for."""
    kind = tiny.with_copies("maze")
    [puzzle] = kind.find("small") or []
    model = tiny.build(tiny.MAZE)
    events = list(Session(model, kind, puzzle, beliefs=True).start(Policy(segments=1, attempts=8)))
    shown = [event for event in events if isinstance(event, Segment) and event.attempt]
    assert shown
    assert all(len(event.tried or ()) == 7 for event in shown)
    end = events[-1]
    assert isinstance(end, Finished)
    assert end.attempts == 7
    assert "(7 symmetric copies did not help)" in verdict(end, None)
