"""A batch in training knows what the cells of its rows have to do with one another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch

from hrm.data.rows import IGNORE_LABEL, Source, Stream
from hrm.data.sources import sources
from hrm.errors import UserError
from hrm.model.geometry import Geometry
from hrm.model.hrm import HRM
from hrm.training.batch import TrainBatch
from hrm.training.distributed import Ranks
from hrm.training.presets import preset
from puzzles import domain


def batch_of(
    model: HRM, source: Source, *, seed: int = 0, ranks: Ranks | None = None
) -> TrainBatch:
    return TrainBatch(model, source, Stream(source, (seed, 0), 0, 16), 6, ranks)


def assert_same(one: Geometry, other: Geometry) -> None:
    for name in ("mask", "neighbours"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert mine is not None
        assert torch.equal(mine, theirs)


def assert_fits(batch: TrainBatch, model: HRM) -> None:
    """The geometry is what the tokens of the batch's own rows make anew."""
    boards = batch.examples.tokens[batch.own].numpy().astype(np.uint8).reshape(-1, 4, 5)
    assert_same(batch.geometry, model.geometry((4, 5), domain("arc").relations(boards)))


def test_rows_that_are_replaced_get_their_geometry() -> None:
    model = tiny.build(tiny.ARC)
    batch = batch_of(model, tiny.Grids())
    before = batch.geometry
    assert_fits(batch, model)
    batch.halted[[1, 4]] = True
    assert batch.refill() == 2
    assert_fits(batch, model)
    stayed, replaced = torch.tensor([0, 2, 3, 5]), torch.tensor([1, 4])
    assert_same(batch.geometry.take(stayed), before.take(stayed))
    with pytest.raises(AssertionError):
        assert_same(batch.geometry.take(replaced), before.take(replaced))
    batch.stream.close()


def test_a_resumed_batch_has_the_geometry_of_its_rows() -> None:
    model = tiny.build(tiny.ARC)
    one, other = (batch_of(model, tiny.Grids(), seed=seed) for seed in (0, 1))
    one.halted[:3] = True
    one.refill()
    other.load_state(one.state())
    assert_same(one.geometry, other.geometry)
    assert_fits(other, model)
    for batch in (one, other):
        batch.stream.close()


def test_each_process_has_the_geometry_of_its_part() -> None:
    model = tiny.build(tiny.ARC)
    whole = batch_of(model, tiny.Grids())
    for rank, part in enumerate((slice(0, 3), slice(3, 6))):
        batch = batch_of(model, tiny.Grids(), ranks=Ranks(rank, 2))
        assert batch.own == part
        assert_same(batch.geometry, whole.geometry.take(part))
        batch.stream.close()
    whole.stream.close()


def test_where_all_rows_are_alike_a_geometry_lasts() -> None:
    batch = batch_of(tiny.build(tiny.SUDOKU), sources("sudoku", {"eased": 1.0})[0])
    before = batch.geometry
    batch.halted[0] = True
    assert batch.refill() == 1
    assert batch.geometry is before
    batch.stream.close()


def test_a_model_without_relation_heads_asks_for_none() -> None:
    model = tiny.build(replace(tiny.ARC, relation_heads=0, positions="rope2d", hidden=72))
    batch = batch_of(model, tiny.Grids())
    assert batch.geometry.cos is not None
    assert (batch.geometry.mask, batch.geometry.neighbours) == (None, None)
    batch.stream.close()


def test_answers_with_more_symbols_than_the_model_has_are_refused() -> None:
    config = replace(preset("mini", "sudoku", steps=1).model, symbols=8)
    (source,) = sources("sudoku", {"eased": 1.0})
    with pytest.raises(UserError, match="with symbols=8 an answer has tokens from 3 on") as caught:
        batch_of(HRM(config), source)
    assert "--set symbols=9" in caught.value.hint


def test_labels_follow_the_shortest_path_that_the_model_leans_to() -> None:
    config = preset("mini", "maze", steps=1).model
    model = HRM(config, torch.Generator().manual_seed(0))
    (source,) = sources("maze", {"9": 1.0})
    batch = batch_of(model, source)
    stored = batch.part.labels
    logits = torch.zeros(*stored.shape, config.vocabulary)
    assert torch.equal(batch.nearest(batch.part, logits), stored)  # the canonical path
    logits[..., 5] = torch.randn(stored.shape, generator=torch.Generator().manual_seed(1))
    leaning = batch.nearest(batch.part, logits)
    assert torch.equal(leaning == IGNORE_LABEL, stored == IGNORE_LABEL)
    assert ((leaning == 5).sum(1) == (stored == 5).sum(1)).all()  # as short
    assert not torch.equal(leaning, stored)
    batch.stream.close()
