"""`hrm eval`, `scale` and `analyze`: what they print, log, write and refuse."""

from __future__ import annotations

import csv
import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from scripted import Shell

from hrm.cli.eval_report import show
from hrm.cli.eval_target import EvalTarget
from hrm.errors import UserError
from hrm.evaluation.log import Log
from hrm.evaluation.scores import PuzzleResult
from hrm.model.checkpoint import save_model
from puzzles.sudoku.domain import SudokuDomain

OFTEN = ("--threads", 1, "--segments", 3)


@pytest.fixture
def models(tmp_path: Path) -> dict[str, Path]:
    """A random model of each of two tasks."""
    found = {}
    for task, config in (("sudoku", tiny.SUDOKU), ("maze", tiny.MAZE)):
        found[task] = tmp_path / f"{task}.safetensors"
        save_model(found[task], config, tiny.build(config).state_dict(), {"domain": task})
    return found


@pytest.fixture
def oracle(monkeypatch: pytest.MonkeyPatch) -> tiny.Oracle:
    """Stands in for every Sudoku model; blind to half of the boards."""
    stand_in = tiny.Oracle(
        "sudoku", right_from=2, halts_from=2, blind=lambda b: b[0].sum() % 2 == 0
    )
    monkeypatch.setattr("hrm.model.checkpoint.load_model", lambda path, device: stand_in)
    return stand_in


def record(shell: Shell, *arguments: object) -> dict[str, Any]:
    ran = shell(*arguments, "--json")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_counts_of_an_oracle_are_right(shell: Shell, oracle: tiny.Oracle) -> None:
    got = record(shell, "eval", "sudoku", "--count", 8, "--segments", 4, "--attempts", 2)
    rng = np.random.default_rng(0)
    domain = SudokuDomain()
    boards = [domain.encode(domain.generate(rng, "easy"), "native") for _ in range(8)]
    seen = sum(not oracle.blind(board) for board in boards)
    assert 0 < seen < 8
    scores = got["scores"]
    assert (scores["n"], scores["right"]["count"], scores["single"]["count"]) == (8, seen, seen)
    assert scores["verified"]["count"] >= seen
    assert scores["segments"][0] == 2.0
    assert got["halting"]["segments"] == 16
    assert got["halting"]["accuracy"] == pytest.approx((8 + seen) / 16)
    assert len(got["sha256"]) == 64
    assert sum(group["n"] for group in got["by_difficulty"].values()) == 8


def test_a_maze_may_have_a_path_that_is_not_the_shortest(
    shell: Shell, models: dict[str, Path]
) -> None:
    got = record(
        shell, "eval", "maze", "--model", models["maze"], "--count", 3, "--attempts", 0, *OFTEN
    )
    assert got["scores"]["path"]["n"] == 3
    ran = shell("eval", "maze", "--model", models["maze"], "--count", 3, "--attempts", 0, *OFTEN)
    assert "any path" in ran.out
    assert "95 % interval" in ran.out


