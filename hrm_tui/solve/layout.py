"""Which parts of the solve screen are there, and how large, on terminals of different sizes.

`hrm_tui.solve.view` lays the parts out where there is room for all. With few lines the timeline and
what is inside take turns; with few columns all but the sentence is folded away, until a person
unfolds it.
"""

from __future__ import annotations

HEIGHTS = [(0, "-short"), (30, "-tall"), (48, "-high")]
"""Lines from which on the screen has a class."""

LOW = {"-low": 18, "-lower": 17, "-lowest": 16}
"""Lines below which a narrow screen has these classes: a Sudoku's board needs 13, and one for its
name."""

FOLDING = """
SolveScreen.-short #inside { display: none; }
SolveScreen.-short .unfolded #inside { display: block; }
SolveScreen.-short .unfolded #time { display: none; }
SolveScreen.-narrow #halves { layout: vertical; }
SolveScreen.-narrow #right { width: 1fr; height: 2; }
SolveScreen.-narrow #why { border: none; min-height: 2; height: 2; }
SolveScreen.-narrow #tug { margin: 0; }
SolveScreen.-narrow .ended #tug { display: none; }
SolveScreen.-narrow .learning #loss { display: none; }
SolveScreen.-narrow .learning #why ThinkingPanel { height: 2; }
SolveScreen.-narrow.-high .learning #why ThinkingPanel { height: 9; }
SolveScreen.-narrow #time, SolveScreen.-narrow #inside { display: none; }
SolveScreen.-narrow #history, SolveScreen.-narrow #tried-panel { display: none; }
SolveScreen.-narrow .unfolded #right { height: 8; }
SolveScreen.-narrow.-short .unfolded #inside {
    height: 6; border: none; border-top: solid $border-blurred;
}
SolveScreen.-narrow .unfolded #inside { display: block; }
SolveScreen.-narrow.-tall .unfolded #right { height: 18; }
SolveScreen.-narrow.-tall .unfolded #time { display: block; }
SolveScreen.-narrow.-low #legend { display: none; }
SolveScreen.-narrow.-lower KeyLine { display: none; }
SolveScreen.-narrow.-lowest #right { display: none; }
SolveScreen.-narrow.-lowest .unfolded #right { display: block; }
SolveScreen.-narrow.-high #right { height: 20; }
SolveScreen.-narrow.-high #why { height: 13; }
SolveScreen.-narrow.-high #history { display: block; }
SolveScreen.-narrow.-high #time { display: block; }
SolveScreen.-narrow.-high .tried #right { height: 24; }
SolveScreen.-narrow.-high .tried #time { display: none; }
SolveScreen.-narrow.-high .tried #tried-panel { display: block; }
SolveScreen.-tall .unfolded #inside, SolveScreen.-high .unfolded #inside { display: none; }
SolveScreen .tight #inside { display: none; }
SolveScreen .tight.unfolded #inside { display: block; }
SolveScreen .tight.unfolded #time { display: none; }
SolveScreen.-high #inside { height: 14; }
SolveScreen.-high.-normal #time, SolveScreen.-high.-wide #time { height: 13; }
SolveScreen.-high.-wide .tried #time { display: block; }
"""
"""The screen's style rules. They are not the view's, whose own could not ask for the screen's
classes."""
