"""What every kind of puzzle has in common, so that the model, the terminal and the tests can treat
Sudoku, mazes, ARC and kinds from outside alike.

`Domain` is the whole contract. `DomainDefaults` holds what most kinds share, so that the least
domain is a name, a vocabulary, a palette, `parse`, `encode`, `decode` and `check`.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from puzzles.game import AnyGame
    from puzzles.training import Training

Tokens: TypeAlias = NDArray[np.uint8]
"""Token ids on a canvas, (height, width)."""

Answer: TypeAlias = NDArray[np.uint8]
"""A whole answer in the domain's own symbols, (height, width).

Sudoku: digits, 0 where the model gave none. Maze: 1 on the path between S and G (both excluded),
else 0. ARC: colours 0-9 of the predicted grid, which may have any size up to 30x30.
"""

Numbers: TypeAlias = NDArray[np.int64]
BoolGrid: TypeAlias = NDArray[np.bool_]
FloatGrid: TypeAlias = NDArray[np.float32]
Beliefs: TypeAlias = NDArray[np.uint8]
"""How likely each token is in each cell, (height, width, tokens) in 255ths."""

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
    """What a file's first bytes say: UTF-8 or UTF-16, each with or without a mark; UTF-16 without
    one only where every other byte is 0, as in puzzles that ASCII suffices for."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    begin = data[: min(len(data), 4096) // 2 * 2]
    for encoding, zeros in (("utf-16-le", begin[1::2]), ("utf-16-be", begin[::2])):
        if len(zeros) > 8 and zeros.count(0) == len(zeros) and b"\0\0" not in begin:
            return encoding
    return "utf-8-sig"


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

Shared: given, answer, candidate, new, broken, unsure, blank, line, label, mark, shade, special.
Maze: wall, floor, path, start, goal. ARC: color0 … color9 for text on a colour, fill0 … fill9 for
the colour alone.
"""


@dataclass(frozen=True, slots=True)
class Room:
    """What a front end has for a picture. `tones`: it can show a colour at any brightness, so that
    a cell needs no character; `digits` wants ARC's colours written out all the same. `sketch`: the
    picture is one of many and too small to read, so that only its colours count."""

    columns: int
    rows: int
    tones: bool = True
    digits: bool = False
    sketch: bool = False

    def fits(self, columns: int, rows: int) -> bool:
        return columns <= self.columns and rows <= self.rows


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies behind a text; behind the half block ▀ one sees it as the lower half."""

    role: Role
    level: float = 1.0
    at: Position | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A run of text with one meaning. `at` is the (row, column) in the puzzle that it shows.

    `level` is a probability, which the front end shows as brightness.
    """

    text: str
    role: Role
    at: Position | None = None
    level: float = 1.0
    ground: Ground | None = None


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

    `pointers` (n, P, L): of P heads, the one cell that each cell sees. `groups` (n, G, L): of G
    heads that follow, a member that stands for the cell's group, the same for all who see one
    another, -1 for a cell without a group. `features` (n, L, F): what no head can see, as a mean
    hides how many there are. n is 1 if canvases are alike. `symbols` says how many a cell may have,
    where they are interchangeable and not always as many; 0: as many as the vocabulary has. A model
    of such symbols hears the groups of relations that it has no heads for with the weights of
    relation `shared`; -1: it does not hear them.
    """

    pointers: NDArray[np.int64]
    groups: NDArray[np.int64]
    features: NDArray[np.float32]
    symbols: int = 0
    shared: int = -1

    def __len__(self) -> int:
        """How many heads they are for."""
        return len(self.pointers[0]) + len(self.groups[0])


def groups_of(numberings: Sequence[Numbers]) -> Relations:
    """Relations where cells see one another that have the same number, by `numberings` (height,
    width); the first cell of each group stands for it."""
    groups = []
    for numbers in numberings:
        _, first, which = np.unique(numbers.ravel(), return_index=True, return_inverse=True)
        groups.append(first[which])
    cells = numberings[0].size
    return Relations(
        np.zeros((1, 0, cells), np.int64),
        np.stack(groups).astype(np.int64)[None],
        np.zeros((1, cells, 0), np.float32),
    )


@dataclass(frozen=True, slots=True)
class Soundness:
    """Whether a puzzle is what it should be, and the sentence that says so."""

    good: bool
    sentence: str


Legend: TypeAlias = tuple[tuple[str, Role, str], ...]
"""Marks on a board: each as it is drawn, its role, what it means."""


