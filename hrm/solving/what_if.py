"""What-ifs: a puzzle that a pass got wrong is thought about with more of it taken as given.

Where the model was least sure, the domain names hypotheses ("r4c7 = 5"). Each is a branch: the
puzzle with the hypothesis as one more given. The model thinks about the most certain branches, some
segments of one batch at a time; those that stay wrong to their limit get branches below them. The
rules of the puzzle itself judge every answer and end the search. It draws no random numbers.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from hrm.model.hrm import HRM, Carry
from hrm.solving.policy import Decision, Policy
from hrm.solving.thinking import Rollout, SegmentReadout
from puzzles.contract.protocol import AnyDomain, Verdict
from puzzles.contract.tokens import Answer, FloatGrid, Layout
from puzzles.text.text_grid import counted

ROWS = 16
"""Branches of a puzzle that are thought about together."""

ROUND = 4
"""Segments after which the most certain branches are chosen anew."""

LIMIT = 16
"""Segments of a branch."""

TOGETHER = 16
"""Puzzles that are searched together where large batches cost little more than small ones."""

Rank: TypeAlias = tuple[int, float]
"""Broken rules, none if it is right, then how uncertain the answer is; less is better."""


@dataclass(slots=True, eq=False)
class Branch:
    """A puzzle with what `hypothesis` says taken as given; `number` counts from 1.

    After `segments` that were thought about it, `carry` is its state while there are more to come,
    `rank` how far from right its answer seems, and `probabilities` (height, width, tokens) are
    those of all tokens once it has come to its limit.
    """

    number: int
    puzzle: Any
    hypothesis: tuple[str, ...] = ()
    segments: int = 0
    carry: Carry | None = None
    rank: Rank = (0, 0.0)
    probabilities: FloatGrid | None = None

    @property
    def name(self) -> str:
        return "what if " + " and ".join(self.hypothesis)


@dataclass(frozen=True, slots=True)
class BranchResult:
    """What the branch says at `place` of a batch, judged by the rules of the puzzle itself."""

    branch: Branch
    answer: Answer
    verdict: Verdict
    rank: Rank
    segments: int
    readout: SegmentReadout
    place: int

    def decision(self, *, last: bool) -> Decision:
        """What follows; `last`: nothing."""
        if self.verdict.solved:
            return Decision(True, "verified", f"{self.branch.name}: every rule holds → stops")
        broken = counted(len(self.verdict.reasons), "rule")
        said = f"{self.branch.name}: {broken} broken"
        return Decision(last, "limit", f"{said} → {'stops at the limit' if last else 'continues'}")


class WhatIfs:
    """The search for one puzzle: the branches that are `pending` next, and their results.

    `results` are those of the newest segment, `leading` is the best of them, `best` of all. `tried`
    counts the branches that were thought about; `spent` is the puzzle's share of the seconds of its
    batches.
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
        self._waiting: list[tuple[Rank, int, Branch]] = []
        self.tried, self.spent = 0, 0.0
        self.leading: BranchResult | None = None
        self.results: list[BranchResult] = []
        self.best: BranchResult | None = None
        self._branch(Branch(0, puzzle, probabilities=probabilities))
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
        """Why it ended without a right answer, in a sentence."""
        if self.solved:
            return ""
        if self.timed_out:
            return f"The {self._policy.budget:g} s for what-ifs are over."
        full = len(self._known) > self._attempts
        return "" if full else "There is nothing left to take as given."

    def _branch(self, above: Branch) -> None:
        """Let branches below one wait in its place."""
        assert above.probabilities is not None
        for found in self._domain.hypotheses(above.puzzle, above.probabilities, self._layout):
            if len(self._known) > self._attempts:
                return
            if found.puzzle not in self._known:
                number = len(self._known)
                self._known.add(found.puzzle)
                below = Branch(number, found.puzzle, (*above.hypothesis, found.text))
                heappush(self._waiting, (above.rank, number, below))

    def _choose(self) -> list[Branch]:
        chosen: list[Branch] = []
        while self._waiting and len(chosen) < ROWS:
            *_, branch = heappop(self._waiting)
            if branch.segments < LIMIT:
                chosen.append(branch)
            else:
                self._branch(branch)
        return chosen

    def record(self, readout: SegmentReadout, rows: Sequence[tuple[int, Branch]]) -> None:
        """A segment about the branches at these places of a batch."""
        self.results = [self._result(branch, readout, place) for place, branch in rows]
        self.leading = min(self.results, key=lambda result: result.rank)
        if self.best is None or self.leading.rank < self.best.rank:
            self.best = self.leading

    def _result(self, branch: Branch, readout: SegmentReadout, place: int) -> BranchResult:
        self.tried += not branch.segments
        branch.segments += 1
        answer = self._domain.decode(readout.tokens[place], branch.puzzle, self._layout)
        verdict = self._domain.check(self.puzzle, answer)
        branch.rank = len(verdict.reasons), -readout.certainty(place)
        return BranchResult(branch, answer, verdict, branch.rank, branch.segments, readout, place)

    def settle(
        self, rollout: Rollout, readout: SegmentReadout, rows: Sequence[tuple[int, Branch]]
    ) -> None:
        """After a round, whose last segment was about branches at these places of the batch."""
        for place, branch in rows:
            if branch.segments < LIMIT:
                branch.carry = rollout.carried(place)
            else:
                branch.carry, branch.probabilities = None, readout.probabilities(place)
            heappush(self._waiting, (branch.rank, branch.number, branch))
        self.pending = self._choose()


def think(
    model: HRM, domain: AnyDomain, searches: Sequence[WhatIfs], *, cycles: bool = False
) -> Iterator[None]:
    """A round of all that the searches, of puzzles of one canvas, want; pauses after
    each segment, of which `cycles` are kept if wanted."""
    owners = [search for search in searches for _ in search.pending]
    branches = [branch for search in searches for branch in search.pending]
    rollout = Rollout(model, domain, [branch.puzzle for branch in branches])
    for place, branch in enumerate(branches):
        if branch.carry is not None:
            rollout.carry_on(place, branch.carry)
    for number in range(1, ROUND + 1):
        began = time.perf_counter()
        readout = rollout.segment(cycles=cycles)
        branches_of: dict[WhatIfs, list[tuple[int, Branch]]] = defaultdict(list)
        for place, row in enumerate(rollout.rows.tolist()):
            branches_of[owners[row]].append((place, branches[row]))
        for search, rows in branches_of.items():
            search.record(readout, rows)
            if number == ROUND:
                search.settle(rollout, readout, rows)
        seconds = time.perf_counter() - began
        for search, rows in branches_of.items():
            search.spent += seconds * len(rows) / len(rollout.rows)
        yield
        staying = [not owners[row].over for row in rollout.rows]
        if not any(staying):
            return
        rollout.keep(np.array(staying))


def search_each(model: HRM, domain: AnyDomain, searches: Iterable[WhatIfs]) -> Iterator[WhatIfs]:
    """Searches of puzzles of one canvas as they end. On a CPU one after the other, whose batches
    are large enough; elsewhere some together."""
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
