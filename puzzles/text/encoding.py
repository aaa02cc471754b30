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


_NO_TEXT = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP file, or a document of an office program"),
    (b"\x1f\x8b", "packed by gzip"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"\x93NUMPY", "an array of numpy"),
    (b"{\\rtf", "a document of a word processor (RTF)"),
)
"""How files begin that are often given in place of a text."""

_MOST_FOREIGN = 0.8
"""Share of bytes beyond ASCII up to which a text may be one of Western Europe."""


def kind_of(data: bytes) -> str:
    """What a file is that is no text, in words, empty where its first bytes do not say."""
    return next((words for begin, words in _NO_TEXT if data.startswith(begin)), "")


def decoded(data: bytes) -> str:
    """The text of a file in the encoding that `encoding_of` says; in Windows-1252 where it is no
    UTF-8, since cells are ASCII and a wrong letter among them is refused, in a title harmless.
    Raises `UnicodeDecodeError`."""
    encoding = encoding_of(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        foreign = sum(byte > 127 for byte in data[:10_000])
        if encoding != "utf-8-sig" or foreign > _MOST_FOREIGN * min(len(data), 10_000):
            raise
        return data.decode("cp1252", errors="replace")
