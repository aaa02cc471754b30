"""Solve events as JSON Lines: what `--json` prints, `--trace` saves and `hrm replay` reads back.

One event is one line, an object with `schema` (a version), `event` (the class) and its fields.
Arrays are nested lists and numbers that are not finite are null. A trace may come from anywhere,
so reading is bounded and every field is checked before a viewer sees it.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Annotated, Any, TextIO, TypeVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from hrm.errors import PuzzleFileError
from hrm.events import (
    SCHEMA,
    Adapted,
    Alternatives,
    Candidate,
    CycleBeliefs,
    Finished,
    Found,
    Learning,
    Reason,
    Segment,
    SolveEvent,
    Started,
    Tried,
)
from hrm.records import converted
from puzzles.text.encoding import MAX_TEXT

MAX_LINE = 2 * MAX_TEXT
"""Characters in the longest line that is read: a `Started` with the longest puzzle, escaped."""

MAX_SIDE = 64
"""Rows and columns of the largest array; the largest puzzle has 40."""

MAX_ITEMS = MAX_SIDE * MAX_SIDE
"""Elements of the longest list."""

MAX_ALTERNATIVES = 16
MAX_TOKENS = MAX_SIDE
MAX_BELIEFS = 4_000_000
"""Most probabilities of one segment; eight cycles of the largest Sudoku have 130,000."""

CONFIDENCE_DIGITS = 3

_ONLY_WHERE_KNOWN = (
    "alternatives",
    "hypothesis",
    "beliefs",
    "violations",
    "tried",
    "unsure",
    "chance",
    "steps",
    "learning",
)
"""Fields that are left out where they are None."""

_Whole = Annotated[int, Meta(ge=0, lt=2**53)]
_Index = Annotated[int, Meta(ge=0, lt=MAX_SIDE)]
_Size = Annotated[int, Meta(ge=1, le=MAX_SIDE)]
_Symbol = Annotated[int, Meta(ge=0, lt=MAX_TOKENS)]
_Token = Annotated[int, Meta(ge=0, lt=256)]
_Real = float | None
"""None where a number is not finite."""

_EVENTS: dict[str, type[SolveEvent]] = {
    "started": Started,
    "adapted": Adapted,
    "segment": Segment,
    "finished": Finished,
}
_NAMES = {kind: name for name, kind in _EVENTS.items()}
T = TypeVar("T")


def to_json(event: SolveEvent, *, alternatives: bool = False, beliefs: bool = False) -> str:
    """One line without its line end; confidences keep three digits, all else is exact.

    `alternatives` make a segment about four times as long, `beliefs`, with which come the others
    that were tried, twice, so both are left out unless asked for.
    """
    left_out = {"alternatives": not alternatives}
    left_out |= dict.fromkeys(("beliefs", "tried", "learning"), not beliefs)
    body: dict[str, Any] = {"schema": SCHEMA, "event": _NAMES[type(event)]}
    for field in fields(event):
        value = getattr(event, field.name)
        if left_out.get(field.name, False):
            continue
        if field.name == "beliefs" and value is not None:
            body[field.name] = _packed(value)
        elif value is not None or field.name not in _ONLY_WHERE_KNOWN:
            body[field.name] = _plain(value)
    return json.dumps(body, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _packed(beliefs: CycleBeliefs) -> dict[str, Any]:
    data = zlib.compress(np.ascontiguousarray(beliefs).tobytes())
    return {"shape": list(beliefs.shape), "deflated": base64.b64encode(data).decode("ascii")}


@dataclass(frozen=True, slots=True)
class _Packed:
    """Probabilities: their shape, and their bytes in that order, deflated, in base 64."""

    shape: tuple[_Size, _Size, _Size, _Size]
    deflated: str


def _unpacked(value: Any) -> CycleBeliefs:
    packed: _Packed = converted(value, _Packed)
    size = math.prod(packed.shape)
    if size > MAX_BELIEFS:
        raise ValueError(f"more than {MAX_BELIEFS} probabilities")
    opened = zlib.decompressobj()
    try:  # one byte more than wanted shows that there are too many
        data = opened.decompress(base64.b64decode(packed.deflated, validate=True), size + 1)
    except (zlib.error, ValueError):
        raise ValueError("no deflated bytes in base 64") from None
    if len(data) != size:
        raise ValueError("not as many probabilities as its shape says")
    return np.frombuffer(data, np.uint8).reshape(packed.shape)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        exact = (
            value.astype(np.float64).round(CONFIDENCE_DIGITS) if value.dtype.kind == "f" else value
        )
        return _plain(exact.tolist())
    if isinstance(value, Candidate | Alternatives | Tried | Learning):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def from_json(line: str) -> SolveEvent:
    """Inverse of `to_json`; raises PuzzleFileError that says which field is wrong."""
    if len(line) > MAX_LINE:
        raise _malformed(f"is longer than {MAX_LINE} characters")
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        raise _malformed("is not JSON") from None
    if not isinstance(body, dict):
        raise _malformed("is not an object")
    if body.get("schema") != SCHEMA:
        raise _malformed(f"has not schema {SCHEMA}, the one this version of hrm reads")
    name = body.get("event")
    kind = _EVENTS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise _malformed(f"has no event that is one of {', '.join(_EVENTS)}")
    try:
        event = _record(kind)(body)
    except ValueError as error:
        raise _malformed(str(error)) from None
    if isinstance(event, Segment):
        _require_one_shape(event)
    if isinstance(event, Finished) and not event.candidates:
        raise _malformed("has no 'candidates'")
    return event


def read_trace(file: TextIO) -> Iterator[SolveEvent]:
    """The events of a JSON Lines file, blank lines skipped; PuzzleFileError names the line."""
    number = 0
    while line := file.readline(MAX_LINE + 2):
        number += 1
        if not line.strip():
            continue
        try:
            yield from_json(line)
        except PuzzleFileError as error:
            raise PuzzleFileError(
                f"line {number} of the trace {error.message}", error.hint
            ) from None


def _malformed(message: str) -> PuzzleFileError:
    return PuzzleFileError(message, "A trace is what `hrm solve --trace FILE.jsonl` wrote.")


def _require_one_shape(event: Segment) -> None:
    rows, columns = event.answer.shape
    others: list[NDArray[Any] | None] = [event.confidence, event.changed]
    if event.beliefs is not None and event.beliefs.shape[1:3] != (rows, columns):
        raise _malformed("has arrays of different shapes")
    if event.alternatives is not None:
        others += [*event.alternatives.tokens, *event.alternatives.probabilities]
    others += [tried.answer for tried in event.tried or ()]
    if any(array is not None and array.shape != (rows, columns) for array in others):
        raise _malformed("has arrays of different shapes")


def _typed(kind: Any) -> Callable[[Any], Any]:
    """Reads values of a type that msgspec checks."""
    return lambda value: converted(value, kind)


def _real(value: Any) -> float:
    number: float | None = converted(value, _Real)
    return math.nan if number is None else number


def _many(read: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    def reader(value: Any) -> tuple[T, ...]:
        items = converted(value, Annotated[list[Any], Meta(max_length=MAX_ITEMS)])
        return tuple(read(item) for item in items)

    return reader


def _array(dtype: type[Any], kind: Any) -> Callable[[Any], NDArray[Any]]:
    side = Meta(min_length=1, max_length=MAX_SIDE)
    rows_of = Annotated[list[Annotated[list[kind], side]], side]

    def reader(value: Any) -> NDArray[Any]:
        rows = converted(value, rows_of)
        if any(len(row) != len(rows[0]) for row in rows):
            raise ValueError("rows of different lengths")
        return np.array(rows, dtype=dtype)  # None becomes NaN

    return reader


def _record(kind: type[T]) -> Callable[[Any], T]:
    """Reads the fields of a dataclass; one that may be None may be missing, because it came later
    than the first traces."""

    def reader(value: Any) -> T:
        body = converted(value, dict[str, Any])
        values = {}
        for field in fields(kind):  # type: ignore[arg-type]  # a dataclass
            if field.name in body:
                try:
                    values[field.name] = _reader(str(field.type))(body[field.name])
                except (ValueError, OverflowError) as error:
                    raise ValueError(f"has a bad {field.name!r}: {error}") from None
            elif field.default is not None:
                raise ValueError(f"has no field {field.name!r}")
        return kind(**values)

    return reader


def _reader(annotation: str) -> Callable[[Any], Any]:
    """Reads values of a field with this annotation."""
    kind, _, optional = annotation.partition(" | ")
    if kind.startswith("tuple["):
        read = _many(_READERS[kind.removeprefix("tuple[").removesuffix(", ...]")])
    else:
        read = _READERS[kind]
    return (lambda value: None if value is None else read(value)) if optional else read


@dataclass(frozen=True, slots=True)
class _Layers:
    """`Alternatives`: a grid for each of the k likeliest tokens."""

    tokens: list[Any]
    probabilities: list[Any]


def _alternatives(value: Any) -> Alternatives:
    layers: _Layers = converted(value, _Layers)
    tokens = _many(_array(np.uint8, _Token))(layers.tokens)
    likely = _many(_array(np.float32, _Real))(layers.probabilities)
    if not 1 <= len(tokens) == len(likely) <= MAX_ALTERNATIVES:
        raise ValueError(f"not 1 to {MAX_ALTERNATIVES} tokens with a probability each")
    if len({layer.shape for layer in (*tokens, *likely)}) > 1:
        raise ValueError("layers of different shapes")
    return Alternatives(np.stack(tokens), np.stack(likely))


# By the field's annotation, so that a new field cannot be forgotten: a test reads every event back.
_READERS: dict[str, Callable[[Any], Any]] = {
    "str": _typed(str),
    "int": _typed(_Whole),
    "float": _real,
    "bool": _typed(bool),
    "Answer": _array(np.uint8, _Symbol),
    "FloatGrid": _array(np.float32, _Real),
    "BoolGrid": _array(np.bool_, bool),
    "Alternatives": _alternatives,
    "Candidate": _record(Candidate),
    "CycleBeliefs": _unpacked,
    "Found": _typed(Found),
    "Learning": _record(Learning),
    "Position": _typed(tuple[_Index, _Index]),
    "Reason": _typed(Reason),
    "Tried": _record(Tried),
}
