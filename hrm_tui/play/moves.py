"""The keys of the play screen, and what keys and clicks mean in each game. A move returns False if
it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from textual.binding import Binding

from hrm_tui.play.session import PlaySession
from hrm_tui.widgets.key_line import binding
from puzzles.contract.tokens import Position
from puzzles.game import AnyGame

DIGITS = {"backspace": 0, "delete": 0} | {str(digit): digit for digit in range(10)}
"""What a key writes; 0 erases, in ARC it paints black."""


@dataclass(slots=True)
class InputState:
    """How a person plays: whether digit keys write pencil marks, the colour that ARC is painted
    with, whether the clock shows."""

    pencil: bool = False
    colour: int = 1
    timed: bool = True


Move: TypeAlias = Callable[[AnyGame, InputState, Position], bool]
"""A move at the cell of the cursor."""


def _automatic(game: AnyGame, hand: InputState, at: Position) -> bool:
    """Changes what shows and not the game, so it is no move."""
    game.toggle_marks()
    return False


MOVES: dict[str, Move] = {
    "undo": lambda game, hand, at: game.undo(),
    "redo": lambda game, hand, at: game.redo(),
    "start_over": lambda game, hand, at: game.start_over(),
    "automatic": _automatic,
    "fill": lambda game, hand, at: game.fill(at, hand.colour),
    "paint": lambda game, hand, at: game.paint(at, hand.colour),
    "copy_input": lambda game, hand, at: game.copy_input(),
}
"""By the name that a key has in `hrm_tui.play.moves`."""


def type_key(game: AnyGame, hand: InputState, at: Position, key: str) -> bool:
    """A key of `DIGITS`: paints, takes a step of a path back, or writes a digit or mark."""
    digit = DIGITS[key]
    if "paint" in game.keys:
        hand.colour = digit
        return game.paint(at, digit)
    if game.head is not None:
        return key == "backspace" and game.undo()
    return game.write(at, digit, pencil=hand.pencil)


def click(game: AnyGame, hand: InputState, at: Position, *, selected: bool) -> bool:
    """`selected` is true for the click that brought the cursor here; where there are colours, a
    click where the cursor is paints."""
    if "paint" in game.keys:
        return not selected and game.paint(at, hand.colour)
    return game.click(at)


_ALL = ""
"""A key of every game."""

_WON = "won"
"""A key of every game that was won, once its level is known."""


def _key(key: str, name: str, text: str, tooltip: str, *, shown: bool = True) -> Binding:
    action = f"play('{name}')" if name in MOVES else name
    return binding("play", key, action, text, tooltip, name=name, shown=shown)


KEYS: tuple[tuple[Binding, str], ...] = (
    (_key("question_mark", "hint", "Hint", "Where to look and why; again gives the answer"), _ALL),
    (_key("c", "check", "Check", "Compare with the rules and the answer"), _ALL),
    (_key("z,ctrl+z", "undo", "Undo", "Take the last move back"), _ALL),
    (_key("m", "pencil", "Marks", "Digit keys write pencil marks, or digits again"), "pencil"),
    (
        _key("M", "automatic", "All marks", "Show every digit that still fits", shown=False),
        "automatic",
    ),
    (_key("f", "fill", "Fill", "Flood from the cursor with the colour in hand"), "fill"),
    (_key("i", "copy_input", "Copy input", "Start from the test input"), "copy_input"),
    (_key("s", "size", "Size", "Change height and width of the output"), "size"),
    (_key("enter", "paint", "Paint", "Paint with the colour in hand", shown=False), "paint"),
    *(
        (
            binding(
                "play",
                key,
                f"look({rows}, {columns})",
                text,
                "Scroll the demonstrations",
                name=f"look_{text.split()[-1]}",
                shown=False,
            ),
            "look",
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
    (_key("v", "solver", "Watch", "Watch the model solve this puzzle"), _ALL),
    (_key("y,ctrl+y", "redo", "Redo", "Make the move again that was taken back"), _ALL),
    (_key("R", "race", "Race", "The model thinks beside you; again stops it"), _ALL),
    (_key("space", "pause", "Pause", "Stop the clock and hide the board", shown=False), _ALL),
    (_key("t", "timer", "Timer", "Show or hide the clock", shown=False), _ALL),
    (_key("x", "start_over", "Start over", "Back to the start; undo works", shown=False), _ALL),
    (
        _key("L", "latest", "Last game", "The other unfinished game you played last", shown=False),
        _ALL,
    ),
    (_key("enter", "another", "Another", "Play another puzzle of this level"), _WON),
    (_key("plus", "harder", "Harder", "Play a puzzle of the next level"), _WON),
)

_NEEDED = {binding.action.partition("(")[0]: needed for binding, needed in KEYS} | {
    binding.id.removeprefix("play."): needed for binding, needed in KEYS if binding.id
}
"""Actions and names of keys to the one of `Game.keys` that they need, `_ALL` or `_WON`."""

_IN_A_PAUSE = ("pause", "solver", "latest")


def offered(action: str, session: PlaySession | None) -> bool | None:
    """Whether an action, or a key by its name, is there, as `Screen.check_action` returns it. Keys
    that mean nothing for this kind of puzzle are not there; in a pause most rest."""
    if action not in _NEEDED:
        return True
    if session is None:
        return False
    there = {_ALL, *session.game.keys}
    if session.won and session.level:
        there.add(_WON)
    if _NEEDED[action] not in there or (session.won and action == "paint"):
        return False
    return None if session.paused and action not in _IN_A_PAUSE else True
