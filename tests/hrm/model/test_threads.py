"""Rows shared out to threads train the same model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import tiny
import torch
from torch import Tensor

from hrm.data.rows import Source
from hrm.model.threads import Threads
from hrm.training.trainer import Trainer


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def trained(
    steps: int, source: Source | None = None, **settings: Any
) -> tuple[list[float], Trainer]:
    """A batch of eleven rows."""
    source = source or tiny.Drill()
    cells = source.shape[0] * source.shape[1]
    config = tiny.drill_config(steps=steps, batch_cells=11 * cells, **settings)
    trainer = Trainer(config, [source])
    losses = [trainer.train_step().loss for _ in range(steps)]
    trainer.close()
    return losses, trainer


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"model": replace(tiny.DRILL, halting="q_learning"), "q_target": "deferred"},
        {"model": replace(tiny.DRILL, halting="q_learning"), "q_target": "exact"},
    ],
    ids=["halt only", "deferred", "exact"],
)
def test_two_threads_give_what_one_gives(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, two_threads: None
) -> None:
    apart, shared = trained(4, **settings)
    again, _ = trained(4, **settings)
    assert apart == again  # summed in order, so equal to the bit
    assert torch.get_num_threads() == 2
    monkeypatch.setattr("hrm.model.threads.LEAST_ROWS", 99)
    whole, alone = trained(4, **settings)
    assert apart == pytest.approx(whole, rel=1e-5)
    for name, weight in alone.model.state_dict().items():
        assert torch.allclose(shared.model.state_dict()[name], weight, atol=1e-4), name


def test_rows_with_relations_of_their_own_may_be_shared_out(
    monkeypatch: pytest.MonkeyPatch, two_threads: None
) -> None:
    def gradients() -> dict[str, Tensor | None]:
        config = tiny.drill_config(model=tiny.ARC, batch_cells=220)
        trainer = Trainer(config, [tiny.Grids()])
        trainer._think(trainer.batches[0], 11)
        trainer.close()
        return {name: p.grad for name, p in trainer.model.named_parameters()}

    apart, (losses, _) = gradients(), trained(4, tiny.Grids(), model=tiny.ARC)
    monkeypatch.setattr("hrm.model.threads.LEAST_ROWS", 99)
    for name, whole in gradients().items():
        part = apart[name]
        assert whole is not None
        assert part is not None
        torch.testing.assert_close(part, whole, rtol=1e-4, atol=1e-6)
    assert losses == pytest.approx(trained(4, tiny.Grids(), model=tiny.ARC)[0], rel=1e-5)


def test_parts_cover_the_rows_and_are_not_too_small(two_threads: None) -> None:
    threads = Threads()
    assert threads.parts(11) == [slice(0, 5), slice(5, 11)]
    assert threads.parts(7) == [slice(0, 7)]
    assert threads.map(lambda part: part.stop - part.start, threads.parts(11)) == [5, 6]
    threads.close()


def test_an_error_in_a_part_is_not_lost(two_threads: None) -> None:
    threads = Threads()

    def work(part: slice) -> None:
        if part.start:
            raise ValueError("the second part")

    with pytest.raises(ValueError, match="second"):
        threads.map(work, threads.parts(20))
    assert torch.get_num_threads() == 2
    threads.close()