class Draft(Protocol):
    """A puzzle while it is being typed cell by cell, and so may break every rule for a while.

    Immutable: typing gives a new one. `legend` tells which keys `put` understands.
    """

    @property
    def legend(self) -> str: ...

    def put(self, at: Position, key: str) -> Draft | None:
        """The draft after typing a character into a cell, None if it means nothing there."""
        ...

    def clicked(self, at: Position) -> Draft:
        """The draft after a click on a cell."""
        ...

    def emptied(self) -> Draft:
        """A draft of the same size with nothing in it."""
        ...

    def picture(self) -> Picture:
        """What is there; cells that break a rule are marked."""
        ...

    def finished(self) -> Any:
        """The puzzle; raises PuzzleError while it is none."""
        ...


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
    variants: Mapping[str, str]
    """What an app offers to make beside the usual puzzles: a title, and `rules` for `generate`."""
    levels: tuple[str, ...]
    """Of puzzles that `generate` makes; empty where it makes none."""
    checkable: bool
    """Whether `check` can tell a right answer without knowing it (Sudoku, maze)."""
    exact: bool
    """Whether `solve` finds every answer; else it gives the one on file, if any."""
    unique: bool
    """Whether a puzzle with several answers is flawed (a maze may have several shortest paths)."""
    adapts: bool
    """Whether a model learns each puzzle's demonstrations before it answers. Its puzzles have
    `task`, `demonstrations`, `input` and `output`, as those of ARC do."""
    needs_facts: bool
    """Whether puzzles are read as a model knows them: see `told`."""
    collections: tuple[str, ...]
    """Names of published sets that `collection` knows."""
    default_example: str
    """The example that is shown where no puzzle is named, empty if there is none."""
    showcase: tuple[str, ...]
    """The examples that `hrm demo` shows, which take a model a while; may be empty."""
    palette: tuple[str, ...]
    """What a cell of an answer may hold, by its number, where a person paints it; else empty."""
    legend: Legend
    answer_suffix: str
    """Of a file that `write_answers` fills, such as `.txt`."""
    veil: tuple[str, Role]
    """What covers a cell of an answer that is to be watched and not copied."""

    def parse(self, text: str, rules: str = "") -> list[P]:
        """Read one or many puzzles in any format its users paste, under `rules` that a person
        names or writes down, where the domain has any; raises `PuzzleError`."""
        ...

    def settled_rules(self, rules: str, size: int = 0) -> str:
        """The names or the text of a rules file that a person gave, and the number of rows, as one
        text for `parse` and `generate`; raises `PuzzleError` for rules that cannot be and where the
        domain has no such choice."""
        ...

    def parse_file(self, text: str, path: Path) -> list[P]:
        """`parse` where the file's name may say something, such as what a task is called."""
        ...

    def read_folder(self, folder: Path) -> list[P] | None:
        """The puzzles of a folder, None where a folder means nothing; raises `PuzzleError`."""
        ...

    def literal(self, text: str, *, loosely: bool = False) -> bool:
        """Whether an argument is a puzzle by itself and no name of a file; `loosely`: or was meant
        as one, so that `parse` can say what is wrong with it."""
        ...

    def likeness(self, text: str) -> int:
        """How much a text looks like this kind of puzzle at a glance: 0 not, 1 perhaps, 2 surely.
        A wrong guess costs nothing but time."""
        ...

    def find(self, name: str) -> list[P] | None:
        """A bundled example or a known id by its name, None if there is no such thing."""
        ...

    def examples(self) -> tuple[str, ...]:
        """Names of the bundled examples that `find` knows."""
        ...

    def collection(self, name: str) -> list[P]:
        """All puzzles of one of `collections`; raises `PuzzleError` for any other name."""
        ...

    def published(self, puzzle: P) -> P:
        """The same puzzle with what its publisher knows and its text leaves out."""
        ...

    def completed(self, puzzle: P) -> P:
        """The same puzzle with its answer attached where the rules allow only one."""
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

    def feasible(self, puzzle: P, answer: Answer) -> bool | None:
        """Whether an answer does what is asked, though perhaps not in the best way: a path through
        a maze that is not the shortest. None where there is nothing between right and wrong."""
        ...

    def solve(self, puzzle: P) -> list[Answer]:
        """Exact answers, at most two: none, the only one, or two that show it is not unique.

        Raises `TooHardError` where the search takes too long."""
        ...

    def soundness(self, puzzle: P) -> Soundness:
        """What can be said of a puzzle without an answer to judge."""
        ...

    def difficulty(self, puzzle: P) -> str:
        """How hard a puzzle is, in a word or two: what an evaluation groups its counts by."""
        ...

    def summary(self, puzzle: P) -> str:
        """How large a puzzle is, in a few words for a list, such as `28 clues`."""
        ...

    def level_summary(self, level: str) -> str:
        """What puzzles of one of `levels` have in common, in a few words; may be empty."""
        ...

    def level_of(self, puzzle: P) -> str:
        """The one of `levels` that a puzzle is closest to; empty where there are none."""
        ...

    def rules_like(self, puzzle: P) -> str:
        """`rules` for `generate` that make more puzzles of the same size and rules; empty for the
        usual ones."""
        ...

    def generate(self, rng: np.random.Generator, level: str, rules: str = "") -> P:
        """A fresh puzzle with its answer attached; raises `PuzzleError` for an unknown level.
        `rules` are only given where `settled_rules` takes any."""
        ...

    def evaluation_level(self, layout: Layout) -> str:
        """The level that a training run is measured on if its settings choose none."""
        ...

    def training(self) -> Training:
        """What training asks: rows by the thousand, files, symmetric copies, data sets."""
        ...

    def with_facts(self, facts: Mapping[str, Any]) -> Domain[P]:
        """The domain as a model knows it that was trained on data with these `facts`, see
        `Training.facts_of_file`; raises `PuzzleError` where they are none."""
        ...

    def game(self, puzzle: P) -> AnyGame | None:
        """The puzzle to be played by hand, nothing played yet; None if it cannot be."""
        ...

    def draft(self, puzzle: P) -> Draft | None:
        """What a person edits on the board, beginning with a puzzle; None if nobody can."""
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
        beliefs: Beliefs | None = None,
        room: Room | None = None,
    ) -> Picture:
        """Draw a puzzle, or an answer on it. `changed` and `confidence` have the answer's shape.

        With `beliefs`, also as large, one sees what else the model thinks of; without an answer
        the likeliest is drawn. The picture is as large as `room` allows and its size depends on
        nothing else; without one it is small and has no frame.
        """
        ...


