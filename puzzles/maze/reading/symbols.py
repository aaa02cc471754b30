"""The many ways to draw a wall, floor and a line between cells, brought to '#', '.', S, G and o.

Where the characters alone do not say what is a wall - 0 and 1, two squares - the frame does.
Where it does not, both readings are named and none is taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import gcd

from puzzles.errors import PuzzleError
from puzzles.maze.reading.drawings import ENDS, Drawing, Row

_IGNORED = frozenset("\ufe0f\ufe0e\u200b")
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\xa0\u2002\u2003\u2007\u2009\u202f\u3000", " "),
        **dict.fromkeys("•◦", "o"),
        **{chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)},  # of full width
    }
)
_SOLID, _HOLLOW = "█▓■⬛◼▪🟫🧱", "░▒□⬜◻▫"
_SQUARES = dict.fromkeys(
    "🟩🟢🚶🏃🐭🐁🐀🐹🐰🤖🧍🙂😀👤🔵🚗🅰🧑👦👧👨👩🕵🧙🐶🐱🦊🐸👾", "S"
) | dict.fromkeys("🟥🔴🏁🎯🚩🏠🧀🏆⭐💎🚪🍎🏡🔑🥕⛳🅱", "G")
_MAP = {"@": "#", "T": "#", "O": "#", "W": "#"}
_NO_WALLS = ENDS | frozenset(" o.0-_,:'`~")
"""What walls are not drawn with, also where there is no '#' and a frame is made of it."""

_USUAL = {"#": "#", ".": ".", **dict.fromkeys("SsA", "S"), **dict.fromkeys("GgEeB", "G")}
"""Characters that a legend may leave out."""

_LETTERED = frozenset("PFTX@>DIC")
_NAMED_ENDS = (
    ("S", "F"), ("s", "f"), ("S", "X"), ("S", "T"), ("S", "D"), ("S", "C"), ("S", "O"), ("S", "Z"),
    ("@", ">"), ("@", "E"), ("@", "G"), ("@", "X"), ("@", "F"), ("@", "$"),
    ("P", "G"), ("P", "E"), ("P", "X"), ("P", "F"), ("P", "."), ("P", "T"),
    ("E", "X"), ("I", "O"), ("I", "E"), ("M", "C"), ("^", "$"), ("<", ">"), ("i", "o"), ("1", "2"),
    ("2", "3"), ("8", "9"), ("a", "b"), ("s", "t"), ("s", "x"), ("S", "$"),
)  # fmt: skip
"""Letters of a start and a goal; both stand once, and no other start or goal."""

_FLOORS = "0_-·,:"
"""Floor beside '#', if a drawing has no other."""

_CORNERS = re.compile(r"([o.*#O])(-+|=+|─+)(?:\1(?:\2| {1,9}))*\1")
_POSTS = frozenset("+┌┐└┘├┤┬┴┼╭╮╯╰╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋╴╵╶╷╸╹╺╻")
_LINES = frozenset("-|=─│━┃═║┄┆╌╎").union(_POSTS)


def with_legend(drawing: Drawing, legend: Mapping[str, str]) -> Drawing:
    """With the usual characters for those of a legend; as it is where they are the usual ones.
    Raises `PuzzleError` where walls have another character than '#', and it is not said."""
    drawn = Counter("".join(row.text for row in drawing.rows))
    table = {
        mark: meaning
        for mark, meaning in legend.items()
        if drawn[mark] and (meaning in "#." or drawn[mark] == 1)
    }
    if set(drawn) & {"0", "1"} and len(set(table) & {"0", "1"}) == 1:  # the other is the other
        [known] = set(table) & {"0", "1"}
        if table[known] in "#.":
            table["1" if known == "0" else "0"] = "." if table[known] == "#" else "#"
    if all(_USUAL.get(mark) == meaning for mark, meaning in table.items()):
        return drawing
    if table.get("#", "#") != "#" and "#" not in table.values():
        raise PuzzleError(
            "the text says that # is no wall, and not what the walls are",
            hint="Write # for walls, or `X = wall` above the maze.",
            line=drawing.rows[0].number,
        )
    codes = {ord(mark): meaning for mark, meaning in table.items()}
    rows = (row._replace(text=row.text.translate(codes)) for row in drawing.rows)
    return replace(drawing, rows=tuple(rows))


def plain(drawing: Drawing) -> Drawing:
    """With '#' for blocks, spaces for other blanks, 'o' for the dots of a picture of `hrm`."""
    rows = [
        row if _IGNORED.isdisjoint(row.text) else row.keep(lambda c: c not in _IGNORED)
        for row in drawing.rows
    ]
    drawn = "".join(row.text for row in rows)
    table = dict(_PLAIN)
    if "█" in drawn and "··" in drawn:
        table[ord("·")] = "o"
    wall = _wall([row.text for row in rows], drawn)
    count = Counter(drawn)
    if wall and wall not in _SOLID + _HOLLOW:
        others = [c for c in count if not c.isascii() and c != wall and count[c] > 1]
        table.update({ord(c): "." for c in others if len(others) == 1})
    else:
        table.update(str.maketrans(_two_tones(rows, drawn)))
    if drawing.grid and "#" not in drawn:
        swamp = {mark: "." for mark in "SG" if drawn.count(mark) > 1}  # and ground
        table.update(str.maketrans(_MAP | swamp))
    if wall:
        table[ord(wall)] = "#"
    table.update({ord(c): end for c, end in _SQUARES.items() if count[c] == 1})
    if count["🚩"] == count["🏁"] == 1:
        table[ord("🚩")] = "S"
    if set(drawn) <= set("SFHG") and count["S"] == count["G"] == 1:
        table.update({ord("F"): ".", ord("H"): "#"})  # a frozen lake: F is ice, H a hole
    rows = [_mapped(row, table) for row in rows]
    return replace(drawing, rows=tuple(rows), blocks="█" in drawn)


def _wall(texts: Sequence[str], drawn: str) -> str:
    """The character of a frame without '#' that is made of it alone, start and goal left out; empty
    if there is no such frame, or it may be floor."""
    if "#" in drawn or len(texts) < 3:
        return ""
    inner = [text.strip() for text in texts if text.strip()]
    if not inner:
        return ""
    if not any(text[1::2].strip() for text in inner):  # a space after each cell
        inner = [text[::2] for text in inner]
    edge = Counter(inner[0] + inner[-1] + "".join(text[0] + text[-1] for text in inner))
    wall, count = edge.most_common(1)[0]
    if wall in _NO_WALLS or (wall == "1" and "0" in drawn) or drawn.count(wall) < len(inner):
        return ""
    others = sum(edge.values()) - count
    return (
        wall if others <= 4 and set(inner[0] + inner[-1]) <= ENDS | _LETTERED | {wall, " "} else ""
    )


def _mapped(row: Row, table: Mapping[int, str | int]) -> Row:
    return row._replace(text=row.text.translate(table))


def _two_tones(rows: Sequence[Row], drawn: str) -> dict[str, str]:
    """What full and empty squares mean: alone, the walls; together, what the frame is made of."""
    solid = [c for c in _SOLID if c in drawn]
    hollow = [c for c in _HOLLOW if c in drawn]
    around = _around([row.text for row in rows])
    floor = [c for c in solid if c not in around]
    if not hollow and len(floor) < len(solid):  # two squares, of which one is the frame
        solid, hollow = [c for c in solid if c in around], floor
    if not (solid and hollow):
        return dict.fromkeys([*solid, *hollow], "#")
    if not around & set(hollow):
        return {**dict.fromkeys(solid, "#"), **dict.fromkeys(hollow, ".")}
    if not around & set(solid):
        return {**dict.fromkeys(hollow, "#"), **dict.fromkeys(solid, ".")}
    raise PuzzleError(
        f"{solid[0]} or {hollow[0]} may be the wall",
        hint="draw walls with # and floor with '.'",
        line=rows[0].number,
    )


def _around(texts: Sequence[str]) -> set[str]:
    """Characters at the edge of a drawing, without start, goal and blanks."""
    inner = [text.strip() for text in texts]
    sides = {text[end] for text in inner if text for end in (0, -1)}
    return {*inner[0], *inner[-1], *sides} - ENDS - {" "} - set(_SQUARES)


def with_posts(drawing: Drawing) -> Drawing:
    """With '+' for the character that stands at the corners of a raster of lines, as the 'o' of
    `o---o---o`, and for nothing else."""
    rows = [row.cut(_common_indent(drawing.rows)) for row in drawing.rows]
    first = _CORNERS.fullmatch(rows[0].text.rstrip()) if rows else None
    if first is None or len(rows) < 3 or len(rows) % 2 == 0:
        return drawing
    wide, post = len(first[2]) + 1, first[1]
    texts = [list(row.text) for row in rows]
    for text in texts[::2]:
        for at in range(0, len(text), wide):
            if text[at] != post:
                return drawing
            text[at] = "+"
    return replace(
        drawing,
        rows=tuple(r._replace(text="".join(t)) for r, t in zip(rows, texts, strict=True)),
    )


def are_lines(drawing: Drawing) -> bool:
    """Whether walls are lines between cells: `+---+` or box characters."""
    drawn = {character for row in drawing.rows for character in row.text}
    return "#" not in drawn and len(drawn & _LINES) > 1 and bool(drawn & _POSTS)


def from_lines(drawing: Drawing) -> Drawing:
    """Cells of a drawing with lines: posts, lines and cells are all cells of the maze.

    How wide and high a cell is, is said by the posts; raises `PuzzleError` where they do not.
    """
    rows = [row.cut(_common_indent(drawing.rows)) for row in drawing.rows]
    posts = [(r, c) for r, row in enumerate(rows) for c, x in enumerate(row.text) if x in _POSTS]
    high, wide = gcd(*(r for r, _ in posts)), gcd(*(c for _, c in posts))
    line = drawing.rows[0].number
    if posts and posts[0] != (0, 0):
        raise PuzzleError("a maze drawn with lines begins with a corner", line=line)
    if high < 2 or wide < 2:
        if all(set(row.text) <= _LINES | ENDS | set(" .") for row in rows) and len(posts) > 3:
            high, wide = 1, 1  # lines as thick as cells, such as box characters without a raster
        else:
            raise PuzzleError(
                "the lines of this drawing lie on no raster of cells",
                hint="draw walls with #, one character a cell",
                line=line,
            )
    width = max(len(row.text.rstrip(" ")) for row in rows)
    rows = [row.cut(0, width) for row in rows]
    if high == wide == 1:
        return replace(drawing, rows=tuple(_walled(row, width) for row in rows), exact=True)
    error: PuzzleError | None = None
    for step in (n for n in range(high, 1, -1) if high % n == 0):  # posts may be left out
        try:
            return replace(drawing, rows=tuple(_raster(rows, step, wide, width)), exact=True)
        except PuzzleError as wrong:
            error = error or wrong
    assert error is not None, "a raster has a step of at least two"
    raise error


def _common_indent(rows: Sequence[Row]) -> int:
    drawn = (row.text for row in rows if row.text.strip())
    return min((len(text) - len(text.lstrip(" \t")) for text in drawn), default=0)


def _walled(row: Row, width: int) -> Row:
    text = "".join("#" if c in _LINES else c for c in row.text).ljust(width)
    first = row.columns[0] if row.text else 1
    return Row(row.number, text, range(first, first + width))


def _raster(rows: Sequence[Row], high: int, wide: int, width: int) -> list[Row]:
    """One row and column a post, and one for what lies between two posts."""
    texts = [row.text.ljust(width) for row in rows]
    downs, acrosses = _spans(len(texts), high), _spans(width, wide)
    found = []
    for top, bottom in downs:
        cells, columns = [], []
        for left, right in acrosses:
            block = [texts[r][left:right] for r in range(top, bottom)]
            at = (bottom - top == 1, right - left == 1)
            cells.append(_cell(block, wall=any(at) or high == wide == 2, row=rows[top], left=left))
            columns.append(rows[top].columns[0] + left)
        found.append(Row(rows[top].number, "".join(cells), tuple(columns)))
    return found


def _spans(length: int, step: int) -> list[tuple[int, int]]:
    """(begin, end) of posts and of what lies between them."""
    found = []
    for at in range(0, length, step):
        found.append((at, at + 1))
        if at + step < length + step - 1 and at + 1 < length:
            found.append((at + 1, min(at + step, length)))
    return found


def _cell(block: Sequence[str], *, wall: bool, row: Row, left: int) -> str:
    """'#' for a line, the letter of a cell, or a blank; raises `PuzzleError` for a piece of one."""
    drawn = "".join(block)
    marks = drawn.strip(" .")
    if not marks:
        return " "
    lines = sum(character in _LINES for character in drawn)
    if wall and lines == len(drawn):
        return "#"
    if not lines and len(marks) == 1:
        return marks
    raise PuzzleError(
        f"between two corners stands {drawn!a}, neither a wall nor open",
        hint="draw walls with #, one character a cell",
        line=row.number,
        column=row.columns[0] + left,
    )


def with_letters(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Cells of one character each, with '#' for 1 and S, G for 2, 3, and '.' for other floor."""
    rows = _with_ends(rows)
    drawn = Counter("".join(row.text for row in rows))
    if "#" not in drawn and drawn["0"] and drawn["1"]:
        return _from_digits(rows, drawn)
    if "#" in drawn and not drawn[" "] and not drawn["."]:
        floors = [character for character in _FLOORS if drawn[character]]
        if len(floors) == 1:
            return tuple(row._replace(text=row.text.replace(floors[0], ".")) for row in rows)
    return rows


