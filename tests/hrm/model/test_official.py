"""Published folders come from strangers: nothing in them may run, multiply or go unchecked."""

from __future__ import annotations

import io
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from hrm.errors import EXIT_MODEL, ModelError
from hrm.model.checkpoint import load_model
from hrm.model.hrm import HRM
from hrm.model.official import our_name
from hrm.store.registry import resolve_model

GOLDEN = Path(__file__).parents[2] / "support" / "golden" / "official-sudoku"
YAML = (GOLDEN / "all_config.yaml").read_text(encoding="utf-8")
Raw = dict[Any, Any]


def raw_weights() -> Raw:
    return dict(torch.load(GOLDEN / "checkpoint", weights_only=True))


def named(raw: Raw, ending: str) -> str:
    (name,) = (key for key in raw if key.endswith(ending))
    return str(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A published folder that may be damaged."""
    (tmp_path / "checkpoint").write_bytes((GOLDEN / "checkpoint").read_bytes())
    (tmp_path / "all_config.yaml").write_text(YAML, encoding="utf-8")
    return tmp_path


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert caught.value.hint
    assert caught.value.exit_code == EXIT_MODEL
    return caught.value.message


def outcome(folder: Path) -> HRM | str:
    """The model, or the message of the refusal; nothing else may happen."""
    try:
        return load_model(folder)
    except ModelError as error:
        return error.message


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("_orig_mod.model.inner.H_init", "high_init"),
        ("model.inner.puzzle_emb.weights", "puzzle_embedding"),
        ("inner.embed_tokens.embedding_weight", "embed_tokens"),
        ("inner.H_level.layers.3.self_attn.qkv_proj.weight", "high.layers.3.attention.qkv.weight"),
        ("inner.L_level.layers.0.mlp.gate_up_proj.weight", "low.layers.0.mlp.gate_up.weight"),
        ("inner.L_level.layers.1.mlp_t.down_proj.weight", "low.layers.1.token_mlp.down.weight"),
        ("inner.q_head.bias", "q_head.bias"),
    ],
)
def test_published_names_become_ours(theirs: str, ours: str) -> None:
    assert our_name(theirs) == ours


def test_weights_stay_as_they_are_stored(folder: Path) -> None:
    raw = raw_weights()
    start = named(raw, "H_init")
    raw[start] = raw[start].bfloat16()
    torch.save(raw, folder / "checkpoint")
    state = load_model(folder).state_dict()
    assert state["high_init"].dtype == torch.bfloat16
    assert len(state) == len(raw)
    for name, tensor in raw.items():
        assert torch.equal(state[our_name(name)], tensor)


class Trap:
    """What an attacker pickles: loading it calls `open` on a file of the attacker's choice."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str]]:
        return open, (str(self.path), "w")


@pytest.mark.parametrize("wrapped", [True, False])
def test_nothing_in_a_checkpoint_is_executed(folder: Path, wrapped: bool) -> None:
    mark = folder / "executed"
    content: object = {**raw_weights(), "extra": Trap(mark)} if wrapped else Trap(mark)
    torch.save(content, folder / "checkpoint")
    assert "not a checkpoint that can be read safely" in refusal(folder)
    assert not mark.exists()


def test_a_bare_pickle_is_not_executed(folder: Path) -> None:
    mark = folder / "executed"
    (folder / "checkpoint").write_bytes(pickle.dumps(Trap(mark)))
    assert "not a checkpoint that can be read safely" in refusal(folder)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([torch.zeros(2)], "holds a list, not named weights"),
        (torch.zeros(2), "holds a Tensor, not named weights"),
        ({"step": 3}, "its entry 'step' is not a plain weight"),
        ({"model": {"a": torch.zeros(1)}}, "its entry 'model' is not a plain weight"),
        ({3: torch.zeros(1)}, "its entry 3 is not a plain weight"),
        ({"a": torch.zeros(1).expand(10**6, 10**6)}, "its entry 'a' is not a plain weight"),
        ({"a": torch.eye(3).to_sparse()}, "(the name 'torch._utils _rebuild_sparse_tensor')"),
        ({"inner.a": torch.zeros(1), "a": torch.zeros(1)}, "weight 'a' is there twice"),
        ({}, "weight 'embed_tokens' is missing"),
    ],
)
def test_only_named_weights_are_taken(folder: Path, content: object, message: str) -> None:
    torch.save(content, folder / "checkpoint")
    assert message in refusal(folder)


