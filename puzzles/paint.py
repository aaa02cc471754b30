"""The game of kinds of puzzle that bring none of their own: a person paints symbols into the cells
of an answer, and the rules judge it."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import IGNORE, Answer, Position
from puzzles.errors import NoHintError, PuzzleError
from puzzles.game import SHOWN_NEXT, Forecast, Game, Hint, percent, place_name, surest
from puzzles.text.json_text import field_of
from puzzles.text.text_grid import counted

Painted: TypeAlias = tuple[tuple[int, ...], ...]


class PaintGame(Game[Painted]):
    """Begins with what an answer says that only repeats the puzzle. A digit writes that symbol of
    the domain's `palette`, a click the next one."""

    def __init__(self, domain: AnyDomain, puzzle: Any) -> None:
        self.task = domain.name
        tokens = domain.encode(puzzle, "native")
        super().__init__(puzzle, _rows(domain.decode(tokens, puzzle, "native")))
        self.palette = domain.palette
        self._known: Answer | None = None
        self._asked_rules = False

    def answer(self) -> Answer:
        return np.array(self.position, np.uint8)

    def status(self) -> str:
        changed = int((self.answer() != np.array(self._start)).sum())
        return f"{counted(changed, 'cell')} changed"

    def remark(self) -> str:
        return "keys: " + " ".join(f"{n} {mark}" for n, mark in enumerate(self.palette[:10]))

    def write(self, at: Position, digit: int, *, pencil: bool = False) -> bool:
        if digit >= len(self.palette):
            return False
        return self.history.commit(_painted(self.position, at, digit))

    def click(self, at: Position) -> bool:
        symbol = (self.position[at[0]][at[1]] + 1) % len(self.palette)
        return self.history.commit(_painted(self.position, at, symbol))

    def wants_forecast(self) -> bool:
        return self._target() is None

    def find_hint(self, forecast: Forecast | None) -> Hint[Painted]:
        """The first cell that differs from a known answer, or from the model's."""
        wanted = self._target()
        known = wanted is not None
        if wanted is None:
            if forecast is None:
                raise NoHintError("No answer is known, and no model has an opinion yet")
            wanted = forecast.answer
        if wanted.shape != self.answer().shape:
            raise NoHintError("The model has no answer of this size")
        differing = _differing(wanted, self.answer())
        if not differing:
            raise NoHintError("Every cell is right" if known else "You agree with the model")
        at, why = differing[0], "it has another symbol"
        if not known and forecast is not None:
            at = surest(forecast, differing)[0]
            why = f"the model would change it ({percent(float(forecast.confidence[at]))})"
        symbol = int(wanted[at])
        return Hint(
            at,
            f"Look at {place_name(at)}: {why}",
            f"{place_name(at)} is {self.palette[symbol]}",
            lambda now: _painted(now, at, symbol),
        )

    def next_cells(self, forecast: Forecast) -> tuple[Position, ...]:
        if forecast.answer.shape != self.answer().shape:
            return ()
        return tuple(surest(forecast, _differing(forecast.answer, self.answer()))[:SHOWN_NEXT])

    def _target(self) -> Answer | None:
        """An answer that is known: of the exact solver's the nearest, or the one on file."""
        if not self._asked_rules:
            self._asked_rules = True
            found = self.domain.solve(self.puzzle) if self.domain.exact else []
            target = self.domain.target(self.puzzle, "native")
            if not found and target is not None:
                tokens = self.domain.encode(self.puzzle, "native")
                shown = np.where(target == IGNORE, tokens, target)
                found = [self.domain.decode(shown, self.puzzle, "native")]
            now = self.answer()
            found = [one for one in found if one.shape == now.shape]
            self._known = min(found, key=lambda one: int((one != now).sum()), default=None)
        return self._known

    def encode(self, position: Painted) -> dict[str, Any]:
        return {"cells": [list(row) for row in position]}

    def decode(self, plain: object) -> Painted:
        rows: Any = field_of(plain, "cells", "position")
        most = len(self.palette)
        try:
            cells = tuple(tuple(int(cell) for cell in row) for row in rows)
        except (TypeError, ValueError):
            raise PuzzleError("the position is no grid of symbols") from None
        start = self._start
        if [len(row) for row in cells] != [len(row) for row in start] or any(
            not 0 <= cell < most for row in cells for cell in row
        ):
            raise PuzzleError("the position is not of this puzzle")
        return cells


def _rows(answer: Answer) -> Painted:
    return tuple(tuple(row) for row in answer.tolist())


def _painted(position: Painted, at: Position, symbol: int) -> Painted:
    rows = [list(row) for row in position]
    rows[at[0]][at[1]] = symbol
    return tuple(map(tuple, rows))


def _differing(one: Answer, other: Answer) -> list[Position]:
    return [(row, column) for row, column in np.argwhere(one != other).tolist()]
