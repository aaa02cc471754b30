"""What ARC cells have to do with one another, beside a reference that goes from cell to cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import FIRST_COLOUR, MAX_SIDE, Grid, as_grid, grid_tokens
from puzzles.arc.relations import objects, relations
from puzzles.contract.tokens import Tokens

Cell = tuple[int, int]

ABOVE, BELOW, LEFT, RIGHT = (-1, 0), (1, 0), (0, -1), (0, 1)
STRAIGHT = (ABOVE, BELOW, LEFT, RIGHT)
AROUND = (*STRAIGHT, (-1, -1), (-1, 1), (1, -1), (1, 1))

# a loaded machine is no reason to fail
properties = settings(max_examples=60, deadline=None)


class Canvas:
    """Cell by cell: a colour 0 to 9, or None outside the grid."""

    def __init__(self, tokens: Tokens) -> None:
        self.width: int = tokens.shape[1]
        self.colour = {
            (row, column): int(token) - FIRST_COLOUR if token >= FIRST_COLOUR else None
            for (row, column), token in np.ndenumerate(tokens)
        }
        self.inside = [cell for cell, colour in self.colour.items() if colour is not None]

    def step(self, cell: Cell, by: Cell) -> Cell:
        there = (cell[0] + by[0], cell[1] + by[1])
        return there if there in self.colour else cell

    def ray(self, cell: Cell, by: Cell) -> Cell:
        there = self.step(cell, by)
        while self.colour[there] == 0 and self.step(there, by) != there:
            there = self.step(there, by)
        return there

    def mirrored(self, cell: Cell, axis: int) -> Cell:
        if cell not in self.inside:
            return cell
        lines = [inside[axis] for inside in self.inside]
        image = list(cell)
        image[axis] = min(lines) + max(lines) - cell[axis]
        return image[0], image[1]

    def transposed(self, cell: Cell) -> Cell:
        if cell not in self.inside:
            return cell
        top, left = self.inside[0]
        image = (top + cell[1] - left, left + cell[0] - top)
        return image if image in self.inside else cell

    def objects(self) -> dict[Cell, int]:
        """A number for each object, 0 for what is outside."""
        found = {cell: 0 for cell, colour in self.colour.items() if colour is None}
        for cell in self.inside:
            number, edge = 1 + len(found), [] if cell in found else [cell]
            while edge:
                here = edge.pop()
                found[here] = number
                for by in AROUND if self.colour[here] else STRAIGHT:
                    there = self.step(here, by)
                    if there not in found and self.colour[there] == self.colour[here]:
                        edge.append(there)
        return found

    def pointers(self) -> list[list[int]]:
        looks: list[Callable[[Cell], Cell]] = [
            *(lambda cell, by=by: self.step(cell, by) for by in STRAIGHT),
            *(lambda cell, by=by: self.ray(cell, by) for by in STRAIGHT),
            lambda cell: self.mirrored(cell, axis=1),
            lambda cell: self.mirrored(cell, axis=0),
            self.transposed,
        ]
        return [[self.number(look(cell)) for cell in self.colour] for look in looks]

    def groups(self) -> list[list[int]]:
        """For each cell the first that has the same row, column, colour, object."""
        names: list[Callable[[Cell], Hashable]] = [
            lambda cell: cell[0],
            lambda cell: cell[1],
            self.colour.__getitem__,
            self.objects().__getitem__,
            lambda cell: "everything",
        ]
        return [first_alike([name(cell) for cell in self.colour]) for name in names]

    def features(self) -> list[list[float]]:
        """Nine for each cell; see `puzzles.arc.relations`."""
        named = self.objects()
        edges = self.edges()
        colours = Counter(self.colour[cell] for cell in self.inside)
        sizes = Counter(named[cell] for cell in self.inside)
        front = [sizes[named[cell]] for cell in self.inside if self.colour[cell]]
        touching = {named[cell] for cell in self.inside if any(edges[cell])}
        found = []
        for cell, colour in self.colour.items():
            size = sizes[named[cell]]
            flags = [
                bool(colour) and size == max(front),
                bool(colour) and size == min(front),
                named[cell] in touching,
                *edges[cell],
            ]
            logs = [np.log2(size or 1) / 4 - 0.5, np.log2(colours[colour] or 1) / 4 - 1]
            found.append([*logs, *map(float, flags)] if cell in self.inside else [0.0] * 9)
        return found

    def edges(self) -> dict[Cell, tuple[bool, ...]]:
        """Whether a cell is in the grid's first or last row, first or last column."""
        (top, left), (bottom, right) = self.inside[0], self.inside[-1]
        return {
            (row, column): (row == top, row == bottom, column == left, column == right)
            for row, column in self.colour
        }

    def number(self, cell: Cell) -> int:
        row, column = cell
        return row * self.width + column


def first_alike(labels: list[Hashable]) -> list[int]:
    first: dict[Hashable, int] = {}
    return [first.setdefault(label, cell) for cell, label in enumerate(labels)]


