"""Makes untrusted text safe for a terminal, and formats durations and sizes.

Puzzle names, file names, quoted file contents and server messages may contain escape sequences that
recolour, retitle or reorder the display. The result of `clean` is safe to print, but must not be
parsed as markup.
"""

from __future__ import annotations

import codecs

_KEPT_CONTROLS = {0x09, 0x0A}
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_DROPPED = {
    code: None
    for code in (*range(0x00, 0x20), *range(0x7F, 0xA0), *_BIDI)
    if code not in _KEPT_CONTROLS
}
# Lone surrogates stand for undecodable bytes in file names; no output encoding accepts them.
_TABLE: dict[int, str | None] = {**_DROPPED, **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}


ASCII_LINES = "hrm.ascii"
"""Error handler, for `reconfigure`, of a stream whose encoding has no characters for boards."""

_ASCII = str.maketrans(
    {
        **dict.fromkeys("█▉▊▋▌▐▀▄▇▆▅▓", "#"),
        **dict.fromkeys("▁▂▃░▒▏▎▍", "_"),
        **dict.fromkeys("│┃╎▕", "|"),
        **dict.fromkeys("─━═", "-"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╋╂┿┏┓┗┛┠┨┯┷┳┻┣┫╺╸", "+"),
        **dict.fromkeys("•●■◆", "*"),
        **dict.fromkeys("○□◇·", "."),
        **{"×": "x", "…": "...", "→": ">", "←": "<", "✓": "+", "✗": "x", "‖": "|", "Δ": "d"},
    }
)


def _as_ascii(error: UnicodeError) -> tuple[str, int]:
    """What is alike in ASCII in the place of what cannot be written, `?` where nothing is."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(_ASCII)
    return "".join(letter if letter.isascii() else "?" for letter in text), error.end


codecs.register_error(ASCII_LINES, _as_ascii)


def clean(text: str) -> str:
    """Drop C0 (except newline and tab), DEL, C1 and bidi controls; surrogates become U+FFFD."""
    return text.translate(_TABLE)


def clean_line(text: str, limit: int = 200) -> str:
    """`clean` to one line: white space collapsed, cut at `limit` characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def shown(argument: str) -> str:
    """An argument for use inside a sentence: one clean line of at most 80 characters."""
    return clean_line(argument, 80)


def duration(seconds: float) -> str:
    """A rounded duration: `40 s`, `3.5 min`, `2.1 h`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def clock(seconds: float) -> str:
    """Minutes and seconds, `03:17`, with hours in front if there are any."""
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"


def megabytes(size: float) -> str:
    """A size in decimal units: `0.8 MB`, `2.1 GB`."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
