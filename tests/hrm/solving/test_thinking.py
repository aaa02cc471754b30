"""Puzzles whose cells are related in their own ways, in one batch: each is thought about as if it
were alone, whoever else leaves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny

from hrm.events import Finished
from hrm.model.config import HRMConfig
from hrm.model.hrm import HRM
from hrm.solving.batch import solve_many
from hrm.solving.policy import Policy, sigmoid
from hrm.solving.thinking import Rollout
from puzzles import domain
from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import ArcPuzzle, Pair
from puzzles.sudoku.domain import SudokuDomain

ARC, SUDOKU = ArcDomain(), SudokuDomain()
CONFIGS = {
    "pointers": replace(tiny.ARC, relation_heads=7),
    "pointers and groups": tiny.ARC,
    "means of groups": replace(tiny.ARC, relation_mix="mean"),
    "prefix": replace(tiny.ARC, prefix=1, puzzle_ids=2, puzzle_width=36),
}


def puzzles(count: int) -> list[ArcPuzzle]:
    """Grids of different sizes on one canvas, whose outputs nobody knows."""
    rng = np.random.default_rng(11)
    shown = (tuple([0] * 5),) * 4
    return [
        ArcPuzzle(
            task=str(number),
            demonstrations=(Pair(((0,),), shown),),
            input=tiny.random_grid(rng, (4, 5)),
        )
        for number in range(count)
    ]


def finished(model: HRM, given: list[ArcPuzzle]) -> dict[int, Finished]:
    events = solve_many(model, ARC, given, Policy(segments=12))
    return {event.puzzle: event for event in events if isinstance(event, Finished)}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_a_batch_says_what_each_puzzle_says_alone(config: HRMConfig) -> None:
    model, given = tiny.build(config), puzzles(9)
    together = finished(model, given)
    assert len({done.segments for done in together.values()}) > 1  # some leave before others
    for number, puzzle in enumerate(given):
        (alone,) = finished(model, [puzzle]).values()
        assert together[number].segments == alone.segments
        assert np.array_equal(together[number].candidates[0].answer, alone.candidates[0].answer)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_rows_take_their_relations_along(config: HRMConfig) -> None:
    model, given = tiny.build(config), puzzles(5)
    together = Rollout(model, ARC, given)
    alone = [Rollout(model, ARC, [puzzle]) for puzzle in given]
    for staying in ([0, 1, 2, 3, 4], [1, 3, 4], [3]):
        together.keep(np.isin(together.rows, staying))
        assert together.rows.tolist() == staying
        q_halt = [alone[row].segment().q_halt[0] for row in staying]
        np.testing.assert_allclose(together.segment().q_halt, q_halt, atol=1e-4)


def test_a_threshold_makes_stopping_rarer_and_stays_a_comparison() -> None:
    """Only `halt_only` has one; the logits are measured from it, the chance is not."""
    boards = [SUDOKU.generate(np.random.default_rng(3), "easy")]
    said, chances = [], []
    for threshold in (0.0, 1.5):
        model = tiny.build(replace(tiny.SUDOKU, halt_threshold=threshold))
        thought = Rollout(model, SUDOKU, boards).segment()
        assert thought.q_continue[0] == -thought.q_halt[0]
        said.append(thought.q_halt[0])
        chances.append(thought.chances[0])
    assert said[0] - said[1] == pytest.approx(1.5)
    assert chances == pytest.approx([sigmoid(said[0])] * 2)


class Agreeing(tiny.Oracle):
    """Repeats the question for two segments, then the answer."""

    @property
    def config(self) -> HRMConfig:
        return replace(tiny.SUDOKU, halting="halt_only", halt_threshold=5.0, halt_agreement=4.0)


def test_an_unchanged_answer_makes_stopping_likelier() -> None:
    boards = [SUDOKU.generate(np.random.default_rng(seed), "easy") for seed in range(3)]
    thought = Rollout(Agreeing("sudoku", right_from=3).model(), SUDOKU, boards)
    said = []
    for number in range(1, 6):
        readout = thought.segment()
        assert len(set(readout.q_halt)) == 1
        said.append((readout.q_halt[0], readout.q_continue[0]))
        if number == 3:
            thought.keep(np.array([True, False, True]))
    # the oracle always says 3
    assert said == [(-2.0, 2.0), (2.0, -2.0), (-2.0, 2.0), (2.0, -2.0), (2.0, -2.0)]


@pytest.mark.parametrize(
    ("config", "task"),
    [
        (replace(tiny.SUDOKU, high_cycles=3), "sudoku"),
        (replace(tiny.MAZE, high_cycles=3, high_layers=0), "maze"),
    ],
)
def test_the_beliefs_of_a_cycle_are_the_answer_of_a_model_that_stops_there(
    config: HRMConfig, task: str
) -> None:
    kind = domain(task)
    given = kind.find("easy" if task == "sudoku" else "small") or []
    thought = Rollout(tiny.build(config), kind, given).segment(cycles=True)
    shape = kind.encode(given[0], "native").shape
    beliefs = thought.beliefs(0, shape)
    assert beliefs is not None
    assert beliefs.shape == (3, *shape, config.vocabulary)
    for cycle, shown in enumerate(beliefs, start=1):
        shorter = tiny.build(replace(config, high_cycles=cycle))
        alone = Rollout(shorter, kind, given).segment()
        exact = 255 * np.exp(alone.log_probabilities(0))
        assert np.abs(exact - shown).max() <= 0.51


def test_nothing_is_kept_of_the_cycles_unasked() -> None:
    thought = Rollout(tiny.build(tiny.ARC), ArcDomain(), puzzles(1)).segment()
    assert thought.beliefs(0, (3, 3)) is None


def test_a_run_goes_on_until_every_row_is_dropped() -> None:
    boards = [SUDOKU.generate(np.random.default_rng(seed), "easy") for seed in range(3)]
    thought = Rollout(tiny.build(tiny.SUDOKU), SUDOKU, boards)
    rows = []
    for place, readout in zip((1, 0, 0), thought.run(9), strict=True):
        rows.append(thought.rows.tolist())
        assert len(readout.tokens) == len(thought.rows)
        thought.drop(place)
    assert rows == [[0, 1, 2], [0, 2], [2]]
    assert thought.number == 3
