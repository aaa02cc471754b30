"""The keys of the solve screen, the ones that are most worth knowing first."""

from __future__ import annotations

from textual.binding import Binding

from hrm_tui.widgets.key_line import binding

_STEP = Binding.Group("Frame")
_PACE = Binding.Group("Pace")


def _key(
    keys: str,
    action: str,
    name: str,
    text: str,
    *,
    show: bool = False,
    group: Binding.Group | None = None,
) -> Binding:
    """`name` is the binding's id after `solve.`; the text before a colon is the label."""
    label, _, meaning = text.partition(": ")
    tooltip = meaning[:1].upper() + meaning[1:] if meaning else text
    return binding("solve", keys, action, label, tooltip, name=name, shown=show, group=group)


KEYS = (
    _key("space", "play", "play", "Think: think, pause, go on", show=True),
    _key("left", "step(-1)", "back", "Back: the frame before", show=True, group=_STEP),
    _key("right", "step(1)", "step", "Step: the next frame", show=True, group=_STEP),
    _key("shift+left", "leap(-1)", "segment_back", "Back by a segment"),
    _key("shift+right", "leap(1)", "segment_step", "On by a segment"),
    _key("home", "first", "first", "First: the puzzle"),
    _key("enter,end", "last", "last", "Last: the newest frame"),
    _key("plus,equals_sign", "speed(1)", "faster", "Faster", show=True, group=_PACE),
    _key("minus", "speed(-1)", "slower", "Slower", show=True, group=_PACE),
    _key("r", "restart", "restart", "Restart: think again from the beginning"),
    _key("t", "longer", "longer", "Longer: raise the limit and think on", show=True),
    _key(
        "c",
        "copies",
        "copies",
        "Try more: take a guess as given, or try symmetric copies where there are none",
        show=True,
    ),
    _key("s", "single", "single", "Single pass: whether copies or what-ifs are tried unasked"),
    _key("x", "exact", "exact", "Exact: the answer of an ordinary solver", show=True),
    _key("m", "model", "model", "Model: choose another one", show=True),
    _key("w", "export", "export", "Write: answer, trace or picture to a file", show=True),
    _key("i", "inside", "inside", "Inside: fold the curves and the cell in or out"),
    _key("up", "cursor(-1,0)", "up", "Cell above"),
    _key("down", "cursor(1,0)", "down", "Cell below"),
    _key("left_square_bracket", "strip(-1,0)", "strip_left", "Demonstrations: to the left"),
    _key("right_square_bracket", "strip(1,0)", "strip_right", "Demonstrations: to the right"),
    _key("left_curly_bracket", "strip(0,-1)", "strip_up", "Demonstrations: up"),
    _key("right_curly_bracket", "strip(0,1)", "strip_down", "Demonstrations: down"),
)
