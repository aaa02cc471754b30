"""Training: a run that is stopped and resumed is the run that was never stopped, bit for bit."""

from __future__ import annotations

import io
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from torch import Tensor

from hrm.data.rows import Rows
from hrm.data.sources import sources
from hrm.errors import ModelError, UserError
from hrm.training.config import TrainConfig
from hrm.training.trainer import Trainer, averaged_model

TIMES = ("seconds", "rows_per_second")
"""Of a StepDone, what no two runs share."""

SUDOKU = TrainConfig(
    task="sudoku",
    model=tiny.SUDOKU,
    mix={"eased": 1.0},
    steps=12,
    batch_cells=162,
    max_segments=3,
    exploration=0.5,
    warmup=4,
)
Q_LEARNING = replace(
    SUDOKU,
    model=replace(tiny.SUDOKU, halting="q_learning", gradient="last_cycle"),
    optimizer="adam_atan2",
    loss="stablemax",
    seed=5,
)


def steps(trainer: Trainer, count: int) -> list[dict[str, Any]]:
    figures = [asdict(trainer.train_step()) for _ in range(count)]
    return [{k: v for k, v in figure.items() if k not in TIMES} for figure in figures]


def through_a_file(state: dict[str, Any]) -> dict[str, Any]:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    loaded: dict[str, Any] = torch.load(buffer, weights_only=True)
    return loaded


def flat(value: Any, where: str = "") -> dict[str, Any]:
    """Every leaf of a state under its path."""
    if isinstance(value, dict):
        items = [(str(k), v) for k, v in value.items()]
    elif isinstance(value, list | tuple):
        items = [(str(i), v) for i, v in enumerate(value)]
    else:
        return {where: value}
    return {k: v for name, part in items for k, v in flat(part, f"{where}/{name}").items()}


def assert_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    left, right = flat(one), flat(other)
    assert left.keys() == right.keys()
    for name, value in left.items():
        if name == "/seconds":
            continue
        if isinstance(value, Tensor):
            assert torch.equal(value, right[name]), name
        else:
            assert value == right[name], name


@pytest.mark.parametrize(
    "config",
    [SUDOKU, Q_LEARNING, replace(Q_LEARNING, q_target="exact", dtype="bfloat16", mix={"6": 1.0})],
    ids=["muon", "deferred", "exact"],
)
def test_a_resumed_run_is_the_same_run(config: TrainConfig) -> None:
    parts = sources("sudoku", config.mix)
    whole, first, second = (Trainer(config, parts) for _ in range(3))
    figures = steps(whole, 12)
    before = steps(first, 6)
    second.load_state(through_a_file(first.state()))
    assert before + steps(second, 6) == figures
    assert_same(whole.state(), second.state())
    assert whole.average is not None
    assert len(flat(whole.state()["optimizers"])) > 20
    for trainer in (whole, first, second):
        trainer.close()


def test_a_resumed_run_keeps_its_batches() -> None:
    config = tiny.drill_config()
    sources = [tiny.Drill((2, 3), 0.5), tiny.Drill((3, 4), 0.5)]
    whole, first, second = (Trainer(config, sources) for _ in range(3))
    figures = steps(whole, 12)
    before = steps(first, 5)
    second.load_state(through_a_file(first.state()))
    assert before + steps(second, 7) == figures
    assert_same(whole.state(), second.state())
    assert [len(batch.steps) for batch in whole.batches] == [8, 4]  # as many cells in each
    assert not torch.equal(
        whole.batches[0].examples.tokens[0, :6], whole.batches[1].examples.tokens[0, :6]
    )


def test_batches_are_drawn_by_their_share() -> None:
    sources = [tiny.Drill((1, 2), 0.8), tiny.Drill((1, 3), 0.2)]
    trainer = Trainer(tiny.drill_config(), sources)
    drawn = [trainer._next_batch() is trainer.batches[0] for _ in range(500)]
    assert 0.74 < np.mean(drawn) < 0.86


def test_a_state_of_other_batches_is_refused() -> None:
    one = Trainer(tiny.drill_config(), [tiny.Drill()])
    two = Trainer(tiny.drill_config(), [tiny.Drill(), tiny.Drill()])
    with pytest.raises(UserError, match="has 1 data sources, this one 2"):
        two.load_state(one.state())


