"""Traces: every event survives the trip through JSON, and nothing else gets in."""

from __future__ import annotations

import base64
import io
import json
import math
import zlib
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import segment

from hrm.errors import PuzzleFileError
from hrm.events import (
    SCHEMA,
    Adapted,
    Alternatives,
    Candidate,
    Finished,
    Learning,
    Segment,
    SolveEvent,
    Started,
    Tried,
)
from hrm.solving.trace import MAX_LINE, from_json, read_trace, to_json

ANSWER = np.array([[1, 2, 3], [4, 5, 9]], dtype=np.uint8)
EVENTS: tuple[SolveEvent, ...] = (
    Started(
        domain="arc", model="m", text="a\nb \x1b[31m", name="ü", limit=16, attempts=8, puzzle=2
    ),
    Adapted(step=3, loss=0.123456, reproduced=1, demonstrations=3, seconds=1.5, budget=60.0),
    segment(2, ANSWER, stops=True),
    replace(segment(3, ANSWER), confidence=None, attempt=2),
    Finished(
        candidates=(
            Candidate(answer=ANSWER, share=0.6),
            Candidate(answer=ANSWER[:, :1], share=0.4),
        ),
        solved=None,
        reasons=("row 1 repeats 3",),
        broken=((0, 1), (1, 2)),
        reason="limit",
        found="vote",
        segments=16,
        attempts=8,
        seconds=2.25,
        note="n",
    ),
)


def same(left: Any, right: Any) -> bool:
    """Equality that looks into arrays; confidences agree to the digits that are kept."""
    if isinstance(left, np.ndarray):
        close = np.allclose(left, right, atol=5e-4)
        return left.dtype == right.dtype and left.shape == right.shape and close
    if isinstance(left, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, Candidate):
        return left.share == right.share and same(left.answer, right.answer)
    return bool(left == right)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_field_survives(event: SolveEvent) -> None:
    line = to_json(event)
    back = from_json(line)
    assert type(back) is type(event)
    assert all(same(getattr(event, f.name), getattr(back, f.name)) for f in fields(event))
    assert "\n" not in line
    assert "\x1b" not in line


def with_alternatives() -> Segment:
    tokens = np.stack([ANSWER + 1, ANSWER])
    likely = np.stack([np.full(ANSWER.shape, 0.7), np.full(ANSWER.shape, 0.25)]).astype(np.float32)
    return replace(segment(2, ANSWER), alternatives=Alternatives(tokens, likely))


def test_what_is_learned_is_kept_with_the_beliefs() -> None:
    learning = Learning(
        round=2,
        rounds=12,
        afresh=True,
        shown=(ANSWER, ANSWER.T),
        guesses=(ANSWER,),
        votes=(Candidate(answer=ANSWER, share=0.75),),
    )
    event = Adapted(
        step=3,
        loss=0.1,
        reproduced=1,
        demonstrations=2,
        seconds=1.5,
        budget=60.0,
        steps=9,
        learning=learning,
    )
    assert "learning" not in json.loads(to_json(event))
    back = from_json(to_json(event, beliefs=True))
    assert isinstance(back, Adapted)
    assert back.steps == 9
    assert back.learning is not None
    for field in fields(learning):
        assert same(getattr(learning, field.name), getattr(back.learning, field.name))


@pytest.mark.parametrize("learning", [5, {}, {"round": 1, "rounds": 2, "afresh": 3}])
def test_broken_progress_is_refused(learning: object) -> None:
    body = json.loads(to_json(EVENTS[1])) | {"learning": learning}
    with pytest.raises(PuzzleFileError, match="learning"):
        from_json(json.dumps(body))


def test_what_was_tried_is_kept_with_the_beliefs() -> None:
    tried = (
        Tried(attempt=1, answer=ANSWER, violations=2, over=True),
        Tried(attempt=2, answer=ANSWER[:, ::-1], violations=0, hypothesis=("r1c1 = 2",)),
    )
    event = replace(segment(3, ANSWER), attempt=2, violations=0, tried=tried)
    assert "tried" not in json.loads(to_json(event))
    back = from_json(to_json(event, beliefs=True))
    assert isinstance(back, Segment)
    assert back.violations == 0
    assert back.tried is not None
    for one, other in zip(tried, back.tried, strict=True):
        assert all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))


