"""The events of a solve, for the command line, `--json`, traces and the app; no torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.contract.tokens import Answer, BoolGrid, FloatGrid, Position, Tokens

SCHEMA = 1
"""Version of the JSON form; incremented when a field is removed or changes its meaning."""

SURE = 0.9
"""The probability from which on a cell's answer counts as sure: a board shows it alone then."""

Reason: TypeAlias = Literal["halted", "verified", "limit"]
"""Why a solve ended: the model chose to stop and nothing contradicts it, the rules confirmed an
answer, or the segment limit was reached."""

Found: TypeAlias = Literal["single pass", "symmetric copies", "what-ifs", "vote"]
"""Where the final answer came from: the puzzle as given, a chosen symmetric copy, the puzzle with
hypotheses as further givens, or a vote over symmetric variants (ARC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The first event of a puzzle. `text` is the puzzle in a form that `Domain.parse` reads;
    `puzzle` counts from 0 in input order."""

    domain: str
    model: str
    text: str
    name: str
    limit: int
    attempts: int
    puzzle: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A final answer and its share of the votes (1.0 if there was no vote)."""

    answer: Answer
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """Progress of test-time training on an ARC task's demonstrations.

    `reproduced` of `demonstrations` are exact under the current weights; `loss` is per cell. The
    limit is `steps` if that is given, else `budget` seconds.
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
    """State of the adaptation to an ARC task: `round` counts from 1, `afresh` means that it began
    with random weights.

    `shown` and `guesses` are the current outputs for the demonstrations and the tests; `votes` are
    the distinct answers to the first test in earlier rounds, with their shares.
    """

    round: int
    rounds: int
    afresh: bool
    shown: tuple[Answer, ...] = ()
    guesses: tuple[Answer, ...] = ()
    votes: tuple[Candidate, ...] = ()


CycleBeliefs: TypeAlias = NDArray[np.uint8]
"""Token probabilities after each high-level cycle, (cycles, height, width, tokens) in 255ths."""


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The k likeliest tokens of every cell, the answer's first: `tokens` and `probabilities` are
    (k, height, width). `Domain.spec.glyphs` maps a token to its character."""

    tokens: Tokens
    probabilities: FloatGrid


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Progress inside a segment, for slow models; passed to a callback and not part of the events.

    `cycle` of `cycles` and `step` of `steps` count from 1. After the update of the high level,
    `level` is "high" and `step` equals `steps`.
    """

    level: Literal["low", "high"]
    cycle: int
    cycles: int
    step: int
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """The state of one copy or what-if after a segment, for viewers that show all of them.

    `attempt` and `hypothesis` are as in `Segment`. `answer` is mapped back to the puzzle as given
    and breaks `violations` rules. `over`: this attempt has ended.
    """

    attempt: int
    answer: Answer
    violations: int
    over: bool = False
    hypothesis: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment of reasoning: a whole answer, and the decision to stop or continue.

    number          from 1; `limit` is the most segments of this pass
    attempt         0: the puzzle as given, 1…: a symmetric copy or a what-if
    hypothesis      the additional givens of a what-if, in words
    confidence      probability of each cell's answer; None for copies
    changed         cells that differ from the previous segment, or at first from the givens
    why             the sentence that explains the decision
    q_halt, q_continue   the logits that are compared; q_halt counts from the model's threshold
    chance          the model's estimate that the answer is right; None for copies without rules,
                    and for traces saved without it
    low_residuals   ‖Δz_L‖ / ‖z_L‖ of every low-level update
    high_residuals  ‖Δz_H‖ / ‖z_H‖ of every cycle
    violations      number of broken rules; None if that cannot be known
    unsure          number of cells that the model may fill in with a probability below `SURE`;
                    None where its confidence is not known
    alternatives    None for copies, and for traces saved without them
    beliefs, tried  None unless a viewer asked for them; `tried` has all attempts of this segment
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
    unsure: int | None = None
    chance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The last event of a puzzle.

    candidates  the answer; for ARC also the second attempt
    solved      None if that cannot be known
    reasons     the broken rules
    segments    of the pass that gave the answer
    attempts    number of symmetric copies or what-ifs that were tried
    seconds     in all, including copies, what-ifs and adaptation
    reproduced  ARC: whether the adapted model reproduces every demonstration
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
