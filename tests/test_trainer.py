"""Training: a run that is stopped and resumed is the run that was never stopped, bit for bit."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from torch import Tensor

from hrm.data import Rows, SudokuSource
from hrm.errors import UserError
from hrm.model import HRM
from hrm.trainer import Evaluated, Saved, StepDone, Trainer, averaged_model, train
from hrm.training import TrainConfig, override

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


@pytest.mark.parametrize("config", [SUDOKU, Q_LEARNING], ids=["muon", "q_learning"])
def test_a_resumed_run_is_the_same_run(config: TrainConfig) -> None:
    sources = [SudokuSource(config.mix)]
    whole, first, second = (Trainer(config, sources) for _ in range(3))
    figures = steps(whole, 12)
    before = steps(first, 6)
    second.load_state(through_a_file(first.state()))
    assert before + steps(second, 6) == figures
    assert_same(whole.state(), second.state())
    assert whole.average is not None
    assert len(flat(whole.state()["optimizers"])) > 20
    for trainer in (whole, first, second):
        trainer.close()


def test_a_resumed_run_keeps_its_lanes() -> None:
    config = tiny.drill_config()
    sources = [tiny.Drill((2, 3), 0.5), tiny.Drill((3, 4), 0.5)]
    whole, first, second = (Trainer(config, sources) for _ in range(3))
    figures = steps(whole, 12)
    before = steps(first, 5)
    second.load_state(through_a_file(first.state()))
    assert before + steps(second, 7) == figures
    assert_same(whole.state(), second.state())
    assert [len(lane.steps) for lane in whole.lanes] == [8, 4]  # as many cells in each
    assert not torch.equal(whole.lanes[0].batch.tokens[0, :6], whole.lanes[1].batch.tokens[0, :6])


def test_lanes_are_drawn_by_their_share() -> None:
    sources = [tiny.Drill((1, 2), 0.8), tiny.Drill((1, 3), 0.2)]
    trainer = Trainer(tiny.drill_config(), sources)
    drawn = [trainer._next_lane() is trainer.lanes[0] for _ in range(500)]
    assert 0.74 < np.mean(drawn) < 0.86


def test_a_state_of_other_lanes_is_refused() -> None:
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
    (lane,) = trainer.lanes
    trainer.train_step()
    lane.halted = torch.tensor([True, False] * 4)
    tokens, high, steps_before = lane.batch.tokens.clone(), lane.carry.high.clone(), lane.steps
    assert lane.refill() == 4
    assert torch.equal(lane.batch.tokens[1::2], tokens[1::2])
    assert not torch.equal(lane.batch.tokens[::2], tokens[::2])
    assert torch.equal(lane.batch.labels[:, 1:], lane.batch.tokens[:, 1:])
    assert torch.equal(lane.carry.high[1::2], high[1::2])
    assert torch.equal(lane.carry.high[::2], lane.start.high.expand(4, -1, -1))
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
    config = tiny.drill_config(steps=120, learning_rate=1e-2, matrix_rate=2e-2, average=0.9)
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
    bare = Trainer(tiny.drill_config(average=0.0), [tiny.Drill()])
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


def test_divergence_is_an_error_and_not_a_model() -> None:
    trainer = Trainer(tiny.drill_config(), [tiny.Drill()])
    steps(trainer, 1)
    with torch.no_grad():
        trainer.model.embed_tokens.fill_(torch.nan)
    saves: list[int] = []
    with pytest.raises(UserError, match="diverged: the loss of step 2 is nan"):
        list(train(trainer, save=note(saves), evaluate=judge))
    assert saves == []


def test_memory_does_not_grow_with_segments() -> None:
    trainer = Trainer(tiny.drill_config(steps=50, max_segments=1000), [tiny.Drill()])

    def tensors() -> int:
        gc.collect()
        return sum(issubclass(type(thing), Tensor) for thing in gc.get_objects())

    steps(trainer, 3)
    early = tensors()
    steps(trainer, 20)
    assert tensors() <= early
    assert not trainer.lanes[0].carry.high.requires_grad


def note(saves: list[int]) -> Callable[[Trainer], str]:
    def save(trainer: Trainer) -> str:
        saves.append(trainer.step)
        return f"saved at {trainer.step}"

    return save


def judge(model: HRM, loss: float) -> Evaluated:
    return Evaluated(step=0, loss=loss, solved=1, count=2, cells=0.5, segments=1.0, seconds=0.0)


def kinds(events: Sequence[object]) -> list[type]:
    return [type(event) for event in events]


def test_a_run_ends_at_its_step_with_an_evaluation_and_a_save() -> None:
    trainer = Trainer(tiny.drill_config(steps=3), [tiny.Drill()])
    saves: list[int] = []
    events = list(train(trainer, save=note(saves), evaluate=judge))
    assert kinds(events) == [StepDone, StepDone, StepDone, Evaluated, Saved]
    assert events[-1] == Saved(step=3, path="saved at 3", final=True)
    assert saves == [3]
    assert trainer.progress() == 1.0


def test_a_run_ends_at_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(10_000))
    monkeypatch.setattr("hrm.trainer.time.perf_counter", lambda: 6.0 * next(ticks))
    trainer = Trainer(tiny.drill_config(steps=0, minutes=0.5), [tiny.Drill()])
    events = list(train(trainer, save=note([]), evaluate=judge))
    assert kinds(events).count(StepDone) == 5  # six seconds each
    assert trainer.seconds == pytest.approx(30.0)


def test_saves_and_evaluations_come_when_they_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(10_000))
    monkeypatch.setattr("hrm.trainer.time.perf_counter", lambda: 1.0 * next(ticks))
    config = tiny.drill_config(steps=6, evaluate_every=2.0, save_every=4.0)
    saves: list[int] = []
    events = list(train(Trainer(config, [tiny.Drill()]), save=note(saves), evaluate=judge))
    assert kinds(events).count(Evaluated) == 3
    assert saves == [4, 6]


def test_closing_the_events_saves_and_stops() -> None:
    trainer = Trainer(tiny.drill_config(steps=100), [tiny.Drill()])
    saves: list[int] = []
    events = train(trainer, save=note(saves), evaluate=judge)
    next(events), next(events)
    events.close()  # type: ignore[attr-defined]
    assert saves == [2]
    assert trainer.step == 2
    with pytest.raises(RuntimeError, match="shutdown"):
        trainer.lanes[0].stream._worker.submit(int)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("steps", -1, "steps must be a whole number from 0, not -1"),
        ("steps", 2.5, "steps must be a whole number"),
        ("steps", True, "steps must be a whole number"),
        ("minutes", float("nan"), "minutes must be a number from 0, not nan"),
        ("minutes", float("inf"), "minutes must be a number from 0, not inf"),
        ("learning_rate", "fast", "learning_rate must be a number"),
        ("max_segments", 0, "max_segments must be a whole number from 1, not 0"),
        ("batch_cells", 0, "batch_cells must be a whole number from 1"),
        ("evaluate_count", 0, "evaluate_count must be a whole number from 1"),
        ("exploration", 1.5, "exploration must be a number from 0 to 1, not 1.5"),
        ("average", 2.0, "average must be a number from 0 to 1"),
        ("seed", 2**64, "seed must be a whole number from 0 to"),
        ("loss", "hinge", "loss must be one of softmax, stablemax, not 'hinge'"),
        ("optimizer", ["muon"], "optimizer must be one of"),
        ("mix", {"eased": float("nan")}, "mix of eased must be a number from 0, not nan"),
        ("mix", {"eased": "1"}, "mix of eased must be a number from 0, not '1'"),
    ],
)
def test_impossible_settings_are_refused_by_name(field: str, value: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        tiny.drill_config(**{field: value})


def test_a_run_needs_an_end() -> None:
    with pytest.raises(UserError, match="a run needs an end"):
        tiny.drill_config(steps=0)


def test_settings_of_the_run_and_of_the_model_are_overridden_together() -> None:
    config = override(
        tiny.drill_config(),
        {"hidden": "18", "heads": "3", "minutes": "2.5", "mix": "eased:1, minimal:0.5"},
    )
    assert (config.model.hidden, config.model.heads) == (18, 3)
    assert config.minutes == 2.5
    assert config.mix == {"eased": 1.0, "minimal": 0.5}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"speed": "3"}, "unknown setting 'speed'"),
        ({"task": "maze"}, "unknown setting 'task'"),
        ({"model": "big"}, "unknown setting 'model'"),
        ({"steps": "many"}, "steps='many' is not a value for it"),
        ({"steps": "1" * 5000}, "is not a value for it"),
        ({"mix": "eased"}, "mix='eased' is not a value for it"),
        ({"hidden": "15"}, "the model cannot be built: hidden 15 is not a multiple of heads 4"),
        ({"positions": "circular"}, "the model cannot be built: positions must be one of"),
        ({"optimizer": "sgd"}, "optimizer must be one of muon, adam_atan2, not 'sgd'"),
    ],
)
def test_bad_overrides_are_refused_by_name(settings: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        override(tiny.drill_config(), settings)


def test_a_configuration_survives_json() -> None:
    config = replace(Q_LEARNING, mix={"eased": 0.5, "extreme": 0.5})
    assert TrainConfig.from_json(config.to_json()) == config
    with pytest.raises(UserError, match="unknown training setting 'colour'"):
        TrainConfig.from_json({**config.to_json(), "colour": 3})
