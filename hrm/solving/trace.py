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
from dataclasses import fields
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
MAX_CYCLES = 64
MAX_TOKENS = 64
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
    "steps",
    "learning",
)
"""Fields that are left out where they are None."""

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
    """Shape, and the bytes in that order, deflated, in base 64."""
    data = zlib.compress(np.ascontiguousarray(beliefs).tobytes())
    return {"shape": list(beliefs.shape), "deflated": base64.b64encode(data).decode("ascii")}


def _unpacked(value: Any) -> CycleBeliefs:
    if not isinstance(value, dict) or not {"shape", "deflated"} <= value.keys():
        raise ValueError("no shape and deflated bytes")
    shape = _many(_typed(_WHOLE))(value["shape"])
    bounds = (MAX_CYCLES, MAX_SIDE, MAX_SIDE, MAX_TOKENS)
    if len(shape) != len(bounds) or any(
        not 1 <= size <= most for size, most in zip(shape, bounds, strict=True)
    ):
        raise ValueError(f"not a shape of 1 to {bounds}")
    size = math.prod(shape)
    if size > MAX_BELIEFS:
        raise ValueError(f"more than {MAX_BELIEFS} probabilities")
    opened = zlib.decompressobj()
    try:  # one byte more than wanted shows that there are too many
        data = opened.decompress(
            base64.b64decode(converted(value["deflated"], str), validate=True), size + 1
        )
    except (zlib.error, ValueError):
        raise ValueError("no deflated bytes in base 64") from None
    if len(data) != size:
        raise ValueError("not as many probabilities as its shape says")
    return np.frombuffer(data, np.uint8).reshape(shape)


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
    values = {}
    for field in fields(kind):
        if field.name not in body and field.default is None:
            continue  # came later than the first traces
        if field.name not in body:
            raise _malformed(f"has no field {field.name!r}")
        try:
            values[field.name] = _read(str(field.type), body[field.name])
        except (ValueError, OverflowError) as error:
            raise _malformed(f"has a bad {field.name!r}: {error}") from None
    event = kind(**values)
    if isinstance(event, Segment):
        _require_one_shape(event)
    return event


def _read(annotation: str, value: Any) -> Any:
    kind, _, optional = annotation.partition(" | ")
    return None if optional and value is None else _READERS[kind](value)


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


_WHOLE = Annotated[int, Meta(ge=0, lt=2**53)]
_INDEX = Annotated[int, Meta(ge=0, lt=MAX_SIDE)]
_SYMBOL = Annotated[int, Meta(ge=0, lt=MAX_TOKENS)]
_TOKEN = Annotated[int, Meta(ge=0, lt=256)]
_REAL = float | None
"""None where a number is not finite."""


def _typed(kind: Any) -> Callable[[Any], Any]:
    """Reads values of a type that msgspec checks."""
    return lambda value: converted(value, kind)


def _real(value: Any) -> float:
    number: float | None = converted(value, _REAL)
    return math.nan if number is None else number


def _many(read: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    def reader(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list) or len(value) > MAX_ITEMS:
            raise ValueError(f"no list of at most {MAX_ITEMS}")
        return tuple(read(item) for item in value)

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


def _candidate(value: Any) -> Candidate:
    if not isinstance(value, dict) or not {"answer", "share"} <= value.keys():
        raise ValueError("no candidate with answer and share")
    return Candidate(answer=_answer(value["answer"]), share=_real(value["share"]))


def _learning(value: Any) -> Learning:
    if not isinstance(value, dict) or not {f.name for f in fields(Learning)} <= value.keys():
        raise ValueError("no progress with round, guesses and votes")
    return Learning(
        round=converted(value["round"], _WHOLE),
        rounds=converted(value["rounds"], _WHOLE),
        afresh=converted(value["afresh"], bool),
        shown=_many(_answer)(value["shown"]),
        guesses=_many(_answer)(value["guesses"]),
        votes=_many(_candidate)(value["votes"]),
    )


def _tried(value: Any) -> Tried:
    if not isinstance(value, dict) or not {field.name for field in fields(Tried)} <= value.keys():
        raise ValueError("no attempt with answer and violations")
    given = value["hypothesis"]
    return Tried(
        attempt=converted(value["attempt"], _WHOLE),
        answer=_answer(value["answer"]),
        violations=converted(value["violations"], _WHOLE),
        over=converted(value["over"], bool),
        hypothesis=None if given is None else _many(_typed(str))(given),
    )


def _alternatives(value: Any) -> Alternatives:
    if not isinstance(value, dict) or not {"tokens", "probabilities"} <= value.keys():
        raise ValueError("no tokens and probabilities")
    tokens = _many(_array(np.uint8, _TOKEN))(value["tokens"])
    likely = _many(_array(np.float32, _REAL))(value["probabilities"])
    if not 1 <= len(tokens) == len(likely) <= MAX_ALTERNATIVES:
        raise ValueError(f"not 1 to {MAX_ALTERNATIVES} tokens with a probability each")
    if len({layer.shape for layer in (*tokens, *likely)}) > 1:
        raise ValueError("layers of different shapes")
    return Alternatives(np.stack(tokens), np.stack(likely))


def _candidates(value: Any) -> tuple[Candidate, ...]:
    if not value:
        raise ValueError("no candidate")
    return _many(_candidate)(value)


_answer = _array(np.uint8, _SYMBOL)

# By the field's annotation, so that a new field cannot be forgotten: a test reads every event back.
_READERS: dict[str, Callable[[Any], Any]] = {
    "str": _typed(str),
    "int": _typed(_WHOLE),
    "float": _real,
    "bool": _typed(bool),
    "Answer": _answer,
    "FloatGrid": _array(np.float32, _REAL),
    "BoolGrid": _array(np.bool_, bool),
    "Alternatives": _alternatives,
    "CycleBeliefs": _unpacked,
    "Reason": _typed(Reason),
    "Found": _typed(Found),
    "tuple[Position, ...]": _many(_typed(tuple[_INDEX, _INDEX])),
    "tuple[float, ...]": _many(_real),
    "tuple[str, ...]": _many(_typed(str)),
    "tuple[Candidate, ...]": _candidates,
    "tuple[Tried, ...]": _many(_tried),
    "Learning": _learning,
}
