"""What-ifs: hypotheses are only ever a means, the rules of the puzzle itself judge every answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import pytest
import tiny

from hrm.evaluation.judge import judge
from hrm.events import Finished, Segment, SolveEvent, Started
from hrm.model.config import HRMConfig
from hrm.solving.batch import solve_many
from hrm.solving.policy import Policy, method_of
from hrm.solving.session import Session, solve
from hrm.solving.thinking import Rollout
from hrm.solving.trace import from_json, to_json
from hrm.solving.what_if import ROWS, WhatIfs, think
from hrm.solving.wording import decision, place, verdict
from puzzles import domain
from puzzles.contract.protocol import Hypothesis
from puzzles.contract.tokens import FloatGrid, Layout, Tokens
from puzzles.sudoku.domain import SudokuDomain
from puzzles.sudoku.puzzle import Sudoku, cell_name, repeats

DOMAIN = SudokuDomain()
SYMBOLS = replace(tiny.SUDOKU, heads=2, relation_heads=3, relation_mix="mean", symbols=9)


@dataclass
class Solver(tiny.Oracle):
    """An oracle of the kind that what-ifs are tried with; it needs `clues` to see the answer, and
    repeats the question where there are fewer or no answer to it."""

    clues: int = 0

    @property
    def config(self) -> HRMConfig:
        return SYMBOLS

    def _answer(self, board: Tokens) -> Tokens:
        givens = tuple((board.ravel() - 1).tolist())
        answers = DOMAIN.solve(Sudoku(givens))
        few = sum(given > 0 for given in givens) < self.clues
        return board if few or not answers else (answers[0] + 1).astype(np.uint8)


def sudokus(count: int, level: str = "hard") -> list[Sudoku]:
    rng = np.random.default_rng(31)
    return [DOMAIN.generate(rng, level) for _ in range(count)]


def lacking(puzzle: Sudoku, more: int) -> Solver:
    """Sees the answer once `more` right digits are given."""
    return Solver("sudoku", clues=sum(given > 0 for given in puzzle.givens) + more)


def segments(events: Iterable[SolveEvent]) -> list[Segment]:
    return [event for event in events if isinstance(event, Segment)]


def last(events: list[SolveEvent]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


def without_seconds(events: Iterable[SolveEvent]) -> list[str]:
    kept = [event for event in events if not isinstance(event, Started)]
    return [to_json(replace(event, seconds=0.0)) for event in kept]


def test_the_kind_of_puzzle_decides_what_is_tried() -> None:
    assert [method_of(domain(task)) for task in ("sudoku", "maze", "arc")] == [
        "what-ifs", "what-ifs", "symmetric copies"
    ]  # fmt: skip
    assert Policy().tries("what-ifs") > Policy().tries("symmetric copies") == Policy().copies
    assert Policy(attempts=3).tries("what-ifs") == 3


def test_hypotheses_clash_with_no_given_and_the_digits_of_the_answer_come_last() -> None:
    (puzzle,) = sudokus(1)
    rng = np.random.default_rng(1)
    said = rng.dirichlet(np.ones(11), (9, 9)).astype(np.float32)
    answered = said[..., 2:].argmax(-1) + 1
    found = list(DOMAIN.hypotheses(puzzle, said, "native"))
    assert len({one.puzzle for one in found}) == len(found)
    digits: dict[tuple[int, int], list[int]] = defaultdict(list)
    for one in found:
        ((row, column),) = np.argwhere(
            np.not_equal(one.puzzle.givens, puzzle.givens).reshape(9, 9)
        ).tolist()
        cell = 9 * row + column
        assert puzzle.givens[cell] == 0
        assert one.text == f"r{row + 1}c{column + 1} = {one.puzzle.givens[cell]}"
        assert one.puzzle.solution is None  # it may be another one
        digits[row, column].append(one.puzzle.givens[cell])
    assert len(digits) == puzzle.givens.count(0)
    for cell, tried in digits.items():
        others = [digit for digit in tried if digit != answered[cell]]
        assert tried[: len(others)] == others
        assert others == sorted(others, key=lambda digit: -said[*cell, digit + 1])


def test_the_first_hypotheses_are_of_cells_whose_digit_is_repeated() -> None:
    (puzzle,) = sudokus(1)
    (grid,) = DOMAIN.solve(puzzle)
    wrong = grid.copy()
    row, column = divmod(puzzle.givens.index(0), 9)
    wrong[row, column] = grid[row, (column + 1) % 9]
    said = np.full((9, 9, 11), 0.01, np.float32)
    np.put_along_axis(said, wrong[..., None].astype(int) + 1, 0.9, -1)
    first = next(iter(DOMAIN.hypotheses(puzzle, said, "native")))
    repeated = repeats(wrong.ravel().tolist())
    named = {cell_name(cell) for one in repeated for cell in one.cells}
    assert first.text.split(" = ")[0] in named


def test_a_what_if_solves_what_a_pass_could_not() -> None:
    (puzzle,) = sudokus(1)
    events = list(solve(lacking(puzzle, 1).model(), DOMAIN, puzzle, Policy(segments=2)))
    started, done, shown = events[0], last(events), segments(events)[2:]
    assert isinstance(started, Started)
    assert started.attempts == Policy().tries("what-ifs")
    assert (done.solved, done.found, done.reason, done.note) == (True, "what-ifs", "verified", "")
    assert 1 <= done.attempts <= ROWS
    assert tuple(done.candidates[0].answer.ravel().tolist()) == puzzle.solution
    assert all(event.hypothesis and event.attempt for event in shown)
    assert shown[-1].stops
    assert shown[-1].hypothesis is not None
    assert shown[-1].why == decision(shown[-1])
    assert shown[-1].confidence is not None  # its cells lie where the puzzle's do
    assert [event.hypothesis for event in segments(events)[:2]] == [None, None]
    supposed = " and ".join(shown[-1].hypothesis)
    assert f"by the what-if {supposed} ({done.attempts} tried)" in verdict(done, shown[-1])
    assert "what-if" in verdict(done, shown[-1])


def test_branches_below_branches_take_more_as_given() -> None:
    (puzzle,) = sudokus(1)
    events = list(solve(lacking(puzzle, 2).model(), DOMAIN, puzzle, Policy(segments=2)))
    shown = segments(events)[-1]
    assert last(events).solved
    assert shown.hypothesis is not None
    assert len(shown.hypothesis) == 2
    assert " and " in place(shown)


def test_an_answer_counts_only_if_it_keeps_the_rules_of_the_puzzle_itself() -> None:
    """The puzzle has several answers to all branches, of which none has the givens."""

    puzzle, another = sudokus(2)
    (other,) = DOMAIN.solve(another)

    @dataclass
    class Liar(Solver):
        def _answer(self, board: Tokens) -> Tokens:
            return (other + 1).astype(np.uint8)  # a right grid, of another puzzle

    policy = Policy(segments=1, attempts=20)
    done = last(list(solve(Liar("sudoku").model(), DOMAIN, puzzle, policy)))
    assert (done.solved, done.reason) == (False, "limit")
    assert done.reasons


@pytest.mark.parametrize("attempts", [1, 5, ROWS + 3])
def test_no_more_branches_are_tried_than_attempts(attempts: int) -> None:
    (puzzle,) = sudokus(1)
    policy = Policy(segments=1, attempts=attempts)
    oracle = lacking(puzzle, 99)
    events = list(solve(oracle.model(), DOMAIN, puzzle, policy))
    done = last(events)
    assert (done.solved, done.found, done.attempts) == (False, "what-ifs", attempts)
    assert max(oracle.batches) <= ROWS
    assert sum(oracle.batches[1:]) == attempts * DOMAIN.what_ifs
    assert max(event.attempt for event in segments(events)) <= attempts
    assert segments(events)[-1].stops
    assert segments(events)[-1].why.startswith("The network stops at the limit of ")
    assert f"the best of {attempts} what-if" in verdict(done, None)


def test_without_attempts_there_is_a_single_pass() -> None:
    (puzzle,) = sudokus(1)
    oracle = lacking(puzzle, 1)
    done = last(list(solve(oracle.model(), DOMAIN, puzzle, Policy(segments=2, attempts=0))))
    assert (done.solved, done.found, done.attempts) == (False, "single pass", 0)
    assert oracle.batches == [1, 1]


def test_the_time_ends_a_search() -> None:
    (puzzle,) = sudokus(1)
    none = last(list(solve(lacking(puzzle, 1).model(), DOMAIN, puzzle, Policy(budget=0.0))))
    assert (none.solved, none.found, none.attempts) == (False, "single pass", 0)
    policy = Policy(segments=1, budget=1e-6)
    oracle = lacking(puzzle, 99)
    done = last(list(solve(oracle.model(), DOMAIN, puzzle, policy)))
    assert len(oracle.batches) == 2  # a segment of the pass, and one of a round
    assert "1e-06 s for what-ifs are over" in done.note


@dataclass
class Modest(SudokuDomain):
    """Has no more than so many hypotheses."""

    most: int

    def hypotheses(
        self, puzzle: Sudoku, probabilities: FloatGrid, layout: Layout
    ) -> Iterator[Hypothesis[Sudoku]]:
        return islice(super().hypotheses(puzzle, probabilities, layout), self.most)


@pytest.mark.parametrize("most", [0, 1])
def test_it_ends_where_nothing_is_left_to_take_as_given(most: int) -> None:
    (puzzle,) = sudokus(1)
    domain = Modest(most)
    model = Solver("sudoku", blind=lambda board: True).model()
    policy = Policy(segments=1)
    done = last(list(solve(model, domain, puzzle, policy)))
    (together,) = (
        e for e in solve_many(model, domain, [puzzle], policy) if isinstance(e, Finished)
    )
    assert without_seconds([done]) == without_seconds([together])
    assert not done.solved
    if most:  # one below another, until no blank is left
        blanks = puzzle.givens.count(0)
        assert 1 <= done.attempts <= blanks
        assert done.note == "There is nothing left to take as given."
    else:
        assert (done.attempts, done.found) == (0, "single pass")


def test_a_search_is_the_same_each_time() -> None:
    (puzzle,) = sudokus(1)
    model = tiny.build(SYMBOLS)
    policy = Policy(segments=2, attempts=20)
    first, again = (without_seconds(solve(model, DOMAIN, puzzle, policy)) for _ in range(2))
    assert first == again


def test_one_by_one_together_and_an_evaluation_agree() -> None:
    puzzles = sudokus(4)
    clues = sorted(sum(given > 0 for given in puzzle.givens) for puzzle in puzzles)[1] + 1
    policy = Policy(segments=2, attempts=40)
    model = Solver("sudoku", clues=clues).model()
    together = {
        event.puzzle: event
        for event in solve_many(model, DOMAIN, puzzles, policy)
        if isinstance(event, Finished)
    }
    judged = {one.puzzle: one for one in judge(model, DOMAIN, dict(enumerate(puzzles)), policy)}
    assert sorted(together) == sorted(judged) == list(range(len(puzzles)))
    for index, puzzle in enumerate(puzzles):
        alone = last(list(solve(model, DOMAIN, puzzle, policy, index=index)))
        assert without_seconds([alone]) == without_seconds([together[index]])
        assert judged[index].verified is bool(alone.solved)
        assert judged[index].single is (alone.found == "single pass")


def test_traces_keep_hypotheses_and_old_ones_have_none() -> None:
    (puzzle,) = sudokus(1)
    events = list(solve(lacking(puzzle, 1).model(), DOMAIN, puzzle, Policy(segments=1)))
    first, *_, branch = segments(events)
    read = from_json(to_json(branch))
    assert isinstance(read, Segment)
    assert read.hypothesis == branch.hypothesis
    assert "hypothesis" not in to_json(first)
    old = from_json(to_json(first))
    assert isinstance(old, Segment)
    assert old.hypothesis is None
    end = from_json(to_json(events[-1]))
    assert isinstance(end, Finished)
    assert end.found == "what-ifs"


def test_a_session_tries_them_on_demand() -> None:
    (puzzle,) = sudokus(1)
    kept = Session(lacking(puzzle, 1).model(), DOMAIN, puzzle)
    assert kept.method == "what-ifs"
    (*_, single) = kept.start(Policy(segments=1, attempts=0))
    (*_, end) = kept.try_again(Policy(segments=1))
    assert isinstance(single, Finished)
    assert isinstance(end, Finished)
    assert (single.solved, end.solved) == (False, True)


def test_a_branch_says_what_it_says_alone() -> None:
    (puzzle,) = sudokus(1)
    model = tiny.build(SYMBOLS)
    said = Rollout(model, DOMAIN, [puzzle]).segment().probabilities(0)
    search = WhatIfs(DOMAIN, "native", puzzle, said, Policy())
    branch = search.pending[3]
    for _ in think(model, DOMAIN, [search]):
        pass
    result = next(result for result in search.results if result.branch is branch)
    by_itself = Rollout(model, DOMAIN, [branch.puzzle])
    for _ in range(DOMAIN.what_ifs):
        alone = by_itself.segment()
    beside = result.readout.probabilities(result.place)
    np.testing.assert_allclose(beside, alone.probabilities(0), rtol=1e-3, atol=1e-5)


def test_a_branch_is_left_for_others_before_it_is_exhausted() -> None:
    """The answers below a false hypothesis may look the better the deeper one goes."""
    (puzzle,) = sudokus(1)
    said = np.full((9, 9, 11), 1 / 11, np.float32)
    search = WhatIfs(DOMAIN, "native", puzzle, said, Policy(attempts=40 * ROWS))
    model = lacking(puzzle, 99).model()
    depths: list[int] = []
    for _ in range(40):
        depths.append(len(search.pending[0].hypothesis))
        for _ in think(model, DOMAIN, [search]):
            pass
    assert depths[0] == 1
    assert depths.count(1) >= 2  # the puzzle itself
    assert 2 in depths
    assert depths.count(2) >= 5  # several of its branches
    assert not search.pending  # the attempts are used up


def test_all_branches_are_shown_where_a_viewer_asks_for_them() -> None:
    [puzzle] = sudokus(1)
    kept = Session(tiny.build(SYMBOLS), DOMAIN, puzzle, beliefs=True)
    after = segments(kept.start(Policy(segments=1, attempts=12)))
    shown = [event for event in after if event.attempt]
    assert len(shown) == DOMAIN.what_ifs
    for event in shown:
        assert event.tried is not None
        assert len({tried.attempt for tried in event.tried}) == len(event.tried) <= ROWS
        leading = next(tried for tried in event.tried if tried.attempt == event.attempt)
        assert (leading.hypothesis, leading.violations) == (event.hypothesis, event.violations)
        assert event.beliefs is not None
        assert all(tried.over == (event.number == DOMAIN.what_ifs) for tried in event.tried)
