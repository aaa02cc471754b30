"""A maze walked by hand: one path from S that grows by steps, shrinks by walking back, and never
goes through a wall."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from puzzles.contract.tokens import Answer, BoolGrid, Position, Tokens
from puzzles.errors import NoHintError, PuzzleError
from puzzles.game import SHOWN_NEXT, Checked, Forecast, Game, Hint, place_name, surest
from puzzles.maze.puzzle import (
    GOAL,
    MAX_SIDE,
    START,
    STEPS,
    UNREACHED,
    WALL,
    Distances,
    Maze,
    distances_from,
    mask_of,
    neighbours,
    only,
)
from puzzles.text.json_text import field_of
from puzzles.text.text_grid import counted

Path: TypeAlias = tuple[Position, ...]
"""Cells in walking order from the start, no cell twice, each a neighbour of the one before."""

_WORDS = dict(zip(STEPS, ("up", "down", "left", "right"), strict=True))
_STEP_OF = {word[0]: step for step, word in _WORDS.items()}


class MazeGame(Game[Path]):
    """Reaching the goal ends the game; `check` says whether a shorter way exists."""

    task = "maze"
    where_next = "The model would go on along ◦◦."

    def __init__(self, puzzle: Maze) -> None:
        tokens = puzzle.tokens()
        super().__init__(puzzle, (only(tokens, START),))
        self._tokens: Tokens = tokens
        self.goal = only(tokens, GOAL)

    @cached_property
    def _distances(self) -> Distances:
        """Steps from each cell to the goal."""
        return distances_from(self._tokens, self.goal)

    @property
    def head(self) -> Position:
        return self.position[-1]

    @property
    def _needed(self) -> int:
        """Steps of the shortest path; `UNREACHED` if there is none."""
        return int(self._distances[self.position[0]])

    def answer(self) -> Answer:
        marked = mask_of(self.position[1:], self.puzzle.shape)
        marked[self.goal] = 0
        return marked

    def status(self) -> str:
        taken = counted(len(self.position) - 1, "step")
        return f"{taken} · at {place_name(self.head)}"

    def first_cell(self) -> Position:
        return self.head

    def step(self, rows: int, columns: int) -> bool:
        return self.go((rows, columns))

    def click(self, at: Position) -> bool:
        return self.reach(at)

    def go(self, step: Position) -> bool:
        """One step by (rows, columns). The cell before the head takes the last step back, and a
        cell further back on the path cuts the loop off."""
        return self._walk((self.head[0] + step[0], self.head[1] + step[1]))

    def reach(self, at: Position) -> bool:
        """Walk straight along open floor to `at`, or back to it if the path was there."""
        if at in self.position:
            return self._walk(at)
        path = self.position
        rows, columns = at[0] - self.head[0], at[1] - self.head[1]
        if (rows == 0) == (columns == 0):
            return False
        step = (_sign(rows), _sign(columns))
        while path[-1] != at:
            following = path[-1][0] + step[0], path[-1][1] + step[1]
            if not self._open(path, following):
                return False
            path = (*path, following)
        return self.history.commit(path)

    def _walk(self, to: Position) -> bool:
        path = self.position
        if to in path:
            return self.history.commit(path[: path.index(to) + 1])
        return self._open(path, to) and self.history.commit((*path, to))

    def _open(self, path: Path, to: Position) -> bool:
        """Whether a path may be longer by `to`: a neighbour of its end, no wall, not past G."""
        around = neighbours(path[-1], self.puzzle.shape)
        free = to in around and self._tokens[to] != WALL
        return free and to not in path and path[-1] != self.goal

    def won(self) -> bool:
        return self.head == self.goal

    def check(self) -> Checked:
        taken = len(self.position) - 1
        if self.won():
            longer = taken - self._needed
            if not longer:
                return Checked(
                    True, f"You are through in {counted(taken, 'step')}, and no way is shorter"
                )
            return Checked(
                True,
                f"You are through in {counted(taken, 'step')}; the shortest way has {self._needed}",
            )
        if self._needed == UNREACHED:
            return Checked(False, "The goal cannot be reached")
        lost = self._first_lost()
        if lost == len(self.position):
            return Checked(False, f"{counted(taken, 'step')}, all on a shortest way")
        return Checked(
            False,
            f"After {place_name(self.position[lost - 1])} this is no longer a shortest way",
            self.position[lost:],
        )

    def find_hint(self, forecast: Forecast | None) -> Hint[Path]:
        """Where the path left every shortest way, else the way on from its end."""
        if self._needed == UNREACHED:
            raise NoHintError("The goal cannot be reached")
        lost = self._first_lost()
        if lost < len(self.position):
            kept = self.position[:lost]
            name = place_name(kept[-1])
            return Hint(
                kept[-1],
                f"Look at {name}: every shortest way leaves your path there",
                f"Back at {name}",
                lambda now: now[:lost],
            )
        if self.won():
            raise NoHintError("You are there, and no way is shorter")
        return self._onward()

    def _onward(self) -> Hint[Path]:
        """Along a shortest way up to the next cell where there is something to decide."""
        head, name = self.head, place_name(self.head)
        ways = len(self._ways(self.position))
        why = f"{ways} ways go on from there" if ways > 1 else "only one way goes on from there"
        path = (*self.position, self._nearer(head))
        while path[-1] != self.goal and len(self._ways(path)) == 1:
            path = (*path, self._nearer(path[-1]))
        step = path[len(self.position)]
        word = _WORDS[step[0] - head[0], step[1] - head[1]]
        return Hint(head, f"Look at {name}: {why}", f"From {name} go {word}", lambda _: path)

    def _ways(self, path: Path) -> list[Position]:
        return [to for to in neighbours(path[-1], self.puzzle.shape) if self._open(path, to)]

    def _nearer(self, cell: Position) -> Position:
        around = neighbours(cell, self.puzzle.shape)
        return next(to for to in around if self._distances[to] == self._distances[cell] - 1)

    def _first_lost(self) -> int:
        """Index of the first cell that no shortest path reaches that way, else the length."""
        for index, cell in enumerate(self.position):
            if self._distances[cell] != self._needed - index:
                return index
        return len(self.position)

    def next_cells(self, forecast: Forecast) -> tuple[Position, ...]:
        """The model's path from the head on; where it does not pass there, its surest cells."""
        path = self.position
        marked = forecast.answer.astype(bool)
        while len(path) < len(self.position) + SHOWN_NEXT:
            onward = next((to for to in self._ways(path) if marked[to]), None)
            if onward is None:
                break
            path = (*path, onward)
        if len(path) > len(self.position):
            return path[len(self.position) :]
        rows, columns = marked.nonzero()
        elsewhere = [
            at for at in zip(rows.tolist(), columns.tolist(), strict=True) if at not in path
        ]
        return tuple(surest(forecast, elsewhere)[:SHOWN_NEXT])

    def with_marks(self, answer: Answer, marked: BoolGrid) -> Answer:
        return np.maximum(answer, marked.astype(np.uint8))

    def encode(self, position: Path) -> dict[str, Any]:
        """The first letters of up, down, left and right."""
        moves = pairwise(position)
        return {"path": "".join(_WORDS[b[0] - a[0], b[1] - a[1]][0] for a, b in moves)}

    def decode(self, plain: object) -> Path:
        letters = field_of(plain, "path", "position")
        if not isinstance(letters, str) or len(letters) > MAX_SIDE * MAX_SIDE:
            raise PuzzleError("position: path is not a text of directions")
        path: Path = (only(self._tokens, START),)
        for letter in letters:
            step = _STEP_OF.get(letter, (0, 0))
            to = path[-1][0] + step[0], path[-1][1] + step[1]
            if not self._open(path, to):
                raise PuzzleError(f"position: the path cannot go to {place_name(to)}")
            path = (*path, to)
        return path


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
