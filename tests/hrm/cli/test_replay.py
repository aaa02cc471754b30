"""`hrm replay`: a trace shows what the solve showed, and a bad one is refused before drawing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scripted import MAZE, SUDOKU, SUDOKU_ANSWER, Script, Shell, segment

from hrm.events import Adapted, Candidate, Finished, Started
from hrm.solving.trace import to_json
from puzzles import domain


@pytest.mark.parametrize(("task", "text"), [("sudoku", SUDOKU), ("maze", MAZE)])
def test_a_trace_replays_as_it_looked(shell: Shell, script: Script, task: str, text: str) -> None:
    live = shell("solve", task, "-", "--trace", "t.jsonl", "--animate", stdin=text.encode())
    assert "segment 1 of 16 · " in live.out
    assert shell("replay", "t.jsonl", "--animate").out == live.out
    assert "segment 1 of 16" not in shell("replay", "t.jsonl").out
    lines = Path("t.jsonl").read_text(encoding="utf-8")
    assert shell("replay", "t.jsonl", "--json").out == lines


def test_the_marks_of_a_wrong_arc_answer_are_in_its_trace(shell: Shell, script: Script) -> None:
    script.wrong = frozenset({0})
    live = shell("solve", "arc", "mirror", "--trace", "t.jsonl")
    assert "!" in live.out
    assert shell("replay", "t.jsonl").out == live.out


def test_a_batch_trace_replays_as_a_table(shell: Shell, script: Script) -> None:
    script.wrong = frozenset({0})
    stdin = f"{SUDOKU}\n{SUDOKU}\n".encode()
    live = shell("solve", "sudoku", "-", "--trace", "t.jsonl", stdin=stdin)
    again = shell("replay", "t.jsonl")
    assert (again.code, live.code) == (1, 1)
    assert again.out.splitlines()[:-1] == live.out.splitlines()[:-1]


def test_a_trace_that_was_cut_short_replays_with_a_note(shell: Shell, script: Script) -> None:
    shell("solve", "sudoku", SUDOKU, "--trace", "t.jsonl")
    lines = Path("t.jsonl").read_text(encoding="utf-8").splitlines()
    Path("cut.jsonl").write_text("\n".join(lines[:2]), encoding="utf-8")
    ran = shell("replay", "cut.jsonl")
    assert ran.code == 1
    assert "ends before 1 of its puzzles did" in ran.err


def hostile_traces() -> list[tuple[str, str]]:
    small = np.zeros((2, 2), dtype=np.uint8)
    start = Started(domain="sudoku", model="m", text=SUDOKU, name="n", limit=1, attempts=0)
    fields = {"domain": "chess", "text": "junk", "puzzle": 3}
    odd = [
        to_json(start).replace(f'"{k}":', f'"{k}":{json.dumps(v)},"x":') for k, v in fields.items()
    ]
    return [
        *((line, "the trace") for line in odd),
        (to_json(segment(1, small)), "not of one kind"),
        (f"{to_json(start)}\n{to_json(segment(1, small))}", "does not fit"),
        (f"{to_json(start)}\n{to_json(segment(1, small, index=1))}", "does not fit"),
        ("{", "line 1 of the trace is not JSON"),
        ("", "holds no events"),
        ("\udcff", "it is not text"),
    ]


@pytest.mark.parametrize(("text", "words"), hostile_traces())
def test_a_trace_that_does_not_fit_is_3(
    shell: Shell, tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "t.jsonl").write_bytes(text.encode("utf-8", "surrogateescape"))
    ran = shell("replay", "t.jsonl")
    assert (ran.code, ran.out) == (3, "")
    assert words in ran.err
    assert len(ran.err.splitlines()) == 2


def test_a_missing_trace_is_3(shell: Shell) -> None:
    assert shell("replay", "missing.jsonl").code == 3


def test_arc_shows_two_attempts_and_their_votes(shell: Shell, tmp_path: Path) -> None:
    kind = domain("arc")
    text = '{"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[3]]}]}'
    start = Started(domain="arc", model="m", text=text, name="t", limit=16, attempts=8)
    adapted = Adapted(step=3, loss=0.5, reproduced=1, demonstrations=1, seconds=1.0, budget=60.0)
    answers = (np.array([[4, 5]], dtype=np.uint8), np.array([[6]], dtype=np.uint8))
    end = Finished(
        candidates=tuple(
            Candidate(answer=a, share=s) for a, s in zip(answers, (0.62, 0.25), strict=True)
        ),
        solved=None,
        reasons=(),
        broken=(),
        reason="halted",
        found="vote",
        segments=16,
        attempts=8,
        seconds=61.0,
    )
    (tmp_path / "t.jsonl").write_text(
        "\n".join(to_json(event) for event in (start, adapted, end)), "utf-8"
    )
    ran = shell("replay", "t.jsonl", "--animate")
    assert ran.code == 0
    assert "59 s left\nstep 3 · loss 0.500 · 1 of 1 reproduced" in ran.out
    assert "attempt 1, 62 % of the votes   attempt 2, 25 % of the votes" in ran.out
    assert "4 5" in ran.out
    assert "Unverified after 16 segments, 61.00 s, by vote over 8 copies" in ran.out
    assert kind.parse(text)[0].output is None


def test_names_with_markup_and_escapes_are_literal(shell: Shell, tmp_path: Path) -> None:
    name = "[/b][TODO][@click=app.quit] \x1b[31m\x9b\u202e"
    start = Started(domain="sudoku", model=name, text=SUDOKU, name=name, limit=1, attempts=0)
    answer = np.array([int(c) for c in SUDOKU_ANSWER], dtype=np.uint8).reshape(9, 9)
    odd = segment(1, answer)
    (tmp_path / "t.jsonl").write_text(f"{to_json(start)}\n{to_json(odd)}", encoding="utf-8")
    ran = shell("replay", "t.jsonl", "--animate")
    assert "[/b][TODO][@click=app.quit] [31m" in ran.out
    assert not {"\x1b", "\x9b", "\u202e"} & set(ran.out)


def test_a_trace_comes_from_standard_input_or_with_a_mark(shell: Shell, script: Script) -> None:
    shell("solve", "sudoku", SUDOKU, "--trace", "t.jsonl")
    trace = Path("t.jsonl").read_bytes()
    wanted = shell("replay", "t.jsonl")
    for data in (trace, b"\xef\xbb\xbf" + trace, trace.decode().encode("utf-16")):
        assert shell("replay", "-", stdin=data).out == wanted.out
        Path("marked.jsonl").write_bytes(data)
        assert shell("replay", "marked.jsonl").out == wanted.out
