"""What leaves the program is the same model: bit for bit, or number by number elsewhere."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
import yaml

from hrm.errors import ModelError, UserError
from hrm.model.checkpoint import load_model, read_checkpoint, read_metadata, save_model
from hrm.model.config import HRMConfig
from hrm.model.export import export_average, export_official, export_onnx, export_safetensors
from hrm.model.hrm import HRM
from hrm.model.official import config_of, official_name, official_settings, our_name
from hrm.training.presets import preset
from puzzles import domain

GOLDEN = Path(__file__).parents[2] / "support" / "golden"
FOLDERS = ("official-sudoku", "official-trm-attn")
PLAIN = replace(
    tiny.SUDOKU,
    intermediate=256,
    relation_heads=0,
    positions="rope",
    prefix=2,
    puzzle_ids=3,
    puzzle_width=24,
    halting="q_learning",
    halt_reads="first",
)


def raw(folder: Path) -> dict[str, torch.Tensor]:
    return dict(torch.load(folder / "checkpoint", weights_only=True))


@pytest.mark.parametrize("name", FOLDERS)
def test_official_to_ours_and_back_keeps_every_bit(name: str, tmp_path: Path) -> None:
    ours, back = tmp_path / "model.safetensors", tmp_path / "back"
    export_safetensors(GOLDEN / name, ours)
    export_official(ours, back)
    want, got = raw(GOLDEN / name), raw(back)
    assert got.keys() == want.keys()
    for key, tensor in want.items():
        assert got[key].dtype == tensor.dtype
        assert torch.equal(got[key], tensor)
    assert load_model(back).config == load_model(GOLDEN / name).config == load_model(ours).config


@pytest.mark.parametrize(
    "config",
    [
        PLAIN,
        replace(PLAIN, positions="learned", cells=6),
        replace(PLAIN, prefix=0, puzzle_ids=0, puzzle_width=0),
        replace(PLAIN, high_layers=0, gradient="last_cycle", halting="halt_only", prefix=3),
        replace(
            PLAIN,
            high_layers=0,
            gradient="last_cycle",
            positions="learned",
            cells=6,
            token_intermediate=256,
        ),
        replace(PLAIN, rope_theta=500.0, norm_eps=1e-6, low_cycles=8),
    ],
)
def test_whatever_the_layout_can_say_comes_back(config: HRMConfig, tmp_path: Path) -> None:
    model = tiny.build(config)
    save_model(tmp_path / "model.safetensors", config, model.state_dict(), {})
    export_official(tmp_path / "model.safetensors", tmp_path / "out")
    back, _, weights = read_checkpoint(tmp_path / "out")
    assert back == config
    for name, tensor in model.state_dict().items():
        assert torch.equal(weights[name], tensor)


@pytest.mark.parametrize(
    ("config", "word"),
    [
        (replace(PLAIN, relation_heads=3), "relation_heads = 3"),
        (replace(PLAIN, halt_reads="mean"), "halt_reads = mean"),
        (replace(PLAIN, intermediate=24), "intermediate = 24"),  # the reference's are of 256
        (replace(PLAIN, high_layers=2, low_layers=0), "low_layers = 0"),
    ],
)
def test_what_the_layout_cannot_say_is_named(config: HRMConfig, word: str, tmp_path: Path) -> None:
    source = tmp_path / "model.safetensors"
    save_model(source, config, tiny.build(config).state_dict(), {})
    with pytest.raises(ModelError, match=word):
        export_official(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("prefix", [16, 4])
def test_widths_are_those_that_the_reference_makes(prefix: int, tmp_path: Path) -> None:
    """Of a Tiny Recursive Model for 900 cells, whose two SwiGLUs share one expansion."""
    config = replace(
        PLAIN, high_layers=0, gradient="last_cycle", positions="learned", cells=900,
        prefix=prefix, token_intermediate=2560,
    )  # fmt: skip
    save_model(tmp_path / "a.safetensors", config, tiny.build(config).state_dict(), {})
    export_official(tmp_path / "a.safetensors", tmp_path / "out")
    arch = yaml.safe_load((tmp_path / "out" / "all_config.yaml").read_text())["arch"]
    for size, width in ((16, 256), (900 + prefix, 2560)):
        assert math.ceil(round(arch["expansion"] * size * 2 / 3) / 256) * 256 == width
    assert (arch["puzzle_emb_len"], arch["no_ACT_continue"]) == (prefix, False)


def test_what_a_recursive_model_leaves_out_is_what_its_reference_takes() -> None:
    config = replace(PLAIN, high_layers=0, prefix=16)
    arch = official_settings(config)
    del arch["puzzle_emb_len"], arch["no_ACT_continue"]
    read = config_of(arch, tiny.build(config).state_dict(), Path("folder"))
    assert (read.prefix, read.halting) == (16, "halt_only")


def test_the_way_of_the_gradient_is_all_that_is_lost(tmp_path: Path) -> None:
    config = replace(PLAIN, gradient="last_cycle")
    save_model(tmp_path / "a.safetensors", config, tiny.build(config).state_dict(), {})
    export_official(tmp_path / "a.safetensors", tmp_path / "out")
    assert read_checkpoint(tmp_path / "out")[0] == PLAIN


def test_our_file_keeps_what_it_says_of_itself(tmp_path: Path) -> None:
    facts = {"domain": "sudoku", "step": 7}
    save_model(tmp_path / "a.safetensors", PLAIN, tiny.build(PLAIN).state_dict(), facts)
    export_safetensors(tmp_path / "a.safetensors", tmp_path / "b.safetensors")
    config, said, weights = read_checkpoint(tmp_path / "b.safetensors")
    assert (config, said) == (PLAIN, facts)
    assert weights.keys() == tiny.build(PLAIN).state_dict().keys()


@pytest.mark.parametrize("name", ["hrm-27m", "trm-attention", "trm-mlp", "full-sudoku"])
def test_names_map_both_ways(name: str) -> None:
    with torch.device("meta"):
        names = HRM(preset(name, "sudoku").model).state_dict().keys()
    assert [our_name(official_name(of)) for of in names] == list(names)
    assert all(official_name(of).startswith("_orig_mod.model.inner.") for of in names)


@pytest.mark.parametrize("missing", ["onnx", "onnxscript"])
def test_a_missing_package_is_named(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UserError, match=missing) as caught:
        export_onnx(GOLDEN / "official-sudoku", tmp_path / "model.onnx")
    assert caught.value.hint == "pip install 'hrm-tui[onnx]'"
    assert list(tmp_path.iterdir()) == []


def test_a_model_without_a_task_has_no_canvas(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_model(path, tiny.DRILL, tiny.build(tiny.DRILL).state_dict(), {})
    with pytest.raises(ModelError, match="vocabulary of 5 tokens belongs to no known task"):
        export_onnx(path, tmp_path / "model.onnx")


def compare_with_torch(source: Path, target: Path) -> None:
    """Two segments of three boards in onnxruntime, the second fed from the first."""
    import onnxruntime  # type: ignore[import-untyped]

    model = load_model(source)
    task = "sudoku" if model.config.vocabulary == 11 else "maze"
    height, width = domain(task).spec.official
    relations = domain(task).relations(np.zeros((1, height, width), np.uint8))
    geometry = model.geometry((height, width), relations)
    generator = torch.Generator().manual_seed(3)
    tokens = torch.randint(1, model.config.vocabulary, (3, height * width), generator=generator)
    ids = torch.zeros(3, dtype=torch.int64) if model.config.puzzle_ids else None
    session = onnxruntime.InferenceSession(target)
    carry = model.initial_carry((3, height * width))
    properties = session.get_modelmeta().custom_metadata_map
    assert json.loads(properties["high_init"]) == pytest.approx(carry.high[0, 0].tolist())
    fed = {"z_H": carry.high.numpy(), "z_L": carry.low.numpy(), "tokens": tokens.numpy()}
    if ids is not None:
        fed["puzzle_ids"] = ids.numpy()
    for _ in range(2):
        out = model.segment(carry, tokens, ids, geometry)
        carry = out.carry
        want = (out.logits, out.q_halt, out.q_continue, carry.high, carry.low)
        got = session.run(["logits", "q_halt", "q_continue", "next_z_H", "next_z_L"], fed)
        for mine, theirs in zip(want, got, strict=True):
            np.testing.assert_allclose(theirs, mine.numpy(), atol=1e-4, rtol=0)
        fed |= {"z_H": got[3], "z_L": got[4]}


def test_onnx_says_the_same_as_torch(tmp_path: Path) -> None:
    """Of a model whose relation heads look within groups, beside a prefix."""
    config = replace(tiny.SUDOKU, prefix=2, puzzle_ids=3, puzzle_width=24)
    source, target = tmp_path / "model.safetensors", tmp_path / "model.onnx"
    save_model(source, config, tiny.build(config).state_dict(), {})
    shapes = export_onnx(source, target)
    assert shapes["tokens"] == (0, 81)
    assert shapes["z_H"] == shapes["z_L"] == (0, 83, 16)
    assert shapes["puzzle_ids"] == (0,)
    compare_with_torch(source, target)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "cells"), [(tiny.MAZE, 900), (replace(tiny.SUDOKU, relation_mix="mean"), 81)]
)
def test_onnx_says_the_same_of_heads_that_point_or_pool(
    config: HRMConfig, cells: int, tmp_path: Path
) -> None:
    source, target = tmp_path / "model.safetensors", tmp_path / "model.onnx"
    save_model(source, config, tiny.build(config).state_dict(), {})
    assert export_onnx(source, target)["tokens"] == (0, cells)
    compare_with_torch(source, target)


def test_relations_that_differ_from_grid_to_grid_do_not_fit_onnx(tmp_path: Path) -> None:
    source, target = tmp_path / "model.safetensors", tmp_path / "model.onnx"
    save_model(source, tiny.ARC, tiny.build(tiny.ARC).state_dict(), {"domain": "arc"})
    with pytest.raises(ModelError, match="reads off each puzzle's own grid") as caught:
        export_onnx(source, target)
    assert "--to safetensors" in caught.value.hint
    assert not target.exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLDERS)
def test_onnx_of_published_models(name: str, tmp_path: Path) -> None:
    export_onnx(GOLDEN / name, tmp_path / "model.onnx")
    compare_with_torch(GOLDEN / name, tmp_path / "model.onnx")


def saved(path: Path, config: HRMConfig, seed: int) -> dict[str, torch.Tensor]:
    weights = tiny.build(config, seed).state_dict()
    measured = {"valid": 3, "count": 4, "cells": 0.9}
    save_model(path, config, weights, {"domain": "sudoku", "step": seed, **measured})
    return weights


def test_an_average_is_of_all_weights_and_halts_as_the_last(tmp_path: Path) -> None:
    paths = [tmp_path / f"{seed}.safetensors" for seed in range(3)]
    configs = [replace(tiny.SUDOKU, halt_threshold=float(seed)) for seed in range(3)]
    each = [saved(*of) for of in zip(paths, configs, range(3), strict=True)]
    target = tmp_path / "mean.safetensors"
    export_average(paths, target)
    mean = load_model(target)
    assert mean.config == configs[2]
    for name, weight in mean.state_dict().items():
        torch.testing.assert_close(weight, sum(w[name] for w in each) / 3)
    assert read_metadata(target)[1] == {"domain": "sudoku", "step": 2, "average": 3}
    again = tmp_path / "same.safetensors"
    export_average([paths[0], paths[0]], again)
    for name, weight in load_model(again).state_dict().items():
        assert torch.equal(weight, each[0][name])


def test_models_without_an_average_are_named(tmp_path: Path) -> None:
    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    saved(first, tiny.SUDOKU, 0)
    saved(second, replace(tiny.SUDOKU, low_cycles=tiny.SUDOKU.low_cycles + 1), 0)
    with pytest.raises(ModelError, match=r"a\.safetensors has another architecture.*: low_cycles="):
        export_average([first, second], tmp_path / "c.safetensors")
    with pytest.raises(ModelError, match="one model has no average"):
        export_average([first], tmp_path / "c.safetensors")
    assert not (tmp_path / "c.safetensors").exists()
