"""Finds the drawings of mazes in a text: without titles, comments, quotation marks, code fences,
row numbers and a line of sizes, and with the place of every cell, which an error must name.

What a line is, is said by itself: a line of words or of two numbers is text, all else is a row. So
a row with one wrong character stays a row, and is refused by the strict reader instead of skipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from puzzles.errors import PuzzleError
from puzzles.maze.reading.legends import is_entry
from puzzles.text.encoding import MAX_TEXT
from puzzles.text.labels import are_counted
from puzzles.text.markup import SOFT
from puzzles.text.surroundings import beside, is_text, quote_end, says_answer
from puzzles.text.text_grid import Line

MAX_ROWS = 400
"""Most lines of one drawing that are looked at; a maze drawn with lines has four a cell."""

MAX_MAZES = 2_000
"""Most mazes of one text; files of more are read line by line, for training and evaluation."""

MAX_SKIPPED = 50_000
"""Most lines of text and empty lines between drawings."""

GAP = 3
"""Columns between two pictures side by side, as `hrm` prints them."""

Sizes: TypeAlias = tuple[int, int]


class Places(NamedTuple):
    """Two numbers of the start and of the goal, as they are written, or row and column where they
    are `named`."""

    start: Sizes
    goal: Sizes
    named: bool = False


class Row(NamedTuple):
    """One character a cell, and the line and the columns, counted from 1, where they stand."""

    number: int
    text: str
    columns: Sequence[int]

    def cut(self, start: int, stop: int | None = None, step: int = 1) -> Row:
        piece = slice(start, stop, step)
        return Row(self.number, self.text[piece], self.columns[piece])

    def keep(self, wanted: Callable[[str], bool]) -> Row:
        """Without the characters that are not `wanted`."""
        kept = [(c, at) for c, at in zip(self.text, self.columns, strict=True) if wanted(c)]
        return Row(self.number, "".join(c for c, _ in kept), tuple(at for _, at in kept))


@dataclass(frozen=True, slots=True)
class Drawing:
    """Rows of one maze. `sizes` are what a line above says, in either order; `exact`: each
    character is one cell; `grid`: the rows are those of a MovingAI map; `answer`: the title says
    that this is the answer of the drawing before; `blocks`: walls are full blocks, two for
    a square cell; `places`: start and goal that the text names beside it; `legend`: what it says
    that characters are, as one of '#', '.', 'S' and 'G'."""

    rows: tuple[Row, ...]
    sizes: Sizes | None = None
    exact: bool = False
    grid: bool = False
    answer: bool = False
    blocks: bool = False
    places: Places | None = None
    legend: Mapping[str, str] | None = None

    @property
    def short(self) -> bool:
        """Whether it is too little for a maze, and has no wall: pairs of numbers, a name."""
        narrow = len(self.rows) < 3 or all(len(row.text) < 3 for row in self.rows)
        return narrow and not any("#" in row.text for row in self.rows)


ENDS = frozenset("SsAGgEeB")
FRAME = ENDS | {"#"}
"""Characters of a frame, with start and goal in it."""

CELL_LETTERS = frozenset("SGEABOXTWPFHsgeabopxwt")
"""Letters that drawings are made of; a word of others is text."""

_NUMBERS = re.compile(
    r"\s*(?:(?:#|//|;|%)\s+)?[(\[]?\s*(\d{1,3})\s*(?:[x×,; \t]\s*(\d{1,3})\s*)?[)\]]?\s*[;.]?\s*"
)
_DOUBLED = re.compile(r"\n*+[^\n]{3,}+(?:\n\n[^\n]{3,}+){2,}+\n*+")
_COMMENTED = (
    *(f"{mark} " for mark in ("#", "##", "//", "///", "//!", ";;", "'", "::", ";", "%", "--", "|")),
    *("* ", " * ", "- ", "• ", "+", "//", ";", "--", "%", "|", "#"),
)
_BARE_MARKS = frozenset(("//", ";", "%", "--", "<!--", "-->", "~"))
"""Marks of comments, and of lines behind the end of a file, alone on a line."""

_RULED = re.compile(r"-{3,}|\*{3,}")
_NUMBERED = re.compile(
    r"(\s*(?:(?:row|line|r|l)[ _]?)?)\*{0,2}\[?(\d{1,3}),?\]?\*{0,2}"
    r"(\s?(?:=>|[:|=│])|[.)]?)(?:(?=\s)|(?<=[:=│]))",
    re.IGNORECASE,
)
_NAMED_ROW = re.compile(r"\s*(?:row|line|r)[ _]?\d{1,3}\s?[:=]", re.IGNORECASE)
_PLACE = r"\W{1,4}(?:row|column|col|r|c|x|y)\W{1,3}\d{1,2}"
_MEASURE = re.compile(
    r"\s*[A-Za-z]{2}[A-Za-z .()_-]{0,40}[:=]\s*\d[\d.,]*[ \w%]{0,9}|\s*[$%>❯]\s*|"
    rf"\s*[A-Za-z]{{2,12}}(?:{_PLACE}){{2}}\W{{0,3}}|"
    r"\s*[A-Za-z]{2,12}\s?:[ \t]*(?:[UDLRNESW][, ]*)+",
    re.IGNORECASE,
)
"""A line such as `steps: 17` or `end: x=7, y=3`; the prompt of a shell."""

_NAMING = re.compile(rf"(?=\w{{3}})\w*[^\W\d_{''.join(sorted(CELL_LETTERS))}]\w*")
"""A word that is not made of cells, in a line that ends with a colon."""

_HEADING = re.compile(r"^\s*#{1,6}(?=\s+[^\s#])|#{1,6}\s*$")
BARE = re.compile(r"#{1,6}|\.+|-+")
"""A heading of Markdown without words, or a delimiter of AsciiDoc."""

_WALLS = 3
"""Walls from which on a line is none of words alone."""

_LED = re.compile(r"[^#█\n]*[^\W\d_]{2,}[^#█\n]*?[:>]\s*(?=[#█]{3})")
"""Words before the first row, on its line."""

_PLACES = re.compile(r"\(\d{1,3}, ?\d{1,3}\)")
_RULE_OF_TABLE = re.compile(r"\s*\|[\s:|-]*-{2,}[\s:|-]*\|\s*")
_CELLS_ALONE = frozenset("#. oSGEABsge")
_FLOORS = frozenset("#. o") | ENDS
_EDGE = re.compile(r"[+|┌╔╭└╚╰]?[-=+─═]{3,}[+|┐╗╮┘╝╯]?")


def lines_of(text: str) -> Iterator[Line]:
    """Lines without e-mail's `> `, empty ones once a run: they only separate; none where every
    other line is empty. Raises `PuzzleError` for a text longer than `MAX_TEXT`."""
    if len(text) > MAX_TEXT:
        raise PuzzleError(f"the text has {len(text)} characters, more than the limit of {MAX_TEXT}")
    unified = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    doubled = _DOUBLED.fullmatch(unified, 0, 20_000) is not None
    number, end = 1, 0
    for match in re.finditer(r"[^\n]+", unified):
        skipped = unified.count("\n", end, match.start())
        if (skipped > 1 or match.start() == skipped > 0) and not doubled:
            yield Line(number, "")
        number += skipped
        end = match.end()
        for part in match.group().split(SOFT):
            yield Line(number, part)


def drawings(lines: Iterator[Line], is_other: Callable[[Line], bool]) -> Iterator[Drawing | Line]:
    """Every drawing, and every line that `is_other`, in their order.

    Raises `PuzzleError` for a drawing of more than `MAX_ROWS` lines.
    """
    rows: list[Row] = []
    titles: list[str] = []
    sizes: Sizes | None = None
    skipped = 0
    for line in lines:
        begin = quote_end(line.text)
        text = line.text[begin:]
        other, numbers = is_other(line), _NUMBERS.fullmatch(text) if len(text) < 40 else None
        if (
            text
            and not other
            and not numbers
            and not _is_said(text, below=bool(titles and not rows))
        ):
            rows.append(Row(line.number, text, range(begin + 1, begin + len(text) + 1)))
            if len(rows) > MAX_ROWS:
                raise _too_long(rows)
            continue
        skipped += 1
        if skipped > MAX_SKIPPED:
            raise PuzzleError(f"more than {MAX_SKIPPED} lines are no rows of a maze")
        yield from _whole(rows, titles, sizes)
        sizes = None if rows else sizes
        titles, rows = ([], []) if rows else (titles[-8:], [])
        if numbers and numbers[2]:  # the first pair; places of start and goal may follow
            sizes = sizes or (int(numbers[1]), int(numbers[2]))
        elif text:
            sizes = None
        titles += [text.rstrip()] if text else []
        if other:
            yield line
    yield from _whole(rows, titles, sizes)


def _is_said(text: str, *, below: bool) -> bool:
    """Whether a line is text; `below`: it stands below another that is."""
    if _HEADING.sub("", text).count("#") >= _WALLS or "███" in text:
        return False  # a row that has words beside it
    if text.strip() in _BARE_MARKS:
        return True
    if named := _NAMED_ROW.match(text):
        text = text[named.end() :]
    elif len(text) < 100 and (
        _MEASURE.fullmatch(text) or (below and _RULE_OF_TABLE.fullmatch(text))
    ):
        return True
    if len(text) < 100 and text.rstrip().endswith(":") and _NAMING.search(text):
        return True
    if len(text) < 200 and (is_entry(text) or ("#" not in text and _PLACES.search(text))):
        return True
    return is_text(text, CELL_LETTERS)


def is_header(text: str) -> bool:
    """Whether a line counts at least five columns."""
    labels = text.split()
    if len(labels) == 1 and labels[0].isdigit():
        first = int(labels[0][0])
        return len(labels[0]) >= 5 and first < 2 and labels[0] in "0123456789" * 6  # last digits
    return len(labels) >= 5 and are_counted(labels)


def _too_long(rows: Sequence[Row]) -> PuzzleError:
    width = max(len(row.text) for row in rows)
    return PuzzleError(
        f"a maze of more than {MAX_ROWS} rows and {width} columns is not supported",
        hint="mazes have 3 to 40 rows and columns; an empty line ends one",
        line=rows[0].number,
    )


def _whole(rows: Sequence[Row], titles: Sequence[str], sizes: Sizes | None) -> Iterator[Drawing]:
    led = _LED.match(rows[0].text) if rows else None
    if led and not _NAMED_ROW.match(rows[0].text):
        rows = [rows[0].cut(led.end()), *rows[1:]]
    rows = _without_heading(_uncommented(rows))
    for at, row in enumerate(rows):  # a ruler between two mazes
        if _RULED.fullmatch(row.text) and not any(
            row.text[0] in other.text for other in rows if other.text != row.text
        ):
            yield from _whole(rows[:at], titles, sizes)
            yield from _whole(rows[at + 1 :], (), None)
            return
    if not rows:
        return
    words = [title.strip().lower() for title in titles]
    grid = "map" in words and any(word.startswith("height") for word in words)
    drawing = Drawing(_without_numbers(tuple(rows)), sizes, grid=grid)
    last = titles[-1] if titles else ""
    column = beside(last)
    if column:
        yield replace(drawing, rows=tuple(row.cut(0, column - GAP) for row in rows))
        right = tuple(row.cut(column) for row in rows)
        yield replace(drawing, rows=right, answer=True)
    else:
        yield replace(drawing, answer=says_answer(last))


def _without_heading(rows: Sequence[Row]) -> Sequence[Row]:
    """Without a heading of Markdown that has no words, or a delimiter of AsciiDoc, alone, above a
    frame, below it or both."""
    for first, last in ((1, 1), (1, 0), (0, 1)):
        rest = rows[first : len(rows) - last]
        marks = [row.text.strip() for row in (*rows[:first], *rows[len(rows) - last :])]
        texts = [row.text.strip() for row in rest]
        widest = max(map(len, texts), default=99)
        if not all(BARE.fullmatch(mark) and 2 * len(mark) <= widest for mark in marks):
            continue
        ends = {len(row.text.rstrip()) for row in rest}
        walled = len(ends) == 1 and {*texts[0], *texts[-1]} == {"#"}
        unlike = walled or "." in "".join(texts) or "#" not in "".join(texts)
        if not rest or is_closed(texts) or (unlike and marks[0][0] == "#"):
            return rest
    return rows


def _uncommented(rows: Sequence[Row]) -> Sequence[Row]:
    """Without the mark of a comment or of a table before a frame, and without a frame around it."""
    body = rows[1:-1] if _EDGE.fullmatch(rows[0].text if rows else "") else rows
    if len(body) > 2 and all(row.text[:1] == row.text.rstrip()[-1:] in "|│║" for row in body):
        framed = [row.cut(1, len(row.text.rstrip()) - 1) for row in body]
        texts = [row.text for row in framed]
        even = len({*map(len, texts)}) == 1 and _CELLS_ALONE.issuperset("".join(texts))
        if is_closed(texts) or (even and (body is not rows or any("#" in text for text in texts))):
            return framed
    indent = min((len(row.text) - len(row.text.lstrip()) for row in rows), default=0)
    for mark in _COMMENTED:
        at = 0 if mark[0] == " " else indent
        if len(rows) < 3 or not all(row.text.startswith(mark, at) for row in rows):
            continue
        inner = [row.text[at + len(mark) :].strip() for row in rows]
        drawn = "".join(inner)
        if mark[0] == "#":  # which is a wall where blanks are floor or part cells
            tight = mark == "#"
            is_mark = "#" not in drawn or ("." in drawn and not tight and not _are_apart(rows))
            if tight and (not is_mark or _FLOORS.issuperset(drawn)):
                continue
        else:
            is_mark = all("#" in text for text in (inner[0], inner[-1]))
            is_mark = is_mark and (mark != "|" or "|" not in drawn)
        if all(inner) and (is_mark or is_closed(inner)):
            return [row.cut(at + len(mark)) for row in rows]
    return rows


def _are_apart(rows: Sequence[Row]) -> bool:
    """Whether as many spaces stand after each cell."""
    return any(
        not any(row.text[at::step].strip() for row in rows for at in range(1, step))
        for step in (2, 3, 4)
    )


def is_closed(texts: Sequence[str]) -> bool:
    """Whether rows are equally long and have a frame of walls around."""
    width = len(texts[0])
    if min(width, len(texts)) < 3 or any(len(text) != width for text in texts):
        return False
    sides = {text[0] for text in texts} | {text[-1] for text in texts}
    return FRAME.issuperset({*sides, *texts[0], *texts[-1]})


def _without_numbers(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Rows without the numbers 0, 1, 2 … or 1, 2, 3 … that an editor shows before them, and without
    those of columns that a table has above them."""
    headed = len(rows) > 3 and is_header(rows[0].text)
    if headed and rows[-1].text.split() == rows[0].text.split():
        rows = rows[:-1]
    rows = rows[1:] if headed else rows
    found = [_NUMBERED.match(row.text) for row in rows]
    matches = [match for match in found if match is not None]
    drawn = headed or all(set("#.█") & set(row.text) for row in rows)
    if len(rows) < 3 or len(matches) < len(rows) or not drawn:
        return rows
    counted = [int(match[2]) for match in matches]
    if counted != list(range(counted[0], counted[0] + len(rows))):
        return rows
    ends = [match.end() for match in matches]
    tabbed = all(row.text[end : end + 1] == "\t" for row, end in zip(rows, ends, strict=True))
    return tuple(row.cut(end + tabbed) for row, end in zip(rows, ends, strict=True))
