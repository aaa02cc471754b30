"""How long a model thinks, when it stops, and what is tried after a failed pass."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from hrm.errors import UserError
from hrm.events import Reason
from puzzles.contract.protocol import AnyDomain, Verdict

Select: TypeAlias = Literal["verified", "first-to-halt", "vote", "q"]
"""How an answer is chosen among symmetric copies: the first that satisfies the rules; or, without
the rules, the first that halts, the most frequent one, or the one with the highest q_halt."""

Method: TypeAlias = Literal["symmetric copies", "what-ifs"]
"""What is tried after a failed pass."""

ATTEMPTS: Mapping[Method, int] = {"symmetric copies": 8, "what-ifs": 1024}
"""Default number of attempts."""

COPY_PATIENCE = 4
"""Copies may run this many times the segments of a pass. On 500 Sudokus with 17 clues and the 11
hardest ones, passes and copies of 16 segments solve 1.2 % and one puzzle less than with 64
(sudoku-mini `af81cf8d`)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How long a model thinks and what is tried if its answer is wrong.

    segments      most segments in a pass
    min_segments  fewest segments before the model may stop
    attempts      symmetric copies or what-ifs after a failed pass; 0: none, None: the method's
                  default
    seed          random seed of the copies and the noise
    select        how an answer is chosen among copies; copies always run unless it is `verified`
    noise         standard deviation of the noise added to a copy's state before each segment
    budget        most seconds for what-ifs, or for learning an ARC task

    >>> policy = Policy(segments=32, attempts=0)
    >>> decide(True, 1, policy, Verdict(solved=True))
    Decision(stops=True, reason='halted')
    """

    segments: int = 16
    min_segments: int = 1
    attempts: int | None = None
    seed: int = 0
    select: Select = "verified"
    noise: float = 0.0
    budget: float = 60.0

    @property
    def copies(self) -> int:
        """Number of symmetric copies to try."""
        return self.tries("symmetric copies")

    def tries(self, method: Method) -> int:
        """Number of attempts with `method`."""
        return ATTEMPTS[method] if self.attempts is None else self.attempts

    @property
    def copy_segments(self) -> int:
        """Most segments of copies that the rules check; they end early if one is right."""
        return COPY_PATIENCE * self.segments

    def __post_init__(self) -> None:
        if self.segments < 1:
            raise UserError(f"--segments must be at least 1, not {self.segments}")
        if not 1 <= self.min_segments <= self.segments:
            raise UserError(
                f"--min-segments must be between 1 and --segments {self.segments}, "
                f"not {self.min_segments}",
                "Raise --segments, or lower --min-segments.",
            )
        if self.select not in get_args(Select):
            raise UserError(f"--select must be one of {', '.join(get_args(Select))}")
        if self.noise and self.select == "verified":
            raise UserError("--noise has no effect with --select verified", "Add --select q.")
        for name in ("attempts", "seed", "noise", "budget"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise UserError(f"--{name} must not be negative, not {value}")


def method_of(domain: AnyDomain) -> Method:
    """What-ifs where the domain names hypotheses: they solve more, with every kind of model, and a
    model whose symbols are interchangeable gives a symmetric copy the same answer."""
    return "what-ifs" if domain.what_ifs else "symmetric copies"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to stop after a segment, and the `Finished.reason`."""

    stops: bool
    reason: Reason


def decide(halts: bool, number: int, policy: Policy, verdict: Verdict) -> Decision:
    """Stop if the model `halts` and no rule is broken, or if all rules hold."""
    if number >= policy.min_segments:
        if halts and verdict.solved is not False:
            return Decision(True, "halted")
        if verdict.solved:
            return Decision(True, "verified")
    return Decision(number >= policy.segments, "limit")


def sigmoid(logit: float) -> float:
    """Probability of a logit, without overflow."""
    return 0.5 * (1 + math.tanh(logit / 2))
