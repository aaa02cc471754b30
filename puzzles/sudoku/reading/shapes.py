"""Sudokus in another shape than rows of cells: a cell a line, spaces for blanks, lines that a mail
program broke, two grids side by side, and blanks as a mark of somebody's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from puzzles.sudoku.reading.cells import WHOLE_CELLS, is_ruler
from puzzles.sudoku.rules import CLASSIC
from puzzles.text.text_grid import Line

ANSWER = "Solution:"
"""Above a grid that is the answer of the one before."""

_PARTED_BY = r"[ \t]{0,3}([./,|;:\\\s_-])[ \t]{0,3}"
_ROW_OF_CELLS = r"[0-9._*xX](?: ?[0-9._*xX]){8}"
_NINE_PARTS = re.compile(
    rf"({_ROW_OF_CELLS}){_PARTED_BY}(?:{_ROW_OF_CELLS}[ \t]{{0,3}}\2[ \t]{{0,3}}){{7}}"
    rf"{_ROW_OF_CELLS}[ \t]{{0,3}}\2?"
)
_PART = re.compile(_ROW_OF_CELLS)
_PARTS_OF_THREE = re.compile(r"(?:[0-9._]{3}[,;] ?){26}[0-9._]{3}")
_ITEM = re.compile(r"^\s*(?:- )+")
_DIGITS = frozenset("123456789")
_TWO = re.compile(
    r"\s*([0-9._*xX?-]{9})(?:\s+|\s*(?:\||[-=]*>|→)\s*)([0-9._*xX?-]{9})\s*"
    r"|\s*((?:[0-9._*xX?-] ){8}[0-9._*xX?-])(?: {2,}|\t+|\s*(?:\||[-=]*>|→)\s*)"
    r"((?:[0-9._*xX?-] ){8}[0-9._*xX?-])\s*"
)
_KNOWN_BLANKS = frozenset(".0_*-xX#")
_LENGTHS = (CLASSIC.size, CLASSIC.cells)
_UNBARRED = str.maketrans(dict.fromkeys("|│┃║", " "))
_FEWEST = 4
"""Blanks of a grid that have a mark of somebody's own."""


def one_cell_a_line(lines: Sequence[Line]) -> list[Line] | None:
    """A text of 81 lines, or of 81 lines that say anything, each a cell."""
    lines = [line._replace(text=_ITEM.sub("", line.text)) for line in lines]
    last = lines[:-1] if lines and not lines[-1].text.strip() else lines
    for cells in (last, last[1:], [line for line in lines if line.text.strip()]):
        if len(cells) == CLASSIC.cells and all(_is_cell(line.text.strip()) for line in cells):
            text = "".join(line.text.strip() or "." for line in cells)
            return [
                Line(cells[i].number, text[i : i + 9], None) for i in range(0, CLASSIC.cells, 9)
            ]
    return None


def _is_cell(text: str) -> bool:
    return text in ("", *"123456789.0_*-")


def spaces_as_blanks(lines: Sequence[Line]) -> list[Line] | None:
    """Nine lines, one after the other, of digits and spaces alone, none longer than nine, or than
    17 with a space between the cells."""
    drawn = [i for i, line in enumerate(lines) if line.text.strip()]
    if not drawn or drawn[-1] - drawn[0] > 8 or len(lines) < 9:
        return None
    first = drawn[0] if drawn[-1] - drawn[0] == 8 else 0
    rows = list(lines[first : first + 9])
    texts = [line.text.rstrip("\n") for line in rows]
    plain = all(set(text) <= set("123456789 ") for text in texts)
    if len(rows) < 9 or not plain or not any(" " in text.strip() for text in texts):
        return None
    step = 1 if max(map(len, texts)) <= 9 else 2
    cells = [text[::step] for text in texts]
    between = "".join(text[1::2] for text in texts) if step == 2 else ""
    wide = max(len(text.rstrip()) for text in cells) > 9
    if between.strip() or wide or not any(" " in text.strip() for text in cells):
        return None
    return [
        row._replace(text=" ".join(text[:9].ljust(9).replace(" ", "."))[:: 3 - step])
        for row, text in zip(rows, cells, strict=True)
    ]


def with_dots(lines: Sequence[Line]) -> list[Line]:
    """With dots for the one other mark that nine rows of nine, or a line of 81, have beside digits;
    `#` begins a comment, and a mark that is rare is a typing error."""
    found: list[Line] = []
    marks = [_other_mark(line.text) for line in lines]
    if any(marks):
        marks = _with_full_rows(lines, marks)
    for mark, pairs in groupby(zip(lines, marks, strict=True), key=lambda pair: pair[1]):
        group = [line for line, _ in pairs]
        rows = [line for line in group if not _is_inner_ruler(line.text)]
        whole = sum(len(row.text) >= CLASSIC.cells for row in rows)
        grids = len(rows) if whole else len(rows) / 9
        often = sum(row.text.count(mark) for row in rows) >= _FEWEST * grids if mark else False
        if often and (whole == len(rows) or (not whole and len(rows) % 9 == 0)):
            group = [
                row if _is_inner_ruler(row.text) else row._replace(text=row.text.replace(mark, "."))
                for row in group
            ]
        found += group
    return found


