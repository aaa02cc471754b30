"""Runs several attempts at a puzzle in one batch, and chooses an answer.

The attempts are the puzzle itself and symmetric copies of it, optionally with latent noise. An
attempt ends when the model halts. The answer is that of the first to halt (arXiv 2601.19085), of
the highest q_halt (arXiv 2605.19943), or of a vote. With `verified`, the rules end the attempts and
choose the answer, and only copies are tried, because the puzzle itself has failed before.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from hrm.events import Finished, Segment, SolveEvent
from hrm.model.hrm import HRM
from hrm.solving.copies import Copy, copies
from hrm.solving.policy import Policy, Select
from hrm.solving.segments import as_given, finished, started
from hrm.solving.thinking import Rollout, SegmentReadout, by_canvas
from puzzles.contract.protocol import AnyDomain, Verdict
from puzzles.contract.tokens import Answer

BATCH_CELLS = 16_384
"""Most cells in a batch, which bounds the memory."""

_CHOSEN_BY: Mapping[Select, str] = {
    "first-to-halt": "the first that stops by itself",
    "vote": "a vote",
    "q": "the highest halting value",
    "verified": "the rules",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The state of one attempt after `segments`.

    answer   mapped back to the puzzle as given
    halted   the model halted, or with `verified` the answer satisfies the rules
    copy     0: the puzzle as given, 1…: its copies
    verdict  set only if the rules choose
    """

    answer: Answer
    halted: bool
    segments: int
    q_halt: float
    q_continue: float
    copy: int = 0
    verdict: Verdict | None = None


def choose(attempts: Sequence[Attempt], select: Select) -> Attempt:
    """Choose among at least one attempt.

    first-to-halt, verified: the fewest segments, among those that halted if any did. q: the highest
    q_halt. vote: the most frequent answer, ties by mean q_halt; returns its attempt with the
    highest q_halt.
    """
    if select in ("first-to-halt", "verified"):
        return min(attempts, key=lambda one: (not one.halted, one.segments, -one.q_halt))
    if select == "q":
        return max(attempts, key=lambda one: one.q_halt)
    groups: dict[tuple[tuple[int, ...], bytes], list[Attempt]] = defaultdict(list)
    for one in attempts:
        groups[one.answer.shape, one.answer.tobytes()].append(one)
    most = max(groups.values(), key=lambda g: (len(g), np.mean([one.q_halt for one in g])))
    return max(most, key=lambda one: one.q_halt)


def select_many(
    model: HRM,
    domain: AnyDomain,
    puzzles: Mapping[int, Any],
    policy: Policy,
    *,
    model_name: str = "",
) -> Iterator[SolveEvent]:
    """Started and Finished events of numbered puzzles, in batches. A single puzzle also gets
    Segment events, each for the attempt that would be chosen now.

    Copies and noise depend only on the seed and the puzzle's number. With `verified`, a puzzle
    without copies gets no Finished event.
    """
    numbers = list(puzzles)
    canvases = by_canvas(domain, list(puzzles.values()), model.config.layout)
    for shape, members in canvases.items():
        size = max(1, BATCH_CELLS // (shape[0] * shape[1] * (policy.copies + 1)))
        for first in range(0, len(members), size):
            batch = {numbers[i]: puzzles[numbers[i]] for i in members[first : first + size]}
            began = time.perf_counter()
            for number, puzzle in batch.items():
                yield started(domain, puzzle, policy, number, model_name)
            race = Race(model, domain, batch, policy)
            while race.run_segment():
                if len(puzzles) == 1:
                    yield replace(race.leading(), seconds=time.perf_counter() - began)
            for result in race.results():
                yield replace(result, seconds=time.perf_counter() - began)


def _generator(seed: int, copy: Copy) -> torch.Generator:
    """The random generator for the noise of one attempt."""
    (mixed,) = np.random.SeedSequence([seed, copy.owner, copy.attempt]).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(mixed))


