"""Reads a saved trace as puzzles and events.

Traces are untrusted: their size is limited, and events must fit their puzzle.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from hrm.errors import PuzzleFileError
from hrm.events import Finished, Segment, SolveEvent, Started
from hrm.solving.trace import read_trace
from hrm.terminal import clean_line
from puzzles import domain, names
from puzzles.contract.protocol import AnyDomain
from puzzles.errors import PuzzleError
from puzzles.text.encoding import encoding_of

_MAX_TRACE = 64 * 1024 * 1024
_GLANCE = 1024
_HINT = "Give a trace that `hrm solve --trace FILE` saved."


@dataclass(frozen=True, slots=True)
class Recording:
    """All events in order, and the puzzles by the index that events refer to."""

    domain: AnyDomain
    puzzles: list[Any]
    events: list[SolveEvent]

    def of(self, index: int) -> list[SolveEvent]:
        """The events of one puzzle."""
        return [event for event in self.events if event.puzzle == index]


def is_recording(file: Path) -> bool:
    """Whether a file begins like a trace; False if it cannot be read."""
    try:
        with file.open("rb") as stream:
            data = stream.read(_GLANCE)
        text = data.decode(encoding_of(data), errors="ignore")
    except (OSError, ValueError):
        return False
    head = text.lstrip("\ufeff \r\n")[:100].replace(" ", "")
    return head.startswith('{"schema":') and '"event":"started"' in head


def read_recording(file: Path) -> Recording:
    """Read a trace from a file, or from standard input for `-`. Raises `PuzzleFileError` if it is
    unreadable, not a trace, or of several tasks."""
    name = "standard input" if str(file) == "-" else clean_line(str(file), 80)
    try:
        with nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as stream:
            data = stream.read(_MAX_TRACE + 1)
        text = data.decode(encoding_of(data))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise PuzzleFileError(f"cannot read {name}: {reason}", _HINT) from None
    if len(data) > _MAX_TRACE:
        raise PuzzleFileError(f"{name} is larger than {_MAX_TRACE >> 20} MiB", _HINT)
    events = list(read_trace(StringIO(text)))
    if not events:
        raise PuzzleFileError(f"{name} holds no events", _HINT)
    kind, puzzles = _recorded_puzzles(events)
    return Recording(kind, puzzles, events)


def _recorded_puzzles(events: Iterable[SolveEvent]) -> tuple[AnyDomain, list[Any]]:
    """The domain and puzzles of a trace; raises `PuzzleFileError` if events do not fit them."""
    starts = [event for event in events if isinstance(event, Started)]
    kinds = {start.domain for start in starts}
    if len(kinds) != 1 or not kinds <= set(names()):
        raise PuzzleFileError(f"the trace is not of one kind of {', '.join(names())}", _HINT)
    kind = domain(kinds.pop())
    puzzles: dict[int, Any] = {}
    for start in starts:
        try:
            puzzles[start.puzzle] = kind.parse(start.text)[0]
        except (PuzzleError, IndexError) as error:
            raise PuzzleFileError(f"the trace holds a bad puzzle: {error}", _HINT) from None
    if sorted(puzzles) != list(range(len(puzzles))):
        raise PuzzleFileError("the trace does not number its puzzles from 0", _HINT)
    for event in events:
        if not _fits(kind, puzzles, event):
            raise PuzzleFileError("the trace has an answer that does not fit its puzzle", _HINT)
    return kind, [puzzles[index] for index in range(len(puzzles))]


def _fits(kind: AnyDomain, puzzles: Mapping[int, Any], event: SolveEvent) -> bool:
    """Whether all arrays and positions of an event fit its puzzle, as drawing requires."""
    if event.puzzle not in puzzles:
        return False
    if isinstance(event, Segment):
        answers = [event.answer]
    elif isinstance(event, Finished):
        answers = [candidate.answer for candidate in event.candidates]
    else:
        return True
    most = 255 if kind.needs_facts else _largest_symbol(kind)
    if any(answer.size and answer.max() > most for answer in answers):
        return False
    rows, columns = answers[0].shape
    if any(row >= rows or column >= columns for row, column in event.broken):
        return False
    shape = kind.encode(puzzles[event.puzzle], "native").shape if not kind.adapts else None
    return shape is None or all(answer.shape == shape for answer in answers)


def _largest_symbol(kind: AnyDomain) -> int:
    """The largest symbol in an answer; a domain with a palette has no others."""
    palette = getattr(kind, "palette", ())
    return len(palette) - 1 if palette else 9 + len(kind.spec.further)
