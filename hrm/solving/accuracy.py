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
from hrm.solving.surest import Surest
from hrm.solving.thinking import Rollout, by_canvas
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
    for number in range(1, segments + 1):
        readout = rollout.segment()
        staying = np.ones(len(rollout.rows), dtype=np.bool_)
        for i, row in enumerate(rollout.rows.tolist()):
            halts = readout.q_halt[i] > readout.q_continue[i]
            one = passing[row]
            one.see(number, readout.tokens[i], readout.chances[i], halts, last=number == segments)
            staying[i] = not one.stopped or (rules and not one.confirmed)
            if number == segments and not one.confirmed:
                one.probabilities = readout.probabilities(i)
        if not staying.any() or number == segments:
            yield len(passing)
            return
        if not staying.all():
            rollout.keep(staying)
        yield len(passing) - int(staying.sum())


class AnswerCheck:
    """Decodes and checks successive answers to one puzzle; an unchanged answer is not checked
    again."""

    def __init__(self, model: HRM, domain: AnyDomain, puzzle: Any) -> None:
        self._puzzle, self._domain, self._layout = puzzle, domain, model.config.layout
        self._key: bytes | None = None

    def __call__(self, tokens: Tokens) -> tuple[Answer, Verdict]:
        """Returns the identical tuple for unchanged tokens."""
        key = tokens.tobytes()
        if self._key != key:
            answer = self._domain.decode(tokens, self._puzzle, self._layout)
            self._found = answer, self._domain.check(self._puzzle, answer)
            self._key = key
        return self._found


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
        self.probabilities: FloatGrid | None = None
        self._number = number
        self._watch = Watch(model, domain, puzzle)
        self._halting: list[HaltingSample] = []
        self._surest = Surest[Score](model.config.halt_patience)
        self._final: tuple[bool, int, Score] | None = None

    @property
    def stopped(self) -> bool:
        return self._final is not None

    def see(self, number: int, tokens: Tokens, chance: float, halts: bool, *, last: bool) -> None:
        score = self._watch(tokens)
        if score.right and not self.confirmed:
            self.confirmed = number
        if self._final is not None:
            return
        self._halting.append((chance, halts, score.right))
        waited = self._surest.see(number, chance, score)
        if halts:
            self._final = True, number, score
        elif waited or last:
            self._final = waited, number, self._surest.seen

    def outcome(self, seconds: float) -> Outcome:
        assert self._final is not None
        halted, segments, score = self._final
        return Outcome(
            puzzle=self._number,
            halted=halted,
            segments=segments,
            score=score,
            confirmed=self.confirmed,
            halting=tuple(self._halting),
            seconds=seconds,
            probabilities=self.probabilities,
        )
