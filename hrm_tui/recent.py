"""What is kept between two starts of the app: the puzzles looked at last, and unfinished text.

A file that is damaged, or of another version, counts as empty: it is a convenience, never a reason
not to start. What it holds is outside data and is parsed like any other puzzle.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hrm.files import make_folder, state_dir, written_whole
from hrm.records import RecordError, converted, read_record
from hrm.terminal import clean
from hrm_tui.sources import Current
from puzzles import domain, names

MOST = 20
LONGEST = 200_000
"""Characters of one puzzle; the largest ARC task has about 60,000."""

_MAX_BYTES = MOST * LONGEST * 2


@dataclass(frozen=True, slots=True)
class Recent:
    """`text` is what the domain of `task` parses; two entries are the same puzzle if it is."""

    task: str
    text: str
    source: str


def recent_file() -> Path:
    return state_dir() / "recent.json"


def read_recent() -> list[Recent]:
    """Newest first, at most `MOST`; empty if there is no file that can be read."""
    try:
        entries = read_record(recent_file(), list[Any], _MAX_BYTES)[:MOST]
    except (OSError, RecordError):
        return []
    return [found for entry in entries if (found := _usable(entry)) is not None]


def remember(current: Current) -> None:
    """Put a puzzle at the top; raises UserError where the file cannot be written."""
    text = domain(current.task).format(current.puzzle)
    if len(text) > LONGEST:
        return
    newest = Recent(current.task, text, current.source)
    older = [old for old in read_recent() if (old.task, old.text) != (newest.task, newest.text)]
    place = recent_file()
    make_folder(place.parent)
    with written_whole(place) as file:
        json.dump([asdict(entry) for entry in (newest, *older)[:MOST]], file)


def _usable(value: object) -> Recent | None:
    try:
        entry: Recent = converted(value, Recent)
    except RecordError:
        return None
    return entry if entry.task in names() and len(entry.text) <= LONGEST else None


def _draft_file() -> Path:
    return state_dir() / "draft.txt"


def kept_draft() -> str:
    """Text that was being typed when the app ended."""
    try:
        with _draft_file().open(encoding="utf-8") as file:
            return clean(file.read(LONGEST))
    except (OSError, ValueError):
        return ""


def keep_draft(text: str) -> None:
    """An empty text removes the file; raises UserError where that cannot be done."""
    place = _draft_file()
    if not text.strip():
        place.unlink(missing_ok=True)
        return
    make_folder(place.parent)
    with written_whole(place) as file:
        file.write(text)
