"""Detects a diverged training run: a loss that is not finite, or far above its best value."""

from __future__ import annotations

import math

from hrm.errors import UserError

MEMORY = 0.98
"""Decay of the loss's moving average, about 50 steps; single batches may be ten times harder."""

FIRST_STEPS = 100
"""Steps before the moving average is used; before that it is too noisy."""

LIMIT, DOUBT = 10.0, 3.0
"""Ratio of the smoothed loss to its best value that is an error, and that pauses saving, so that a
run in trouble does not overwrite its good checkpoints."""

LEAST_BEST = 0.05
"""Lower bound of the best smoothed loss; near zero, ratios mean little."""

ADVICE = (
    "No regular save was made once it was three times its best; the folder keeps those before. "
    "Begin again with smaller rates: --set learning_rate=… --set muon_lr=…, or a longer "
    "--set warmup=…"
)


class DivergedError(UserError):
    """The loss of a run is not finite, or far above its best value."""


class LossWatch:
    """Watches the loss of every step; its state is saved with the run."""

    def __init__(self, warmup: int) -> None:
        self._warmup = max(warmup, FIRST_STEPS)
        self._sum = 0.0
        self._count = 0
        self._best = math.inf

    @property
    def doubtful(self) -> bool:
        """Whether the loss has risen so far that no checkpoint should be overwritten."""
        return self._ratio() > DOUBT

    def see(self, step: int, loss: float) -> None:
        """Record the loss of a step; raises `DivergedError`."""
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
