"""The keys of the play screen, each with the puzzles it means something for."""

from __future__ import annotations

from textual.binding import Binding

from hrm_tui.play_moves import DIGITS, MOVES
from puzzles.domains import NAMES

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
