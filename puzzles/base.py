"""What every kind of puzzle has in common, so that the model, the terminal and the tests can treat
Sudoku, mazes and ARC alike.

How hard a puzzle is, as one short word: what an evaluation groups its counts by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Tokens: TypeAlias = NDArray[np.uint8]
"""Token ids on a canvas, (height, width)."""

Answer: TypeAlias = NDArray[np.uint8]
"""A whole answer in the domain's own symbols, (height, width).

Sudoku: digits, 0 where the model gave none. Maze: 1 on the path between S and G (both excluded),
else 0. ARC: colours 0-9 of the predicted grid, which may have any size up to 30x30.
"""

BoolGrid: TypeAlias = NDArray[np.bool_]
FloatGrid: TypeAlias = NDArray[np.float32]
Position: TypeAlias = tuple[int, int]
"""(row, column), both from 0."""

Layout: TypeAlias = Literal["official", "native"]
"""`official` is the fixed canvas of the published checkpoints, `native` the puzzle's own size."""

Undo: TypeAlias = Callable[[Answer], Answer]
"""Maps an answer of the augmented puzzle back to an answer of the original."""

RulesArray: TypeAlias = NDArray[np.uint8]
"""What canvases do not show of their puzzles' rules, (n, layers, cells): the number of the group
that a cell is in, `NO_GROUP` where it is in none."""

NO_GROUP = 255

IGNORE = 0
"""Target token of cells that are not scored; every domain's pad id is 0."""

MAX_TEXT = 5_000_000
"""Longest puzzle text that is parsed, in characters; the ARC Prize's largest file has 4 million.
`hrm` refuses larger files by size."""


def encoding_of(data: bytes) -> str:
    """What a file's first bytes say: UTF-8, with or without a mark, or UTF-16 with one, as
    PowerShell writes it."""
    return "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"


class PuzzleError(ValueError):
    """A puzzle that cannot be read or breaks its own rules.

    `line` and `column` count from 1; `cells` are the offending (row, column) positions from 0.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        line: int | None = None,
        column: int | None = None,
        cells: Sequence[Position] = (),
    ) -> None:
        where = "" if line is None else f"line {line}: "
        if line is not None and column is not None:
            where = f"line {line}, column {column}: "
        super().__init__(where + message)
        self.hint = hint
        self.line = line
        self.column = column
        self.cells = tuple(cells)


class TooHardError(PuzzleError):
    """An exact search was given up: how many answers there are is not known."""


@dataclass(frozen=True, slots=True)
class TokenSpec:
    """Vocabulary of a domain. `glyphs[i]` shows token i to a person; `len(glyphs)` is its size.

    `further` are the glyphs of tokens behind these, which puzzles above the official size have: a
    model whose symbols are interchangeable takes them all the same.
    """

    glyphs: tuple[str, ...]
    official: tuple[int, int]
    pad: int = IGNORE
    further: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.glyphs)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of an answer. `solved` is None where nobody can know (ARC without output).

    `broken` are the cells a viewer should mark; `reasons` are sentences without a final stop.
    """

    solved: bool | None
    broken: tuple[Position, ...] = ()
    reasons: tuple[str, ...] = ()


Role: TypeAlias = str
"""What a piece of a picture means; a front end maps it to a style.

Shared: given, answer, new, broken, unsure, blank, line, label. Maze: wall, floor, path, start,
goal. ARC: color0 … color9.
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """A run of text with one meaning. `at` is the (row, column) in the puzzle that it shows."""

    text: str
    role: Role
    at: Position | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A puzzle or answer as lines of cells; roles differ in their text, not only in colour."""

    rows: tuple[tuple[Cell, ...], ...]

    @property
    def width(self) -> int:
        return max((sum(len(cell.text) for cell in row) for row in self.rows), default=0)

    def plain(self) -> str:
        return "\n".join("".join(cell.text for cell in row).rstrip() for row in self.rows)


@dataclass(frozen=True, slots=True)
class Relations:
    """What cells have to do with one another; they are numbered in reading order.

    `pointers` (n, P, L): of P heads, the one cell that each cell sees. `groups`
    (n, G, L): of G heads that follow, a member that stands for the cell's group, the same for all
    who see one another. `features` (n, L, F): what no head can see, as a mean hides how many there
    are. n is 1 if canvases are alike. `symbols` says how many a cell may have, where they are
    interchangeable and not always as many; 0: as many as the vocabulary has.
    """

    pointers: NDArray[np.int64]
    groups: NDArray[np.int64]
    features: NDArray[np.float32]
    symbols: int = 0

    def __len__(self) -> int:
        """How many heads they are for."""
        return len(self.pointers[0]) + len(self.groups[0])


P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Hypothesis(Generic[P]):
    """`puzzle` is another one with something taken as given, which `text` says: "r4c7 = 5"."""

    text: str
    puzzle: P