@pytest.mark.parametrize(
    ("ending", "replacement", "message"),
    [
        ("embed_tokens.embedding_weight", torch.zeros(64), "has shape (64,), not of a matrix"),
        ("embed_tokens.embedding_weight", torch.zeros(11, 0), "has shape (11, 0), not of a matrix"),
        ("L_level.layers.0.mlp.down_proj.weight", torch.zeros(()), "has shape (), not of a matrix"),
        ("puzzle_emb.weights", torch.zeros(2, 2, 2), "has shape (2, 2, 2), not of a matrix"),
        ("q_head.bias", torch.zeros(3), "weight 'q_head.bias' has shape (3,), wants (2,)"),
        ("L_init", torch.full((64,), torch.nan), "weight 'low_init' has NaN"),
        ("q_head.bias", torch.zeros(2, dtype=torch.int64), "weight 'q_head.bias' is torch.int64"),
        ("H_level.layers.1.mlp.down_proj.weight", None, "'high.layers.1.mlp.down.weight' is miss"),
        ("L_level.layers.0.mlp.down_proj.weight", None, "'low.layers.0.mlp.down.weight' is miss"),
    ],
)
def test_the_first_wrong_weight_is_named(
    folder: Path, ending: str, replacement: Tensor | None, message: str
) -> None:
    raw = raw_weights()
    key = named(raw, ending)
    if replacement is None:
        del raw[key]
    else:
        raw[key] = replacement
    torch.save(raw, folder / "checkpoint")
    assert message in refusal(folder)


def test_a_checkpoint_cut_anywhere_is_refused(folder: Path) -> None:
    whole = (GOLDEN / "checkpoint").read_bytes()
    lengths = {0, 1, 2, 100, len(whole) - 1, *range(0, len(whole), len(whole) // 25)}
    for length in sorted(lengths):
        (folder / "checkpoint").write_bytes(whole[:length])
        assert "not a checkpoint that can be read safely" in refusal(folder)


@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_a_changed_byte_of_the_pickle_is_refused_or_harmless(
    folder: Path, place: float, value: int
) -> None:
    data = bytearray((GOLDEN / "checkpoint").read_bytes())
    first, last = data.index(b"\x80\x02"), data.index(b"PK\x07\x08")
    data[first + int(place * (last - first))] = value
    (folder / "checkpoint").write_bytes(data)
    result = outcome(folder)
    assert isinstance(result, HRM) or str(folder) in result


@pytest.mark.parametrize("content", [b"", b"text", b"\x80\x02.", b"PK\x03\x04", b"\x00" * 4096])
def test_other_files_are_no_checkpoint(folder: Path, content: bytes) -> None:
    (folder / "checkpoint").write_bytes(content)
    assert "not a checkpoint that can be read safely" in refusal(folder)


def test_the_old_file_format_is_refused(folder: Path) -> None:
    """Its storages cannot be memory-mapped."""
    buffer = io.BytesIO()
    torch.save(raw_weights(), buffer, _use_new_zipfile_serialization=False)
    (folder / "checkpoint").write_bytes(buffer.getvalue())
    assert "not a checkpoint that can be read safely" in refusal(folder)


def test_a_folder_without_its_files_is_refused(folder: Path) -> None:
    (folder / "all_config.yaml").unlink()
    assert "there is no 'all_config.yaml'" in refusal(folder)
    (folder / "checkpoint").unlink()
    assert "there is no 'checkpoint' file" in refusal(folder)
    (folder / "checkpoint").mkdir()
    assert "not a checkpoint that can be read safely" in refusal(folder)


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "anchors and aliases are not allowed"),
        (YAML + "again: &here 3\n", "anchors and aliases are not allowed"),
        (YAML + "again: &here 3\nmore: *here\n", "anchors and aliases are not allowed"),
        (YAML + "again: !!python/object/apply:os.getcwd []\n", "tags are not allowed"),
        (YAML + "again: !!int ''\n", "tags are not allowed"),
        ("[" * 50_000, "nested deeper than 20 levels"),
        ("\n".join(" " * depth + "a:" for depth in range(40)), "nested deeper than 20 levels"),
        (YAML + "#" * 100_000, "larger than 100000 bytes"),
        ("", "all_config.yaml: it must be an object, not nothing"),
        ("- arch\n", "all_config.yaml: it must be an object, not a list"),
        ("arch: 3\n", "all_config.yaml: its arch must be an object, not a whole number"),
        ("arc: {}\n", "all_config.yaml: it has no arch"),
        ("3: 4\n", "all_config.yaml: it has a name that is not text"),
        (YAML + "when: 2020-13-45\n", "cannot be read (ValueError)"),
        (YAML + f"many: {'1' * 5000}\n", "cannot be read (ValueError)"),
        ("arch: [1\n", "cannot be read (ParserError)"),
        ("arch: \x00\n", "cannot be read (ReaderError)"),
        (YAML.replace("num_heads: 2", "num_heads: 5"), "hidden 64 is not a multiple of heads 5"),
        (
            YAML.replace("num_heads: 2", "num_heads: two"),
            "arch: its num_heads must be a whole number, not",
        ),
        (YAML.replace("num_heads: 2", "num_heads: 0"), "heads must be at least 1"),
        (YAML.replace("  num_heads: 2\n", ""), "all_config.yaml, arch: it has no num_heads"),
        (YAML.replace("  H_layers: 2\n", ""), "all_config.yaml, arch: it has no H_layers"),
        (YAML.replace("  H_cycles: 2\n", ""), "all_config.yaml, arch: it has no H_cycles"),
        (YAML.replace("  L_layers: 2\n", ""), "all_config.yaml, arch: it has no L_layers"),
        (YAML.replace("L_layers: 2", "L_layers: 3"), "'low.layers.2.attention.out.weight' is miss"),
        (YAML.replace("L_layers: 2", "L_layers: 1"), "'low.layers.1.attention.out.weight' is unkn"),
        (YAML.replace("L_layers: 2", "L_layers: 1000000000"), "low_layers must be at most 256"),
        (YAML.replace("pos_encodings: rope", "pos_encodings: learned"), "'embed_positions' is mis"),
        (YAML.replace("pos_encodings: rope", "pos_encodings: sine"), "positions must be one of"),
        (
            YAML.replace("pos_encodings: rope", "pos_encodings: [1]"),
            "its pos_encodings must be text",
        ),
        (YAML.replace("puzzle_emb_ndim: 64", "puzzle_emb_len: x"), "its puzzle_emb_len must be a"),
    ],
)
def test_bad_configurations_are_refused(folder: Path, text: str, message: str) -> None:
    (folder / "all_config.yaml").write_text(text, encoding="utf-8")
    assert message in refusal(folder)


