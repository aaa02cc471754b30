"""The smallest model, data and stand-in for a model that still go through all of the engine."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from hrm.data.rows import Rows
from hrm.model.config import HRMConfig
from hrm.model.geometry import Geometry
from hrm.model.hrm import HRM, Carry, Observer, SegmentOutput
from hrm.training.config import TrainConfig
from puzzles import domain
from puzzles.arc.puzzle import Grid, as_grid, grid_tokens
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.relations import Relations
from puzzles.contract.tokens import Tokens
from puzzles.maze.puzzle import Maze, rows_of
from puzzles.sudoku.puzzle import Sudoku

SUDOKU = HRMConfig(
    vocabulary=11,
    hidden=16,
    heads=4,
    intermediate=24,
    high_layers=1,
    low_layers=1,
    high_cycles=1,
    low_cycles=1,
    positions="none",
    relation_heads=3,
    halting="halt_only",
    halt_reads="mean",
)
MAZE = replace(SUDOKU, vocabulary=6, relation_heads=4)
ARC = replace(SUDOKU, vocabulary=12, hidden=36, heads=18, relation_heads=16, cell_features=9)
CHOICES = replace(ARC, hidden=16, heads=4, relation_mix="mean", symbols=10, choices=True)
DRILL = replace(SUDOKU, vocabulary=5, relation_heads=0)


def build(config: HRMConfig, seed: int = 1) -> HRM:
    """A random model, ready for inference; its halting head is random too, not flat as at the
    start of a training."""
    generator = torch.Generator().manual_seed(seed)
    model = HRM(config, generator).eval().requires_grad_(False)
    model.q_head.weight.normal_(generator=generator)
    model.q_head.bias.zero_()
    return model


@dataclass(frozen=True)
class Drill:
    """Rows whose answer is the row itself; the first cell is never scored. Made in no time."""

    shape: tuple[int, int] = (2, 3)
    share: float = 1.0
    task: str = "sudoku"
    made: list[int] = field(default_factory=list)

    def make(self, rng: np.random.Generator, count: int) -> Rows:
        self.made.append(count)
        tokens = rng.integers(1, 5, (count, self.shape[0] * self.shape[1]), dtype=np.uint8)
        targets = tokens.copy()
        targets[:, 0] = 0
        return Rows(tokens, targets)


@dataclass(frozen=True)
class Grids(Drill):
    """Random ARC grids of any size that fits, to be repeated: each has relations of its own."""

    shape: tuple[int, int] = (4, 5)
    task: str = "arc"

    def make(self, rng: np.random.Generator, count: int) -> Rows:
        tokens = np.stack(
            [grid_tokens(random_grid(rng, self.shape), self.shape).ravel() for _ in range(count)]
        )
        return Rows(tokens, tokens.copy())


def random_grid(rng: np.random.Generator, largest: tuple[int, int]) -> Grid:
    """Of two colours and much background, so that it has objects."""
    size = rng.integers(1, largest, endpoint=True)
    return as_grid(rng.choice(np.array((0, 0, 0, 3, 3, 7), np.uint8), size))


def drill_config(**settings: Any) -> TrainConfig:
    """A run on `Drill`: eight rows of six cells."""
    return TrainConfig(
        **{
            "task": "sudoku",
            "model": DRILL,
            "steps": 12,
            "batch_cells": 48,
            "max_segments": 3,
            "warmup": 2,
            **settings,
        }
    )


@dataclass
class Oracle:
    """In the place of an `HRM`: its logits spell the exact answer of whatever board it is shown.

    Before segment `right_from`, and on boards that it is `blind` to or that have no answer, it
    repeats the question. It wishes to stop from segment `halts_from` on. The carry counts the
    segments of each row.
    """

    task: str
    right_from: int = 1
    halts_from: int = 1
    blind: Callable[[Tokens], bool] = lambda board: False
    batches: list[int] = field(default_factory=list)

    @property
    def config(self) -> HRMConfig:
        return SUDOKU if self.task == "sudoku" else MAZE

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def geometry(self, shape: tuple[int, int], relations: Relations | None = None) -> Geometry:
        return Geometry(cos=torch.tensor(shape))

    def initial_carry(self, shape: torch.Size, geometry: Geometry | None = None) -> Carry:
        return Carry(torch.zeros(shape[0], 1, 2), torch.zeros(shape[0], 1, 2))

    def segment(
        self,
        carry: Carry,
        tokens: Tensor,
        puzzle_ids: Tensor | None,
        geometry: Geometry,
        observer: Observer | None = None,
    ) -> SegmentOutput:
        assert geometry.cos is not None
        self.batches.append(len(tokens))
        count = carry.high[:, 0, 0] + 1
        boards = tokens.numpy().astype(np.uint8).reshape(-1, *geometry.cos.tolist())
        said = [
            self._answer(board) if number >= self.right_from and not self.blind(board) else board
            for board, number in zip(boards, count.tolist(), strict=True)
        ]
        chosen = torch.from_numpy(np.stack(said).astype(np.int64)).flatten(1)
        logits = 20.0 * torch.nn.functional.one_hot(chosen, self.config.vocabulary).float()
        q_halt = torch.where(count >= self.halts_from, 3.0, -3.0)
        if observer is not None:
            observer("low", carry.low + 1, carry.low + 2)
            observer("high", carry.high + 1, carry.high + 1.5)
        out = SegmentOutput(Carry(carry.high + 1, carry.low), logits, q_halt, -q_halt)
        return self.changed(out, tokens, count)

    def changed(self, out: SegmentOutput, tokens: Tensor, count: Tensor) -> SegmentOutput:
        """What a model that behaves otherwise makes of this; `count` (B,) are the segments."""
        return out

    def _answer(self, board: Tokens) -> Tokens:
        puzzle = read_board(self.task, board)
        if not domain(self.task).solve(puzzle):
            return board
        target = domain(self.task).target(puzzle, "native")
        assert target is not None
        return target

    def model(self) -> HRM:
        """Itself, for signatures that ask for an `HRM`; it has what `Thinking` uses."""
        return cast(HRM, self)


def with_copies(task: str) -> AnyDomain:
    """The domain, as one where symmetric copies are tried after a wrong answer."""
    kind = copy(domain(task))
    kind.what_ifs = 0
    return kind


def read_board(task: str, board: Tokens) -> Sudoku | Maze:
    """The puzzle whose encoding is `board`, with its answer."""
    if task == "maze":
        return Maze(rows=rows_of(board))
    givens = tuple((board.ravel() - 1).tolist())
    answers = domain("sudoku").solve(Sudoku(givens))
    return Sudoku(givens, tuple(answers[0].ravel().tolist()) if answers else None)
