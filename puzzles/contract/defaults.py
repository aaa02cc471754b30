"""What most kinds of puzzle share, so that the least domain is a name, a vocabulary, a palette,
`parse`, `encode`, `decode` and `check`.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from puzzles.contract.protocol import AnyDomain, Draft, Hypothesis, Soundness, Verdict
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
from puzzles.errors import PuzzleError

if TYPE_CHECKING:
    from puzzles.game import AnyGame
    from puzzles.training import Training


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
    what_ifs: int = 0
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
        supposed: Sequence[Position] = (),
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

    def parse_file(self, text: str, path: Path, rules: str = "") -> list[Any]:
        return self.parse(text, rules) if rules else self.parse(text)

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

    def complete(self, beginning: str) -> tuple[str, ...]:
        return tuple(name for name in self.examples() if name.startswith(beginning))

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

    def rules_above(self, puzzle: Any) -> str:
        return ""

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
    ) -> Iterable[Hypothesis[Any]]:
        return ()

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
