"""Solves ARC tasks: adapt to the demonstrations in rounds, then vote over symmetric variants.

Once a round has reproduced every demonstration twice in a row, its learning rate decays and it ends
after as long again, or after its share of the time. While time is left and the answers disagree,
another round starts afresh, with the examples in another order, and adds its votes. Every second
round starts from random weights, because its answers differ most from those of the trained ones.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import replace

import numpy as np

from hrm.arc.adaptation import Adaptation, LookTime
from hrm.arc.vote import Vote, elect, standings, unanimous
from hrm.data.arc import IDENTITY
from hrm.errors import ModelError
from hrm.events import Adapted, Learning, Segment, SolveEvent
from hrm.model.hrm import HRM
from hrm.solving.policy import Policy
from hrm.solving.segments import started
from hrm.solving.session import solve
from hrm.training.divergence import DivergedError
from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import ArcPuzzle, Symmetry, random_symmetry
from puzzles.text.text_grid import DIHEDRAL

ANSWER_SEGMENTS = 8
"""Most segments of the final pass; on ARC the first gives most of the accuracy (arXiv
2512.11847)."""

ROUND_SECONDS = 30.0
ROUND_SHARE = 0.2
"""The longer of these is the limit of a round; several rounds are better than a long one."""

ROUNDS = 12
"""Most rounds; further votes rarely change the majority."""

WHOLE = 0.9
"""Share of the longest round's time that must be left to start another round."""

_DOMAIN = ArcDomain()


def solve_arc(
    model: HRM,
    puzzle: ArcPuzzle,
    policy: Policy,
    *,
    index: int = 0,
    model_name: str = "",
    steps: int = 0,
) -> Iterator[SolveEvent]:
    """`solve_task` for a single test."""
    return solve_task(model, {index: puzzle}, policy, model_name=model_name, steps=steps)


def solve_task(
    model: HRM,
    tests: Mapping[int, ArcPuzzle],
    policy: Policy,
    *,
    model_name: str = "",
    steps: int = 0,
) -> Iterator[SolveEvent]:
    """Events of the numbered tests of one task: for each Started, Segment… of the unchanged task,
    and Finished by vote; Adapted… follow the first Started.

    Copies of the model are trained for `policy.budget` seconds in all, or in a single round of
    `steps`, which on a CPU makes the answers depend on the seed alone. Closing the iterator cancels
    within a step. Raises `ModelError`.
    """
    if not model.config.puzzle_ids or model.config.vocabulary != _DOMAIN.spec.size:
        raise ModelError(
            "the model has no puzzle embedding for ARC tasks", "Leave out --model to use arc-mini."
        )
    limit = min(policy.segments, ANSWER_SEGMENTS)
    policy = replace(policy, segments=limit, min_segments=min(policy.min_segments, limit))
    # only the final verdicts may use the known outputs
    without_output = {index: replace(puzzle, output=None) for index, puzzle in tests.items()}
    lessons: _Lessons | None = None
    for index, puzzle in tests.items():
        began = time.perf_counter()
        yield started(_DOMAIN, puzzle, policy, index, model_name)
        if lessons is None:
            lessons = _Lessons(model, without_output, policy)
            with closing(lessons.learn(policy.budget, steps)) as progress:
                for adapted in progress:
                    yield replace(adapted, puzzle=index)
        for event in solve(lessons.model, _DOMAIN, without_output[index], policy):
            if isinstance(event, Segment):
                yield replace(event, seconds=time.perf_counter() - began, puzzle=index)
        result = elect(puzzle, lessons.votes[index], lessons.reproduced)
        yield replace(result, seconds=time.perf_counter() - began, puzzle=index)


class _Lessons:
    """The rounds of adaptation to a task. Only the rounds that reproduced the most demonstrations
    (`reproduced`) count: `model` is from the last of them, `votes` maps each test to the votes of
    all of them, the last round first."""

    model: HRM

    def __init__(self, base: HRM, tests: Mapping[int, ArcPuzzle], policy: Policy) -> None:
        self._base, self._tests, self._policy = base, tests, policy
        self._symmetries = draw_symmetries(policy)
        self._look_time = LookTime()
        self.reproduced = -1
        self.votes: dict[int, list[Vote]] = {}

    def learn(self, budget: float, steps: int) -> Generator[Adapted, None, None]:
        """Run as many rounds as fit into `budget` seconds, or a single one of `steps`. A diverged
        round ends the adaptation, and raises `ModelError` if no round has succeeded."""
        spent = longest = 0.0
        taken = 0
        diverged: DivergedError | None = None
        limit = max(ROUND_SECONDS, ROUND_SHARE * budget)
        for number in range(ROUNDS):
            adaptation = self._round(number, min(budget - spent, limit), steps)
            try:
                with closing(adaptation.run()) as progress:
                    for done in progress:
                        yield replace(
                            done,
                            step=taken + done.step,
                            seconds=spent + done.seconds,
                            budget=budget,
                            learning=self._learning(done, number + 1, 1 if steps else ROUNDS),
                        )
            except DivergedError as error:
                diverged = error
                if self.votes:
                    break
            else:
                self._hear(adaptation)
            taken, spent = taken + adaptation.steps, spent + adaptation.seconds
            self._look_time.before = spent
            longest = max(longest, adaptation.seconds)
            if steps or budget - spent <= WHOLE * longest:
                break
            if number and self.votes and all(unanimous(votes) for votes in self.votes.values()):
                break
        if diverged and not self.votes:
            raise ModelError(diverged.message, "Try another --seed or --model.") from diverged

    def _learning(self, done: Adapted, number: int, rounds: int) -> Learning | None:
        """The progress of the current round, completed with the round number and the votes."""
        votes = next(iter(self.votes.values()), [])
        shares = standings(votes) if votes else ()
        return done.learning and replace(done.learning, round=number, rounds=rounds, votes=shares)

    def _round(self, number: int, budget: float, steps: int) -> Adaptation:
        return Adaptation(
            self._base,
            next(iter(self._tests.values())),
            self._symmetries,
            seed=(self._policy.seed + number) % 2**63,
            budget=budget,
            steps=steps,
            afresh=number % 2 == 1,
            tests=list(self._tests.values()),
            look_time=self._look_time,
        )

    def _hear(self, adaptation: Adaptation) -> None:
        reproduced = adaptation.reproduced()
        if reproduced < self.reproduced:
            return
        if reproduced > self.reproduced:
            self.reproduced, self.votes = reproduced, {index: [] for index in self._tests}
        self.model = adaptation.model()
        for index, test in self._tests.items():
            self.votes[index] = adaptation.votes(test, self._policy) + self.votes[index]


def draw_symmetries(policy: Policy) -> list[Symmetry]:
    """`policy.copies` symmetries, at least one: the identity, the other rotations and reflections
    in random order, then random ones with permuted colours."""
    rng = np.random.default_rng(policy.seed)
    order = [0, *(1 + rng.permutation(len(DIHEDRAL) - 1))]
    found = [Symmetry(DIHEDRAL[number], IDENTITY.colours) for number in order]
    found += [random_symmetry(rng) for _ in range(policy.copies - len(found))]
    return found[: max(1, policy.copies)]
