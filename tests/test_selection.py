"""Without the rules, what attempts say of themselves chooses among them."""

from __future__ import annotations

import numpy as np
import pytest
import tiny
import torch

from hrm.errors import UserError
from hrm.events import Finished
from hrm.policy import Policy, Select
from hrm.selection import Attempt, choose, select_many
from hrm.thinking import Thinking
from puzzles.sudoku import Sudoku, SudokuDomain

DOMAIN = SudokuDomain()


def attempt(answer: int, *, halted: bool = True, segments: int = 3, q_halt: float = 1.0) -> Attempt:
    return Attempt(np.full((2, 2), answer, dtype=np.uint8), halted, segments, q_halt)


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
    wide = Attempt(np.ones((1, 4), dtype=np.uint8), True, 1, 5.0)
    assert choose([attempt(1), wide, attempt(1)], "vote").answer.shape == (2, 2)


def sudokus(count: int) -> list[Sudoku]:
    rng = np.random.default_rng(5)
    return [DOMAIN.generate(rng, "easy") for _ in range(count)]


@pytest.mark.parametrize("select", ["first-to-halt", "vote", "q"])
def test_copies_help_a_model_that_is_blind_to_a_board(select: Select) -> None:
    puzzles = sudokus(2)
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
    assert done[1].attempts == 4
    assert done[0].solved is (select == "vote")  # the blind attempt halts as soon and as surely


def test_the_limit_ends_attempts_that_never_halt() -> None:
    oracle = tiny.Oracle("sudoku", halts_from=99)
    *_, done = select_many(
        oracle.model(), DOMAIN, sudokus(1), Policy(segments=3, attempts=1, select="q")
    )
    assert isinstance(done, Finished)
    assert (done.reason, done.segments, done.solved) == ("limit", 3, True)


def test_noise_changes_what_is_thought_and_is_seeded() -> None:
    model = tiny.build(tiny.SUDOKU)
    said = []
    for seed, noise in ((1, 0.0), (1, 0.5), (1, 0.5), (2, 0.5)):
        thinking = Thinking(model, DOMAIN, sudokus(1))
        if noise:
            thinking.disturb(noise, torch.Generator().manual_seed(seed))
        said.append(thinking.segment().q_halt[0])
    assert said[1] == said[2]
    assert len(set(said)) == 3


def test_noise_needs_somebody_who_chooses() -> None:
    with pytest.raises(UserError, match="--noise"):
        Policy(noise=0.1)
