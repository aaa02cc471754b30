"""A kind of puzzle from outside, as small as a domain can be: swap every light of a panel.

It comes with nothing that `DomainDefaults` has an answer for, but levels, so that puzzles can be
made without a file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hrm.model.config import HRMConfig
from puzzles.contract.defaults import DomainDefaults
from puzzles.contract.protocol import Verdict
from puzzles.contract.tokens import Answer, Beliefs, BoolGrid, FloatGrid, Layout, Tokens, TokenSpec
from puzzles.drawing.picture import Cell, Picture, Room
from puzzles.errors import PuzzleError

MODEL = HRMConfig(
    vocabulary=3,
    hidden=16,
    heads=4,
    intermediate=24,
    high_layers=1,
    low_layers=1,
    high_cycles=1,
    low_cycles=1,
    positions="none",
    relation_heads=0,
    halting="halt_only",
    halt_reads="mean",
)


@dataclass(frozen=True, slots=True)
class Lights:
    """Rows of `-` (off) and `+` (on), all of one length."""

    rows: tuple[str, ...]
    name: str = ""


class LightsDomain(DomainDefaults):
    """Tokens: pad 0, off 1, on 2. An answer holds 0 and 1, the opposite of the puzzle."""

    name = "lights"
    spec = TokenSpec(glyphs=("?", "-", "+"), official=(4, 4))
    levels: tuple[str, ...] = ("small",)
    palette: tuple[str, ...] = ("-", "+")

    def parse(self, text: str, rules: str = "") -> list[Lights]:
        blocks = [block.split("\n") for block in text.strip().split("\n\n")]
        for number, row in enumerate(text.strip().split("\n"), start=1):
            if set(row) - set("-+"):
                raise PuzzleError("a light is - or +", line=number)
        if not text.strip() or any(len(set(map(len, block))) != 1 for block in blocks):
            raise PuzzleError("no panel of lights", hint="Rows of - and +, all of one length.")
        return [Lights(tuple(block)) for block in blocks]

    def encode(self, puzzle: Lights, layout: Layout) -> Tokens:
        return _on(puzzle) + np.uint8(1)

    def target(self, puzzle: Lights, layout: Layout) -> Tokens:
        return np.uint8(2) - _on(puzzle)

    def decode(self, tokens: Tokens, puzzle: Lights, layout: Layout) -> Answer:
        return (tokens == 2).astype(np.uint8)

    def check(self, puzzle: Lights, answer: Answer) -> Verdict:
        wrong = np.argwhere(answer == _on(puzzle)).tolist()
        broken = tuple((row, column) for row, column in wrong)
        return Verdict(not broken, broken, ("a light is not swapped",) if broken else ())

    def generate(self, rng: np.random.Generator, level: str) -> Lights:
        if level not in self.levels:
            raise PuzzleError(f"lights have no level {level[:40]!a}")
        rows = rng.choice(np.array(["-", "+"]), (3, 4))
        return Lights(tuple("".join(row) for row in rows), name=level)

    def render(
        self,
        puzzle: Lights,
        answer: Answer | None = None,
        verdict: Verdict | None = None,
        *,
        changed: BoolGrid | None = None,
        confidence: FloatGrid | None = None,
        beliefs: Beliefs | None = None,
        room: Room | None = None,
    ) -> Picture:
        shown = _on(puzzle) if answer is None else answer
        role = "given" if answer is None else "answer"
        return Picture(
            tuple(
                tuple(Cell("-+"[light], role, (row, column)) for column, light in enumerate(lights))
                for row, lights in enumerate(shown.tolist())
            )
        )


def _on(puzzle: Lights) -> Answer:
    return np.array([[light == "+" for light in row] for row in puzzle.rows], dtype=np.uint8)
