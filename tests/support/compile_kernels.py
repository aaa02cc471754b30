"""Compiles what numba compiles, before the tests: each of their processes would do it anew.

`make test` runs it while mypy has the other core. A kernel that is missing here costs time, nothing
else; what is compiled is kept in the `__pycache__` folders beside the sources.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import tiny
import torch

from hrm.data.sources import sources
from hrm.training.presets import preset
from puzzles import domain

SUDOKUS = ("minimal", "extreme", "4", "jigsaw", "x")


def compile_generators() -> None:
    for kind in SUDOKUS:
        for source in sources("sudoku", {kind: 1.0}):
            source.make(np.random.default_rng(1), 2)
    for source in sources("maze", {"15": 1.0}):
        source.make(np.random.default_rng(1), 2)
    for task, level in (("sudoku", "extreme"), ("sudoku", "minimal"), ("maze", "hard")):
        domain(task).generate(np.random.default_rng(1), level)


def compile_layers() -> None:
    config = replace(tiny.SUDOKU, heads=2, relation_heads=3, relation_mix="mean", symbols=9)
    model = tiny.build(config).requires_grad_(True)
    board = torch.ones((1, 81), dtype=torch.int64)
    geometry = model.geometry((9, 9), domain("sudoku").relations(np.zeros((1, 9, 9))))
    carry = model.initial_carry(board.shape, geometry)
    for recorded in (False, True):
        with torch.set_grad_enabled(recorded):
            out = model.segment(carry, board, geometry=geometry)
    out.logits.square().sum().backward()


def compile_choices() -> None:
    arc = domain("arc")
    model = tiny.build(preset("mini", "arc", puzzle_ids=1).model).requires_grad_(True)
    grids = torch.full((2, 9), 2)
    geometry = model.geometry((3, 3), arc.relations(np.full((2, 3, 3), 2, np.uint8)))
    carry, ids = model.initial_carry(grids.shape, geometry), torch.zeros(2, dtype=torch.int64)
    model.segment(carry, grids, ids, geometry).logits.square().sum().backward()


def compile_ways() -> None:
    maze = domain("maze")
    model = tiny.build(preset("mini", "maze").model).requires_grad_(True)
    grids = torch.full((1, 9), 2)
    geometry = model.geometry((3, 3), maze.relations(np.full((1, 3, 3), 2, np.uint8)))
    carry = model.initial_carry(grids.shape, geometry)
    model.segment(carry, grids, None, geometry).logits.square().sum().backward()


if __name__ == "__main__":
    compile_layers()
    compile_choices()
    compile_ways()
    compile_generators()
