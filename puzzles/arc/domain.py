"""ARC: a few demonstrations show a rule on coloured grids, and a test input asks for its output.

Tasks of ARC-AGI-1 and 2 (Chollet, arXiv:1911.01547 and arXiv:2505.11831). No program knows the
rules, so an answer can be judged only where the true output is on file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from puzzles.arc.blocks import looks_titled
from puzzles.arc.datasets import find_puzzles, ids_that_begin, load_tasks
from puzzles.arc.draft import ArcDraft
from puzzles.arc.folders import read_folder
from puzzles.arc.formats import (
    read_named,
    read_submission,
    read_tasks,
    write_submission,
    write_task,
)
from puzzles.arc.game import ArcGame
from puzzles.arc.picture import draw_answer, draw_puzzle
from puzzles.arc.puzzle import (
    COLOURS,
    DATASETS,
    MAX_SIDE,
    ArcPuzzle,
    Dataset,
    Grid,
    Pair,
    Symmetry,
    answer_tokens,
    as_answer,
    asked,
    canvas,
    free_colours,
    grid_tokens,
    of_one_width,
    pair_tokens,
    random_symmetry,
    read_tokens,
)
from puzzles.arc.relations import relations
from puzzles.bundled import example_names
from puzzles.contract.defaults import DomainDefaults, refuse_rules
from puzzles.contract.protocol import Soundness, Verdict
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
from puzzles.drawing.picture import Legend, Picture, Room
from puzzles.errors import PuzzleError
from puzzles.text.text_grid import counted

__all__ = [
    "DATASETS",
    "ArcDomain",
    "ArcPuzzle",
    "Dataset",
    "Grid",
    "Pair",
    "Symmetry",
    "asked",
    "canvas",
    "free_colours",
    "load_tasks",
    "pair_tokens",
    "read_folder",
]

_OFFICIAL = (MAX_SIDE, MAX_SIDE)

_JSON = re.compile(r"\s*(\{|\[\s*[\[{\d])")
_ID = re.compile(r"[0-9a-f]{8}")
_EVERY_TOKEN = of_one_width([()], 1 + COLOURS)
_SIDES = (10, 20, 30)
"""Of the groups that `difficulty` names."""


class ArcDomain(DomainDefaults):
    """The `Domain` contract for ARC.

    The native canvas is sized by what the task shows (see `canvas`), so an answer that is larger
    than anything shown can be said only in the official layout; `target` is None for it.
    """

    name = "arc"
    spec = TokenSpec(glyphs=("·", "|", *map(str, range(COLOURS))), official=_OFFICIAL)
    levels: tuple[str, ...] = DATASETS
    checkable = False
    adapts = True
    collections: tuple[str, ...] = DATASETS
    default_example = "mirror"
    showcase: tuple[str, ...] = ("recolour",)
    legend: Legend = (("!", "broken", "wrong"),)
    answer_suffix = ".json"

    def parse(self, text: str, rules: str = "") -> list[ArcPuzzle]:
        """Task JSON or `{id: task}`, one puzzle a test; raises `PuzzleError`."""
        refuse_rules(self.name, rules)
        return read_tasks(text)

    def parse_file(self, text: str, path: Path, rules: str = "") -> list[ArcPuzzle]:
        """A task is called like its .json file, if that is a name for one."""
        refuse_rules(self.name, rules)
        return list(read_named(text, path)) if path.name.endswith(".json") else self.parse(text)

    def read_folder(self, folder: Path) -> list[ArcPuzzle]:
        return list(read_folder(folder))

    def likeness(self, text: str) -> int:
        return 2 if _JSON.match(text) or _ID.fullmatch(text.strip()) or looks_titled(text) else 0

    def find(self, name: str) -> list[ArcPuzzle] | None:
        return find_puzzles(name)

    def collection(self, name: str) -> list[ArcPuzzle]:
        for dataset in DATASETS:
            if dataset == name:
                return list(load_tasks(dataset))
        raise PuzzleError(
            f"ARC has no data set {name[:40]!a}", hint=f"Data sets are {', '.join(DATASETS)}."
        )

    def published(self, puzzle: ArcPuzzle) -> ArcPuzzle:
        """A public test with its output, which the text of a puzzle does not have."""
        return next((other for other in self.find(puzzle.task) or () if other == puzzle), puzzle)

    def examples(self) -> tuple[str, ...]:
        return example_names(self.name)

    def complete(self, beginning: str) -> tuple[str, ...]:
        """Also the ids of ARC-AGI, once there is something of one: there are two thousand."""
        return (*super().complete(beginning), *ids_that_begin(beginning))

    def format(self, puzzle: ArcPuzzle) -> str:
        """`{id: task}` with this test only; reading it back numbers that test 0."""
        return write_task(puzzle)

    def write_answers(self, answers: Sequence[tuple[ArcPuzzle, Sequence[Answer]]]) -> str:
        """ARC Prize submission JSON with two attempts a test."""
        return write_submission(answers)

    def read_answers(self, text: str, puzzles: Sequence[ArcPuzzle]) -> list[Answer]:
        return read_submission(text, puzzles)

    def encode(self, puzzle: ArcPuzzle, layout: Layout) -> Tokens:
        return grid_tokens(puzzle.input, _size(puzzle, layout))

    def target(self, puzzle: ArcPuzzle, layout: Layout) -> Tokens | None:
        """End marks are scored like colours. None also for an output larger than the canvas."""
        size = _size(puzzle, layout)
        grid = puzzle.output
        if grid is None or len(grid) > size[0] or len(grid[0]) > size[1]:
            return None
        return grid_tokens(grid, size)

    def decode(self, tokens: Tokens, puzzle: ArcPuzzle, layout: Layout) -> Answer:
        return read_tokens(tokens)

    def check(self, puzzle: ArcPuzzle, answer: Answer) -> Verdict:
        """Compare with the known output; without one nobody can know."""
        if puzzle.output is None:
            return Verdict(None)
        wanted = as_answer(puzzle.output)
        height, width = np.minimum(answer.shape, wanted.shape)
        wrong = np.ones(answer.shape, dtype=np.bool_)
        wrong[:height, :width] = answer[:height, :width] != wanted[:height, :width]
        reasons = []
        if answer.shape != wanted.shape:
            reasons.append(f"the size differs: got {_shape(answer)}, wants {_shape(wanted)}")
        elif wrong.any():
            reasons.append(f"{wrong.sum()} of {wrong.size} cells differ")
        broken = tuple((row, column) for row, column in np.argwhere(wrong).tolist())
        return Verdict(not reasons, broken, tuple(reasons))

    def solve(self, puzzle: ArcPuzzle) -> list[Answer]:
        """The output on file, if there is one; ARC has no exact solver."""
        return [] if puzzle.output is None else [as_answer(puzzle.output)]

    def soundness(self, puzzle: ArcPuzzle) -> Soundness:
        pairs = counted(len(puzzle.demonstrations), "demonstration")
        known = "not known" if puzzle.output is None else "known"
        return Soundness(
            True,
            f"Readable: {pairs}, the answer of its test is {known}.",
        )

    def difficulty(self, puzzle: ArcPuzzle) -> str:
        """The larger side of the input."""
        most = max(np.shape(puzzle.input))
        return f"up to {next(side for side in _SIDES if most <= side)}"

    def summary(self, puzzle: ArcPuzzle) -> str:
        height, width = np.shape(puzzle.input)
        return f"{len(puzzle.demonstrations)} pairs, input {height}×{width}"

    def level_summary(self, level: str) -> str:
        return "a published task, drawn at random"

    def level_of(self, puzzle: ArcPuzzle) -> str:
        """The dataset that has the task, else the easiest."""
        for dataset in DATASETS:
            if any(puzzle.task == known.task for known in load_tasks(dataset)):
                return dataset
        return DATASETS[0]

    def generate(self, rng: np.random.Generator, level: str, rules: str = "") -> ArcPuzzle:
        """A test drawn uniformly from the dataset that `level` names."""
        for dataset in DATASETS:
            if dataset == level:
                puzzles = load_tasks(dataset)
                return puzzles[int(rng.integers(len(puzzles)))]
        raise PuzzleError(
            f"ARC has no level {level[:40]!a}", hint=f"levels: {', '.join(self.levels)}"
        )

    def game(self, puzzle: ArcPuzzle) -> ArcGame:
        return ArcGame(puzzle)

    def draft(self, puzzle: ArcPuzzle) -> ArcDraft:
        return ArcDraft(puzzle, puzzle.input)

    def augment(self, puzzle: ArcPuzzle, rng: np.random.Generator) -> tuple[ArcPuzzle, Undo]:
        """The whole task redrawn by one random `Symmetry`, which the copy's name spells out."""
        symmetry = random_symmetry(rng)
        return symmetry.redraw(puzzle), symmetry.undo

    def rules(self, puzzles: Sequence[ArcPuzzle]) -> RulesArray:
        """(n, 1, S): the tokens that each answer may have."""
        return of_one_width([answer_tokens(puzzle) for puzzle in puzzles])[:, None]

    def relations(self, canvases: Tokens, rules: RulesArray | None = None) -> Relations:
        """Eleven pointers, five groups and nine features of the grids: `puzzles.arc.relations`;
        without `rules` answers may have every colour."""
        choices = _EVERY_TOKEN if rules is None else rules[:, 0]
        return replace(relations(canvases), choices=choices)

    def render(
        self,
        puzzle: ArcPuzzle,
        answer: Answer | None = None,
        verdict: Verdict | None = None,
        *,
        changed: BoolGrid | None = None,
        confidence: FloatGrid | None = None,
        beliefs: Beliefs | None = None,
        room: Room | None = None,
        supposed: Sequence[Position] = (),
    ) -> Picture:
        """The demonstrations and the test input, or the answer alone. `room` is that of one
        demonstration, and of the test or the answer; `beliefs` say how sure it is of its cells."""
        if beliefs is not None:
            if answer is None:
                likeliest = beliefs.argmax(-1).astype(np.uint8)
                answer = self.decode(likeliest, puzzle, "native")
            height, width = answer.shape
            confidence = (beliefs.max(-1)[:height, :width] / 255).astype(np.float32)
        if answer is None:
            return draw_puzzle(puzzle, room)
        return draw_answer(answer, verdict, changed, confidence, room)


def _size(puzzle: ArcPuzzle, layout: Layout) -> tuple[int, int]:
    return _OFFICIAL if layout == "official" else canvas(puzzle)


def _shape(answer: Answer) -> str:
    return f"{answer.shape[0]}x{answer.shape[1]}"
