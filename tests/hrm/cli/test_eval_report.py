"""How the report of an evaluation looks in narrow terminals."""

from __future__ import annotations

from typing import Any

import pytest

from hrm.cli.eval_report import show
from hrm.evaluation.scores import PuzzleResult

HEADER: dict[str, Any] = {
    "model": "sudoku-mini",
    "sha256": "0123456789",
    "task": "sudoku",
    "data": "generated minimal",
    "n": 500,
    "policy": {
        "segments": 16,
        "attempts": 1024,
        "select": "verified",
        "method": "what-ifs",
        "seed": 0,
    },
}


def result(puzzle: int) -> PuzzleResult:
    return PuzzleResult(
        puzzle=puzzle,
        name="",
        difficulty="10-19 guesses" if puzzle % 2 else "20+ guesses",
        halted=True,
        segments=3,
        right=True,
        exact=True,
        path=None,
        cells=1.0,
        single=True,
        verified=True,
        halting=((0.9, True, True),),
        seconds=0.1,
    )


@pytest.mark.parametrize("width", [40, 50, 60, 80])
def test_no_number_of_its_tables_is_cut_or_wrapped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    show(HEADER, [result(number) for number in range(500)], [], as_json=False)
    first, *lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert "16 segments, 1024 what-ifs, seed 0" in first
    begin = lines.index("") + 1
    counts, groups = lines[begin : begin + 5], lines[lines.index("", begin) + 1 :]
    for name, line in zip(
        ("own halting", "  as stored", "one pass", "with what-ifs"), counts[1:], strict=True
    ):
        assert line.startswith(name)
        assert line.split()[-4:] == ["500/500", "100.0", "%", "99.2-100.0"]
    assert groups[0].split()[:3] == ["difficulty", "n", "halts"]
    assert sum(line.count("100.0 %") == 3 for line in groups) == 2
    assert ("s a puzzle" in groups[0]) is (width >= 64)
    assert all(len(line) <= width for line in [*counts, *groups])
    assert "…" not in "".join(lines)
    assert len(groups) == 3 or width == 40  # names wrap there


def test_a_single_pass_has_no_row_of_what_was_not_tried(capsys: pytest.CaptureFixture[str]) -> None:
    policy = {**HEADER["policy"], "attempts": 0}
    show({**HEADER, "policy": policy}, [result(0)], [], as_json=False)
    said = capsys.readouterr().out
    assert "It solves 100.0 % in one pass, 100.0 % by its own halting." in said
    assert "with what-ifs" not in said