@st.composite
def canvases(draw: st.DrawFn) -> Tokens:
    """(n, height, width): grids of different sizes and few colours, some not in the corner."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    height, width = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    drawn = []
    for _ in range(draw(st.integers(1, 4))):
        size = rng.integers(1, (height, width), endpoint=True)
        grid = as_grid(rng.choice(np.array((0, 0, 0, 2, 2, 9), np.uint8), size))
        room = rng.integers(0, (height, width) - size, endpoint=True) * rng.integers(2)
        tokens = np.zeros((height, width), np.uint8)
        tokens[room[0] :, room[1] :] = grid_tokens(grid, (height - room[0], width - room[1]))
        drawn.append(tokens)
    return np.stack(drawn)


@properties
@given(canvases())
def test_they_are_what_going_from_cell_to_cell_finds(boards: Tokens) -> None:
    found = relations(boards)
    count, cells = len(boards), boards[0].size
    assert found.pointers.shape == (count, 11, cells)
    assert found.groups.shape == (count, 5, cells)
    assert len(found) == 16
    for number, board in enumerate(boards):
        canvas = Canvas(board)
        assert found.pointers[number].tolist() == canvas.pointers()
        assert found.groups[number].tolist() == canvas.groups()
        np.testing.assert_allclose(found.features[number], canvas.features(), atol=1e-6)


@properties
@given(canvases(), st.permutations(range(1, 10)))
def test_colours_may_be_permuted(boards: Tokens, order: list[int]) -> None:
    """All but the background: a model is to know no colour by its name."""
    recoloured = boards.copy()
    coloured = boards > FIRST_COLOUR
    recoloured[coloured] = np.array([0, *order])[boards[coloured] - FIRST_COLOUR] + FIRST_COLOUR
    one, other = relations(boards), relations(recoloured)
    assert np.array_equal(one.pointers, other.pointers)
    assert np.array_equal(one.groups, other.groups)
    assert np.array_equal(one.features, other.features)


@properties
@given(canvases())
def test_other_canvases_of_a_batch_do_not_matter(boards: Tokens) -> None:
    together = relations(boards)
    for number, board in enumerate(boards):
        alone = relations(board[None])
        assert np.array_equal(alone.pointers[0], together.pointers[number])
        assert np.array_equal(alone.groups[0], together.groups[number])
        assert np.array_equal(alone.features[0], together.features[number])


def drawn(*rows: str) -> Grid:
    return tuple(tuple(map(int, row)) for row in rows)


def object_names(grid: Grid, size: Cell) -> list[str]:
    """The objects of a grid on a canvas of `size`, named A, B, C … in reading order."""
    colours = grid_tokens(grid, size).astype(np.int64) - FIRST_COLOUR
    (labels,) = objects(np.where(colours < 0, -1, colours)[None])
    names: dict[int, str] = {}
    return [
        "".join(names.setdefault(label, chr(ord("A") + len(names))) for label in row)
        for row in labels.tolist()
    ]


def test_a_closed_line_has_an_inside_and_corners_connect_colours() -> None:
    grid = drawn("0500", "5050", "0506", "0060")
    assert object_names(grid, (5, 6)) == [
        "ABCCDD",
        "BEBCDD",
        "FBGHDD",
        "FFHIDD",
        "DDDDDD",
    ]


def test_rays_pass_over_the_background_only() -> None:
    (pointers,) = relations(grid_tokens(drawn("300", "000", "040"), (4, 5))[None]).pointers
    up, down, left, right = pointers[4:8].reshape(4, 4, 5)
    assert left[0].tolist() == [0, 0, 0, 0, 3]
    assert right[1].tolist() == [8, 8, 8, 9, 9]
    assert up[:, 1].tolist() == [1, 1, 1, 11]
    assert down[:, 0].tolist() == [15, 15, 15, 15]
    assert down[:, 1].tolist() == [11, 11, 16, 16]


def spiral(side: int) -> Grid:
    """One line of colour 8 from the corner to the middle, with background between its turns."""
    grid = np.zeros((side, side), np.uint8)
    row = column = 0
    step_row, step_column = 0, 1
    grid[0, 0] = 8

    def free(row: int, column: int) -> bool:
        return 0 <= row < side and 0 <= column < side and grid[row, column] == 0

    while True:
        for _ in range(2):
            after, beyond = ((row + n * step_row, column + n * step_column) for n in (1, 2))
            ends = 0 <= beyond[0] < side and 0 <= beyond[1] < side and grid[beyond] == 8
            if free(*after) and not ends:
                break
            step_row, step_column = step_column, -step_row
        else:
            return as_grid(grid)
        row, column = after
        grid[row, column] = 8


def test_the_longest_way_through_an_object_is_found() -> None:
    grid = spiral(MAX_SIDE)
    tokens = grid_tokens(grid, (MAX_SIDE, MAX_SIDE))
    assert np.count_nonzero(tokens == 8 + FIRST_COLOUR) > 400
    found = relations(np.stack([tokens, tokens.T]))
    for board, groups in zip((tokens, tokens.T), found.groups, strict=True):
        assert groups[3].tolist() == Canvas(board).groups()[3]
        assert len(set(groups[3].tolist())) == 2  # the line and what is between its turns


@pytest.mark.parametrize("shape", [(1, 1), (30, 30)])
def test_a_canvas_without_a_grid_is_no_error(shape: Cell) -> None:
    found = ArcDomain().relations(np.zeros((2, *shape), np.uint8))
    assert np.array_equal(found.pointers[:, 8], found.pointers[:, 9])
    assert (found.groups[:, 3] == found.groups[0, 3, 0]).all()
