"""`hrm eval`'s core: puzzles in, one `Judged` each out.

The pass that is measured ends at the model's own wish; verification then does what `hrm solve`
does. ARC follows ARC Prize: two attempts a test, the share of right tests averaged over tasks.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from hrm.arc.solve import solve_task
from hrm.evaluation.scores import Judged
from hrm.events import Finished
from hrm.model.hrm import HRM
from hrm.solving.accuracy import Outcome, outcomes
from hrm.solving.attempts import select_many
from hrm.solving.policy import Policy
from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import ArcPuzzle, Grid, as_answer
from puzzles.base import Answer, AnyDomain, difficulty


def judge(
    model: HRM, domain: AnyDomain, puzzles: Mapping[int, Any], policy: Policy, batch: int = 64
) -> Iterator[Judged]:
    """Judge numbered Sudokus or mazes: one pass, then copies of those that the rules refuse.

    What becomes of a puzzle depends on its number, not on what is judged beside it. No more than a
    batch is lost when this is stopped.
    """
    numbers = list(puzzles)
    for first in range(0, len(numbers), batch):
        chunk = {number: puzzles[number] for number in numbers[first : first + batch]}
        group = list(chunk.values())
        passed = dict(
            zip(chunk, _passes(model, domain, group, policy.segments, batch), strict=True)
        )
        chosen, seconds = _chosen(model, domain, chunk, passed, policy)
        for number, one in passed.items():
            verified = chosen.get(number, bool(one.confirmed))
            own = seconds if number in chosen else 0.0
            if policy.select == "verified":  # where the rules have no say, the pass only measures
                own += one.seconds
            yield _judged(domain, chunk[number], number, one, verified, own)


def _passes(
    model: HRM, domain: AnyDomain, group: list[Any], segments: int, batch: int
) -> list[Outcome]:
    """A pass over each puzzle, in their order."""
    found = outcomes(model, domain, group, segments, batch=batch, rules=True)
    return sorted(found, key=lambda one: one.puzzle)


def _chosen(
    model: HRM,
    domain: AnyDomain,
    chunk: Mapping[int, Any],
    passed: Mapping[int, Outcome],
    policy: Policy,
) -> tuple[dict[int, bool], float]:
    """Whether the answer chosen among several attempts is right, by number, and seconds of each.

    Where the rules choose (`select` verified), only copies of puzzles are tried that one pass got
    wrong: what `hrm solve` does.
    """
    rules = policy.select == "verified"
    if rules and not (policy.attempts and domain.checkable):
        return {}, 0.0
    again = {n: chunk[n] for n, one in passed.items() if not (rules and one.confirmed)}
    began = time.perf_counter()
    events = select_many(model, domain, again, policy)
    chosen = {event.puzzle: bool(event.solved) for event in events if isinstance(event, Finished)}
    return chosen, (time.perf_counter() - began) / max(1, len(chosen))


def _judged(
    domain: AnyDomain, puzzle: Any, number: int, one: Outcome, verified: bool, seconds: float
) -> Judged:
    return Judged(
        puzzle=number,
        name=puzzle.name,
        difficulty=difficulty(domain, puzzle),
        halted=one.halted,
        segments=one.segments,
        right=one.worth.right,
        exact=one.worth.exact,
        path=one.worth.path,
        cells=one.worth.cells,
        single=bool(one.confirmed),
        verified=verified,
        wishes=one.wishes,
        seconds=seconds,
    )


def judge_arc(
    model: HRM, puzzles: Mapping[int, ArcPuzzle], policy: Policy, budget: float
) -> Iterator[Judged]:
    """Adapt to each task for `budget` seconds and answer its tests; `right` is the first attempt,
    `verified` one of two. The first test's seconds hold those of the adaptation."""
    domain = ArcDomain()
    tasks: dict[str, dict[int, ArcPuzzle]] = defaultdict(dict)
    for number, puzzle in puzzles.items():
        tasks[puzzle.task][number] = puzzle
    for tests in tasks.values():
        for done in solve_task(model, tests, policy, budget):
            if isinstance(done, Finished):
                yield _judged_arc(domain, tests[done.puzzle], done)


def _judged_arc(domain: ArcDomain, puzzle: ArcPuzzle, done: Finished) -> Judged:
    verdicts = [domain.check(puzzle, c.answer).solved is True for c in done.candidates]
    first = done.candidates[0]
    return Judged(
        puzzle=done.puzzle,
        name=puzzle.name,
        difficulty=difficulty(domain, puzzle),
        halted=done.reason == "halted",
        segments=done.segments,
        right=verdicts[0],
        exact=verdicts[0],
        path=None,
        cells=_right_cells(first.answer, puzzle.output),
        single=verdicts[0],
        verified=any(verdicts),
        wishes=((first.share, bool(done.reproduced), verdicts[0]),),
        seconds=done.seconds,
        answers=tuple(c.answer.tolist() for c in done.candidates),
        known=puzzle.output is not None,
    )


def _right_cells(answer: Answer, output: Grid | None) -> float:
    """The share of cells that are right; none are where the size is not."""
    if output is None or answer.shape != as_answer(output).shape:
        return 0.0
    return float(np.mean(answer == as_answer(output)))


def task_scores(judged: Sequence[Judged], tasks: Sequence[str]) -> tuple[float, float]:
    """ARC Prize's pass@1 and pass@2: the share of a task's tests, averaged over the tasks.

    `tasks` names the task of every puzzle number; at least one test was judged.
    """
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[tasks[one.puzzle]].append(one)
    first = [sum(one.right for one in group) / len(group) for group in groups.values()]
    either = [sum(one.verified for one in group) / len(group) for group in groups.values()]
    return sum(first) / len(first), sum(either) / len(either)
