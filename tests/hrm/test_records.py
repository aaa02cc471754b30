"""What a file may hold is said by a dataclass, and what is wrong with one in our own words."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from hrm.records import RecordError, converted, decoded, read_record, require


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    name: str
    count: int
    share: float = 1.0
    sure: bool = False
    kind: Literal["a", "b"] = "a"
    parts: tuple[int, ...] = ()


@given(
    st.builds(
        Entry,
        name=st.text(st.characters(codec="utf-8")),
        count=st.integers(-(2**53), 2**53),
        share=st.floats(allow_nan=False, allow_infinity=False),
        sure=st.booleans(),
        kind=st.sampled_from(["a", "b"]),
        parts=st.lists(st.integers(0, 9)).map(tuple),
    )
)
def test_what_was_written_comes_back(entry: Entry) -> None:
    assert decoded(json.dumps(asdict(entry)), Entry) == entry
    assert converted(asdict(entry) | {"later": 1}, Entry) == entry


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"count": 1}', "it has no name"),
        ('{"name": 3, "count": 1}', "its name must be text, not a whole number"),
        ('{"name": "", "count": 1.5}', "its count must be a whole number, not a fraction"),
        ('{"name": "", "count": true}', "its count must be a whole number, not true or false"),
        ('{"name": "", "count": 1, "kind": "c"}', "its kind cannot be 'c'"),
        ('{"name": "", "count": 1, "parts": [0, "1"]}', r"its parts\[1\] must be a whole number"),
        ('{"name": "", "count": 1, "share": 1e999}', "its share"),
        ("[]", "it must be an object, not a list"),
        ('{"name": "", "count": NaN}', "it is not JSON"),
        ('{"name"', "it is not JSON"),
        ('{"name": "", "count": 1, "later": ' + "[" * 100_000, "it "),
        ('{"name": "", "count": ' + "1" * 5000 + "}", "its count"),
    ],
)
def test_what_is_wrong_is_reported_with_the_field(text: str, words: str) -> None:
    with pytest.raises(RecordError, match=rf"^{words}"):
        decoded(text, Entry)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=9))
def test_any_other_json_is_refused(value: Any) -> None:
    with pytest.raises(RecordError):
        decoded(json.dumps(value), Entry)


def test_bounds_are_reported() -> None:
    with pytest.raises(RecordError, match="it must be a whole number >= 0"):
        converted(-1, Annotated[int, Meta(ge=0)])


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "entry.json"
    path.write_text('{"name": "x", "count": 1}' + " " * 75, encoding="utf-8")
    assert read_record(path, Entry, 100) == Entry(name="x", count=1)
    with pytest.raises(RecordError, match="larger than 99 bytes"):
        read_record(path, Entry, 99)
    path.write_bytes(b'{"name": "\xff", "count": 1}')
    with pytest.raises(RecordError, match="not JSON"):
        read_record(path, Entry)
    with pytest.raises(FileNotFoundError):
        read_record(tmp_path / "none", Entry)


@pytest.mark.parametrize(
    ("value", "kind", "low", "high", "words"),
    [
        (3, int, 0, 3, ""),
        (4, int, 0, 3, "x must be a whole number from 0 to 3, not 4"),
        (True, int, 0, 3, "x must be a whole number from 0 to 3, not True"),
        (10**400, int, 0, float("inf"), ""),
        (10**400, float, 0, float("inf"), "x must be a number from 0, not 1"),
        (float("nan"), float, 0, 1, "x must be a number from 0 to 1, not nan"),
        (float("inf"), float, 0, float("inf"), "x must be a number from 0, not inf"),
        (1, float, 0, 1, ""),
        ("a", str, 0, 0, ""),
        (1, str, 0, 0, "x must be text, not 1"),
        (0, bool, 0, 0, "x must be true or false, not 0"),
        ("c", Literal["a", "b"], 0, 0, "x must be one of a, b, not 'c'"),
        (["a"], Literal["a", "b"], 0, 0, "x must be one of a, b, not"),
    ],
)
def test_a_value_is_required_to_be_of_its_kind(
    value: object, kind: Any, low: float, high: float, words: str
) -> None:
    if not words:
        require("x", value, kind, low, high)
        return
    with pytest.raises(RecordError, match=f"^{words}"):
        require("x", value, kind, low, high)
