"""N queens as a kind of puzzle for `hrm`; puzzles/README.md walks through it."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from puzzles import base
from puzzles.text.text_grid import DIHEDRAL


@dataclass(frozen=True, slots=True)
class Board:
    rows: tuple[tuple[int, ...], ...]  # 1 where a queen is given, else 0
    name: str = ""

    @property
    def grid(self) -> base.Answer:
        return np.array(self.rows, np.uint8)


class Queens(base.DomainDefaults):
    name = "queens"
    spec = base.TokenSpec(glyphs=("?", ".", "Q"), official=(10, 10))  # tokens 0 (padding), 1, 2
    palette = (".", "Q")  # what 0 and 1 in an answer look like
    levels = ("10x10", "8x8", "easy")
    exact = True
    unique = False  # every placement without an attack is right
    settings = {"mix": {"10x10": 9, "8x8": 3, "easy": 8}, "max_segments": 4, "batch_cells": 3200}

    def parse(self, text: str, rules: str = "") -> list[Board]:
        boards: list[list[tuple[int, ...]]] = [[]]
        for number, line in enumerate(text.splitlines(), start=1):
            row = line.replace(" ", "")
            if set(row) - set(".Q"):
                raise base.PuzzleError("a board has dots and Qs", line=number)
            boards[-1].append(tuple(map(".Q".index, row))) if row else boards.append([])
        found = [Board(tuple(rows)) for rows in boards if rows]
        if any(len(b.rows) > 10 or set(map(len, b.rows)) != {len(b.rows)} for b in found):
            raise base.PuzzleError("a board is a square of at most 10 rows")
        return found

    def encode(self, puzzle: Board, layout: base.Layout) -> base.Tokens:
        return puzzle.grid + np.uint8(1)

    def target(self, puzzle: Board, layout: base.Layout) -> base.Tokens | None:
        return next((answer + np.uint8(1) for answer in self.solve(puzzle)), None)

    def decode(self, tokens: base.Tokens, puzzle: Board, layout: base.Layout) -> base.Answer:
        return np.equal(tokens, 2).astype(np.uint8)

    def check(self, puzzle: Board, answer: base.Answer) -> base.Verdict:
        missing, queens = puzzle.grid > answer, answer == 1
        on_line = [np.bincount(line[queens], minlength=99)[line] for line in lines(len(answer))]
        attacked = queens & (np.max(on_line, axis=0) > 1)
        broken = tuple((r, c) for r, c in np.argwhere(missing | attacked).tolist())
        reasons = ["queens attack one another, or given ones are missing"] * bool(broken)
        reasons += ["a row has no queen"] * int(not queens.any(axis=1).all())
        return base.Verdict(not reasons, broken, tuple(reasons))

    def solve(self, puzzle: Board) -> list[base.Answer]:
        return list(completions(puzzle.grid)[:2])

    def generate(self, rng: np.random.Generator, level: str, rules: str = "") -> Board:
        if level not in self.levels:
            raise base.PuzzleError(f"queens has no level {level[:20]!a}")
        grid = rng.choice(placements(8 if level == "8x8" else 10))
        for row in rng.permutation(len(grid))[: 5 if level == "easy" else None]:
            fewer = np.where(np.arange(len(grid)) == row, 0, grid.T).T  # leave out a queen
            grid = fewer if len(completions(fewer)) == 1 else grid
        return Board(tuple(map(tuple, grid.tolist())), level)

    def augment(self, puzzle: Board, rng: np.random.Generator) -> tuple[Board, base.Undo]:
        turn = DIHEDRAL[rng.integers(8)]
        copy = tuple(map(tuple, turn.apply(puzzle.grid).tolist()))
        return Board(copy, puzzle.name), turn.inverse().apply

    def relations(self, canvases: base.Tokens, rules: object = None) -> base.Relations:
        return base.groups_of(lines(canvases.shape[-1]))  # who attacks whom


def lines(size: int) -> list[base.Numbers]:
    """Numbers of the row, the column and the two diagonals that each cell is on."""
    row, column = np.indices((size, size))
    return [row, column, row - column + size, row + column]


@cache
def placements(size: int) -> base.Answer:
    found: list[tuple[int, ...]] = [()]
    for row in range(size):
        away = [{(q, q - row + r, q + row - r) for r, q in enumerate(queens)} for queens in found]
        free = [set(range(size)).difference(*lost) for lost in away]
        found = [(*q, c) for q, columns in zip(found, free, strict=True) for c in sorted(columns)]
    return np.take(np.eye(size, dtype=np.uint8), np.array(found, int).reshape(-1, size), axis=0)


def completions(grid: base.Answer) -> base.Answer:
    every = placements(len(grid))
    return every[(every >= grid).all(axis=(1, 2))]
