"""Evaluates a model on puzzles, for `hrm eval`: one `PuzzleResult` for each.

The measured pass ends when the model halts; then further attempts are made as in `hrm solve`. ARC
follows ARC Prize: two attempts per test, and the share of right tests averaged over tasks.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from hrm.arc.solve import solve_task
from hrm.evaluation.scores import PuzzleResult
from hrm.events import Finished
from hrm.model.hrm import HRM
from hrm.solving.accuracy import Outcome, outcomes
from hrm.solving.attempts import select_many
from hrm.solving.policy import Method, Policy, method_of
from hrm.solving.thinking import by_canvas
from hrm.solving.what_if import WhatIfs, search_each
from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import ArcPuzzle, Grid, as_answer
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Answer


def judge(
    model: HRM, domain: AnyDomain, puzzles: Mapping[int, Any], policy: Policy, batch: int = 64
) -> Iterator[PuzzleResult]:
    """Evaluate numbered puzzles: one pass, then copies or what-ifs for the wrong answers.

    The result of a puzzle depends on its number but not on the other puzzles. An interruption
    loses at most one batch.
    """
    numbers = list(puzzles)
    for first in range(0, len(numbers), batch):
        chunk = {number: puzzles[number] for number in numbers[first : first + batch]}
        group = list(chunk.values())
        passed = dict(
            zip(chunk, _passes(model, domain, group, policy.segments, batch), strict=True)
        )
        again = _failed(passed, domain, policy, method_of(domain))
        for number, one in passed.items():
            if number not in again:
                yield _judged(domain, chunk[number], number, one, bool(one.confirmed), one.seconds)
        for number, verified, seconds in _tried(model, domain, chunk, again, policy):
            one, own = again[number], seconds
            if policy.select == "verified":  # with another --select the pass is only a measurement
                own += one.seconds
            yield _judged(domain, chunk[number], number, one, verified, own)


def _passes(
    model: HRM, domain: AnyDomain, group: list[Any], segments: int, batch: int
) -> list[Outcome]:
    """One pass over each puzzle, in input order."""
    found = outcomes(model, domain, group, segments, batch=batch, rules=True)
    return sorted(found, key=lambda one: one.puzzle)


def _failed(
    passed: Mapping[int, Outcome], domain: AnyDomain, policy: Policy, method: Method
) -> dict[int, Outcome]:
    """The puzzles for further attempts: all, or with `select` verified those that one pass got
    wrong."""
    if policy.select != "verified":
        return dict(passed)
    if not (policy.tries(method) and domain.checkable):
        return {}
    return {number: one for number, one in passed.items() if not one.confirmed}


def _tried(
    model: HRM,
    domain: AnyDomain,
    chunk: Mapping[int, Any],
    again: Mapping[int, Outcome],
    policy: Policy,
) -> Iterator[tuple[int, bool, float]]:
    """For every puzzle of `again`: its number, whether the chosen attempt is right, and seconds."""
    if policy.select == "verified" and method_of(domain) == "what-ifs":
        yield from _what_ifs(model, domain, chunk, again, policy)
        return
    puzzles = {number: chunk[number] for number in again}
    began = time.perf_counter()
    events = select_many(model, domain, puzzles, policy)
    chosen = {event.puzzle: bool(event.solved) for event in events if isinstance(event, Finished)}
    seconds = (time.perf_counter() - began) / max(1, len(chosen))
    for number in again:  # a puzzle may have no symmetric copy
        yield number, chosen.get(number, False), seconds if number in chosen else 0.0


def _what_ifs(
    model: HRM,
    domain: AnyDomain,
    chunk: Mapping[int, Any],
    again: Mapping[int, Outcome],
    policy: Policy,
) -> Iterator[tuple[int, bool, float]]:
    canvases = by_canvas(domain, [chunk[number] for number in again], model.config.layout)
    numbers = list(again)
    for members in canvases.values():
        searches = (
            WhatIfs(domain, model.config.layout, chunk[number], probabilities, policy, number)
            for number in (numbers[i] for i in members)
            if (probabilities := again[number].probabilities) is not None
        )
        for search in search_each(model, domain, searches):
            yield search.index, search.solved, search.spent


def _judged(
    domain: AnyDomain, puzzle: Any, number: int, one: Outcome, verified: bool, seconds: float
) -> PuzzleResult:
    return PuzzleResult(
        puzzle=number,
        name=puzzle.name,
        difficulty=domain.difficulty(puzzle),
        halted=one.halted,
        segments=one.segments,
        right=one.score.right,
        exact=one.score.exact,
        path=one.score.path,
        cells=one.score.cells,
        single=bool(one.confirmed),
        verified=verified,
        halting=one.halting,
        seconds=seconds,
    )


def judge_arc(
    model: HRM, puzzles: Mapping[int, ArcPuzzle], policy: Policy
) -> Iterator[PuzzleResult]:
    """Adapt to each ARC task for `policy.budget` seconds and answer its tests.

    `right` is the first attempt, `verified` either of two. The seconds of a task's first test
    include the adaptation.
    """
    domain = ArcDomain()
    tasks: dict[str, dict[int, ArcPuzzle]] = defaultdict(dict)
    for number, puzzle in puzzles.items():
        tasks[puzzle.task][number] = puzzle
    for tests in tasks.values():
        for done in solve_task(model, tests, policy):
            if isinstance(done, Finished):
                yield _judged_arc(domain, tests[done.puzzle], done)


def _judged_arc(domain: ArcDomain, puzzle: ArcPuzzle, done: Finished) -> PuzzleResult:
    verdicts = [domain.check(puzzle, c.answer).solved is True for c in done.candidates]
    first = done.candidates[0]
    return PuzzleResult(
        puzzle=done.puzzle,
        name=puzzle.name,
        difficulty=domain.difficulty(puzzle),
        halted=done.reason == "halted",
        segments=done.segments,
        right=verdicts[0],
        exact=verdicts[0],
        path=None,
        cells=_right_cells(first.answer, puzzle.output),
        single=verdicts[0],
        verified=any(verdicts),
        halting=((first.share, bool(done.reproduced), verdicts[0]),),
        seconds=done.seconds,
        answers=tuple(c.answer.tolist() for c in done.candidates),
        known=puzzle.output is not None,
    )


def _right_cells(answer: Answer, output: Grid | None) -> float:
    """The share of right cells; 0 if the size is wrong."""
    if output is None or answer.shape != as_answer(output).shape:
        return 0.0
    return float(np.mean(answer == as_answer(output)))


def task_scores(judged: Sequence[PuzzleResult], tasks: Sequence[str]) -> tuple[float, float]:
    """ARC Prize's pass@1 and pass@2: the share of right tests of a task, averaged over tasks.

    `tasks` maps puzzle numbers to tasks; `judged` must not be empty.
    """
    groups: dict[str, list[PuzzleResult]] = defaultdict(list)
    for one in judged:
        groups[tasks[one.puzzle]].append(one)
    first = [sum(one.right for one in group) / len(group) for group in groups.values()]
    either = [sum(one.verified for one in group) / len(group) for group in groups.values()]
    return sum(first) / len(first), sum(either) / len(either)
