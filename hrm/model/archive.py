"""Checks a published checkpoint before torch opens it.

`torch.load(weights_only=True)` runs no code from the file, but a malicious file can still exhaust
memory or time: torch inflates compressed records, allocates a `bytearray` of any length and hashes
deeply nested tuples. It also ignores the CRC-32 of the records. A state dict needs none of that.
"""

from __future__ import annotations

import pickletools
import re
import zipfile
from pathlib import Path

CHECKED_RECORD = 1 << 26
"""Bytes beyond which a record's CRC-32 is left alone: it can only be a table of puzzle embeddings,
gigabytes of which only the rows in use are ever read."""

_MAX_PICKLE = 1 << 20
_MAX_RECORDS = 100_000
_MAX_TUPLE = 1000
_CHUNK = 1 << 20
_GLOBALS = re.compile(
    r"collections OrderedDict|torch._utils (_rebuild_tensor_v2|_rebuild_parameter)"
    r"|torch \w+Storage|torch.storage (Untyped|Typed)Storage"
)
_SLICE = (pickletools.markobject, pickletools.stackslice)
_OPCODES = re.compile(
    r"PROTO|STOP|MARK|EMPTY_(DICT|LIST|TUPLE)|TUPLE[123]?|(LONG_)?BIN(PUT|GET)|BINUNICODE"
    r"|BININT[12]?|LONG1|BINFLOAT|NEW(TRUE|FALSE)|NONE|GLOBAL|REDUCE|BINPERSID|BUILD"
    r"|APPENDS?|SETITEMS?"
)


class ArchiveError(ValueError):
    """The reason why a file is not the zip of a plain state dict, as a phrase."""


def check_archive(path: Path) -> None:
    """Raise `ArchiveError` unless `path` is whole and its pickle only names tensors.

    Reads every record of at most `CHECKED_RECORD` bytes once, in pieces. A file that is not there
    stays a `FileNotFoundError`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            records = archive.infolist()
            _check_records(records, path.stat().st_size)
            folder = records[0].filename.partition("/")[0]
            check_pickle(_pickle_of(archive, f"{folder}/data.pkl"))
            for record in records:
                if record.file_size <= CHECKED_RECORD:
                    _check_sum(archive, record)
    except FileNotFoundError:
        raise
    # zipfile answers damage in as many ways as there are fields to damage
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ArchiveError(str(error) or type(error).__name__) from error


def _check_records(records: list[zipfile.ZipInfo], size: int) -> None:
    if not 0 < len(records) <= _MAX_RECORDS:
        raise ArchiveError(f"{len(records)} records")
    if len({record.filename for record in records}) < len(records):
        raise ArchiveError("two records of one name")
    if len({record.filename.partition("/")[0] for record in records}) > 1:
        raise ArchiveError("records in more than one folder")
    if any(record.compress_type != zipfile.ZIP_STORED for record in records):
        raise ArchiveError("compressed records, which torch never writes")
    if sum(record.file_size for record in records) > size:
        raise ArchiveError("records that are larger than the file")


def _pickle_of(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        record = archive.getinfo(name)
    except KeyError:
        raise ArchiveError("no data.pkl") from None
    if record.file_size > _MAX_PICKLE:
        raise ArchiveError(f"data.pkl of {record.file_size} bytes")
    return archive.read(record)


def _check_sum(archive: zipfile.ZipFile, record: zipfile.ZipInfo) -> None:
    with archive.open(record) as file:  # compares the CRC-32 when it reaches the end
        while file.read(_CHUNK):
            pass


def check_pickle(data: bytes) -> None:
    """Walk the opcodes without executing one; raises `ArchiveError`.

    Follows the stack only as far as to know how many values each tuple holds, all levels counted:
    a tuple that is a key gets hashed, and sixty opcodes can describe one of 2^60 values.
    """
    stack: list[int | None] = []  # values inside, None for a mark
    memo: dict[int, int] = {}
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if not _OPCODES.fullmatch(opcode.name):
                raise ArchiveError(f"the opcode {opcode.name}")
            if opcode.name == "GLOBAL" and not _GLOBALS.fullmatch(str(argument)):
                raise ArchiveError(f"the name {str(argument)[:80]!r}")
            if opcode.name in ("BINPUT", "LONG_BINPUT"):
                memo[int(argument or 0)] = stack[-1] or 1
            elif opcode.name in ("BINGET", "LONG_BINGET"):
                stack.append(memo[int(argument or 0)])
            elif opcode.name == "MARK":
                stack.append(None)
            else:
                _step(stack, opcode)
    except (ValueError, IndexError, KeyError) as error:
        if isinstance(error, ArchiveError):
            raise
        raise ArchiveError("a broken pickle") from error


def _step(stack: list[int | None], opcode: pickletools.OpcodeInfo) -> None:
    """Replace what an opcode takes from the stack by what it leaves there."""
    taken: list[int] = []
    if pickletools.markobject in opcode.stack_before:
        while (top := stack.pop()) is not None:
            taken.append(top)
    fixed = [kind for kind in opcode.stack_before if kind not in _SLICE]
    for _ in fixed:
        top = stack.pop()
        if top is None:
            raise ArchiveError("a broken pickle")
        taken.append(top)
    size = 1 + sum(taken) if opcode.name.startswith("TUPLE") else 1
    if size > _MAX_TUPLE:
        raise ArchiveError(f"a tuple of more than {_MAX_TUPLE} values")
    stack.extend(size for _ in opcode.stack_after)
