"""How fast this machine is with a model, beside how fast it could be: the peak of a matrix product.

Operations are counted by `hrm.model.flops`, which leaves out norms, softmax and optimisers: the
fraction of the peak says what all of them cost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch

from hrm.data.sources import sources
from hrm.devices import forget_peak, peak_memory
from hrm.model.flops import work
from hrm.training.config import TrainConfig, require_fit, require_float64
from hrm.training.trainer import Trainer
from puzzles import domain

SHORTEST = 1.0
"""Seconds that a measurement is repeated for, at least; the best repetition counts."""

_SIDE = {"cpu": 1536}
"""Side of the square matrices that find the peak; 8192 where it is not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchResult:
    """What was measured. Rates are per second, `latency` and `step` seconds, `memory` bytes.

    `peak` is the best rate of a square matrix product in the model's own type, FLOP/s; `achieved`
    the rate of a training step by operation count; `examples` example-segments of training.
    """

    device: str
    dtype: str
    threads: int
    parameters: int
    rows: int
    cells: int
    peak: float
    latency: float
    step: float
    examples: float
    achieved: float
    fraction: float
    memory: int


def matmul_peak(device: torch.device, dtype: torch.dtype) -> float:
    """FLOP/s of the best square product, in `dtype`, on the threads torch has now."""
    side = _SIDE.get(device.type, 8192)
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    return 2 * side**3 / _best(lambda: torch.mm(a, b), device)


def measure(
    config: TrainConfig, device: torch.device, rows: int, *, compiled: bool = False
) -> Iterator[str | BenchResult]:
    """Yields what is being measured, then the figures. `rows` is the batch of a training step.

    Raises `UserError` for settings that fit neither the puzzles nor the device.
    """
    c = config.model
    found = sources(config.task, config.mix, c.puzzle_ids, config.data, c.layout)
    require_fit(config, found)
    require_float64(config, device.type)
    dtype = getattr(torch, config.dtype)
    yield "matmul peak"
    peak = matmul_peak(device, dtype)
    forget_peak(str(device))  # `memory` is the model's
    source = max(found, key=lambda s: s.shape[0] * s.shape[1])
    cells = source.shape[0] * source.shape[1]
    trainer = Trainer(replace(config, batch_cells=rows * cells), [source], device)
    if compiled:
        trainer.model.low.compile()
        trainer.model.high.compile()
    try:
        yield "segment at batch 1"
        latency = _latency(trainer, device)
        yield f"training at batch {rows}"
        step = _best(trainer.train_step, device, warm=2)
    finally:
        trainer.close()
    exact = config.model.halting == "q_learning" and config.q_target == "exact"
    spent = work(config.model, domain(config.task), source.shape, exact_q_target=exact)
    achieved = spent.step * rows / step
    yield BenchResult(
        device=_name(device),
        dtype=config.dtype,
        threads=torch.get_num_threads(),
        parameters=sum(p.numel() for p in trainer.model.parameters()),
        rows=rows,
        cells=cells,
        peak=peak,
        latency=latency,
        step=step,
        examples=rows / step,
        achieved=achieved,
        fraction=achieved / peak,
        memory=peak_memory(str(device)),
    )


def _latency(trainer: Trainer, device: torch.device) -> float:
    """Seconds a segment of one puzzle, as a solve would run it, weights aside."""
    lane = trainer.lanes[0]
    model, one, geometry = trainer.model, lane.part[:1], lane.geometry.take(slice(1))
    carry = model.initial_carry(one.tokens.shape)

    def segment() -> None:
        with torch.inference_mode():
            model.segment(carry, one.tokens, one.puzzle_ids, geometry)

    return _best(segment, device, warm=2)


def _best(run: Callable[[], object], device: torch.device, warm: int = 1) -> float:
    """Seconds of the fastest of at least three runs, after `warm` that do not count."""
    for _ in range(warm):
        run()
    best, began, count = float("inf"), time.perf_counter(), 0
    while count < 3 or time.perf_counter() - began < SHORTEST:
        _wait(device)
        start = time.perf_counter()
        run()
        _wait(device)
        best = min(best, time.perf_counter() - start)
        count += 1
    return best


def _wait(device: torch.device) -> None:
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def _name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
