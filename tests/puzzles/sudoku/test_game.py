"""Playing a Sudoku: moves are undone exactly, and no hint is ever wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import SUDOKU, SUDOKU_ANSWER

from puzzles.contract.tokens import Position
from puzzles.errors import PuzzleError
from puzzles.game import Forecast, History, Stopwatch
from puzzles.sudoku.domain import SudokuDomain
from puzzles.sudoku.game import SudokuGame
from puzzles.sudoku.generator import LEVELS, make
from puzzles.sudoku.puzzle import Sudoku
from puzzles.sudoku.rules import tables, usual
from puzzles.sudoku.singles import find_single

ANSWER = tuple(map(int, SUDOKU_ANSWER))
HARDEST = "8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4.."
"""Famous for having no single at its start."""


def new_game(text: str = SUDOKU) -> SudokuGame:
    return SudokuGame(SudokuDomain().parse(text)[0])


def at(cell: int) -> Position:
    return divmod(cell, 9)


def right(game: SudokuGame) -> Forecast:
    """What a perfect model says, surest of the last blank cell."""
    answer = game.domain.solve(game.puzzle)[0]
    return Forecast(answer, np.linspace(0, 0.8, 81, dtype=np.float32).reshape(9, 9))


MOVES = st.lists(
    st.tuples(st.sampled_from(["put", "mark"]), st.integers(0, 80), st.integers(0, 9)), max_size=30
)


@given(MOVES)
def test_undoing_everything_and_redoing_it_is_the_identity(
    moves: list[tuple[str, int, int]],
) -> None:
    game = new_game()
    start = game.position
    made = 0
    for kind, cell, digit in moves:
        made += game.put(at(cell), digit) if kind == "put" else game.mark(at(cell), digit or 1)
    end = game.position
    assert len(game.history.past) == made
    while game.undo():
        pass
    assert game.position == start
    while game.redo():
        pass
    assert game.position == end
    assert game.decode(game.encode(end)) == end


@given(st.integers(0, 2**32), MOVES, st.booleans())
@settings(max_examples=30, deadline=None)
def test_every_hint_leads_to_the_answer(
    seed: int, moves: list[tuple[str, int, int]], with_model: bool
) -> None:
    givens, solution, _ = make(np.random.default_rng(seed), LEVELS["hard"])
    game = SudokuGame(Sudoku(givens))
    for kind, cell, digit in moves:
        _ = game.put(at(cell), digit) if kind == "put" else game.mark(at(cell), digit or 1)
    forecast = right(game) if with_model else None
    for _ in range(200):
        if game.won():
            break
        before = game.position.digits
        first = game.ask(forecast)
        assert first.at is not None
        assert game.position.digits == before
        cell = 9 * first.at[0] + first.at[1]
        assert not any(f"is {digit}" in first.sentence for digit in range(1, 10))
        second = game.ask(forecast)
        assert second.played
        assert second.at == first.at
        now = game.position.digits
        if before[cell]:
            assert before[cell] != solution[cell]
            assert now[cell] == 0
        else:
            assert now[cell] == solution[cell]
        assert [a for c, a in enumerate(now) if c != cell] == [
            b for c, b in enumerate(before) if c != cell
        ]
    assert game.won()


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_a_single_names_the_answers_digit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    givens, solution, _ = make(rng, LEVELS["easy"])
    digits = list(givens)
    while 0 in digits:
        single = find_single(digits)
        assert single is not None  # easy puzzles need no guess
        assert single.digit == solution[single.cell]
        digits[single.cell] = single.digit


@pytest.mark.parametrize(
    ("digits", "why", "value"),
    [
        ("12345678." + 72 * ".", "r1c9: it is the last blank cell of row 1",
         "r1c9 is 9: row 1 has every other digit"),
        ("1........" + "...1....." + 9 * "." + "......1.." + 3 * 9 * "." + ".......1." + 9 * ".",
         "r3c9: one digit fits nowhere else in box 3",
         "r3c9 is 1: 1 fits nowhere else in box 3"),
        ("1234....." + 9 * "." + "......56." + 8 * "." + "7" + 8 * "." + "8" + 36 * ".",
         "r1c9: its row, column and box leave only one digit",
         "r1c9 is 9: it sees all the others"),
    ],
)  # fmt: skip
def test_a_hint_names_the_step_and_its_unit(digits: str, why: str, value: str) -> None:
    game = new_game(digits)
    assert game.ask().sentence == f"Look at {why}"
    assert game.ask().sentence == value


def test_a_second_press_counts_only_on_the_same_board() -> None:
    game = new_game()
    first = game.ask()
    assert first.at is not None
    game.mark((0, 2), 1)
    assert game.ask().played, "pencil marks change nothing"
    game.undo()
    assert game.ask() == first
    empty = next(at(c) for c in range(81) if not game.position.digits[c] and at(c) != first.at)
    game.put(empty, ANSWER[9 * empty[0] + empty[1]])
    assert not game.ask().played


def test_without_a_single_the_model_is_asked_and_checked() -> None:
    game = new_game(HARDEST)
    assert game.wants_forecast()
    assert game.ask().sentence.endswith(": no single is left, and here only 2 digits fit")
    game = new_game(HARDEST)
    advice = game.ask(right(game))
    assert advice.sentence == (
        "Look at r9c9: no single is left, and here the model is surest (80 %)"
    )
    wrong = right(game)
    wrong.answer[8, 8] = wrong.answer[8, 8] % 9 + 1
    game = new_game(HARDEST)
    assert game.ask(wrong).at == (8, 7), "a model that errs is not believed"


def test_a_wrong_digit_comes_before_every_other_hint() -> None:
    game = new_game()
    game.put((0, 2), 9)
    assert not game.wants_forecast()
    assert game.ask().sentence == "Look at r1c3: the digit there is wrong"
    assert game.ask().sentence == "r1c3 is empty again"
    assert game.position.digits == game.puzzle.givens


def test_puzzles_with_no_or_many_answers_get_honest_hints() -> None:
    none = new_game("12345678." + "........9" + 63 * ".")
    assert none.ask().sentence == "This puzzle has no solution"
    assert none.check().sentence == "This puzzle has no solution"
    assert none.next_cells(Forecast(none.answer(), np.ones((9, 9), np.float32)))
    many = new_game(81 * ".")
    for cell in range(8):
        assert many.put((0, cell), cell + 1)
    assert many.check().sentence.startswith("Nothing wrong so far")
    assert many.put((1, 8), 9)
    assert many.check().sentence == "Your digits fit no solution together"
    assert "fit no solution together" in many.ask().sentence
    many.undo()
    assert many.ask().sentence == "Look at r1c9: it is the last blank cell of row 1"


def test_pencil_marks_are_kept_up_and_given_back() -> None:
    game = new_game()
    assert game.mark((0, 2), 4)
    assert game.mark((0, 3), 4)
    assert game.mark((8, 0), 4)
    assert not game.mark((0, 0), 4), "givens take no marks"
    assert game.put((0, 2), 4)
    assert game.marks() == {(8, 0): "4"}
    game.undo()
    assert game.marks() == {(0, 2): "4", (0, 3): "4", (8, 0): "4"}
    game.mark((0, 2), 4)
    assert (0, 2) not in game.marks()


def test_an_automatic_mark_that_does_not_fit_cannot_be_struck() -> None:
    game = SudokuGame(SudokuDomain().parse(SUDOKU)[0])
    game.automatic = True
    blank = next(iter(game.marks()))
    shown = game.marks()[blank]
    hidden = next(digit for digit in range(1, 10) if str(digit) not in shown)
    assert not game.mark(blank, hidden)
    assert game.mark(blank, int(shown[0]))
    assert not game.history.past[1:]


def test_automatic_marks_are_what_fits_less_what_was_struck() -> None:
    game = new_game()
    game.automatic = True
    assert game.marks()[0, 2] == "124"
    game.mark((0, 2), 2)
    assert game.marks()[0, 2] == "14"
    game.automatic = False
    assert game.marks() == {}
    game.automatic = True
    game.put((0, 2), 4)
    assert (0, 2) not in game.marks()


def test_conflicts_and_checks_count_the_players_digits() -> None:
    game = new_game()
    assert not game.put((0, 0), 1), "a given stays"
    game.put((0, 2), 5)
    assert game.conflicts() == ((0, 2),)
    game.put((0, 2), 4)
    assert game.check().sentence == "Nothing wrong so far; 50 cells left"
    game.put((0, 3), 2)
    assert game.conflicts() == ()
    checked = game.check()
    assert (checked.sentence, checked.broken) == ("1 of your 2 digits is wrong", ((0, 3),))
    marks = {cell.role for row in game.picture(checked.broken, [(8, 1)]).rows for cell in row}
    assert {"broken", "new", "given", "answer", "blank"} <= marks


def test_filling_everything_wins() -> None:
    game = new_game()
    for cell in (cell for cell in range(81) if not game.puzzle.givens[cell]):
        assert not game.won()
        game.put(at(cell), ANSWER[cell])
    assert game.won()
    assert game.check().done
    assert game.ask().sentence == "Every cell is filled, and rightly so"


@pytest.mark.parametrize(
    "plain",
    [
        None,
        {},
        {"digits": SUDOKU_ANSWER[:-1], "marks": {}, "struck": {}},
        {"digits": 81 * "1", "marks": {}, "struck": {}},
        {"digits": SUDOKU_ANSWER, "marks": {"81": "1"}, "struck": {}},
        {"digits": SUDOKU_ANSWER, "marks": {"1": "0"}, "struck": {}},
        {"digits": SUDOKU_ANSWER, "marks": {"1": 1}, "struck": {}},
        {"digits": SUDOKU_ANSWER, "marks": [], "struck": {}},
        {"digits": SUDOKU_ANSWER, "marks": {}},
    ],
)
def test_a_position_of_another_puzzle_is_refused(plain: object) -> None:
    with pytest.raises(PuzzleError):
        new_game().decode(plain)


def test_a_move_after_undo_forgets_the_future() -> None:
    history = History(0)
    assert not history.commit(0)
    assert history.commit(1)
    assert history.commit(2)
    assert history.undo()
    assert history.undo()
    assert not history.undo()
    assert history.future == (1, 2)
    assert history.commit(3)
    assert not history.redo()
    assert history.past == (0,)


def test_the_stopwatch_leaves_pauses_out() -> None:
    now = [100.0]
    watch = Stopwatch(lambda: now[0], 5.0)
    now[0] += 10
    assert watch.seconds == 5.0
    watch.start()
    now[0] += 2
    watch.start()
    now[0] += 1
    assert watch.seconds == 8.0
    assert watch.running
    watch.pause()
    now[0] += 60
    watch.pause()
    assert watch.seconds == 8.0


KINDS = [(4, ""), (6, "x"), (9, "jigsaw"), (9, "windoku"), (12, ""), (5, "latin")]


@pytest.mark.parametrize(("size", "rules"), KINDS)
def test_hints_solve_puzzles_of_every_size_and_rule(size: int, rules: str) -> None:
    domain = SudokuDomain()
    puzzle = domain.generate(np.random.default_rng(size), "easy", f"{rules},size={size}")
    game = SudokuGame(puzzle)
    while not game.won():
        first = game.ask()
        assert first.sentence.startswith("Look at r")
        assert game.ask().played
        saved = game.decode(game.encode(game.position))
        assert saved == game.position
    assert game.check().sentence == "Solved: every rule holds"
    assert game.position.digits == puzzle.solution


@pytest.mark.parametrize(("size", "rules"), KINDS)
def test_automatic_marks_are_what_no_group_forbids(size: int, rules: str) -> None:
    puzzle = SudokuDomain().generate(np.random.default_rng(size), "minimal", f"{rules},size={size}")
    game = SudokuGame(puzzle)
    game.automatic = True
    for (row, column), pencilled in game.marks().items():
        cell = row * size + column
        fitting = [
            digit
            for digit in range(1, size + 1)
            if not any(
                cell in group.cells and digit in [puzzle.givens[c] for c in group.cells]
                for group in tables(puzzle.rules).groups
            )
        ]
        assert pencilled == "".join("123456789ABC"[digit - 1] for digit in fitting)
        assert len(game.peers((row, column))) == len(tables(puzzle.rules).peers[cell])
    assert game.picture().rows


def test_reasons_name_regions_and_further_groups() -> None:
    game = new_game("rules: x\n" + "12345678." + 72 * ".")
    game.put((0, 0), 0)
    diagonal = new_game(
        "rules: x\n2........\n.3.......\n..4......\n...5.....\n" + 5 * (9 * "." + "\n")
    )
    for cell, digit in ((40, 6), (50, 7), (60, 8), (70, 9)):
        diagonal.put(at(cell), digit)
    assert diagonal.ask().sentence == "Look at r9c9: it is the last blank cell of the main diagonal"
    naked = new_game("rules: x\n1........\n.2.......\n..3......\n...4.....\n" + 4 * (9 * "." + "\n")
                     + ".5678....\n")  # fmt: skip
    assert naked.ask().sentence == (
        "Look at r9c9: its row, column, box and the main diagonal leave only one digit"
    )


@pytest.mark.parametrize(
    ("rules", "typed", "digit"),
    [
        ("size=16", "G", 16), ("size=16", "g", 0), ("size=16", "H", 0), ("size=16", "1", 0),
        ('size = 4\nsymbols = "RGBY"\n', "Y", 4), ('size = 4\nsymbols = "RGBY"\n', "y", 0),
        ("", "A", 0), ("", "", 0),
    ],
)  # fmt: skip
def test_capital_letters_are_digits_where_they_are_symbols(
    rules: str, typed: str, digit: int
) -> None:
    game = SudokuGame(SudokuDomain().generate(np.random.default_rng(1), "easy", rules))
    assert game.digit_of(typed) == digit
    said = {"size=16": "A-G", "": ""}.get(rules, "RGBY")
    assert game.remark().endswith(f"capitals {said} write digits" if said else "no conflicts")


def test_a_board_too_hard_to_check_says_so() -> None:
    game = SudokuGame(Sudoku((0,) * 625, rules=usual(25)))
    game.put((0, 0), 25)
    assert game.check().sentence == "This puzzle is too hard to be checked here"
    assert game.ask().sentence == "This puzzle is too hard to be checked here"
    assert not game.wants_forecast()
    assert not game.put((0, 1), 26)


def test_sizes_are_drafted_in_their_own_symbols() -> None:
    domain = SudokuDomain()
    puzzle = domain.generate(np.random.default_rng(1), "easy", "size=16")
    draft = domain.draft(puzzle)
    assert draft.legend == "1-9 and A-G digit · 0 or space blank"
    assert draft.finished() == puzzle
    empty = draft.emptied()
    for key in "gG":
        typed = empty.put((15, 15), key)
        assert typed is not None
        assert typed.finished().givens[-1] == 16
    assert empty.put((0, 0), "h") is None
    clash = empty.put((0, 0), "a")
    assert clash is not None
    clash = clash.put((0, 15), "a")
    assert clash is not None
    assert {c.at for row in clash.picture().rows for c in row if c.role == "broken"} == {
        (0, 0), (0, 15),
    }  # fmt: skip
    with pytest.raises(PuzzleError, match="A stands twice in row 1"):
        clash.finished()
