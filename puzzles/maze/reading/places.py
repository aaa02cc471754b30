"""Start and goal that a text names beside a maze, such as `start = (1, 1)`, or two lines of two
numbers below it.

Whether rows or columns come first, and whether they count from 0 or 1, is never said: every reading
in which both are floor is tried, and where two remain none is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from puzzles.contract.tokens import Position
from puzzles.errors import PuzzleError
from puzzles.maze.reading.drawings import Places, Row
from puzzles.text.labels import are_counted

LONGEST = 20_000
"""Characters of a text in which places are looked for."""

_PAIR = (
    r"\b\w{0,12}[\"']?(?:\W(?:position|point|cell|is|at|in)){0,3}\W{1,6}?"
    r"(\d{1,2})\s*[,; ]\s*(\d{1,2})\b"
)
_NAMED = (
    r"\b\w{0,12}\W{1,6}(?:(?:is|at|in)\W{1,3}){0,2}(row|column|col|r|c|x|y)\W{1,6}(\d{1,2})\W{1,6}"
    r"(?:and\W)?(row|column|col|r|c|x|y)\W{1,6}(\d{1,2})\b"
)
_STARTS = "start|source|begin|entrance|src|from"
_GOALS = "goal|end|finish|exit|target|dest(?:ination)?|to"
_START = re.compile(rf"\b(?:{_STARTS}){_PAIR}", re.IGNORECASE)
_GOAL = re.compile(rf"\b(?:{_GOALS}){_PAIR}", re.IGNORECASE)
_NAMED_START = re.compile(rf"\b(?:{_STARTS}){_NAMED}", re.IGNORECASE)
_NAMED_GOAL = re.compile(rf"\b(?:{_GOALS}){_NAMED}", re.IGNORECASE)
_ROWS = frozenset(("row", "r", "y"))
_TWO_LINES = re.compile(
    r"^[ \t(\[]*(\d{1,2})[ ,;\t]+(\d{1,2})[ \t)\]]*\n[ \t(\[]*(\d{1,2})[ ,;\t]+(\d{1,2})[ \t)\]]*$",
    re.MULTILINE,
)
_SIZES = re.compile(
    r"^[ \t]*\d{1,2}[ ,x\t]+\d{1,2}[ \t]*\n(?=[ \t]*\d{1,2}[ ,]+\d{1,2}[ \t]*\n)", re.M
)


_LETTER = r"(?<![\w#.])[{}]\s*[:=]\s*[\[(]?\s*(\d{{1,2}})\s*[,; ]\s*(\d{{1,2}})\b[\])]?[,;]?"
_S, _G = re.compile(_LETTER.format("Ss")), re.compile(_LETTER.format("GgEe"))
_NUMBER = r"(\d{1,2})[ ,;\t]+"
_FOUR = re.compile(
    rf"^[ \t]*(?:(\d{{1,2}}[ ,]+\d{{1,2}})[ ,]+)?{_NUMBER * 3}(\d{{1,2}})[ \t]*$", re.MULTILINE
)
"""Start and goal on one line, perhaps behind rows and columns."""


def without_places(text: str) -> tuple[str, Places | None]:
    """A text without the lines that say nothing but start and goal, such as `S: 1 1` or four
    numbers, and what they say."""
    if len(text) > LONGEST:
        return text, None
    start, goal = _S.search(text), _G.search(text)
    if start and goal:
        bare = _S.sub("", _G.sub("", text))
        return bare, Places((int(start[1]), int(start[2])), (int(goal[1]), int(goal[2])))
    lines = list(_FOUR.finditer(text))
    if len(lines) != 1 or are_counted(re.findall(r"\d+", lines[0][0])):  # or labels of columns
        return text, None
    sizes, a, b, c, d = lines[0].groups()
    bare = text[: lines[0].start()] + (sizes or "") + text[lines[0].end() :]
    return bare, Places((int(a), int(b)), (int(c), int(d)))


def places_of(text: str) -> Places | None:
    """What a text says of start and goal, None if it does not say both."""
    if len(text) > LONGEST:
        return None
    start, goal = _NAMED_START.search(text), _NAMED_GOAL.search(text)
    if start and goal and (first := _row_and_column(start)) and (last := _row_and_column(goal)):
        return Places(first, last, named=True)
    start, goal = _START.search(text), _GOAL.search(text)
    if start and goal:
        return Places((int(start[1]), int(start[2])), (int(goal[1]), int(goal[2])))
    found = _TWO_LINES.search(text)
    sizes = _SIZES.match(text, found.start()) if found else None
    found = (_TWO_LINES.match(text, sizes.end()) if sizes else None) or found
    if not found:
        return None
    a, b, c, d = map(int, found.groups())
    return Places((a, b), (c, d))


def _row_and_column(found: re.Match[str]) -> Position | None:
    """None where both numbers have one name."""
    one, a, other, b = found.groups()
    first, second = (name.lower() in _ROWS for name in (one, other))
    if first == second:
        return None
    return (int(a), int(b)) if first else (int(b), int(a))


def with_places(rows: tuple[Row, ...], places: Places) -> tuple[Row, ...]:
    """Rows with S and G at these places; where walls are 0 or 1, with '#' and '.' for them, too.

    Raises `PuzzleError` where both cannot be floor, or can in two ways.
    """
    found = dict(_readings(rows, places))
    line = rows[0].number
    said = " and ".join(f"({a}, {b})" for a, b in places[:2])
    if not found:
        raise PuzzleError(
            f"start and goal {said} are not both floor",
            hint="write S and G into two cells of the maze",
            line=line,
        )
    if len(found) > 1:
        raise PuzzleError(
            f"start and goal {said} may mean {' or '.join(found.values())}",
            hint="write S and G into two cells of the maze",
            line=line,
        )
    return next(iter(found))


def _readings(rows: tuple[Row, ...], places: Places) -> Iterator[tuple[tuple[Row, ...], str]]:
    texts = [row.text for row in rows]
    digits = set("".join(texts)) <= {"0", "1"}
    orders = (("row, column", False), ("column, row", True))
    for words, swapped in orders[:1] if places.named else orders:
        for first in (0, 1):
            cells = [
                (b - first, a - first) if swapped else (a - first, b - first) for a, b in places[:2]
            ]
            floor = {_at(texts, cell) for cell in cells}
            if len(set(cells)) < 2 or len(floor) > 1 or floor & {"", "#"}:
                continue
            wall = {"0": "1", "1": "0"}[next(iter(floor))] if digits else ""
            if wall and not _is_frame_or_open(texts, wall):
                continue
            yield tuple(_marked(rows, cells, wall)), f"{words} from {first}"


def _at(texts: Sequence[str], cell: Position) -> str:
    row, column = cell
    inside = 0 <= row < len(texts) and 0 <= column < len(texts[row])
    return texts[row][column] if inside else ""


def _is_frame_or_open(texts: Sequence[str], wall: str) -> bool:
    """Whether nothing else than `wall` can be one: a frame is made of it, or there is no frame."""
    edge = {*texts[0], *texts[-1], *(text[end] for text in texts for end in (0, -1))}
    return edge == {wall} or len(edge) == 2


def _marked(rows: Sequence[Row], cells: Sequence[Position], wall: str) -> Iterator[Row]:
    for number, row in enumerate(rows):
        text = row.text.translate({ord("0"): ".", ord("1"): "."} | {ord(wall): "#"} if wall else {})
        for (at, column), mark in zip(cells, "SG", strict=True):
            if at == number:
                text = text[:column] + mark + text[column + 1 :]
        yield row._replace(text=text)
