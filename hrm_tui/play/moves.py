"""What keys and clicks mean in each game. A move returns False where it changes nothing.

The keys of the play screen, each with the puzzles it means something for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from textual.binding import Binding

from puzzles import NAMES
from puzzles.arc.game import ArcGame
from puzzles.base import Position
from puzzles.game import AnyGame
from puzzles.maze.game import MazeGame
from puzzles.sudoku.game import SudokuGame

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
"""By the name that a key has in `hrm_tui.play.moves`."""


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


_ALL = frozenset(NAMES)
_SUDOKU, _ARC = frozenset({"sudoku"}), frozenset({"arc"})


def _key(key: str, name: str, text: str, tooltip: str, *, shown: bool = True) -> Binding:
    action = f"play('{name}')" if name in MOVES else name
    return Binding(key, action, text, tooltip=tooltip, show=shown, id=f"play.{name}")


KEYS: tuple[tuple[Binding, frozenset[str]], ...] = (
    (_key("question_mark", "hint", "Hint", "Where to look and why; again gives the answer"), _ALL),
    (_key("c", "check", "Check", "Compare with the rules and the answer"), _ALL),
    (_key("z,ctrl+z", "undo", "Undo", "Take the last move back"), _ALL),
    (_key("y,ctrl+y", "redo", "Redo", "Make the move again that was taken back"), _ALL),
    (_key("m", "pencil", "Marks", "Digit keys write pencil marks, or digits again"), _SUDOKU),
    (
        _key("M", "automatic", "All marks", "Show every digit that still fits", shown=False),
        _SUDOKU,
    ),
    (_key("f", "fill", "Fill", "Flood from the cursor with the colour in hand"), _ARC),
    (_key("i", "copy_input", "Copy input", "Start from the test input"), _ARC),
    (_key("s", "size", "Size", "Change height and width of the output"), _ARC),
    (_key("enter", "paint", "Paint", "Paint with the colour in hand", shown=False), _ARC),
    *(
        (
            Binding(
                key,
                f"look({rows}, {columns})",
                text,
                tooltip="Scroll the demonstrations",
                show=False,
                id=f"play.look_{text.split()[-1]}",
            ),
            _ARC,
        )
        for key, rows, columns, text in (
            ("pageup", -8, 0, "Task up"),
            ("pagedown", 8, 0, "Task down"),
            ("less_than_sign", 0, -16, "Task left"),
            ("greater_than_sign", 0, 16, "Task right"),
        )
    ),
    # without a description, and so not in the help: one line says it for all of them
    *((Binding(key, f"type('{key}')", "", show=False), _ALL) for key in DIGITS),
    (_key("w", "where", "Where next", "Show where the model would go on"), _ALL),
    (_key("R", "race", "Race", "The model thinks beside you; again stops it"), _ALL),
    (_key("space", "pause", "Pause", "Stop the clock and hide the board", shown=False), _ALL),
    (_key("t", "timer", "Timer", "Show or hide the clock", shown=False), _ALL),
    (_key("x", "start_over", "Start over", "Back to the start; undo works", shown=False), _ALL),
    (
        _key("L", "latest", "Last game", "The other unfinished game you played last", shown=False),
        _ALL,
    ),
    (_key("v", "solver", "Solver", "Let the model solve this puzzle"), _ALL),
)

TASKS_OF = {binding.action.partition("(")[0]: tasks for binding, tasks in KEYS} | {
    binding.id.removeprefix("play."): tasks for binding, tasks in KEYS if binding.id
}
"""Actions and names of keys to the kinds of puzzle that have them."""
