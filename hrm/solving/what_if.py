"""What-ifs: a search that solves a puzzle by adding hypotheses to its givens.

Where the model is wrong, the domain proposes hypotheses ("r4c7 = 5"). Each is a branch: the puzzle
with the hypothesis as one more given. A round takes a branch and runs the next of the branches
below it as one batch. Every answer is checked by the rules of the original puzzle, and a right one
ends the search. The search is deterministic.

A false hypothesis leads nowhere, however right the answers below it look, so the branch of the next
round is not simply the one with the best answer: the cost of a branch grows with its depth and with
its place among the branches that ran beside it.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice
from typing import Any, TypeAlias

from hrm.model.hrm import HRM
from hrm.solving.policy import Decision, Policy
from hrm.solving.thinking import Rollout, SegmentReadout
from puzzles.contract.protocol import AnyDomain, Hypothesis, Verdict
from puzzles.contract.tokens import Answer, FloatGrid, Layout

ROWS = 16
"""Most branches in a round."""

DEPTH_COST = 2.0
"""Cost of one more hypothesis. The best branch of a round adds 0 to it, the second one 1."""

ROUND_COST = 8.0
"""Cost of every further round below the same branch."""

TOGETHER = 16
"""Puzzles searched at the same time on a GPU, where large batches are cheap."""

Rank: TypeAlias = tuple[int, float]
"""Number of broken rules, then uncertainty of the answer; smaller is better."""


@dataclass(slots=True, eq=False)
class Branch:
    """A puzzle with the additional givens of `hypothesis`; `number` counts from 1.

    `cost` orders the branches below which a round may run, the lowest first. `hypotheses` are those
    of its answer that were not tried yet, None before it has one.
    """

    number: int
    puzzle: Any
    hypothesis: tuple[str, ...] = ()
    segments: int = 0
    cost: float = 0.0
    hypotheses: Iterator[Hypothesis[Any]] | None = None


@dataclass(frozen=True, slots=True)
class BranchResult:
    """The answer of a branch at `place` of a batch after `segments` of `limit`, checked by the
    original puzzle's rules."""

    branch: Branch
    answer: Answer
    verdict: Verdict
    rank: Rank
    segments: int
    limit: int
    readout: SegmentReadout
    place: int

    def decision(self, *, last: bool) -> Decision:
        """The decision after this segment; `last` if the search has ended."""
        return Decision(True, "verified") if self.verdict.solved else Decision(last, "limit")