def test_seeds_decide_the_run() -> None:
    runs = [steps(Trainer(tiny.drill_config(seed=seed), [tiny.Drill()]), 3) for seed in (0, 0, 1)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_rows_that_halt_are_replaced_and_others_keep_their_carry() -> None:
    trainer = Trainer(tiny.drill_config(max_segments=100, exploration=0.0), [tiny.Drill()])
    (batch,) = trainer.batches
    trainer.train_step()
    batch.halted = torch.tensor([True, False] * 4)
    tokens, high, steps_before = (
        batch.examples.tokens.clone(),
        batch.carry.high.clone(),
        batch.steps,
    )
    assert batch.refill() == 4
    assert torch.equal(batch.examples.tokens[1::2], tokens[1::2])
    assert not torch.equal(batch.examples.tokens[::2], tokens[::2])
    assert torch.equal(batch.examples.labels[:, 1:], batch.examples.tokens[:, 1:])
    assert torch.equal(batch.carry.high[1::2], high[1::2])
    assert torch.equal(batch.carry.high[::2], batch.start.high.expand(4, -1, -1))
    assert steps_before.tolist() == [0, 1] * 4


def test_a_row_leaves_at_the_last_segment() -> None:
    trainer = Trainer(tiny.drill_config(max_segments=3, exploration=1.0), [tiny.Drill()])
    with torch.no_grad():
        trainer.model.q_head.bias.fill_(-50.0)  # never wishes to halt
    examples = [trainer.train_step().examples for _ in range(7)]
    assert examples == [8, 8, 8, 16, 16, 16, 24]


def test_a_row_leaves_when_the_model_wants_unless_it_explores() -> None:
    for exploration, seen in ((0.0, [8, 16, 24]), (1.0, [8, 8])):
        trainer = Trainer(
            tiny.drill_config(max_segments=50, exploration=exploration, learning_rate=0.0),
            [tiny.Drill()],
        )
        with torch.no_grad():
            trainer.model.q_head.bias.fill_(50.0)  # always wishes to halt
        assert [trainer.train_step().examples for _ in seen] == seen


def test_one_segment_per_row_is_a_plain_model() -> None:
    trainer = Trainer(tiny.drill_config(max_segments=1, exploration=0.5), [tiny.Drill()])
    assert [trainer.train_step().examples for _ in range(3)] == [8, 16, 24]


def test_it_learns() -> None:
    config = tiny.drill_config(steps=120, learning_rate=1e-2, muon_lr=2e-2, ema_decay=0.9)
    trainer = Trainer(config, [tiny.Drill()])
    figures = steps(trainer, 120)
    assert figures[0]["loss"] > 1.0
    assert np.mean([figure["loss"] for figure in figures[-10:]]) < 0.1
    assert np.mean([figure["cells"] for figure in figures[-10:]]) > 0.95


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [("constant", [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]), ("cosine", None)],
)
def test_rates_follow_the_schedule(schedule: Any, rates: list[float] | None) -> None:
    config = tiny.drill_config(steps=6, warmup=4, schedule=schedule, floor=0.1)
    trainer = Trainer(config, [tiny.Drill()])
    got = [figure["rate"] for figure in steps(trainer, 6)]
    if rates is None:  # what is left of the cosine at sixths of the run, under the warm-up
        cosine = 0.1 + 0.9 * 0.5 * (1 + np.cos(np.pi * np.arange(6) / 6))
        rates = (cosine * np.minimum(1.0, np.arange(1, 7) / 4)).tolist()
    assert got == pytest.approx(rates)
    for group in (g for optimizer in trainer.optimizers for g in optimizer.param_groups):
        assert group["lr"] == pytest.approx(group["base_lr"] * rates[-1])


def test_what_is_saved_is_the_average_if_there_is_one() -> None:
    trainer = Trainer(tiny.drill_config(), [tiny.Drill()])
    steps(trainer, 4)
    live, kept = trainer.model.state_dict(), averaged_model(trainer).state_dict()
    assert not torch.equal(live["embed_tokens"], kept["embed_tokens"])
    bare = Trainer(tiny.drill_config(ema_decay=0.0), [tiny.Drill()])
    steps(bare, 4)
    kept = averaged_model(bare).state_dict()
    assert all(torch.equal(kept[name], t) for name, t in bare.model.state_dict().items())


def test_a_run_may_begin_with_trained_weights() -> None:
    trained = Trainer(tiny.drill_config(), [tiny.Drill()])
    steps(trained, 3)
    fresh = Trainer(tiny.drill_config(seed=9), [tiny.Drill()])
    fresh.start_from(trained.weights())
    for name, tensor in fresh.weights().items():
        assert torch.equal(tensor, trained.weights()[name])


def test_rows_begin_with_the_initial_state_of_the_weights_given() -> None:
    """The weights bring their own, not that of the seed; also after a resume."""
    trained = Trainer(tiny.drill_config(), [tiny.Drill()])
    fresh = Trainer(tiny.drill_config(seed=9), [tiny.Drill()])
    fresh.start_from(trained.weights())
    resumed = Trainer(tiny.drill_config(seed=9), [tiny.Drill()])
    resumed.load_state(fresh.state())
    for trainer in (fresh, resumed):
        [batch] = trainer.batches
        initial = trained.model.initial_carry((1, batch.cells))
        assert torch.equal(batch.start.high, initial.high)
        assert torch.equal(batch.start.low, initial.low)
        assert torch.equal(batch.carry.high[:1], initial.high)


def test_a_puzzle_embedding_learns_only_the_rows_it_is_shown() -> None:
    class Named(tiny.Drill):
        def make(self, rng: np.random.Generator, count: int) -> Rows:
            rows = super().make(rng, count)
            return replace(rows, puzzle_ids=np.full(count, 2))

    model = replace(tiny.DRILL, prefix=1, puzzle_ids=4, puzzle_width=16)
    trainer = Trainer(tiny.drill_config(model=model), [Named()])
    steps(trainer, 3)
    table = trainer.model.puzzle_embedding.detach()
    assert (table[[0, 1, 3]] == 0).all()
    assert (table[2] != 0).all()


def test_activations_may_be_bfloat16() -> None:
    config = tiny.drill_config(steps=120, learning_rate=1e-2, muon_lr=2e-2, ema_decay=0.9)
    wide = Trainer(config, [tiny.Drill()])
    narrow = Trainer(replace(config, dtype="bfloat16"), [tiny.Drill()])
    figures = steps(narrow, 120)
    assert figures[0]["loss"] == pytest.approx(steps(wide, 1)[0]["loss"], rel=0.05)
    assert np.mean([figure["loss"] for figure in figures[-10:]]) < 0.2
    assert narrow.batches[0].carry.high.dtype == torch.bfloat16
    assert {p.dtype for p in narrow.model.parameters()} == {torch.float32}
    assert averaged_model(narrow).compute_dtype == torch.bfloat16


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match="device 'abacus' cannot be used") as caught:
        Trainer(tiny.drill_config(), [tiny.Drill()], device="abacus")
    assert "hrm doctor" in caught.value.hint
