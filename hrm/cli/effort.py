"""How long and how wide a model may think: the options that `hrm solve` and `hrm eval` share."""

from __future__ import annotations

from dataclasses import dataclass

from hrm.cli import options
from hrm.errors import UserError
from hrm.policy import Policy

_USUAL = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """The options as they were given; see `Policy` for what they mean."""

    segments: options.Segments = _USUAL.segments
    attempts: options.Attempts = _USUAL.attempts
    select: options.SelectHow = _USUAL.select
    noise: options.Noise = _USUAL.noise

    def policy(self, task: str, seed: int, min_segments: int = _USUAL.min_segments) -> Policy:
        """Raises `UserError` where they contradict each other, or mean nothing for `task`."""
        if task == "arc" and (self.select != "verified" or self.noise):
            option = "--noise" if self.select == "verified" else "--select"
            raise UserError(
                f"{option} does not apply to ARC, whose answers a vote over copies always chooses",
                "Leave out --select and --noise.",
            )
        return Policy(
            segments=self.segments,
            min_segments=min_segments,
            attempts=self.attempts,
            seed=seed,
            select=self.select,
            noise=self.noise,
        )
