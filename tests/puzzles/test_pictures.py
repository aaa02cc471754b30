"""Pictures that scale: what fits, how a probability is drawn, edges of any region."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puzzles import domain
from puzzles.contract.protocol import Verdict
from puzzles.drawing.montage import demonstrations
from puzzles.drawing.picture import Cell, Room
from puzzles.drawing.tiles import Tile, draw_tiles, largest_scale
from puzzles.sudoku.lines import tones_of
from puzzles.sudoku.picture import draw
from puzzles.sudoku.puzzle import SYMBOLS, Notation, Sudoku
from puzzles.sudoku.reading.rule_text import read_rules
from puzzles.sudoku.rules import Rules, box_regions, box_shape

SUDOKU = domain("sudoku")
(PUZZLE,) = SUDOKU.find("minimal") or []


def beliefs(digit: int, likely: float) -> np.ndarray:
    """The same of every cell: `digit`, and a little of 9."""
    all_alike = np.zeros((9, 9, 11), dtype=np.uint8)
    all_alike[..., digit + 1] = round(255 * likely)
    all_alike[..., 10] = round(255 * (1 - likely))
    return all_alike


@pytest.mark.parametrize(
    ("room", "size"),
    [
        (Room(154, 57), (127, 55)),
        (Room(80, 40), (73, 37)),
        (Room(64, 31), (64, 31)),
        (Room(64, 31, tones=False), (37, 19)),
        (Room(37, 19), (37, 19)),
        (Room(36, 19), (25, 13)),
        (Room(5, 5), (20, 11)),
    ],
)
def test_the_size_of_a_sudoku_depends_on_its_room_alone(room: Room, size: tuple[int, int]) -> None:
    answer = SUDOKU.solve(PUZZLE)[0]
    for said in ({}, {"answer": answer}, {"beliefs": beliefs(1, 0.6)}):
        picture = SUDOKU.render(PUZZLE, room=room, **said)
        assert {sum(len(cell.text) for cell in row) for row in picture.rows} == {size[0]}
        assert len(picture.rows) == size[1]


@pytest.mark.parametrize("room", [Room(64, 31), Room(73, 37), Room(127, 55)], ids=str)
def test_candidates_are_as_bright_as_they_are_likely_until_one_stands_alone(room: Room) -> None:
    def cells(likely: float) -> list[Cell]:
        picture = SUDOKU.render(PUZZLE, beliefs=beliefs(4, likely), room=room)
        return [cell for row in picture.rows for cell in row if cell.at == (0, 1)]

    said, other = (next(c for c in cells(0.6) if c.text.strip() == d) for d in "49")
    assert (said.role, other.role) == ("answer", "candidate")
    assert (said.level, other.level) == (pytest.approx(0.6), pytest.approx(0.4))
    alone = "".join(cell.text for cell in cells(0.95)).split()
    assert alone == ["4"]


def test_edges_are_heavy_where_regions_of_any_shape_meet() -> None:
    regions = np.array([[0, 0, 0, 1], [2, 0, 1, 1], [2, 2, 3, 1], [2, 3, 3, 3]])
    lines = (
        draw([0] * 16, None, None, None, None, room=Room(17, 9), regions=regions)
        .plain()
        .split("\n")
    )
    assert lines == [
        "┏━━━┯━━━┯━━━┳━━━┓",
        "┃ · │ · │ · ┃ · ┃",
        "┣━━━╅───╆━━━╃───┨",
        "┃ · ┃ · ┃ · │ · ┃",
        "┠───╄━━━╋━━━╅───┨",
        "┃ · │ · ┃ · ┃ · ┃",
        "┠───╆━━━╃───╄━━━┫",
        "┃ · ┃ · │ · │ · ┃",
        "┗━━━┻━━━┷━━━┷━━━┛",
    ]


RULES = [
    *(Rules(side, box_regions(side)) for side in range(4, 26) if box_shape(side)),
    *(Rules(side) for side in (5, 7, 11)),  # latin squares
    Rules(4, (0, 0, 0, 1, 2, 0, 1, 1, 2, 2, 3, 1, 2, 3, 3, 3)),
    read_rules("x", 9),
    read_rules("windoku", 9),
]
ROOMS = [None, *(Room(*size) for size in ((154, 56), (64, 31), (78, 19), (5, 5)))]


@pytest.mark.parametrize("room", ROOMS, ids=str)
@pytest.mark.parametrize("rules", RULES, ids=lambda rules: str(rules.size))
def test_sudokus_of_any_size_and_rule_are_drawn_whole(rules: Rules, room: Room | None) -> None:
    puzzle = Sudoku((0,) * rules.cells, rules=rules)
    likely = np.zeros((rules.size, rules.size, 27), dtype=np.uint8)
    likely[..., 1 + rules.size] = 255  # the last symbol, which stands alone
    rooms = [room] if room is None else [room, replace(room, tones=False)]
    for each in rooms:
        picture = SUDOKU.render(puzzle, beliefs=likely, room=each)
        widths = {sum(len(cell.text) for cell in row) for row in picture.rows}
        assert each is None or len(widths) == 1
        symbols = [
            cell.at
            for row in picture.rows
            for cell in row
            if cell.text.strip() == SYMBOLS[rules.size - 1]
        ]
        cells = range(rules.size)
        assert symbols == [(row, column) for row in cells for column in cells]


def test_the_symbols_that_a_puzzle_was_written_in_are_drawn() -> None:
    rules = Rules(4, box_regions(4))
    puzzle = Sudoku((1, *[0] * 14, 4), rules=rules, notation=Notation("0123"))
    drawn = SUDOKU.render(puzzle, room=Room(30, 14)).plain()
    assert drawn.split("\n")[2].split()[1:2] == ["0"]
    assert "3" in drawn


def test_a_board_without_inner_lines_shows_its_regions_by_their_ground() -> None:
    puzzle = Sudoku((0,) * 256, rules=Rules(16, box_regions(16)))
    picture = SUDOKU.render(puzzle, room=Room(78, 19))
    assert (picture.width, len(picture.rows)) == (34, 18)
    ground = {cell.at: cell.ground for row in picture.rows for cell in row if cell.at is not None}
    assert ground[0, 3] is None
    assert ground[0, 4] is not None
    assert (ground[4, 3] is None, ground[4, 4] is None) == (False, True)


@given(st.integers(0, 2**32 - 1))
def test_regions_that_touch_have_differenttones_of(seed: int) -> None:
    regions = np.random.default_rng(seed).integers(0, 5, (6, 6))
    tones = tones_of(regions.tobytes(), 6)
    for a, b, one, other in (
        (regions[1:], regions[:-1], tones[1:], tones[:-1]),
        (regions[:, 1:], regions[:, :-1], tones[:, 1:], tones[:, :-1]),
    ):
        assert np.array_equal(a == b, one == other)


def test_cells_of_further_groups_have_a_ground_of_their_own() -> None:
    puzzle = Sudoku((0,) * 81, rules=read_rules("x", 9))
    picture = SUDOKU.render(puzzle, room=Room(78, 19))
    marked = {c.at for row in picture.rows for c in row if c.ground and c.ground.role == "special"}
    assert marked == {at for i in range(9) for at in ((i, i), (i, 8 - i))}


def test_a_sketch_is_a_square_a_cell() -> None:
    answer = SUDOKU.solve(PUZZLE)[0]
    wrong = Verdict(False, broken=((0, 0),))
    picture = SUDOKU.render(PUZZLE, answer, wrong, room=Room(9, 5, sketch=True))
    assert (picture.width, len(picture.rows)) == (9, 5)
    assert picture.rows[0][0].role == "broken"


def framed_size(shape: tuple[int, int], scale: int) -> tuple[int, int]:
    """Columns and lines of a picture with its frame."""
    height, width = shape
    return width * scale + 2, -(-height * scale // 2) + 2


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 200), st.integers(1, 80))
def test_the_largest_scale_that_fits_is_chosen(
    height: int, width: int, columns: int, rows: int
) -> None:
    room = Room(columns, rows)
    scale = largest_scale((height, width), room)
    assert scale == 1 or room.fits(*framed_size((height, width), scale))
    assert scale == 12 or not room.fits(*framed_size((height, width), scale + 1))


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 5))
def test_every_tile_has_its_place(height: int, width: int, scale: int) -> None:
    tiles = [[Tile("wall") for _ in range(width)] for _ in range(height)]
    rows = draw_tiles(tiles, scale)
    columns, lines = framed_size((height, width), scale)
    assert len(rows) == lines
    assert {sum(len(cell.text) for cell in row) for row in rows} == {columns}
    grounds = [cell.ground.at for row in rows for cell in row if cell.ground is not None]
    places = {cell.at for row in rows for cell in row} | set(grounds)
    assert {(row, column) for row in range(height) for column in range(width)} <= places


def test_a_path_is_tinted_by_its_probability() -> None:
    kind = domain("maze")
    [maze] = kind.find("small") or []
    likely = np.zeros((9, 9, 6), dtype=np.uint8)
    likely[..., 5] = 128
    picture = kind.render(maze, beliefs=likely, room=Room(20, 11))
    levels = {cell.level for row in picture.rows for cell in row if cell.role == "path"}
    assert levels == {128 / 255}
    plain = kind.render(maze, beliefs=likely, room=Room(20, 11, tones=False)).plain()
    assert "··" in plain


def test_what_is_reproduced_is_drawn_where_there_is_room_and_else_only_counted() -> None:
    kind = domain("arc")
    [puzzle] = kind.find("mirror") or ()
    outputs = [np.array(pair.output) for pair in puzzle.demonstrations]
    wrong = outputs[1].copy()
    wrong[0, 0] += 1
    shown = [outputs[0], wrong, np.zeros((1, 1), np.uint8), *outputs[3:]]
    wide = demonstrations(kind, puzzle, Room(200, 5), shown)
    narrow = demonstrations(kind, puzzle, Room(80, 5), shown)
    for picture in (wide, narrow):
        for said in ("1: ✓", "2: 1 wrong", "3: wrong size", "4: ✓"):
            assert said in picture.plain()
    assert narrow.width <= 80 < wide.width
    assert "demonstration 1" in demonstrations(kind, puzzle, Room(80, 5)).plain()


def test_demonstrations_stand_in_two_lines_where_one_is_too_wide() -> None:
    kind = domain("arc")
    [puzzle] = kind.find("mirror") or ()
    outputs = [np.array(pair.output) for pair in puzzle.demonstrations]
    one = demonstrations(kind, puzzle, Room(80, 5))
    room = Room(one.width - 1, 2 * len(one.rows) + 1)
    for shown, name in (((), "demonstration {}"), (outputs, "{}: ✓")):
        two = demonstrations(kind, puzzle, room, shown)
        assert two.width <= room.columns
        assert len(two.rows) <= room.rows
        assert all(name.format(n) in two.plain() for n in range(1, len(outputs) + 1))
    low = demonstrations(kind, puzzle, Room(one.width - 1, len(one.rows)))
    assert len(low.rows) <= len(one.rows), "it scrolls sideways instead"
