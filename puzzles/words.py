"""Numbers in sentences, for every message that counts things or says how long they take."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 rule`, `4 rules`, `1,000 rules`; `plural` where it is not the noun with an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or f'{noun}s'}"


def duration(seconds: float) -> str:
    """A length of time, rounded: `40 s`, `3.5 min`, `2.1 h`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def clock(seconds: float) -> str:
    """A running clock, minutes and seconds: `03:17`, with hours in front once there are any."""
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"


def megabytes(size: float) -> str:
    """Bytes in powers of ten, as files are sold: `0.8 MB`, `2.1 GB`."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
