"""The table of games, as `puzzles.domains` is that of puzzle kinds."""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeAlias, cast

from puzzles.play import Game

AnyGame: TypeAlias = Game[Any]

_CLASSES = {
    "sudoku": ("puzzles.play_sudoku", "SudokuGame"),
    "maze": ("puzzles.play_maze", "MazeGame"),
    "arc": ("puzzles.play_arc", "ArcGame"),
}


def new_game(task: str, puzzle: Any) -> AnyGame:
    """`puzzle` of the kind `task`, one of `puzzles.domains.NAMES`, with nothing played yet."""
    module, name = _CLASSES[task]
    return cast(AnyGame, getattr(import_module(module), name)(puzzle))
