"""Colours of the app in every theme that can be chosen."""

from __future__ import annotations

import pytest
from stage import make_app
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from hrm_tui.themes import THEMES, with_visible_lines

NAMES = sorted({*BUILTIN_THEMES, *(theme.name for theme in THEMES)})


@pytest.mark.parametrize("name", NAMES)
def test_frames_and_walls_are_seen_in_every_theme(name: str) -> None:
    app = make_app()
    app.theme = name
    drawn = app.get_css_variables()
    if name.startswith("ansi"):
        assert drawn["border-blurred"] == "ansi_bright_black"
        return
    if name == "hrm-mono":
        assert {drawn["border-blurred"], drawn["scrollbar"]} == {"ansi_default"}
        return
    back = Color.parse(drawn["background"]).brightness
    for line in ("border-blurred", "scrollbar"):
        assert abs(Color.parse(drawn[line]).brightness - back) >= 0.19, line
    assert drawn["scrollbar-background"] == drawn["background"]


def test_a_line_that_is_seen_stays_as_it_is() -> None:
    for theme in THEMES[:3]:
        assert (
            with_visible_lines({**theme.to_color_system().generate(), **theme.variables})[
                "border-blurred"
            ]
            == theme.variables["border-blurred"]
        )
