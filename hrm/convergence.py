"""Hierarchical convergence as series to draw: the low level settles within a cycle and is stirred
up by the next one, the high level settles over all of them (arXiv 2506.21734, figure 3).

The solve screen draws one puzzle while it is thought about, `hrm analyze` the mean over many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hrm.plot import Axis, Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """‖Δz‖ / ‖z‖ of each update against the cycles that had passed after it: `low` has several
    points in a cycle, `high` one at the end. `sizes` spans both, so that they can be compared."""

    low: Points
    high: Points
    cycles: Axis
    sizes: Axis

    @classmethod
    def of(cls, low: Sequence[float], high: Sequence[float], most: int = 0) -> Convergence:
        """From the relative steps of all updates in their order.

        `most`, from 2, is the number of low-level steps that there is room for (0: no bound): older
        ones are left out, and the axis of cycles always has that length, so that nothing moves
        until it is full.
        """
        steps = len(low) / len(high) if low and high else 1.0
        count = len(low) or len(high)
        newest = max(count, most)
        oldest = newest - most + 1 if most else 0
        cycles = Axis(oldest / steps, newest / steps, name="cycles")
        drawn = [
            [(x, size) for x, size in points if cycles.low <= x <= cycles.high]
            for points in (_points(low, steps), _points(high, 1.0))
        ]
        sizes = [size for points in drawn for _, size in points]
        return cls(
            low=drawn[0],
            high=drawn[1],
            cycles=cycles,
            sizes=Axis.over(sizes, logarithmic=True, name="‖Δz‖ / ‖z‖"),
        )


def _points(sizes: Sequence[float], steps: float) -> Points:
    return [(number / steps, size) for number, size in enumerate(sizes, start=1)]