class Domain(Protocol[P]):
    """Everything about one kind of puzzle. Puzzles are immutable and compare by value."""

    name: str
    spec: TokenSpec
    levels: tuple[str, ...]
    checkable: bool
    """Whether `check` can tell a right answer without knowing it (Sudoku, maze)."""

    def parse(self, text: str, rules: str = "") -> list[P]:
        """Read one or many puzzles in any format its users paste, under `rules` that a person
        names or writes down, where the domain has any; raises `PuzzleError`."""
        ...

    def find(self, name: str) -> list[P] | None:
        """A bundled example or a known id by its name, None if there is no such thing."""
        ...

    def examples(self) -> tuple[str, ...]:
        """Names of the bundled examples that `find` knows."""
        ...

    def format(self, puzzle: P) -> str:
        """Text of one puzzle, without its answer, that `parse` reads back as the same puzzle."""
        ...

    def write_answers(self, answers: Sequence[tuple[P, Sequence[Answer]]]) -> str:
        """File text of answers in input order. Domains with one answer a puzzle use the first."""
        ...

    def read_answers(self, text: str, puzzles: Sequence[P]) -> list[Answer]:
        """Inverse of `write_answers` for the first answers; raises `PuzzleError`."""
        ...

    def encode(self, puzzle: P, layout: Layout) -> Tokens:
        """Input tokens; raises `PuzzleError` if the puzzle does not fit the layout."""
        ...

    def target(self, puzzle: P, layout: Layout) -> Tokens | None:
        """Answer tokens on the canvas of `encode`, `IGNORE` where not scored, None if unknown."""
        ...

    def decode(self, tokens: Tokens, puzzle: P, layout: Layout) -> Answer:
        """Any tokens to the answer they say; never fails, whatever a model predicted."""
        ...

    def check(self, puzzle: P, answer: Answer) -> Verdict:
        """Judge by the rules only; never looks at a model."""
        ...

    def solve(self, puzzle: P) -> list[Answer]:
        """Exact answers, at most two: none, the only one, or two that show it is not unique.

        Raises `TooHardError` where the search takes too long."""
        ...

    def generate(self, rng: np.random.Generator, level: str) -> P:
        """A fresh puzzle with its answer attached; raises `PuzzleError` for an unknown level."""
        ...

    def augment(self, puzzle: P, rng: np.random.Generator) -> tuple[P, Undo]:
        """A random symmetric copy, and the inverse for its answers."""
        ...

    def hypotheses(
        self, puzzle: P, probabilities: FloatGrid, layout: Layout
    ) -> list[Hypothesis[P]]:
        """What to take as given where a model is wrong, the most promising first; none of them
        contradicts the puzzle directly. Empty where it does not help.

        `probabilities` (height, width, tokens) are what the model says on the canvas of `encode`.
        An answer of the puzzle with the hypothesis that keeps the rules of this one is right.
        """
        ...

    def rules(self, puzzles: Sequence[P]) -> RulesArray | None:
        """What the canvases of puzzles of one size do not show of their rules, None if nothing."""
        ...

    def relations(self, canvases: Tokens, rules: RulesArray | None = None) -> Relations | None:
        """What relation heads may look at on input canvases (n, height, width), None if nothing.

        Where only the shape matters, equal shapes get the same object, of one canvas."""
        ...

    def render(
        self,
        puzzle: P,
        answer: Answer | None = None,
        verdict: Verdict | None = None,
        *,
        changed: BoolGrid | None = None,
        confidence: FloatGrid | None = None,
    ) -> Picture:
        """Draw a puzzle, or an answer on it. `changed` and `confidence` have the answer's shape."""
        ...


AnyDomain: TypeAlias = Domain[Any]


def refuse_rules(name: str, rules: str) -> None:
    """Raises `PuzzleError` for rules where a domain takes none."""
    if rules:
        raise PuzzleError(f"{name} puzzles have no further rules", hint="Sudokus have.")


_GUESSES = ((0, "no guess"), (2, "1-2 guesses"), (9, "3-9 guesses"), (19, "10-19 guesses"))
_SIDES = (10, 20, 30)


def difficulty(domain: AnyDomain, puzzle: Any) -> str:
    """Sudoku: guesses that our solver needs. Maze: its size. ARC: the larger side of the input."""
    if domain.name == "sudoku":
        from puzzles.sudoku.rules import tables
        from puzzles.sudoku.solver import rate

        try:
            guesses = rate(puzzle.givens, tables(puzzle.rules)).guesses
        except TooHardError:
            return "20+ guesses"
        return next((word for most, word in _GUESSES if guesses <= most), "20+ guesses")
    height, width = domain.encode(puzzle, "native").shape
    if domain.name == "maze":
        return f"{height}x{width}"
    rows, columns = np.shape(puzzle.input)
    return f"up to {next(side for side in _SIDES if max(rows, columns) <= side)}"
