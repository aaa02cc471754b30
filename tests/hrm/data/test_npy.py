"""Arrays of data sets: written as numpy writes them, and never believed before they are checked."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hrm.data.npy import ArrayWriter, open_array
from hrm.errors import PuzzleFileError, UserError


def saved(array: object) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)  # type: ignore[arg-type]
    return buffer.getvalue()


@pytest.mark.parametrize(("dtype", "row"), [(np.uint8, (81,)), (np.int32, ())])
@pytest.mark.parametrize("parts", [(), (0,), (3, 0, 5), (1000, 1)])
def test_the_file_is_what_numpy_would_have_written(
    tmp_path: Path, dtype: type, row: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    rows: NDArray[Any] = np.arange(sum(parts) * max(1, *row, 1)).reshape(-1, *row).astype(dtype)
    path = tmp_path / "a.npy"
    with ArrayWriter(path, dtype, row) as writer:
        for part in np.split(rows, np.cumsum(parts)[:-1]) if parts else []:
            writer.append(part)
    assert path.read_bytes() == saved(rows)
    read = open_array(path, dimensions=rows.ndim)
    assert read.dtype == dtype
    assert np.array_equal(read, rows)


def test_what_was_interrupted_is_not_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"

    def interrupted() -> None:
        with ArrayWriter(path, np.uint8, (4,)) as writer:
            writer.append(np.ones((3, 4), np.uint8))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(PuzzleFileError, match="bytes"):
        open_array(path, dimensions=2)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(b"mine")
    with pytest.raises(UserError, match="cannot be written"):
        ArrayWriter(path, np.uint8)
    assert path.read_bytes() == b"mine"


WHOLE = saved(np.arange(6, dtype=np.int32).reshape(2, 3))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "does not begin as"),
        (b"not an array at all, only text of some length", "does not begin as"),
        (WHOLE[:-1], "should have 152 bytes and has 151"),
        (WHOLE + b"x", "should have 152 bytes and has 153"),
        (WHOLE.replace(b"(2, 3)", b"(99999999999, 99999999999)"), "damaged header|should have"),
        (WHOLE.replace(b"(2, 3), }    ", b"(-2, -3), }  "), "negative shape"),
        (WHOLE.replace(b"False", b"True "), "column by column"),
        (WHOLE.replace(b"<i4", b"|O8"), "not whole numbers"),
        (b"\x93NUMPY\x02\x00" + b"\xff" * 90, "does not begin as"),
        (b"\x93NUMPY\x01\x00\x10\x00" + b"[" * 16, "damaged header"),
        (WHOLE.replace(b"(2, 3)", b"[2, 3]"), "damaged header"),
        (WHOLE.replace(b"(2, 3)", b"(2, .3"), "damaged header"),
        (WHOLE.replace(b"<i4", b"<qq"), "damaged header"),
        (saved(np.zeros((2, 3))), "not whole numbers"),
        (saved(np.array([{}, []], dtype=object).reshape(1, 2)), "not whole numbers"),
        (saved(np.arange(6)), "1 dimensions, not 2"),
    ],
)
def test_damage_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(content)
    with pytest.raises(PuzzleFileError, match=words):
        open_array(path, dimensions=2)


def test_a_header_cannot_ask_for_memory(tmp_path: Path) -> None:
    """80 bytes that claim 32 GiB are refused by the size of the file."""
    path = tmp_path / "a.npy"
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (34359738368, 1), }"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(PuzzleFileError, match="should have 34359738"):
        open_array(path, dimensions=2)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.npy", tmp_path):
        with pytest.raises(PuzzleFileError, match=path.name):
            open_array(path, dimensions=1)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_an_array_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("fuzz") / "a.npy"
    path.write_bytes(bytes(content))
    try:
        array = open_array(path, dimensions=2)
    except PuzzleFileError:
        return
    assert array.nbytes <= len(content)