@pytest.mark.parametrize(
    "tried", [5, [{}], [{"attempt": 1, "answer": [[1]], "violations": -1, "over": False}]]
)
def test_broken_attempts_are_refused(tried: object) -> None:
    body = json.loads(to_json(segment(2, ANSWER))) | {"tried": tried}
    with pytest.raises(PuzzleFileError, match="tried"):
        from_json(json.dumps(body))


def test_alternatives_are_kept_when_asked_for() -> None:
    event = with_alternatives()
    back = from_json(to_json(event, alternatives=True))
    assert isinstance(back, Segment)
    assert event.alternatives is not None
    assert back.alternatives is not None
    assert same(back.alternatives.tokens, event.alternatives.tokens)
    assert same(back.alternatives.probabilities, event.alternatives.probabilities)


def test_traces_without_alternatives_are_those_of_old() -> None:
    line = to_json(with_alternatives())
    assert "alternatives" not in json.loads(line)
    assert line == to_json(segment(2, ANSWER))
    back = from_json(line)
    assert isinstance(back, Segment)
    assert back.alternatives is None


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("tokens", [], "not 1 to 16"),
        ("tokens", [[[256] * 3] * 2] * 2, "<= 255"),
        ("tokens", [[[1] * 3] * 3] * 2, "different shapes"),
        ("probabilities", [[[0.5] * 3] * 2], "probability each"),
        ("probabilities", None, "its probabilities must be a list, not nothing"),
    ],
)
def test_broken_alternatives_are_refused(key: str, value: object, words: str) -> None:
    body = json.loads(to_json(with_alternatives(), alternatives=True))
    body["alternatives"][key] = value
    with pytest.raises(PuzzleFileError, match=words):
        from_json(json.dumps(body))


def test_alternatives_of_another_size_than_the_answer_are_refused() -> None:
    body = json.loads(to_json(with_alternatives(), alternatives=True))
    body["alternatives"] = {"tokens": [[[1]]], "probabilities": [[[0.5]]]}
    with pytest.raises(PuzzleFileError, match="different shapes"):
        from_json(json.dumps(body))


def test_lines_name_schema_and_event_and_round_confidences() -> None:
    body = json.loads(to_json(EVENTS[2]))
    assert (body["schema"], body["event"]) == (SCHEMA, "segment")
    assert body["confidence"][0][0] == 0.988
    assert body["answer"] == ANSWER.tolist()


def test_numbers_that_are_not_finite_are_null() -> None:
    event = replace(segment(1, ANSWER), q_halt=math.nan, q_continue=math.inf)
    assert json.loads(to_json(event))["q_halt"] is None
    back = from_json(to_json(event))
    assert isinstance(back, Segment)
    assert math.isnan(back.q_halt)
    assert math.isnan(back.q_continue)


def test_a_malformed_line_is_named() -> None:
    lines = [to_json(EVENTS[0]), "", '{"schema": 1']
    with pytest.raises(PuzzleFileError, match=r"line 3 of the trace is not JSON"):
        list(read_trace(io.StringIO("\n".join(lines))))


BROKEN_FIELDS = [
    ("event", "exploded", "no event"),
    ("event", [], "no event"),
    ("schema", SCHEMA + 1, "schema"),
    ("number", -1, "number"),
    ("number", True, "number"),
    ("number", 2**60, "number"),
    ("number", "1", "number"),
    ("q_halt", "high", "q_halt"),
    ("q_halt", 10**400, "q_halt"),
    ("answer", [], "answer"),
    ("answer", [[1, 2], [3]], "answer"),
    ("answer", [[1, 2, 64], [3, 4, 5]], "answer"),
    ("answer", [[0] * 65], "answer"),
    ("answer", [[1, 2]], "different shapes"),
    ("answer", None, "answer"),
    ("changed", [[1, 0, 1], [0, 0, 0]], "changed"),
    ("broken", [[0]], "broken"),
    ("broken", [[0, 64]], "broken"),
    ("why", None, "why"),
    ("low_residuals", {"a": 1}, "low_residuals"),
]


