"""Sudoku, maze and ARC puzzles: parsing, rules, exact solving, generation; without torch.

The table of puzzle kinds, so that a name given by a person reaches its domain.

A domain's module is imported when it is asked for: reading Sudoku must not wait for ARC data.
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

from puzzles.base import AnyDomain

_CLASSES = {
    "sudoku": ("puzzles.sudoku.domain", "SudokuDomain"),
    "maze": ("puzzles.maze.domain", "MazeDomain"),
    "arc": ("puzzles.arc.domain", "ArcDomain"),
}
NAMES = tuple(_CLASSES)


def domain(name: str) -> AnyDomain:
    """The domain of `name`, one of `NAMES`; KeyError for any other."""
    module, attribute = _CLASSES[name]
    return cast(AnyDomain, getattr(import_module(module), attribute)())
