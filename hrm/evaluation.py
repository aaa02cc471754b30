"""`hrm eval`'s core: puzzles in, one `Judged` each out.

The pass that is measured ends at the model's own wish; verification then does what `hrm solve`
does. ARC follows ARC Prize: two attempts a test, the share of right tests averaged over tasks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hrm.adapt import solve_arc
from hrm.batch import solve_many
from hrm.evaluate import Outcome, outcomes
from hrm.events import Finished
from hrm.model import HRM
from hrm.policy import Policy
from hrm.scores import Judged
from hrm.selection import select_many
from puzzles.arc import ArcDomain, ArcPuzzle
from puzzles.base import AnyDomain
from puzzles.difficulty import difficulty

CHUNK = 256
"""Puzzles between two writes to the log, so that no more are lost when it is stopped."""


def judge(
    model: HRM, domain: AnyDomain, puzzles: Mapping[int, Any], policy: Policy, batch: int = 64
) -> Iterator[Judged]:
    """Judge numbered Sudokus or mazes: one pass, then copies of those that the rules refuse."""
    numbers = list(puzzles)
    for first in range(0, len(numbers), CHUNK):
        chunk = numbers[first : first + CHUNK]
        group = [puzzles[number] for number in chunk]
        passed = list(outcomes(model, domain, group, policy.segments, batch=batch, rules=True))
        chosen = _chosen(model, domain, group, passed, policy)
        for one in passed:
            verified, seconds = chosen.get(one.puzzle, (bool(one.confirmed), 0.0))
            number, puzzle = chunk[one.puzzle], group[one.puzzle]
            yield _judged(domain, puzzle, number, one, verified, one.seconds + seconds)


def _chosen(
    model: HRM, domain: AnyDomain, group: list[Any], passed: Sequence[Outcome], policy: Policy
) -> dict[int, tuple[bool, float]]:
    """Whether an answer of several attempts is right, and the seconds of it. Where the rules choose
    (`select` verified) only puzzles are tried that one pass got wrong, as `hrm solve` does."""
    rules = policy.select == "verified"
    if rules and not (policy.attempts and domain.checkable):
        return {}
    again = [one.puzzle for one in passed if not (rules and one.confirmed)]
    solver = solve_many if rules else select_many
    events = solver(model, domain, [group[i] for i in again], policy)
    done = [event for event in events if isinstance(event, Finished)]
    return {again[e.puzzle]: (bool(e.solved), e.seconds / len(again)) for e in done}


def _judged(
    domain: AnyDomain, puzzle: Any, number: int, one: Outcome, verified: bool, seconds: float
) -> Judged:
    return Judged(
        puzzle=number,
        name=puzzle.name,
        difficulty=difficulty(domain, puzzle),
        halted=one.halted,
        segments=one.segments,
        right=one.right,
        exact=one.exact,
        path=one.path,
        cells=one.cells,
        single=bool(one.confirmed),
        verified=verified,
        wishes=one.wishes,
        seconds=seconds,
    )


def judge_arc(
    model: HRM, puzzles: Mapping[int, ArcPuzzle], policy: Policy, budget: float
) -> Iterator[Judged]:
    """Adapt to each test's task for `budget` seconds; `right` is the first attempt, `verified` one
    of two."""
    domain = ArcDomain()
    for number, puzzle in puzzles.items():
        *_, done = solve_arc(model, puzzle, policy, budget, index=number)
        assert isinstance(done, Finished)
        verdicts = [domain.check(puzzle, c.answer).solved is True for c in done.candidates[:2]]
        yield Judged(
            puzzle=number,
            name=puzzle.name,
            difficulty=difficulty(domain, puzzle),
            halted=done.reason == "halted",
            segments=done.segments,
            right=verdicts[0],
            exact=verdicts[0],
            path=None,
            cells=float(verdicts[0]),
            single=verdicts[0],
            verified=any(verdicts),
            wishes=(),
            seconds=done.seconds,
            answers=tuple(c.answer.tolist() for c in done.candidates[:2]),
        )


def task_scores(judged: Sequence[Judged], tasks: Sequence[str]) -> tuple[float, float]:
    """ARC Prize's pass@1 and pass@2: the share of a task's tests, averaged over the tasks.

    `tasks` names the task of every puzzle number.
    """
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[tasks[one.puzzle]].append(one)
    if not groups:
        return 0.0, 0.0
    first = [sum(one.right for one in group) / len(group) for group in groups.values()]
    either = [sum(one.verified for one in group) / len(group) for group in groups.values()]
    return sum(first) / len(first), sum(either) / len(either)
