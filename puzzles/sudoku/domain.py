"""Sudoku of any size and rule: the rules can judge an answer without knowing it, and every puzzle
has many symmetric copies to try when a first answer is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from math import isqrt
from pathlib import Path
from types import MappingProxyType

import numpy as np

from puzzles.bundled import example_names, example_text
from puzzles.contract.defaults import DomainDefaults
from puzzles.contract.protocol import Hypothesis, Soundness, Verdict
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
from puzzles.errors import PuzzleError, TooHardError
from puzzles.sudoku.bulk import random_symmetries
from puzzles.sudoku.draft import SudokuDraft
from puzzles.sudoku.game import SudokuGame
from puzzles.sudoku.generator import LEVELS, made, make, summary_of
from puzzles.sudoku.picture import draw, look_of
from puzzles.sudoku.puzzle import HEXADECIMAL, SYMBOLS, Sudoku, cell_name, position, repeats
from puzzles.sudoku.reading.formats import read_answers, read_sudokus
from puzzles.sudoku.reading.rule_text import RuleText, read_rule_text, rules_like, with_size
from puzzles.sudoku.reading.sized import read_sized_grids
from puzzles.sudoku.reading.solo import looks_like_id
from puzzles.sudoku.relations import related, rules_array, usual_relations
from puzzles.sudoku.rules import CLASSIC, LARGEST, SMALLEST, tables
from puzzles.sudoku.solver import rate, solve
from puzzles.sudoku.symmetry import random_symmetry
from puzzles.sudoku.training import SudokuTraining
from puzzles.sudoku.writing import rules_above, write_answer, write_puzzle
from puzzles.text.text_grid import counted, numbered_lines

__all__ = ["Sudoku", "SudokuDomain"]

_LITERAL = re.compile(r"[0-9._*·xX-]{81}")
_LINE = re.compile(r"line \d+")
_WITHIN = re.compile(r"[0-9._*]{81}")
_CLIPPED = re.compile(r"[0-9._*·xX-]{40,200}")
_GUESSES = ((0, "no guess"), (2, "1-2 guesses"), (9, "3-9 guesses"), (19, "10-19 guesses"))


class SudokuDomain(DomainDefaults):
    """Tokens: pad 0, blank 1, digit d is d + 1; both layouts are the puzzle's own grid, for 9×9
    that of Wang et al. (2025, arXiv:2506.21734)."""

    name = "sudoku"
    spec = TokenSpec(glyphs=("", "·", *"123456789"), official=(9, 9), further=tuple(SYMBOLS[9:]))
    levels: tuple[str, ...] = tuple(LEVELS)
    variants: Mapping[str, str] = MappingProxyType(
        {f"{n}×{n}": f"size={n}" for n in (4, 6, 8, 12, 16, 25)}
        | {"jigsaw": "jigsaw", "X": "x", "windoku": "windoku", "latin": "latin"}
    )
    exact = True
    what_ifs = 8
    default_example = "medium"  # solved in a moment, but not at once
    showcase: tuple[str, ...] = ("minimal", "jigsaw", "16x16")
    legend: Legend = (
        ("5", "given", "given"),
        ("5", "answer", "answer"),
        ("5", "candidate", "candidate"),
        ("5!", "broken", "broken"),
    )

    def parse(self, text: str, rules: str = "") -> list[Sudoku]:
        """`rules` are names such as `x`, or TOML: see `puzzles.sudoku.reading.rule_text`."""
        return read_sudokus(text, rules)

    def parse_file(self, text: str, path: Path, rules: str = "") -> list[Sudoku]:
        """The only puzzle of a file is called like the file rather than after its line."""
        puzzles = read_sudokus(text, rules)
        if len(puzzles) == 1 and _LINE.fullmatch(puzzles[0].name):
            name = "".join(filter(str.isprintable, path.name))[:60]
            return [replace(puzzles[0], name=name)]
        return puzzles

    def settled_rules(self, rules: str, size: int = 0) -> str:
        read_rule_text(rules)  # raises, for what are none
        return with_size(rules, size) if size else rules

    def literal(self, text: str, *, loosely: bool = False) -> bool:
        if loosely:
            return bool(_CLIPPED.fullmatch(text) or _WITHIN.search(text))
        return _LITERAL.fullmatch(text) is not None or _is_line(text) or looks_like_id(text)

    def likeness(self, text: str) -> int:
        """Seventeen givens are the least that a Sudoku with one solution has."""
        return 1 if sum(character.isdigit() for character in text) >= 17 else 0

    def find(self, name: str) -> list[Sudoku] | None:
        text = example_text(self.name, name)
        return None if text is None else [replace(p, name=name) for p in read_sudokus(text)]

    def examples(self) -> tuple[str, ...]:
        return example_names(self.name)

    def format(self, puzzle: Sudoku) -> str:
        """One line of 81 characters with dots for blanks; other puzzles as they were written, with
        their rules above and their regions below."""
        return write_puzzle(puzzle)

    def write_answers(self, answers: Sequence[tuple[Sudoku, Sequence[Answer]]]) -> str:
        """81 digits a line, 0 where there is no answer; other puzzles in the symbols and rows that
        they were written in, below their rules, with dots where there is no answer."""
        return "".join(
            write_answer(puzzle, candidates[0].ravel().tolist() if candidates else None)
            for puzzle, candidates in answers
        )

    def read_answers(self, text: str, puzzles: Sequence[Sudoku]) -> list[Answer]:
        """Answers in any form that puzzles have; in CSV the solution counts where there is one."""
        if any(puzzle.rules != CLASSIC for puzzle in puzzles):
            lines = numbered_lines(text)
            grids = read_sized_grids(lines, [(p.size, p.notation) for p in puzzles])
            return [_as_answer(grid) for grid in grids]
        grids = read_answers(text)
        if len(grids) != len(puzzles):
            raise PuzzleError(f"{len(grids)} answers for {len(puzzles)} puzzles")
        return [_as_answer(grid) for grid in grids]

    def encode(self, puzzle: Sudoku, layout: Layout) -> Tokens:
        return _as_answer(puzzle.givens) + np.uint8(1)

    def target(self, puzzle: Sudoku, layout: Layout) -> Tokens | None:
        return None if puzzle.solution is None else _as_answer(puzzle.solution) + np.uint8(1)

    def decode(self, tokens: Tokens, puzzle: Sudoku, layout: Layout) -> Answer:
        """Digits of the puzzle's size; a token that is none gives 0."""
        return np.where((tokens >= 2) & (tokens <= puzzle.size + 1), tokens - 1, 0).astype(np.uint8)

    def check(self, puzzle: Sudoku, answer: Answer) -> Verdict:
        """Empty cells, changed givens and repeated digits.

        A given is never marked as broken unless the answer has another digit there: in a clash with
        a given it is the answer's cell that is wrong.
        """
        size, name = puzzle.size, puzzle.notation.name
        grid = [digit if digit <= size else 0 for digit in answer.ravel().tolist()]
        reasons = []
        empty = grid.count(0)
        if empty:
            reasons.append(f"{counted(empty, 'cell')} {'is' if empty == 1 else 'are'} empty")
        pairs = zip(puzzle.givens, grid, strict=True)
        changed = [cell for cell, (given, digit) in enumerate(pairs) if given not in (0, digit)]
        reasons += [
            f"{cell_name(cell, size)} is {name(grid[cell]) if grid[cell] else 'empty'}, "
            f"the puzzle gives {name(puzzle.givens[cell])}"
            for cell in changed
        ]
        broken = set(changed)
        for repeat in repeats(grid, puzzle.rules):
            reasons.append(repeat.worded(name(repeat.digit)))
            broken.update(c for c in repeat.cells if puzzle.givens[c] != repeat.digit)
        cells = tuple(position(cell, size) for cell in sorted(broken))
        return Verdict(not reasons, cells, tuple(reasons))

    def solve(self, puzzle: Sudoku) -> list[Answer]:
        """Raises `TooHardError`, a `PuzzleError`, where a puzzle above 9×9 takes too long."""
        return [_as_answer(grid) for grid in solve(puzzle.givens, tables=tables(puzzle.rules))]

    def completed(self, puzzle: Sudoku) -> Sudoku:
        if puzzle.solution is not None:
            return puzzle
        solutions = solve(puzzle.givens, tables=tables(puzzle.rules))
        return replace(puzzle, solution=solutions[0]) if len(solutions) == 1 else puzzle

    def soundness(self, puzzle: Sudoku) -> Soundness:
        found = super().soundness(puzzle)
        if not found.good:
            return found
        rating = rate(puzzle.givens, tables(puzzle.rules))
        guesses = counted(rating.guesses, "guess", "guesses")
        needed = f"The exact solver needs {guesses}."
        if rating.singles_suffice:
            needed = "Naked and hidden singles suffice."
        return Soundness(True, f"{found.sentence} {needed}")

    def difficulty(self, puzzle: Sudoku) -> str:
        """The guesses that our solver needs."""
        try:
            guesses = rate(puzzle.givens, tables(puzzle.rules)).guesses
        except TooHardError:
            return "20+ guesses"
        return next((word for most, word in _GUESSES if guesses <= most), "20+ guesses")

    def summary(self, puzzle: Sudoku) -> str:
        clues = f"{sum(map(bool, puzzle.givens))} clues"
        return clues if puzzle.size == 9 else f"{puzzle.size}×{puzzle.size}, {clues}"

    def level_summary(self, level: str) -> str:
        return summary_of(LEVELS[level])

    def level_of(self, puzzle: Sudoku) -> str:
        """By its name, else by its clues."""
        if puzzle.name in LEVELS:
            return puzzle.name
        clues = sum(map(bool, puzzle.givens)) * CLASSIC.cells / puzzle.rules.cells
        fitting = (name for name, level in LEVELS.items() if 0 < level.clues <= clues)
        return next(fitting, "minimal")

    def rules_above(self, puzzle: Sudoku) -> str:
        return rules_above(puzzle)

    def rules_like(self, puzzle: Sudoku) -> str:
        own = puzzle.notation.symbols
        usual = own in ("", SYMBOLS, HEXADECIMAL)
        if puzzle.rules == CLASSIC and usual:
            return ""
        return rules_like(puzzle.rules, "" if usual else own)

    def evaluation_level(self, layout: Layout) -> str:
        return "minimal"

    def training(self) -> SudokuTraining:
        return SudokuTraining(self)

    def game(self, puzzle: Sudoku) -> SudokuGame:
        return SudokuGame(puzzle)

    def draft(self, puzzle: Sudoku) -> SudokuDraft:
        return SudokuDraft(puzzle.givens, puzzle.rules, puzzle.notation)

    def generate(self, rng: np.random.Generator, level: str, rules: str = "") -> Sudoku:
        """The rating is the number of guesses our solver needs. The size is 9 where `rules` say
        nothing of it; the rule jigsaw draws regions."""
        if level not in LEVELS:
            raise PuzzleError(
                f"there is no Sudoku level {level!a}", hint=f"Levels: {', '.join(LEVELS)}."
            )
        rule_text = read_rule_text(rules)
        if rule_text in (RuleText(), RuleText(size=9)):
            givens, solution, guesses = make(rng, LEVELS[level])
            return Sudoku(givens, solution, name=level, rating=float(guesses))
        return made(rng, level, rule_text)

    def augment(self, puzzle: Sudoku, rng: np.random.Generator) -> tuple[Sudoku, Undo]:
        if puzzle.rules == CLASSIC:
            (relabel,), (source,) = random_symmetries(rng, 1)
        else:
            relabel, source = random_symmetry(rng, puzzle.rules)

        def move(grid: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(relabel[np.array(grid)[source]].tolist())

        def undo(answer: Answer) -> Answer:
            original = np.empty(source.size, np.uint8)
            original[source] = np.argsort(relabel)[answer.ravel()]
            return original.reshape(answer.shape)

        solution = puzzle.solution and move(puzzle.solution)
        rules = puzzle.rules if puzzle.rules == CLASSIC else puzzle.rules.moved(source.tolist())
        return replace(puzzle, givens=move(puzzle.givens), solution=solution, rules=rules), undo

    def hypotheses(
        self, puzzle: Sudoku, probabilities: FloatGrid, layout: Layout
    ) -> Iterator[Hypothesis[Sudoku]]:
        """Digits in blank cells other than those the model answered, which as givens change least
        and come last: first the likeliest one of every cell, then the next one. Cells whose answer
        is repeated come before the others, and less certain ones before certain ones."""
        likely = probabilities.reshape(puzzle.rules.cells, -1)[:, 2 : 2 + puzzle.size]
        answered = [given or 1 + likely[cell].argmax() for cell, given in enumerate(puzzle.givens)]
        peers = tables(puzzle.rules).peers
        blanks = [cell for cell, given in enumerate(puzzle.givens) if not given]

        def order(cell: int) -> tuple[bool, float]:
            repeated = any(answered[peer] == answered[cell] for peer in peers[cell])
            return not repeated, likely[cell].max()

        def digits(cell: int) -> list[int]:
            taken = {puzzle.givens[peer] for peer in peers[cell]}
            possible = (1 + np.argsort(-likely[cell], kind="stable")).tolist()
            possible.sort(key=lambda digit: digit == answered[cell])
            return [digit for digit in possible if digit not in taken]

        cells = sorted(blanks, key=order)
        for turn in zip_longest(*map(digits, cells)):
            for cell, digit in zip(cells, turn, strict=True):
                if digit is not None:
                    yield _with_given(puzzle, cell, digit)

    def rules(self, puzzles: Sequence[Sudoku]) -> RulesArray | None:
        """Regions and layers, None where all have the usual boxes alone."""
        return rules_array([puzzle.rules for puzzle in puzzles])

    def relations(self, canvases: Tokens, rules: RulesArray | None = None) -> Relations:
        """Row, column and region, what a region shares with a row and with a column, then layers of
        further groups: see `puzzles.sudoku.relations`."""
        size = canvases.shape[-1]
        return usual_relations(size) if rules is None else related(rules, size)

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
        supposed: Sequence[Position] = (),
    ) -> Picture:
        look = look_of(puzzle.rules, puzzle.notation.symbols)
        return draw(
            puzzle.givens,
            answer,
            verdict,
            changed,
            confidence,
            beliefs=beliefs,
            room=room,
            supposed=supposed,
            **look,
        )


def _is_line(text: str) -> bool:
    """Whether it is all cells of a puzzle of another size, with one mark for its blanks."""
    size = isqrt(len(text))
    if size * size != len(text) or not SMALLEST <= size <= LARGEST or len(text) == CLASSIC.cells:
        return False
    return len(set(text.upper()) - set(SYMBOLS[:size])) <= 1 and any(c in ".0_*·" for c in text)


def _as_answer(grid: Sequence[int]) -> Answer:
    size = isqrt(len(grid))
    return np.array(grid, np.uint8).reshape(size, size)


def _with_given(puzzle: Sudoku, cell: int, digit: int) -> Hypothesis[Sudoku]:
    givens = (*puzzle.givens[:cell], digit, *puzzle.givens[cell + 1 :])
    text = f"{cell_name(cell, puzzle.size)} = {puzzle.notation.name(digit)}"
    return Hypothesis(text, replace(puzzle, givens=givens, solution=None))
