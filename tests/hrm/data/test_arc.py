"""ARC as training data: which examples a run sees, under which row of the puzzle embedding."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from hrm.data.arc import (
    CANVASES,
    IDENTITY,
    ArcSource,
    Example,
    arc_sources,
    entries,
    held_out,
    identity_ids,
    variant,
)
from hrm.errors import UserError
from hrm.model.config import HRMConfig
from hrm.model.hrm import HRM
from hrm.solving.accuracy import accuracy
from hrm.training.config import TrainConfig
from hrm.training.events import Evaluated, Saved, StepDone
from hrm.training.loop import train
from hrm.training.presets import preset
from hrm.training.run import Run
from puzzles.arc.datasets import load_tasks
from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import PAD, ArcPuzzle, Pair, answer_tokens, as_grid, read_tokens

TRAINING = {"arc1-training": 1.0}
TINY = HRMConfig(
    vocabulary=12,
    hidden=16,
    heads=2,
    intermediate=16,
    high_layers=1,
    low_layers=1,
    high_cycles=1,
    low_cycles=1,
    gradient="last_cycle",
    positions="rope2d",
    prefix=1,
    puzzle_ids=400,
    puzzle_width=16,
    halting="halt_only",
    halt_reads="mean",
)


@pytest.fixture(scope="module")
def single() -> list[ArcSource]:
    """The sources of one variant a task."""
    return arc_sources(TRAINING, 400)


def pairs_of(source: ArcSource) -> Counter[tuple[int, Pair]]:
    """What the arrays of a source spell, with its ids."""
    assert source.rows.puzzle_ids is not None
    found: Counter[tuple[int, Pair]] = Counter()
    for tokens, targets, row in zip(
        source.rows.tokens, source.rows.targets, source.rows.puzzle_ids, strict=True
    ):
        grids = (as_grid(read_tokens(t.reshape(source.shape))) for t in (tokens, targets))
        found[int(row), Pair(*grids)] += 1
    return found


def test_the_demonstrations_of_every_task_and_nothing_else(single: list[ArcSource]) -> None:
    wanted = Counter(
        (entry.first_id, pair)
        for entry in entries(TRAINING)
        for pair in entry.puzzle.demonstrations
    )
    assert sum(map(pairs_of, single), Counter()) == wanted


def test_canvases_are_the_smallest_that_fit(single: list[ArcSource]) -> None:
    assert [source.shape for source in single] == [(side, side) for side in CANVASES]
    assert sum(source.share for source in single) == pytest.approx(1)
    for smaller, source in zip(CANVASES, single[1:], strict=False):
        for _, pair in pairs_of(source):
            sides = [len(side) for grid in (pair.input, pair.output) for side in (grid, grid[0])]
            assert smaller <= max(sides) < source.shape[0] or max(sides) == 30


def test_variants_are_fixed_by_task_and_number() -> None:
    assert variant("007bbfb7", 0) == IDENTITY
    drawn = [variant(task, number) for task in ("007bbfb7", "00d62c1b") for number in (1, 2)]
    assert len(set(drawn)) == 4
    assert drawn[1] == variant("007bbfb7", 2)


def test_a_variant_is_the_whole_task_redrawn() -> None:
    sources = arc_sources({"arc1-training": 2.0}, 800)
    found = sum(map(pairs_of, sources), Counter())
    entry = entries({"arc1-training": 2.0})[7]
    redrawn = variant(entry.puzzle.task, 1).redraw(entry.puzzle)
    for row, puzzle in ((entry.first_id, entry.puzzle), (entry.first_id + 1, redrawn)):
        mine = [pair for (owner, pair) in found if owner == row]
        assert sorted(mine, key=repr) == sorted(set(puzzle.demonstrations), key=repr)


def test_the_official_layout_has_one_canvas() -> None:
    (source,) = arc_sources({"arc1-training": 1.0}, 400, "official")
    assert source.shape == (30, 30)
    assert source.share == 1.0
    assert len(source.rows) == sum(len(s.rows) for s in arc_sources({"arc1-training": 1.0}, 400))


def test_shared_tasks_have_one_entry() -> None:
    both = entries({"arc1-training": 2.0, "arc2-training": 3.0})
    assert len({entry.puzzle.task for entry in both}) == len(both)
    ends = [entry.first_id + entry.variants for entry in both]
    assert [entry.first_id for entry in both] == [0, *ends[:-1]]
    assert both[0].variants == 2
    assert both[-1].variants == 3


@pytest.mark.parametrize(
    ("mix", "rows", "words"),
    [
        ({"arc9-training": 1.0}, 400, "unknown dataset"),
        ({"arc1-training": 1.5}, 600, "not a number of variants"),
        ({"arc1-training": 2.0}, 400, "800 variants of tasks, the model 400"),
    ],
)
def test_a_mix_that_cannot_be_is_refused(mix: dict[str, float], rows: int, words: str) -> None:
    with pytest.raises(UserError, match=words):
        arc_sources(mix, rows)


def test_the_choices_of_a_row_are_the_colours_that_its_task_shows(
    single: list[ArcSource],
) -> None:
    sources = arc_sources(TRAINING, 400, choices=True)
    shown = {entry.first_id: set(answer_tokens(entry.puzzle)) for entry in entries(TRAINING)}
    for source in sources:
        rows = source.make(np.random.default_rng(1), 2 * len(source.rows))
        assert rows.rules is not None
        assert rows.puzzle_ids is not None
        for some, row, *sides in zip(
            rows.rules[:, 0].tolist(),
            rows.puzzle_ids.tolist(),
            rows.tokens,
            rows.targets,
            strict=True,
        ):
            assert len(set(some)) == len(some)
            assert shown[row] <= set(some)
            assert {token for side in sides for token in side.tolist()} <= shown[row] | {PAD}
    assert sum(map(pairs_of, sources), Counter()) == sum(map(pairs_of, single), Counter())
    assert all(source.rows.rules is None for source in single)


def test_a_chunk_holds_every_example_before_any_twice() -> None:
    grids = [((colour,),) for colour in range(5)]
    source = ArcSource.of((2, 2), [Example(Pair(grid, grid), 3) for grid in grids], 1.0)
    rows = source.make(np.random.default_rng(0), 12)
    colours = rows.tokens[:, 0].tolist()
    assert sorted(colours[:5]) == sorted(colours[5:10]) == [2, 3, 4, 5, 6]
    assert rows.tokens.tolist() == rows.targets.tolist()
    again = source.make(np.random.default_rng(0), 12)
    assert again.tokens.tolist() == rows.tokens.tolist()
    assert rows.puzzle_ids is not None
    assert rows.puzzle_ids.tolist() == [3] * 12


def test_free_colours_are_exchanged_and_no_others() -> None:
    pair = Pair(((0, 1, 2, 3),), ((3, 2, 1, 0),))
    source = ArcSource.of((1, 4), [Example(pair, 0, (2, 3, 9))], 1.0)
    rows = source.make(np.random.default_rng(0), 200)
    drawn = rows.tokens - 2
    assert set(drawn[:, 0]) == {0}
    assert set(drawn[:, 1]) == {1}
    assert set(drawn[:, 2]) == set(drawn[:, 3]) == {2, 3, 9}
    assert (drawn[:, 2] != drawn[:, 3]).all()
    assert np.array_equal(rows.targets, rows.tokens[:, ::-1])
    left = (drawn == [0, 1, 2, 3]).all(axis=1).mean()
    assert 0.3 < left < 0.55  # three in ten are left alone, and a sixth of the others come out so


def test_held_out_tests_belong_to_the_trained_tasks() -> None:
    tests = held_out(np.random.default_rng(1), TRAINING, 50)
    assert len({(test.task, test.test) for test in tests}) == 50
    rows = identity_ids(TRAINING, tests)
    names = [entry.puzzle.task for entry in entries(TRAINING)]
    assert [names[row] for row in rows] == [test.task for test in tests]
    everything = held_out(np.random.default_rng(1), TRAINING, 10_000)
    assert len(everything) == len(load_tasks("arc1-training"))


def test_accuracy_gives_each_puzzle_its_own_row() -> None:
    model = HRM(TINY, torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.puzzle_embedding.normal_(generator=torch.Generator().manual_seed(1))
    model.eval().requires_grad_(False)
    domain = ArcDomain()
    grids = [((1, 2), (3, 4)), ((5,),), ((6, 7), (8, 9)), ((2,),)]
    puzzles = [ArcPuzzle(f"t{i}", (Pair(g, g),), g, g) for i, g in enumerate(grids)]
    rows = [17, 3, 250, 399]

    def together(ids: list[int]) -> float:
        return accuracy(model, domain, puzzles, 2, puzzle_ids=ids).cells

    alone = [
        accuracy(model, domain, [p], 2, puzzle_ids=[row]).cells
        for p, row in zip(puzzles, rows, strict=True)
    ]
    assert together(rows) == pytest.approx(np.mean(alone))
    assert together(rows) != together([row - 1 for row in rows])


def test_the_preset_and_its_data_agree() -> None:
    config = preset("mini", "arc", steps=1)
    last = entries(config.mix)[-1]
    assert last.first_id + last.variants == config.model.puzzle_ids


def test_a_run_trains_and_evaluates(tmp_path: Path) -> None:
    config = TrainConfig(
        task="arc", model=TINY, mix=TRAINING, steps=3, batch_cells=400, evaluate_count=4
    )
    run = Run.create(tmp_path / "run", config)
    tests = run.held_out()
    events = list(train(run.trainer, save=run.save, evaluate=run.evaluator(tests, 2)))
    assert [type(event) for event in events] == [StepDone] * 3 + [Evaluated, Saved]
    assert isinstance(events[3], Evaluated)
    assert events[3].count == 4
    assert json.loads((tmp_path / "run" / "config.json").read_text())["mix"] == TRAINING
    table = run.trainer.model.puzzle_embedding
    assert 0 < int((table != 0).any(dim=1).sum()) < 400
