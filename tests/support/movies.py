"""Small movies to write and read back, made up or of a real solve."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from rich.color_triplet import ColorTriplet

from hrm.engine import SolveSettings, open_solver
from hrm.events import SolveEvent
from hrm.movie.frames import Frame, Glyph, Movie, theme
from puzzles import domain

COLUMNS, LINES = 7, 4
_INKS = (ColorTriplet(86, 180, 233), ColorTriplet(255, 140, 66), ColorTriplet(0, 0, 0))

_glyphs = st.builds(
    Glyph,
    st.sampled_from("7a<&!→┃─╋┗│█▀▄▂ "),
    st.sampled_from(_INKS),
    st.none() | st.sampled_from(_INKS),
    st.booleans(),
    st.booleans(),
)
_places = st.tuples(st.integers(0, LINES - 1), st.integers(0, COLUMNS - 1))
_frames = st.builds(
    Frame, st.dictionaries(_places, _glyphs, max_size=12), st.sampled_from((0.25, 1.0, 1.5))
)
movies = st.builds(
    Movie,
    st.sampled_from(("sudoku", "a < b & c")),
    st.just(COLUMNS),
    st.just(LINES),
    st.sampled_from((theme("dark"), theme("light"))),
    st.lists(_frames, min_size=1, max_size=6).map(tuple),
)
"""Any few frames; a blank without paper behind it does not come, as frames have none."""


@cache
def real_solve(
    task: str = "sudoku", name: str = "minimal"
) -> tuple[object, tuple[SolveEvent, ...]]:
    """A bundled example and all events of the bundled model that solves it."""
    kind = domain(task)
    (puzzle, *_) = kind.find(name) or []
    solver = open_solver(kind, SolveSettings(threads=1, beliefs=True))
    return puzzle, tuple(solver([puzzle]))
