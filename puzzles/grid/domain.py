"""Any grid to any grid, as a kind of puzzle. Nobody knows its rules: right is what is in the data.
Which symbols and sizes there are is found in the data, and kept by the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from puzzles.contract.defaults import DomainDefaults, refuse_rules
from puzzles.contract.protocol import Verdict
from puzzles.contract.relations import Relations, groups_of
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
)
from puzzles.drawing.picture import Picture, Room
from puzzles.drawing.symbol_picture import draw_symbols
from puzzles.errors import PuzzleError
from puzzles.grid.formats import (
    Written,
    canvas_of,
    glyphs_of,
    numbered,
    read_written,
    write_puzzle,
    write_symbols,
)
from puzzles.grid.puzzle import MOST_GLYPHS, GridPuzzle, Sides, as_array, on_canvas
from puzzles.grid.training import GridTraining

__all__ = ["GridDomain", "GridPuzzle"]


class GridDomain(DomainDefaults):
    """Token 0 is padding, and not scored in an answer; token t is written `glyphs[t]`. An answer
    holds tokens. `shapes` are those of inputs that a model was trained on, empty if any will do;
    `canvas` holds them all where outputs have other sizes than their inputs.

    Without glyphs it numbers the symbols of each text by themselves.
    """

    name = "grid"
    checkable = False
    needs_facts = True

    def __init__(
        self,
        glyphs: tuple[str, ...] = (),
        shapes: tuple[Sides, ...] = (),
        canvas: Sides | None = None,
    ) -> None:
        self.glyphs, self.shapes, self.canvas = glyphs, shapes, canvas
        official = canvas or (shapes[0] if shapes else (1, 1))
        self.spec = TokenSpec(glyphs=glyphs or ("",), official=official)

    def with_facts(self, facts: Mapping[str, Any]) -> GridDomain:
        if not facts:
            return self
        glyphs, shapes, canvas = (facts.get(name) for name in ("glyphs", "shapes", "canvas"))
        try:
            sides = tuple((int(height), int(width)) for height, width in shapes or ())
            around = [(int(height), int(width)) for height, width in ([canvas] if canvas else [])]
            known = tuple(glyphs or ())
        except (TypeError, ValueError):
            sides, around, known = (), [], ()
        usable = all(isinstance(glyph, str) for glyph in known) and 1 < len(known) <= MOST_GLYPHS
        usable = usable and on_canvas(known) == bool(around)
        if not usable or min((n for shape in (*sides, *around) for n in shape), default=1) < 1:
            raise PuzzleError(
                "the model does not say which symbols it was trained on",
                hint="Train it with: hrm train --task grid --data FILE",
            )
        return GridDomain(known, sides, *around)

    def training(self) -> GridTraining:
        return GridTraining(self)

    def parse(self, text: str, rules: str = "") -> list[GridPuzzle]:
        refuse_rules(self.name, rules)
        found = read_written(text)
        return self.numbered(found)

    def numbered(self, found: Sequence[Written]) -> list[GridPuzzle]:
        if self.glyphs:
            return numbered(found, self.glyphs, self.shapes, self.canvas)
        return numbered(found, glyphs_of(found), (), canvas_of(found))

    def format(self, puzzle: GridPuzzle) -> str:
        return write_puzzle(puzzle)

    def write_answers(self, answers: Sequence[tuple[GridPuzzle, Sequence[Answer]]]) -> str:
        """Drawings with an empty line between them, or JSON a line where symbols are longer than a
        character; `null` where there is no answer, or none with a cell."""
        texts = []
        for puzzle, found in answers:
            grid = puzzle.grid(found[0]) if found else np.zeros((0, 0), np.uint8)
            rows = [[glyph or "?" for glyph in row] for row in puzzle.written(grid)]
            texts.append(write_symbols(rows) if grid.size else "null\n")
        return ("\n" if any("\n" in text[:-1] for text in texts) else "").join(texts)

    def read_answers(self, text: str, puzzles: Sequence[GridPuzzle]) -> list[Answer]:
        """Grids in any form that puzzles have; of a CSV the outputs, where it has them."""
        lines = [line for line in text.split("\n") if line.strip()]
        sequences = all(puzzle.shape[0] == 1 for puzzle in puzzles)  # a line each
        drawn = "\n\n".join(lines) if sequences and "," not in lines[:1] else text
        found = read_written(drawn)
        if len(found) != len(puzzles):
            raise PuzzleError(f"{len(found)} answers for {len(puzzles)} puzzles")
        answers = []
        for one, puzzle in zip(found, puzzles, strict=True):
            rows = Written(one.line, one.wanted or one.given, None)
            if rows.given == [list("null")]:
                answers.append(np.zeros((0, 0), np.uint8))
                continue
            canvas = puzzle.shape if puzzle.on_canvas else None
            (read,) = numbered([rows], puzzle.glyphs, (), canvas)
            answers.append(as_array(read.cells))
        return answers

    def encode(self, puzzle: GridPuzzle, layout: Layout) -> Tokens:
        if layout == "official" and self.shapes and puzzle.shape != self.spec.official:
            raise PuzzleError(
                f"the grid is {puzzle.shape[0]}x{puzzle.shape[1]}, the model knows only "
                f"{self.spec.official[0]}x{self.spec.official[1]}"
            )
        return as_array(puzzle.cells)

    def target(self, puzzle: GridPuzzle, layout: Layout) -> Tokens | None:
        return None if puzzle.answer is None else as_array(puzzle.answer)

    def decode(self, tokens: Tokens, puzzle: GridPuzzle, layout: Layout) -> Answer:
        return tokens.astype(np.uint8)

    def check(self, puzzle: GridPuzzle, answer: Answer) -> Verdict:
        """Compare with the known answer; without one nobody can know."""
        if puzzle.answer is None:
            return Verdict(None)
        wanted = as_array(puzzle.answer)
        sides = [puzzle.grid(rows).shape for rows in (answer, wanted)]
        sizes = [f"{height}x{width}" for height, width in sides]
        differs = [f"the size differs: got {sizes[0]}, wants {sizes[1]}"] * (sides[0] != sides[1])
        if answer.shape != wanted.shape:
            return Verdict(False, (), tuple(differs))
        wrong = (answer != wanted) & (wanted > 0)
        broken = tuple((row, column) for row, column in np.argwhere(wrong).tolist())
        if not broken:
            return Verdict(True)
        count = f"{len(broken)} of {int((wanted > 0).sum())} cells differ"
        return Verdict(False, broken, tuple(differs) or (count,))

    def difficulty(self, puzzle: GridPuzzle) -> str:
        """The size of the input."""
        return "x".join(map(str, puzzle.grid(as_array(puzzle.cells)).shape))

    def summary(self, puzzle: GridPuzzle) -> str:
        return self.difficulty(puzzle).replace("x", "×")

    def solve(self, puzzle: GridPuzzle) -> list[Answer]:
        """The answer on file, if there is one."""
        return [] if puzzle.answer is None else [as_array(puzzle.answer)]

    def generate(self, rng: np.random.Generator, level: str, rules: str = "") -> GridPuzzle:
        raise PuzzleError("grids are not generated", hint="Give a file of them.")

    def relations(self, canvases: Tokens, rules: RulesArray | None = None) -> Relations:
        """Pointers to the four neighbours, then the row and the column."""
        return _relations(*canvases.shape[1:])

    def render(
        self,
        puzzle: GridPuzzle,
        answer: Answer | None = None,
        verdict: Verdict | None = None,
        *,
        changed: BoolGrid | None = None,
        confidence: FloatGrid | None = None,
        beliefs: Beliefs | None = None,
        room: Room | None = None,
        supposed: Sequence[Position] = (),
    ) -> Picture:
        """Cells of an answer that are as in the puzzle look given."""
        own = as_array(puzzle.cells)
        shown = own if answer is None else answer
        given = own == shown if own.shape == shown.shape else np.zeros(shown.shape, np.bool_)
        return draw_symbols(puzzle.written(shown), given, verdict, changed, confidence)


@lru_cache(maxsize=64)
def _relations(height: int, width: int) -> Relations:
    row, column = np.indices((height, width))
    at = np.arange(height * width).reshape(height, width)
    pointers = [
        at[np.clip(row + down, 0, height - 1), np.clip(column + right, 0, width - 1)].ravel()
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1))
    ]
    groups = groups_of([row, column])
    return Relations(np.stack(pointers)[None], groups.groups, groups.features)
