"""Solving: when it stops and says why, and that no invalid answer is ever taken for a solution."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tiny
import torch

from hrm.errors import EXIT_MODEL, ModelError, UserError
from hrm.events import Finished, Segment, SolveEvent, Started
from hrm.model.config import HRMConfig
from hrm.model.hrm import HRM
from hrm.solving import wording
from hrm.solving.batch import solve_many
from hrm.solving.copies import copies
from hrm.solving.policy import Decision, Policy, decide, sigmoid
from hrm.solving.session import solve
from hrm.solving.thinking import Rollout
from puzzles import domain
from puzzles.contract.protocol import AnyDomain, Verdict
from puzzles.contract.tokens import Undo
from puzzles.maze.domain import MazeDomain
from puzzles.maze.puzzle import Maze
from puzzles.sudoku.domain import SudokuDomain
from puzzles.sudoku.puzzle import Sudoku

SUDOKU = SudokuDomain()
MAZE = MazeDomain()
RIGHT, WRONG, UNKNOWN = Verdict(True), Verdict(False), Verdict(None)


def sudokus(count: int, level: str = "easy") -> list[Sudoku]:
    rng = np.random.default_rng(21)
    return [SUDOKU.generate(rng, level) for _ in range(count)]


def mazes() -> list[Maze]:
    """Three canvases: 9×9, 3×5 and 5×3."""
    rng = np.random.default_rng(22)
    wide = Maze(rows=("S    ", " ### ", "   #G"))
    tall = Maze(rows=("S  ", " # ", " # ", " ##", "  G"))
    square = Maze(rows=("S ###", "# ###", "#    ", "#### ", "####G"))
    return [square, wide, MAZE.generate(rng, "small"), tall, wide, MAZE.generate(rng, "small")]


def is_any_of(task: str, puzzles: Iterable[Any]) -> Any:
    boards = [domain(task).encode(puzzle, "native") for puzzle in puzzles]
    return lambda board: any(np.array_equal(board, other) for other in boards)


def events_of(oracle: tiny.Oracle, puzzle: Any, **policy: int) -> list[SolveEvent]:
    return list(solve(oracle.model(), tiny.with_copies(oracle.task), puzzle, Policy(**policy)))


def last(events: list[SolveEvent]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


def segments(events: list[SolveEvent]) -> list[Segment]:
    return [event for event in events if isinstance(event, Segment)]


@pytest.mark.parametrize(
    ("halts", "number", "verdict", "decision"),
    [
        (True, 3, RIGHT, Decision(True, "halted")),
        (True, 3, UNKNOWN, Decision(True, "halted")),
        (True, 3, WRONG, Decision(False, "limit")),
        (False, 3, WRONG, Decision(False, "limit")),
        (False, 3, UNKNOWN, Decision(False, "limit")),
        (False, 3, RIGHT, Decision(True, "verified")),
        (True, 1, RIGHT, Decision(False, "limit")),
        (False, 1, RIGHT, Decision(False, "limit")),
        (True, 5, WRONG, Decision(True, "limit")),
        (False, 5, UNKNOWN, Decision(True, "limit")),
        (True, 5, RIGHT, Decision(True, "halted")),
    ],
)
def test_decisions(halts: bool, number: int, verdict: Verdict, decision: Decision) -> None:
    policy = Policy(segments=5, min_segments=2)
    assert decide(halts, number, policy, verdict) == decision


def test_probabilities_do_not_overflow() -> None:
    assert [sigmoid(x) for x in (-1e308, 0.0, 1e308)] == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"segments": 0}, "--segments must be at least 1, not 0"),
        ({"segments": 3, "min_segments": 4}, "--min-segments must be between 1 and"),
        ({"min_segments": 0}, "--min-segments must be between 1"),
        ({"attempts": -1}, "--attempts must not be negative, not -1"),
        ({"seed": -1}, "--seed must not be negative, not -1"),
    ],
)
def test_impossible_policies_are_refused(settings: dict[str, int], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Policy(**settings)


def test_a_solve_yields_events_from_start_to_end() -> None:
    (puzzle,) = sudokus(1)
    events = events_of(tiny.Oracle("sudoku", right_from=2, halts_from=3), puzzle, segments=9)
    started, first, second, end = events
    assert isinstance(started, Started)
    assert (started.domain, started.limit, started.attempts) == ("sudoku", 9, 8)
    assert SUDOKU.parse(started.text) == [puzzle]
    assert isinstance(first, Segment)
    assert isinstance(second, Segment)
    assert (first.number, first.stops, first.broken) == (1, False, ())
    assert not first.changed.any()  # it repeats the question
    assert (first.violations, second.violations) == (1, 0)
    assert np.array_equal(first.answer.ravel(), puzzle.givens)
    assert (second.number, second.stops) == (2, True)
    assert np.array_equal(second.changed, first.answer == 0)  # the givens were there before
    assert first.low_residuals == pytest.approx((1.0,))
    assert first.high_residuals == pytest.approx((0.5,))
    assert second.confidence is not None
    assert second.confidence.shape == (9, 9)
    assert second.confidence.min() > 0.99
    finished = last([end])
    assert (finished.reason, finished.found, finished.solved) == ("verified", "single pass", True)
    assert (finished.segments, finished.attempts) == (2, 0)
    assert tuple(finished.candidates[0].answer.ravel().tolist()) == puzzle.solution


def test_the_model_halts_on_a_right_answer() -> None:
    (puzzle,) = sudokus(1)
    finished = last(events_of(tiny.Oracle("sudoku"), puzzle))
    assert (finished.reason, finished.solved, finished.segments) == ("halted", True, 1)


def test_no_answer_before_the_earliest_segment() -> None:
    (puzzle,) = sudokus(1)
    events = events_of(tiny.Oracle("sudoku"), puzzle, min_segments=4, segments=4)
    assert [segment.stops for segment in segments(events)] == [False, False, False, True]
    assert last(events).segments == 4


def test_an_invalid_answer_is_not_final() -> None:
    """The model would stop at once; the rules do not let it until its answer holds. An event says
    so in the words of the screens."""
    (puzzle,) = sudokus(1)
    events = events_of(tiny.Oracle("sudoku", right_from=4), puzzle)
    assert all(segment.why == wording.decision(segment) for segment in segments(events))
    assert ["a rule is broken" in segment.why for segment in segments(events)] == [True] * 3 + [
        False
    ]
    assert (last(events).solved, last(events).segments) == (True, 4)


def test_without_attempts_a_failed_pass_is_a_failure() -> None:
    (puzzle,) = sudokus(1)
    events = events_of(tiny.Oracle("sudoku", right_from=99), puzzle, attempts=0, segments=3)
    finished = last(events)
    assert len(segments(events)) == 3
    assert all(segment.attempt == 0 for segment in segments(events))
    assert (finished.solved, finished.reason, finished.attempts) == (False, "limit", 0)
    assert finished.reasons
    assert finished.found == "single pass"


@pytest.mark.parametrize("task", ["sudoku", "maze"])
def test_answers_of_symmetric_copies_are_mapped_back(task: str) -> None:
    """The oracle is blind to the puzzle as given, so that only a copy can give the answer."""
    for puzzle in sudokus(3) if task == "sudoku" else mazes():
        oracle = tiny.Oracle(task, right_from=2, blind=is_any_of(task, [puzzle]))
        events = events_of(oracle, puzzle, segments=3, attempts=5, seed=4)
        finished = last(events)
        assert (finished.found, finished.reason) == ("symmetric copies", "verified")
        assert finished.solved
        assert finished.segments == 2
        assert domain(task).check(puzzle, finished.candidates[0].answer).solved
        shown = segments(events)
        assert [segment.attempt == 0 for segment in shown] == [True] * 3 + [False] * 2
        assert shown[-1].stops
        assert shown[-1].confidence is None
        assert shown[-1].why == wording.decision(shown[-1])
        assert finished.attempts == oracle.batches[-1]


def test_failing_copies_end_with_the_single_pass() -> None:
    (puzzle,) = sudokus(1)
    events = events_of(tiny.Oracle("sudoku", right_from=99), puzzle, segments=2, attempts=3)
    finished = last(events)
    assert (finished.solved, finished.found, finished.attempts) == (False, "single pass", 3)
    assert segments(events)[-1].why.startswith("The network stops at the limit of ")


def test_copies_are_different_and_lie_on_the_puzzles_canvas() -> None:
    policy = Policy(attempts=20, seed=3)
    counts = {}
    for name, puzzle in zip(("square", "wide", "rooms"), mazes(), strict=False):
        made = copies(MAZE, puzzle, policy, 0, "native")
        boards = [copy.puzzle for copy in made]
        assert all(board.shape == puzzle.shape for board in boards)
        assert puzzle not in boards
        assert len(set(boards)) == len(boards)
        assert [copy.attempt for copy in made] == list(range(1, len(made) + 1))
        counts[name] = len(made)
    # the eight symmetries without the puzzle itself; a rectangle must not be laid on its side
    assert counts == {"square": 7, "wide": 3, "rooms": 7}
    assert len(copies(SUDOKU, sudokus(1)[0], policy, 0, "native")) == 20


def test_the_seed_decides_the_copies() -> None:
    (puzzle,) = sudokus(1)
    made = [
        [copy.puzzle for copy in copies(SUDOKU, puzzle, Policy(seed=seed), owner, "native")]
        for seed, owner in ((0, 0), (0, 0), (1, 0), (0, 1))
    ]
    assert made[0] == made[1]
    assert made[0] != made[2]
    assert made[0] != made[3]


class Rigid(SudokuDomain):
    """As if a puzzle had no symmetric copy but itself."""

    what_ifs = 0

    def augment(self, puzzle: Sudoku, rng: np.random.Generator) -> tuple[Sudoku, Undo]:
        return puzzle, lambda answer: answer


def test_puzzles_without_symmetric_copies_fail_after_their_pass() -> None:
    puzzles = sudokus(2)
    oracle = tiny.Oracle("sudoku", right_from=99)
    policy = Policy(segments=2)
    together = results(solve_many(oracle.model(), Rigid(), puzzles, policy))
    alone = results(solve(oracle.model(), Rigid(), puzzles[0], policy))
    for finished in (*together.values(), *alone.values()):
        assert (finished.solved, finished.reason) == (False, "limit")
        assert finished.attempts == 0
    assert oracle.batches == [2, 2, 1, 1]


def test_closing_a_solve_cancels_it() -> None:
    (puzzle,) = sudokus(1)
    oracle = tiny.Oracle("sudoku", right_from=99)
    events = solve(oracle.model(), SUDOKU, puzzle, Policy())
    next(events), next(events)
    events.close()  # type: ignore[attr-defined]
    assert oracle.batches == [1]


def results(events: Iterable[SolveEvent]) -> dict[int, Finished]:
    found = {e.puzzle: replace(e, seconds=0.0) for e in events if isinstance(e, Finished)}
    return dict(sorted(found.items()))


def assert_agree(model: HRM, kind: AnyDomain, puzzles: list[Any], policy: Policy) -> None:
    """`solve`, one by one, and `solve_many` come to the same results."""
    events = list(solve_many(model, kind, puzzles, policy))
    many = results(events)
    assert [e.puzzle for e in events if isinstance(e, Started)] == sorted(
        range(len(puzzles)), key=[e.puzzle for e in events].index
    )
    assert list(many) == list(range(len(puzzles)))
    for index, puzzle in enumerate(puzzles):
        alone = results(solve(model, kind, puzzle, policy, index=index))[index]
        together = many[index]
        assert np.array_equal(alone.candidates[0].answer, together.candidates[0].answer)
        rest = [replace(done, candidates=()) for done in (alone, together)]
        assert rest[0] == rest[1]


@pytest.mark.parametrize("attempts", [0, 4])
@pytest.mark.parametrize("task", ["sudoku", "maze"])
def test_one_by_one_and_together_agree(task: str, attempts: int) -> None:
    """Some are solved at once, some by a copy only, some never."""
    puzzles: list[Any] = [*sudokus(6)] if task == "sudoku" else mazes()
    kind = tiny.with_copies(task)
    hard = puzzles[1::2]
    oracle = tiny.Oracle(task, right_from=2, blind=is_any_of(task, hard))
    policy = Policy(segments=3, attempts=attempts)
    assert_agree(oracle.model(), kind, puzzles, policy)
    never = is_any_of(task, [c.puzzle for c in copies(kind, hard[0], policy, 1, "native")])
    blind_to = oracle.blind
    hopeless = replace(oracle, blind=lambda board: blind_to(board) or never(board))
    assert_agree(hopeless.model(), kind, puzzles, policy)
    found = results(solve_many(hopeless.model(), kind, puzzles, policy)).values()
    assert False in {done.solved for done in found}
    assert {done.found for done in found} == (
        {"single pass", "symmetric copies"} if attempts else {"single pass"}
    )


@pytest.mark.parametrize("task", ["sudoku", "maze"])
def test_a_random_model_agrees_with_itself(task: str) -> None:
    model = tiny.build(tiny.SUDOKU if task == "sudoku" else tiny.MAZE)
    puzzles: list[Any] = [*sudokus(3)] if task == "sudoku" else mazes()
    assert_agree(model, domain(task), puzzles, Policy(segments=3, attempts=2))


def test_many_puzzles_go_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm.solving.batch.BATCH_CELLS", 200)
    oracle = tiny.Oracle("sudoku", right_from=2)
    done = results(solve_many(oracle.model(), SUDOKU, sudokus(5), Policy()))
    assert oracle.batches == [2, 2, 2, 2, 1, 1]
    assert all(result.solved for result in done.values())


def test_solved_puzzles_leave_the_batch() -> None:
    puzzles = sudokus(4)
    oracle = tiny.Oracle("sudoku", blind=is_any_of("sudoku", puzzles[:1]))
    list(solve_many(oracle.model(), SUDOKU, puzzles, Policy(segments=3, attempts=0)))
    assert oracle.batches == [4, 1, 1]


@pytest.mark.parametrize("config", [tiny.SUDOKU, replace(tiny.SUDOKU, relation_heads=0)])
def test_rows_that_leave_do_not_change_the_others(config: HRMConfig) -> None:
    model = tiny.build(config)
    puzzles = sudokus(5)
    together = Rollout(model, SUDOKU, puzzles)
    alone = [Rollout(model, SUDOKU, [puzzle]) for puzzle in puzzles]
    leaving = {2: [True, False, True, True, False], 3: [False, True, True]}
    for number in range(1, 6):
        thought = together.segment()
        singles = [thinking.segment() for thinking in alone]
        for place, row in enumerate(together.rows):
            single = singles[row]
            np.testing.assert_allclose(thought.q_halt[place], single.q_halt[0], atol=1e-5)
            said, want = thought.log_probabilities(place), single.log_probabilities(0)
            np.testing.assert_allclose(said, want, atol=1e-4)
            assert np.array_equal(thought.tokens[place], single.tokens[0])
        if number in leaving:
            together.keep(np.array(leaving[number]))
    assert together.rows.tolist() == [2, 3]


def test_puzzle_embeddings_stay_with_their_rows() -> None:
    config = replace(tiny.SUDOKU, prefix=1, puzzle_ids=3, puzzle_width=16)
    model = tiny.build(config)
    model.puzzle_embedding.copy_(torch.eye(3, 16) * 20)
    puzzles = sudokus(1) * 3
    together = Rollout(model, SUDOKU, puzzles, torch.tensor([0, 1, 2]))
    first = together.segment()
    assert len(set(first.q_halt)) == 3
    together.keep(np.array([False, False, True]))
    alone = Rollout(model, SUDOKU, puzzles[:1], torch.tensor([2]))
    alone.segment()
    np.testing.assert_allclose(together.segment().q_halt, alone.segment().q_halt, atol=1e-5)


@pytest.mark.parametrize(
    ("config", "kind", "message"),
    [
        (tiny.MAZE, SUDOKU, "the model has 6 tokens, sudoku has 11"),
        (tiny.SUDOKU, MAZE, "the model has 11 tokens, maze has 6"),
        (
            replace(tiny.SUDOKU, hidden=36, heads=9, relation_heads=9),
            SUDOKU,
            "relation_heads=9, sudoku 8 relations",
        ),
        (replace(tiny.SUDOKU, cell_features=2), SUDOKU, "cell_features=2, sudoku 0 features"),
        (
            replace(tiny.SUDOKU, positions="learned", cells=900, relation_heads=0),
            SUDOKU,
            "knows boards of 900 cells, this one has 81",
        ),
    ],
)
def test_models_of_other_puzzles_are_refused(
    config: HRMConfig, kind: AnyDomain, message: str
) -> None:
    puzzle: Any = sudokus(1)[0] if kind is SUDOKU else mazes()[0]
    for events in (
        solve(tiny.build(config), kind, puzzle, Policy()),
        solve_many(tiny.build(config), kind, [puzzle, puzzle], Policy()),
    ):
        with pytest.raises(ModelError, match=message) as caught:
            list(events)
        assert caught.value.exit_code == EXIT_MODEL
