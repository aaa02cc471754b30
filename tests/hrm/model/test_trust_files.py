"""Files of ours come from strangers and from tired disks: lying headers, names that lead out, every
byte changed once, every length but the whole one."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
import torch
from safetensors.torch import save_file
from trust_fixtures import canary, refusal

from hrm.bundled import bundled_model
from hrm.errors import ModelError, UserError
from hrm.model.checkpoint import load_model, read_checkpoint, save_model
from hrm.model.export import export_official
from hrm.store.installed import checked_name
from hrm.store.registry import resolve_model

__all__ = ["canary"]
CONFIG = replace(
    tiny.SUDOKU,
    hidden=8,
    heads=2,
    intermediate=8,
    relation_heads=0,
    positions="rope",
    prefix=1,
    puzzle_ids=1,
    puzzle_width=8,
    halt_reads="first",
    halting="q_learning",
)


def header(entries: dict[str, object] | str, body: bytes = bytes(64), length: int = -1) -> bytes:
    text = entries if isinstance(entries, str) else json.dumps(entries)
    raw = text.encode()
    return struct.pack("<Q", len(raw) if length < 0 else length) + raw + body


def entry(start: int, end: int, shape: list[int], dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


HEADERS = {
    "overlapping tensors": header({"a": entry(0, 64, [16]), "b": entry(32, 64, [8])}),
    "the same bytes twice": header({"a": entry(0, 64, [16]), "b": entry(0, 64, [16])}),
    "a hole": header({"a": entry(0, 16, [4]), "b": entry(32, 64, [8])}),
    "an end past the file": header({"a": entry(0, 10**12, [10**12 // 4])}),
    "an end before the start": header({"a": entry(64, 0, [16])}),
    "a negative start": header({"a": entry(-64, 0, [16])}),
    "fewer bytes than values": header({"a": entry(0, 64, [10**9])}),
    "a shape that overflows": header({"a": entry(0, 64, [2**40, 2**40])}),
    "a negative shape": header({"a": entry(0, 64, [-16])}),
    "another type": header({"a": entry(0, 64, [16], "F64")}),
    "an unknown type": header({"a": entry(0, 64, [16], "PICKLE")}),
    "a name twice": header('{"a": %s, "a": %s}' % ((json.dumps(entry(0, 64, [16])),) * 2)),
    "a list": header("[1, 2]"),
    "a number": header("3"),
    "no text": struct.pack("<Q", 4) + b"\xff\xfe\x00\x01",
    "nested without end": header("[" * 500_000),
    "a number without end": header('{"a": ' + "1" * 5000 + "}"),
    "a header past the file": header({}, length=1000),
    "a header of 2^64 bytes": header({}, length=2**64 - 1),
    "data behind the tensors": header({"a": entry(0, 16, [4])}, bytes(1000)),
    "strange metadata": header({"__metadata__": {"format": 1}}),
    "nothing": b"",
    "a length only": bytes(8),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_may_lie(tmp_path: Path, canary: Path, name: str) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(HEADERS[name])
    assert "not a safetensors file" in refusal(path)


def test_a_header_of_100_megabytes_is_not_parsed(tmp_path: Path, canary: Path) -> None:
    path = tmp_path / "model.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", 100_000_000) + b'{"a": ')
        file.truncate(100_000_008)
    assert "a header of 100000000 bytes" in refusal(path)


NAMES = ("..", ".", "", "../x", "a/b", "/etc", "a\\b", "C:x", "con", "NUL.txt", "a\0b", "-rf", "é")


@pytest.mark.parametrize("name", [*NAMES, "x" * 97, "x ", "x.", "\x1b[2J"])
def test_names_stay_in_the_store(name: str) -> None:
    with pytest.raises(UserError, match="cannot be the name of a model"):
        checked_name(name)


@pytest.mark.parametrize("name", ["../../etc/shadow", "a/../b", "a/b/../../c", "\x00", "", "~"])
def test_names_that_lead_out_are_no_models(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HRM_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="there is no model"):
        resolve_model(name)
    assert list(tmp_path.iterdir()) == []


# Every byte changed, and every length.


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    save_model(path, CONFIG, tiny.build(CONFIG).state_dict(), {"domain": "sudoku"})
    return path


@pytest.fixture
def official(ours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # the reference's widths are multiples of 256, with which the file would be ten times as long
    monkeypatch.setattr("hrm.model.official._width", lambda size, expansion: CONFIG.intermediate)
    export_official(ours, tmp_path / "official")
    return tmp_path / "official"


def outcomes(file: Path, model: Path, changes: Iterator[bytes]) -> list[str]:
    """For every content of `file`: "refused", "same", or "another" model loaded."""
    whole = file.read_bytes()
    config, facts, weights = read_checkpoint(model)
    kept = {name: weight.clone() for name, weight in weights.items()}
    found = []
    for content in changes:
        file.write_bytes(content)
        try:
            now, said, got = read_checkpoint(model)
        except ModelError:
            found.append("refused")
            continue
        same = (now, said, got.keys()) == (config, facts, kept.keys())
        same = same and all(torch.equal(got[name], kept[name]) for name in kept)
        found.append("same" if same else "another")
    file.write_bytes(whole)
    return found


def flipped(whole: bytes, step: int, mask: int) -> Iterator[bytes]:
    for place in range(0, len(whole), step):
        changed = bytearray(whole)
        changed[place] ^= mask
        yield bytes(changed)


def cut(whole: bytes, step: int) -> Iterator[bytes]:
    return (whole[:length] for length in range(0, len(whole), step))


FEW_OR_ALL = [
    pytest.param(97, id="some"),
    pytest.param(1, id="all", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("step", FEW_OR_ALL)
def test_a_changed_byte_of_ours_is_refused(ours: Path, step: int) -> None:
    for mask in (0x01, 0x20):
        found = outcomes(ours, ours, flipped(ours.read_bytes(), step, mask))
        assert set(found) <= {"refused", "same"}
        assert found.count("refused") > 0.99 * len(found)


@pytest.mark.parametrize("step", FEW_OR_ALL)
def test_a_changed_byte_of_a_published_checkpoint_never_counts(official: Path, step: int) -> None:
    """The zip format has bytes that mean nothing, such as times; all others are checked."""
    file = official / "checkpoint"
    found = outcomes(file, official, flipped(file.read_bytes(), step, 0x21))
    assert set(found) <= {"refused", "same"}
    assert "refused" in found


@pytest.mark.parametrize("step", FEW_OR_ALL)
def test_every_length_but_the_whole_is_refused(ours: Path, official: Path, step: int) -> None:
    checkpoint = official / "checkpoint"
    assert set(outcomes(ours, ours, cut(ours.read_bytes(), step))) == {"refused"}
    cuts = cut(checkpoint.read_bytes(), step)
    assert set(outcomes(checkpoint, official, cuts)) == {"refused"}


def test_a_bundled_model_is_known_wherever_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "copy.safetensors"
    whole = bundled_model("sudoku").read_bytes()
    path.write_bytes(whole)
    load_model(path)
    for place in (len(whole) - 1, len(whole) // 2):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        refusal(path)


def test_a_file_without_hash_needs_one_beside_it(ours: Path) -> None:
    _, _, weights = read_checkpoint(ours)
    texts = json.loads(ours.read_bytes()[8 : 8 + int.from_bytes(ours.read_bytes()[:8], "little")])
    metadata = {key: text for key, text in texts["__metadata__"].items() if key != "hash"}
    path = ours.with_name("old.safetensors")
    save_file({name: weight.clone() for name, weight in weights.items()}, path, metadata)
    assert "nothing says what its content should be" in refusal(path)
    beside = path.with_name("old.safetensors.sha256")
    beside.write_text(hashlib.sha256(path.read_bytes()).hexdigest() + "  old.safetensors\n")
    load_model(path)
    beside.write_text("0" * 64 + "  old.safetensors\n")
    refusal(path)


def test_an_unknown_entry_of_the_header_is_refused(ours: Path) -> None:
    """A damaged `hash` must not become a file that never had one."""
    ours.write_bytes(ours.read_bytes().replace(b'"hash"', b'"hasi"'))
    assert "unknown entry 'hasi'" in refusal(ours)
