"""Judging puzzles: the same whatever is judged beside them, and by several processes as by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np
import pytest
import tiny
from scripted import Shell
from two_ranks import two_processes

from hrm.errors import EXIT_USAGE
from hrm.evaluation.judge import judge
from hrm.evaluation.ranks import judge_together
from hrm.evaluation.scores import PuzzleResult
from hrm.solving.policy import Policy, Select
from hrm.training.distributed import Ranks

DOMAIN = tiny.with_copies("sudoku")
COMMAND = ("eval", "sudoku", "--model", "sudoku-mini", "--level", "extreme", "--count", "7",
           "--segments", "4", "--attempts", "16", "--threads", "1", "--json")  # fmt: skip
T = TypeVar("T")


def judged(number: int) -> PuzzleResult:
    return PuzzleResult(
        puzzle=number, name="", difficulty="", halted=True, segments=1, right=True, exact=True,
        path=None, cells=1.0, single=True, verified=True, halting=(), seconds=0.0,
    )  # fmt: skip


@pytest.mark.parametrize("select", ["verified", "vote"])
def test_what_becomes_of_a_puzzle_depends_on_its_number_alone(select: Select) -> None:
    rng = np.random.default_rng(7)
    puzzles = {number: DOMAIN.generate(rng, "easy") for number in range(12)}
    oracle = tiny.Oracle("sudoku", blind=lambda b: int(b.ravel()[:27].sum()) % 4 > 0)
    policy = Policy(segments=2, attempts=2, select=select)
    every = {one.puzzle: one for one in judge(oracle.model(), DOMAIN, puzzles, policy)}
    assert {one.verified for one in every.values() if not one.single} == {True, False}
    some = {number: puzzles[number] for number in (2, 3, 8, 11)}
    for one in judge(oracle.model(), DOMAIN, some, policy, batch=3):
        assert replace(one, seconds=0) == replace(every[one.puzzle], seconds=0)


def test_a_stopped_evaluation_loses_no_more_than_a_batch() -> None:
    rng = np.random.default_rng(7)
    puzzles = {number: DOMAIN.generate(rng, "easy") for number in range(6)}
    oracle = tiny.Oracle("sudoku")
    every = judge(oracle.model(), DOMAIN, puzzles, Policy(attempts=0), batch=2)
    assert next(every).puzzle == 0
    assert oracle.batches == [2]
    assert [one.puzzle for one in every] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("world", [2, 3])
def test_processes_share_puzzles_and_keep_the_tests_of_a_task_together(
    world: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def alone(ranks: Ranks, own: T) -> list[T]:
        return [own]

    monkeypatch.setattr("hrm.evaluation.ranks.everyone", alone)
    puzzles = dict(enumerate(SimpleNamespace(task=name) for name in "aabccdddeaf"))
    rounds: list[set[str]] = []

    def judge_some(mine: Mapping[int, Any]) -> list[PuzzleResult]:
        rounds.append({puzzle.task for puzzle in mine.values()})
        return [judged(number) for number in mine]

    found = [
        one.puzzle
        for rank in range(world)
        for one in judge_together(
            Ranks(rank, world), puzzles, judge_some, 1, lambda puzzle: puzzle.task
        )
    ]
    assert sorted(found) == list(puzzles)
    assert all(len(names) <= 1 for names in rounds)
    assert sum(map(len, rounds)) == len(set("abcdef"))


def counts(text: str) -> dict[str, Any]:
    """All counts of a record, by difficulty, and the segments that were used."""
    record = json.loads(text)
    return {
        name: [scores[key]["count"] for key in ("right", "exact", "single", "verified")]
        + scores["segments"]
        for name, scores in {"all": record["scores"], **record["by_difficulty"]}.items()
    }


def test_two_processes_count_what_one_does_and_go_on_from_its_log(
    shell: Shell, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    alone = shell(*COMMAND, "--out", log)
    assert alone.code == 0, alone.err
    want = counts(alone.out)
    right, _, _, verified, *_ = want["all"]
    assert 0 < right < verified
    first = log.read_text(encoding="utf-8").splitlines()[:3]
    log.write_text("\n".join(first) + "\n", encoding="utf-8")
    with two_processes("-m", "hrm", *COMMAND, "--out", str(log)) as (one, other):
        out, errors = one.communicate(timeout=500)
        silence, _ = other.communicate(timeout=500)
    assert one.returncode == 0, errors
    assert silence == ""
    assert counts(out) == want
    lines = log.read_text(encoding="utf-8").splitlines()
    assert lines[:3] == first
    assert sorted(json.loads(line)["puzzle"] for line in lines[1:]) == list(range(7))


def test_a_process_that_fails_ends_the_others(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"of": "something else"}\n', encoding="utf-8")
    few = ("eval", "sudoku", "--count", "1", "--threads", "1")
    with two_processes("-m", "hrm", *few, "--out", str(log)) as (one, other):
        _, why = one.communicate(timeout=500)
        _, then = other.communicate(timeout=500)
    assert (one.returncode, other.returncode) == (EXIT_USAGE, EXIT_USAGE)
    assert "another evaluation" in why
    assert "another of the 2 processes has ended" in then
    assert "Traceback" not in why + then