class WhatIfs:
    """The search for one puzzle.

    pending  the branches of the next round
    results  of the newest segment; `leading` is the best of them, `best` the best of all
    tried    number of branches that were run
    spent    the puzzle's share of the batches' time, in seconds
    """

    def __init__(
        self,
        domain: AnyDomain,
        layout: Layout,
        puzzle: Any,
        probabilities: FloatGrid,
        policy: Policy,
        index: int = 0,
    ) -> None:
        self.puzzle, self.index = puzzle, index
        self._domain, self._layout, self._policy = domain, layout, policy
        self._attempts = policy.tries("what-ifs")
        self._known = {puzzle}
        self._waiting: list[tuple[float, int, Branch]] = []
        self._cost = 0.0  # of the best branch of the present round
        self.tried, self.spent = 0, 0.0
        self.leading: BranchResult | None = None
        self.results: list[BranchResult] = []
        self.best: BranchResult | None = None
        self._wait(Branch(0, puzzle), probabilities)
        self.pending = self._choose()

    @property
    def solved(self) -> bool:
        return self.best is not None and self.best.verdict.solved is True

    @property
    def over(self) -> bool:
        return self.solved or self.timed_out or not self.pending

    @property
    def timed_out(self) -> bool:
        return self.spent >= self._policy.budget

    @property
    def note(self) -> str:
        """A sentence: why the search ended without a right answer."""
        if self.solved:
            return ""
        if self.timed_out:
            return f"The {self._policy.budget:g} s for what-ifs are over."
        full = self.tried >= self._attempts
        return "" if full else "There is nothing left to take as given."

    def _wait(self, branch: Branch, probabilities: FloatGrid) -> None:
        """Queue a branch, of whose answer the model gives `probabilities`."""
        hypotheses = self._domain.hypotheses(branch.puzzle, probabilities, self._layout)
        branch.hypotheses = iter(hypotheses)
        heappush(self._waiting, (branch.cost, branch.number, branch))

    def _choose(self) -> list[Branch]:
        """The branches of the next round."""
        count = min(ROWS, self._attempts - self.tried)
        while self._waiting and count > 0:
            *_, above = heappop(self._waiting)
            chosen = list(islice(self._below(above), count))
            if chosen:
                self._cost = above.cost + DEPTH_COST
                above.cost += ROUND_COST
                heappush(self._waiting, (above.cost, above.number, above))
                return chosen
        return []

    def _below(self, above: Branch) -> Iterator[Branch]:
        """The branches below one that were not tried yet, there or elsewhere."""
        assert above.hypotheses is not None
        for found in above.hypotheses:
            if found.puzzle not in self._known:
                self._known.add(found.puzzle)
                yield Branch(len(self._known) - 1, found.puzzle, (*above.hypothesis, found.text))

    def record(self, readout: SegmentReadout, rows: Sequence[tuple[int, Branch]]) -> None:
        """Record a segment; `rows` are the branches and their places in the batch."""
        self.results = [self._result(branch, readout, place) for place, branch in rows]
        self.leading = min(self.results, key=lambda result: result.rank)
        if self.best is None or self.leading.rank < self.best.rank:
            self.best = self.leading

    def _result(self, branch: Branch, readout: SegmentReadout, place: int) -> BranchResult:
        self.tried += not branch.segments
        branch.segments += 1
        answer = self._domain.decode(readout.tokens[place], branch.puzzle, self._layout)
        verdict = self._domain.check(self.puzzle, answer)
        rank = len(verdict.reasons), -readout.certainty(place)
        return BranchResult(
            branch, answer, verdict, rank, branch.segments, self._domain.what_ifs, readout, place
        )

    def settle(self) -> None:
        """End a round: queue its branches and choose the next ones."""
        ranked = sorted(self.results, key=lambda result: result.rank)
        for place, result in enumerate(ranked):
            result.branch.cost = self._cost + place
            self._wait(result.branch, result.readout.probabilities(result.place))
        self.pending = self._choose()


def think(
    model: HRM, domain: AnyDomain, searches: Sequence[WhatIfs], *, cycles: bool = False
) -> Iterator[None]:
    """Run one round of the searches, whose puzzles have one canvas shape; yields after each
    segment. `cycles` keeps the states of every cycle."""
    owners = [search for search in searches for _ in search.pending]
    branches = [branch for search in searches for branch in search.pending]
    rollout = Rollout(model, domain, [branch.puzzle for branch in branches])
    began = time.perf_counter()
    for readout in rollout.run(domain.what_ifs, cycles=cycles):
        branches_of: dict[WhatIfs, list[tuple[int, Branch]]] = defaultdict(list)
        for place, row in enumerate(rollout.rows.tolist()):
            branches_of[owners[row]].append((place, branches[row]))
        for search, rows in branches_of.items():
            search.record(readout, rows)
            if rollout.number == domain.what_ifs:
                search.settle()
        seconds = time.perf_counter() - began
        for search, rows in branches_of.items():
            search.spent += seconds * len(rows) / len(rollout.rows)
        yield
        began = time.perf_counter()
        for place, row in enumerate(rollout.rows.tolist()):
            if owners[row].over:
                rollout.drop(place)


def search_each(model: HRM, domain: AnyDomain, searches: Iterable[WhatIfs]) -> Iterator[WhatIfs]:
    """Run the searches, whose puzzles have one canvas shape, and yield each when it ends: one by
    one on a CPU, where one puzzle fills a batch, else several together."""
    together = 1 if model.device.type == "cpu" else TOGETHER
    waiting = iter(searches)
    active: list[WhatIfs] = []
    while True:
        active += islice(waiting, together - len(active))
        if not active:
            return
        yield from (search for search in active if search.over)
        active = [search for search in active if not search.over]
        if active:
            for _ in think(model, domain, active):
                pass
