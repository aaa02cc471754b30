"""Memory in training depends on the batch and on what one segment keeps for its gradient only."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny
import torch
from torch.profiler import ProfilerActivity, profile

from hrm.model.config import HRMConfig
from hrm.training.trainer import Trainer

BASE = replace(tiny.DRILL, hidden=32, intermediate=64, low_cycles=2, high_cycles=2)


def peak_bytes(model: HRMConfig, limit: int, steps: int, file: Path) -> int:
    """Most bytes of tensors that are held at once during `steps` training steps, as PyTorch's
    allocator counts them; the rows never wish to halt before their `limit` of segments."""
    config = tiny.drill_config(model=model, batch_cells=6 * 64, max_segments=limit, steps=1000)
    trainer = Trainer(config, [tiny.Drill()])
    with torch.no_grad():
        trainer.model.q_head.bias.copy_(torch.tensor([-50.0, 50.0]))
    trainer.train_step()  # makes what stays: optimiser states, the next chunk of data
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        for _ in range(steps):
            trainer.train_step()
    trainer.close()
    assert len(set(trainer.batches[0].steps.tolist())) == 1
    profiled.export_chrome_trace(str(file))
    events = json.loads(file.read_text(encoding="utf-8"))["traceEvents"]
    counted = [event["args"] for event in events if event.get("name") == "[memory]"]
    assert len(counted) > 100
    # the count goes on from an earlier profile, and does not see frees in between
    before = counted[0]["Total Allocated"] - counted[0]["Bytes"]
    return int(max(now["Total Allocated"] for now in counted) - before)


@pytest.mark.parametrize(
    ("gradient", "halting"),
    [
        ("one_step", "q_learning"),
        pytest.param("last_cycle", "halt_only", marks=pytest.mark.slow),
    ],
)
def test_memory_does_not_grow_with_segments(tmp_path: Path, gradient: Any, halting: Any) -> None:
    model = replace(BASE, gradient=gradient, halting=halting)
    few, many = (peak_bytes(model, limit, 16, tmp_path / f"{limit}.json") for limit in (2, 16))
    assert few > 100_000
    assert many / few < 1.05


@pytest.mark.parametrize(
    ("gradient", "longer"),
    [
        ("one_step", {"high_cycles": 16}),
        pytest.param("one_step", {"low_cycles": 16}, marks=pytest.mark.slow),
        pytest.param("last_cycle", {"high_cycles": 16}, marks=pytest.mark.slow),
    ],
    ids=["one_step-high", "one_step-low", "last_cycle-high"],
)
def test_memory_does_not_grow_with_cycles(
    tmp_path: Path, gradient: Any, longer: dict[str, Any]
) -> None:
    model = replace(BASE, gradient=gradient)
    settings: tuple[dict[str, Any], ...] = ({}, longer)
    few, many = (
        peak_bytes(replace(model, **cycles), 4, 3, tmp_path / f"{number}.json")
        for number, cycles in enumerate(settings)
    )
    assert many / few < 1.05


@pytest.mark.slow
def test_what_is_counted_grows_with_what_the_gradient_needs(tmp_path: Path) -> None:
    """Through more low-level updates of the last cycle it does: the measure is no constant."""
    model = replace(BASE, gradient="last_cycle")
    few, many = (
        peak_bytes(replace(model, low_cycles=cycles), 4, 3, tmp_path / f"{cycles}.json")
        for cycles in (2, 8)
    )
    assert many / few > 1.5
