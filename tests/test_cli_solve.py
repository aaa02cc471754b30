"""`hrm solve` and `hrm replay`, with a scripted model: what is printed, saved and returned."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scripted import MAZE, SUDOKU, SUDOKU_ANSWER, Script, Shell, segment

import hrm.cli.solve
from hrm.cli import output
from hrm.cli.boards import Boards
from hrm.events import Adapted, Candidate, Finished, Started
from hrm.policy import Policy
from hrm.trace import from_json, to_json
from puzzles.base import Cell, Picture
from puzzles.domains import domain

VERDICT = (
    "Solved in 2 segments, 0.41 s, single pass. Every rule holds. "
    "It stopped because halt 0.93 > continue 0.07."
)


@pytest.fixture
def shell(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Shell:
    monkeypatch.setenv("HRM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return Shell(capsys, monkeypatch)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    script = Script()
    monkeypatch.setattr(hrm.cli.solve, "open_solver", script.open)
    return script


def test_one_puzzle_is_drawn_beside_its_answer(shell: Shell, script: Script) -> None:
    ran = shell("solve", "sudoku", SUDOKU)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith("sudoku · ")
    assert lines[0].endswith(" · scripted")
    assert lines[1].split() == ["puzzle", "answer"]
    first_row = [c for c in lines[2] if c.isdigit()]
    assert "".join(first_row) == "537" + SUDOKU_ANSWER[:9]
    assert lines[-1] == VERDICT
    assert "\x1b" not in ran.out


def test_a_puzzle_that_stays_unsolved_is_1_and_says_what_is_broken(
    shell: Shell, script: Script
) -> None:
    script.wrong = frozenset({0})
    ran = shell("solve", "maze", "-", stdin=MAZE.encode())
    assert ran.code == 1
    assert "Not solved: " in ran.out
    assert "(8 symmetric copies did not help). It stopped at the limit." in ran.out
    assert "\n  - " in ran.out


def test_symmetric_copies_get_the_credit(shell: Shell, script: Script) -> None:
    script.copied = frozenset({0})
    ran = shell("solve", "sudoku", SUDOKU)
    assert "by symmetric copies (8 tried). Every rule holds." in ran.out
    assert "the rules confirmed the answer" in ran.out


def test_options_reach_the_solver(shell: Shell, script: Script) -> None:
    shell(
        *("solve", "sudoku", SUDOKU, "--segments", 9, "--min-segments", 2, "--attempts", 0),
        *("--seed", 5, "--model", "m", "--device", "auto", "--threads", 1, "--budget", 7),
    )
    (used,) = script.settings
    assert used.policy == Policy(segments=9, min_segments=2, attempts=0, seed=5)
    assert (used.model, used.device, used.threads, used.budget) == ("m", "auto", 1, 7.0)


def test_a_puzzle_without_solution_never_reaches_the_model(shell: Shell, script: Script) -> None:
    none = "5168497323.76.5...8.97...65135.6.9.7472591..696837..5.253186.746842.75..791.5.6.8"
    ran = shell("solve", "sudoku", none)
    assert ran.code == 3
    assert "error: the puzzle has no solution" in ran.err
    assert script.settings == []


def test_several_solutions_are_a_note(shell: Shell, script: Script) -> None:
    ran = shell("solve", "sudoku", "." * 81)
    assert ran.code == 0
    assert "more than one solution" in ran.err
    assert shell("solve", "sudoku", "." * 81, "--quiet").err == ""


def test_a_batch_is_a_table_in_input_order_with_a_summary(shell: Shell, script: Script) -> None:
    script.wrong, script.copied = frozenset({1}), frozenset({2})
    ran = shell("solve", "sudoku", "-", stdin=f"{SUDOKU}\n".encode() * 4)
    assert ran.code == 1
    rows = [line.split() for line in ran.out.splitlines() if line.strip()[:1].isdigit()]
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert [("yes" in row, "no" in row) for row in rows] == [
        (True, False),
        (False, True),
        (True, False),
        (True, False),
    ]
    assert "symmetric copies" in ran.out.splitlines()[4]
    summary = ran.out.splitlines()[-1]
    assert summary.startswith("solved 3 / 4 (75.0 %), single pass 2, with symmetric copies 1, ")
    assert "\x1b" not in ran.out + ran.err


def test_json_is_one_event_a_line(shell: Shell, script: Script) -> None:
    ran = shell("solve", "sudoku", SUDOKU, "--json")
    events = [from_json(line) for line in ran.out.splitlines()]
    names = [json.loads(line)["event"] for line in ran.out.splitlines()]
    assert names == ["started", "segment", "segment", "finished"]
    assert isinstance(events[-1], Finished)
    assert events[-1].solved


def test_quiet_prints_what_output_writes(shell: Shell, script: Script, tmp_path: Path) -> None:
    script.wrong = frozenset({1})
    arguments = ("solve", "sudoku", "-", "--quiet", "--output", "answers.txt")
    ran = shell(*arguments, stdin=f"{SUDOKU}\n{SUDOKU}\n".encode())
    first, second = ran.out.splitlines()
    assert first == SUDOKU_ANSWER
    assert len(second) == 81
    assert (tmp_path / "answers.txt").read_text(encoding="utf-8") == ran.out


def test_an_interrupted_solve_leaves_the_old_answers(
    shell: Shell, script: Script, tmp_path: Path
) -> None:
    (tmp_path / "answers.txt").write_text("old", encoding="utf-8")
    script.error = KeyboardInterrupt()
    assert shell("solve", "sudoku", SUDOKU, "--output", "answers.txt").code == 130
    assert (tmp_path / "answers.txt").read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["answers.txt"]


@pytest.mark.parametrize("option", ["--output", "--trace"])
def test_a_place_that_cannot_be_written_is_2_before_the_model(
    shell: Shell, script: Script, option: str
) -> None:
    ran = shell("solve", "sudoku", SUDOKU, option, "missing/file")
    assert ran.code == 2
    assert "cannot write missing/file" in ran.err
    assert script.settings == []


@pytest.mark.parametrize(("task", "text"), [("sudoku", SUDOKU), ("maze", MAZE)])
def test_a_trace_replays_as_it_looked(shell: Shell, script: Script, task: str, text: str) -> None:
    live = shell("solve", task, "-", "--trace", "t.jsonl", "--animate", stdin=text.encode())
    assert "segment 1 of 16 · " in live.out
    assert shell("replay", "t.jsonl", "--animate").out == live.out
    assert "segment 1 of 16" not in shell("replay", "t.jsonl").out
    lines = Path("t.jsonl").read_text(encoding="utf-8")
    assert shell("replay", "t.jsonl", "--json").out == lines


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
    assert "1 of 1 reproduced · 1 of 60 s" in ran.out
    assert "attempt 1, 62 % of the votes   attempt 2, 25 % of the votes" in ran.out
    assert "4 5" in ran.out
    assert "Unverified after 16 segments, 61.00 s, by vote over 8 copies" in ran.out
    assert kind.parse(text)[0].output is None


def test_arc_tests_are_drawn_one_by_one_and_counted(shell: Shell, script: Script) -> None:
    ran = shell("solve", "arc", "mirror")
    assert ran.code == 0
    assert "Solved in 2 segments, 0.41 s, by vote over 0 copies. It equals the known" in ran.out


def test_names_with_markup_and_escapes_are_literal(shell: Shell, tmp_path: Path) -> None:
    name = "[/b][TODO][@click=app.quit] \x1b[31m\x9b\u202e"
    start = Started(domain="sudoku", model=name, text=SUDOKU, name=name, limit=1, attempts=0)
    answer = np.array([int(c) for c in SUDOKU_ANSWER], dtype=np.uint8).reshape(9, 9)
    odd = segment(1, answer)
    (tmp_path / "t.jsonl").write_text(f"{to_json(start)}\n{to_json(odd)}", encoding="utf-8")
    ran = shell("replay", "t.jsonl", "--animate")
    assert "[/b][TODO][@click=app.quit] [31m" in ran.out
    assert not {"\x1b", "\x9b", "\u202e"} & set(ran.out)


def test_an_animation_redraws_in_place_and_keeps_its_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(force_terminal=True, width=100, height=40, record=True, markup=False)
    monkeypatch.setattr(output, "data_console", lambda: console)
    clock = iter(np.arange(0, 100, 0.01))
    monkeypatch.setattr("hrm.cli.boards.time.monotonic", lambda: float(next(clock)))
    kind = domain("sudoku")
    pauses: list[float] = []
    boards = Boards(kind, kind.parse(SUDOKU), animate=True, speed=10, pause=pauses.append)
    answer = kind.solve(kind.parse(SUDOKU)[0])[0]
    for number in (1, 2, 3):
        boards.show(segment(number, answer))
    boards.close()
    assert pauses[0] == 0
    assert pauses[1:] == pytest.approx([0.09, 0.09])
    assert "segment 3 of 16" in console.export_text()


def test_pictures_stack_where_the_terminal_is_narrow() -> None:
    block = Picture(rows=((Cell("ab", "given"), Cell("c\x1b", "no such role")),))
    assert output.beside([("x", block), ("y", block)], 9).plain == "x     y\nabc   abc"
    assert output.beside([("x", block), ("y", block)], 8).plain == "x\nabc\n\ny\nabc"


def test_every_role_of_the_contract_has_a_style() -> None:
    shared = {"given", "answer", "new", "broken", "unsure", "blank", "line", "label"}
    maze = {"wall", "floor", "path", "start", "goal"}
    assert set(output.STYLES) == shared | maze | {f"color{number}" for number in range(10)}
