"""The events of a run: when it evaluates and saves, what ends it, and what is never saved."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, repeat

import pytest
import tiny
import torch

from hrm.errors import UserError
from hrm.model.hrm import HRM
from hrm.training.divergence import FIRST_STEPS, LossWatch
from hrm.training.events import Evaluated, Saved, StepDone
from hrm.training.loop import train
from hrm.training.trainer import Trainer


def note(saves: list[int]) -> Callable[[Trainer], str]:
    def save(trainer: Trainer) -> str:
        saves.append(trainer.step)
        return f"saved at {trainer.step}"

    return save


def judge(model: HRM, loss: float) -> Evaluated:
    return Evaluated(step=0, loss=loss, solved=1, count=2, cells=0.5, segments=1.0, seconds=0.0)


def slow_judge(model: HRM, loss: float) -> Evaluated:
    """Says that it took half a second."""
    return replace(judge(model, loss), seconds=0.5)


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


def test_an_interrupted_evaluation_loses_no_step() -> None:
    def interrupted(model: HRM, loss: float) -> Evaluated:
        raise KeyboardInterrupt

    trainer = Trainer(tiny.drill_config(steps=3), [tiny.Drill()])
    saves: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        list(train(trainer, save=note(saves), evaluate=interrupted))
    assert saves == [3]


def test_a_run_ends_at_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(10_000))
    monkeypatch.setattr("hrm.training.trainer.time.perf_counter", lambda: 6.0 * next(ticks))
    trainer = Trainer(tiny.drill_config(steps=0, minutes=0.5), [tiny.Drill()])
    events = list(train(trainer, save=note([]), evaluate=judge))
    assert kinds(events).count(StepDone) == 5  # six seconds each
    assert trainer.seconds == pytest.approx(30.0)


def test_saves_and_evaluations_come_when_they_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(10_000))
    monkeypatch.setattr("hrm.training.trainer.time.perf_counter", lambda: 1.0 * next(ticks))
    config = tiny.drill_config(steps=6, evaluate_every=2.0, save_every=4.0)
    saves: list[int] = []
    events = list(train(Trainer(config, [tiny.Drill()]), save=note(saves), evaluate=judge))
    assert kinds(events).count(Evaluated) == 3
    assert saves == [4, 6]


@pytest.mark.parametrize(
    ("share", "wanted"), [(0.05, [1, 10, 10, 4, 0]), (0.1, [1, *[5] * 4, 4, 0])]
)
def test_evaluations_take_a_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch, share: float, wanted: list[int]
) -> None:
    """Steps of one second: the second evaluation is not due after one, but after ten, or five."""
    ticks = iter(range(10_000))
    monkeypatch.setattr("hrm.training.trainer.time.perf_counter", lambda: 1.0 * next(ticks))
    config = tiny.drill_config(
        steps=25, evaluate_every=1.0, evaluate_share=share, save_every=1000.0
    )
    events = list(train(Trainer(config, [tiny.Drill()]), save=note([]), evaluate=slow_judge))
    steps = [0]
    for event in events:
        if isinstance(event, StepDone):
            steps[-1] += 1
        elif isinstance(event, Evaluated):
            steps.append(0)
    assert steps == wanted  # and one at the end in any case


def test_a_single_slow_evaluation_does_not_put_off_all_later_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks = iter(range(10_000))
    monkeypatch.setattr("hrm.training.trainer.time.perf_counter", lambda: 1.0 * next(ticks))
    judges = chain([slow_judge], repeat(judge))

    def evaluate(model: HRM, loss: float) -> Evaluated:
        return next(judges)(model, loss)

    config = tiny.drill_config(steps=16, evaluate_every=1.0, save_every=1000.0)
    events = list(train(Trainer(config, [tiny.Drill()]), save=note([]), evaluate=evaluate))
    assert kinds(events).count(Evaluated) == 1 + 6  # after 1, 11, 12 … and 16 seconds


def test_a_run_that_is_asked_to_stop_saves_and_is_not_done() -> None:
    trainer = Trainer(tiny.drill_config(steps=100), [tiny.Drill()])
    saves: list[int] = []
    events = list(train(trainer, save=note(saves), evaluate=judge, stop=lambda: trainer.step == 2))
    assert kinds(events) == [StepDone, StepDone, Saved]
    assert events[-1] == Saved(step=2, path="saved at 2", final=False)
    assert saves == [2]


def test_a_run_that_is_asked_to_stop_is_not_evaluated_first() -> None:
    trainer = Trainer(tiny.drill_config(steps=2), [tiny.Drill()])
    events = train(trainer, save=note([]), evaluate=judge, stop=lambda: trainer.step == 2)
    assert kinds(list(events)) == [StepDone, StepDone, Saved]


def test_closing_the_events_saves_and_stops() -> None:
    trainer = Trainer(tiny.drill_config(steps=100), [tiny.Drill()])
    saves: list[int] = []
    events = train(trainer, save=note(saves), evaluate=judge)
    next(events), next(events)
    events.close()  # type: ignore[attr-defined]
    assert saves == [2]
    assert trainer.step == 2
    with pytest.raises(RuntimeError, match="shutdown"):
        trainer.batches[0].stream._worker.submit(int)


def test_divergence_is_an_error_and_not_a_model() -> None:
    trainer = Trainer(tiny.drill_config(), [tiny.Drill()])
    trainer.train_step()
    with torch.no_grad():
        trainer.model.embed_tokens.fill_(torch.nan)
    saves: list[int] = []
    with pytest.raises(UserError, match="diverged: the loss of step 2 is nan"):
        list(train(trainer, save=note(saves), evaluate=judge))
    assert saves == []


def test_a_loss_that_rises_tenfold_is_divergence() -> None:
    watch = LossWatch(warmup=0)
    for step in range(300):
        watch.see(step, 0.2)
    assert not watch.doubtful
    doubted, said = 0, None
    for step in range(300, 400):
        try:
            watch.see(step, 4.0)
        except UserError as error:
            said = error
            break
        doubted += watch.doubtful
    assert said is not None
    assert re.search(r"diverged: at step 3\d\d the smoothed loss 2\.\d+ .* 10 times", said.message)
    assert doubted > 10
    assert "learning_rate" in said.hint
    assert "the folder keeps those before" in said.hint


def test_single_bad_batches_and_small_losses_are_no_divergence() -> None:
    watch = LossWatch(warmup=0)
    for step in range(1000):
        watch.see(step, 2.0 if step % 100 == 99 else 0.2)  # a batch ten times as hard
        assert not watch.doubtful
    near_zero = LossWatch(warmup=0)
    for step in range(1000):
        near_zero.see(step, 0.001 if step < 500 else 0.1)
    assert not near_zero.doubtful


def test_a_warm_up_is_not_judged() -> None:
    watch = LossWatch(warmup=2 * FIRST_STEPS)
    for step in range(2 * FIRST_STEPS - 1):
        watch.see(step, 0.2 if step < FIRST_STEPS else 9.0)
    assert not watch.doubtful


def test_a_loss_watch_continues_from_its_state() -> None:
    whole, first, second = (LossWatch(warmup=0) for _ in range(3))
    losses = [1.0 / (1 + step) for step in range(240)]
    for step, loss in enumerate(losses):
        whole.see(step, loss)
        (first if step < 120 else second).see(step, loss)
        if step == 119:
            second.load_state(first.state())
    assert second.state() == whole.state()


def test_nothing_is_saved_while_the_loss_is_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LossWatch, "doubtful", property(lambda watch: True))
    trainer = Trainer(tiny.drill_config(steps=5, save_every=0.0), [tiny.Drill()])
    saves: list[int] = []
    list(train(trainer, save=note(saves), evaluate=judge))
    assert saves == [5]  # the end, where the loss is still a number


def test_weights_that_are_no_numbers_are_refused_before_they_are_saved() -> None:
    trainer = Trainer(tiny.drill_config(), [tiny.Drill()])
    trainer.require_finite()
    trainer.weights()["lm_head.weight"][0, 0] = torch.inf
    with pytest.raises(UserError, match=r"diverged: after step 0 lm_head\.weight is not finite"):
        trainer.require_finite()
