"""Grid pieces that several domains share: the eight symmetries of a rectangle, placing a grid on a
larger canvas, reading characters without losing the line and column an error must name, and
counting what a sentence is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from puzzles.contract.tokens import Position
from puzzles.errors import PuzzleError
from puzzles.text.encoding import MAX_TEXT, encoding_of
from puzzles.text.markup import SOFT

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Dihedral:
    """An optional left-right mirror, then `turns` quarter turns counterclockwise."""

    name: str
    turns: int
    mirrored: bool

    def apply(self, grid: NDArray[Scalar]) -> NDArray[Scalar]:
        """(height, width, ...) to a contiguous copy; odd `turns` swap height and width."""
        flipped = grid[:, ::-1] if self.mirrored else grid
        return np.rot90(flipped, self.turns).copy()

    def inverse(self) -> Dihedral:
        """A mirrored element undoes itself; a rotation is undone by the opposite one."""
        return self if self.mirrored else DIHEDRAL[-self.turns % 4]

    def move(self, position: Position, shape: tuple[int, int]) -> Position:
        """Where a cell of a grid of `shape` lies after `apply`."""
        (row, column), (height, width) = position, shape
        if self.mirrored:
            column = width - 1 - column
        for _ in range(self.turns):
            row, column = width - 1 - column, row
            height, width = width, height
        return row, column


DIHEDRAL: tuple[Dihedral, ...] = (
    Dihedral("identity", 0, False),
    Dihedral("quarter turn", 1, False),
    Dihedral("half turn", 2, False),
    Dihedral("three-quarter turn", 3, False),
    Dihedral("mirror left-right", 0, True),
    Dihedral("mirror on the main diagonal", 1, True),
    Dihedral("mirror top-bottom", 2, True),
    Dihedral("mirror on the other diagonal", 3, True),
)
"""All symmetries, rotations first, so that element i < 4 is the rotation by i quarter turns."""


def place(
    grid: NDArray[Scalar], canvas: tuple[int, int], fill: int, at: Position = (0, 0)
) -> NDArray[Scalar]:
    """Lay `grid` with its first cell `at` on a canvas filled with `fill`.

    Raises `PuzzleError` if it does not fit.
    """
    bottom, right = at[0] + grid.shape[0], at[1] + grid.shape[1]
    if bottom > canvas[0] or right > canvas[1]:
        raise PuzzleError(
            f"a {grid.shape[0]}x{grid.shape[1]} grid does not fit on "
            f"the {canvas[0]}x{canvas[1]} canvas"
        )
    placed = np.full(canvas, fill, dtype=grid.dtype)
    placed[at[0] : bottom, at[1] : right] = grid
    return placed


class Line(NamedTuple):
    """A line of a text with its number, counted from 1, and without its line end; or a part of one
    with `offset` characters before it, None where its columns are not those of the text."""

    number: int
    text: str
    offset: int | None = 0

    def column(self, index: int) -> int | None:
        """Column, from 1, of the character at `index`."""
        return None if self.offset is None else self.offset + index + 1


def numbered_lines(text: str) -> list[Line]:
    r"""Split at \n, \r\n and \r only, so that exotic separators stay visible as stray characters.

    Raises `PuzzleError` for a text longer than `MAX_TEXT`.
    """
    if len(text) > MAX_TEXT:
        raise PuzzleError(f"the text has {len(text)} characters, more than the limit of {MAX_TEXT}")
    unified = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = enumerate(unified.split("\n"), start=1)
    if SOFT not in text:
        return [Line(number, line) for number, line in lines]
    return [Line(number, part) for number, line in lines for part in line.split(SOFT)]


LONGEST_LINE = 3600
"""Characters of a line of a long file; a record of Maze-Hard has two mazes of 900, and more."""


def file_lines(path: Path) -> Iterator[Line]:
    """Lines that are not empty, of a file of any length; raises `PuzzleError` for one that is too
    long, and `OSError` and `UnicodeDecodeError`."""
    with path.open("rb") as start:
        encoding = encoding_of(start.read(4096))
    with path.open(encoding=encoding) as file:
        number = 0
        while text := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(text) > LONGEST_LINE:
                raise PuzzleError("the line is too long for a puzzle", line=number)
            text = text.rstrip("\n")
            if text.strip():
                yield Line(number, text)


def split_blocks(lines: Sequence[Line], separates: Callable[[Line], bool]) -> list[list[Line]]:
    """Runs of lines between the lines that separate them; no run is empty."""
    blocks: list[list[Line]] = [[]]
    for line in lines:
        if not separates(line):
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return blocks if blocks[-1] else blocks[:-1]


def read_cells(
    text: str, alphabet: Mapping[str, Scalar], *, line: int, column: int = 1, hint: str = ""
) -> NDArray[Scalar]:
    """Characters to (len(text),) values; `line` and `column` say where the first one stands.

    Raises `PuzzleError` with `hint` at the first character outside `alphabet`.
    """
    for offset, character in enumerate(text):
        if character not in alphabet:
            raise PuzzleError(
                f"stray character {character!a}", hint=hint, line=line, column=column + offset
            )
    return np.array([alphabet[character] for character in text])


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 rule`, `4 rules`, `1,000 rules`; `plural` where it is not the noun with an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or f'{noun}s'}"
