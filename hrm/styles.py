"""How the cells of a picture look: one table from role to style."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from hrm.terminal import clean
from puzzles.base import Picture

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
    "new": "bold green",
    "broken": "bold red",
    "unsure": "yellow",
    "blank": "dim",
    "line": "dim",
    "label": "italic",
    "wall": "bright_black",
    "floor": "",
    "path": "bold cyan",
    "start": "bold green",
    "goal": "bold magenta",
    **{f"color{number}": f"{ink} on {paper}" for number, (paper, ink) in _ARC.items()},
}


def picture_lines(picture: Picture) -> list[Text]:
    """One styled line a row; a role without a style is shown plain."""
    return [
        Text.assemble(*((clean(cell.text), STYLES.get(cell.role, "")) for cell in row))
        for row in picture.rows
    ]
