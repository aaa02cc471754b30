"""Arrays in numpy's .npy format, memory-mapped for reading and written row by row, so that a data
set need not fit in memory.

A header of 80 bytes can ask for 32 GiB, so an array is mapped only if shape, type and file size
agree. Pickled objects are refused, because unpickling runs code.
"""

from __future__ import annotations

import ast
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from hrm.errors import PuzzleFileError
from hrm.files import writing

_MAGIC = b"\x93NUMPY\x01\x00"
_MOST_HEADER = 1000
"""Characters; numpy's own take about 120."""

_NO_HEADER = (ValueError, SyntaxError, TypeError, LookupError, RecursionError, MemoryError)
"""What parsing a damaged header can raise."""

_REBUILD = "Build or fetch the data set again."

Whole = NDArray[np.integer[Any]]
"""An integer array of any width."""


def open_array(path: Path, *, dimensions: int) -> Whole:
    """An integer .npy file, mapped read-only; raises `PuzzleFileError`."""
    try:
        with path.open("rb") as file:
            shape, dtype = _read_header(file)
            offset, size = file.tell(), os.fstat(file.fileno()).st_size
        _require(len(shape) == dimensions, f"has {len(shape)} dimensions, not {dimensions}")
        _require(dtype.kind in "iu", f"holds {dtype}, not whole numbers")
        wanted = offset + dtype.itemsize * _product(shape)
        _require(wanted == size, f"should have {wanted} bytes and has {size}")
        if 0 in shape:  # an empty array cannot be mapped
            return np.empty(shape, dtype)
        return np.memmap(path, dtype, "r", offset, shape)
    except FileNotFoundError:
        raise PuzzleFileError(f"there is no file {path}", _REBUILD) from None
    except OSError as error:
        raise PuzzleFileError(f"{path} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise PuzzleFileError(
            f"{path} is not an array of a data set: it {error}", _REBUILD
        ) from error


def _read_header(file: BinaryIO) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type; raises ValueError in words that follow "it".

    numpy's own reader retries damaged headers as Python 2 headers and raises other errors.
    """
    magic, length = file.read(len(_MAGIC)), file.read(2)
    # later versions are for structured arrays and allow headers of gigabytes
    _require(magic == _MAGIC and len(length) == 2, "does not begin as a .npy file of version 1.0")
    text = file.read(int.from_bytes(length, "little")).decode("latin-1")
    _require(len(text) <= _MOST_HEADER, "has a damaged header")
    try:
        header = ast.literal_eval(text.strip())
        shape, columns_first = header["shape"], header["fortran_order"]
        dtype = np.dtype(str(header["descr"]))
        whole = all(type(side) is int for side in shape)
    except _NO_HEADER as error:
        raise ValueError("has a damaged header") from error
    _require(whole and isinstance(shape, tuple), "has a damaged header")
    _require(columns_first is False, "is stored column by column")
    _require(min(shape, default=1) >= 0, "has a negative shape")
    return shape, dtype


def _product(shape: tuple[int, ...]) -> int:
    """The product of the sides; unlike numpy's, it does not overflow."""
    product = 1
    for side in shape:
        product *= side
    return product


def _require(met: bool, otherwise: str) -> None:
    if not met:
        raise ValueError(otherwise)


class ArrayWriter:
    """A .npy file written row by row; the header is completed on a close without an error."""

    def __init__(self, path: Path, dtype: DTypeLike, row: tuple[int, ...] = ()) -> None:
        self._path = path
        self._dtype = np.dtype(dtype)
        self._row = row
        self._count = 0
        with writing(path):
            self._file = path.open("xb")
            self._write_header()

    def append(self, rows: NDArray[Any]) -> None:
        """Write (n, *row) values; raises `UserError` if writing fails."""
        assert rows.shape[1:] == self._row
        with writing(self._path):
            self._file.write(np.ascontiguousarray(rows, self._dtype).data)
        self._count += len(rows)

    def __enter__(self) -> ArrayWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            with suppress(OSError):
                self._file.close()
            return
        with writing(self._path), self._file:
            self._file.seek(0)
            self._write_header()
            self._file.flush()
            os.fsync(self._file.fileno())

    def _write_header(self) -> None:
        """The length is constant: numpy reserves space for the first dimension to grow."""
        np.lib.format.write_array_header_1_0(
            self._file,
            {
                "descr": np.lib.format.dtype_to_descr(self._dtype),
                "fortran_order": False,
                "shape": (self._count, *self._row),
            },
        )
