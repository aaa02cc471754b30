"""The Sudoku domain: tokens, rules, symmetries, pictures, examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from puzzles.contract.protocol import AnyDomain
from puzzles.drawing.picture import Room
from puzzles.errors import PuzzleError
from puzzles.sudoku.domain import SudokuDomain
from puzzles.sudoku.generator import LEVELS, Level
from puzzles.sudoku.puzzle import Sudoku
from puzzles.sudoku.rules import tables
from puzzles.sudoku.solver import rate, solve

PUZZLE = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
ANSWER = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"
DOMAIN = SudokuDomain()
SUDOKU = Sudoku(tuple(map(int, PUZZLE.replace(".", "0"))), tuple(map(int, ANSWER)))
SOLVED = np.array(SUDOKU.solution, np.uint8).reshape(9, 9)
SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def puzzles(draw: st.DrawFn) -> Sudoku:
    """A symmetric copy of the known puzzle with some of its clues."""
    copy, _ = DOMAIN.augment(SUDOKU, np.random.default_rng(draw(SEEDS)))
    kept = draw(st.lists(st.booleans(), min_size=81, max_size=81))
    givens = tuple(d if keep else 0 for d, keep in zip(copy.givens, kept, strict=True))
    return Sudoku(givens, copy.solution)


def test_it_is_a_domain() -> None:
    kind: AnyDomain = DOMAIN
    assert kind.checkable
    assert kind.spec.size == 11
    assert kind.levels == ("easy", "newspaper", "medium", "hard", "minimal", "extreme")


def test_tokens_of_the_published_checkpoints() -> None:
    tokens = DOMAIN.encode(SUDOKU, "official")
    assert tokens.dtype == np.uint8
    assert tokens[0].tolist() == [6, 4, 1, 1, 8, 1, 1, 1, 1]
    target = DOMAIN.target(SUDOKU, "native")
    assert target is not None
    assert target[0].tolist() == [6, 4, 5, 7, 8, 9, 10, 2, 3]
    assert DOMAIN.target(Sudoku(SUDOKU.givens), "official") is None


@given(puzzle=puzzles())
def test_text_and_tokens_come_back(puzzle: Sudoku) -> None:
    assert DOMAIN.parse(DOMAIN.format(puzzle)) == [puzzle]
    target = DOMAIN.target(puzzle, "native")
    assert target is not None
    answer = DOMAIN.decode(target, puzzle, "native")
    assert tuple(answer.ravel().tolist()) == puzzle.solution
    assert DOMAIN.check(puzzle, answer).solved is True
    givens = DOMAIN.decode(DOMAIN.encode(puzzle, "native"), puzzle, "native")
    assert tuple(givens.ravel().tolist()) == puzzle.givens


@given(tokens=arrays(np.uint8, (9, 9)), puzzle=puzzles())
def test_any_tokens_can_be_decoded_checked_and_drawn(tokens: np.ndarray, puzzle: Sudoku) -> None:
    answer = DOMAIN.decode(tokens, puzzle, "official")
    assert answer.dtype == np.uint8
    meant = {token: int(glyph) for token, glyph in enumerate(DOMAIN.spec.glyphs) if glyph.isdigit()}
    assert answer.ravel().tolist() == [meant.get(token, 0) for token in tokens.ravel().tolist()]
    verdict = DOMAIN.check(puzzle, answer)
    assert verdict.solved == (not verdict.reasons)
    assert len(DOMAIN.render(puzzle, answer, verdict).rows) == 11


@settings(deadline=None)
@given(puzzle=puzzles(), seed=SEEDS, answer=arrays(np.uint8, (9, 9), elements=st.integers(0, 9)))
def test_undo_is_the_inverse_of_augment(puzzle: Sudoku, seed: int, answer: np.ndarray) -> None:
    copy, undo = DOMAIN.augment(puzzle, np.random.default_rng(seed))
    moved = DOMAIN.target(copy, "native")
    assert moved is not None
    assert tuple(undo(DOMAIN.decode(moved, copy, "native")).ravel().tolist()) == puzzle.solution
    givens = np.array(copy.givens, np.uint8).reshape(9, 9)
    assert tuple(undo(givens).ravel().tolist()) == puzzle.givens
    assert DOMAIN.check(copy, answer).solved == DOMAIN.check(puzzle, undo(answer)).solved
    assert (undo(answer) == 0).sum() == (answer == 0).sum()


def test_augment_is_seeded_and_changes_the_puzzle() -> None:
    copies = [DOMAIN.augment(SUDOKU, np.random.default_rng(5))[0] for _ in range(2)]
    assert copies[0] == copies[1] != SUDOKU
    assert solve(copies[0].givens) == [copies[0].solution]


def test_the_rules_accept_the_answer_and_ask_no_stored_solution() -> None:
    verdict = DOMAIN.check(Sudoku(SUDOKU.givens), SOLVED)
    assert verdict.solved is True
    assert verdict.broken == ()
    assert verdict.reasons == ()


def test_a_clash_with_a_given_marks_the_cell_of_the_answer() -> None:
    answer = SOLVED.copy()
    answer[0, 2] = 5  # 5 is given in r1c1, and in r9c3 the answer has it
    verdict = DOMAIN.check(SUDOKU, answer)
    assert verdict.solved is False
    assert verdict.broken == ((0, 2), (8, 2))
    assert verdict.reasons == (
        "5 stands twice in row 1",
        "5 stands twice in column 3",
        "5 stands twice in box 1",
    )


def test_a_changed_given_is_named() -> None:
    answer = SOLVED.copy()
    answer[0, 0], answer[4, 4] = 0, 9  # the 5 that box 5 had
    verdict = DOMAIN.check(Sudoku(SUDOKU.givens), answer)
    assert verdict.reasons[:2] == ("1 cell is empty", "r1c1 is empty, the puzzle gives 5")
    assert (0, 0) in verdict.broken
    assert {f"9 stands twice in {unit} 5" for unit in ("row", "column", "box")} <= set(
        verdict.reasons
    )


def test_empty_cells_are_counted_but_not_marked() -> None:
    givens = np.array(SUDOKU.givens, np.uint8).reshape(9, 9)
    verdict = DOMAIN.check(SUDOKU, givens)
    assert verdict.solved is False
    assert verdict.broken == ()
    assert verdict.reasons == ("51 cells are empty",)


def test_givens_must_be_sound() -> None:
    with pytest.raises(PuzzleError, match="80 cells"):
        Sudoku((0,) * 80)
    with pytest.raises(PuzzleError, match="10 in r1c1"):
        Sudoku((10, *(0,) * 80))
    with pytest.raises(PuzzleError, match="has 4 in r1c3, the puzzle gives 9"):
        Sudoku((0, 0, 9, *(0,) * 78), SUDOKU.solution)


def test_exact_answers_of_none_one_and_several() -> None:
    (only,) = DOMAIN.solve(SUDOKU)
    assert np.array_equal(only, SOLVED)
    assert len(DOMAIN.solve(Sudoku((0,) * 81))) == 2
    assert DOMAIN.solve(Sudoku((1, 2, 3, 4, 5, 6, 7, 8, *[0] * 18, 9, *[0] * 54))) == []


@pytest.mark.parametrize("level", ["easy", "hard", "minimal"])
def test_generated_puzzles_are_seeded_and_carry_their_answer(level: str) -> None:
    puzzle, again = (DOMAIN.generate(np.random.default_rng(11), level) for _ in range(2))
    assert puzzle == again
    assert solve(puzzle.givens) == [puzzle.solution]
    assert puzzle.rating == rate(puzzle.givens, tables(puzzle.rules)).guesses
    assert DOMAIN.generate(np.random.default_rng(12), level) != puzzle


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(PuzzleError, match="no Sudoku level 'devilish'") as raised:
        DOMAIN.generate(np.random.default_rng(0), "devilish")
    assert "easy, newspaper, medium, hard" in raised.value.hint


def test_examples_are_sound_and_as_hard_as_they_say() -> None:
    assert set(DOMAIN.examples()) >= {"easy", "medium", "hard", "minimal", "extreme"}
    for name in DOMAIN.examples():
        (puzzle,) = DOMAIN.find(name) or []
        (answer,) = DOMAIN.solve(puzzle)
        written = DOMAIN.write_answers([(puzzle, [answer])])
        assert np.array_equal(DOMAIN.read_answers(written, [puzzle])[0], answer)
        (again,) = DOMAIN.parse(written)
        assert (again.rules, again.size) == (puzzle.rules, puzzle.size)
        shown = "".join(puzzle.notation.name(digit) for digit in answer.ravel().tolist())
        assert shown in "".join(written.split())  # the symbols that it was read in
        found = DOMAIN.find(name)
        assert found
        for puzzle in found:
            assert len(DOMAIN.solve(puzzle)) == 1
            level = LEVELS.get(name, Level(0))
            assert (
                level.least_guesses
                <= rate(puzzle.givens, tables(puzzle.rules)).guesses
                <= level.most_guesses
            )
    assert DOMAIN.find("nothing") is None
    assert DOMAIN.find("../sudoku/hard") is None


def test_answers_are_written_and_read_in_order() -> None:
    blank = Sudoku((0,) * 81)
    text = DOMAIN.write_answers([(SUDOKU, [SOLVED]), (blank, [])])
    assert text == f"{ANSWER}\n{'0' * 81}\n"
    first, second = DOMAIN.read_answers(text, [SUDOKU, blank])
    assert np.array_equal(first, SOLVED)
    assert not second.any()


@pytest.mark.parametrize("text", ["", ANSWER[:-1], f"{ANSWER}\n{ANSWER}", ANSWER[:-1] + "z"])
def test_answers_that_cannot_be_read(text: str) -> None:
    with pytest.raises(PuzzleError):
        DOMAIN.read_answers(text, [SUDOKU])


def test_relations_are_rows_columns_boxes_and_what_they_share() -> None:
    relations = DOMAIN.relations(DOMAIN.encode(SUDOKU, "native")[None])
    assert relations is not None
    assert len(relations) == 8
    assert relations.pointers.shape == (1, 0, 81)
    (groups,) = relations.groups
    related = groups[:, :, None] == groups[:, None, :]
    assert (related[:3].sum(axis=2) == 9).all()
    assert (related[3:5].sum(axis=2) == 3).all()
    assert np.array_equal(np.flatnonzero(related[0, 40]), np.arange(36, 45))
    assert np.array_equal(np.flatnonzero(related[1, 40]), np.arange(4, 81, 9))
    assert np.flatnonzero(related[2, 40]).tolist() == [30, 31, 32, 39, 40, 41, 48, 49, 50]
    assert np.flatnonzero(related[3, 40]).tolist() == [39, 40, 41]
    assert np.flatnonzero(related[4, 40]).tolist() == [31, 40, 49]
    assert DOMAIN.relations(np.zeros((2, 9, 9), np.uint8)) is relations


def test_the_puzzle_is_drawn_with_its_boxes() -> None:
    lines = DOMAIN.render(SUDOKU).plain().splitlines()
    assert lines[:4] == [
        "5 3 · │ · 7 · │ · · ·",
        "6 · · │ 1 9 5 │ · · ·",
        "· 9 8 │ · · · │ · 6 ·",
        "──────┼───────┼──────",
    ]
    assert lines[7] == lines[3]
    assert DOMAIN.parse("\n".join(lines)) == [SUDOKU]


def test_every_state_of_a_cell_has_its_mark() -> None:
    answer = SOLVED.copy()
    answer[0, 2], answer[0, 8] = 5, 0
    changed = np.zeros((9, 9), np.bool_)
    changed[0, 0] = changed[0, 3] = True
    confidence = np.ones((9, 9), np.float32)
    confidence[0, 0] = confidence[0, 5] = 0.3
    verdict = DOMAIN.check(SUDOKU, answer)
    picture = DOMAIN.render(SUDOKU, answer, verdict, changed=changed, confidence=confidence)
    assert picture.plain().splitlines()[0] == "5 3 5!│ 6⁺7 8?│ 9 1 ·"
    roles = {cell.at: cell.role for row in picture.rows for cell in row}
    assert [roles[0, column] for column in range(9)] == [
        *("given", "given", "broken", "new", "given", "unsure", "answer", "answer", "blank")
    ]


@pytest.mark.parametrize(
    ("room", "drawn"),
    [
        (None, "4]"),
        (Room(40, 20), "[4]"),
        (Room(40, 13), "4]"),
        (Room(80, 40), "[4]"),
        (Room(80, 40, tones=False), "[4]"),
        (Room(25, 11), "4]"),
    ],
)
def test_what_a_what_if_takes_as_given_is_in_brackets(room: Room | None, drawn: str) -> None:
    beliefs = np.full((9, 9, 11), 20, np.uint8)  # no digit is likely enough to stand alone
    picture = DOMAIN.render(SUDOKU, SOLVED, beliefs=beliefs, room=room, supposed=[(0, 2)])
    text = "".join(cell.text for row in picture.rows for cell in row if cell.at == (0, 2))
    assert text.strip() == drawn
    marked = [cell for row in picture.rows for cell in row if cell.ground and cell.text.strip()]
    assert [cell.at for cell in marked if cell.ground.role == "supposed"] == [(0, 2)]
    assert "[" not in DOMAIN.render(SUDOKU, SOLVED, beliefs=beliefs, room=room).plain()


def test_a_supposed_digit_that_breaks_a_rule_keeps_that_mark() -> None:
    answer = SOLVED.copy()
    answer[0, 2] = 5
    verdict = DOMAIN.check(SUDOKU, answer)
    picture = DOMAIN.render(SUDOKU, answer, verdict, room=Room(40, 20), supposed=[(0, 2)])
    assert "[5!" in picture.plain()


def test_every_cell_is_two_columns_and_knows_its_place() -> None:
    picture = DOMAIN.render(SUDOKU, SOLVED)
    places = [cell for row in picture.rows for cell in row if cell.at is not None]
    assert [cell.at for cell in places] == [(r, c) for r in range(9) for c in range(9)]
    assert {len(cell.text) for cell in places} == {2}
    assert picture.width == 22
