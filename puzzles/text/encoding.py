"""How the bytes of a puzzle's file become text, and how much text is read at all."""

from __future__ import annotations

MAX_TEXT = 5_000_000
"""Longest puzzle text that is parsed, in characters; the ARC Prize's largest file has 4 million.
`hrm` refuses larger files by size."""


def encoding_of(data: bytes) -> str:
    """What a file's first bytes say: UTF-8 or UTF-16, each with or without a mark; UTF-16 without
    one only where every other byte is 0, as in puzzles that ASCII suffices for; UTF-32 with one."""
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    begin = data[: min(len(data), 4096) // 2 * 2]
    for encoding, zeros in (("utf-16-le", begin[1::2]), ("utf-16-be", begin[::2])):
        if len(zeros) > 8 and zeros.count(0) == len(zeros) and b"\0\0" not in begin:
            return encoding
    return "utf-8-sig"
