"""Published checkpoints come from strangers: a corpus of pickles and archives that lie.

Each lie must leave nothing behind, stay small, and end in one `ModelError` that names the file.
"""

from __future__ import annotations

import builtins
import io
import os
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from scripted import Shell
from trust_fixtures import canary, refusal

from hrm.errors import ModelError
from hrm.model.archive import ArchiveError, check_archive, check_pickle
from hrm.model.checkpoint import load_model

__all__ = ["canary"]

GOLDEN = Path(__file__).parents[2] / "support" / "golden" / "official-sudoku"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An official folder whose checkpoint is still to be written."""
    path = tmp_path / "model"
    path.mkdir()
    (path / "all_config.yaml").write_bytes((GOLDEN / "all_config.yaml").read_bytes())
    return path


class Call:
    """Pickles as a call of `function`."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.made = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.made


def rebuilt(size: tuple[int, ...], stride: tuple[int, ...], offset: int = 0) -> Call:
    """A tensor that claims more than its four values."""
    storage = torch.arange(4.0).untyped_storage()
    wrap: Any = torch.storage.TypedStorage
    typed = wrap(wrap_storage=storage, dtype=torch.float32, _internal=True)
    function = torch._utils._rebuild_tensor_v2
    return Call(function, typed, offset, size, stride, False, OrderedDict())


def touch(canary: Path) -> Call:
    return Call(os.system, f"touch {canary}")


def compiled(canary: Path) -> Call:
    return Call(builtins.eval, f"open({str(canary)!r}, 'w')")


SAVED: dict[str, Callable[[Path], object]] = {
    "a command": touch,
    "a command in a dictionary": lambda canary: {"a": touch(canary)},
    "a command deep inside": lambda canary: {"a": [{"b": (1, {"c": touch(canary)})}]},
    "a command as a name": lambda canary: {"a": torch.zeros(2), "b": Call(os.system, "exit 1")},
    "an expression": compiled,
    "an open file": lambda canary: Call(open, str(canary), "w"),
    "an import": lambda canary: Call(__import__, "antigravity"),
    "a hundred gigabytes": lambda canary: {"a": Call(bytearray, 10**11)},
    "a counter": lambda canary: {"a": Call(__import__("collections").Counter, "aa")},
    "a parameter of nothing": lambda canary: {"a": Call(torch._utils._rebuild_parameter, 1, 2, 3)},
    "too many values": lambda canary: {"a": rebuilt((10**9,), (1,))},
    "a petabyte without strides": lambda canary: {"a": rebuilt((10**8, 10**7), (0, 0))},
    "negative strides": lambda canary: {"a": rebuilt((2, 2), (-1, 1))},
    "negative sizes": lambda canary: {"a": rebuilt((-2, -2), (1, 1))},
    "values outside": lambda canary: {"a": rebuilt((2,), (1,), offset=10**12)},
    "values before": lambda canary: {"a": rebuilt((2,), (1,), offset=-8)},
    "sizes that overflow": lambda canary: {"a": rebuilt((2**62, 4), (1, 1))},
    "a sparse tensor": lambda canary: {"a": torch.eye(3).to_sparse()},
    "a module": lambda canary: torch.nn.Linear(2, 2),
}


@pytest.mark.filterwarnings("ignore:.*TypedStorage")
@pytest.mark.parametrize("name", SAVED)
def test_what_torch_saves_may_lie(folder: Path, canary: Path, name: str) -> None:
    torch.save(SAVED[name](canary), folder / "checkpoint")
    refusal(folder)


def archive(folder: Path, pickled: bytes, **records: bytes) -> None:
    """A checkpoint put together by hand, all of it stored."""
    with zipfile.ZipFile(folder / "checkpoint", "w") as file:
        file.writestr("archive/data.pkl", pickled)
        file.writestr("archive/version", b"3\n")
        file.writestr("archive/byteorder", b"little")
        for name, data in records.items():
            file.writestr(name, data)


def doubled_tuple(levels: int) -> bytes:
    """A key of 2^levels values in a few bytes; hashing it would not end."""
    twice = b"".join(b"q" + bytes([n]) + b"h" + bytes([n]) + b"\x86" for n in range(levels))
    return b"\x80\x02}(K\x01" + twice + b"K\x00u."


def dictionary(instructions: bytes) -> bytes:
    return b"\x80\x02}X\x01\x00\x00\x00a" + instructions + b"s."


PICKLES = {
    "a tuple that doubles": (doubled_tuple(60), "a tuple of more than 1000 values"),
    "a tuple without end": (dictionary(b"K\x01" + b"\x85" * 500_000), "a tuple of more than 1000"),
    "an instance": (b"(S'echo'\nios\nsystem\n.", "the opcode STRING"),
    "a stack global": (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "the opcode SHORT_BINUNICODE"),
    "an extension": (b"\x80\x02\x82\x01.", "the opcode EXT1"),
    "a frame of petabytes": (b"\x80\x04\x95" + b"\xff" * 7 + b"\x00.", "the opcode FRAME"),
    "a text of gigabytes": (b"\x80\x02X\xff\xff\xff\x7fa.", "broken pickle"),
    "a mark in the way": (b"\x80\x02(Q.", "broken pickle"),
    "an empty stack": (b"\x80\x02s.", "broken pickle"),
    "an unknown memo": (b"\x80\x02h\x07.", "broken pickle"),
    "no end": (b"\x80\x02}", "broken pickle"),
    "a megabyte of it": (b"\x80\x02" + b"N" * (1 << 20) + b".", "data.pkl of 1048579 bytes"),
    "a hidden name": (b"\x80\x02cos\nsystem\n.", "the name 'os system'"),
    "a torch function": (b"\x80\x02ctorch\nload\n.", "the name 'torch load'"),
    "an attribute in the way": (
        b"\x80\x02ccollections\nOrderedDict\n)R}X\x05\x00\x00\x00itemsK\x03sb.",
        "weight 'embed_tokens' is missing",
    ),
    "two names in one": (b"\x80\x02ctorch\nFloatStorage.x\n.", "'torch FloatStorage.x'"),
}


