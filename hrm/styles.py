"""How the cells of a picture look: one table from role to style, and how bright a cell is.

A probability becomes a shade between what lies behind the picture and the role's colour. Where a
terminal has 16 colours or none, it becomes dim, normal or bold.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.console import Console
from rich.style import Style
from rich.text import Text

from hrm.terminal import clean
from puzzles.drawing.picture import Cell, Picture, Role, Room

# The palette in which ARC tasks are usually shown, with the ink that reads best on each colour.
_ARC = {
    0: ("#000000", "white"),
    1: ("#0074d9", "white"),
    2: ("#ff4136", "white"),
    3: ("#2ecc40", "black"),
    4: ("#ffdc00", "black"),
    5: ("#aaaaaa", "black"),
    6: ("#f012be", "white"),
    7: ("#ff851b", "black"),
    8: ("#7fdbff", "black"),
    9: ("#870c25", "white"),
}
STYLES: Mapping[str, str] = {
    "given": "bold",
    "answer": "cyan",
    "candidate": "cyan",
    "new": "bold green",
    "broken": "bold red",
    "unsure": "yellow",
    "supposed": "bold",
    "blank": "dim",
    "line": "dim",
    "label": "italic",
    "mark": "bold black",
    "shade": "",
    "special": "",
    "wall": "bright_black",
    "floor": "",
    "path": "bold cyan",
    "start": "bold green",
    "goal": "bold magenta",
    **{f"color{number}": f"{ink} on {paper}" for number, (paper, ink) in _ARC.items()},
    **{f"fill{number}": paper for number, (paper, _) in _ARC.items()},
}

_DARK, _LIGHT = ColorTriplet(20, 21, 24), ColorTriplet(251, 250, 247)
_INKS: Mapping[bool, Mapping[Role, str]] = {
    False: {
        "answer": "#56b4e9",
        "candidate": "#56b4e9",
        "path": "#56b4e9",
        "broken": "#ff8c42",
        "new": "#6fe0c0",
        "start": "#6fe0c0",
        "goal": "#f0e442",
        "supposed": "#e6e8ee",
        "wall": "#6b6f78",
        "line": "#565a63",
        "shade": "#1f2126",
        "special": "#33363d",
    },
    True: {
        "answer": "#005f95",
        "candidate": "#005f95",
        "path": "#0072b2",
        "broken": "#b34700",
        "new": "#00695c",
        "start": "#009e73",
        "goal": "#c9a800",
        "supposed": "#1b1f27",
        "wall": "#8a8d94",
        "line": "#a2a5ab",
        "shade": "#efede7",
        "special": "#e0dcd2",
    },
}
"""Colours of roles on a dark and on a light terminal, where it can show shades of them."""

FAINTEST = 0.2
"""Brightness of the least likely text, from 0 (the background) to 1 (its own colour)."""

STEPS = 32
"""Levels of brightness that are distinguished, so that the styles of a board can be cached."""


def shade(ink: ColorTriplet, paper: ColorTriplet, level: float) -> ColorTriplet:
    """The colour between `paper` (level 0) and `ink` (level 1)."""
    part = max(0.0, min(level, 1.0))
    red, green, blue = (
        round(low + (high - low) * part) for low, high in zip(paper, ink, strict=True)
    )
    return ColorTriplet(red, green, blue)


_DIM, _NORMAL, _BOLD = Style(dim=True), Style(), Style(bold=True)


def weight(level: float) -> Style:
    """The style that says brightness where there are no shades: dim, normal or bold."""
    if level < 1 / 3:
        return _DIM
    return _BOLD if level >= 0.9 else _NORMAL


def step(level: float) -> float:
    """The nearest of the `STEPS` levels."""
    return round(level * STEPS) / STEPS


def at_level(style: Style, level: float, paper: ColorTriplet | None) -> Style:
    """`style` for text of this probability; without `paper` there are no shades."""
    if level >= 1:
        return style
    if paper is None or style.color is None or style.color.triplet is None:
        return style + weight(level)
    dimmed = shade(style.color.triplet, paper, FAINTEST + (1 - FAINTEST) * level)
    bold = Style(bold=level >= 0.9)
    return style + bold + Style.from_color(Color.from_triplet(dimmed))


def filled(style: Style, level: float, paper: ColorTriplet | None) -> Style:
    """The style of a block, or of the background of a text, in the colour of `style`; at level 0
    nothing of it shows."""
    colour = style.color
    if colour is None or colour.triplet is None or paper is None:
        return Style(color=colour) if level >= 0.5 else _NORMAL
    return Style.from_color(Color.from_triplet(shade(colour.triplet, paper, level)))


BLOCKS = frozenset("█▀▄")


@dataclass(frozen=True, slots=True)
class Palette:
    """Styles of roles on one terminal; a role without one is shown plain. `paper` is the
    background, None if the terminal cannot show shades."""

    styles: Mapping[Role, Style]
    paper: ColorTriplet | None = None
    _kept: dict[object, Style] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, console: Console) -> Palette:
        """For a terminal: shades need 256 colours; the background is dark unless COLORFGBG says
        otherwise."""
        if console.no_color or console.color_system not in ("256", "truecolor"):
            return PLAIN
        return cls.shaded(light=os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15"))

    @classmethod
    def shaded(cls, *, light: bool) -> Palette:
        """With all colours."""
        inks = {
            role: PLAIN.styles.get(role, Style()) + Style(color=ink, dim=False)
            for role, ink in _INKS[light].items()
        }
        return cls({**PLAIN.styles, **inks}, _LIGHT if light else _DARK)

    def room(self, columns: int, rows: int) -> Room:
        return Room(max(1, columns), max(1, rows), tones=self.paper is not None)

    def style(self, cell: Cell) -> Style:
        ground = cell.ground
        below = None if ground is None else (ground.role, step(ground.level))
        blocks = BLOCKS.issuperset(cell.text)
        key = cell.role, step(cell.level), below, blocks
        if key not in self._kept:
            self._kept[key] = self._make(cell.role, key[1], below, blocks)
        return self._kept[key]

    def _make(
        self, role: Role, level: float, below: tuple[Role, float] | None, blocks: bool
    ) -> Style:
        style = self.styles.get(role, _NORMAL)
        style = filled(style, level, self.paper) if blocks else at_level(style, level, self.paper)
        if below is not None:
            ground = filled(self.styles.get(below[0], _NORMAL), below[1], self.paper)
            style += Style(bgcolor=ground.color)
        return style


PLAIN = Palette({role: Style.parse(style) for role, style in STYLES.items()})


def picture_lines(picture: Picture, palette: Palette = PLAIN) -> list[Text]:
    """A styled line for each row."""
    return [
        Text.assemble(*((clean(cell.text), palette.style(cell)) for cell in row))
        for row in picture.rows
    ]