AnyDomain: TypeAlias = Domain[Any]


def refuse_rules(name: str, rules: str) -> None:
    """Raises `PuzzleError` for rules where a domain takes none."""
    if rules:
        raise PuzzleError(f"{name} puzzles have no rules to choose", hint="Leave out the rules.")


class DomainDefaults(ABC):
    """What a kind of puzzle may leave as it is. Inherit from it and give `name`, `spec`, `palette`,
    `parse`, `encode`, `decode` and `check`; without a palette also `render`.

    Nothing is generated, turned or solved exactly, there are no examples, and answers are written
    as JSON, one a line.
    """

    name: str
    spec: TokenSpec
    variants: Mapping[str, str] = MappingProxyType({})
    levels: tuple[str, ...] = ()
    checkable: bool = True
    exact: bool = False
    unique: bool = True
    adapts: bool = False
    needs_facts: bool = False
    collections: tuple[str, ...] = ()
    default_example: str = ""
    showcase: tuple[str, ...] = ()
    palette: tuple[str, ...] = ()
    legend: Legend = ()
    answer_suffix: str = ".txt"
    veil: tuple[str, Role] = ("▪", "answer")
    settings: Mapping[str, Any] = MappingProxyType({})
    """Of training, where the usual ones of the preset mini do not suit (`hrm train --show`)."""

    @abstractmethod
    def parse(self, text: str, rules: str = "") -> list[Any]: ...

    @abstractmethod
    def encode(self, puzzle: Any, layout: Layout) -> Tokens: ...

    @abstractmethod
    def decode(self, tokens: Tokens, puzzle: Any, layout: Layout) -> Answer: ...

    @abstractmethod
    def check(self, puzzle: Any, answer: Answer) -> Verdict: ...

    def render(
        self,
        puzzle: Any,
        answer: Answer | None = None,
        verdict: Verdict | None = None,
        *,
        changed: BoolGrid | None = None,
        confidence: FloatGrid | None = None,
        beliefs: Beliefs | None = None,
        room: Room | None = None,
    ) -> Picture:
        """The symbols of the `palette`, those of the puzzle as given where they are not the first.

        Raises NotImplementedError where there is no palette."""
        from puzzles.drawing.symbol_picture import draw_symbols

        if not self.palette:
            raise NotImplementedError(f"{self.name}: give the domain a palette, or write render")
        own = self.decode(self.encode(puzzle, "native"), puzzle, "native")
        shown = own if answer is None else answer
        given = own > 0 if own.shape == shown.shape else np.zeros(shown.shape, np.bool_)
        symbols = [[self.palette[symbol] for symbol in row] for row in shown.tolist()]
        return draw_symbols(symbols, given & (own == shown), verdict, changed, confidence)

    def settled_rules(self, rules: str, size: int = 0) -> str:
        refuse_rules(self.name, rules)
        if size:
            raise PuzzleError(
                f"the size of {self.name} puzzles cannot be chosen", hint="Leave out the size."
            )
        return ""

    def parse_file(self, text: str, path: Path) -> list[Any]:
        return self.parse(text)

    def read_folder(self, folder: Path) -> list[Any] | None:
        return None

    def literal(self, text: str, *, loosely: bool = False) -> bool:
        return False

    def likeness(self, text: str) -> int:
        return 0

    def find(self, name: str) -> list[Any] | None:
        return None

    def examples(self) -> tuple[str, ...]:
        return ()

    def collection(self, name: str) -> list[Any]:
        raise PuzzleError(f"{self.name} has no published set {name[:40]!a}")

    def published(self, puzzle: Any) -> Any:
        return puzzle

    def completed(self, puzzle: Any) -> Any:
        return puzzle

    def format(self, puzzle: Any) -> str:
        """The drawing, for a domain that reads its own drawings."""
        return self.render(puzzle).plain() + "\n"

    def write_answers(self, answers: Sequence[tuple[Any, Sequence[Answer]]]) -> str:
        """A line for each puzzle: its first answer as rows of numbers, or null."""
        lines = (json.dumps(found[0].tolist() if found else None) for _, found in answers)
        return "".join(f"{line}\n" for line in lines)

    def read_answers(self, text: str, puzzles: Sequence[Any]) -> list[Answer]:
        """Inverse of `write_answers`; a missing answer becomes one without cells."""
        lines = [(n, line) for n, line in enumerate(text.split("\n"), start=1) if line.strip()]
        if len(lines) != len(puzzles):
            raise PuzzleError(f"{len(lines)} answers for {len(puzzles)} puzzles")
        return [_answer_of(line, number) for number, line in lines]

    def target(self, puzzle: Any, layout: Layout) -> Tokens | None:
        return None

    def feasible(self, puzzle: Any, answer: Answer) -> bool | None:
        return None

    def solve(self, puzzle: Any) -> list[Answer]:
        return []

    def soundness(self, puzzle: Any) -> Soundness:
        """By the number of its answers, where they can be counted."""
        if not self.exact:
            return Soundness(True, "Readable.")
        answers = len(self.solve(puzzle))
        if not answers:
            return Soundness(False, "It has no solution.")
        if answers > 1 and self.unique:
            return Soundness(False, "It has more than one solution.")
        return Soundness(True, "Sound: exactly one solution." if answers == 1 else "Sound.")

    def difficulty(self, puzzle: Any) -> str:
        """Its size."""
        height, width = self.encode(puzzle, "native").shape
        return f"{height}x{width}"

    def summary(self, puzzle: Any) -> str:
        height, width = self.encode(puzzle, "native").shape
        return f"{height}×{width}"

    def level_summary(self, level: str) -> str:
        return ""

    def level_of(self, puzzle: Any) -> str:
        """The puzzle's own name if that is one, else the one in the middle."""
        if not self.levels or puzzle.name in self.levels:
            return puzzle.name if self.levels else ""
        return self.levels[len(self.levels) // 2]

    def rules_like(self, puzzle: Any) -> str:
        return ""

    def generate(self, rng: np.random.Generator, level: str, rules: str = "") -> Any:
        raise PuzzleError(f"{self.name} puzzles are not generated", hint="Give a file.")

    def evaluation_level(self, layout: Layout) -> str:
        return self.levels[0] if self.levels else ""

    def augment(self, puzzle: Any, rng: np.random.Generator) -> tuple[Any, Undo]:
        return puzzle, lambda answer: answer

    def hypotheses(
        self, puzzle: Any, probabilities: FloatGrid, layout: Layout
    ) -> list[Hypothesis[Any]]:
        return []

    def rules(self, puzzles: Sequence[Any]) -> RulesArray | None:
        return None

    def relations(self, canvases: Tokens, rules: RulesArray | None = None) -> Relations | None:
        return None

    def training(self) -> Training:
        """By the methods above, one puzzle after the other, with `settings`."""
        from puzzles.training import PuzzleByPuzzle

        return PuzzleByPuzzle(self, self.settings)

    def with_facts(self, facts: Mapping[str, Any]) -> AnyDomain:
        return self

    def game(self, puzzle: Any) -> AnyGame | None:
        """Painting, where there is a `palette`."""
        from puzzles.paint import PaintGame

        return PaintGame(self, puzzle) if self.palette else None

    def draft(self, puzzle: Any) -> Draft | None:
        return None


def _answer_of(line: str, number: int) -> Answer:
    wanted = "An answer is a list of rows of numbers from 0 to 255, or null."
    try:
        rows = json.loads(line)
        answer = np.array([] if rows is None else rows, dtype=np.int64)
        if rows is None:
            return np.zeros((0, 0), np.uint8)
        if answer.ndim != 2 or answer.min(initial=0) < 0 or answer.max(initial=0) > 255:
            raise ValueError
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise PuzzleError("no answer can be read", hint=wanted, line=number) from None
    return answer.astype(np.uint8)
