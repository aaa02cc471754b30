"""Solving ARC by test-time training: what adapts, what events say, and how the variants vote."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Literal, cast

import numpy as np
import pytest
import torch

import hrm.arc.adaptation
import hrm.arc.solve
import hrm.training.trainer
from hrm.arc.adaptation import Adaptation
from hrm.arc.solve import draw_symmetries, solve_arc, solve_task
from hrm.data.arc import IDENTITY, ArcSource
from hrm.errors import ModelError
from hrm.events import Adapted, Finished, Segment, SolveEvent, Started
from hrm.model.checkpoint import load_model, read_metadata, save_model
from hrm.model.config import HRMConfig
from hrm.model.export import export_base
from hrm.model.hrm import HRM, mean_row, sampled
from hrm.solving.policy import Policy
from hrm.training.config import TrainConfig
from hrm.training.divergence import DivergedError
from hrm.training.presets import preset
from hrm.training.trainer import Trainer
from puzzles.arc.puzzle import ArcPuzzle, Pair
from puzzles.text.text_grid import DIHEDRAL

TINY = HRMConfig(
    vocabulary=12,
    hidden=32,
    heads=2,
    intermediate=32,
    high_layers=1,
    low_layers=1,
    high_cycles=1,
    low_cycles=1,
    gradient="last_cycle",
    positions="rope2d",
    prefix=1,
    puzzle_ids=5,
    puzzle_width=32,
    halting="halt_only",
    halt_reads="mean",
)
ONES, TWOS = ((1, 0), (0, 1)), ((2, 0), (0, 2))
# colour 1 becomes colour 2: on a non-square canvas, so that symmetries make two of them
RECOLOUR = ArcPuzzle(
    task="recolour",
    demonstrations=(
        Pair(ONES, TWOS),
        Pair(((1, 1, 1), (0, 0, 1)), ((2, 2, 2), (0, 0, 2))),
        Pair(((0, 0, 1), (1, 0, 0)), ((0, 0, 2), (2, 0, 0))),
    ),
    input=((0, 1, 1), (1, 1, 0)),
    output=((0, 2, 2), (2, 2, 0)),
)
UNKNOWN = replace(RECOLOUR, output=None)
POLICY = Policy(segments=3, attempts=3)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """More threads than free cores make the tiny models of these tests many times slower."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def model() -> HRM:
    made = HRM(TINY, torch.Generator().manual_seed(0))
    with torch.no_grad():
        made.puzzle_embedding.normal_(generator=torch.Generator().manual_seed(1))
    return made.eval().requires_grad_(False)