class Race:
    """All attempts at puzzles of one canvas size, as one batch.

    `copies` are the attempts; `number` counts the segments up to `limit`; `readout` is the newest.
    """

    readout: SegmentReadout

    def __init__(
        self, model: HRM, domain: AnyDomain, puzzles: Mapping[int, Any], policy: Policy
    ) -> None:
        self._domain, self._puzzles, self._policy = domain, puzzles, policy
        self._layout = model.config.layout
        self._rules = policy.select == "verified"
        self.copies: list[Copy] = []
        for number, puzzle in puzzles.items():
            if not self._rules:
                self.copies.append(Copy(number, 0, puzzle, lambda answer: answer))
            self.copies += copies(domain, puzzle, policy, number, self._layout)
        self._rollout: Rollout | None = None
        if self.copies:
            self._rollout = Rollout(model, domain, [copy.puzzle for copy in self.copies])
        self._generators = [_generator(policy.seed, copy) for copy in self.copies]
        self.number = 0
        self.limit = policy.copy_segments if self._rules else policy.segments
        self._tokens: dict[int, bytes] = {}
        self._latest: dict[int, Attempt] = {}
        self._shown: Answer | None = None

    @property
    def attempts(self) -> list[Attempt]:
        """The last state of each of `copies`."""
        return [self._latest[row] for row in range(len(self.copies))]

    def run_segment(self, *, cycles: bool = False) -> bool:
        """Run one more segment; returns False if all attempts have ended. `cycles` keeps the states
        of every cycle."""
        rollout, policy = self._rollout, self._policy
        if rollout is None or not len(rollout.rows):
            return False
        self.number += 1
        if policy.noise:
            rollout.disturb(policy.noise, [self._generators[row] for row in rollout.rows])
        self.readout = rollout.segment(cycles=cycles)
        rows = rollout.rows.tolist()
        for i, row in enumerate(rows):
            self._record(row, self.readout, i)
        halted = [row for row in rows if self._latest[row].halted]
        if self.number == self.limit:
            rollout.keep(np.zeros(len(rows), dtype=np.bool_))
        elif halted:
            # the first to end decides, so the others of its puzzle stop
            first = policy.select in ("verified", "first-to-halt")
            over = {self.copies[row].owner for row in halted} if first else set()
            ended = {row for row in rows if row in halted or self.copies[row].owner in over}
            rollout.keep(np.array([row not in ended for row in rows]))
        return True

    def _record(self, row: int, readout: SegmentReadout, i: int) -> None:
        """Record the state of `row`, which is at place `i` of the batch."""
        tokens = readout.tokens[i] if self._rules else readout.counted[i]
        copy, key = self.copies[row], tokens.tobytes()
        same = self._tokens.get(row) == key
        if same:
            answer = self._latest[row].answer
        else:
            answer = copy.undo(self._domain.decode(tokens, copy.puzzle, self._layout))
        verdict = self._latest[row].verdict if same else None
        if self._rules:
            verdict = verdict or self._domain.check(self._puzzles[copy.owner], answer)
            halted = verdict.solved is True
        else:
            halted = readout.halts[i] and self.number >= self._policy.min_segments
        self._tokens[row] = key
        self._latest[row] = Attempt(
            answer=answer,
            halted=halted,
            segments=self.number,
            q_halt=readout.q_halt[i],
            q_continue=readout.q_continue[i],
            copy=copy.attempt,
            verdict=verdict,
        )

    def leading(self) -> Segment:
        """The Segment event for the newest segment of a single puzzle."""
        assert self._rollout is not None
        ((number, puzzle),) = self._puzzles.items()
        attempts = list(self._latest.values())
        one = choose(attempts, self._policy.select)
        before, self._shown = self._shown, one.answer
        if before is None:
            before = as_given(self._domain, puzzle, self._layout)
        verdict = self._domain.check(puzzle, one.answer)
        over = not len(self._rollout.rows)
        return Segment(
            number=self.number,
            limit=self.limit,
            answer=one.answer,
            confidence=None,
            changed=np.not_equal(before, one.answer),
            broken=verdict.broken,
            violations=None if verdict.solved is None else len(verdict.reasons),
            q_halt=one.q_halt,
            q_continue=one.q_continue,
            stops=over,
            why=self._why(one, attempts, over=over),
            low_residuals=(),
            high_residuals=(),
            seconds=0.0,
            attempt=one.copy,
            puzzle=number,
        )

    def _why(self, one: Attempt, attempts: Sequence[Attempt], *, over: bool) -> str:
        leader = f"Copy {one.copy}" if one.copy else "The puzzle as given"
        ended = sum(attempt.halted for attempt in attempts)
        halted = f"{ended} of {len(attempts)} attempts have halted"
        then = "stops" if over else "continues"
        return f"{leader} leads by {_CHOSEN_BY[self._policy.select]}. {halted}, so it {then}."

    def results(self) -> Iterator[Finished]:
        """The Finished event of every puzzle, with the chosen answer checked; `seconds` stays 0."""
        groups: dict[int, list[Attempt]] = defaultdict(list)
        for row, attempt in self._latest.items():
            groups[self.copies[row].owner].append(attempt)
        for number, attempts in groups.items():
            chosen = choose(attempts, self._policy.select)
            tried = sum(attempt.copy > 0 for attempt in attempts)
            result = finished(
                chosen.answer,
                self._domain.check(self._puzzles[number], chosen.answer),
                "limit" if not chosen.halted else "verified" if self._rules else "halted",
                chosen.segments,
                number,
                found="symmetric copies" if chosen.copy else "single pass",
                attempts=tried,
            )
            yield replace(result, note=self._note(len(attempts)))

    def _note(self, attempts: int) -> str:
        if self._rules:
            return ""
        if attempts == 1:
            return "The model alone decided when to stop, not the rules."
        how = _CHOSEN_BY[self._policy.select]
        return f"Chosen among {attempts} attempts by {how}, not by the rules."
