"""Levels of games that are drawn as mazes are."""

from __future__ import annotations

from collections import Counter

from puzzles.errors import PuzzleError
from puzzles.maze.reading.drawings import Drawing


def refuse_games(drawing: Drawing) -> None:
    """Raises `PuzzleError` for levels of games, whose boxes, ghosts and food would be taken for
    goal and floor."""
    count = Counter("".join(row.text for row in drawing.rows))
    stores = count["."] + count["+"]
    player = count["@"] + count["+"] == 1 and not count.keys() & set("SGAEB")
    if player and count["$"] == stores > 0 and count[" "] > count["."]:
        raise PuzzleError(
            "this looks like a level of Sokoban: @ is the player, $ a box, '.' its place",
            hint="A maze has no boxes; mark one cell S and one G.",
            line=drawing.rows[0].number,
        )
    if count["%"] > len(drawing.rows) and count["P"] and count["G"] and count["."] + count["o"] > 1:
        raise PuzzleError(
            "this looks like a level of Pac-Man: P is the player, G a ghost, '.' and o food",
            hint="A maze has no ghosts; mark one cell S and one G, and write floor as a space.",
            line=drawing.rows[0].number,
        )
