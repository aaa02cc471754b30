"""A checkpoint is believed only as far as it can be checked: every damage has a name."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor

from hrm.errors import EXIT_MODEL, ModelError, UserError
from hrm.files import write_atomically
from hrm.model.checkpoint import FORMAT, load_model, read_metadata, save_model
from hrm.model.config import HRMConfig
from hrm.model.hrm import HRM
from puzzles.sudoku.domain import SudokuDomain

Weights = dict[str, Tensor]
CONFIG = replace(tiny.SUDOKU, prefix=1, puzzle_ids=2, puzzle_width=8)


def weights_of(config: HRMConfig = CONFIG) -> Weights:
    return {name: t.clone() for name, t in tiny.build(config).state_dict().items()}


def write(path: Path, weights: Weights, **header: str) -> Path:
    """A file with any header, which `save_model` would not write."""
    known = {"format": FORMAT, "config": json.dumps(asdict(CONFIG))}
    save_file(weights, path, metadata={**known, **header})
    return path


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save_model(path, CONFIG, weights_of(), {"domain": "sudoku", "step": 3})
    return path


def refusal(path: Path) -> str:
    """The message of the refusal, which always comes with advice and the right exit code."""
    with pytest.raises(ModelError) as caught:
        load_model(path)
    assert caught.value.hint
    assert caught.value.exit_code == EXIT_MODEL
    return caught.value.message


def test_a_model_has_one_file(tmp_path: Path) -> None:
    """Whoever saves or exports the same weights again gets the same bytes."""
    facts = {"domain": "sudoku", "by": "Zoë", "step": 3}
    written = set()
    for number in range(8):
        path = tmp_path / f"{number}.safetensors"
        save_model(path, CONFIG, weights_of(), facts)
        written.add(path.read_bytes())
    assert len(written) == 1
    assert read_metadata(path) == (CONFIG, facts)
    assert load_file(path).keys() == weights_of().keys()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_every_bit_survives(tmp_path: Path, dtype: torch.dtype) -> None:
    weights = {
        name: t if name.startswith("q_head") else t.to(dtype) for name, t in weights_of().items()
    }
    path = tmp_path / "model.safetensors"
    save_model(path, CONFIG, weights, {"accuracy": {"n": 200, "solved": 0.5}})
    model = load_model(path)
    assert model.config == CONFIG
    for name, got in model.state_dict().items():
        assert got.dtype == weights[name].dtype
        assert torch.equal(got, weights[name])
    assert read_metadata(path) == (CONFIG, {"accuracy": {"n": 200, "solved": 0.5}})


def test_weights_that_share_their_memory_are_saved(tmp_path: Path) -> None:
    weights = weights_of()
    weights["low_init"] = weights["high_init"].view(-1)
    save_model(tmp_path / "model.safetensors", CONFIG, weights, {})
    model = load_model(tmp_path / "model.safetensors")
    assert torch.equal(model.low_init, weights["high_init"])


def test_a_loaded_model_is_for_inference(saved: Path) -> None:
    model = load_model(saved, dtype=torch.bfloat16)
    assert not model.training
    assert not any(p.requires_grad for p in model.parameters())
    out = model.segment(
        model.initial_carry((1, 36)),
        torch.ones(1, 36, dtype=torch.int64),
        torch.zeros(1, dtype=torch.int64),
        model.geometry((6, 6), SudokuDomain().relations(np.zeros((1, 6, 6), np.uint8))),
    )
    assert out.logits.dtype == torch.bfloat16


def test_a_halting_head_in_half_precision_still_decides(tmp_path: Path) -> None:
    """It reads float32, so its weights must be; everything else is cast where it is used."""
    config = replace(CONFIG, relation_heads=0)
    halved = {name: t.bfloat16() for name, t in weights_of(config).items()}
    path = tmp_path / "model.safetensors"
    save_model(path, config, halved, {})
    model = load_model(path)
    tokens, ids = torch.ones(2, 6, dtype=torch.int64), torch.tensor([0, 1])
    out = model.segment(model.initial_carry((2, 6)), tokens, ids)
    assert out.q_halt.dtype == torch.float32
    assert torch.isfinite(out.q_halt).all()


def drop(weights: Weights) -> None:
    del weights["lm_head.weight"]


def add(weights: Weights) -> None:
    weights["aaa"] = torch.zeros(2)


def reshape(weights: Weights) -> None:
    weights["high_init"] = torch.zeros(17)


def retype(weights: Weights) -> None:
    weights["low_init"] = torch.zeros(16, dtype=torch.int32)


def shrink(weights: Weights) -> None:
    weights["low_init"] = torch.zeros(16).to(torch.float8_e4m3fn)


def poison(weights: Weights) -> None:
    weights["low.layers.0.mlp.down.weight"][3, 1] = torch.nan


def overflow(weights: Weights) -> None:
    weights["embed_tokens"][0, 0] = -torch.inf


def poison_table(weights: Weights) -> None:
    weights["puzzle_embedding"][1, 2] = torch.nan


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (drop, "weight 'lm_head.weight' is missing"),
        (add, "weight 'aaa' is unknown"),
        (reshape, "weight 'high_init' has shape (17,), wants (16,)"),
        (retype, "weight 'low_init' is torch.int32"),
        (shrink, "weight 'low_init' is torch.float8_e4m3fn"),
        (poison, "weight 'low.layers.0.mlp.down.weight' has NaN or infinite values"),
        (overflow, "weight 'embed_tokens' has NaN or infinite values"),
        (poison_table, "weight 'puzzle_embedding' has NaN or infinite values"),
    ],
)
def test_the_first_wrong_weight_is_named(
    tmp_path: Path, damage: Callable[[Weights], None], message: str
) -> None:
    weights = weights_of()
    damage(weights)
    assert message in refusal(write(tmp_path / "model.safetensors", weights))


def test_a_file_cut_anywhere_is_refused(saved: Path) -> None:
    whole = saved.read_bytes()
    header = 8 + int.from_bytes(whole[:8], "little")
    near = {*range(12), header - 1, header, header + 1, len(whole) - 1}
    for length in sorted(near | set(range(0, len(whole), len(whole) // 40))):
        saved.write_bytes(whole[:length])
        assert "not a safetensors file" in refusal(saved)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_harmless(tmp_path: Path, place: float, value: int) -> None:
    path = tmp_path / "model.safetensors"
    if not path.exists():
        save_model(path, CONFIG, weights_of(), {})
    data = bytearray(path.read_bytes())
    header = 8 + int.from_bytes(data[:8], "little")
    data[int(place * header)] = value
    changed = tmp_path / "changed.safetensors"
    changed.write_bytes(data)
    outcome: HRM | str
    try:
        outcome = load_model(changed)
    except ModelError as error:
        outcome = error.message
    if isinstance(outcome, str):
        assert outcome.startswith(str(changed))
    else:
        assert outcome.state_dict().keys() == weights_of().keys()


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x00" * 100, b"\xff" * 100, pickle.dumps({"a": 1}), b"{}" * 50]
)
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert "not a safetensors file" in refusal(path)


def test_missing_files_are_said_to_be_missing(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "nowhere.safetensors")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"format": "pt"}, "its format is 'pt', not 'hrm-1'"),
        ({"config": "hidden: 3"}, "bad configuration in its header: Expecting value"),
        ({"config": "3"}, "bad configuration in its header: it must be an object, not a whole"),
        ({"config": "[]"}, "bad configuration in its header: it must be an object, not a list"),
        ({"config": "null"}, "bad configuration in its header: it must be an object, not nothing"),
        ({"config": '{"vocabulary": 11, "depth": 3}'}, "unknown configuration field 'depth'"),
        ({"config": '{"vocabulary": "11"}'}, "vocabulary must be a whole number"),
        ({"config": '{"vocabulary": 11, "positions": ["rope"]}'}, "positions must be one of"),
        ({"config": '{"vocabulary": 11, "rope_theta": Infinity}'}, "rope_theta must be a number"),
        ({"config": '{"vocabulary": 11, "norm_eps": NaN}'}, "norm_eps must be a number"),
        ({"config": '{"vocabulary": ' + "1" * 5000 + "}"}, "bad configuration in its header"),
        ({"config": "{}"}, "'vocabulary' is missing"),
        ({"config": '{"vocabulary": 1, "vocabulary": 2}'}, "it has a name twice"),
        ({"config": "[" * 100_000}, "bad configuration in its header: it is nested too deep"),
        ({"metadata": "[" * 100_000}, "bad metadata in its header: it is nested too deep"),
        ({"metadata": "[1]"}, "bad metadata in its header: it must be an object, not a list"),
    ],
)
def test_bad_headers_are_refused(tmp_path: Path, header: dict[str, str], message: str) -> None:
    path = write(tmp_path / "model.safetensors", weights_of(), **header)
    assert message in refusal(path)


def test_a_header_without_configuration_is_refused(tmp_path: Path) -> None:
    save_file(weights_of(), tmp_path / "a", metadata={"format": FORMAT})
    assert "its header has no configuration" in refusal(tmp_path / "a")
    save_file(weights_of(), tmp_path / "b")
    assert "its format is 'not given'" in refusal(tmp_path / "b")


@pytest.mark.parametrize(
    "lie",
    [
        {"hidden": 10**9, "relation_heads": 0},
        {"hidden": 10**5, "vocabulary": 10**6},
        {"intermediate": 10**18},
        {"vocabulary": 10**30},
        {"hidden": 10**400, "relation_heads": 0},
        {"low_layers": 10**9},
        {"high_cycles": 10**9},
        {"low_cycles": 10**9},
        {"prefix": 10**9},
        {"puzzle_ids": 10**12},
        {"cells": 10**12, "positions": "learned"},
    ],
)
def test_sizes_that_lie_cost_nothing(tmp_path: Path, lie: dict[str, object]) -> None:
    """Believing any of these would take terabytes or hours."""
    config = json.dumps({**asdict(CONFIG), **lie})
    path = write(tmp_path / "model.safetensors", weights_of(), config=config)
    assert any(
        reason in refusal(path)
        for reason in ("impossible size", "has shape", "must be at most", "is missing")
    )


def test_the_model_is_outlined_without_memory(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[HRM] = []
    construct = HRM.__init__

    def watched(self: HRM, config: HRMConfig) -> None:
        construct(self, config)
        built.append(self)
        assert all(t.is_meta for t in self.state_dict().values())

    monkeypatch.setattr(HRM, "__init__", watched)
    assert load_model(saved) in built


def test_a_device_that_is_not_there_is_named(saved: Path) -> None:
    with pytest.raises(ModelError, match="'banana' cannot be used"):
        load_model(saved, device="banana")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def fail(*arguments: object) -> None:
        raise OSError(28, os.strerror(28))

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(UserError, match=r"file cannot be written \(No space left on device\)"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_replaces_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"a longer old content")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]
