"""ARC tasks as people write them for each other and for language models: a title such as `Input:`
above rows of digits, or as keys of YAML. Read only where no JSON is.

What is demonstration and what is test is said by a word above (`Example 2`, `Test`), or by an input
without an output. A line that is neither a title nor a row is refused, never left out between two
rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from puzzles.arc.cells import dotted, has_dots, in_digits, with_names_as_digits
from puzzles.arc.labels import plainly_titled, without_labels
from puzzles.errors import PuzzleError
from puzzles.text.markup import SOFT

MAX_BLOCKS = 200_000
"""Longest text, in characters, in which they are looked for; the largest task has about 60,000."""

_SIDE = re.compile(
    r"[\W_]*+(?P<before>(?:[a-z]+[\W_]{1,3}(?:\d{1,3}[\W_]{1,3})?){0,3}?)(?P<side>input|output)"
    r"(?:[\W_]{0,2}grid)?(?:[\W_]{0,2}\d{1,3})?"
    r"(?:\s?[(\[]?\d{1,2}\s?[x×]\s?\d{1,2}[)\]]?|\s?\([^()\n]{1,30}\))?"
    r"[\s*_\"'`)\]]*+(?P<mark>[:=]|$)[\s*_]*+(?P<rest>.*+)",
    re.IGNORECASE,
)
_INNER = re.compile(r"(?<=[\]\d:])[ \t]++(?=(?:input|output)\b[^\n:=]{0,10}[:=])", re.IGNORECASE)
"""Before a title in the middle of a line."""

_SECTION = re.compile(
    r"[\W_]*+(?P<word>train|test|demo|demonstration|example|pair|task)(?:ing|s)?"
    r"(?:[\W_]{1,3}(?:examples?|pairs?|cases?|inputs?|demonstrations?))?(?:[\W_]{0,3}\d{1,3})?[\W_]*+",
    re.IGNORECASE,
)
_ROW = re.compile(r"[\s\[\](){},;|&.]*+(?:-[ \t]++)?[\[(|\"']*+\d[\d\s\[\](){},;|/\"']*+")
_CELLS = re.compile(r"\s*\d(?:[\s,]{0,3}\d)*\s*")
_BELOW = ("|", "|-", ">", ">-")
"""What YAML writes before lines of text."""

_RULE = re.compile(r"[\s|:+-]*\|[\s|:+-]*")
"""Below the header of a table, and between its rows."""

_CELL_OF_YAML = re.compile(r"\s*+(?P<row>-[ \t]++)?-[ \t]++(?P<cell>\d)\s*+")

_LIST = re.compile(r"[\[({][\d\s,]*[\])}]")
_QUOTED = re.compile(r"[\"']\s*(\d[\d ,]*\d)\s*[\"']")
"""A row in a list of texts."""

_BETWEEN = " \t\r[](){},;`"
"""Lines of these alone part nothing."""

_LONGEST = 20_000
"""Characters of a line."""

Grid: TypeAlias = list[list[int]]


def from_blocks(text: str) -> dict[str, list[dict[str, Grid]]] | None:
    """A task as JSON has it, None where no titles of inputs and outputs stand in the text. Raises
    `PuzzleError` for a grid that cannot be understood, and for a task without a test."""
    if len(text) > MAX_BLOCKS:
        return None
    text = plainly_titled(in_digits(text.replace(SOFT, "\n").replace("\\n", "\n")))
    task: dict[str, list[dict[str, Grid]]] = {"train": [], "test": []}
    runs: list[str] = []
    found = list(_grids(text))
    grids = without_labels([grid for _, _, grid in found])
    for (part, side, _), grid in zip(found, grids, strict=True):
        runs += [part] if runs[-1:] != [part] else []
        if len(runs) > 2:
            raise PuzzleError("a second task begins here", hint="Give each in a text of its own.")
        pairs = task[part]
        if side == "input":
            pairs.append({"input": grid})
        elif not pairs or "output" in pairs[-1]:
            raise PuzzleError(
                "an output stands here before its input", hint="Write Input: above each input."
            )
        else:
            pairs[-1]["output"] = grid
    if not task["train"] and not task["test"]:
        return None
    if not task["test"]:  # the last one, where it has no output
        asked = task["train"][-1]
        if "output" in asked:
            raise PuzzleError(
                "these are pairs of input and output without a test",
                hint="Write Test: above the input that is to be solved.",
            )
        task["test"] = [task["train"].pop()]
    if not task["train"]:
        raise PuzzleError(
            "this is a test without demonstrations",
            hint="Write Input: and Output: above the rows of each demonstration.",
        )
    return task


def looks_titled(text: str) -> bool:
    """Whether titles of inputs and of outputs stand in a text."""
    lines = plainly_titled(text[:20_000]).split("\n")
    found = (_SIDE.fullmatch(part) for line in lines for part in _INNER.split(line))
    return len({title["side"].lower() for title in found if title}) == 2


def _grids(text: str) -> Iterator[tuple[str, str, Grid]]:
    """Part, side and grid of each block, in their order."""
    block = _Block("train", dots=has_dots(text), between=_mark_of_rows(text))
    lines = enumerate(text.split("\n"), start=1)
    for number, part in ((n, part) for n, whole in lines for part in _INNER.split(whole)):
        line = with_names_as_digits(part)
        title = _SIDE.fullmatch(line) if len(line) < _LONGEST else None
        section = None if title else _SECTION.fullmatch(line)
        if title or section or line.strip(_BETWEEN):
            is_row = not title and not section and (_is_row(line) or block.is_dotted(line))
            if is_row and block.is_open:
                block.add(line, number)
                continue
            if block.is_open and _RULE.fullmatch(line):
                continue
            if is_row and block.began:
                raise PuzzleError(
                    "this row stands below no title of its own",
                    hint="Write Input: or Output: above the first row of each grid.",
                    line=number,
                )
            if block.is_open and not (title or section) and not _may_follow(line):
                raise _no_row(line, number)
            yield from block.closed()
        if title or section:
            belongs = block.part
            words = title["before"] if title else line
            if re.search(r"test", words, re.IGNORECASE):
                belongs = "test"
            elif re.search(r"train|example|demo|pair", words, re.IGNORECASE):
                belongs = "train"
            block = _Block(belongs, block.began, block.asked, block.dots, block.between)
        if title:
            is_answer = title["before"].lower().startswith("answer")
            block.open(title["side"].lower(), number, is_answer=is_answer)
            rest = title["rest"].strip(_BETWEEN.replace("[", "").replace("]", ""))
            rest = "" if rest in _BELOW or not rest.strip("?") else rest
            if rest:
                block.add(rest, number)
            if rest.strip("[]0123456789, \t;/|"):
                raise _no_row(rest, number)
    yield from block.closed()


def _may_follow(line: str) -> bool:
    """Whether a line below a grid is a ruler or a sentence, rather than a row with a wrong cell."""
    return re.search(r"[^\W\d_]{3,}", line) is not None or not any(c.isalnum() for c in line)


@dataclass
class _Block:
    """The grid that is read: of which part and side, and the line of its title."""

    part: str
    began: int = 0
    asked: int = 0
    """Line of an output that is left open, which only the last may be."""

    dots: bool = False
    """Whether dots are black."""

    between: str = ""
    """What parts the rows that stand on one line, empty where none do."""

    side: str = ""
    grid: Grid = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return bool(self.side)

    def open(self, side: str, line: int, *, is_answer: bool) -> None:
        if is_answer:  # it may be that of an output that was left open
            self.asked = 0
        if self.asked:
            raise _missing("output", self.asked)
        self.side, self.began = side, line

    def is_dotted(self, line: str) -> bool:
        return self.dots and self.is_open and dotted(line)

    def closed(self) -> Iterator[tuple[str, str, Grid]]:
        if not self.side:
            return
        if self.grid:
            yield self.part, self.side, self.grid
        elif self.side == "input":
            raise _missing("input", self.began)
        else:
            self.asked = self.began
        self.side, self.grid = "", []

    def add(self, line: str, number: int) -> None:
        """A row of the grid, or several that are lists; or one cell of it, as YAML may write lists
        of lists."""
        each = _QUOTED if len(_QUOTED.findall(line)) > 1 else _LIST
        lists = each.findall(line)
        if lists and re.search(r"\d", each.sub("", line)):
            raise _no_row(line, number)
        line = line.strip("[](){}, \t" + self.between) if self.between in line else line
        for row in lists or (line.split(self.between) if self.between else [line]):
            self._row(row, number)

    def _row(self, line: str, number: int) -> None:
        if self.is_dotted(line):
            line = line.replace(".", "0").replace("_", "0")
        if cell := _CELL_OF_YAML.fullmatch(line):
            if cell["row"]:
                self.grid.append([])
            if self.grid:
                self.grid[-1].append(int(cell["cell"]))
                return
        words = re.findall(r"\d+", line)
        if len(words) == 1:
            words = list(words[0])
        if not words or any(len(word) > 1 for word in words):
            raise _no_row(line, number)
        self.grid.append([int(word) for word in words])


def _mark_of_rows(text: str) -> str:
    """What parts rows of several cells on one line of a text, empty where nothing does."""
    for mark in ";/|":
        for line in text.split("\n"):
            parts = line.rpartition(":")[2].strip("[](){}, \t" + mark).split(mark)
            cells = {sum(c.isdigit() for c in part) for part in parts}
            bare = len(line) < _LONGEST and all(_CELLS.fullmatch(part) for part in parts)
            if bare and len(parts) > 1 and len(cells) == 1 and cells.pop() > 1:
                return mark
    return ""


def _missing(side: str, line: int) -> PuzzleError:
    return PuzzleError(
        f"no grid stands below this {side}",
        hint="Write its rows there, one a line, as digits from 0 to 9.",
        line=line,
    )


def _no_row(line: str, number: int) -> PuzzleError:
    return PuzzleError(
        f"{line.strip()[:20]!a} is no row of colours",
        hint="A row is digits from 0 to 9, with or without blanks between them.",
        line=number,
    )


def _is_row(line: str) -> bool:
    return _ROW.fullmatch(line) is not None or _CELL_OF_YAML.fullmatch(line) is not None
