"""Mazes as a domain: find the shortest path from S to G on a rectangle of walls and floor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from puzzles.bundled import example_names, example_text
from puzzles.contract.defaults import DomainDefaults, refuse_rules
from puzzles.contract.protocol import Hypothesis, Soundness, Verdict
from puzzles.contract.relations import Relations
from puzzles.contract.tokens import (
    IGNORE,
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
from puzzles.drawing.picture import Legend, Picture, Room
from puzzles.errors import PuzzleError
from puzzles.maze import picture
from puzzles.maze.draft import MazeDraft
from puzzles.maze.game import MazeGame
from puzzles.maze.generator import RECIPES, make
from puzzles.maze.puzzle import FLOOR, PATH, WALL, Maze, mask_of, rows_of, shortest_paths
from puzzles.maze.reading.answers import read_drawn_answers
from puzzles.maze.reading.formats import draw, read_mazes
from puzzles.maze.relations import maze_relations
from puzzles.maze.rules import is_path, judge
from puzzles.maze.training import MazeTraining
from puzzles.maze.what_if import walls
from puzzles.text.text_grid import DIHEDRAL, counted, place

__all__ = ["Maze", "MazeDomain"]

OFFICIAL = (30, 30)
"""Canvas of the published Maze-Hard checkpoints; smaller mazes are walled in at its top left."""

_ROW = frozenset("#SGEo. \t")
_ANY_ROW = _ROW.union("ABsge")


class MazeDomain(DomainDefaults):
    """`Domain[Maze]`; an answer marks the cells between start and goal, both left out."""

    name = "maze"
    spec = TokenSpec(glyphs=("?", "#", ".", "S", "G", "o"), official=OFFICIAL)
    levels: tuple[str, ...] = tuple(RECIPES)
    exact = True
    unique = False  # several shortest paths are no flaw
    what_ifs = 16
    default_example = "medium"
    showcase: tuple[str, ...] = ("tree",)
    veil = (" ", "floor")  # any mark would be the answer
    legend: Legend = (
        ("S", "start", "start"),
        ("G", "goal", "goal"),
        ("██", "path", "path, stronger is likelier"),
        ("!!", "broken", "broken"),
    )

    def parse(self, text: str, rules: str = "") -> list[Maze]:
        refuse_rules(self.name, rules)
        return read_mazes(text)

    def likeness(self, text: str) -> int:
        """2 for nothing but drawings, or a row of one with an end in it."""
        rows = [set(line) for line in text.splitlines()]
        walled = [row for row in rows if "#" in row]
        drawn = any(row <= _ROW and row & set("SGE") for row in walled) or (
            bool(walled) and all(row <= _ANY_ROW for row in rows)
        )
        return 2 if drawn else 0

    def find(self, name: str) -> list[Maze] | None:
        text = example_text(self.name, name)
        return None if text is None else [replace(m, name=name) for m in read_mazes(text)]

    def examples(self) -> tuple[str, ...]:
        return example_names(self.name)

    def format(self, puzzle: Maze) -> str:
        return draw(puzzle)

    def write_answers(self, answers: Sequence[tuple[Maze, Sequence[Answer]]]) -> str:
        return "\n".join(draw(maze, found[0] if found else None) for maze, found in answers)

    def read_answers(self, text: str, puzzles: Sequence[Maze]) -> list[Answer]:
        return read_drawn_answers(text, puzzles)

    def encode(self, puzzle: Maze, layout: Layout) -> Tokens:
        return self._on_canvas(puzzle.tokens(), layout)

    def target(self, puzzle: Maze, layout: Layout) -> Tokens | None:
        """The known path, else the canonical one. Walls are scored in the official layout only."""
        tokens = puzzle.tokens()
        path = puzzle.path
        if path is None:
            found = shortest_paths(tokens, limit=1)
            if not found:
                return None
            path = found[0]
        tokens[mask_of(path, puzzle.shape) == 1] = PATH
        if layout == "native":
            tokens[tokens == WALL] = IGNORE
        return self._on_canvas(tokens, layout)

    def _on_canvas(self, tokens: Tokens, layout: Layout) -> Tokens:
        return tokens if layout == "native" else place(tokens, OFFICIAL, WALL)

    def decode(self, tokens: Tokens, puzzle: Maze, layout: Layout) -> Answer:
        """Path tokens on floor; whatever else a model says of a cell is not part of the answer."""
        height, width = puzzle.shape
        path = (tokens[:height, :width] == PATH) & (puzzle.tokens() == FLOOR)
        return np.asarray(path, dtype=np.uint8)

    def check(self, puzzle: Maze, answer: Answer) -> Verdict:
        return judge(puzzle.tokens(), answer)

    def feasible(self, puzzle: Maze, answer: Answer) -> bool:
        """Whether it is a path from start to goal, of any length."""
        return is_path(puzzle.tokens(), answer)

    def solve(self, puzzle: Maze) -> list[Answer]:
        return [mask_of(path, puzzle.shape) for path in shortest_paths(puzzle.tokens())]

    def soundness(self, puzzle: Maze) -> Soundness:
        answers = self.solve(puzzle)
        if not answers:
            return Soundness(False, "It has no solution.")
        several = "several shortest paths" if len(answers) > 1 else "one shortest path"
        steps = counted(int(answers[0].sum()) + 1, "step")
        return Soundness(True, f"Sound: {several} of {steps}.")

    def evaluation_level(self, layout: Layout) -> str:
        """A model that knows one canvas is given mazes that fill it."""
        return "hard" if layout == "official" else "medium"

    def training(self) -> MazeTraining:
        return MazeTraining(self)

    def game(self, puzzle: Maze) -> MazeGame:
        return MazeGame(puzzle)

    def draft(self, puzzle: Maze) -> MazeDraft:
        return MazeDraft(puzzle.rows)

    def level_summary(self, level: str) -> str:
        recipe = RECIPES[level]
        kind = {0.0: ", random", 1.0: ", one way"}.get(recipe.trees, "")
        return f"{recipe.side}×{recipe.side}, {recipe.min_path}+ steps{kind}"

    def level_of(self, puzzle: Maze) -> str:
        """By its name, else by its size."""
        if puzzle.name in RECIPES:
            return puzzle.name
        side = max(puzzle.shape)
        return min(RECIPES, key=lambda name: abs(RECIPES[name].side - side))

    def generate(self, rng: np.random.Generator, level: str, rules: str = "") -> Maze:
        if level not in RECIPES:
            raise PuzzleError(f"unknown level {level!r}", hint=f"levels are {', '.join(RECIPES)}")
        return make(rng, RECIPES[level])

    def augment(self, puzzle: Maze, rng: np.random.Generator) -> tuple[Maze, Undo]:
        """One of the eight symmetries of the rectangle; a known path moves with the cells."""
        symmetry = DIHEDRAL[rng.integers(len(DIHEDRAL))]
        path = puzzle.path
        if path is not None:
            path = tuple(symmetry.move(cell, puzzle.shape) for cell in path)
        rows = rows_of(symmetry.apply(puzzle.tokens()))
        return replace(puzzle, rows=rows, path=path), symmetry.inverse().apply

    def hypotheses(
        self, puzzle: Maze, probabilities: FloatGrid, layout: Layout
    ) -> Iterator[Hypothesis[Maze]]:
        """A wall on a cell of the model's path, then on a floor cell in doubt."""
        height, width = puzzle.shape
        return walls(puzzle, probabilities[:height, :width, PATH])

    def relations(self, canvases: Tokens, rules: RulesArray | None = None) -> Relations:
        """Pointers to the four neighbours, then to the ends of the four corridors."""
        return maze_relations(canvases)

    def render(
        self,
        puzzle: Maze,
        answer: Answer | None = None,
        verdict: Verdict | None = None,
        *,
        changed: BoolGrid | None = None,
        confidence: FloatGrid | None = None,
        beliefs: Beliefs | None = None,
        room: Room | None = None,
        supposed: Sequence[Position] = (),
    ) -> Picture:
        return picture.draw(puzzle, answer, verdict, changed, confidence, beliefs, room, supposed)
