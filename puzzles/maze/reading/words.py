"""Cells of mazes that are objects with a word or flags, or elements of HTML with a class: each as
the word alone, which lists and tables of mazes may have for a cell."""

from __future__ import annotations

import re

from puzzles.errors import PuzzleError
from puzzles.maze.reading.drawings import ENDS
from puzzles.maze.reading.legends import NAMED_CELLS

_FEWEST = 9
"""Cells of the smallest maze."""

_OBJECT = re.compile(r"\{([^{}\[\]]{3,300})\}")
_WORD = re.compile(
    r"""["']?\b(?:type|kind|tile|cell|state|value|terrain|class)["']?\s*:\s*["'](\w{3,12})["']""",
    re.IGNORECASE,
)
_FLAG = re.compile(
    r"""["']?\b(?:is_?)?(wall|blocked|obstacle|start|end|goal|exit|finish|target)["']?\s*:\s*"""
    r"(true|false|0|1)\b",
    re.IGNORECASE,
)
_CLASS = re.compile(
    r"""<(td|th)\b[^<>]{0,200}?\bclass\s*=\s*["']([^"'<>]{0,200})["'][^<>]{0,200}>\s*"""
    r"(?:&nbsp;)?\s*</\1\s*>",
    re.IGNORECASE,
)
_CELL = re.compile(
    r"<(td|th)\b([^<>]{0,400})>\s*(?:&nbsp;)?\s*([^<>\s]{0,20})\s*</\1\s*>", re.IGNORECASE
)
_PAINT = re.compile(r"\b(?:style|bgcolor|class)\s*=", re.IGNORECASE)


def with_objects_as_words(text: str) -> str:
    """With the word of each cell in place of its object, as `{"type": "wall"}` or
    `{"isWall": true}`; as it is where some object of it is no cell."""
    found = [_of_object(match[1]) for match in _OBJECT.finditer(text)] if "{" in text else []
    if len(found) < _FEWEST or "" in found:
        return text
    words = iter(found)
    return _OBJECT.sub(lambda m: f'"{next(words)}"' + "\n" * m[0].count("\n"), text)


def _of_object(inner: str) -> str:
    """The word of a cell, empty where it is none."""
    word = _WORD.search(inner)
    if word and word[1].lower() in NAMED_CELLS:
        return word[1].lower()
    flags = {name.lower(): value.lower() in ("true", "1") for name, value in _FLAG.findall(inner)}
    if not flags:
        return ""
    marks = [NAMED_CELLS[name] for name, is_set in flags.items() if is_set]
    return (
        {"S": "start", "G": "goal", "#": "wall"}[min(marks, key="SG#".index)] if marks else "path"
    )


def with_classes_as_words(text: str) -> str:
    """With a character in each cell of a table that has nothing but a class, as `class="wall"`."""
    names = [names for _, names in _CLASS.findall(text)] if "class" in text else []
    if len(names) < _FEWEST or "#" not in map(_named, names):
        return text

    return _CLASS.sub(lambda match: f"<td>{_named(match[2])}</td>", text)


def _named(classes: str) -> str:
    names = re.findall(r"[a-z]{3,}", classes.lower())
    marks = [NAMED_CELLS[name] for name in names if name in NAMED_CELLS]
    return min(marks, key="SG#.".index) if marks else "."


def refuse_painted(text: str) -> None:
    """Raises `PuzzleError` for a table whose walls are the colours or borders of its cells."""
    cells = _CELL.findall(text) if "</t" in text else []
    painted = sum(1 for _, attributes, inner in cells if not inner and _PAINT.search(attributes))
    if painted >= _FEWEST and all(inner in {"", *ENDS} for _, _, inner in cells):
        raise PuzzleError(
            "walls are drawn with colours or borders of a table, which a text does not show",
            hint="Write a maze with # for walls, one character a cell.",
        )
