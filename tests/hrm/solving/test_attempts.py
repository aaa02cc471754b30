"""Without the rules, what attempts say of themselves chooses among them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from torch import Tensor

from hrm.engine import SolveSettings, open_solver
from hrm.errors import UserError
from hrm.events import Finished, Segment, Started
from hrm.model.checkpoint import save_model
from hrm.model.hrm import SegmentOutput
from hrm.solving.attempts import Attempt, choose, select_many
from hrm.solving.policy import Policy, Select
from hrm.solving.session import solve
from hrm.solving.thinking import Rollout
from hrm.solving.trace import from_json, to_json
from puzzles.contract.tokens import Tokens
from puzzles.sudoku.puzzle import Sudoku

DOMAIN = tiny.with_copies("sudoku")


def attempt(
    answer: int,
    *,
    halted: bool = True,
    segments: int = 3,
    q_halt: float = 1.0,
    shape: tuple[int, int] = (2, 2),
) -> Attempt:
    cells = np.full(shape, answer, dtype=np.uint8)
    return Attempt(
        answer=cells, halted=halted, segments=segments, q_halt=q_halt, q_continue=-q_halt
    )


ATTEMPTS = [
    attempt(1, segments=2, q_halt=0.5),
    attempt(2, segments=5, q_halt=9.0),
    attempt(3, segments=4, q_halt=1.0),
    attempt(3, segments=3, q_halt=2.0),
    attempt(4, segments=1, q_halt=-3.0, halted=False),
]


@pytest.mark.parametrize(("select", "index"), [("first-to-halt", 0), ("q", 1), ("vote", 3)])
def test_each_way_chooses_another(select: Select, index: int) -> None:
    assert choose(ATTEMPTS, select) is ATTEMPTS[index]


def test_a_tied_vote_goes_to_the_surer_answer() -> None:
    assert choose([attempt(1, q_halt=1.0), attempt(2, q_halt=2.0)], "vote").answer[0, 0] == 2


def test_answers_of_other_sizes_are_other_answers() -> None:
    wide = attempt(1, q_halt=5.0, shape=(1, 4))
    assert choose([attempt(1), wide, attempt(1)], "vote").answer.shape == (2, 2)


def sudokus(count: int) -> list[Sudoku]:
    rng = np.random.default_rng(5)
    return [DOMAIN.generate(rng, "easy") for _ in range(count)]


@pytest.mark.parametrize("select", ["first-to-halt", "vote", "q"])
def test_copies_help_a_model_that_is_blind_to_a_board(select: Select) -> None:
    puzzles = dict(enumerate(sudokus(2)))
    board = DOMAIN.encode(puzzles[0], "native")
    oracle = tiny.Oracle("sudoku", blind=lambda seen: np.array_equal(seen, board))
    policy = Policy(segments=4, attempts=3, select=select)
    done = {
        event.puzzle: event
        for event in select_many(oracle.model(), DOMAIN, puzzles, policy)
        if isinstance(event, Finished)
    }
    assert sorted(done) == [0, 1]
    assert done[1].solved
    assert done[1].attempts == 3
    assert done[1].found == "single pass"  # all say the same, and the puzzle itself comes first
    assert done[0].found == ("symmetric copies" if select == "vote" else "single pass")
    assert "among 4 attempts" in done[1].note
    assert done[0].solved is (select == "vote")  # the blind attempt halts as soon and as surely


def test_the_limit_ends_attempts_that_never_halt() -> None:
    oracle = tiny.Oracle("sudoku", halts_from=99)
    policy = Policy(segments=3, attempts=1, select="q")
    *segments, done = select_many(oracle.model(), DOMAIN, {0: sudokus(1)[0]}, policy)
    assert isinstance(done, Finished)
    assert (done.reason, done.segments, done.solved) == ("limit", 3, True)
    assert [s.stops for s in segments if isinstance(s, Segment)] == [False, False, True]


@dataclass
class Patient(tiny.Oracle):
    """Some boards keep it thinking for longer, so that attempts at one puzzle end apart."""

    def changed(self, out: SegmentOutput, tokens: Tensor, count: Tensor) -> SegmentOutput:
        q_halt = torch.where(count >= 2 + tokens[:, :9].sum(1) % 5, 3.0, -3.0)
        return replace(out, q_halt=q_halt, q_continue=-q_halt)


def test_where_the_first_to_halt_decides_nobody_waits_for_the_others() -> None:
    thought = {}
    selects: tuple[Select, ...] = ("first-to-halt", "q")
    for select in selects:
        oracle = Patient("sudoku")
        policy = Policy(segments=9, attempts=5, select=select)
        *_, last, done = select_many(oracle.model(), DOMAIN, {0: sudokus(1)[0]}, policy)
        assert isinstance(last, Segment)
        assert isinstance(done, Finished)
        assert done.solved
        assert last.stops
        assert np.array_equal(last.answer, done.candidates[0].answer)
        thought[select] = (last.number, done.segments, len(oracle.batches))
    assert thought["first-to-halt"][0] == thought["first-to-halt"][1]
    assert thought["q"][0] > thought["q"][1]
    assert thought["first-to-halt"][2] < thought["q"][2]


def test_where_the_rules_choose_copies_fare_as_in_a_solve() -> None:
    puzzles = dict(enumerate(sudokus(6), start=3))
    boards = [DOMAIN.encode(puzzle, "native") for puzzle in puzzles.values()]

    def blind(board: Tokens) -> bool:
        given = any(np.array_equal(board, known) for known in boards)
        return given or int(board.ravel()[:27].sum()) % 3 > 0

    oracle = tiny.Oracle("sudoku", blind=blind, right_from=2)
    policy = Policy(segments=3, attempts=2)
    want = {}
    for number, puzzle in puzzles.items():
        *_, done = solve(oracle.model(), DOMAIN, puzzle, policy, index=number)
        assert isinstance(done, Finished)
        want[number] = (bool(done.solved), done.attempts)
    got = {
        event.puzzle: (bool(event.solved), event.attempts)
        for event in select_many(oracle.model(), DOMAIN, puzzles, policy)
        if isinstance(event, Finished)
    }
    assert got == want
    assert {solved for solved, _ in want.values()} == {True, False}


def test_without_attempts_the_rules_have_nobody_to_choose() -> None:
    policy = Policy(attempts=0)
    events = list(select_many(tiny.Oracle("sudoku").model(), DOMAIN, {0: sudokus(1)[0]}, policy))
    assert [type(event) for event in events] == [Started]


def test_one_attempt_is_a_single_pass_that_the_model_ends() -> None:
    oracle = tiny.Oracle("sudoku", right_from=3, halts_from=2)
    policy = Policy(attempts=0, select="q")
    *_, done = select_many(oracle.model(), DOMAIN, {4: sudokus(1)[0]}, policy)
    assert isinstance(done, Finished)
    assert (done.puzzle, done.found, done.solved) == (4, "single pass", False)
    assert (done.reason, done.segments, done.attempts) == ("halted", 2, 0)
    assert "not the rules" in done.note


def test_noise_changes_what_is_thought_and_is_seeded() -> None:
    model = tiny.build(tiny.SUDOKU)
    said = []
    for seed, noise in ((1, 0.0), (1, 0.5), (1, 0.5), (2, 0.5)):
        thinking = Rollout(model, DOMAIN, sudokus(1))
        if noise:
            thinking.disturb(noise, [torch.Generator().manual_seed(seed)])
        said.append(thinking.segment().q_halt[0])
    assert said[1] == said[2]
    assert len(set(said)) == 3


def test_the_noise_of_an_attempt_does_not_depend_on_the_others() -> None:
    model, policy = tiny.build(tiny.SUDOKU), Policy(segments=3, attempts=2, select="q", noise=0.5)
    puzzles = dict(enumerate(sudokus(3)))

    def answers(some: dict[int, Sudoku], policy: Policy) -> dict[int, bytes]:
        events = select_many(model, DOMAIN, some, policy)
        ends = [event for event in events if isinstance(event, Finished)]
        return {end.puzzle: end.candidates[0].answer.tobytes() for end in ends}

    together = answers(puzzles, policy)
    assert {**answers({2: puzzles[2]}, policy), **answers({0: puzzles[0]}, policy)} == {
        number: together[number] for number in (0, 2)
    }
    assert answers(puzzles, replace(policy, noise=0.4)) != together


def test_noise_needs_somebody_who_chooses() -> None:
    with pytest.raises(UserError, match="--noise"):
        Policy(noise=0.1)


@pytest.mark.parametrize("count", [1, 2])
def test_the_engine_chooses_where_it_is_asked_to(count: int, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_model(path, tiny.SUDOKU, tiny.build(tiny.SUDOKU).state_dict(), {"domain": "sudoku"})
    policy = Policy(segments=2, attempts=2, select="q", noise=0.1)
    solver = open_solver(DOMAIN, SolveSettings(model=str(path), threads=1, policy=policy))
    events = list(solver(sudokus(count)))
    ends = [event for event in events if isinstance(event, Finished)]
    assert sorted(end.puzzle for end in ends) == list(range(count))
    assert all("Chosen among 3 attempts" in end.note for end in ends)
    shown = [event for event in events if isinstance(event, Segment)]
    assert bool(shown) == (count == 1)  # a batch would bury them
    assert all(from_json(to_json(event)) for event in events)