@pytest.mark.parametrize("name", PICKLES)
def test_pickles_by_hand(folder: Path, canary: Path, name: str) -> None:
    pickled, reason = PICKLES[name]
    archive(folder, pickled)
    assert reason in refusal(folder)


def test_plain_state_dicts_pass() -> None:
    for name in ("official-sudoku", "official-trm-attn"):
        check_archive(GOLDEN.parent / name / "checkpoint")
    buffer = io.BytesIO()
    torch.save(OrderedDict(torch.nn.Linear(2, 3).named_parameters()), buffer)
    with zipfile.ZipFile(buffer) as file:
        [name] = (name for name in file.namelist() if name.endswith("data.pkl"))
        check_pickle(file.read(name))


def good() -> tuple[bytes, dict[str, bytes]]:
    """Pickle and records of a good checkpoint, to be put together wrongly."""
    with zipfile.ZipFile(GOLDEN / "checkpoint") as file:
        read = {"archive/" + n.partition("/")[2]: file.read(n) for n in file.namelist()}
    return read.pop("archive/data.pkl"), {n: d for n, d in read.items() if "/data/" in n}


def test_a_checkpoint_put_together_by_hand_loads(folder: Path) -> None:
    pickled, records = good()
    archive(folder, pickled, **records)
    assert load_model(folder).config.hidden == 64


ZIPS: dict[str, tuple[dict[str, bytes], str]] = {
    "a path that leads out": ({"../nest/canary": b"x"}, "more than one folder"),
    "a path from the root": ({"/nest/canary": b"x"}, "more than one folder"),
    "a path out of its folder": ({"archive/../../nest/canary": b"x"}, ""),
    "two pickles": ({"other/data.pkl": b"N."}, "more than one folder"),
}


@pytest.mark.parametrize("name", ZIPS)
def test_paths_in_an_archive_lead_nowhere(folder: Path, canary: Path, name: str) -> None:
    """Nothing is ever unpacked: a record beside the weights is refused or has no effect."""
    pickled, records = good()
    extra, reason = ZIPS[name]
    archive(folder, pickled, **records, **extra)
    if reason:
        assert reason in refusal(folder)
    else:
        load_model(folder)


def test_a_bomb_is_not_unpacked(folder: Path, canary: Path) -> None:
    pickled, _ = good()
    with zipfile.ZipFile(folder / "checkpoint", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data.pkl", pickled)
        file.writestr("archive/data/0", b"\0" * 50_000_000)
    assert (folder / "checkpoint").stat().st_size < 200_000
    assert "compressed records" in refusal(folder)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_records_of_one_name_are_refused(folder: Path) -> None:
    pickled, records = good()
    archive(folder, pickled, **records)
    with zipfile.ZipFile(folder / "checkpoint", "a") as file:
        file.writestr("archive/data.pkl", pickled)
    assert "two records of one name" in refusal(folder)


def test_records_that_overlap_are_refused(folder: Path) -> None:
    """A thousand entries for one megabyte of zeros."""
    with zipfile.ZipFile(folder / "checkpoint", "w") as file:
        file.writestr("archive/data.pkl", b"N.")
        file.writestr("archive/data/0", bytes(1 << 20))
        first = file.getinfo("archive/data/0")
        for number in range(1, 1000):
            again = zipfile.ZipInfo(f"archive/data/{number}")
            again.header_offset, again.CRC = first.header_offset, first.CRC
            again.compress_size = again.file_size = first.file_size
            file.filelist.append(again)
    assert "larger than the file" in refusal(folder)


def test_a_missing_record_is_refused(folder: Path) -> None:
    pickled, records = good()
    archive(folder, pickled, **dict(list(records.items())[1:]))
    refusal(folder)


def test_a_record_that_is_too_short_is_refused(folder: Path) -> None:
    pickled, records = good()
    archive(folder, pickled, **{name: data[: len(data) // 2] for name, data in records.items()})
    refusal(folder)


@pytest.mark.parametrize("version", ["1.13.1", "2.5.1+cu121", "2.9.1", "2.9.1a0+git"])
def test_an_old_torch_opens_no_pickle(
    folder: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    torch.save({}, folder / "checkpoint")
    monkeypatch.setattr(torch, "__version__", version)
    with pytest.raises(ModelError, match="cannot open a published checkpoint safely"):
        load_model(folder)


@pytest.mark.parametrize("trap", ["a command", "an expression"])
def test_the_command_line_says_it_once(shell: Shell, folder: Path, canary: Path, trap: str) -> None:
    torch.save(SAVED[trap](canary), folder / "checkpoint")
    ran = shell("solve", "sudoku", "easy", "--model", folder)
    assert ran.code == 4
    assert ran.err.count("error:") == 1
    assert "not a checkpoint that can be read safely" in ran.err
    ran = shell("models", "import", folder)
    assert ran.code == 4
    assert ran.err.count("error:") == 1


def test_pickles_are_only_walked(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with pytest.raises(ArchiveError, match="the name"):
        check_pickle(pickle.dumps(touch(mark), protocol=2))
    assert not mark.exists()
