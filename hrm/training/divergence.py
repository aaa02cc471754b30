"""Whether a training run has diverged: its loss is not finite, or far above its best value."""

from __future__ import annotations

import math

from hrm.errors import UserError

MEMORY = 0.98
"""Of the loss's moving average, about fifty steps: single batches may be ten times harder."""

FIRST_STEPS = 100
"""Steps before the moving average counts; a shorter one is a matter of luck."""

LIMIT, DOUBT = 10.0, 3.0
"""Times its best value at which the smoothed loss is an error, and at which saves wait for it to
fall again, so that a run in trouble does not push its good checkpoints out."""

LEAST_BEST = 0.05
"""A best smoothed loss below this counts as this: near zero, ten times better is no news."""

ADVICE = (
    "No regular save was made once it was three times its best; the folder keeps those before. "
    "Begin again with smaller rates: --set learning_rate=… --set muon_lr=…, or a longer "
    "--set warmup=…"
)


class DivergedError(UserError):
    """The loss of a run is not finite, or far above its best value."""


class LossWatch:
    """Follows the loss of every step; its state of three numbers is saved with the run."""

    def __init__(self, warmup: int) -> None:
        self._warmup = max(warmup, FIRST_STEPS)
        self._sum = 0.0
        self._count = 0
        self._best = math.inf

    @property
    def doubtful(self) -> bool:
        """Whether the loss has risen so far that the weights should not replace older ones."""
        return self._ratio() > DOUBT

    def see(self, step: int, loss: float) -> None:
        """Raises `DivergedError` for the loss of this step, or the rise that it ends."""
        if not math.isfinite(loss):
            raise DivergedError(f"training diverged: the loss of step {step} is {loss}", ADVICE)
        self._sum = MEMORY * self._sum + (1 - MEMORY) * loss
        self._count += 1
        if self._count < self._warmup:
            return
        self._best = min(self._best, self._smoothed())
        if self._ratio() > LIMIT:
            raise DivergedError(
                f"training diverged: at step {step} the smoothed loss {self._smoothed():.3g} is "
                f"more than {LIMIT:g} times its best value, {self._best:.3g}",
                ADVICE,
            )

    def _smoothed(self) -> float:
        return self._sum / (1 - MEMORY**self._count)

    def _ratio(self) -> float:
        return self._smoothed() / max(self._best, LEAST_BEST) if self._count else 0.0

    def state(self) -> tuple[float, int, float]:
        return self._sum, self._count, self._best

    def load_state(self, state: tuple[float, int, float]) -> None:
        self._sum, self._count, self._best = state
