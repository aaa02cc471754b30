"""What an ARC puzzle is, how it lies on a canvas of tokens, and how a whole task can be redrawn
without changing its rule. Reading files, judging and drawing build on this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np

from puzzles.contract.tokens import Answer, BoolGrid, Tokens
from puzzles.errors import PuzzleError
from puzzles.text.text_grid import DIHEDRAL, Dihedral

MAX_SIDE = 30
"""Longest side of a grid, and the side of the published models' canvas."""

COLOURS = 10

PAD, END, FIRST_COLOUR = 0, 1, 2
"""Tokens: outside, end-of-grid mark, and colour c as `FIRST_COLOUR + c`."""

Grid: TypeAlias = tuple[tuple[int, ...], ...]
"""Rows of colours 0-9, 1x1 to 30x30. Tuples, because puzzles compare by value and are hashed."""

Dataset: TypeAlias = Literal["arc1-training", "arc1-evaluation", "arc2-training", "arc2-evaluation"]
DATASETS: tuple[Dataset, ...] = (
    "arc1-training",
    "arc1-evaluation",
    "arc2-training",
    "arc2-evaluation",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """One worked example of a task's hidden rule."""

    input: Grid
    output: Grid


@dataclass(frozen=True, slots=True)
class ArcPuzzle:
    """One test of one task: apply the rule that the demonstrations show to `input`.

    Two puzzles are equal when they ask the same thing. So `output`, the answer where it is known,
    does not count, nor do `test`, which of the task's tests this is (from 0), and `name`, what a
    viewer calls it.
    """

    task: str
    demonstrations: tuple[Pair, ...]
    input: Grid
    output: Grid | None = field(default=None, compare=False)
    test: int = field(default=0, compare=False)
    name: str = field(default="", compare=False)


def as_answer(grid: Grid) -> Answer:
    """(height, width) colours."""
    return np.array(grid, dtype=np.uint8)


def as_grid(answer: Answer) -> Grid:
    """Inverse of `as_answer`."""
    return tuple(tuple(row) for row in answer.tolist())


def canvas(puzzle: ArcPuzzle) -> tuple[int, int]:
    """(height, width) of the native canvas, at most 30x30: room for the test input, for an output
    as the demonstrations lead one to expect, and a row and a column for the end marks.

    Outputs as large as their inputs need no more room, outputs of one size need that; else it is as
    large as the largest grid shown. The test output is never looked at, not even when it is known:
    its size is part of the answer.
    """
    sizes = [(_size(pair.input), _size(pair.output)) for pair in puzzle.demonstrations]
    outputs = {after for _, after in sizes}
    if all(before == after for before, after in sizes):
        outputs = set()
    elif len(outputs) > 1:
        outputs.update(before for before, _ in sizes)
    height, width = map(max, zip(_size(puzzle.input), *outputs, strict=True))
    return min(height + 1, MAX_SIDE), min(width + 1, MAX_SIDE)


def _size(grid: Grid) -> tuple[int, int]:
    return len(grid), len(grid[0])


def asked(puzzle: ArcPuzzle, pair: Pair) -> ArcPuzzle:
    """A demonstration as if it were the test, with a canvas chosen as that of a test is."""
    return replace(puzzle, input=pair.input, output=pair.output)


def free_colours(puzzle: ArcPuzzle) -> tuple[int, ...]:
    """The colours 1-9 that are missing from one demonstration at least: the rule cannot be about
    them by name, as it works without them, so they may be exchanged for one another."""
    shown = [
        {colour for grid in (pair.input, pair.output) for row in grid for colour in row}
        for pair in puzzle.demonstrations
    ]
    everywhere = set[int]().union(*shown[:1]).intersection(*shown[1:])
    return tuple(colour for colour in range(1, COLOURS) if colour not in everywhere)


def answer_tokens(puzzle: ArcPuzzle) -> tuple[int, ...]:
    """The tokens that an answer may have, as far as one can see: `END`, and the colours of the
    demonstrations and the input."""
    grids = [
        puzzle.input,
        *(grid for pair in puzzle.demonstrations for grid in (pair.input, pair.output)),
    ]
    colours = {colour for grid in grids for row in grid for colour in row}
    return (END, *(FIRST_COLOUR + colour for colour in sorted(colours)))


def of_one_width(choices: Sequence[tuple[int, ...]], width: int = 0) -> Tokens:
    """Choices of tokens as an array (n, S), S at least `width`; short ones get further colours."""
    width = max(width, *map(len, choices))
    every = (END, *range(FIRST_COLOUR, FIRST_COLOUR + COLOURS))
    filled = [
        sorted({*some, *[t for t in every if t not in some][: width - len(some)]})
        for some in choices
    ]
    return np.array(filled, dtype=np.uint8)


def grid_tokens(grid: Grid | Answer, size: tuple[int, int]) -> Tokens:
    """The grid in the top-left corner of a canvas of `size`, closed by end marks.

    As in the published data the marks run below and to the right of the grid without meeting in
    the corner, and a side that fills the canvas has none. Raises `PuzzleError` if the grid is
    larger than the canvas.
    """
    height, width = len(grid), len(grid[0])
    if height > size[0] or width > size[1]:
        raise PuzzleError(
            f"a {height}x{width} grid does not fit on the {size[0]}x{size[1]} canvas",
            hint="the official layout holds every ARC grid",
        )
    tokens = np.full(size, PAD, dtype=np.uint8)
    tokens[:height, :width] = np.asarray(grid, dtype=np.uint8) + FIRST_COLOUR
    if height < size[0]:
        tokens[height, :width] = END
    if width < size[1]:
        tokens[:height, width] = END
    return tokens


def pair_tokens(pair: Pair, size: tuple[int, int]) -> tuple[Tokens, Tokens]:
    """Input and target tokens of a demonstration on a canvas of `size`, such as `canvas` gives."""
    return grid_tokens(pair.input, size), grid_tokens(pair.output, size)


def read_tokens(tokens: Tokens) -> Answer:
    """The grid that tokens spell, at least 1x1, whatever a model wrote.

    The first column tells the height and the first row the width: both end before the first token
    that is not a colour. Such tokens further inside read as colour 0.
    """
    coloured = (tokens >= FIRST_COLOUR) & (tokens < FIRST_COLOUR + COLOURS)
    height = max(1, _leading(coloured[:, 0]))
    width = max(1, _leading(coloured[0]))
    inside = coloured[:height, :width]
    return np.where(inside, tokens[:height, :width] - FIRST_COLOUR, 0).astype(np.uint8)


def _leading(flags: BoolGrid) -> int:
    """How many of `flags` (n,) are true before the first false one."""
    return len(flags) if flags.all() else int(np.argmin(flags))


@dataclass(frozen=True, slots=True)
class Symmetry:
    """A way to redraw all grids of a task: turn or mirror, then colour c becomes `colours[c]`.

    Colour 0 stays, as in the published recipe: it is the background of most tasks.
    """

    dihedral: Dihedral
    colours: tuple[int, ...]

    @property
    def name(self) -> str:
        """Says the whole symmetry, such as `half turn, colours 0213456789`."""
        return f"{self.dihedral.name}, colours {''.join(map(str, self.colours))}"

    def apply(self, answer: Answer) -> Answer:
        return np.array(self.colours, dtype=np.uint8)[self.dihedral.apply(answer)]

    def undo(self, answer: Answer) -> Answer:
        """Inverse of `apply`."""
        back = np.argsort(self.colours).astype(np.uint8)
        return self.dihedral.inverse().apply(back[answer])

    def redraw(self, puzzle: ArcPuzzle) -> ArcPuzzle:
        """The whole task redrawn: demonstrations, test input and, where known, its output."""

        def drawn(grid: Grid) -> Grid:
            return as_grid(self.apply(as_answer(grid)))

        return replace(
            puzzle,
            demonstrations=tuple(
                Pair(drawn(pair.input), drawn(pair.output)) for pair in puzzle.demonstrations
            ),
            input=drawn(puzzle.input),
            output=None if puzzle.output is None else drawn(puzzle.output),
            name=f"{puzzle.name or puzzle.task} ({self.name})",
        )


def random_symmetry(rng: np.random.Generator) -> Symmetry:
    """Uniform over the 8 · 9! symmetries, the identity included."""
    dihedral = DIHEDRAL[int(rng.integers(len(DIHEDRAL)))]
    permuted = rng.permutation(np.arange(1, COLOURS)).tolist()
    return Symmetry(dihedral, (0, *permuted))
