"""What every ARC puzzle must satisfy, whatever its grids: layouts, symmetries, judging, drawing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import (
    DATASETS,
    END,
    FIRST_COLOUR,
    ArcPuzzle,
    Grid,
    Pair,
    Symmetry,
    answer_tokens,
    as_answer,
    as_grid,
    asked,
    canvas,
    free_colours,
    grid_tokens,
    of_one_width,
    pair_tokens,
)
from puzzles.contract.protocol import Domain
from puzzles.contract.tokens import Answer, Layout, Tokens
from puzzles.errors import PuzzleError
from puzzles.text.text_grid import DIHEDRAL

ARC: Domain[ArcPuzzle] = ArcDomain()

SEEDS = st.integers(0, 2**32 - 1)
LAYOUTS: tuple[Layout, ...] = ("official", "native")

# a loaded machine is no reason to fail
properties = settings(max_examples=100, deadline=None)


def random_grid(seed: int, height: int, width: int) -> Grid:
    return as_grid(np.random.default_rng(seed).integers(0, 10, (height, width), dtype=np.uint8))


SIDES = st.one_of(st.integers(1, 30), st.just(30))
GRIDS = st.builds(random_grid, SEEDS, SIDES, SIDES)
PUZZLES = st.builds(
    ArcPuzzle,
    task=st.text("0123456789abcdef", min_size=1, max_size=8),
    demonstrations=st.lists(st.builds(Pair, GRIDS, GRIDS), min_size=1, max_size=3).map(tuple),
    input=GRIDS,
    output=GRIDS,
    test=st.integers(0, 2),
)

SMALL = ArcPuzzle(
    task="small",
    demonstrations=(Pair(((1, 2),), ((2, 1),)), Pair(((3,), (4,)), ((4,), (3,)))),
    input=((5, 6), (7, 8)),
    output=((6, 5), (8, 7)),
)


def reference_tokens(grid: Grid, size: tuple[int, int]) -> Tokens:
    """Cell by cell what `grid_tokens` does with slices."""
    tokens = np.zeros(size, dtype=np.uint8)
    height, width = len(grid), len(grid[0])
    for row in range(size[0]):
        for column in range(size[1]):
            if row < height and column < width:
                tokens[row, column] = grid[row][column] + 2
            elif (row == height and column < width) or (row < height and column == width):
                tokens[row, column] = 1
    return tokens


@properties
@given(GRIDS)
def test_official_tokens_match_the_reference(grid: Grid) -> None:
    assert np.array_equal(grid_tokens(grid, (30, 30)), reference_tokens(grid, (30, 30)))


def test_end_marks_do_not_meet_in_the_corner() -> None:
    assert grid_tokens(((7, 0),), (3, 4)).tolist() == [[9, 2, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]]


@properties
@given(PUZZLES)
def test_decoding_inverts_encoding(puzzle: ArcPuzzle) -> None:
    for layout in LAYOUTS:
        read = ARC.decode(ARC.encode(puzzle, layout), puzzle, layout)
        assert as_grid(read) == puzzle.input


@properties
@given(PUZZLES)
def test_the_target_says_the_output_and_is_right(puzzle: ArcPuzzle) -> None:
    assert ARC.target(puzzle, "official") is not None
    for layout in LAYOUTS:
        target = ARC.target(puzzle, layout)
        if target is None:
            assert puzzle.output is not None
            assert (np.array(as_answer(puzzle.output).shape) > canvas(puzzle)).any()
            continue
        assert target.shape == ARC.encode(puzzle, layout).shape
        answer = ARC.decode(target, puzzle, layout)
        assert as_grid(answer) == puzzle.output
        assert ARC.check(puzzle, answer).solved is True


@properties
@given(PUZZLES)
def test_every_demonstration_fits_its_native_canvas(puzzle: ArcPuzzle) -> None:
    for pair in puzzle.demonstrations:
        size = canvas(asked(puzzle, pair))
        given_tokens, wanted = pair_tokens(pair, size)
        assert given_tokens.shape == wanted.shape == size
        assert as_grid(ARC.decode(wanted, puzzle, "native")) == pair.output


def test_the_native_canvas_has_one_row_and_column_for_end_marks() -> None:
    assert canvas(SMALL) == (3, 3)
    assert canvas(replace(SMALL, input=random_grid(0, 30, 29))) == (30, 30)


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [
        (((2, 2, 2, 2), (5, 1, 5, 1)), (4, 5)),  # as large as the input
        (((2, 2, 1, 6), (5, 1, 1, 6)), (4, 7)),  # always 1x6
        (((2, 2, 1, 6), (5, 1, 6, 1)), (7, 7)),  # the largest of everything
    ],
)
def test_the_native_canvas_expects_what_was_shown(
    sizes: tuple[tuple[int, int, int, int], ...], wanted: tuple[int, int]
) -> None:
    shown = tuple(Pair(random_grid(0, a, b), random_grid(0, c, d)) for a, b, c, d in sizes)
    assert canvas(ArcPuzzle("t", shown, random_grid(0, 3, 4))) == wanted


def test_colours_that_every_demonstration_has_are_not_free() -> None:
    shown = (Pair(((1, 2),), ((3, 0),)), Pair(((1, 4),), ((3, 3),)))
    assert free_colours(ArcPuzzle("t", shown, ((7,),))) == (2, 4, 5, 6, 7, 8, 9)
    assert free_colours(ArcPuzzle("t", (), ((7,),))) == tuple(range(1, 10))


def test_the_native_canvas_never_looks_at_the_answer() -> None:
    larger = replace(SMALL, output=random_grid(0, 4, 2))
    assert canvas(larger) == canvas(SMALL)
    assert ARC.target(larger, "native") is None
    assert ARC.target(larger, "official") is not None
    assert ARC.target(replace(SMALL, output=None), "official") is None


def test_a_grid_that_fills_the_canvas_needs_no_end_marks() -> None:
    exact = replace(SMALL, output=random_grid(0, 3, 3))
    target = ARC.target(exact, "native")
    assert target is not None
    assert target.min() >= 2
    assert as_grid(ARC.decode(target, exact, "native")) == exact.output


def test_a_pair_that_does_not_fit_is_refused() -> None:
    with pytest.raises(PuzzleError, match="a 1x2 grid does not fit on the 1x1 canvas"):
        pair_tokens(SMALL.demonstrations[0], (1, 1))


@properties
@given(SEEDS, st.integers(1, 30), st.integers(1, 30), st.sampled_from([2, 12, 256]))
def test_any_tokens_decode_to_a_grid(seed: int, height: int, width: int, kinds: int) -> None:
    tokens = np.random.default_rng(seed).integers(0, kinds, (height, width)).astype(np.uint8)
    answer = ARC.decode(tokens, SMALL, "native")
    assert 1 <= answer.shape[0] <= height
    assert 1 <= answer.shape[1] <= width
    assert answer.dtype == np.uint8
    assert answer.max() <= 9


def test_decoding_crops_by_the_first_row_and_column_and_blanks_holes() -> None:
    tokens = np.array([[3, 4, 1, 9], [5, 1, 9, 9], [0, 9, 9, 9]], dtype=np.uint8)
    assert ARC.decode(tokens, SMALL, "native").tolist() == [[1, 2], [3, 0]]


@properties
@given(PUZZLES, SEEDS)
def test_undo_inverts_augment(puzzle: ArcPuzzle, seed: int) -> None:
    copy, undo = ARC.augment(puzzle, np.random.default_rng(seed))

    def undone(grid: Grid) -> Grid:
        return as_grid(undo(as_answer(grid)))

    assert copy.output is not None
    assert undone(copy.output) == puzzle.output
    assert undone(copy.input) == puzzle.input
    for drawn, pair in zip(copy.demonstrations, puzzle.demonstrations, strict=True):
        assert Pair(undone(drawn.input), undone(drawn.output)) == pair
    assert (copy.task, copy.test) == (puzzle.task, puzzle.test)


@properties
@given(SEEDS)
def test_augmentation_keeps_the_background_and_its_name_says_it_all(seed: int) -> None:
    blank = replace(SMALL, input=((0, 0),))
    copy, _ = ARC.augment(blank, np.random.default_rng(seed))
    again, _ = ARC.augment(blank, np.random.default_rng(seed))
    assert {colour for row in copy.input for colour in row} == {0}
    assert copy == again
    assert copy.name == again.name
    assert copy.name.startswith("small (")


def test_every_symmetry_is_drawn_differently_under_its_own_name() -> None:
    grid = as_answer(((1, 2, 3), (4, 5, 6)))
    swapped = (0, 2, 1, *range(3, 10))
    symmetries = [
        Symmetry(dihedral, colours)
        for dihedral in DIHEDRAL
        for colours in (tuple(range(10)), swapped)
    ]
    assert len({as_grid(symmetry.apply(grid)) for symmetry in symmetries}) == 16
    assert len({symmetry.name for symmetry in symmetries}) == 16


@properties
@given(PUZZLES, SEEDS)
def test_check_marks_exactly_the_differing_cells(puzzle: ArcPuzzle, seed: int) -> None:
    [answer] = ARC.solve(puzzle)
    rng = np.random.default_rng(seed)
    at = int(rng.integers(answer.shape[0])), int(rng.integers(answer.shape[1]))
    answer[at] = (answer[at] + 1) % 10
    verdict = ARC.check(puzzle, answer)
    assert verdict.solved is False
    assert verdict.broken == (at,)
    assert verdict.reasons == (f"1 of {answer.size} cells differ",)


def test_check_tells_a_wrong_size() -> None:
    verdict = ARC.check(SMALL, as_answer(((6, 5, 0),)))
    assert verdict.solved is False
    assert verdict.reasons == ("the size differs: got 1x3, wants 2x2",)
    assert verdict.broken == ((0, 2),)


def test_nobody_can_judge_without_the_output() -> None:
    unknown = replace(SMALL, output=None)
    assert ARC.check(unknown, as_answer(((6, 5), (8, 7)))).solved is None
    assert ARC.solve(unknown) == []
    assert not ARC.checkable


@properties
@given(PUZZLES)
def test_formatting_and_reading_gives_the_same_puzzle_without_its_answer(
    puzzle: ArcPuzzle,
) -> None:
    [read] = ARC.parse(ARC.format(puzzle))
    assert read == puzzle
    assert read.output is None


@properties
@given(st.lists(st.tuples(GRIDS, GRIDS), min_size=1, max_size=3))
def test_submissions_keep_the_first_answer_of_every_test(attempts: list[tuple[Grid, Grid]]) -> None:
    puzzles = [replace(SMALL, test=number) for number in range(len(attempts))]
    answers: list[list[Answer]] = [[as_answer(grid) for grid in pair] for pair in attempts]
    text = ARC.write_answers(list(zip(puzzles, answers, strict=True)))
    read = ARC.read_answers(text, puzzles)
    assert [as_grid(answer) for answer in read] == [first for first, _ in attempts]


def test_a_submission_has_two_attempts_for_every_test() -> None:
    answer = as_answer(((1, 2),))
    text = ARC.write_answers([(replace(SMALL, test=1), [answer]), (replace(SMALL, task="b"), [])])
    assert text == (
        '{"small":[{"attempt_1":[[0]],"attempt_2":[[0]]},'
        '{"attempt_1":[[1,2]],"attempt_2":[[1,2]]}],'
        '"b":[{"attempt_1":[[0]],"attempt_2":[[0]]}]}\n'
    )


def test_the_picture_of_a_puzzle_reads_without_colours() -> None:
    assert ARC.render(SMALL).plain().split("\n") == [
        "demonstration 1",
        "1 2  → 2 1",
        "",
        "demonstration 2",
        "3  → 4",
        "4    3",
        "",
        "test",
        "5 6",
        "7 8",
    ]


def test_outputs_stand_beside_inputs_of_another_height() -> None:
    tall = replace(SMALL, demonstrations=(Pair(((1, 2),), ((3,), (4,), (5,))),))
    assert ARC.render(tall).plain().split("\n")[1:4] == ["1 2    3", "     → 4", "       5"]


def test_the_picture_of_a_puzzle_does_not_tell_its_answer() -> None:
    assert ARC.render(SMALL) == ARC.render(replace(SMALL, output=None))


def test_the_picture_of_an_answer_marks_the_state_of_each_cell() -> None:
    answer = as_answer(((6, 5, 1), (8, 0, 2)))
    picture = ARC.render(
        SMALL,
        answer,
        replace(ARC.check(SMALL, answer), broken=((1, 1),)),
        changed=np.array([[False, True, False], [False, True, False]]),
        confidence=np.array([[0.9, 0.1, 0.9], [0.2, 0.1, 0.9]], dtype=np.float32),
    )
    assert picture.plain() == "6 5⁺1\n8?0!2"
    cells = [cell for row in picture.rows for cell in row]
    assert {cell.at for cell in cells} == {(row, column) for row in (0, 1) for column in range(3)}
    assert [cell.role for cell in picture.rows[1]] == [
        "color8", "unsure", "color0", "broken", "color2",
    ]  # fmt: skip
    assert picture.width == 6


def test_generating_draws_from_the_named_dataset() -> None:
    first = ARC.generate(np.random.default_rng(5), "arc1-training")
    assert first == ARC.generate(np.random.default_rng(5), "arc1-training")
    assert first.output is not None
    others = {ARC.generate(np.random.default_rng(seed), "arc1-training").task for seed in range(9)}
    assert len(others) > 1
    with pytest.raises(PuzzleError, match="no level 'hard'"):
        ARC.generate(np.random.default_rng(5), "hard")
    assert ARC.levels == DATASETS


def test_the_vocabulary_has_one_glyph_a_token() -> None:
    assert ARC.spec.size == 12
    assert ARC.spec.glyphs[2:] == tuple("0123456789")
    assert ARC.spec.official == (30, 30)
    assert len(ARC.relations(ARC.encode(SMALL, "native")[None]) or ()) == 16


@properties
@given(st.lists(PUZZLES, min_size=1, max_size=3))
def test_the_choices_of_an_answer_are_the_colours_that_one_sees(puzzles: list[ArcPuzzle]) -> None:
    rules = ARC.rules(puzzles)
    assert rules is not None
    shown = [answer_tokens(puzzle) for puzzle in puzzles]
    assert rules.shape == (len(puzzles), 1, max(map(len, shown)))
    for puzzle, own, row in zip(puzzles, shown, rules[:, 0].tolist(), strict=True):
        assert set(own) <= set(row)
        assert len(set(row)) == len(row)
        assert row[0] == END
        pairs = [Pair(puzzle.input, puzzle.input), *puzzle.demonstrations]
        colours = {c for pair in pairs for g in (pair.input, pair.output) for r in g for c in r}
        assert {token - FIRST_COLOUR for token in own[1:]} == colours


def test_short_choices_are_filled_with_other_colours() -> None:
    assert of_one_width([(1, 4), (1, 2, 3)], 4).tolist() == [[1, 2, 3, 4], [1, 2, 3, 4]]
    assert of_one_width([()], 11).tolist() == [list(range(1, 12))]
