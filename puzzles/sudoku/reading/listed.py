"""Sudokus in lists of any language as lines for the strict readers.

Where 0 stands beside another blank, such as null, it may be a digit: both are named and neither is
taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isqrt

from puzzles.errors import PuzzleError
from puzzles.sudoku.reading.exports import without_states
from puzzles.sudoku.reading.shapes import ANSWER
from puzzles.sudoku.rules import CLASSIC, LARGEST, SMALLEST
from puzzles.text.labels import are_counted
from puzzles.text.listings import Token, tokens
from puzzles.text.surroundings import is_text, says_answer
from puzzles.text.text_grid import Line

_NULLS = frozenset(("none", "null", "nil", "nan", "undefined", "na", "nothing", "missing", "empty"))
_BLANKS = frozenset("._*?·xX-")
_OTHER_THAN_CELLS = frozenset(("true", "false"))
_FEWEST = 3
"""Lists of fewer cells are none of rows, such as `(3, 3)`."""

_HOLED = 8
"""Cells that a row of nine has before its last comma, where blanks are left empty."""

_STATE = re.compile(
    r"(?:(?:user|player|my|current|game|working)[_ ]?)?(?:state|entries|progress|current|filled|"
    r"marks|pencil_?marks|notes|candidates|guess(?:es)?|attempts?|user|player|working|entered)"
    r"(?:[_ ]?(?:grid|board|cells|values))?",
    re.IGNORECASE,
)
"""Names of what somebody wrote into a puzzle that stands beside it."""

_GIVENS = re.compile(
    r"(?:initial|original|given|start(?:ing)?|unsolved|clue)s?"
    r"(?:[_ ]?(?:grid|board|cells|puzzle|values))?|puzzle|quiz",
    re.IGNORECASE,
)
_BOARD = re.compile(r"(?:board|grid|cells|values)", re.IGNORECASE)
"""Names of a puzzle, and of what it has become where both stand beside each other."""

_NAMED_GRID = re.compile(r"""\b(\w{4,20})["']?\s*[:=]\s*(?:\[\s*\[|["'][0-9._]{81})""")
_FLAGS = re.compile(
    r"(?:is_?)?(?:fixed|givens?|locked|read_?only|editable|mask|clues?|initial|original)"
    r"(?:[_ ]?(?:cells|mask|flags|grid))?",
    re.IGNORECASE,
)
"""Names of a list that says for each cell whether it is given."""

_LABELS = re.compile(r"columns|index|headers?|labels|names", re.IGNORECASE)
"""Names of the labels of a table, as pandas writes them."""

_OPENS = frozenset("[({\"'`")
"""What a list, and a string, begins with."""

_DEEPEST = 100
"""Open brackets that nobody writes around a puzzle."""

_RECORD = re.compile(r"\{([^{}\[\]]{20,2000})\}")
_PAIR = re.compile(
    r"""\s*["']?(\w{1,12})["']?\s*:\s*(null|None|NaN|["'][^"'\n]?["']|-?\d{1,2}(?:\.0)?)\s*(?:,|$)"""
)
_LIST_IN_STRING = re.compile(r"""["'](?=[\[({]{2})|(?<=[\])}]{2})["']""")


@dataclass
class _Reader:
    """What has been read of a list: `cells` of the innermost one that is open; `states` are the
    lines of somebody's progress; `held` is a string with a name, and `named` are all of them."""

    lines: list[Line] = field(default_factory=list)
    states: list[Line] = field(default_factory=list)
    cells: list[Token] = field(default_factory=list)
    blanks: dict[str, Token] = field(default_factory=dict)
    before: str = "open"
    key_line: int = 0
    is_answer: bool = False
    is_state: bool = False
    key: str = ""
    held: Line | None = None
    named: list[tuple[str, Line]] = field(default_factory=list)
    holes: bool = False
    rows: int = 0
    is_played: bool = False
    """Whether a board stands beside the puzzle that it was."""

    def take(self, token: Token, depth: int) -> None:
        """`depth`: how many brackets are open, this one counted; outside of all only strings and
        words mean something."""
        kind, text = token.kind, token.text
        scalar = self.before == "key" and self.key_line == token.line
        if kind == "close" and self.before == "comma" and len(self.cells) == _HOLED and self.holes:
            self.cells.append(token._replace(text="."))
        if kind in ("open", "close", "key") or (kind == "row" and text == ";"):
            self._end()
        if kind in ("key", "word") and says_answer(text.strip("\"'=:> \t").replace("_", " ")):
            self._next(is_answer=True)
        if kind == "key":
            self.key = text.strip("\"'=:> \t")
            self.is_state = _STATE.fullmatch(self.key) is not None or (
                self.is_played and _BOARD.fullmatch(self.key) is not None
            )
        if kind == "string":
            self._string(token, depth, scalar=scalar)
        elif not depth:
            pass
        elif (kind == "number" or (kind == "word" and _is_blank(text))) and not scalar:
            self.cells.append(token)
        elif text.lower() in _OTHER_THAN_CELLS and not scalar and _FLAGS.fullmatch(self.key):
            raise PuzzleError(
                f"{self.key!a} says in a list of its own which cells are given",
                hint="Give the puzzle alone, blanks as dots.",
                line=token.line,
            )
        elif kind == "word" and self.cells and text.lower() not in _OTHER_THAN_CELLS:
            self.cells.append(token) if len(text) == 1 else self.cells.clear()
        elif kind == "comma" and self.before in ("comma", "open"):
            self.cells.append(token._replace(text="."))
            self.holes = True
        if kind != "row":
            self.before = kind
        if kind == "key":
            self.key_line = token.line + text.count("\n")

    def _string(self, token: Token, depth: int, *, scalar: bool) -> None:
        inner = token.text[1:-1]
        held, self.held = self.held, None
        if held and self.before == "string" and len(inner) == len(held.text):
            self._row(held, len(held.text))  # one string in several parts
        if len(inner.strip()) <= 2 and not scalar:
            if depth:
                self.cells.append(
                    token._replace(text=inner.strip() or ".", column=token.column + 1)
                )
            return
        for number, part in enumerate(re.split(r"\\n|\n|\\r", inner)):
            if len(part) >= SMALLEST and not is_text(
                part, frozenset("ABCDEFGHIJKLMNOPXabcdefghijklmnopx")
            ):
                row = Line(token.line, part, token.column if number == 0 else None)
                if scalar and len(part) < 41 and "\\n" not in inner and "\n" not in inner:
                    self.held = row
                    self.named.append((self.key, row))
                    continue
                self._row(row, len(part.replace(" ", "")))

    def _end(self) -> None:
        """The end of a list: its cells are a row, or a whole puzzle."""
        cells, self.cells, self.holes = self.cells, [], False
        if len(cells) <= _FEWEST:
            return
        first = cells[0]
        straight = all(cell.line == first.line for cell in cells)
        text: list[str] = []
        for cell in cells:
            at = cell.column - first.column if straight else len(text) + 1
            text += " " * (at - len(text)) + self._written(cell)
        line = Line(first.line, "".join(text), first.column - 1 if straight else None)
        self._row(line, len(cells))

    def _written(self, cell: Token) -> str:
        text = cell.text
        number = text.split(".", maxsplit=1)[0] if cell.kind == "number" else text
        blank = "-1" if number == "-1" else text.lower() if _is_blank(text) else number
        if number in ("0", "-1") or _is_blank(text):
            self.blanks.setdefault(blank, cell)
            if "0" in self.blanks and len(self.blanks) > 1:
                other = next(mark for mark in self.blanks if mark != "0")
                raise PuzzleError(
                    f"{other[:9]} and 0 both stand where a blank may be: "
                    "0 may be a blank or a digit, as where digits are 0 to 8",
                    hint="Write digits from 1 on and one mark for blanks.",
                    line=cell.line,
                    column=cell.column,
                )
            return "0" if number == "0" else "."
        return number

    def _row(self, line: Line, cells: int) -> None:
        labels = line.text.split()
        if _LABELS.fullmatch(self.key) and (are_counted(labels) or are_counted("".join(labels))):
            return
        if self.is_state:
            self.states.append(line)
            return
        if not self.rows and self.is_answer:
            self.lines.append(Line(line.number, ANSWER))
        self.lines.append(line)
        self.rows += 1
        if self.rows == cells or isqrt(cells) ** 2 == cells > LARGEST:
            self._next()

    def _next(self, *, is_answer: bool = False) -> None:
        if self.rows:
            self.lines.append(Line(self.lines[-1].number, ""))
        self.rows, self.is_answer, self.blanks = 0, is_answer, {}


def from_lists(text: str) -> list[Line] | None:
    """The puzzles of lists, None if there is no list as long as a row. Raises `PuzzleError`."""
    if _OPENS.isdisjoint(text):
        return None
    grids = {match[1] for match in _NAMED_GRID.finditer(text)}
    is_played = any(map(_GIVENS.fullmatch, grids)) and any(map(_BOARD.fullmatch, grids))
    reader = _Reader(is_played=is_played)
    depth = 0
    for token in tokens(_LIST_IN_STRING.sub(" ", without_states(text))):
        depth = max(0, depth + {"open": 1, "close": -1}.get(token.kind, 0))
        if depth > _DEEPEST:
            return None
        reader.take(token, depth)
    names = [name for name, _ in reader.named]
    rows = [row for _, row in reader.named]
    if len(rows) != CLASSIC.size or not are_counted(names) or names[0][0] in "cCvVxX":
        rows = []  # or columns
    found = next((lines for lines in (reader.lines, reader.states, rows) if _has_grid(lines)), None)
    return found or list(_small(reader.named)) or None


def _small(named: Sequence[tuple[str, Line]]) -> Iterator[Line]:
    """The puzzles of less than 41 cells that names call so, each with the answer behind it."""
    before = 0
    for name, line in named:
        cells = len(line.text)
        if _GIVENS.fullmatch(name) or name == "question":
            before = cells if isqrt(cells) ** 2 == cells else 0
            yield from [line] if before else []
        elif says_answer(name.replace("_", " ")) and cells == before:
            yield from (Line(line.number, ANSWER), line)
            before = 0


def with_records_as_lists(text: str) -> str:
    """With lists for objects whose names count their cells, as pandas writes the rows of a table;
    those of columns have names of rows, and stay."""

    def cells(match: re.Match[str]) -> str:
        pairs = _PAIR.findall(match[1])
        names = [name for name, _ in pairs]
        if len(pairs) <= _FEWEST or _PAIR.sub("", match[1]).strip() or not are_counted(names):
            return match[0]
        if names[0][0] in "rR":
            return match[0]
        return f"[{', '.join(cell for _, cell in pairs)}]" + "\n" * match[0].count("\n")

    return _RECORD.sub(cells, text) if "{" in text else text


def _has_grid(lines: Sequence[Line]) -> bool:
    rows = [line for line in lines if line.text.strip() and line.text != ANSWER]
    return len(rows) >= SMALLEST or any(len(_bare(line.text)) >= CLASSIC.cells for line in rows)


def _bare(text: str) -> str:
    return "".join(text.split())


def _is_blank(text: str) -> bool:
    return text.lower() in _NULLS or text in _BLANKS


def answers_of(lines: Sequence[Line]) -> Iterator[Line]:
    """The grids that a title calls answers; all, where there is none."""
    if not any(line.text == ANSWER for line in lines):
        yield from lines
        return
    answer = False
    rows = 0
    for line in lines:
        if line.text == ANSWER:
            answer, rows = True, 0
        elif answer and line.text.strip():
            rows += 1
            yield line
            answer = rows < CLASSIC.size and len(_bare(line.text)) < CLASSIC.cells
