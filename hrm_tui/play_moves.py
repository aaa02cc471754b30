"""What keys and clicks mean in each game. A move returns False where it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from puzzles.base import Position
from puzzles.games import AnyGame
from puzzles.play_arc import ArcGame
from puzzles.play_maze import MazeGame
from puzzles.play_sudoku import SudokuGame

DIGITS = {"backspace": 0, "delete": 0} | {str(digit): digit for digit in range(10)}
"""What a key writes; 0 erases, in ARC it paints black."""


@dataclass(slots=True)
class Hand:
    """How a person plays at the moment: digit keys write pencil marks, the colour that ARC is
    painted with, whether the clock shows, whether play is paused."""

    pencil: bool = False
    colour: int = 1
    timed: bool = True
    paused: bool = False


Move: TypeAlias = Callable[[AnyGame, Hand, Position], bool]
"""A move at the cell of the cursor."""


def _fill(game: AnyGame, hand: Hand, at: Position) -> bool:
    return isinstance(game, ArcGame) and game.fill(at, hand.colour)


def _paint(game: AnyGame, hand: Hand, at: Position) -> bool:
    return isinstance(game, ArcGame) and game.paint(at, hand.colour)


def _copy_input(game: AnyGame, hand: Hand, at: Position) -> bool:
    return isinstance(game, ArcGame) and game.copy_input()


def _automatic(game: AnyGame, hand: Hand, at: Position) -> bool:
    """Changes what shows and not the game, so it is no move."""
    if isinstance(game, SudokuGame):
        game.automatic = not game.automatic
    return False


MOVES: dict[str, Move] = {
    "undo": lambda game, hand, at: game.undo(),
    "redo": lambda game, hand, at: game.redo(),
    "start_over": lambda game, hand, at: game.start_over(),
    "automatic": _automatic,
    "fill": _fill,
    "paint": _paint,
    "copy_input": _copy_input,
}
"""By the name that a key has in `hrm_tui.play_keys`."""


def type_key(game: AnyGame, hand: Hand, at: Position, key: str) -> bool:
    """One of `DIGITS`."""
    digit = DIGITS[key]
    if isinstance(game, SudokuGame):
        return game.mark(at, digit) if hand.pencil and digit else game.put(at, digit)
    if isinstance(game, ArcGame):
        hand.colour = digit
        return game.paint(at, digit)
    return key == "backspace" and game.undo()


def click(game: AnyGame, hand: Hand, at: Position, *, selected: bool) -> bool:
    """`selected` is true for the click that brought the cursor here. In a maze the path goes there;
    in ARC a click where the cursor is paints."""
    if isinstance(game, MazeGame):
        return game.reach(at)
    return isinstance(game, ArcGame) and not selected and game.paint(at, hand.colour)
