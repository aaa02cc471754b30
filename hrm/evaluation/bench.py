"""Measures the speed of a model on this machine, relative to the peak of a matrix product.

`hrm.model.flops` counts the operations. It leaves out norms, softmax and optimisers, so the
fraction of the peak includes their cost.
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
"""Least seconds of repetitions per measurement; the best one counts."""

_SIDE = {"cpu": 1536}
"""Side of the square matrices for the peak, by device type; 8192 for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchResult:
    """The measurements: `latency` of a segment and time of a training `step` in seconds, `memory`
    in bytes, and rates per second.

    `peak` (FLOP/s) is the best square matrix product in the model's type, `achieved` (FLOP/s) a
    training step; `examples` counts example-segments of training.
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
    """FLOP/s of the best square matrix product in `dtype`, with torch's current threads."""
    side = _SIDE.get(device.type, 8192)
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    return 2 * side**3 / _best(lambda: torch.mm(a, b), device)


def measure(
    config: TrainConfig, device: torch.device, rows: int, *, compiled: bool = False
) -> Iterator[str | BenchResult]:
    """Yields a description of each measurement, then the result; `rows` is the training batch.

    Raises `UserError` for settings that do not fit the puzzles or the device.
    """
    c = config.model
    found = sources(config.task, config.mix, c.puzzle_ids, config.data, c.layout, choices=c.choices)
    require_fit(config, found)
    require_float64(config, device.type)
    dtype = getattr(torch, config.dtype)
    yield "matmul peak"
    peak = matmul_peak(device, dtype)
    forget_peak(str(device))  # `memory` covers the model only
    source = max(found, key=lambda s: s.shape[0] * s.shape[1])
    cells = source.shape[0] * source.shape[1]
    trainer = Trainer(replace(config, batch_cells=rows * cells), [source], device)
    if compiled:
        trainer.model.compile_stacks()
    try:
        yield "segment at batch 1"
        latency = _latency(trainer, device)
        yield f"training at batch {rows}"
        step = _best(trainer.train_step, device, warm=2)
        states = trainer.batches[0].geometry.vectors
    finally:
        trainer.close()
    exact = config.model.halting == "q_learning" and config.q_target == "exact"
    spent = work(
        config.model, domain(config.task), source.shape, exact_q_target=exact, states=states
    )
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
    """Seconds per segment of one puzzle, as in a solve."""
    batch = trainer.batches[0]
    model, one, geometry = trainer.model, batch.part[:1], batch.geometry.take(slice(1))
    carry = model.initial_carry(one.tokens.shape, geometry)

    def segment() -> None:
        with torch.inference_mode():
            model.segment(carry, one.tokens, one.puzzle_ids, geometry)

    return _best(segment, device, warm=2)


def _best(run: Callable[[], object], device: torch.device, warm: int = 1) -> float:
    """Seconds of the fastest of at least three runs, after `warm` warm-up runs."""
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
