"""`Domain`, the whole contract of a kind of puzzle, and the small types that its methods use. By it
the model, the terminal and the tests treat Sudoku, mazes, ARC and kinds from outside alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

import numpy as np

from puzzles.contract.relations import Relations
from puzzles.contract.tokens import (
    Answer,
    Beliefs,
    BoolGrid,
    FloatGrid,
    Layout,
    Position,
    RulesArray,
    Tokens,
    TokenSpec,
    Undo,
)
from puzzles.drawing.picture import Legend, Picture, Role, Room

if TYPE_CHECKING:
    from puzzles.game import AnyGame
    from puzzles.training import Training


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of an answer. `solved` is None where nobody can know (ARC without output).

    `broken` are the cells a viewer should mark; `reasons` are sentences without a final stop.
    """

    solved: bool | None
    broken: tuple[Position, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Soundness:
    """Whether a puzzle is what it should be, and the sentence that says so."""

    good: bool
    sentence: str


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

    def picture(self, *, room: Room | None = None) -> Picture:
        """What is there, as large as `room` allows; cells that break a rule are marked."""
        ...

    def finished(self) -> Any:
        """The puzzle; raises PuzzleError while it is none."""
        ...


P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Hypothesis(Generic[P]):
    """A puzzle with something more taken as given, which `text` says: "r4c7 = 5". Viewers
    mark the cell that it names."""

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
    what_ifs: int
    """Segments for each of `hypotheses`. 0: there are none, and symmetric copies are tried after
    a wrong answer."""
    adapts: bool
    """Whether a model learns each puzzle's demonstrations before it answers. The code that does so
    is for tasks of ARC, so a domain from outside is refused if it says so."""
    needs_facts: bool
    """Whether puzzles are read as a model knows them: see `with_facts`."""
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

    def parse_file(self, text: str, path: Path, rules: str = "") -> list[P]:
        """`parse` where the file's name may say something, such as what a puzzle is called."""
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

    def complete(self, beginning: str) -> tuple[str, ...]:
        """Names that `find` knows and that begin with a text, for completion in a shell; has to be
        fast."""
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
        """The one of `levels` that a puzzle is closest to; empty if there are no levels."""
        ...

    def rules_above(self, puzzle: P) -> str:
        """Lines to print above a drawing that does not show all rules of its puzzle, so that
        `parse` reads both together as the same puzzle; empty for the usual rules."""
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
        """The domain for a model that was trained on data with these `facts`, see
        `Training.facts_of_file`; raises `PuzzleError` if they are not of this kind."""
        ...

    def game(self, puzzle: P) -> AnyGame | None:
        """The puzzle to be played by hand, nothing played yet; None if it cannot be."""
        ...

    def draft(self, puzzle: P) -> Draft | None:
        """What a person edits on the board, beginning with a puzzle; None if it cannot be
        edited."""
        ...

    def augment(self, puzzle: P, rng: np.random.Generator) -> tuple[P, Undo]:
        """A random symmetric copy, and the inverse for its answers."""
        ...

    def hypotheses(
        self, puzzle: P, probabilities: FloatGrid, layout: Layout
    ) -> Iterable[Hypothesis[P]]:
        """What to take as given where a model is wrong, the most promising first; none of them
        contradicts the puzzle directly. Empty where it does not help. They are read a few at a
        time.

        `probabilities` (height, width, tokens) are what the model says on the canvas of `encode`.
        An answer of the puzzle with the hypothesis that keeps the rules of this one is right.
        """
        ...

    def rules(self, puzzles: Sequence[P]) -> RulesArray | None:
        """The part of the rules that the canvases of these puzzles, all of one size, do not show;
        None if they show all."""
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
        supposed: Sequence[Position] = (),
    ) -> Picture:
        """Draw a puzzle, or an answer on it. `changed` and `confidence` have the answer's shape.

        `beliefs` (height, width, tokens) show what else the model considers; without an answer the
        likeliest values are drawn. The picture is as large as `room` allows and its size depends on
        nothing else; without `room` it is small and has no frame. `supposed` are the cells of the
        hypotheses that the answer builds on.
        """
        ...


AnyDomain: TypeAlias = Domain[Any]
