"""`hrm solve` and `hrm replay`, with a scripted model: what is printed, saved and returned."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scripted import MAZE, SUDOKU, SUDOKU_ANSWER, Script, Shell, finished, segment

from hrm import styles
from hrm.cli import output
from hrm.cli.boards import Boards
from hrm.engine import without_viewer_time
from hrm.events import Finished, Segment, SolveEvent, Started
from hrm.solving.policy import Policy
from hrm.solving.trace import from_json
from puzzles import domain
from puzzles.drawing.picture import Cell, Picture

VERDICT = (
    "Solved in 2 segments, 0.41 s, single pass. Every rule holds. "
    "The network was 93 % sure of this answer, so it stopped."
)


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


def test_what_ifs_get_the_credit(shell: Shell, script: Script) -> None:
    script.what_if = frozenset({0})
    ran = shell("solve", "sudoku", SUDOKU)
    assert "Solved in 2 segments, 0.41 s, after 8 what-ifs. Every rule holds." in ran.out
    ran = shell("solve", "sudoku", "-", stdin=f"{SUDOKU}\n{SUDOKU}\n".encode())
    assert "what-ifs" in ran.out
    assert "solved 2 / 2 (100.0 %), single pass 1, with what-ifs 1, " in ran.out


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
    assert used.policy == Policy(segments=9, min_segments=2, attempts=0, seed=5, budget=7.0)
    assert (used.model, used.device, used.threads) == ("m", "auto", 1)


def test_select_reaches_the_solver_and_is_named_with_a_batch(shell: Shell, script: Script) -> None:
    chosen = ("--select", "vote", "--noise", 0.5)
    assert "note: " not in shell("solve", "sudoku", SUDOKU, *chosen).err
    ran = shell("solve", "sudoku", "-", *chosen, stdin=f"{SUDOKU}\n".encode() * 2)
    assert "note: --select vote chooses the answers, the rules only judge" in ran.err
    assert [used.policy for used in script.settings] == [Policy(select="vote", noise=0.5)] * 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("solve", "arc", "mirror", "--select", "vote"), "--select does not apply to arc"),
        (("solve", "arc", "mirror", "--noise", "1"), "--noise does not apply to arc"),
        (("solve", "sudoku", SUDOKU, "--noise", "1"), "--noise has no effect"),
        (("solve", "sudoku", SUDOKU, "--select", "luck"), "--select"),
    ],
)
def test_a_choice_that_means_nothing_is_2(
    shell: Shell, script: Script, arguments: tuple[str, ...], words: str
) -> None:
    ran = shell(*arguments)
    assert ran.code == 2
    assert words in ran.err
    assert script.settings == []


def test_a_puzzle_without_solution_never_reaches_the_model(shell: Shell, script: Script) -> None:
    none = "5168497323.76.5...8.97...65135.6.9.7472591..696837..5.253186.746842.75..791.5.6.8"
    ran = shell("solve", "sudoku", none)
    assert ran.code == 3
    assert "error: the puzzle has no solution" in ran.err
    assert script.settings == []


def test_one_impossible_puzzle_does_not_stop_a_batch(
    shell: Shell, script: Script, tmp_path: Path
) -> None:
    none = "5168497323.76.5...8.97...65135.6.9.7472591..696837..5.253186.746842.75..791.5.6.8"
    script.wrong = frozenset({1})
    file = tmp_path / "two.txt"
    file.write_text(f"{'.' * 81}\n{none}\n")
    ran = shell("solve", "sudoku", str(file))
    assert "puzzle 1 has more than one solution" in ran.err
    assert "puzzle 2 has no solution" in ran.err
    assert "/ 2 (" in ran.out


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
    assert "missing/file cannot be written" in ran.err
    assert script.settings == []


def test_an_arc_answer_that_equals_the_known_one_is_called_so(shell: Shell, script: Script) -> None:
    ran = shell("solve", "arc", "mirror")
    assert ran.code == 0
    assert "Solved in 2 segments, 0.41 s, by vote over 0 copies. It equals the known" in ran.out


def test_an_animation_redraws_in_place_and_keeps_its_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(force_terminal=True, width=100, height=40, record=True, markup=False)
    monkeypatch.setattr(output, "data_console", lambda: console)
    now = 100.0
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        nonlocal now
        pauses.append(seconds)
        now += seconds

    kind = domain("sudoku")
    [puzzle] = kind.parse(SUDOKU)
    boards = Boards(kind, [puzzle], animate=True, speed=1.5, pause=pause, now=lambda: now)
    answer = kind.solve(puzzle)[0]
    beliefs = np.zeros((2, 9, 9, 11), dtype=np.uint8)
    boards.show(Started(domain="sudoku", model="m", text="", name="", limit=16, attempts=0))
    for number in (1, 2, 3):
        boards.show(replace(segment(number, answer, stops=number == 3), beliefs=beliefs))
    assert pauses == []  # the model does not wait for the show
    boards.show(finished(answer))
    first, usual = 2 / 1.5 / 2, 1 / 1.5 / 2
    assert pauses == pytest.approx([1, first, first, usual, usual, usual, usual + 1])
    assert "segment 3 of 16" in console.export_text()


def test_seconds_leave_out_what_viewers_took(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = np.zeros((9, 9), dtype=np.uint8)
    now = iter([0.0, 5.0, 5.0, 8.0, 8.0, 8.5])  # given and back again, for each of three events
    monkeypatch.setattr("hrm.engine.time.perf_counter", lambda: next(now))
    began = Started(domain="sudoku", model="m", text="", name="", limit=2, attempts=0)
    first, second = segment(1, answer), segment(2, answer)
    events: list[SolveEvent] = [began, replace(first, seconds=5.5), replace(second, seconds=9.0)]
    seen = list(without_viewer_time(iter(events)))
    assert [event.seconds for event in seen if isinstance(event, Segment)] == [0.5, 1.0]


def test_several_arc_tests_are_drawn_and_counted(
    shell: Shell, script: Script, tmp_path: Path
) -> None:
    pair = '{"input": [[1]], "output": [[2]]}'
    task = f'{{"train": [{pair}], "test": [{pair}, {pair}]}}'
    ran = shell("solve", "arc", "-", "-o", "answers.json", stdin=task.encode())
    assert ran.code == 0
    assert ran.out.count("attempt 1, 100 % of the votes") == 2
    assert ran.out.count("demonstration 1") == 1  # of one task they are the same
    assert ran.out.count("test\n") == 2
    shell("solve", "arc", "-", "--steps", "7", stdin=task.encode())
    assert script.settings[-1].steps == 7
    assert ran.out.splitlines()[-1].startswith("solved 2 / 2 (100.0 %), ")
    assert "attempt_2" in (tmp_path / "answers.json").read_text(encoding="utf-8")


def test_pictures_stack_where_the_terminal_is_narrow() -> None:
    block = Picture(rows=((Cell("ab", "given"), Cell("c\x1b", "no such role")),))
    assert output.beside([("x", block), ("y", block)], 9).plain == "x     y\nabc   abc"
    assert output.beside([("x", block), ("y", block)], 8).plain == "x\nabc\n\ny\nabc"


def test_every_role_of_the_contract_has_a_style() -> None:
    shared = {"given", "answer", "candidate", "new", "broken", "unsure", "blank", "line", "label"}
    shared |= {"mark", "shade", "special", "supposed"}
    maze = {"wall", "floor", "path", "start", "goal"}
    colours = {f"{kind}{number}" for kind in ("color", "fill") for number in range(10)}
    assert set(styles.STYLES) == shared | maze | colours
