"""Every preset is the size that its paper says, and really trains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from hrm.data.sources import sources
from hrm.errors import UserError
from hrm.model.hrm import HRM
from hrm.training.config import TrainConfig
from hrm.training.presets import PRESETS, preset, preset_names, preset_settings
from hrm.training.trainer import Trainer
from puzzles import domain

ALL = [(name, task) for name in PRESETS for task in PRESETS[name].tasks]

SMALL: dict[str, Any] = {
    "hidden": 32,
    "heads": 4,
    "intermediate": 32,
    "batch_cells": 200,
    "warmup": 2,
    "steps": 2,
    "evaluate_count": 1,
}
MIX = {"sudoku": {"minimal": 1.0}, "maze": {"5": 1.0}, "arc": {"arc1-training": 1}}


def small(name: str, task: str) -> TrainConfig:
    """The preset with everything large made small, and nothing else changed."""
    own = preset_settings(name, task)
    changes = {**SMALL, "mix": MIX[task]}
    if own.get("puzzle_width"):
        changes["puzzle_width"] = 32 * (2 + own["symbols"] if own.get("choices") else 1)
        changes["puzzle_ids"] = 400 if task == "arc" else 1
    if own.get("symbols"):
        changes["heads"] = own["heads"]
    elif own.get("relation_heads", 0) > SMALL["heads"]:
        changes["heads"] = own["relation_heads"]
    if own.get("token_intermediate"):
        changes["token_intermediate"] = 16
    return preset(name, task, **changes)


@pytest.fixture(params=ALL, ids=["-".join(pair) for pair in ALL])
def trainer(request: pytest.FixtureRequest) -> Iterator[Trainer]:
    config = small(*request.param)
    trainer = Trainer(config, sources(config.task, config.mix, config.model.puzzle_ids))
    yield trainer
    trainer.close()


def test_every_preset_trains(trainer: Trainer) -> None:
    before = {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}
    losses = [trainer.train_step().loss for _ in range(2)]
    assert all(0 < loss < 10 for loss in losses)
    still = {"low_init", "high_init", "q_head.weight", "q_head.bias"}
    changed = {name for name, t in trainer.model.state_dict().items() if not t.equal(before[name])}
    assert changed >= before.keys() - still


def parameters(config: TrainConfig) -> int:
    """Of the untouched preset, without its table of puzzle embeddings."""
    with torch.device("meta"):
        model = HRM(config.model)
    return sum(p.numel() for name, p in model.named_parameters() if name != "puzzle_embedding")


@pytest.mark.parametrize(
    ("name", "millions"),
    [
        ("hrm-27m", 27.3),
        ("trm-mlp", 5.0),
        ("trm-attention", 6.8),
        ("transformer", 27.3),
        ("full-sudoku", 27.3),
    ],
)
def test_sizes_are_the_published_ones(name: str, millions: float) -> None:
    for task in PRESETS[name].tasks:
        assert parameters(preset(name, task)) / 1e6 == pytest.approx(millions, abs=0.06)


def test_a_mini_is_small() -> None:
    sizes = {task: parameters(preset("mini", task)) for task in PRESETS["mini"].tasks}
    assert all(size < 250_000 for size in sizes.values())
    assert sizes["sudoku"] == 75_458


@pytest.mark.parametrize(("name", "task"), ALL)
def test_a_preset_fits_its_task(name: str, task: str) -> None:
    config = preset(name, task)
    spec = domain(task).spec
    assert config.model.vocabulary == spec.size
    assert config.steps or config.minutes
    if config.model.layout == "official" and task == "maze":
        assert config.mix == {str(spec.official[0]): 1.0}  # trained on the canvas it will see
    if task == "arc":
        tasks = {"arc1-training": 400, "arc1-evaluation": 400}
        rows = sum(tasks[dataset] * variants for dataset, variants in config.mix.items())
        assert config.model.puzzle_ids == rows


def test_published_recipes_sum_the_loss_and_halve_the_halting_losses() -> None:
    for name, task in ALL:
        if name != "mini":
            config = preset(name, task)
            assert (config.halting_weight, config.optimizer, config.clip) == (0.5, "adam_atan2", 0)
            assert config.schedule == "constant" or name == "full-sudoku"


def test_the_batch_is_the_published_one() -> None:
    assert preset("hrm-27m", "sudoku").batch_cells == 768 * 81
    assert preset("trm-attention", "maze").batch_cells == 768 * 900
    assert preset("full-sudoku", "sudoku").batch_cells == 2304 * 81


def test_an_end_replaces_that_of_the_preset() -> None:
    assert (preset("mini", "maze").minutes, preset("mini", "maze").steps) == (5.0, 0)
    assert (preset("mini", "maze", steps=3).minutes, preset("mini", "maze", steps=3).steps) == (
        0,
        3,
    )


def test_bfloat16_is_for_gpus() -> None:
    assert preset("hrm-27m", "arc").dtype == "float32"
    assert preset("hrm-27m", "arc", "cuda:1").dtype == "bfloat16"
    assert preset("mini", "sudoku", "cuda").batch_cells > preset("mini", "sudoku").batch_cells
    assert preset("mini", "arc").dtype == "float32"


def test_a_wrong_name_is_answered_with_the_right_ones() -> None:
    with pytest.raises(UserError, match="there is no preset 'hrm-27' for 'maze'") as caught:
        preset("hrm-27", "maze")
    assert "Perhaps hrm-27m?" in caught.value.hint
    assert PRESETS["mini"].about in caught.value.hint
    assert "full-sudoku" not in preset_names("maze")
    with pytest.raises(UserError, match="there is no preset 'trm-mlp' for 'arc'"):
        preset("trm-mlp", "arc")