def finished(events: list[SolveEvent]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


def test_events_come_in_order(model: HRM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hrm.arc.adaptation, "REPORT_EVERY", 1e9)
    events = list(solve_arc(model, UNKNOWN, POLICY, steps=3, index=4, model_name="tiny"))
    kinds = [type(event) for event in events]
    assert kinds == [Started, Adapted, *[Segment] * (len(kinds) - 3), Finished]
    assert isinstance(events[0], Started)
    assert (events[0].domain, events[0].model, events[0].limit) == ("arc", "tiny", 3)
    assert {event.puzzle for event in events} == {4}
    segments = [event for event in events if isinstance(event, Segment)]
    assert [event.number for event in segments] == list(range(1, len(segments) + 1))
    assert segments[-1].stops
    seconds = [event.seconds for event in segments]
    assert seconds == sorted(seconds)
    assert isinstance(events[1], Adapted)
    assert (events[1].step, events[1].demonstrations) == (3, 3)


def test_a_model_with_choices_adapts_from_a_single_row() -> None:
    config = preset("mini", "arc", puzzle_ids=1).model
    base = HRM(config, torch.Generator().manual_seed(0)).eval().requires_grad_(False)
    end = finished(list(solve_arc(base, RECOLOUR, Policy(segments=3, attempts=2), steps=80)))
    assert end.solved is True
    assert end.reproduced is True


def test_what_the_weights_answer_now_is_told(model: HRM, monkeypatch: pytest.MonkeyPatch) -> None:
    now = itertools.count()
    monkeypatch.setattr(hrm.arc.adaptation.time, "perf_counter", lambda: 0.5 * next(now))
    events = list(solve_arc(model, UNKNOWN, Policy(attempts=2), steps=30))
    adapted = [event for event in events if isinstance(event, Adapted)]
    assert all(one.steps == 30 for one in adapted)
    for one in adapted:
        assert one.learning is not None
        if one.learning.shown:
            right = [
                np.array_equal(pair.output, answer)
                for pair, answer in zip(RECOLOUR.demonstrations, one.learning.shown, strict=True)
            ]
            assert one.reproduced == sum(right)
            assert len(one.learning.guesses) == 1
    assert adapted[-1].learning is not None
    assert adapted[-1].learning.shown


@pytest.mark.parametrize("cost", [0.25, 1.0])
def test_looking_at_the_weights_costs_little_with_the_ends_of_rounds(
    model: HRM, monkeypatch: pytest.MonkeyPatch, cost: float
) -> None:
    """On a clock on which a step takes a second and a look `cost` seconds."""
    ticks: list[float] = []
    looked: list[int] = []
    answers = Adaptation._answers

    def counted(adaptation: Adaptation) -> hrm.arc.adaptation.Look:
        looked.append(adaptation.steps)
        return answers(adaptation)

    def tick() -> float:
        ticks.append(1.0)
        return sum(ticks)

    def clock() -> float:
        return sum(ticks) + cost * len(looked)

    monkeypatch.setattr(hrm.training.trainer, "time", SimpleNamespace(perf_counter=tick))
    monkeypatch.setattr(hrm.arc.adaptation, "time", SimpleNamespace(perf_counter=clock))
    monkeypatch.setattr(Adaptation, "_answers", counted)
    monkeypatch.setattr(Adaptation, "_settle", lambda adaptation: None)
    monkeypatch.setattr(hrm.arc.solve, "ROUND_SECONDS", 60.0)
    monkeypatch.setattr(hrm.arc.solve, "unanimous", lambda votes: False)
    events = list(solve_arc(model, RECOLOUR, Policy(attempts=1, budget=180.0)))
    last = [event for event in events if isinstance(event, Adapted)][-1]
    assert last.seconds > 170
    assert last.learning is not None
    assert last.learning.round >= 3
    assert looked[-1] == last.step // 3, "the end of a round is looked at"
    assert last.learning.round < len(looked)
    assert cost * len(looked) < 0.05 * last.seconds


def test_adaptation_learns_the_rule_and_ends_early(model: HRM) -> None:
    events = list(solve_arc(model, RECOLOUR, Policy(attempts=2), steps=2000))
    adapted = [event for event in events if isinstance(event, Adapted)]
    assert adapted[-1].step < 2000
    assert adapted[-1].reproduced == 3
    assert adapted[-1].loss < 0.4
    end = finished(events)
    assert end.found == "vote"
    assert end.note == "3 of 3 demonstrations reproduced."


def test_the_given_model_stays_as_it_is(model: HRM) -> None:
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    list(solve_arc(model, RECOLOUR, POLICY, steps=4))
    after = model.state_dict()
    assert all(torch.equal(after[name], weight) for name, weight in before.items())
    assert not any(weight.requires_grad for weight in model.parameters())


def test_steps_make_it_repeatable(model: HRM) -> None:
    first, second = (finished(list(solve_arc(model, RECOLOUR, POLICY, steps=5))) for _ in range(2))
    assert len(first.candidates) == len(second.candidates)
    for one, other in zip(first.candidates, second.candidates, strict=True):
        assert np.array_equal(one.answer, other.answer)
        assert one.share == other.share


def test_a_known_output_changes_the_verdict_only(model: HRM) -> None:
    known, unknown = (list(solve_arc(model, p, POLICY, steps=4)) for p in (RECOLOUR, UNKNOWN))
    shown = [
        [event for event in events if isinstance(event, Segment)] for events in (known, unknown)
    ]
    for one, other in zip(*shown, strict=True):
        assert np.array_equal(one.answer, other.answer)
        assert (one.why, one.broken) == (other.why, ())
    assert finished(known).solved is False
    assert finished(unknown).solved is None
    assert finished(unknown).note.endswith("; the answer is unverified.")


@pytest.mark.parametrize("attempts", [0, 1, 4])
def test_no_budget_still_answers(model: HRM, attempts: int) -> None:
    events = list(solve_arc(model, RECOLOUR, Policy(segments=2, attempts=attempts, budget=0)))
    assert not any(isinstance(event, Adapted) for event in events)
    end = finished(events)
    assert end.attempts == max(1, attempts)
    assert 1 <= len(end.candidates) <= 2
    assert sum(candidate.share for candidate in end.candidates) <= 1 + 1e-9


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of training takes a second, whatever it takes."""
    seconds = iter(range(10**6))
    monkeypatch.setattr(
        hrm.training.trainer, "time", SimpleNamespace(perf_counter=lambda: float(next(seconds)))
    )


@pytest.mark.parametrize("budget", [5.0, 14.0])
def test_a_budget_is_kept(
    model: HRM, monkeypatch: pytest.MonkeyPatch, clock: None, budget: float
) -> None:
    """By one round and by several, of seven seconds at most."""
    monkeypatch.setattr(hrm.arc.solve, "ROUND_SECONDS", 7.0)
    monkeypatch.setattr(hrm.arc.solve, "unanimous", lambda votes: False)
    monkeypatch.setattr(Adaptation, "_settle", lambda adaptation: None)
    monkeypatch.setattr(Adaptation, "reproduced", lambda adaptation: 1)
    events = list(solve_arc(model, RECOLOUR, Policy(attempts=1, budget=budget)))
    last = [event for event in events if isinstance(event, Adapted)][-1]
    assert last.budget == budget
    assert budget - 1 <= last.seconds <= budget
    assert finished(events).attempts == (1 if budget < 7 else 2)


def test_closing_cancels(model: HRM, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Trainer] = []
    monkeypatch.setattr(hrm.arc.adaptation, "REPORT_EVERY", 0.0)
    monkeypatch.setattr(Trainer, "close", lambda trainer: closed.append(trainer))  # noqa: PLW0108 (a method)
    events = cast(Generator[SolveEvent], solve_arc(model, RECOLOUR, POLICY, steps=10**6))
    assert isinstance(next(events), Started)
    assert isinstance(next(events), Adapted)
    events.close()
    assert [trainer.step for trainer in closed] == [1]


def test_the_segment_limits_of_a_policy_are_kept_together(model: HRM) -> None:
    policy = Policy(segments=100, min_segments=50, attempts=1)
    end = finished(list(solve_arc(model, UNKNOWN, policy, steps=1)))
    assert end.segments == hrm.arc.solve.ANSWER_SEGMENTS


def test_other_models_are_refused() -> None:
    plain = HRM(replace(TINY, puzzle_ids=0, prefix=0, puzzle_width=0))
    sudoku = HRM(replace(TINY, vocabulary=11))
    for wrong in (plain, sudoku):
        with pytest.raises(ModelError, match="no puzzle embedding for ARC"):
            next(solve_arc(wrong, RECOLOUR, POLICY))


def test_the_tests_of_a_task_share_one_adaptation(model: HRM) -> None:
    second = replace(UNKNOWN, input=((1, 0, 0, 0),), test=1)
    events = list(solve_task(model, {3: UNKNOWN, 7: second}, POLICY, steps=4))
    ends = [event for event in events if isinstance(event, Finished)]
    assert [end.puzzle for end in ends] == [3, 7]
    assert [event.puzzle for event in events if isinstance(event, Started)] == [3, 7]
    assert {event.puzzle for event in events if isinstance(event, Adapted)} == {3}
    alone = finished(list(solve_arc(model, second, POLICY, steps=4)))
    assert [c.answer.tolist() for c in ends[1].candidates] == [
        c.answer.tolist() for c in alone.candidates
    ]


def test_rounds_go_on_while_there_is_time(model: HRM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hrm.arc.solve, "ROUNDS", 3)
    monkeypatch.setattr(hrm.arc.solve, "unanimous", lambda votes: len(votes) == 4)
    events = list(solve_arc(model, RECOLOUR, Policy(attempts=2, budget=600)))
    adapted = [event for event in events if isinstance(event, Adapted)]
    assert [one.step for one in adapted] == sorted(one.step for one in adapted)
    assert [one.seconds for one in adapted] == sorted(one.seconds for one in adapted)
    assert {one.budget for one in adapted} == {600}
    assert finished(events).attempts == 4
    looks = [one.learning for one in adapted if one.learning is not None]
    assert [(one.round, one.afresh) for one in looks if one.votes][-1:] == [(2, True)]
    assert {one.rounds for one in looks} == {3}
    shares = [vote.share for vote in looks[-1].votes]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    last = [event for event in events if isinstance(event, Segment)][-1]
    end = finished(events)
    assert (end.segments, end.reason == "halted") == (last.number, last.q_halt > last.q_continue)


def test_rounds_side_by_side_say_one_story(model: HRM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hrm.arc.adaptation, "REPORT_EVERY", 0.0)
    monkeypatch.setattr(hrm.arc.solve, "unanimous", lambda votes: len(votes) >= 6)
    torch.set_num_threads(2)
    try:
        events = list(solve_arc(model, RECOLOUR, Policy(attempts=2, budget=600)))
    finally:
        torch.set_num_threads(1)
    adapted = [event for event in events if isinstance(event, Adapted)]
    assert [one.step for one in adapted] == sorted(one.step for one in adapted)
    assert [one.seconds for one in adapted] == sorted(one.seconds for one in adapted)
    rounds = [one.learning.round for one in adapted if one.learning is not None]
    assert rounds == sorted(rounds)
    assert finished(events).attempts >= 6
    assert finished(events).solved is True


@pytest.mark.parametrize(
    ("reproduced", "votes"), [([2, 1, 1], 2), ([1, 2, 1], 2), ([1, 2, 2], 4), ([1, 1, 1], 6)]
)
def test_the_rounds_that_reproduced_the_most_vote(
    model: HRM, monkeypatch: pytest.MonkeyPatch, reproduced: list[int], votes: int
) -> None:
    trained: list[bool] = []

    def run(adaptation: Adaptation) -> Generator[Adapted, None, None]:
        learned = adaptation.model()
        trained.append(torch.equal(learned.lm_head.weight, model.lm_head.weight))
        yield from ()

    counts = iter(reproduced)
    monkeypatch.setattr(hrm.arc.solve, "ROUNDS", 3)
    monkeypatch.setattr(hrm.arc.solve, "unanimous", lambda votes: False)
    monkeypatch.setattr(Adaptation, "run", run)
    monkeypatch.setattr(Adaptation, "seconds", 1.0)
    monkeypatch.setattr(Adaptation, "reproduced", lambda adaptation: next(counts))
    end = finished(list(solve_arc(model, RECOLOUR, Policy(attempts=2, budget=60))))
    assert end.attempts == votes
    assert end.note.startswith(f"{max(reproduced)} of 3 demonstrations")
    assert trained == [True, False, True]


@pytest.mark.parametrize("sound", [(), (0,), (1,)])
def test_the_rounds_before_or_after_one_that_diverges_vote(
    model: HRM, monkeypatch: pytest.MonkeyPatch, sound: tuple[int, ...]
) -> None:
    def run(adaptation: Adaptation) -> Generator[Adapted, None, None]:
        yield from ()
        if next(numbers) not in sound:
            raise DivergedError("training diverged: the loss of step 1 is nan")

    numbers = itertools.count()
    monkeypatch.setattr(Adaptation, "run", run)
    monkeypatch.setattr(Adaptation, "seconds", 1.0)
    events = solve_arc(model, RECOLOUR, Policy(attempts=2, budget=60))
    if sound:
        assert finished(list(events)).attempts == 2
    else:
        with pytest.raises(ModelError, match="training diverged") as caught:
            list(events)
        assert "--seed" in caught.value.hint


@pytest.mark.parametrize("mix", ["attention", "mean"])
def test_a_model_with_relation_heads_adapts(mix: Literal["attention", "mean"]) -> None:
    size = {"hidden": 64, "heads": 16, "prefix": 0, "puzzle_width": 64}
    config = replace(TINY, **size, relation_heads=16, relation_mix=mix)
    related = HRM(config, torch.Generator().manual_seed(0)).eval()
    end = finished(list(solve_arc(related, RECOLOUR, Policy(attempts=2), steps=400)))
    assert end.note.startswith("3 of 3 demonstrations")
    assert end.solved is True


def test_symmetries_start_with_the_identity_and_follow_the_seed() -> None:
    drawn = draw_symmetries(Policy(attempts=10, seed=3))
    assert drawn[0] == IDENTITY
    assert {symmetry.dihedral for symmetry in drawn[:8]} == set(DIHEDRAL)
    assert {symmetry.colours for symmetry in drawn[:8]} == {IDENTITY.colours}
    assert len(set(drawn)) == 10
    assert drawn == draw_symmetries(Policy(attempts=10, seed=3))
    assert drawn[:4] == draw_symmetries(Policy(attempts=4, seed=3))
    assert draw_symmetries(Policy(attempts=0)) == [IDENTITY]
    others = [draw_symmetries(Policy(attempts=4, seed=seed)) for seed in range(5)]
    assert any(other != drawn[:4] for other in others)


def test_the_exported_base_keeps_one_row(model: HRM, tmp_path: Path) -> None:
    save_model(tmp_path / "run.safetensors", TINY, model.state_dict(), {"domain": "arc"})
    export_base(tmp_path / "run.safetensors", tmp_path / "base.safetensors")
    base = load_model(tmp_path / "base.safetensors")
    assert base.config == replace(TINY, puzzle_ids=1)
    assert torch.allclose(base.puzzle_embedding, model.puzzle_embedding.mean(0, keepdim=True))
    assert torch.equal(base.lm_head.weight, model.lm_head.weight)
    _, metadata = read_metadata(tmp_path / "base.safetensors")
    assert metadata == {"domain": "arc", "puzzle_embedding": "mean of 5 variants of tasks"}
    ends = [finished(list(solve_arc(of, UNKNOWN, POLICY, steps=2))) for of in (model, base)]
    assert np.array_equal(ends[0].candidates[0].answer, ends[1].candidates[0].answer)


def test_a_huge_table_is_sampled() -> None:
    model = HRM(replace(TINY, puzzle_ids=20_000))
    with torch.no_grad():
        model.puzzle_embedding.copy_(torch.arange(20_000.0)[:, None].expand(-1, 32))
    assert mean_row(model).shape == (1, 32)
    assert float(mean_row(model)[0, 0]) == pytest.approx(10_000, rel=0.01)
    assert [sampled(rows) for rows in (5, 8191, 20_000)] == ["5", "8191", "5000 of 20000"]


@pytest.mark.parametrize(
    ("at", "learns_at"), [("cpu", "cpu"), ("cuda:1", "cuda:1"), ("mps", "cpu")]
)
def test_a_task_is_learned_on_the_models_device(
    model: HRM, monkeypatch: pytest.MonkeyPatch, at: str, learns_at: str
) -> None:
    class ReachedError(Exception):
        pass

    def trainer(config: TrainConfig, sources: list[ArcSource], device: torch.device) -> None:
        raise ReachedError(device)

    monkeypatch.setattr(HRM, "device", torch.device(at))
    monkeypatch.setattr(hrm.arc.adaptation, "Trainer", trainer)
    symmetries = draw_symmetries(POLICY)
    with pytest.raises(ReachedError) as reached:
        Adaptation(model, UNKNOWN, symmetries, seed=0, budget=1.0, steps=0)
    assert reached.value.args == (torch.device(learns_at),)
