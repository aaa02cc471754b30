"""Solves ARC tasks: adapt to the demonstrations in rounds, then vote over symmetric variants.

Once a round has reproduced every demonstration twice in a row, its learning rate decays and it ends
after as long again, or after its share of the time. While time is left and the answers disagree,
another round starts afresh, with the examples in another order, and adds its votes. Every second
round starts from random weights, because its answers differ most from those of the trained ones.
On a CPU with several threads rounds run side by side.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import torch

from hrm.arc.adaptation import Adaptation, LookTime, place
from hrm.arc.rounds import Ended, Rounds
from hrm.arc.vote import Vote, elect, standings, unanimous
from hrm.data.arc import IDENTITY
from hrm.errors import ModelError
from hrm.events import Adapted, Segment, SolveEvent
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

MOST_TOGETHER = 4
"""Most rounds at the same time, on a CPU; further ones would wait for the interpreter."""

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
            lessons = _Lessons(model, without_output, policy, steps)
            with closing(lessons.learn()) as progress:
                for adapted in progress:
                    yield replace(adapted, puzzle=index)
        for event in solve(lessons.model, _DOMAIN, without_output[index], policy):
            if isinstance(event, Segment):
                yield replace(event, seconds=time.perf_counter() - began, puzzle=index)
        result = elect(puzzle, lessons.votes[index], lessons.reproduced)
        yield replace(result, seconds=time.perf_counter() - began, puzzle=index)


@dataclass(slots=True)
class _Turns:
    """Rounds that follow one another: the seconds `spent` in all, and those of the `longest`."""

    spent: float = 0.0
    longest: float = 0.0
    look_time: LookTime = field(default_factory=LookTime)

    def add(self, seconds: float) -> None:
        self.spent += seconds
        self.longest = max(self.longest, seconds)
        self.look_time.before = self.spent


class _Lessons:
    """The rounds of adaptation to a task, in `budget` seconds or a single one of `steps`. Only the
    rounds that reproduced the most demonstrations (`reproduced`) count: `model` is from the last of
    them, `votes` maps each test to the votes of all of them, the last round first."""

    model: HRM

    def __init__(
        self, base: HRM, tests: Mapping[int, ArcPuzzle], policy: Policy, steps: int
    ) -> None:
        self._base, self._tests, self._policy = base, tests, policy
        self._budget, self._steps = policy.budget, steps
        self._symmetries = draw_symmetries(policy)
        self._turns: dict[int, _Turns] = {}
        self._ended = self._taken = 0
        self._seconds = 0.0
        self._diverged: DivergedError | None = None
        self.reproduced = -1
        self.votes: dict[int, list[Vote]] = {}

    def learn(self) -> Generator[Adapted, None, None]:
        """Run as many rounds as there is time for, told of by the oldest that runs. After a round
        that diverged no other begins; raises `ModelError` if none has succeeded."""
        on_cpu = place(self._base).type == "cpu"
        together = min(torch.get_num_threads(), MOST_TOGETHER) if on_cpu and not self._steps else 1
        with closing(Rounds(together)) as rounds:
            for _ in range(together):
                self._begin(rounds, _Turns())
            for number, said in rounds:
                turns = self._turns[number]
                if isinstance(said, Adapted):
                    if number == min(rounds.running):
                        yield self._progress(number, said)
                    continue
                self._end(said, turns)
                if self._agreed():
                    break
                if self._time_left(turns):
                    self._begin(rounds, turns)
        if self._diverged and not self.votes:
            raise ModelError(
                self._diverged.message, "Try another --seed or --model."
            ) from self._diverged

    def _begin(self, rounds: Rounds, turns: _Turns) -> None:
        number = len(self._turns)
        self._turns[number] = turns
        limit = max(ROUND_SECONDS, ROUND_SHARE * self._budget)
        left = min(self._budget - turns.spent, limit)
        rounds.begin(number, partial(self._round, number, left, turns.look_time))

    def _end(self, ended: Ended, turns: _Turns) -> None:
        if ended.diverged:
            self._diverged = ended.diverged
        else:
            self._hear(ended.adaptation)
        self._ended += 1
        self._taken += ended.adaptation.steps
        turns.add(ended.adaptation.seconds)

    def _agreed(self) -> bool:
        """Whether several rounds give every test the same answer."""
        votes = self.votes.values()
        return self._ended > 1 and bool(votes) and all(map(unanimous, votes))

    def _time_left(self, turns: _Turns) -> bool:
        if self._steps or len(self._turns) == ROUNDS or (self._diverged and self.votes):
            return False
        return self._budget - turns.spent > WHOLE * turns.longest

    def _progress(self, number: int, done: Adapted) -> Adapted:
        """What a round says, as the progress of all."""
        self._seconds = max(self._seconds, self._turns[number].spent + done.seconds)
        votes = next(iter(self.votes.values()), [])
        learning = done.learning and replace(
            done.learning,
            round=number + 1,
            rounds=1 if self._steps else ROUNDS,
            votes=standings(votes) if votes else (),
        )
        return replace(
            done,
            step=self._taken + done.step,
            seconds=self._seconds,
            budget=self._budget,
            learning=learning,
        )

    def _round(
        self, number: int, budget: float, look_time: LookTime, stopped: Callable[[], bool]
    ) -> Adaptation:
        return Adaptation(
            self._base,
            next(iter(self._tests.values())),
            self._symmetries,
            seed=(self._policy.seed + number) % 2**63,
            budget=budget,
            steps=self._steps,
            afresh=number % 2 == 1,
            tests=list(self._tests.values()),
            look_time=look_time,
            stopped=stopped,
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