@pytest.mark.parametrize(("key", "value", "words"), BROKEN_FIELDS)
def test_a_broken_segment_is_refused(key: str, value: object, words: str) -> None:
    body = json.loads(to_json(EVENTS[2])) | {key: value}
    with pytest.raises(PuzzleFileError, match=words):
        from_json(json.dumps(body))


@pytest.mark.parametrize(
    ("key", "value"),
    [("candidates", []), ("candidates", [{"share": 1}]), ("found", "luck"), ("solved", 1)],
)
def test_a_broken_end_is_refused(key: str, value: object) -> None:
    body = json.loads(to_json(EVENTS[4])) | {key: value}
    with pytest.raises(PuzzleFileError, match=key):
        from_json(json.dumps(body))


@pytest.mark.parametrize("key", [f.name for f in fields(Segment) if f.default is not None])
def test_a_missing_field_is_named(key: str) -> None:
    body = json.loads(to_json(EVENTS[2]))
    del body[key]
    with pytest.raises(PuzzleFileError, match=f"has no field '{key}'"):
        from_json(json.dumps(body))


@pytest.mark.parametrize(
    "line",
    ["[" * 100_000, "9" * 10_000, "[]", "null", "NaN", '"text"', " " * (MAX_LINE + 1), "{}"],
    ids=["deep", "huge number", "list", "null", "nan", "string", "long", "empty"],
)
def test_bombs_and_other_json_are_refused(line: str) -> None:
    with pytest.raises(PuzzleFileError):
        from_json(line)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(st.sampled_from(EVENTS), st.data())
def test_any_value_in_any_field_is_read_or_refused(event: SolveEvent, data: st.DataObject) -> None:
    body = json.loads(to_json(event))
    key = data.draw(st.sampled_from(sorted(body)))
    try:
        back = from_json(json.dumps(body | {key: data.draw(JSON)}))
    except PuzzleFileError:
        return
    assert to_json(from_json(to_json(back))) == to_json(back)


def with_beliefs() -> Segment:
    likely = np.random.default_rng(1).integers(0, 256, (2, *ANSWER.shape, 11), dtype=np.uint8)
    return replace(segment(1, ANSWER), beliefs=likely)


def test_beliefs_are_kept_exactly_when_asked_for() -> None:
    event = with_beliefs()
    kept = from_json(to_json(event, beliefs=True))
    assert isinstance(kept, Segment)
    assert event.beliefs is not None
    assert kept.beliefs is not None
    np.testing.assert_array_equal(kept.beliefs, event.beliefs)
    assert to_json(event) == to_json(replace(event, beliefs=None))
    assert "beliefs" not in json.loads(to_json(replace(event, beliefs=None), beliefs=True))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shape": [2, 2, 3]}, "its shape must be a list of length 4, not 3"),
        ({"shape": [2, 2, 3, 0]}, r"its shape\[3\] must be a whole number >= 1"),
        ({"shape": [2, 3, 2, 11]}, "different shapes"),
        ({"shape": [64, 64, 64, 64]}, "more than"),
        ({"shape": [1, 2, 3, 11]}, "not as many"),
        ({"shape": [3, 2, 3, 11]}, "not as many"),
        ({"deflated": "!"}, "base 64"),
        ({"deflated": "QUJD"}, "base 64"),
        ({"deflated": None}, "its deflated must be text, not nothing"),
    ],
)
def test_broken_beliefs_are_refused(change: dict[str, object], words: str) -> None:
    body = json.loads(to_json(with_beliefs(), beliefs=True))
    body["beliefs"] |= change
    with pytest.raises(PuzzleFileError, match=words):
        from_json(json.dumps(body))


def test_a_bomb_of_beliefs_is_not_opened() -> None:
    body = json.loads(to_json(with_beliefs(), beliefs=True))
    bomb = base64.b64encode(zlib.compress(bytes(50_000_000))).decode()
    body["beliefs"]["deflated"] = bomb
    with pytest.raises(PuzzleFileError, match="not as many"):
        from_json(json.dumps(body))