def _is_inner_ruler(text: str) -> bool:
    return is_ruler(text) and not _other_mark(text)


def _with_full_rows(lines: Sequence[Line], marks: list[str]) -> list[str]:
    """With the mark of the row above, or else below, for rulers and rows of nine digits, which have
    none."""
    full = [
        _is_inner_ruler(line.text)
        or (len(cells := _cells_of(line.text)) == CLASSIC.size and _DIGITS.issuperset(cells))
        for line in lines
    ]
    for order in (range(1, len(lines)), range(len(lines) - 2, -1, -1)):
        step = order.step
        for i in order:
            if full[i] and not marks[i]:
                marks[i] = marks[i - step]
    return marks


def _cells_of(text: str) -> str:
    """Without blanks, and without bars where they are no cells."""
    cells = "".join(text.split())
    return cells if len(cells) in _LENGTHS else "".join(text.translate(_UNBARRED).split())


def _other_mark(text: str) -> str:
    """The mark beside the digits of a line that has nothing else, empty where there is none."""
    if len(text) > 200:
        return ""
    cells = _cells_of(text)
    marks = set(cells) - _DIGITS
    if len(cells) not in _LENGTHS or len(marks) != 1 or marks & _KNOWN_BLANKS:
        return ""
    return marks.pop()


def joined(rows: Sequence[Line]) -> list[Line] | None:
    """The nine rows of 81 cells that stand in two to eight lines, equally long; the last may be
    shorter."""
    if not 2 <= len(rows) <= 8:
        return None
    texts = ["".join(row.text.split()) for row in rows]
    cells = "".join(texts)
    first, *others, last = map(len, texts)
    if {first, *others} != {first} or last > first:
        return None
    if len(cells) != CLASSIC.cells or not WHOLE_CELLS.issuperset(cells):
        return None
    numbers = [row.number for row, text in zip(rows, texts, strict=True) for _ in text]
    return [Line(numbers[i], cells[i : i + 9], None) for i in range(0, CLASSIC.cells, 9)]


def side_by_side(rows: Sequence[Line]) -> list[Line] | None:
    """Two grids of nine rows, the right one as the answer where it has no blanks."""
    if len(rows) != 9:
        return None
    found = [match for row in rows if (match := _TWO.fullmatch(row.text))]
    if len(found) < 9 or len({match.lastindex for match in found}) > 1:
        return None
    return list(_one_below_the_other(rows, found))


def _one_below_the_other(rows: Sequence[Line], found: Sequence[re.Match[str]]) -> Iterator[Line]:
    right = found[0].lastindex or 2
    for row, match in zip(rows, found, strict=True):
        yield row._replace(text=" " * match.start(right - 1) + match[right - 1])
    full = all(_DIGITS.issuperset(match[right].replace(" ", "")) for match in found)
    yield Line(rows[-1].number, ANSWER if full else "")
    for row, match in zip(rows, found, strict=True):
        yield row._replace(text=" " * match.start(right) + match[right])


def in_parts(line: Line) -> list[Line] | None:
    """The nine rows of a line that has a mark between them, None if it has none."""
    text = line.text.strip()
    begin = line.text.find(text)
    if _PARTS_OF_THREE.fullmatch(text):
        parts = [match.span() for match in re.finditer(r"[0-9._]{3}", text)]
        spans = [(parts[i][0], parts[i + 2][1]) for i in range(0, 27, 3)]
    elif (match := _NINE_PARTS.fullmatch(text)) and (nine := _split(text, match[2])):
        spans = nine
    else:
        return None
    offset = line.offset
    return [
        Line(
            line.number,
            re.sub("[,;]", " ", text[a:b]),
            None if offset is None else offset + begin + a,
        )
        for a, b in spans
    ]


def _split(text: str, mark: str) -> list[tuple[int, int]] | None:
    """Where the nine parts are, with a mark between them that may also be a blank; None where
    it is not clear which it is."""
    at = 0
    found: list[tuple[int, int]] = []
    while len(found) < CLASSIC.size and (part := _PART.match(text, at)):
        found.append(part.span())
        at = part.end()
        while at < len(text) and text[at] in f"{mark} \t":
            at += 1
    return found if len(found) == CLASSIC.size and at == len(text) else None