def test_a_log_continues_where_it_stopped(
    shell: Shell, oracle: tiny.Oracle, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    command = ("eval", "sudoku", "--count", 5, "--attempts", 0, "--segments", 3, "--out", log)
    whole = record(shell, *command)
    lines = log.read_text().splitlines()
    assert len(lines) == 6
    log.write_text("\n".join(lines[:3]) + "\n" + lines[3][:40])  # two puzzles and a torn line
    oracle.batches.clear()
    assert record(shell, *command)["scores"]["right"] == whole["scores"]["right"]
    assert oracle.batches[0] == 3
    again = log.read_text().splitlines()
    assert [json.loads(line)["puzzle"] for line in again[1:]] == [0, 1, 2, 3, 4]


def test_a_log_is_kept_in_files_only(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (Path(os.devnull), tmp_path / "pipe"):
        with pytest.raises(UserError, match="is not a regular file"):
            Log(path, {})


def test_a_log_has_one_writer_and_each_puzzle_once(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    one = PuzzleResult(
        puzzle=3, name="", difficulty="", halted=True, segments=1, right=True, exact=True,
        path=None, cells=1.0, single=True, verified=True, halting=(), seconds=0.0,
    )  # fmt: skip
    link = tmp_path / "link"
    link.symlink_to(path)
    with closing(Log(path, {"of": 1})) as log:
        log.add(one)
        log.add(one)
        for name in (path, link):
            with pytest.raises(UserError, match="another process is writing"):
                Log(name, {"of": 1})
    link.unlink()
    with closing(Log(path, {"of": 1})) as log:
        assert log.done == [one]
    assert [found.name for found in tmp_path.iterdir()] == ["log.jsonl"]


def test_a_log_of_another_evaluation_is_refused(
    shell: Shell, oracle: tiny.Oracle, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    base = ("eval", "sudoku", "--count", 2, "--attempts", 0, "--out", log)
    assert shell(*base, "--segments", 3).code == 0
    before = log.read_text()
    ran = shell(*base, "--segments", 4)
    assert ran.code == 2
    assert "another evaluation" in ran.err
    assert log.read_text() == before


def test_a_table_has_a_line_for_all(shell: Shell, oracle: tiny.Oracle, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    assert shell("eval", "sudoku", "--count", 4, "--segments", 3, "--csv", table).code == 0
    rows = list(csv.DictReader(table.open()))
    assert rows[-1]["difficulty"] == "all"
    assert int(rows[-1]["n"]) == 4 == sum(int(row["n"]) for row in rows[:-1])


@pytest.mark.parametrize("puzzles", [("--size", 6), ("--rules", "x")])
def test_sudokus_of_other_sizes_and_rules_have_all_lines_too(
    shell: Shell, puzzles: tuple[object, ...]
) -> None:
    ran = shell("eval", "sudoku", "--count", 1, "--level", "easy", "--threads", 1, *puzzles)
    assert ran.code == 0, ran.err
    assert "one pass" in ran.out
    assert "what-ifs" in ran.out


def test_drawing_from_a_file_is_seeded(shell: Shell, oracle: tiny.Oracle, tmp_path: Path) -> None:
    shell("generate", "sudoku", "--count", 6, "--seed", 1, "--output", "six.txt")
    drawn: list[list[float]] = []
    for seed in (1, 1, 2):
        log = tmp_path / f"{len(drawn)}.jsonl"
        ran = shell("eval", "sudoku", "--data", "six.txt", "--count", 3, "--seed", seed,
                    "--segments", 2, "--attempts", 0, "--out", log)  # fmt: skip
        assert ran.code == 0, ran.err
        drawn.append([json.loads(line)["name"] for line in log.read_text().splitlines()[1:]])
    assert drawn[0] == drawn[1] != drawn[2]
    assert all(len(found) == 3 for found in drawn)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("eval", "sudoku", "--level", "impossible"), "impossible"),
        (("eval", "sudoku", "--data", "none.txt"), "none.txt"),
        (("eval", "sudoku", "--data", "hard", "--level", "easy"), "--level"),
        (("eval", "sudoku", "--select", "vote", "--noise", "-1"), "noise"),
        (("eval", "arc", "--select", "q"), "--select does not apply to arc"),
        (("scale", "arc"), "hrm eval arc"),
        (("analyze", "arc"), "Sudoku"),
        (("eval", "sudoku", "--model", "nobody"), "nobody"),
        (("eval", "sudoku", "--model", "."), "checkpoint"),
        (("eval", "sudoku", "--select", "q", "--noise", "inf"), "noise"),
        (("eval", "sudoku", "--csv", "none/a.csv"), "none/a.csv cannot be written"),
        (("scale", "sudoku", "--svg", "none/a.svg"), "none/a.svg cannot be written"),
        (("analyze", "sudoku", "--csv", "none/a.csv"), "none/a.csv cannot be written"),
    ],
)
def test_what_cannot_be_measured_is_reported(
    shell: Shell, arguments: tuple[str, ...], words: str
) -> None:
    ran = shell(*arguments)
    assert ran.code in (2, 3, 4)
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_a_submission_is_for_arc(shell: Shell, oracle: tiny.Oracle) -> None:
    ran = shell("eval", "sudoku", "--count", 1, "--segments", 1, "--submission", "s.json")
    assert ran.code == 2
    assert not Path("s.json").exists()


def test_arc_counts_tasks_and_writes_a_submission(shell: Shell) -> None:
    got = record(
        shell, "eval", "arc", "--data", "6ea4a07e", "--budget", 1, "--attempts", 1, "--threads", 1,
        "--out", "arc.jsonl", "--submission", "s.json",
    )  # fmt: skip
    assert got["scores"]["n"] == 2
    assert 0 <= got["pass_at_1"] <= got["pass_at_2"] <= 1
    assert got["halting"]["segments"] == 2
    attempts = json.loads(Path("s.json").read_text())["6ea4a07e"]
    assert len(attempts) == 2
    assert set(attempts[0]) == {"attempt_1", "attempt_2"}
    ran = shell("eval", "arc", "--data", "6ea4a07e", "--budget", 1, "--attempts", 1,
                "--threads", 1, "--out", "arc.jsonl")  # fmt: skip
    assert "every demonstration reproduced: first attempt right in" in ran.out
    assert "either" in ran.out


def test_a_log_is_of_the_puzzles_and_not_of_their_name(shell: Shell, oracle: tiny.Oracle) -> None:
    shell("generate", "sudoku", "--count", 2, "--seed", 3, "-o", "p.txt")
    command = ("eval", "sudoku", "--data", "p.txt", "--segments", 2, "--out", "log.jsonl")
    assert shell(*command).code == 0
    shell("generate", "sudoku", "--count", 2, "--seed", 4, "-o", "p.txt")
    ran = shell(*command)
    assert ran.code == 2
    assert "is the log of another evaluation" in ran.err


def test_solutions_that_were_not_stored_are_computed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "hrm.model.checkpoint.load_model", lambda path, device: tiny.Oracle("sudoku")
    )
    shell("generate", "sudoku", "--count", 2, "--seed", 3, "-o", "p.txt")
    scores = record(shell, "eval", "sudoku", "--data", "p.txt", "--segments", 2)["scores"]
    assert (scores["right"]["count"], scores["exact"]["count"], scores["cells"]) == (2, 2, 1.0)


def test_arc_tests_without_an_output_are_not_counted(shell: Shell) -> None:
    task = {"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[1]]}]}
    Path("task.json").write_text(json.dumps(task))
    quick = ("--budget", 1, "--attempts", 1, "--threads", 1, "--submission", "s.json")
    got = record(shell, "eval", "arc", "--data", "task.json", *quick)
    assert (got["unverified"], got["scores"]["n"]) == (1, 0)
    assert json.loads(Path("s.json").read_text())
    ran = shell("eval", "arc", "--data", "task.json", *quick)
    assert "1 of them have no known output and are not counted" in ran.out


def test_arc_tasks_are_drawn_once_each_with_all_their_tests() -> None:
    drawn = EvalTarget(task="arc", count=50, level="arc1-evaluation").puzzles()
    assert drawn == EvalTarget(task="arc", count=50, data="arc1-evaluation").puzzles()
    assert len({puzzle.task for puzzle in drawn}) == 50
    assert len(set(drawn)) == len(drawn)
    assert len({puzzle.task for puzzle in EvalTarget(task="arc").puzzles()}) == 400


def test_puzzles_of_another_size_are_left_out_with_a_note(
    shell: Shell, models: dict[str, Path]
) -> None:
    small = "S.\n.G\n".replace("S.", "S..").replace(".G", "..G")
    Path("m.txt").write_text(f"{small}...\n\n{small}...\n\nS...\n....\n...G\n....\n")
    ran = shell("analyze", "maze", "--model", models["maze"], "--data", "m.txt", "--segments", 2)
    assert ran.code == 0, ran.err
    assert "only the 2 of 3 that are of one size" in ran.err


@pytest.mark.parametrize(
    "outputs", [("--out", "--csv"), ("--csv", "--out")], ids=lambda names: names[0]
)
def test_two_outputs_are_two_files(
    shell: Shell, oracle: tiny.Oracle, tmp_path: Path, outputs: tuple[str, str]
) -> None:
    log = tmp_path / "log.jsonl"
    command = ("eval", "sudoku", "--count", 2, "--attempts", 0)
    assert shell(*command, "--out", log).code == 0
    before = log.read_bytes()
    other = tmp_path / "." / "link"
    other.symlink_to(log)
    ran = shell(*command, outputs[0], log, outputs[1], other)
    assert ran.code == 2
    assert "is named twice" in ran.err
    assert log.read_bytes() == before
    assert shell("scale", "sudoku", "--svg", log, "--csv", log).code == 2
    assert shell(*command, "--out", log, "--csv", "/dev/null").code == 0


@pytest.mark.parametrize("command", ["eval", "scale", "analyze"])
def test_files_are_written_though_nobody_reads_the_output(
    shell: Shell, models: dict[str, Path], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def gone(*given: object, **named: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("hrm.cli.eval_report.data_console", gone)
    monkeypatch.setattr(f"hrm.cli.{command}.data_console", gone, raising=False)
    effort = ("--segments", 2) if command != "scale" else ("--most", 2)
    shell(command, "maze", "--model", models["maze"], "--count", 1, *effort, "--csv", "t.csv")
    assert Path("t.csv").read_text().count(",") > 3


def test_a_level_of_arc_is_one_of_its_sets(shell: Shell) -> None:
    ran = shell("eval", "arc", "--level", "foo")
    assert ran.code == 2
    assert "arc has no level foo; it has arc1-training" in " ".join(ran.err.split())


def test_what_nobody_knows_is_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    one = PuzzleResult(
        puzzle=0, name="a", difficulty="up to 30", halted=True, segments=1, right=True, exact=True,
        path=None, cells=1.0, single=True, verified=True, halting=((0.5, True, True),), seconds=1.0,
    )  # fmt: skip
    header = {"task": "arc", "model": "m", "sha256": "0" * 64, "data": "d", "n": 2, "budget": 1,
              "policy": {"seed": 0, "segments": 16, "select": "q", "attempts": 0}}  # fmt: skip
    for judged, score in ([one], 1.0), ([], None):
        show(header, judged, ["a", "b"], as_json=True)
        found = json.loads(capsys.readouterr().out)
        assert (found["pass_at_1"], found["unverified"]) == (score, 2 - len(judged))
        show(header, judged, ["a", "b"], as_json=False)
        printed = capsys.readouterr().out
        assert f"{2 - len(judged)} of them have no known output" in printed
        assert ("pass@1" in printed) == bool(judged)


def test_scale_draws_and_writes(shell: Shell, models: dict[str, Path], tmp_path: Path) -> None:
    chart, table = tmp_path / "c.svg", tmp_path / "c.csv"
    ran = shell("scale", "maze", "--model", models["maze"], "--count", 2, "--most", 4,
                "--svg", chart, "--csv", table)  # fmt: skip
    assert ran.code == 0, ran.err
    assert "until the model halts" in ran.out
    assert chart.read_text().startswith("<svg")
    assert [row["limit"] for row in csv.DictReader(table.open())] == ["1", "2", "4"]
    got = record(shell, "scale", "maze", "--model", models["maze"], "--count", 2, "--most", 4)
    assert [point["limit"] for point in got["points"]] == [1, 2, 4]
    chart.unlink()
    record(shell, "scale", "maze", "--model", models["maze"], "--count", 2, "--most", 4,
           "--svg", chart)  # fmt: skip
    assert chart.exists()
    assert got["flop"] > 0


def test_analyze_draws_and_writes(shell: Shell, models: dict[str, Path], tmp_path: Path) -> None:
    chart, table = tmp_path / "a.svg", tmp_path / "a.csv"
    ran = shell("analyze", "sudoku", "--model", models["sudoku"], "--count", 2, "--segments", 3,
                "--svg", chart, "--csv", table)  # fmt: skip
    assert ran.code == 0, ran.err
    for words in ("Convergence", "participation ratio", "Path of the mean z_H", "Decided"):
        assert words in ran.out
    assert chart.read_text().startswith("<svg")
    rows = list(csv.DictReader(table.open()))
    assert {row["model"] for row in rows} == {"trained", "untrained"}
    got = record(
        shell, "analyze", "sudoku", "--model", models["sudoku"], "--count", 2, "--segments", 3
    )
    assert len(got["trained"]["low"]) == 3
