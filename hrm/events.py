"""The events of a solve. The command line, `--json`, traces, the app and the tests all
consume these frozen events; nothing here imports torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.contract.tokens import Answer, BoolGrid, FloatGrid, Position, Tokens

SCHEMA = 1
"""Version of the JSON form; raised when a field changes its meaning or goes away."""

Reason: TypeAlias = Literal["halted", "verified", "limit"]
"""Why a solve ended: the model chose to stop and nothing contradicts it, the rules confirmed an
answer, or the segment limit was reached."""

Found: TypeAlias = Literal["single pass", "symmetric copies", "what-ifs", "vote"]
"""Where the final answer came from: the puzzle as given, a symmetric copy of it that was chosen
(with `--select verified` by the rules), the puzzle with hypotheses taken as given (the answer that
breaks the fewest rules), or the votes of augmented copies (ARC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Opens the events of one puzzle; enough, with the segments, to replay them.

    `text` is what the domain's `parse` reads; `puzzle` counts from 0 in input order.
    """

    domain: str
    model: str
    text: str
    name: str
    limit: int
    attempts: int
    puzzle: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A final answer with its share of the votes (1.0 where there was no vote)."""

    answer: Answer
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """Progress of test-time training on an ARC task's demonstrations.

    `reproduced` of `demonstrations` are exact under the current weights; `loss` is per cell. Where
    `steps` is not 0 it is the budget, in the place of `budget` seconds. `learning` is the rest that
    a viewer can show.
    """

    step: int
    loss: float
    reproduced: int
    demonstrations: int
    seconds: float
    budget: float
    puzzle: int = 0
    steps: int | None = None
    learning: Learning | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """How far the adaptation to an ARC task has come: `round` from 1, of up to `rounds`, `afresh`
    from random weights.

    `shown` are the outputs that the current weights give to the demonstrations, `guesses` to the
    tests; `votes` the distinct answers to the first test in the rounds before, by their share.
    """

    round: int
    rounds: int
    afresh: bool
    shown: tuple[Answer, ...] = ()
    guesses: tuple[Answer, ...] = ()
    votes: tuple[Candidate, ...] = ()


CycleBeliefs: TypeAlias = NDArray[np.uint8]
"""`Beliefs` after each high-level cycle of a segment, (cycles, height, width, tokens) in 255ths."""


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The likeliest tokens of every cell, the answer's own first.

    `tokens` and `probabilities` are (k, height, width) and as large as the answer; the domain's
    `spec.glyphs` say how a token is written.
    """

    tokens: Tokens
    probabilities: FloatGrid


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Progress inside a segment, for models that need seconds for one; no event of a solve.

    `cycle` of `cycles` high-level ones, `step` of `steps` low-level ones in it, all from 1; once
    the high level itself was updated, `level` is "high" and `step` equals `steps`.
    """

    level: Literal["low", "high"]
    cycle: int
    cycles: int
    step: int
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How one of the copies or what-ifs of a segment stands, for a viewer that shows them all.

    `attempt` and `hypothesis` as in `Segment`, `answer` is of the puzzle as given and breaks
    `violations` rules; `over`: no more will be thought about it.
    """

    attempt: int
    answer: Answer
    violations: int
    over: bool = False
    hypothesis: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment of reasoning: a whole answer, and the decision to stop or continue.

    `number` counts from 1; `attempt` 0 is the puzzle as given, 1… its symmetric copies or its
    what-ifs, of which `hypothesis` says in words what was taken as given.
    `confidence` is the probability of each cell's answer (None for copies), `changed` the cells
    whose answer differs from the segment before, of the first one from what the puzzle gives.
    `why` is the sentence that explains the decision.
    `q_halt` and `q_continue` are the logits that are compared; `low_residuals` has the relative
    step ‖Δz_L‖ / ‖z_L‖ for every low-level update, `high_residuals` ‖Δz_H‖ / ‖z_H‖ for every cycle.
    `alternatives` is None for copies and for traces that were saved without. `beliefs`, only where
    a viewer asked for them, are as large as the answer; the last cycle's belong to the answer.
    `tried`, only where a viewer asked for it, has all copies or what-ifs that were thought about in
    this segment. `violations` counts the broken rules, None where that cannot be known.
    """

    number: int
    limit: int
    answer: Answer
    confidence: FloatGrid | None
    changed: BoolGrid
    broken: tuple[Position, ...]
    q_halt: float
    q_continue: float
    stops: bool
    why: str
    low_residuals: tuple[float, ...]
    high_residuals: tuple[float, ...]
    seconds: float
    attempt: int = 0
    puzzle: int = 0
    alternatives: Alternatives | None = None
    hypothesis: tuple[str, ...] | None = None
    beliefs: CycleBeliefs | None = None
    violations: int | None = None
    tried: tuple[Tried, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Closes the events of one puzzle.

    `solved` is None where that cannot be known; `reasons` are the rules that are broken.
    `candidates` holds the answer first, for ARC also the second attempt. `segments` counts those of
    the pass that gave the answer; `seconds` covers everything, copies, what-ifs and adaptation
    included. `attempts` counts the symmetric copies or what-ifs that were tried. `reproduced` says
    of ARC whether the adapted model gets every demonstration right.
    """

    candidates: tuple[Candidate, ...]
    solved: bool | None
    reasons: tuple[str, ...]
    broken: tuple[Position, ...]
    reason: Reason
    found: Found
    segments: int
    attempts: int
    seconds: float
    note: str = ""
    puzzle: int = 0
    reproduced: bool | None = None


SolveEvent: TypeAlias = Started | Adapted | Segment | Finished
