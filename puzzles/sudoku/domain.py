"""Sudoku 9×9: the rules can judge an answer without knowing it, and every puzzle has billions of
symmetric copies to try when a first answer is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from puzzles.base import (
    Answer,
    Beliefs,
    BoolGrid,
    DomainDefaults,
    FloatGrid,
    Hypothesis,
    Layout,
    Legend,
    Picture,
    PuzzleError,
    Relations,
    Room,
    Soundness,
    Tokens,
    TokenSpec,
    Undo,
    Verdict,
)
from puzzles.bundled import example_names, example_text
from puzzles.sudoku.bulk import random_symmetries
from puzzles.sudoku.cells import counted
from puzzles.sudoku.draft import SudokuDraft
from puzzles.sudoku.formats import read_records, read_sudokus
from puzzles.sudoku.game import SudokuGame
from puzzles.sudoku.generator import LEVELS, make
from puzzles.sudoku.picture import draw
from puzzles.sudoku.puzzle import Sudoku, cell_name, position, repeats
from puzzles.sudoku.solver import PEERS, rate, solve

__all__ = ["Sudoku", "SudokuDomain"]

_ROWS, _COLUMNS = np.divmod(np.arange(81), 9)
_RELATIONS = Relations(
    np.zeros((1, 0, 81), np.int64),
    np.stack(
        (
            _ROWS * 9,
            _COLUMNS,
            _ROWS // 3 * 27 + _COLUMNS // 3 * 3,
            _ROWS * 9 + _COLUMNS // 3 * 3,
            _ROWS // 3 * 27 + _COLUMNS,
        )
    )[None],
    np.zeros((1, 81, 0), np.float32),
)

_CELLS, _DIGITS = 8, 2
"""Hypotheses: the likeliest digits of so many cells."""


_LITERAL = re.compile(r"[0-9._*·xX-]{81}")
_CLIPPED = re.compile(r"[0-9._*·xX-]{40,200}")
_GUESSES = ((0, "no guess"), (2, "1-2 guesses"), (9, "3-9 guesses"), (19, "10-19 guesses"))


class SudokuDomain(DomainDefaults):
    """Tokens: pad 0, blank 1, digit d is d + 1; both layouts are the 9×9 grid (Wang et al., 2025,
    arXiv:2506.21734)."""

    name = "sudoku"
    spec = TokenSpec(glyphs=("", "·", *"123456789"), official=(9, 9))
    levels: tuple[str, ...] = tuple(LEVELS)
    exact = True
    default_example = "medium"  # solved in a moment, but not at once
    legend: Legend = (
        ("5", "given", "given"),
        ("5", "answer", "answer"),
        ("5", "candidate", "candidate"),
        ("5!", "broken", "broken"),
    )

    def parse(self, text: str) -> list[Sudoku]:
        return read_sudokus(text)

    def literal(self, text: str, *, loosely: bool = False) -> bool:
        return (_CLIPPED if loosely else _LITERAL).fullmatch(text) is not None

    def likeness(self, text: str) -> int:
        """Seventeen givens are the least that a Sudoku with one solution has."""
        return 1 if sum(character.isdigit() for character in text) >= 17 else 0

    def find(self, name: str) -> list[Sudoku] | None:
        text = example_text(self.name, name)
        return None if text is None else [replace(p, name=name) for p in read_sudokus(text)]

    def examples(self) -> tuple[str, ...]:
        return example_names(self.name)

    def format(self, puzzle: Sudoku) -> str:
        """One line of 81 characters with dots for blanks."""
        return "".join(map(str, puzzle.givens)).replace("0", ".")

    def write_answers(self, answers: Sequence[tuple[Sudoku, Sequence[Answer]]]) -> str:
        """81 digits a line, 0 where there is no answer."""
        empty = np.zeros((9, 9), np.uint8)
        grids = [candidates[0] if candidates else empty for _, candidates in answers]
        return "".join("".join(map(str, grid.ravel().tolist())) + "\n" for grid in grids)

    def read_answers(self, text: str, puzzles: Sequence[Sudoku]) -> list[Answer]:
        """Answers in any form that puzzles have; in CSV the solution counts where there is one."""
        records = list(read_records(text))
        if len(records) != len(puzzles):
            raise PuzzleError(f"{len(records)} answers for {len(puzzles)} puzzles")
        return [_as_answer((record.solution or record.puzzle).values()) for record in records]

    def encode(self, puzzle: Sudoku, layout: Layout) -> Tokens:
        return _as_answer(puzzle.givens) + np.uint8(1)

    def target(self, puzzle: Sudoku, layout: Layout) -> Tokens | None:
        return None if puzzle.solution is None else _as_answer(puzzle.solution) + np.uint8(1)

    def decode(self, tokens: Tokens, puzzle: Sudoku, layout: Layout) -> Answer:
        """(9, 9) digits; a token that is no digit gives 0."""
        return np.where((tokens >= 2) & (tokens <= 10), tokens - 1, 0).astype(np.uint8)

    def check(self, puzzle: Sudoku, answer: Answer) -> Verdict:
        """Empty cells, changed givens and repeated digits.

        A given is never marked as broken unless the answer has another digit there: in a clash with
        a given it is the answer's cell that is wrong.
        """
        grid = [digit if digit <= 9 else 0 for digit in answer.ravel().tolist()]
        reasons = []
        empty = grid.count(0)
        if empty:
            reasons.append(f"{counted(empty)} {'is' if empty == 1 else 'are'} empty")
        pairs = zip(puzzle.givens, grid, strict=True)
        changed = [cell for cell, (given, digit) in enumerate(pairs) if given not in (0, digit)]
        reasons += [
            f"{cell_name(cell)} is {grid[cell] or 'empty'}, the puzzle gives {puzzle.givens[cell]}"
            for cell in changed
        ]
        broken = set(changed)
        for repeat in repeats(grid):
            reasons.append(str(repeat))
            broken.update(c for c in repeat.cells if puzzle.givens[c] != repeat.digit)
        return Verdict(not reasons, tuple(map(position, sorted(broken))), tuple(reasons))

    def solve(self, puzzle: Sudoku) -> list[Answer]:
        return [_as_answer(grid) for grid in solve(puzzle.givens)]

    def completed(self, puzzle: Sudoku) -> Sudoku:
        if puzzle.solution is not None:
            return puzzle
        solutions = solve(puzzle.givens)
        return replace(puzzle, solution=solutions[0]) if len(solutions) == 1 else puzzle

    def soundness(self, puzzle: Sudoku) -> Soundness:
        found = super().soundness(puzzle)
        if not found.good:
            return found
        rating = rate(puzzle.givens)
        guesses = "1 guess" if rating.guesses == 1 else f"{rating.guesses} guesses"
        needed = f"The exact solver needs {guesses}."
        if rating.singles_suffice:
            needed = "Naked and hidden singles suffice."
        return Soundness(True, f"{found.sentence} {needed}")

    def difficulty(self, puzzle: Sudoku) -> str:
        """The guesses that our solver needs."""
        guesses = rate(puzzle.givens).guesses
        return next((word for most, word in _GUESSES if guesses <= most), "20+ guesses")

    def evaluation_level(self, layout: Layout) -> str:
        return "minimal"

    def game(self, puzzle: Sudoku) -> SudokuGame:
        return SudokuGame(puzzle)

    def draft(self, puzzle: Sudoku) -> SudokuDraft:
        return SudokuDraft(puzzle.givens)

    def generate(self, rng: np.random.Generator, level: str) -> Sudoku:
        """The rating is the number of guesses our solver needs."""
        if level not in LEVELS:
            raise PuzzleError(
                f"there is no Sudoku level {level!a}", hint=f"Levels: {', '.join(LEVELS)}."
            )
        givens, solution, guesses = make(rng, LEVELS[level])
        return Sudoku(givens, solution, name=level, rating=float(guesses))

    def augment(self, puzzle: Sudoku, rng: np.random.Generator) -> tuple[Sudoku, Undo]:
        (relabel,), (source,) = random_symmetries(rng, 1)

        def move(grid: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(relabel[np.array(grid)[source]].tolist())

        def undo(answer: Answer) -> Answer:
            original = np.empty(81, np.uint8)
            original[source] = np.argsort(relabel)[answer.ravel()]
            return original.reshape(9, 9)

        solution = puzzle.solution and move(puzzle.solution)
        return replace(puzzle, givens=move(puzzle.givens), solution=solution), undo

    def hypotheses(
        self, puzzle: Sudoku, probabilities: FloatGrid, layout: Layout
    ) -> list[Hypothesis[Sudoku]]:
        """The likeliest digits of the least certain blank cells."""
        likely = probabilities.reshape(81, -1)[:, 2:]
        known = np.array(puzzle.givens) > 0
        cells = np.argsort(likely.max(1) + known, kind="stable")[: min(_CELLS, sum(~known))]
        found = []
        for cell in cells.tolist():
            taken = {puzzle.givens[peer] for peer in PEERS[cell]}
            for digit in (1 + np.argsort(-likely[cell], kind="stable")[:_DIGITS]).tolist():
                if digit not in taken:
                    givens = (*puzzle.givens[:cell], digit, *puzzle.givens[cell + 1 :])
                    guess = replace(puzzle, givens=givens, solution=None)
                    found.append(Hypothesis(f"{cell_name(cell)} = {digit}", guess))
        return found

    def relations(self, canvases: Tokens) -> Relations:
        """Row, column and box, then what a box shares with a row and with a column."""
        return _RELATIONS

    def render(
        self,
        puzzle: Sudoku,
        answer: Answer | None = None,
        verdict: Verdict | None = None,
        *,
        changed: BoolGrid | None = None,
        confidence: FloatGrid | None = None,
        beliefs: Beliefs | None = None,
        room: Room | None = None,
    ) -> Picture:
        return draw(puzzle.givens, answer, verdict, changed, confidence, beliefs=beliefs, room=room)


def _as_answer(grid: Sequence[int]) -> Answer:
    return np.array(grid, np.uint8).reshape(9, 9)
