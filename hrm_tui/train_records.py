"""A run's lines, back as events: those that `hrm train --json` prints and those of metrics.jsonl.

A run's folder may be from anyone, so whatever is not such a line is passed over.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from hrm.train_events import Evaluated, Saved, StepDone, TrainEvent

_KINDS: dict[str, type[StepDone] | type[Evaluated]] = {
    "StepDone": StepDone,
    "step": StepDone,
    "Evaluated": Evaluated,
    "evaluation": Evaluated,
}
_PIECE = 1 << 20
_LONGEST = 1 << 14
"""Bytes of a line; ours have some hundred."""


def parse(line: str) -> TrainEvent | None:
    """None for a line that is no event."""
    record = object_of(line)
    kind = record.get("event", record.get("kind"))
    if kind == "Saved":
        return _saved(record)
    made = _KINDS.get(kind) if isinstance(kind, str) else None
    if made is None:
        return None
    values = {field.name: _number(record.get(field.name), field.type) for field in fields(made)}
    if any(value is None for value in values.values()):
        return None
    return made(**values)  # type: ignore[arg-type]  # every field is a number of its own type


def object_of(line: str) -> dict[str, Any]:
    """The JSON object in a line; empty if there is none."""
    try:
        record = json.loads(line) if len(line) <= _LONGEST else None
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _saved(record: Mapping[str, Any]) -> Saved | None:
    step, path, final = record.get("step"), record.get("path"), record.get("final")
    if isinstance(step, int) and isinstance(path, str) and isinstance(final, bool):
        return Saved(step=step, path=path, final=final)
    return None


def _number(value: object, kind: object) -> int | float | None:
    """A finite number of the field's type; a loss that is not finite ends a run anyway."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if kind == "int":
        return value if isinstance(value, int) and 0 <= value < 1 << 62 else None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


class Tail:
    """The lines of a file that grows, each once, as soon as it is whole.

    A file that became shorter was begun anew and is read from its start.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._rest = b""

    def lines(self) -> Iterator[str]:
        """Those that came since the last call; none where there is no such file."""
        try:
            with self._path.open("rb") as file:
                if file.seek(0, 2) < self._offset:
                    self._offset, self._rest = 0, b""
                file.seek(self._offset)
                while piece := file.read(_PIECE):
                    self._offset += len(piece)
                    *whole, self._rest = (self._rest + piece).split(b"\n")
                    yield from (line.decode("utf-8", "replace") for line in whole)
                    self._rest = self._rest[:_LONGEST]
        except OSError:
            return
