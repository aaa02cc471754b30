"""Two attempts out of many answers: cell by cell, then by the count of whole grids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest
import tiny

from hrm.arc.vote import Vote, attempts, consensus, elect
from hrm.evaluation.judge import judge_arc
from hrm.events import Finished
from hrm.solving.policy import Policy
from hrm.solving.wording import vote_share
from puzzles.arc.puzzle import ArcPuzzle, Pair, Symmetry, as_answer, grid_tokens
from puzzles.contract.tokens import Answer
from puzzles.text.text_grid import DIHEDRAL

PUZZLE = ArcPuzzle(
    task="recolour",
    demonstrations=(Pair(((1,),), ((2,),)),) * 3,
    input=((0, 1, 1), (1, 1, 0)),
    output=((0, 2, 2), (2, 2, 0)),
)
RIGHT = np.array(PUZZLE.output, dtype=np.uint8)
WRONG = RIGHT.T.copy()
OTHER = np.zeros((1, 6), dtype=np.uint8)


def vote(answer: Answer, halting: float = 0.5, sure: float = 0.9) -> Vote:
    """All colours but the answer's are alike."""
    scores = np.full((*answer.shape, 10), np.log((1 - sure) / 9), dtype=np.float32)
    np.put_along_axis(scores, answer[..., None].astype(np.intp), np.log(sure), axis=-1)
    return Vote(answer, scores, halting, halted=True, segments=2)


def spoiled(cell: int) -> Answer:
    answer = RIGHT.copy()
    answer.flat[cell] = 7
    return answer


def test_cells_are_right_together_though_no_grid_is() -> None:
    votes = [vote(spoiled(cell)) for cell in range(5)]
    assert np.array_equal(consensus(votes), RIGHT)
    first, second = attempts(votes)
    assert np.array_equal(first.answer, RIGHT)
    assert (first.share, second.share) == (0, 1 / 5)


def test_a_sure_vote_outweighs_doubtful_ones() -> None:
    votes = [vote(spoiled(0), sure=0.4), vote(spoiled(0), sure=0.4), vote(RIGHT, sure=0.999)]
    assert np.array_equal(consensus(votes), RIGHT)
    assert attempts(votes)[1].share == 2 / 3


def test_no_attempt_stands_before_one_with_more_votes_without_a_reason() -> None:
    for votes in (
        [vote(spoiled(cell)) for cell in range(5)],
        [vote(spoiled(0), sure=0.4), vote(spoiled(0), sure=0.4), vote(RIGHT, sure=0.999)],
    ):
        chosen = attempts(votes)
        assert chosen[0].share < chosen[1].share
        assert vote_share(chosen, 0) == "agreed cell by cell"
        assert vote_share(chosen, 1).endswith("% of the votes")
    usual = attempts([vote(RIGHT), vote(RIGHT), vote(WRONG)])
    assert [vote_share(usual, at) for at in (0, 1)] == ["67 % of the votes", "33 % of the votes"]


def test_the_commonest_size_wins() -> None:
    assert np.array_equal(consensus([vote(WRONG), vote(RIGHT), vote(spoiled(1), 0.4)]), RIGHT)
    assert consensus([vote(WRONG), vote(RIGHT, 0.6)]).shape == RIGHT.shape


def test_where_all_agree_there_is_one_attempt() -> None:
    end = elect(PUZZLE, [vote(RIGHT)] * 3, 2)
    assert [candidate.share for candidate in end.candidates] == [1.0]
    assert end.solved is True
    assert (end.reasons, end.broken, end.attempts) == ((), (), 3)
    assert end.note == "2 of 3 demonstrations reproduced."
    assert end.reproduced is False


def test_the_second_attempt_counts() -> None:
    end = elect(PUZZLE, [vote(WRONG), vote(WRONG), vote(RIGHT), vote(OTHER, 0.4)], 3)
    assert end.solved is True
    assert end.reasons == ()
    assert np.array_equal(end.candidates[1].answer, RIGHT)
    assert end.note == "3 of 3 demonstrations reproduced; the second attempt is right."
    assert end.reproduced is True


def test_two_wrong_attempts_give_the_reasons_of_the_first() -> None:
    end = elect(PUZZLE, [vote(WRONG), vote(WRONG), vote(OTHER)], 1)
    assert end.solved is False
    assert end.reasons == ("the size differs: got 3x2, wants 2x3",)


def test_an_evaluation_sees_how_sure_the_first_attempt_was(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = replace(PUZZLE, task="other", output=((2, 2, 2), (2, 2, 0)))
    votes = [vote(RIGHT), vote(RIGHT), vote(WRONG), vote(OTHER)]

    def solve_task(
        model: None, tests: Mapping[int, ArcPuzzle], policy: Policy
    ) -> Iterator[Finished]:
        for number, test in tests.items():
            yield replace(elect(test, votes, 3 - number), puzzle=number)

    monkeypatch.setattr("hrm.evaluation.judge.solve_task", solve_task)
    first, other = judge_arc(tiny.build(tiny.ARC), {0: PUZZLE, 1: wrong}, Policy())
    assert (first.right, first.cells, first.halting) == (True, 1.0, ((0.5, True, True),))
    assert (other.right, other.cells, other.halting) == (False, 5 / 6, ((0.5, False, False),))


@pytest.mark.parametrize("dihedral", DIHEDRAL)
def test_a_variants_answer_and_scores_are_mapped_back(dihedral: object) -> None:
    symmetry = Symmetry(dihedral, (0, 3, 4, 1, 2, 5, 6, 7, 9, 8))  # type: ignore[arg-type]
    drawn = symmetry.apply(RIGHT)
    tokens = grid_tokens(tuple(map(tuple, drawn.tolist())), (5, 6))
    scores = np.log(np.full((5, 6, 12), 0.01, dtype=np.float32))
    np.put_along_axis(scores, tokens[..., None].astype(np.intp), 0.0, axis=-1)
    back = Vote.of(tokens, scores, symmetry, halting=0.7, halted=False, segments=4)
    assert np.array_equal(back.answer, RIGHT)
    assert np.array_equal(back.scores.argmax(-1), RIGHT)
    assert back.scores.shape == (2, 3, 10)
    assert np.array_equal(as_answer(PUZZLE.output or ()), consensus([back]))
