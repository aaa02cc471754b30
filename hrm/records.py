"""Reads JSON into dataclasses, with error messages that name the field.

msgspec checks the types. Used for every small file that may be damaged or come from elsewhere:
saved games, notes of downloads, settings, lines of logs. Unknown fields are ignored, because a
later version may have written them.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

T = TypeVar("T")

LARGEST = 1 << 20
"""Default limit for the size of a file, in bytes."""


class RecordError(ValueError):
    """The message continues a sentence that names the file: `its seed must be text, not …`."""


def read_record(path: Path, kind: type[T], limit: int = LARGEST) -> T:
    """Read a JSON file as a `kind`; raises OSError and RecordError."""
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise RecordError(f"it is larger than {limit:,} bytes")
    return decoded(data, kind)


def decoded(text: bytes | str, kind: type[T]) -> T:
    """Decode JSON text as a `kind`; raises RecordError, also for NaN and infinity."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise RecordError(_in_words(str(error))) from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise RecordError(f"it is not JSON ({error})") from None
    except RecursionError:
        raise RecordError("it is nested too deep") from None


def converted(value: Any, kind: Any) -> Any:
    """Convert a decoded value to a `kind`; raises RecordError."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise RecordError(_in_words(str(error))) from None


def require(name: str, value: object, kind: Any, low: float = 0, high: float = math.inf) -> None:
    """Raise RecordError unless `value` is a `kind`; a number must be finite and in [low, high]."""
    choices = get_args(kind) if get_origin(kind) is Literal else ()
    if choices:
        if value not in choices:
            raise RecordError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
        return
    is_number = kind in (int, float)
    try:
        number: Any = msgspec.convert(value, kind)
        if not is_number or (low <= number <= high and number != math.inf):
            return
    except (msgspec.ValidationError, OverflowError):
        pass
    span = (f" from {low}" + ("" if high == math.inf else f" to {high}")) if is_number else ""
    raise RecordError(f"{name} must be {_WORDS[kind.__name__]}{span}, not {value!r}")


_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
}
_FOUND = {**_WORDS, "float": "a fraction"}
_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<found>[^`]+)`")
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]+)`")
_UNKNOWN = re.compile(r"Invalid enum value (?P<value>.*)")
_KEY = re.compile(r" - at `key` in `\$")
_PLACE = re.compile(r" - at `\$\.?(?P<place>[^`]*)`$")


def _in_words(message: str) -> str:
    """Reword msgspec's message so that the field comes first."""
    if _KEY.search(message):
        return "it has a name that is not text"
    place = _PLACE.search(message)
    field = f"its {place['place']}" if place and place["place"] else "it"
    message = _PLACE.sub("", message)
    if missing := _MISSING.fullmatch(message):
        return f"{field} has no {missing['name']}"
    if expected := _EXPECTED.fullmatch(message):
        wanted = " or ".join(_WORDS.get(w, w) for w in expected["wanted"].split(" | "))
        return f"{field} must be {wanted}, not {_FOUND.get(expected['found'], expected['found'])}"
    if unknown := _UNKNOWN.fullmatch(message):
        return f"{field} cannot be {unknown['value']}"
    message = message.replace("Expected `int`", "must be a whole number")
    message = message.replace("Expected `array`", "must be a list").replace(", got ", ", not ")
    return f"{field} {message}"
