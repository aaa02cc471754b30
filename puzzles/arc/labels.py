"""What stands around the grids of an ARC task in a text: numbers of rows and columns, sizes,
frames, and titles in other words than Input and Output."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from puzzles.errors import PuzzleError
from puzzles.text.labels import are_counted

Grid: TypeAlias = list[list[int]]

_BARS = str.maketrans("│┃║：", "|||:")
_FRAME = re.compile(
    r"[ \t]*+(?=[^\n]*[+┌├└╔╠╚╭╰┏┣┗])[+┌┬┐├┼┤└┴┘╔╦╗╠╬╣╚╩╝╭╮╰╯┏┳┓┣╋┫┗┻┛─━═=\-]{3,}[ \t]*"
)
_COLUMNS = re.compile(r"\s*+(?:\[,\d{1,2}\]\s*+)+")
"""Above a matrix that R prints."""

_NUMBERED = re.compile(
    r"[ \t]*+(?:(?:(?:row|line|r)[ _]?)?[\[(]?(0|[1-9]\d?)\]?[ ]?"
    r"(?:[:)=]|(?<=\d)\.[ \t]|(?<=[ ])\|[ ](?![^\n]*\|))"
    r"|\[(\d{1,2}),?\][ \t]|(?:row|line|r)[ _]?(\d{1,2})[ \t]"
    r"|(\d{1,2})[ \t](?=[ \t]*\d{3,30}[ \t]*$))"
    r"[ \t]*(?=[\d\[(])",
    re.IGNORECASE,
)
_SIZE = re.compile(
    r"[ \t]*(?:grid[ _]?)?(?:size|shape|dim(?:ension)?s?)[ \t]*+[:=]?[ \t]*+"
    r"[\[(]?\d{1,2}[ \t]*[x×,][ \t]*\d{1,2}[\])]?[ \t]*",
    re.IGNORECASE,
)
_FENCE = re.compile(r"[ \t]*(?:```|~~~)\w*[ \t]*")
_TITLES = tuple(
    (re.compile(rf"^([^\w\n]*)(?:{words})\b", re.IGNORECASE | re.MULTILINE), title)
    for words, title in (
        (r"eingabe|entrada|entr[ée]e|ingresso|вход|输入|輸入|入力|입력|in(?=[ ]?[:=])", "Input"),
        (r"ausgabe|salida|saída|sortie|uscita|выход|输出|輸出|出力|출력|out(?=[ ]?[:=])", "Output"),
        (r"beispiel|ejemplo|exemple|exemplo|esempio|пример|示例|例|예시?", "Example"),
        (r"prueba|teste|тест|测试|測試|テスト|테스트", "Test"),
        (r"(?:(?:the|your|expected|correct)\s)?(?:answer|solution)(?=[^\w\n]*$)", "Answer output"),
    )
)
_ARROW = re.compile(
    r"^(?P<before>[^\[\n]{0,40})(?P<given>\[\[[\d\s,\[\]]{1,9000}\]\])\s*(?:-{1,2}>|→|=>|⇒)\s*"
    r"(?P<wanted>\[\[[\d\s,\[\]]{1,9000}\]\]|\?*)[ \t.]*$",
    re.MULTILINE,
)
"""Between an input and its output, or what is asked."""

_TWO_TITLES = re.compile(
    r"^(?:[^\n]{0,30}\W)?input\b[^\n\d\[]{1,30}\boutput\b[^\n\d\[]{0,20}$",
    re.IGNORECASE | re.MULTILINE,
)
_TWO_ROWS = re.compile(
    r"^[ \t]*[\[|]*\d(?:[ ,]{0,2}\d){0,60}[\]|]*"
    r"(?P<between>[ \t]*(?:[-=]+>|→|⇒)[ \t]*|[ \t]*[|│][ \t]*|[ ]{2,}|\t+)"
    r"[\[|]*\d(?:[ ,]{0,2}\d){0,60}[\]|]*[ \t]*$",
    re.MULTILINE,
)
_LOOKED_AT = 20_000
"""Characters in which such rows are looked for."""

_FEWEST = 4
"""Grids that must all begin with what may be labels, where it may be colours, too."""


def plainly_titled(text: str) -> str:
    """The text with plain bars for those of frames, without frames, sizes and row numbers, and with
    titles in English."""
    text = _ARROW.sub(_titled, text.translate(_BARS))
    lines = text.split("\n")
    around = (_FRAME, _COLUMNS, _SIZE, _FENCE)
    lines = ["" if any(each.fullmatch(line) for each in around) else line for line in lines]
    text = "\n".join(_without_numbers(lines))
    for pattern, title in _TITLES:
        text = pattern.sub(rf"\1{title}", text)
    return text


def refuse_beside(text: str) -> None:
    """Raises `PuzzleError` where inputs and outputs stand side by side, under two titles or with
    arrows or wide gaps between them."""
    rows = [match["between"].strip() for match in _TWO_ROWS.finditer(text[:_LOOKED_AT])]
    if rows and ("".join(rows).strip("|│") or _TWO_TITLES.search(text)):
        raise PuzzleError(
            "inputs and outputs stand side by side here",
            hint="Write each output below its input, with Input: and Output: above them.",
        )


def _titled(arrow: re.Match[str]) -> str:
    """The text with titles in place of an arrow between two grids."""
    before = arrow["before"].strip() if re.search(r"[^\W\d_]", arrow["before"]) else ""
    given, wanted = arrow["given"], arrow["wanted"].strip("?. \t")
    return f"{before}\nInput: {given}\nOutput: {wanted}"


def _without_numbers(lines: Sequence[str]) -> list[str]:
    """The lines without row numbers, which count from 0 or 1, one line after the other."""
    found = list(lines)
    at = 0
    while at < len(lines):
        run = at
        while run < len(lines) and (match := _NUMBERED.match(lines[run])):
            if int(_number(match)) not in ((0, 1) if run == at else (run - at, run - at + 1)):
                break
            run += 1
        matches = [_NUMBERED.match(line) for line in lines[at:run]]
        numbers = [_number(match) for match in matches if match]
        if numbers and are_counted(numbers):
            found[at:run] = [m.string[m.end() :] for m in matches if m]
        at = max(run, at + 1)
    return found


def _number(match: re.Match[str]) -> str:
    return match[match.lastindex or 0]


def without_labels(grids: Sequence[Grid]) -> list[Grid]:
    """The grids without their sizes, or without the numbers of their rows and columns, if each grid
    has them and its rows are uneven with them. Raises `PuzzleError` where they may be colours,
    too."""
    tall = [grid for grid in grids if len(grid) > 1]
    if not grids or len(tall) < len(grids):
        return list(grids)
    for has, cut, what in (
        (_has_size, _below, "its size"),
        (_has_corner, _inside, "numbers of rows and columns"),
        (_has_numbers_above, _below, "numbers of columns"),
        (_has_numbers_beside, None, "numbers of rows"),
    ):
        if not all(map(has, grids)):
            continue
        if cut is not None and any(len({*map(len, grid)}) > 1 for grid in grids):
            return list(map(cut, grids))
        if len(grids) >= _FEWEST:
            raise PuzzleError(
                f"every grid begins with what may be {what} or colours",
                hint="Leave it out, or give the task as JSON.",
            )
    return list(grids)


def _below(grid: Grid) -> Grid:
    return grid[1:]


def _inside(grid: Grid) -> Grid:
    return [row[1:] for row in grid[1:]]


def _has_size(grid: Grid) -> bool:
    first, *rows = grid
    return {*map(len, rows)} == {len(rows[0])} and sorted(first) == sorted(
        (len(rows), len(rows[0]))
    )


def _has_corner(grid: Grid) -> bool:
    first, *rows = grid
    widths = {*map(len, rows)} == {len(first) + 1}
    return widths and _are_counted(first) and _are_counted([row[0] for row in rows])


def _has_numbers_above(grid: Grid) -> bool:
    return len(grid[0]) > 1 and _are_counted(grid[0])


def _has_numbers_beside(grid: Grid) -> bool:
    return all(len(row) > 1 for row in grid) and _are_counted([row[0] for row in grid])


def _are_counted(numbers: Sequence[int]) -> bool:
    return are_counted(list(map(str, numbers)))
