"""The app's colours. Meaning is carried by blue against orange, which every kind of colour vision
tells apart (after the palette of Okabe and Ito), never by red against green.

Backgrounds and frames are nearly grey, because where a terminal has 256 colours only greys are fine
enough to stay apart: a dark blue would become black or navy.

Without colour (NO_COLOR) only an ANSI theme keeps Textual from mixing greys, so `hrm-mono` is one.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.color import Color
from textual.theme import Theme

DARK = Theme(
    name="hrm-dark",
    primary="#56b4e9",
    secondary="#8fa3bf",
    accent="#e69f00",
    warning="#f0e442",
    error="#ff8c42",
    success="#6fe0c0",
    foreground="#e6e8ee",
    background="#141518",
    surface="#1c1d20",
    panel="#2c2e33",
    variables={
        "border": "#56b4e9",
        "border-blurred": "#61656e",
        "footer-key-foreground": "#e69f00",
        "input-selection-background": "#56b4e9 35%",
    },
)
LIGHT = Theme(
    name="hrm-light",
    primary="#005f95",
    secondary="#4a5a70",
    accent="#a85a00",
    warning="#7a6200",
    error="#b34700",
    success="#00695c",
    foreground="#1b1f27",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#e6e3dc",
    dark=False,
    variables={
        "border": "#005f95",
        "border-blurred": "#9a9ca2",
        "footer-key-foreground": "#a85a00",
    },
)
CONTRAST = Theme(
    name="hrm-contrast",
    primary="#7fd0ff",
    secondary="#ffffff",
    accent="#ffc845",
    warning="#ffff66",
    error="#ff9e45",
    success="#a8ffe0",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    text_alpha=1.0,
    variables={
        "border": "#ffffff",
        "border-blurred": "#bbbbbb",
        "footer-key-foreground": "#ffc845",
        "block-cursor-background": "#ffff66",
        "block-cursor-foreground": "#000000",
    },
)
_PLAIN = "ansi_default"
MONO = Theme(
    name="hrm-mono",
    ansi=True,
    primary=_PLAIN,
    secondary=_PLAIN,
    accent=_PLAIN,
    warning=_PLAIN,
    error=_PLAIN,
    success=_PLAIN,
    foreground=_PLAIN,
    background=_PLAIN,
    surface=_PLAIN,
    panel=_PLAIN,
    boost=_PLAIN,
    variables={
        "ansi-background": _PLAIN,
        "ansi-foreground": _PLAIN,
        "border": _PLAIN,
        "border-blurred": _PLAIN,
        "block-cursor-text-style": "reverse",
        "block-cursor-blurred-text-style": "reverse",
        "block-cursor-background": _PLAIN,
        "block-cursor-foreground": _PLAIN,
        "input-cursor-text-style": "reverse",
        "footer-key-foreground": _PLAIN,
        "scrollbar": _PLAIN,
        "scrollbar-hover": _PLAIN,
        "scrollbar-active": _PLAIN,
        "scrollbar-background": _PLAIN,
        "scrollbar-background-hover": _PLAIN,
        "scrollbar-background-active": _PLAIN,
        "scrollbar-corner-color": _PLAIN,
    },
)
THEMES = (DARK, LIGHT, CONTRAST, MONO)


def first_theme(*wanted: str, available: tuple[str, ...], colour: bool) -> str:
    """The first of `wanted` that is available, else the default; without `colour` the plain one."""
    if not colour:
        return MONO.name
    return next((name for name in wanted if name in available), DARK.name)


_APART = 0.2
"""Least difference in brightness, of 1, between a line and what it is drawn on."""

_LINE = 0.5
"""The way from the background to the text's colour that a line goes."""


def with_visible_lines(variables: Mapping[str, str]) -> dict[str, str]:
    """Frames and the walls of mazes have the colour `border-blurred`, which in most of Textual's
    themes is all but the background's; what scrolls has the same colour here, and no bar behind."""
    changed = dict(variables)
    line = changed["border-blurred"]
    if line.startswith("ansi"):
        if line != _PLAIN:
            changed["border-blurred"] = "ansi_bright_black"
        return changed
    back, ink = Color.parse(changed["background"]), Color.parse(changed["foreground"])
    if abs(Color.parse(line).brightness - back.brightness) < _APART:
        line = changed["border-blurred"] = back.blend(ink, _LINE).hex
    changed["scrollbar"] = changed["scrollbar-hover"] = line
    for name in ("", "-hover", "-active"):
        changed[f"scrollbar-background{name}"] = changed["background"]
    changed["scrollbar-corner-color"] = changed["background"]
    return changed