def _with_ends(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """With S and G for other letters of a start and a goal, where only one pair can be meant."""
    drawn = Counter("".join(row.text for row in rows))
    known = [end for end in ENDS if drawn[end]]
    if (
        "#" not in drawn
        or {len(known), *map(drawn.__getitem__, known)} == {2, 1}
        or len(known) == 2
    ):
        return rows
    pairs = [
        (start, goal)
        for start, goal in _NAMED_ENDS
        if drawn[start] == drawn[goal] == 1 and set(known) <= {start, goal}
    ]
    if len(pairs) != 1:
        return rows
    codes = dict(zip(map(ord, pairs[0]), "SG", strict=True))
    return tuple(_mapped(row, codes) for row in rows)


def _from_digits(rows: tuple[Row, ...], drawn: Counter[str]) -> tuple[Row, ...]:
    ends = sorted(c for c in drawn if c in "23456789")
    around = _around([row.text for row in rows]) - set(ends)
    if len(around) == 2 and not ends and not ENDS & set(drawn) and _openings(rows) == 2:
        around = {"1"}
    if around != {"1"}:
        raise PuzzleError(
            "0 or 1 may be the wall: either reading is possible without a frame of 1",
            hint="draw walls with # and floor with '.'",
            line=rows[0].number,
        )
    table = {"1": "#", "0": "."}
    if len(ends) == 2 and all(drawn[end] == 1 for end in ends) and not ENDS & set(drawn):
        table.update(zip(ends, "SG", strict=True))
    codes = {ord(old): new for old, new in table.items()}
    return tuple(_mapped(row, codes) for row in rows)


def _openings(rows: Sequence[Row]) -> int:
    inner = [row.text[end] for row in rows[1:-1] for end in (0, -1)]
    return sum(c == "0" for c in (*rows[0].text, *rows[-1].text, *inner))