def test_a_configuration_that_is_not_text_is_refused(folder: Path) -> None:
    (folder / "all_config.yaml").write_bytes(b"arch: \xff\xfe")
    assert "cannot be read (UnicodeDecodeError)" in refusal(folder)


@pytest.mark.parametrize("name", ["a*b", "R&D", "losses@ACTLossHead", "2 * 3 & more", "'*star'"])
def test_names_with_stars_and_ampersands_are_no_aliases(folder: Path, name: str) -> None:
    (folder / "all_config.yaml").write_text(f"{YAML}note: {name}\n", encoding="utf-8")
    assert load_model(folder).config.heads == 2


SYNTAX = (
    "&a ",
    "*a",
    "!!int ",
    "[",
    "{",
    "- ",
    ": ",
    "'",
    '"',
    "\n",
    "  ",
    "\t",
    "<<: ",
    "? ",
    "|\n",
)
VALUES = ("arch:\n", "  num_heads: 2\n", "  H_layers: ", "1e9", "1_0", "0x", "=", "~", "1:2:3", "%")
PIECES = st.sampled_from(SYNTAX + VALUES)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(pieces=st.lists(PIECES | st.text(max_size=4), max_size=30), appended=st.booleans())
def test_any_configuration_is_read_or_refused(
    folder: Path, pieces: list[str], appended: bool
) -> None:
    text = (YAML if appended else "") + "".join(pieces)
    (folder / "all_config.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    result = outcome(folder)
    assert isinstance(result, HRM) or str(folder) in result


def test_weights_are_read_by_the_path_of_their_file(tmp_path: Path) -> None:
    """As the Tiny Recursive Model leaves them: a file a step, with the configuration beside it."""
    folder = tmp_path / "Some Name ACT-torch" / "loose caracara"
    folder.mkdir(parents=True)
    shutil.copy(GOLDEN / "checkpoint", folder / "step_20")
    shutil.copy(GOLDEN / "all_config.yaml", folder)
    path = resolve_model(str(folder / "step_20"))
    found, wanted = load_model(path), load_model(GOLDEN)
    assert found.config == wanted.config
    assert all(
        torch.equal(a, b) for a, b in zip(found.parameters(), wanted.parameters(), strict=True)
    )
