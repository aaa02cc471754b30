"""Operation counts against PyTorch's own counter, and a bench of a tiny model."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch
from scripted import Shell
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from hrm.errors import ModelError
from hrm.model.choices import ChoiceLayer
from hrm.model.config import HRMConfig
from hrm.model.flops import work
from hrm.model.hrm import HRM
from hrm.training.config import override, require_float64
from hrm.training.presets import preset
from puzzles import domain

WIDE = replace(tiny.SUDOKU, positions="rope", relation_heads=0, high_cycles=2, low_cycles=3)
CONFIGS = {
    "groups": replace(WIDE, gradient="last_cycle", relation_heads=2),
    "pointers": replace(tiny.MAZE, relation_heads=3, gradient="last_cycle"),
    "wide heads": replace(WIDE, heads=6, head_width=4, gradient="last_cycle"),
    "means": replace(tiny.ARC, relation_mix="mean", gradient="last_cycle"),
    "choices": tiny.CHOICES,
    "last cycle": replace(WIDE, gradient="last_cycle"),
    "one step": replace(WIDE, gradient="one_step", low_layers=2),
    "shared stack": replace(WIDE, gradient="last_cycle", high_layers=0),
    "token mixing": replace(WIDE, gradient="last_cycle", cells=81, token_intermediate=40),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_operations_are_those_that_torch_counts(
    config: HRMConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChoiceLayer, "forward", ChoiceLayer.plain)  # torch counts these only
    model = HRM(config, torch.Generator().manual_seed(0))
    tokens = torch.ones(1, 81, dtype=torch.int64)
    carry = model.initial_carry(tokens.shape)
    kind = domain({6: "maze", 11: "sudoku", 12: "arc"}[config.vocabulary])
    relations = kind.relations(np.ones((1, 9, 9), dtype=np.uint8))
    geometry = model.geometry((9, 9), relations)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as forward:
        out = model.segment(carry, tokens, geometry=geometry)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as backward:
        out.logits.sum().backward()  # type: ignore[no-untyped-call]
    counted = work(config, kind, (9, 9))
    # the halting head is left out; so is what is spared before the first graded weight
    assert forward.get_total_flops() == pytest.approx(counted.forward, rel=1e-3)
    total = forward.get_total_flops() + backward.get_total_flops()
    assert total == pytest.approx(counted.step, rel=0.03)


def test_a_second_forward_is_work(capsys: pytest.CaptureFixture[str]) -> None:
    once, twice = (
        work(WIDE, domain("sudoku"), (9, 9), exact_q_target=exact) for exact in (False, True)
    )
    assert twice.step - once.step == once.forward


def test_the_command_prints_figures(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm.evaluation.bench.SHORTEST", 0.0)
    monkeypatch.setitem(__import__("hrm.evaluation.bench", fromlist=["_SIDE"])._SIDE, "cpu", 64)
    small = ["--set", "hidden=16", "--set", "intermediate=16", "--set", "mix=eased:1"]
    ran = shell("bench", "--batch", 2, "--threads", 1, *small, "--json")
    assert ran.code == 0, ran.err
    figures = json.loads(ran.out)
    assert (figures["rows"], figures["cells"], figures["threads"]) == (2, 81, 1)
    assert figures["examples"] == pytest.approx(2 / figures["step"])
    assert 0 < figures["fraction"] < 1
    assert figures["memory"] > 1e6
    assert "training at batch 2" in ran.err


def test_a_table_for_people(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrm.evaluation.bench.SHORTEST", 0.0)
    monkeypatch.setitem(__import__("hrm.evaluation.bench", fromlist=["_SIDE"])._SIDE, "cpu", 64)
    ran = shell("bench", "--batch", 1, "--set", "hidden=16", "--set", "mix=eased:1")
    assert ran.code == 0, ran.err
    assert "matmul peak" in ran.out
    assert "example-segments/s" in ran.out


def test_an_arc_canvas_is_measured_with_the_colours_of_its_tasks(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hrm.evaluation.bench.SHORTEST", 0.0)
    monkeypatch.setitem(__import__("hrm.evaluation.bench", fromlist=["_SIDE"])._SIDE, "cpu", 64)
    small = ["--set", "hidden=4", "--set", "heads=1", "--set", "puzzle_width=48"]
    ran = shell("bench", "--task", "arc", "--batch", 1, "--threads", 1, *small, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["cells"] == 900


def test_settings_that_do_not_fit_are_named(shell: Shell) -> None:
    ran = shell("bench", "--set", "relation_heads=9")
    assert (ran.code, "relation_heads=9 does not fit" in ran.err) == (2, True)


def test_a_loss_that_a_device_cannot_compute_is_named() -> None:
    config = override(preset("hrm-27m", "sudoku"), {})
    require_float64(config, "cpu")
    with pytest.raises(ModelError, match="mps does not have"):
        require_float64(config, "mps:0")


def test_an_unknown_preset_is_named(shell: Shell) -> None:
    ran = shell("bench", "--preset", "giant")
    assert ran.code == 2
    assert "giant" in ran.err
