"""One pass over each of many puzzles, and counts of the results.

A pass gives the answer at which the model halts, and the first segment whose answer is right by
the rules.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import torch

from hrm.model.hrm import HRM
from hrm.solving.segments import AnswerCheck
from hrm.solving.thinking import Rollout, SegmentReadout, by_canvas
from puzzles.contract.protocol import AnyDomain, Verdict
from puzzles.contract.tokens import IGNORE, Answer, FloatGrid, Tokens

HaltingSample: TypeAlias = tuple[float, bool, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The score of an answer.

    right  by the rules, or by the stored answer if the rules cannot decide
    exact  every scored cell equals the stored answer
    path   mazes: it is at least a path
    cells  share of right cells; 0 or 1 if no answer is stored
    """

    right: bool
    exact: bool
    path: bool | None
    cells: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A pass over puzzle number `puzzle`.

    halted         whether the model halted before the limit; `score` is of its answer then
    confirmed      the first segment with a right answer, 0 for none
    halting        (σ(q_halt), wants to halt, right) of every segment until it halted
    seconds        its share of the batch's time
    probabilities  (height, width, tokens) of the last segment; None if an answer was confirmed
    """

    puzzle: int
    halted: bool
    segments: int
    score: Score
    confirmed: int
    halting: tuple[HaltingSample, ...]
    seconds: float
    probabilities: FloatGrid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Counts over `count` puzzles: `exact` equal the stored answer, `valid` satisfy the rules (or
    are exact, if the rules cannot decide). `cells` and `segments` are means; `right` holds the
    numbers of the valid puzzles."""

    count: int
    exact: int
    valid: int
    cells: float
    segments: float
    right: frozenset[int] = field(default=frozenset(), compare=False)


def accuracy(
    model: HRM,
    domain: AnyDomain,
    puzzles: Sequence[Any],
    segments: int,
    *,
    puzzle_ids: Sequence[int] | None = None,
    batch: int = 64,
    report: Callable[[int], None] | None = None,
) -> Accuracy:
    """Accuracy of a single pass, which ends when the model halts or after `segments`.

    `report` is called after every segment with the number of finished puzzles.
    """
    passed = list(
        outcomes(
            model, domain, puzzles, segments, puzzle_ids=puzzle_ids, batch=batch, report=report
        )
    )
    count = max(1, len(passed))
    return Accuracy(
        count=len(passed),
        exact=sum(one.score.exact for one in passed),
        valid=sum(one.score.right for one in passed),
        cells=sum(one.score.cells for one in passed) / count,
        segments=sum(one.segments for one in passed) / count,
        right=frozenset(one.puzzle for one in passed if one.score.right),
    )


def outcomes(
    model: HRM,
    domain: AnyDomain,
    puzzles: Sequence[Any],
    segments: int,
    *,
    puzzle_ids: Sequence[int] | None = None,
    batch: int = 64,
    rules: bool = False,
    report: Callable[[int], None] | None = None,
) -> Iterator[Outcome]:
    """One pass over each puzzle of at most `segments`, in batches and not in input order.

    A puzzle leaves its batch when the model halts; with `rules` it stays until an answer satisfies
    the rules. `puzzle_ids` selects a row of the puzzle embedding for each puzzle. `report` is
    called after every segment with the number of finished puzzles.
    """
    done = 0
    for members in by_canvas(domain, puzzles, model.config.layout).values():
        for first in range(0, len(members), batch):
            group = members[first : first + batch]
            ids = None if puzzle_ids is None else torch.tensor([puzzle_ids[i] for i in group])
            passing = [_Pass(model, domain, puzzles[i], i) for i in group]
            began = time.perf_counter()
            for ended in _run(model, domain, passing, segments, ids, rules and domain.checkable):
                if report is not None:
                    report(done + ended)
            done += len(group)
            seconds = (time.perf_counter() - began) / len(group)
            yield from (one.outcome(seconds) for one in passing)


def _run(
    model: HRM,
    domain: AnyDomain,
    passing: Sequence[_Pass],
    segments: int,
    ids: torch.Tensor | None,
    rules: bool,
) -> Iterator[int]:
    """Yields the number of finished puzzles after each segment."""
    on_device = None if ids is None else ids.to(model.device)
    rollout = Rollout(model, domain, [one.puzzle for one in passing], on_device)
    ended = 0
    for readout in rollout.run(segments):
        last = rollout.number == segments
        for place, row in enumerate(rollout.rows.tolist()):
            one = passing[row]
            one.see(readout, place, last=last)
            if last or (one.stopped and (one.confirmed or not rules)):
                rollout.drop(place)
                ended += 1
        yield ended


class Watch:
    """Scores successive answers to one puzzle; `target` has the tokens of its known answer, or is
    None."""

    def __init__(self, model: HRM, domain: AnyDomain, puzzle: Any) -> None:
        self._puzzle, self._domain = puzzle, domain
        self.target = domain.target(puzzle, model.config.layout)
        self._check = AnswerCheck(model, domain, puzzle)
        self._scored: tuple[Answer, Verdict] | None = None

    def __call__(self, tokens: Tokens) -> Score:
        found = self._check(tokens)
        if found is not self._scored:
            self._scored, self._score = found, self._score_of(tokens, *found)
        return self._score

    def _score_of(self, tokens: Tokens, answer: Answer, verdict: Verdict) -> Score:
        valid = verdict.solved
        cells = np.array([bool(valid)])
        if self.target is not None:
            cells = (tokens == self.target)[self.target != IGNORE]
        exact = bool(cells.all())
        return Score(
            right=exact if valid is None else valid,
            exact=exact,
            path=self._domain.feasible(self._puzzle, answer),
            cells=float(cells.mean()),
        )


class _Pass:
    """The pass over one puzzle."""

    def __init__(self, model: HRM, domain: AnyDomain, puzzle: Any, number: int) -> None:
        self.puzzle = puzzle
        self.confirmed = 0
        self._number = number
        self._watch = Watch(model, domain, puzzle)
        self._scores: list[Score] = []
        self._halting: list[HaltingSample] = []
        self._final: tuple[bool, Score] | None = None
        self._probabilities: FloatGrid | None = None

    @property
    def stopped(self) -> bool:
        return self._final is not None

    def see(self, readout: SegmentReadout, place: int, *, last: bool) -> None:
        """Take in the next segment, in which the puzzle is at `place`."""
        score = self._watch(readout.tokens[place])
        self._scores.append(score)
        if score.right and not self.confirmed:
            self.confirmed = len(self._scores)
        if last and not self.confirmed:
            self._probabilities = readout.probabilities(place)
        if self._final is None:
            self._halting.append((readout.chances[place], readout.wants[place], score.right))
            if readout.halts[place] or last:
                self._final = readout.halts[place], self._scores[readout.surest[place] - 1]

    def outcome(self, seconds: float) -> Outcome:
        assert self._final is not None
        halted, score = self._final
        return Outcome(
            puzzle=self._number,
            halted=halted,
            segments=len(self._halting),
            score=score,
            confirmed=self.confirmed,
            halting=tuple(self._halting),
            seconds=seconds,
            probabilities=self._probabilities,
        )
